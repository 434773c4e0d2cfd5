/**
 * A fee on a payout of which a part may be waived: payouts are free until a
 * limit is used up. What the payment itself costs is never waived.
 *
 * **Laws**
 *
 * - `splitIsWhole`: the free and the charged part add up to the payout.
 * - `withinLimit`: no more is free than the limit leaves.
 * - `withoutLimitEverythingIsCharged`: a limit of zero waives nothing.
 *
 * Stated in `WaivableFee.laws.ts`, checked in `WaivableFee.test.ts`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "./Money.ts"
import * as Rate from "./Rate.ts"
import * as Rounding from "./Rounding.ts"

/**
 * What a payout costs: a rate that may be waived, one of the payment itself
 * that may not, and a fixed amount.
 *
 * @category models
 * @since 0.1.0
 */
export interface Terms {
  readonly waivableRate: Rate.Rate
  readonly hardCostRate: Rate.Rate
  readonly fixedFee: Money.Money
  /** How much may be paid out without the waivable rate, in all. */
  readonly waiverLimit: Money.Money
}

/**
 * The fee of one payout, with what it comes from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fee {
  readonly fee: Money.Money
  readonly freeAmount: Money.Money
  readonly chargedAmount: Money.Money
  /** What the limit left before this payout. */
  readonly waiverRemaining: Money.Money
}

/**
 * The fee of a payout, rounded once, over all parts together.
 *
 * **Units**
 *
 * No amount is below zero. Of a limit that is used up and more, nothing is left.
 *
 * **Errors**
 *
 * - `CurrencyMismatch`: the terms, or what was used, are in another currency than the payout.
 *
 * **Example** (100.00 of which 40.00 are still free, at 3 %)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money, Rate, WaivableFee } from "@reckoner/core"
 *
 * const usd = (text: string) => Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse("USD"))))
 * const terms = {
 *   waivableRate: Result.getOrThrow(Rate.parsePercent("3")),
 *   hardCostRate: Rate.zero,
 *   fixedFee: usd("0"),
 *   waiverLimit: usd("500")
 * }
 * const payout = { payout: usd("100"), waiverUsed: usd("460"), mode: "halfExpand" as const }
 *
 * Money.format(Result.getOrThrow(WaivableFee.feeOf(terms, payout)).fee) // => "1.80"
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const feeOf = (
  { fixedFee, hardCostRate, waivableRate, waiverLimit }: Terms,
  {
    mode,
    payout,
    waiverUsed
  }: { readonly payout: Money.Money; readonly waiverUsed: Money.Money; readonly mode: Rounding.RoundingMode }
): Result.Result<Fee, Money.CurrencyMismatch> => {
  const { currency } = payout
  const other = [fixedFee, waiverLimit, waiverUsed].find((amount) => amount.currency !== currency)
  if (other !== undefined)
    return Result.fail(new Money.CurrencyMismatch({ expected: currency, actual: other.currency }))
  const left = waiverLimit.minor - waiverUsed.minor
  const remaining = left > 0n ? left : 0n
  const free = payout.minor < remaining ? payout.minor : remaining
  const charged = payout.minor - free
  const variable = Rounding.divide(charged * waivableRate + payout.minor * hardCostRate, Rate.whole, mode)
  return Result.succeed({
    fee: Money.make(variable + fixedFee.minor, currency),
    freeAmount: Money.make(free, currency),
    chargedAmount: Money.make(charged, currency),
    waiverRemaining: Money.make(remaining, currency)
  })
}
