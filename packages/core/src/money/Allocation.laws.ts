/**
 * Laws of `Allocation`, as plain predicates. No weight is negative, and not all
 * of them are zero.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Allocation from "./Allocation.ts"
import * as Money from "./Money.ts"
import * as Quantity from "./Quantity.ts"

const split = (
  money: Money.Money,
  weights: ReadonlyArray<Allocation.Weight>,
  remainder: Allocation.RemainderPolicy
): ReadonlyArray<Money.Money> => Result.getOrThrow(Allocation.allocate(money, weights, { remainder }))

const quantityOf = (weight: Allocation.Weight): Quantity.Quantity =>
  typeof weight === "bigint" ? Quantity.fromBigInt(weight) : weight

const quotient = (self: Quantity.Quantity, that: Quantity.Quantity): Quantity.Quantity =>
  Result.getOrThrow(Quantity.divide(self, that))

const areEqual = (one: ReadonlyArray<Money.Money>, other: ReadonlyArray<Money.Money>): boolean =>
  one.length === other.length &&
  one.every((part, index) => {
    const twin = other[index]
    return twin !== undefined && Money.equals(part, twin)
  })

/** The parts add up to the amount, and there is one for each weight. */
export const totalPreserved = (
  money: Money.Money,
  weights: ReadonlyArray<Allocation.Weight>,
  remainder: Allocation.RemainderPolicy
): boolean => {
  const parts = split(money, weights, remainder)
  return parts.length === weights.length && Money.equals(Result.getOrThrow(Money.sum(money.currency, parts)), money)
}

/** Each part is less than one minor unit from its exact share; at most one if the policy ignores remainders. */
export const withinOneUnitOfExact = (
  money: Money.Money,
  weights: ReadonlyArray<Allocation.Weight>,
  remainder: Allocation.RemainderPolicy
): boolean => {
  const quantities = weights.map(quantityOf)
  const total = quantities.reduce(Quantity.add, Quantity.zero)
  return split(money, weights, remainder).every((part, index) => {
    const weight = quantities[index] ?? Quantity.zero
    const exact = quotient(Quantity.multiply(Quantity.fromBigInt(money.minor), weight), total)
    const difference = Quantity.subtract(Quantity.fromBigInt(part.minor), exact)
    const distance = Quantity.isNegative(difference) ? Quantity.negate(difference) : difference
    return Quantity.compare(distance, Quantity.one) < (remainder === "largestRemainder" ? 0 : 1)
  })
}

/** A part of weight zero is zero. */
export const zeroWeightGetsNothing = (
  money: Money.Money,
  weights: ReadonlyArray<Allocation.Weight>,
  remainder: Allocation.RemainderPolicy
): boolean =>
  split(money, weights, remainder).every(
    (part, index) => !Quantity.isZero(quantityOf(weights[index] ?? 1n)) || Money.isZero(part)
  )

/** Of two parts with equal weights, the earlier never gets less (of a negative amount: takes less). */
export const orderOfEqualsIsStable = (
  money: Money.Money,
  weights: ReadonlyArray<Allocation.Weight>,
  remainder: Allocation.RemainderPolicy
): boolean => {
  const parts = split(money, weights, remainder).map((part, index) => ({
    size: Money.abs(part).minor,
    weight: quantityOf(weights[index] ?? 0n)
  }))
  return parts.every((earlier, index) =>
    parts
      .slice(index + 1)
      .every((later) => !Quantity.equals(earlier.weight, later.weight) || earlier.size >= later.size)
  )
}

/** The parts of the negated amount are the negated parts. */
export const refundMirrorsPayment = (
  money: Money.Money,
  weights: ReadonlyArray<Allocation.Weight>,
  remainder: Allocation.RemainderPolicy
): boolean =>
  areEqual(split(Money.negate(money), weights, remainder), split(money, weights, remainder).map(Money.negate))

/** Multiplying all weights by one positive number changes nothing. */
export const onlyRatiosCount = (
  money: Money.Money,
  weights: ReadonlyArray<Allocation.Weight>,
  remainder: Allocation.RemainderPolicy,
  factor: Quantity.Quantity
): boolean => {
  const scaled = weights.map((weight) => Quantity.multiply(quantityOf(weight), factor))
  return areEqual(split(money, scaled, remainder), split(money, weights, remainder))
}

/** Splitting equally is splitting by equal weights. */
export const equalSplitIsEqualWeights = (
  money: Money.Money,
  partCount: number,
  remainder: Allocation.RemainderPolicy
): boolean =>
  areEqual(
    Result.getOrThrow(Allocation.allocateEqually(money, partCount)),
    split(
      money,
      Array.from({ length: partCount }, () => 1n),
      remainder
    )
  )

/** Portions of the whole are weights once what remains is written out. `position` says where it stands. */
export const portionsAreWeights = (
  money: Money.Money,
  weights: ReadonlyArray<Allocation.Weight>,
  remainder: Allocation.RemainderPolicy,
  position: number
): boolean => {
  const quantities = weights.map(quantityOf)
  const total = quantities.reduce(Quantity.add, Quantity.zero)
  const portions = quantities.map((weight) => quotient(weight, total))
  const withRemaining = portions.map((portion, index) => (index === position ? "remaining" : portion))
  return [portions, withRemaining].every((list) =>
    areEqual(Result.getOrThrow(Allocation.allot(money, list, { remainder })), split(money, weights, remainder))
  )
}
