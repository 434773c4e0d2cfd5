/**
 * Generators for what commissions are worked out from. Currencies without
 * decimals and with three of them, bases of zero and of one minor unit, 0 %,
 * 100 % and rates that never come out even are drawn on purpose.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import * as Rounding from "../money/Rounding.ts"
import type * as Commission from "./Commission.ts"

const known = (code: string): Currency.Currency => Result.getOrThrow(Currency.parse(code))

/** Without decimals (the currency of the rules), with two, with three. */
export const currency: fc.Arbitrary<Currency.Currency> = fc.constantFrom(known("VND"), known("USD"), known("KWD"))

/** Minor units of what was sold; what came back is below zero. */
export const baseMinor: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0n, 1n, 2n, 3n, 5n, 99n, 333n, 99_999n, 10n ** 12n + 1n, 2n ** 53n + 1n) },
  { weight: 5, arbitrary: fc.bigInt({ min: 0n, max: 10n ** 7n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -1_000n, max: -1n }) }
)

/** A percentage that may be named: 0 to 100. */
export const rate: fc.Arbitrary<Rate.Rate> = fc
  .oneof(
    fc.constantFrom(0n, 1n, 50_000n, 100_000n, 125_000n, 333_333n, 500_000n, 999_999n, 1_000_000n),
    fc.bigInt({ min: 0n, max: 1_000_000n })
  )
  .map(Rate.fromPpm)

/** Any mode; half of the time that of the commissions. */
export const rounding: fc.Arbitrary<Rounding.RoundingMode> = fc.oneof(
  fc.constant("halfExpand" as const),
  fc.constantFrom(...Rounding.modes)
)

/** Something sold. */
export const base: fc.Arbitrary<Money.Money> = fc
  .tuple(baseMinor, currency)
  .map(([minor, code]) => Money.make(minor, code))

/** A base with a rate, rounded in any mode. */
export const basis: fc.Arbitrary<Commission.Basis> = fc.record({ base, rate, rounding })
