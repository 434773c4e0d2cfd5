/**
 * Exact percentages. A rate is a whole number of parts per million, so a
 * percentage has up to four decimals: 12.5 % is 125,000 ppm.
 *
 * A rate is a branded `bigint` rather than a record: equal rates are `===`, the
 * value is what a database column holds, and applying it to a million rows
 * allocates nothing for the rate.
 *
 * @since 0.1.0
 */
import type * as Brand from "effect/Brand"
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as DecimalText from "./DecimalText.ts"
import * as Money from "./Money.ts"
import * as Rounding from "./Rounding.ts"

/**
 * A rate in parts per million. Zero, negative rates (a discount, a reversal)
 * and rates above 100 % (a markup) are all valid: what a business allows is
 * that business's rule, not arithmetic's.
 *
 * @category models
 * @since 0.1.0
 */
export type Rate = Brand.Branded<bigint, "Rate">

const PPM_PER_WHOLE = 1_000_000n

/**
 * Most decimals a percentage can have.
 *
 * @category constants
 * @since 0.1.0
 */
export const PERCENT_DECIMALS_MAX = 4

/**
 * Most decimals a rate written as a fraction of one can have.
 *
 * @category constants
 * @since 0.1.0
 */
export const FRACTION_DECIMALS_MAX = 6

/**
 * The text is not plain decimal text, such as `"12.5"` or `"-0.125"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class RateTextMalformed
  extends /* @__PURE__ */ Data.TaggedError("RateTextMalformed")<{ readonly input: string }> {}

/**
 * The text has more digits after the point than parts per million can hold.
 *
 * @category errors
 * @since 0.1.0
 */
export class RateTooPrecise
  extends /* @__PURE__ */ Data.TaggedError("RateTooPrecise")<{
    readonly input: string
    readonly decimalsMax: number
  }> {}

/**
 * The cap of a capped rate is a negative amount.
 *
 * @category errors
 * @since 0.1.0
 */
export class CapNegative extends /* @__PURE__ */ Data.TaggedError("CapNegative")<{ readonly cap: Money.Money }> {}

/**
 * Builds a rate from parts per million.
 *
 * **Units**
 *
 * `ppm` is parts per million: 10,000 is one percent.
 *
 * **Example** (One percent)
 *
 * ```ts doctest
 * import { Rate } from "@reckoner/core"
 *
 * Rate.formatPercent(Rate.fromPpm(10_000n)) // => "1"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromPpm = (ppm: bigint): Rate => ppm as Rate

/**
 * Nothing of an amount.
 *
 * @category constants
 * @since 0.1.0
 */
export const zero: Rate = fromPpm(0n)

/**
 * The whole amount, 100 %.
 *
 * @category constants
 * @since 0.1.0
 */
export const whole: Rate = fromPpm(PPM_PER_WHOLE)

/**
 * Reads a percentage written without its sign `%`, with up to four decimals.
 *
 * **Errors**
 *
 * - `RateTextMalformed`: the text is not plain decimal text.
 * - `RateTooPrecise`: it has more than four decimals, even if they are zeros.
 *
 * **Laws**
 *
 * - `parseFormatRoundTrip`: what {@link formatPercent} writes is read back
 *   unchanged.
 *
 * Stated in `Rate.laws.ts`, checked in `Rate.test.ts`.
 *
 * **Example** (Commission of twelve and a half percent)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Rate } from "@reckoner/core"
 *
 * Result.getOrThrow(Rate.parsePercent("12.5")) // => 125000n
 * Result.isFailure(Rate.parsePercent("12.5%")) // => true
 * Result.isFailure(Rate.parsePercent("0.00001")) // => true
 * ```
 *
 * @see {@link parseFraction} to read 0.125 instead of 12.5
 * @category constructors
 * @since 0.1.0
 */
export const parsePercent = (text: string): Result.Result<Rate, RateTextMalformed | RateTooPrecise> =>
  parseScaled(text, PERCENT_DECIMALS_MAX)

/**
 * Reads a rate written as a fraction of one, with up to six decimals.
 *
 * **Errors**
 *
 * - `RateTextMalformed`: the text is not plain decimal text.
 * - `RateTooPrecise`: it has more than six decimals, even if they are zeros.
 *
 * **Example** (The same commission, from a system that writes fractions)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Rate } from "@reckoner/core"
 *
 * Result.getOrThrow(Rate.parseFraction("0.125")) // => 125000n
 * Result.getOrThrow(Rate.parseFraction("1")) // => 1000000n
 * ```
 *
 * @see {@link parsePercent} to read 12.5 instead of 0.125
 * @category constructors
 * @since 0.1.0
 */
export const parseFraction = (text: string): Result.Result<Rate, RateTextMalformed | RateTooPrecise> =>
  parseScaled(text, FRACTION_DECIMALS_MAX)

/**
 * Writes the rate as a percentage, without its sign `%` and without zeros at
 * the end.
 *
 * **Example** (For an invoice line)
 *
 * ```ts doctest
 * import { Rate } from "@reckoner/core"
 *
 * Rate.formatPercent(Rate.fromPpm(125_000n)) // => "12.5"
 * Rate.formatPercent(Rate.fromPpm(-1n)) // => "-0.0001"
 * Rate.formatPercent(Rate.whole) // => "100"
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const formatPercent = (self: Rate): string =>
  DecimalText.format(self, PERCENT_DECIMALS_MAX).replace(/\.?0+$/, "")

/**
 * Takes the rate of an amount and rounds it to a whole minor unit.
 *
 * **Laws**
 *
 * - `withinOneUnit`: the result is less than one minor unit from the exact one.
 * - `identityAt100Percent`: 100 % of an amount is the amount.
 * - `monotone`: of two amounts, the greater never gives less (under a negative
 *   rate: never more).
 * - `symmetric`: the rate of a refund is the refund of the rate, in the mode
 *   given by `Rounding.mirror`: the same mode for `expand`, `trunc`,
 *   `halfExpand`, `halfTrunc` and `halfEven`, the opposite one for the others.
 *
 * Stated in `Rate.laws.ts`, checked in `Rate.test.ts`.
 *
 * **Gotchas**
 *
 * Rates do not add up after rounding: half of 0.01 twice is 0.02 with
 * `halfExpand`. Use `Allocation` when parts must make up the whole.
 *
 * **Example** (Commission on a sale)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money, Rate } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const commission = Result.getOrThrow(Rate.parsePercent("12.5"))
 *
 * Money.format(Rate.apply(commission, Money.make(1_999n, usd), "halfExpand")) // => "2.50"
 * Money.format(Rate.apply(commission, Money.make(1_999n, usd), "trunc")) // => "2.49"
 * ```
 *
 * @see {@link applyCapped} to limit the result
 * @category combining
 * @since 0.1.0
 */
export const apply = (self: Rate, money: Money.Money, mode: Rounding.RoundingMode): Money.Money =>
  Money.make(Rounding.divide(money.minor * self, PPM_PER_WHOLE, mode), money.currency)

/**
 * Takes the rate of an amount, but no more than a cap: a percentage fee with
 * an upper limit.
 *
 * **Units**
 *
 * `cap` limits the size of the result, whatever its sign: the fee given back on
 * a refund is limited as the fee was.
 *
 * **Errors**
 *
 * - `CurrencyMismatch`: the cap is in another currency than the amount.
 * - `CapNegative`: the cap is less than zero.
 *
 * **Laws**
 *
 * - `capped`: the result is that of {@link apply} or, if that is beyond the
 *   cap, the cap with the same sign.
 *
 * Stated in `Rate.laws.ts`, checked in `Rate.test.ts`.
 *
 * **Example** (Ten percent, at most ten cents)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money, Rate } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const fee = Result.getOrThrow(Rate.parsePercent("10"))
 * const limits = { cap: Money.make(10n, usd), mode: "halfExpand" } as const
 *
 * Result.getOrThrow(Rate.applyCapped(fee, Money.make(500n, usd), limits)).minor // => 10n
 * Result.getOrThrow(Rate.applyCapped(fee, Money.make(-70n, usd), limits)).minor // => -7n
 * ```
 *
 * @see {@link apply} for a rate without a limit
 * @category combining
 * @since 0.1.0
 */
export const applyCapped = (
  self: Rate,
  money: Money.Money,
  { cap, mode }: { readonly cap: Money.Money; readonly mode: Rounding.RoundingMode }
): Result.Result<Money.Money, Money.CurrencyMismatch | CapNegative> => {
  if (cap.currency !== money.currency) {
    return Result.fail(new Money.CurrencyMismatch({ expected: money.currency, actual: cap.currency }))
  }
  if (Money.isNegative(cap)) return Result.fail(new CapNegative({ cap }))
  const uncapped = apply(self, money, mode)
  if (Money.abs(uncapped).minor <= cap.minor) return Result.succeed(uncapped)
  return Result.succeed(Money.isNegative(uncapped) ? Money.negate(cap) : cap)
}

const parseScaled = (text: string, decimalsMax: number): Result.Result<Rate, RateTextMalformed | RateTooPrecise> => {
  const ppm = DecimalText.parse(text, decimalsMax)
  if (Result.isSuccess(ppm)) return Result.succeed(fromPpm(ppm.success))
  switch (ppm.failure) {
    case "malformed":
      return Result.fail(new RateTextMalformed({ input: text }))
    case "tooManyDecimals":
      return Result.fail(new RateTooPrecise({ input: text, decimalsMax }))
  }
}
