/**
 * Laws of `CommissionEstimate`, as plain predicates. Unless a law says
 * otherwise, all its amounts are of one currency.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import * as CommissionEstimate from "./CommissionEstimate.ts"

/** What `fromPolicy` is given. */
export type Order = Parameters<typeof CommissionEstimate.fromPolicy>[0]

const PPM_PER_WHOLE = 1_000_000n

const plus = (self: Money.Money, that: Money.Money): Money.Money => Result.getOrThrow(Money.add(self, that))

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

const commission = (affiliateCashback: Money.Money, memberCashback: Money.Money): Money.Money =>
  Result.getOrThrow(CommissionEstimate.fromCashback({ affiliateCashback, memberCashback }))

/** So much more for the affiliate is so much more commission, and so much more for the member so much less. */
export const linear = (affiliate: Money.Money, member: Money.Money, more: Money.Money): boolean => {
  const before = commission(affiliate, member)
  return (
    Money.equals(commission(plus(affiliate, more), member), plus(before, more)) &&
    Money.equals(commission(affiliate, plus(member, more)), plus(before, Money.negate(more)))
  )
}

/** Swapping the two cashbacks flips the sign. */
export const antisymmetric = (one: Money.Money, other: Money.Money): boolean =>
  Money.equals(commission(one, other), Money.negate(commission(other, one)))

/** The estimate by a policy is that from the cashback which the policy gives; what the policy refuses, it refuses. */
export const policyIsCashback = (order: Order): boolean => {
  const { memberCashback } = order
  const estimate = CommissionEstimate.fromPolicy(order)
  const found = CommissionEstimate.policyCashback(order)
  if (Result.isFailure(found)) return Result.isFailure(estimate) && estimate.failure._tag === found.failure._tag
  const { affiliateCashback, isCapped, isFallback, rate } = found.success
  const difference = CommissionEstimate.fromCashback({ affiliateCashback, memberCashback })
  if (Result.isFailure(difference))
    return Result.isFailure(estimate) && memberCashback.currency !== affiliateCashback.currency
  return (
    Result.isSuccess(estimate) &&
    Money.equals(estimate.success.commission, difference.success) &&
    Money.equals(estimate.success.affiliateCashback, affiliateCashback) &&
    estimate.success.rate === rate &&
    estimate.success.isFallback === isFallback &&
    estimate.success.isCapped === isCapped
  )
}

const withoutCap = (one: CommissionEstimate.PolicyRate): CommissionEstimate.PolicyRate => ({ ...one, cap: undefined })

const withoutCaps = ({
  byRateCode,
  fallback
}: CommissionEstimate.CashbackPolicy): CommissionEstimate.CashbackPolicy => ({
  byRateCode: new Map([...byRateCode].map(([code, one]) => [code, withoutCap(one)])),
  fallback: fallback === undefined ? undefined : withoutCap(fallback)
})

/** Under a cap the cashback is never further from zero than the cap, and capped exactly where it would be without. */
export const capBounds = ({ policy, rateCode, shippingPrice }: Order): boolean => {
  const found = CommissionEstimate.policyCashback({ policy, rateCode, shippingPrice })
  if (Result.isFailure(found)) return true
  const free = Result.getOrThrow(
    CommissionEstimate.policyCashback({ policy: withoutCaps(policy), rateCode, shippingPrice })
  )
  const listed = rateCode === undefined ? undefined : policy.byRateCode.get(rateCode)
  const cap = (listed ?? policy.fallback)?.cap
  const { affiliateCashback, isCapped } = found.success
  if (cap === undefined) return !isCapped && Money.equals(affiliateCashback, free.affiliateCashback)
  const isBeyond = magnitude(free.affiliateCashback.minor) > cap.minor
  return (
    magnitude(affiliateCashback.minor) <= cap.minor &&
    isCapped === isBeyond &&
    (isBeyond
      ? magnitude(affiliateCashback.minor) === cap.minor && affiliateCashback.minor * free.affiliateCashback.minor >= 0n
      : Money.equals(affiliateCashback, free.affiliateCashback))
  )
}

/** Without a cap the cashback lies within half a minor unit of the exact percentage; a half goes away from zero. */
export const withinHalfAMinorUnit = ({ policy, rateCode, shippingPrice }: Order): boolean => {
  const found = CommissionEstimate.policyCashback({ policy: withoutCaps(policy), rateCode, shippingPrice })
  if (Result.isFailure(found)) return true
  const { affiliateCashback, rate } = found.success
  const exact = shippingPrice.minor * rate
  const rounded = affiliateCashback.minor * PPM_PER_WHOLE
  const isHalf = magnitude(rounded - exact) * 2n === PPM_PER_WHOLE
  return magnitude(rounded - exact) * 2n <= PPM_PER_WHOLE && (!isHalf || magnitude(rounded) > magnitude(exact))
}
