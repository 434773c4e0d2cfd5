/**
 * Laws of `WaivableFee`, as plain predicates about amounts of one currency, none
 * of them below zero.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "./Money.ts"
import * as Rate from "./Rate.ts"
import * as Rounding from "./Rounding.ts"
import * as WaivableFee from "./WaivableFee.ts"

/** What of a payout its fee depends on. */
export type Payout = Parameters<typeof WaivableFee.feeOf>[1]

const feeOf = (terms: WaivableFee.Terms, payout: Payout): WaivableFee.Fee =>
  Result.getOrThrow(WaivableFee.feeOf(terms, payout))

/** The free and the charged part make up the payout, and neither is below zero. */
export const splitIsWhole = (terms: WaivableFee.Terms, payout: Payout): boolean => {
  const { chargedAmount, freeAmount } = feeOf(terms, payout)
  return (
    freeAmount.minor + chargedAmount.minor === payout.payout.minor &&
    !Money.isNegative(freeAmount) &&
    !Money.isNegative(chargedAmount)
  )
}

/** What is free was left of the limit, and all of the payout is free that can be. */
export const withinLimit = (terms: WaivableFee.Terms, payout: Payout): boolean => {
  const { chargedAmount, freeAmount, waiverRemaining } = feeOf(terms, payout)
  const left = terms.waiverLimit.minor - payout.waiverUsed.minor
  return (
    waiverRemaining.minor === (left > 0n ? left : 0n) &&
    freeAmount.minor <= waiverRemaining.minor &&
    (Money.isZero(chargedAmount) || freeAmount.minor === waiverRemaining.minor)
  )
}

/** Without a limit the fee is that of both rates on the whole payout, with the fixed one. */
export const withoutLimitEverythingIsCharged = (terms: WaivableFee.Terms, payout: Payout): boolean => {
  const { currency, minor } = payout.payout
  const { chargedAmount, fee } = feeOf({ ...terms, waiverLimit: Money.zero(currency) }, payout)
  const variable = Rounding.divide(minor * (terms.waivableRate + terms.hardCostRate), Rate.whole, payout.mode)
  return Money.equals(chargedAmount, payout.payout) && fee.minor === variable + terms.fixedFee.minor
}
