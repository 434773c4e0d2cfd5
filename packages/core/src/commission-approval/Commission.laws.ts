/**
 * Laws of `Commission`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import type * as Rounding from "../money/Rounding.ts"
import * as Commission from "./Commission.ts"

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

/** What a commission says that it rests on gives it again. */
export const replayable = (basis: Commission.Basis): boolean => {
  const commission = Commission.amount(basis)
  const again = Commission.amount(commission.basis)
  return Money.equals(again, commission) && commission.basis.rate === basis.rate
}

/** To the nearest minor unit, and from the middle away from zero. */
export const withinHalfAMinorUnit = (base: Money.Money, rate: Rate.Rate): boolean => {
  const { minor } = Commission.amount({ base, rate, rounding: Commission.ROUNDING_MODE })
  const exact = base.minor * rate // in parts of a million of a minor unit
  const doubledDistance = 2n * magnitude(minor * Rate.whole - exact)
  if (doubledDistance !== Rate.whole) return doubledDistance < Rate.whole
  return magnitude(minor) * Rate.whole > magnitude(exact)
}

/** Of two rates of a base that is not negative, the higher gives no less. */
export const monotone = (
  base: Money.Money,
  one: Rate.Rate,
  other: Rate.Rate,
  rounding: Rounding.RoundingMode
): boolean => {
  const [lower, higher] = one <= other ? [one, other] : [other, one]
  const of = (rate: Rate.Rate) => Commission.amount({ base, rate, rounding }).minor
  return base.minor < 0n || of(lower) <= of(higher)
}

/** Where a percentage of a base comes out even, the base and the commission give it back. */
export const effectiveRateOfUniform = (base: Money.Money, rate: Rate.Rate): boolean => {
  if (base.minor === 0n || (base.minor * rate) % Rate.whole !== 0n) return true
  const commission = Commission.amount({ base, rate, rounding: Commission.ROUNDING_MODE })
  return Commission.effectiveRate({ base, commission }) === rate
}
