/**
 * Exact integer division, rounded by a named rule. Every place that must give
 * up a fraction of a minor unit goes through here and says which rule it uses.
 *
 * The modes carry the names of ECMA-402 (`Intl.NumberFormat`).
 *
 * @since 0.1.0
 */

/**
 * Every rounding mode.
 *
 * @category constants
 * @since 0.1.0
 */
export const modes = [
  "ceil",
  "floor",
  "expand",
  "trunc",
  "halfCeil",
  "halfFloor",
  "halfExpand",
  "halfTrunc",
  "halfEven"
] as const

/**
 * Where a value between two integers goes.
 *
 * `ceil` up, `floor` down, `expand` away from zero, `trunc` towards zero. The
 * `half…` modes go to the nearer integer and use the rule in their name only
 * for a value exactly in the middle; `halfEven` then takes the even integer.
 *
 * @category models
 * @since 0.1.0
 */
export type RoundingMode = (typeof modes)[number]

/**
 * Divides two integers and rounds the exact quotient to an integer.
 *
 * **Units**
 *
 * `denominator` is greater than zero. It is not checked, because this is the
 * innermost step of every amount: callers pass a constant or a value their own
 * type keeps positive. A zero is a defect (`RangeError`); a negative one gives
 * an integer next to the quotient, but not the one the mode names.
 *
 * **Laws**
 *
 * - `withinOneUnit`: the result is less than one away from the exact quotient.
 * - `withinHalfUnit`: a `half…` mode is at most one half away from it.
 * - `exactWhenDivisible`: nothing is rounded when the division comes out even.
 * - `monotone`: a greater numerator never gives a smaller result.
 * - `symmetric`: negating the numerator negates the result, in the mode given
 *   by {@link mirror}: the same mode for `expand`, `trunc`, `halfExpand`,
 *   `halfTrunc` and `halfEven`; the opposite one for `ceil` and `floor`,
 *   `halfCeil` and `halfFloor`, which are therefore not symmetric themselves.
 *
 * Stated in `Rounding.laws.ts`, checked in `Rounding.test.ts`.
 *
 * **Example** (Two and a half, and minus two and a half)
 *
 * ```ts doctest
 * import { Rounding } from "@reckoner/core"
 *
 * Rounding.divide(5n, 2n, "halfEven") // => 2n
 * Rounding.divide(5n, 2n, "halfExpand") // => 3n
 * Rounding.divide(-5n, 2n, "halfExpand") // => -3n
 * Rounding.divide(-5n, 2n, "halfCeil") // => -2n
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const divide = (numerator: bigint, denominator: bigint, mode: RoundingMode): bigint => {
  const towardsZero = numerator / denominator
  const remainder = numerator - towardsZero * denominator
  if (remainder === 0n) return towardsZero
  const isNegative = numerator < 0n
  return goesAway(mode, towardsZero, isNegative ? -remainder : remainder, denominator, isNegative)
    ? towardsZero + (isNegative ? -1n : 1n)
    : towardsZero
}

/**
 * The mode that treats negative values as `mode` treats positive ones.
 *
 * **Example** (Rounding a refund as its payment was rounded)
 *
 * ```ts doctest
 * import { Rounding } from "@reckoner/core"
 *
 * Rounding.mirror("ceil") // => "floor"
 * Rounding.mirror("halfEven") // => "halfEven"
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const mirror = (mode: RoundingMode): RoundingMode => {
  switch (mode) {
    case "ceil":
      return "floor"
    case "floor":
      return "ceil"
    case "halfCeil":
      return "halfFloor"
    case "halfFloor":
      return "halfCeil"
    case "expand":
    case "trunc":
    case "halfExpand":
    case "halfTrunc":
    case "halfEven":
      return mode
  }
}

/** Whether an inexact quotient moves one further from zero. `distance` is how far it lies beyond `towardsZero`. */
const goesAway = (
  mode: RoundingMode,
  towardsZero: bigint,
  distance: bigint,
  denominator: bigint,
  isNegative: boolean
): boolean => {
  switch (mode) {
    case "ceil":
      return !isNegative
    case "floor":
      return isNegative
    case "expand":
      return true
    case "trunc":
      return false
  }
  const doubled = distance + distance
  if (doubled !== denominator) return doubled > denominator
  switch (mode) {
    case "halfCeil":
      return !isNegative
    case "halfFloor":
      return isNegative
    case "halfExpand":
      return true
    case "halfTrunc":
      return false
    case "halfEven":
      return (towardsZero & 1n) === 1n
  }
}
