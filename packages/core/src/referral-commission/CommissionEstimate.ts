/**
 * What the affiliate of an order is expected to get: the affiliate's cashback
 * less the member's, where the affiliate's cashback is known, or follows from a
 * cashback policy.
 *
 * **Laws**
 *
 * - `linear`: a higher affiliate's cashback gives so much more commission, a higher member's so much less.
 * - `antisymmetric`: swapping the two cashbacks flips the sign.
 * - `policyIsCashback`: the estimate by a policy is the estimate from the cashback that the policy gives.
 * - `capBounds`: under a cap, the affiliate's cashback is never further from zero than the cap.
 * - `withinHalfAMinorUnit`: without a cap it lies within half a minor unit of the exact percentage.
 *
 * Stated in `CommissionEstimate.laws.ts`, checked in `CommissionEstimate.test.ts`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import type * as Rounding from "../money/Rounding.ts"

/**
 * How a percentage of the shipping price becomes whole minor units: to the
 * nearest, a half away from zero, as PostgreSQL rounds `numeric`.
 *
 * @category constants
 * @since 0.1.0
 */
export const ROUNDING_MODE: Rounding.RoundingMode = "halfExpand"

/**
 * A percentage of the shipping price, with the most that it may come to.
 *
 * @category models
 * @since 0.1.0
 */
export interface PolicyRate {
  readonly rate: Rate.Rate
  readonly cap: Money.Money | undefined
}

/**
 * Which share of the shipping price the affiliate of an order gets, by rate
 * code. `fallback` is for the codes that are not listed and for orders without
 * one.
 *
 * @category models
 * @since 0.1.0
 */
export interface CashbackPolicy {
  readonly byRateCode: ReadonlyMap<string, PolicyRate>
  readonly fallback: PolicyRate | undefined
}

/**
 * A policy that says nothing about any order.
 *
 * @category constants
 * @since 0.1.0
 */
export const NO_POLICY: CashbackPolicy = { byRateCode: new Map(), fallback: undefined }

/**
 * The affiliate's cashback by a policy, with what it comes from.
 *
 * @category models
 * @since 0.1.0
 */
export interface PolicyCashback {
  readonly affiliateCashback: Money.Money
  readonly rate: Rate.Rate
  /** Whether the rate is that of all other codes. */
  readonly isFallback: boolean
  /** Whether the percentage came to more than the cap allows. */
  readonly isCapped: boolean
}

/**
 * An estimate by a policy.
 *
 * @category models
 * @since 0.1.0
 */
export interface PolicyEstimate extends PolicyCashback {
  readonly commission: Money.Money
}

/**
 * The policy has no rate for this code, and none for all others.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPolicyRate
  extends /* @__PURE__ */ Data.TaggedError("NoPolicyRate")<{ readonly rateCode: string | undefined }> {}

/**
 * The commission that two known cashbacks give: the affiliate's less the
 * member's. It may be negative.
 *
 * **Errors**
 *
 * - `CurrencyMismatch`: the two are of different currencies.
 *
 * **Source**: rule 5 of the referral commissions.
 *
 * **Example** (8,000 less 6,000)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { CommissionEstimate, Currency, Money } from "@reckoner/core"
 *
 * const idr = (text: string) => Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse("IDR"))))
 * const commission = CommissionEstimate.fromCashback({
 *   affiliateCashback: idr("8000"),
 *   memberCashback: idr("6000")
 * })
 *
 * Money.format(Result.getOrThrow(commission)) // => "2000.00"
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const fromCashback = ({
  affiliateCashback,
  memberCashback
}: {
  readonly affiliateCashback: Money.Money
  readonly memberCashback: Money.Money
}): Result.Result<Money.Money, Money.CurrencyMismatch> => Money.subtract(affiliateCashback, memberCashback)

/**
 * The affiliate's cashback that a policy gives for an order: the rate of its
 * code, else the policy's fallback, of the shipping price, rounded by
 * {@link ROUNDING_MODE} and at most the cap.
 *
 * **Errors**
 *
 * - `NoPolicyRate`: the policy has no rate for the code and no fallback.
 * - `CurrencyMismatch`: the cap is of another currency than the price.
 * - `CapNegative`: the cap is below zero.
 *
 * **Source**: rule 6 of the referral commissions.
 *
 * @category decisions
 * @since 0.1.0
 */
export const policyCashback = ({
  policy,
  rateCode,
  shippingPrice
}: {
  readonly policy: CashbackPolicy
  readonly rateCode: string | undefined
  readonly shippingPrice: Money.Money
}): Result.Result<PolicyCashback, NoPolicyRate | Money.CurrencyMismatch | Rate.CapNegative> => {
  const listed = rateCode === undefined ? undefined : policy.byRateCode.get(rateCode)
  const found = listed ?? policy.fallback
  if (found === undefined) return Result.fail(new NoPolicyRate({ rateCode }))
  const { cap, rate } = found
  const uncapped = Rate.apply(rate, shippingPrice, ROUNDING_MODE)
  const capped =
    cap === undefined ? Result.succeed(uncapped) : Rate.applyCapped(rate, shippingPrice, { cap, mode: ROUNDING_MODE })
  return Result.map(capped, (affiliateCashback) => ({
    affiliateCashback,
    rate,
    isFallback: listed === undefined,
    isCapped: affiliateCashback.minor !== uncapped.minor
  }))
}

/**
 * The commission by a policy: the cashback that it gives the affiliate, less
 * the member's.
 *
 * **Errors**
 *
 * - `NoPolicyRate`: the policy has no rate for the code and no fallback.
 * - `CurrencyMismatch`: the cap is of another currency than the price.
 * - `CapNegative`: the cap is below zero.
 * - `CurrencyMismatch`: the member's cashback is of another currency than the price.
 *
 * **Source**: rules 5 and 6 of the referral commissions.
 *
 * **Example** (2.5 % of 18,500, less 100 for the member)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { CommissionEstimate, Currency, Money, Rate } from "@reckoner/core"
 *
 * const idr = (text: string) => Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse("IDR"))))
 * const policy = {
 *   byRateCode: new Map([["REG", { rate: Result.getOrThrow(Rate.parsePercent("2.5")), cap: undefined }]]),
 *   fallback: undefined
 * }
 * const order = { policy, shippingPrice: idr("18500"), memberCashback: idr("100") }
 * const estimate = Result.getOrThrow(CommissionEstimate.fromPolicy({ ...order, rateCode: "REG" }))
 *
 * Money.format(estimate.affiliateCashback) // => "462.50"
 * Money.format(estimate.commission) // => "362.50"
 * Result.isFailure(CommissionEstimate.fromPolicy({ ...order, rateCode: "EXPRESS" })) // => true
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const fromPolicy = ({
  memberCashback,
  ...order
}: {
  readonly policy: CashbackPolicy
  readonly rateCode: string | undefined
  readonly shippingPrice: Money.Money
  readonly memberCashback: Money.Money
}): Result.Result<PolicyEstimate, NoPolicyRate | Money.CurrencyMismatch | Rate.CapNegative> =>
  Result.flatMap(policyCashback(order), (found) =>
    Result.map(fromCashback({ affiliateCashback: found.affiliateCashback, memberCashback }), (commission) => ({
      ...found,
      commission
    }))
  )
