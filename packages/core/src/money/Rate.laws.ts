/**
 * Laws of `Rate`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "./Money.ts"
import * as Rate from "./Rate.ts"
import * as Rounding from "./Rounding.ts"

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

/** The result is less than one minor unit from the exact share. */
export const withinOneUnit = (rate: Rate.Rate, money: Money.Money, mode: Rounding.RoundingMode): boolean =>
  magnitude(Rate.apply(rate, money, mode).minor * 1_000_000n - money.minor * rate) < 1_000_000n

/** 100 % of an amount is the amount. */
export const identityAt100Percent = (money: Money.Money, mode: Rounding.RoundingMode): boolean =>
  Money.equals(Rate.apply(Rate.whole, money, mode), money)

/** Of two amounts of one currency, the greater never gives less; under a negative rate, never more. */
export const monotone = (
  rate: Rate.Rate,
  one: Money.Money,
  other: Money.Money,
  mode: Rounding.RoundingMode
): boolean => {
  const [lesser, greater] = one.minor <= other.minor === rate >= 0n ? [one, other] : [other, one]
  return Rate.apply(rate, lesser, mode).minor <= Rate.apply(rate, greater, mode).minor
}

/** The rate of the negated amount is the negated rate of the amount, rounded by the mirrored mode. */
export const symmetric = (rate: Rate.Rate, money: Money.Money, mode: Rounding.RoundingMode): boolean =>
  Money.equals(
    Rate.apply(rate, Money.negate(money), mode),
    Money.negate(Rate.apply(rate, money, Rounding.mirror(mode)))
  )

/** The capped share is the share itself, or the cap with the share's sign when the share is beyond it. */
export const capped = (
  rate: Rate.Rate,
  money: Money.Money,
  limits: { readonly cap: Money.Money; readonly mode: Rounding.RoundingMode }
): boolean => {
  const share = Rate.apply(rate, money, limits.mode)
  const result = Result.getOrThrow(Rate.applyCapped(rate, money, limits))
  return magnitude(share.minor) <= limits.cap.minor
    ? Money.equals(result, share)
    : Money.equals(Money.abs(result), limits.cap) && result.minor * share.minor >= 0n
}

/** Text written by `formatPercent` is read back as the same rate. */
export const parseFormatRoundTrip = (rate: Rate.Rate): boolean =>
  Result.getOrThrow(Rate.parsePercent(Rate.formatPercent(rate))) === rate
