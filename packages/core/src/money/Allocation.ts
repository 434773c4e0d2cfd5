/**
 * Splitting an amount into parts that add up to it again, to the last minor
 * unit.
 *
 * Each part first gets its exact share, rounded towards zero. The units that
 * are left over, always fewer than there are parts, are then handed out one
 * each, in the order of a named policy. A negative amount is split like its
 * positive twin, with the signs turned round.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as Money from "./Money.ts"
import * as Quantity from "./Quantity.ts"

/**
 * How much of the whole a part gets, relative to the other weights. Whole
 * numbers and exact quantities may be mixed; neither need add up to anything.
 *
 * @category models
 * @since 0.1.0
 */
export type Weight = bigint | Quantity.Quantity

/**
 * Who gets the units that are left over.
 *
 * - `"largestRemainder"`: the parts that lost the largest fraction of a unit by
 *   rounding. Keeps every part less than one unit from its exact share.
 * - `"largestWeight"`: the parts with the largest weights.
 * - `"firstNonZero"`: the first parts, in the order given.
 *
 * Ties go to the earlier part. A part of weight zero never gets a unit.
 *
 * @category models
 * @since 0.1.0
 */
export type RemainderPolicy = "largestRemainder" | "largestWeight" | "firstNonZero"

/**
 * A share of the whole: an exact quantity (one is everything), or whatever the
 * other portions leave.
 *
 * @category models
 * @since 0.1.0
 */
export type Portion = Quantity.Quantity | "remaining"

/**
 * Most parts {@link allocateEqually} makes of an amount.
 *
 * @category constants
 * @since 0.1.0
 */
export const PARTS_MAX = 1_000_000

const ONE_PERCENT: Quantity.Quantity = { numerator: 1n, denominator: 100n }

/**
 * There are no weights, so nobody to give the amount to.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoWeights extends /* @__PURE__ */ Data.TaggedError("NoWeights") {}

/**
 * A weight is less than zero.
 *
 * @category errors
 * @since 0.1.0
 */
export class NegativeWeight
  extends /* @__PURE__ */ Data.TaggedError("NegativeWeight")<{
    readonly index: number
    readonly weight: Weight
  }> {}

/**
 * All weights are zero, so there is nobody to give the amount to.
 *
 * @category errors
 * @since 0.1.0
 */
export class AllWeightsZero extends /* @__PURE__ */ Data.TaggedError("AllWeightsZero") {}

/**
 * The number of parts is not a whole number in `1..PARTS_MAX`.
 *
 * @category errors
 * @since 0.1.0
 */
export class PartCountOutOfRange
  extends /* @__PURE__ */ Data.TaggedError("PartCountOutOfRange")<{ readonly partCount: number }> {}

/**
 * The text is neither a percentage (`"12.5%"`), a fraction or decimal (`"1/3"`,
 * `"0.25"`), nor `"remaining"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class PortionTextMalformed
  extends /* @__PURE__ */ Data.TaggedError("PortionTextMalformed")<{ readonly input: string }> {}

/**
 * There are no portions, so nobody to give the amount to.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPortions extends /* @__PURE__ */ Data.TaggedError("NoPortions") {}

/**
 * More than one portion asks for what remains. `index` is the second one.
 *
 * @category errors
 * @since 0.1.0
 */
export class RemainingTwice extends /* @__PURE__ */ Data.TaggedError("RemainingTwice")<{ readonly index: number }> {}

/**
 * A portion is less than zero.
 *
 * @category errors
 * @since 0.1.0
 */
export class NegativePortion
  extends /* @__PURE__ */ Data.TaggedError("NegativePortion")<{
    readonly index: number
    readonly portion: Quantity.Quantity
  }> {}

/**
 * The portions make up more than the whole, or less of it and nobody gets what
 * remains. `sum` is what they make up.
 *
 * @category errors
 * @since 0.1.0
 */
export class PortionsNotWhole
  extends /* @__PURE__ */ Data.TaggedError("PortionsNotWhole")<{ readonly sum: Quantity.Quantity }> {}

/**
 * Reads a portion: a percentage with its sign (`"12.5%"`), a fraction or a
 * decimal of one (`"1/3"`, `"0.25"`), or the word `remaining`.
 *
 * **Errors**
 *
 * - `PortionTextMalformed`: the text is of none of these forms.
 *
 * **Example** (Portions of a split)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Allocation } from "@reckoner/core"
 *
 * Result.getOrThrow(Allocation.parsePortion("15%")) // => { numerator: 3n, denominator: 20n }
 * Result.getOrThrow(Allocation.parsePortion("1/3")) // => { numerator: 1n, denominator: 3n }
 * Result.getOrThrow(Allocation.parsePortion("remaining")) // => "remaining"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parsePortion = (text: string): Result.Result<Portion, PortionTextMalformed> => {
  if (text === "remaining") return Result.succeed(text)
  const isPercentage = text.endsWith("%") && !text.includes("/")
  const quantity = Quantity.parse(isPercentage ? text.slice(0, -1) : text)
  if (Result.isFailure(quantity)) return Result.fail(new PortionTextMalformed({ input: text }))
  return Result.succeed(isPercentage ? Quantity.multiply(quantity.success, ONE_PERCENT) : quantity.success)
}

/**
 * Splits an amount in proportion to weights, losing nothing.
 *
 * **Errors**
 *
 * - `NoWeights`: the list of weights is empty.
 * - `NegativeWeight`: a weight is less than zero; the error names the first.
 * - `AllWeightsZero`: no weight is greater than zero.
 *
 * **Laws**
 *
 * - `totalPreserved`: the parts add up to the amount.
 * - `withinOneUnitOfExact`: each part is less than one minor unit from its
 *   exact share; with the policies `largestWeight` and `firstNonZero`, which
 *   may give a unit to a part that needs none, at most one.
 * - `zeroWeightGetsNothing`: a part of weight zero is zero.
 * - `orderOfEqualsIsStable`: of two parts with equal weights, the earlier never
 *   gets less.
 * - `refundMirrorsPayment`: the parts of the negated amount are the negated
 *   parts.
 * - `onlyRatiosCount`: multiplying all weights by one number changes nothing.
 *
 * Stated in `Allocation.laws.ts`, checked in `Allocation.test.ts`.
 *
 * **Gotchas**
 *
 * The policies differ: 0.05 by 7 and 3 is 0.04 and 0.01, but 1.01 by 3 and 7 is
 * 0.30 and 0.71 by `largestRemainder`, 0.31 and 0.70 by `firstNonZero`.
 *
 * **Example** (A dollar for three sellers, and a fee by weight)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Allocation, Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const thirds = Result.getOrThrow(Allocation.allocate(Money.make(100n, usd), [1n, 1n, 1n]))
 * const byWeight = Result.getOrThrow(
 *   Allocation.allocate(Money.make(101n, usd), [3n, 7n], { remainder: "firstNonZero" })
 * )
 *
 * thirds.map(Money.format) // => ["0.34", "0.33", "0.33"]
 * byWeight.map(Money.format) // => ["0.31", "0.70"]
 * ```
 *
 * @see {@link allot} for portions that must make up the whole
 * @category combining
 * @since 0.1.0
 */
export const allocate = (
  money: Money.Money,
  weights: ReadonlyArray<Weight>,
  options?: { readonly remainder?: RemainderPolicy }
): Result.Result<ReadonlyArray<Money.Money>, NoWeights | NegativeWeight | AllWeightsZero> => {
  if (weights.length === 0) return Result.fail(new NoWeights())
  for (const [index, weight] of weights.entries()) {
    if (numeratorOf(weight) < 0n) return Result.fail(new NegativeWeight({ index, weight }))
  }
  if (weights.every((weight) => numeratorOf(weight) === 0n)) return Result.fail(new AllWeightsZero())
  return Result.succeed(distribute(money, wholeRatios(weights), options?.remainder ?? "largestRemainder"))
}

/**
 * Splits an amount into parts that differ by one minor unit at most, the
 * greater ones first.
 *
 * **Units**
 *
 * `partCount` is a whole number of parts, `1..PARTS_MAX`.
 *
 * **Errors**
 *
 * - `PartCountOutOfRange`: the number of parts is zero, negative, fractional or
 *   more than `PARTS_MAX`.
 *
 * **Laws**
 *
 * - `equalSplitIsEqualWeights`: the parts are those of {@link allocate} with
 *   equal weights, whatever the policy.
 *
 * Stated in `Allocation.laws.ts`, checked in `Allocation.test.ts`.
 *
 * **Example** (Two instalments)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Allocation, Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const instalments = Result.getOrThrow(Allocation.allocateEqually(Money.make(15n, usd), 2))
 *
 * instalments.map(Money.format) // => ["0.08", "0.07"]
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const allocateEqually = (
  money: Money.Money,
  partCount: number
): Result.Result<ReadonlyArray<Money.Money>, PartCountOutOfRange> => {
  if (!Number.isInteger(partCount) || partCount < 1 || partCount > PARTS_MAX) {
    return Result.fail(new PartCountOutOfRange({ partCount }))
  }
  const weights = Array.from({ length: partCount }, () => 1n)
  return Result.succeed(distribute(money, weights, "firstNonZero"))
}

/**
 * Splits an amount into portions of the whole, losing nothing. Without a
 * `"remaining"` portion they must make up exactly one; with it, at most one.
 *
 * **Errors**
 *
 * - `NoPortions`: the list of portions is empty.
 * - `RemainingTwice`: more than one portion is `"remaining"`.
 * - `NegativePortion`: a portion is less than zero; the error names the first.
 * - `PortionsNotWhole`: the portions make up more than one, or less and none is
 *   `"remaining"`.
 *
 * **Laws**
 *
 * - `portionsAreWeights`: the parts are those of {@link allocate} by the same
 *   policy, with what remains written out.
 *
 * Stated in `Allocation.laws.ts`, checked in `Allocation.test.ts`.
 *
 * **Gotchas**
 *
 * The default policy is `firstNonZero`, not that of {@link allocate}: portions
 * are read like the lines of a ledger script, where the lines above go first.
 * So 80 % of 15 units may be 13.
 *
 * **Example** (Merchant, courier, and the rest)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Allocation, Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const portions = ["80%", "15%", "remaining"].map((text) => Result.getOrThrow(Allocation.parsePortion(text)))
 * const parts = Result.getOrThrow(Allocation.allot(Money.make(15n, usd), portions))
 *
 * parts.map(Money.format) // => ["0.13", "0.02", "0.00"]
 * ```
 *
 * @see {@link allocate} for weights that need not make up one
 * @category combining
 * @since 0.1.0
 */
export const allot = (
  money: Money.Money,
  portions: ReadonlyArray<Portion>,
  options?: { readonly remainder?: RemainderPolicy }
): Result.Result<ReadonlyArray<Money.Money>, NoPortions | RemainingTwice | NegativePortion | PortionsNotWhole> => {
  if (portions.length === 0) return Result.fail(new NoPortions())
  const remainingAt = portions.indexOf("remaining")
  const remainingAgainAt = portions.lastIndexOf("remaining")
  if (remainingAt !== remainingAgainAt) {
    return Result.fail(new RemainingTwice({ index: portions.indexOf("remaining", remainingAt + 1) }))
  }
  let sum = Quantity.zero
  for (const [index, portion] of portions.entries()) {
    if (portion === "remaining") continue
    if (Quantity.isNegative(portion)) return Result.fail(new NegativePortion({ index, portion }))
    sum = Quantity.add(sum, portion)
  }
  const remaining = Quantity.subtract(Quantity.one, sum)
  const isWhole = remainingAt >= 0 ? !Quantity.isNegative(remaining) : Quantity.isZero(remaining)
  if (!isWhole) return Result.fail(new PortionsNotWhole({ sum }))
  const weights = portions.map((portion) => (portion === "remaining" ? remaining : portion))
  return Result.succeed(distribute(money, wholeRatios(weights), options?.remainder ?? "firstNonZero"))
}

const numeratorOf = (weight: Weight): bigint => (typeof weight === "bigint" ? weight : weight.numerator)

/** Whole numbers in the same ratio as the weights: each times a common denominator of all. */
const wholeRatios = (weights: ReadonlyArray<Weight>): ReadonlyArray<bigint> => {
  let common = 1n
  for (const weight of weights) {
    if (typeof weight === "bigint" || weight.denominator === 1n) continue
    // In lowest terms, the denominator of `common / denominator` is the factor that `common` lacks.
    const fraction = { numerator: 1n, denominator: weight.denominator }
    common *= Quantity.multiply(Quantity.fromBigInt(common), fraction).denominator
  }
  return weights.map((weight) =>
    typeof weight === "bigint" ? weight * common : weight.numerator * (common / weight.denominator)
  )
}

/** Splits by weights that are not negative and not all zero. */
const distribute = (
  money: Money.Money,
  weights: ReadonlyArray<bigint>,
  policy: RemainderPolicy
): ReadonlyArray<Money.Money> => {
  const amount = Money.abs(money).minor
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  const parts = weights.map((weight) => ({
    weight,
    share: (amount * weight) / total,
    fraction: (amount * weight) % total
  }))
  const leftOver = amount - parts.reduce((sum, part) => sum + part.share, 0n)
  if (leftOver > 0n) {
    // Each part lost less than one unit, so fewer units are left than parts have a weight: one round is enough.
    const claimants = parts.filter((part) => part.weight > 0n)
    if (policy === "largestRemainder") claimants.sort((one, other) => descending(one.fraction, other.fraction))
    if (policy === "largestWeight") claimants.sort((one, other) => descending(one.weight, other.weight))
    for (const part of claimants.slice(0, Number(leftOver))) part.share += 1n
  }
  const isNegative = Money.isNegative(money)
  return parts.map(({ share }) => Money.make(isNegative ? -share : share, money.currency))
}

/** Greatest first. Sorting is stable, so the earlier of two equals stays first. */
const descending = (one: bigint, other: bigint): number => (one > other ? -1 : one < other ? 1 : 0)
