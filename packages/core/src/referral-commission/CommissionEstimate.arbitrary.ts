/**
 * Generators for `CommissionEstimate`: policies without a rate, with listed
 * rates, with a fallback and with caps, among them zero, one that is met
 * exactly, and now and then one that cannot be used.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Currency from "../money/Currency.ts"
import { minor, moneyTriple } from "../money/Money.arbitrary.ts"
import * as Money from "../money/Money.ts"
import { rate } from "../money/Rate.arbitrary.ts"
import type * as CommissionEstimate from "./CommissionEstimate.ts"

const known = (code: string): Currency.Currency => Result.getOrThrow(Currency.parse(code))

const IDR = known("IDR")

/** A rate code: one of few, or none. */
export const rateCode: fc.Arbitrary<string | undefined> = fc.constantFrom("REG", "EXPRESS", "", "*", undefined)

/** An amount of a business day, with zero, one unit, negative and huge ones. */
export const amount: fc.Arbitrary<Money.Money> = fc
  .oneof(
    { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 5_000_000n }) },
    { weight: 3, arbitrary: fc.constantFrom(0n, 1n, -1n, 50n, 100n, 1_850_000n) },
    { weight: 1, arbitrary: minor }
  )
  .map((units) => Money.make(units, IDR))

/** A cap: none, zero, some, huge. */
const cap: fc.Arbitrary<Money.Money | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 4,
    arbitrary: fc
      .oneof(fc.constantFrom(0n, 1n, 46_250n, 10n ** 30n), fc.bigInt({ min: 0n, max: 500_000n }))
      .map((units) => Money.make(units, IDR))
  }
)

/** Caps that no policy can be used with. */
const wrongCap = fc.constantFrom(Money.make(-1n, IDR), Money.make(100n, known("USD")), Money.make(-1n, known("USD")))

/** A share of the price, 0 % to 250 % and negative, with or without a cap that can be used. */
export const policyRate: fc.Arbitrary<CommissionEstimate.PolicyRate> = fc.record({ rate, cap })

const policyOf = (one: fc.Arbitrary<CommissionEstimate.PolicyRate>): fc.Arbitrary<CommissionEstimate.CashbackPolicy> =>
  fc.record({
    byRateCode: fc
      .array(fc.tuple(fc.constantFrom("REG", "EXPRESS", "", "*"), one), { maxLength: 3 })
      .map((entries) => new Map(entries)),
    fallback: fc.option(one, { nil: undefined })
  })

/** A policy whose caps can all be used. */
export const cashbackPolicy: fc.Arbitrary<CommissionEstimate.CashbackPolicy> = policyOf(policyRate)

/** A policy with caps below zero, or of another currency, now and then. */
export const anyCashbackPolicy: fc.Arbitrary<CommissionEstimate.CashbackPolicy> = policyOf(
  fc.record({
    rate,
    cap: fc.oneof<Array<fc.MaybeWeightedArbitrary<Money.Money | undefined>>>(
      { weight: 6, arbitrary: cap },
      { weight: 1, arbitrary: wrongCap }
    )
  })
)

/** What an estimate by a policy is given; the member's cashback is of another currency now and then. */
export const policyOrder = fc.record({
  policy: anyCashbackPolicy,
  rateCode,
  shippingPrice: amount,
  memberCashback: fc.oneof(
    { weight: 9, arbitrary: amount },
    { weight: 1, arbitrary: fc.constant(Money.make(5n, known("USD"))) }
  )
})

/** An affiliate's cashback, a member's, and a change, of one currency. */
export const cashbacks: fc.Arbitrary<readonly [Money.Money, Money.Money, Money.Money]> = moneyTriple
