/**
 * Laws of `Quantity`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Quantity from "./Quantity.ts"
import type * as Rounding from "./Rounding.ts"

const { add, compare, equals, multiply } = Quantity

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

const gcd = (one: bigint, other: bigint): bigint => (other === 0n ? one : gcd(other, one % other))

const isCanonical = ({ denominator, numerator }: Quantity.Quantity): boolean =>
  denominator > 0n && gcd(magnitude(numerator), denominator) === 1n

/** Every result has a positive denominator without a common factor with its numerator. */
export const canonical = (a: Quantity.Quantity, b: Quantity.Quantity): boolean =>
  [a, add(a, b), Quantity.subtract(a, b), multiply(a, b), Quantity.negate(a)].every(isCanonical) &&
  (Quantity.isZero(b) || isCanonical(Result.getOrThrow(Quantity.divide(a, b))))

/** How the quantities of a sum are grouped does not matter. */
export const addAssociates = (a: Quantity.Quantity, b: Quantity.Quantity, c: Quantity.Quantity): boolean =>
  equals(add(add(a, b), c), add(a, add(b, c)))

/** Nor does their order. */
export const addCommutes = (a: Quantity.Quantity, b: Quantity.Quantity): boolean => equals(add(a, b), add(b, a))

/** Adding zero changes nothing. */
export const zeroIsNeutral = (a: Quantity.Quantity): boolean => equals(add(a, Quantity.zero), a)

/** A quantity and its negation add up to zero. */
export const negateIsInverse = (a: Quantity.Quantity): boolean => Quantity.isZero(add(a, Quantity.negate(a)))

/** Taking away what was added leaves the quantity as it was. */
export const subtractUndoesAdd = (a: Quantity.Quantity, b: Quantity.Quantity): boolean =>
  equals(Quantity.subtract(add(a, b), b), a)

/** How the factors of a product are grouped does not matter. */
export const multiplyAssociates = (a: Quantity.Quantity, b: Quantity.Quantity, c: Quantity.Quantity): boolean =>
  equals(multiply(multiply(a, b), c), multiply(a, multiply(b, c)))

/** Nor does their order. */
export const multiplyCommutes = (a: Quantity.Quantity, b: Quantity.Quantity): boolean =>
  equals(multiply(a, b), multiply(b, a))

/** Multiplying by one changes nothing. */
export const oneIsNeutral = (a: Quantity.Quantity): boolean => equals(multiply(a, Quantity.one), a)

/** Multiplying a sum is adding the products. */
export const multiplyDistributes = (a: Quantity.Quantity, b: Quantity.Quantity, c: Quantity.Quantity): boolean =>
  equals(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)))

/** Dividing by what was multiplied with leaves the quantity as it was; only zero cannot be divided by. */
export const divideUndoesMultiply = (a: Quantity.Quantity, b: Quantity.Quantity): boolean => {
  const quotient = Quantity.divide(multiply(a, b), b)
  return Result.isSuccess(quotient) ? equals(quotient.success, a) : Quantity.isZero(b)
}

/**
 * The order is reflexive, antisymmetric, transitive and total, says "equal" exactly when `equals` does, and is that
 * of the differences.
 */
export const compareIsTotalOrder = (a: Quantity.Quantity, b: Quantity.Quantity, c: Quantity.Quantity): boolean =>
  compare(a, a) === 0 &&
  compare(a, b) + compare(b, a) === 0 &&
  (compare(a, b) === 0) === equals(a, b) &&
  compare(a, b) > 0 === Quantity.isPositive(Quantity.subtract(a, b)) &&
  (compare(a, b) > 0 || compare(b, c) > 0 || compare(a, c) <= 0)

/** Text written by `format` is read back as the same quantity. */
export const parseFormatRoundTrip = (a: Quantity.Quantity): boolean =>
  equals(Result.getOrThrow(Quantity.parse(Quantity.format(a))), a)

/** A half mode is at most half a unit of the last decimal away, any other mode less than one. */
export const roundingWithinHalfUnit = (
  a: Quantity.Quantity,
  decimals: number,
  mode: Rounding.RoundingMode
): boolean => {
  const scaled = a.numerator * 10n ** BigInt(decimals)
  const error = magnitude(Quantity.roundToDecimals(a, decimals, mode) * a.denominator - scaled)
  return mode.startsWith("half") ? 2n * error <= a.denominator : error < a.denominator
}
