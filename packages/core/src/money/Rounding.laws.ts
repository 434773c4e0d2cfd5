/**
 * Laws of `Rounding`, as plain predicates. Every `denominator` is greater than
 * zero.
 *
 * @since 0.1.0
 */
import * as Rounding from "./Rounding.ts"

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

const error = (numerator: bigint, denominator: bigint, mode: Rounding.RoundingMode): bigint =>
  magnitude(Rounding.divide(numerator, denominator, mode) * denominator - numerator)

/** The result is less than one away from the exact quotient. */
export const withinOneUnit = (numerator: bigint, denominator: bigint, mode: Rounding.RoundingMode): boolean =>
  error(numerator, denominator, mode) < denominator

/** A mode that goes to the nearer integer is at most one half away. Says nothing about the other modes. */
export const withinHalfUnit = (numerator: bigint, denominator: bigint, mode: Rounding.RoundingMode): boolean =>
  !mode.startsWith("half") || 2n * error(numerator, denominator, mode) <= denominator

/** A multiple of the denominator divides exactly in every mode. */
export const exactWhenDivisible = (quotient: bigint, denominator: bigint, mode: Rounding.RoundingMode): boolean =>
  Rounding.divide(quotient * denominator, denominator, mode) === quotient

/** Of two numerators, the greater never gives the smaller result. */
export const monotone = (one: bigint, other: bigint, denominator: bigint, mode: Rounding.RoundingMode): boolean => {
  const [lesser, greater] = one <= other ? [one, other] : [other, one]
  return Rounding.divide(lesser, denominator, mode) <= Rounding.divide(greater, denominator, mode)
}

/** Negating the numerator negates the result of the mirrored mode. */
export const symmetric = (numerator: bigint, denominator: bigint, mode: Rounding.RoundingMode): boolean =>
  Rounding.divide(-numerator, denominator, mode) === -Rounding.divide(numerator, denominator, Rounding.mirror(mode))
