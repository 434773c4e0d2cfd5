/**
 * The cashback policy as it is written in the settings.
 *
 * @since 0.1.0
 */
import { type CommissionEstimate, Currency, Money, Rate } from "@reckoner/core"
import * as Data from "effect/Data"
import * as Result from "effect/Result"

/**
 * What may be written there, for a message.
 *
 * @category constants
 * @since 0.1.0
 */
export const ALLOWED =
  "rates like `REG=2.5%; EXPRESS=3% max 10000; *=1%`: a rate code (or * for any other), a percentage of the " +
  "shipping price from 0 to 100, and if wanted the most that it may come to"

/**
 * A currency with as many decimals as any that the tables can hold.
 *
 * @category constants
 * @since 0.1.0
 */
export const ANY_CURRENCY: Currency.Currency = Result.getOrThrow(Currency.parse("IDR"))

/**
 * The text cannot be read. `part` is the part that is wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export class CashbackPolicyUnreadable extends Data.TaggedError("CashbackPolicyUnreadable")<{ readonly part: string }> {}

const ANY_CODE = "*"
const ONE_RATE = /^(\S+?) *= *(\d+(?:\.\d+)?) *%(?: +max +(\d+(?:\.\d+)?))?$/

const policyRate = (
  percent: string,
  cap: string | undefined,
  currency: Currency.Currency
): CommissionEstimate.PolicyRate | undefined => {
  const rate = Rate.parsePercent(percent)
  if (Result.isFailure(rate) || rate.success > Rate.whole) return undefined
  if (cap === undefined) return { rate: rate.success, cap: undefined }
  const amount = Money.parse(cap, currency)
  return Result.isFailure(amount) ? undefined : { rate: rate.success, cap: amount.success }
}

/**
 * Reads a policy; its caps are amounts of the currency. No text is a policy
 * without rates.
 *
 * **Errors**
 *
 * - `CashbackPolicyUnreadable`: a part is not of the form, or a code has two rates.
 *
 * @category decoding
 * @since 0.1.0
 */
export const parse = (
  text: string,
  currency: Currency.Currency
): Result.Result<CommissionEstimate.CashbackPolicy, CashbackPolicyUnreadable> => {
  const byRateCode = new Map<string, CommissionEstimate.PolicyRate>()
  for (const part of text.split(";").map((each) => each.trim())) {
    if (part === "") continue
    const [, code, percent, cap] = ONE_RATE.exec(part) ?? []
    const rate = percent === undefined ? undefined : policyRate(percent, cap, currency)
    if (code === undefined || byRateCode.has(code) || rate === undefined) {
      return Result.fail(new CashbackPolicyUnreadable({ part }))
    }
    byRateCode.set(code, rate)
  }
  const fallback = byRateCode.get(ANY_CODE)
  byRateCode.delete(ANY_CODE)
  return Result.succeed({ byRateCode, fallback })
}
