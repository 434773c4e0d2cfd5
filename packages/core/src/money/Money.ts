/**
 * An exact amount of money: a whole number of minor units (cents, dong, fils)
 * and the currency they are counted in.
 *
 * Amounts only add up within one currency. There is no `divide` and no product
 * of two amounts: to take a percentage see `Rate.apply`, to split see
 * `Allocation`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as Currency from "./Currency.ts"
import * as DecimalText from "./DecimalText.ts"

/**
 * An amount of money. Any `minor` is valid, so the fields need no check.
 *
 * @category models
 * @since 0.1.0
 */
export interface Money {
  readonly currency: Currency.Currency
  /** Whole minor units of the currency: 1230n is 12.30 in USD and 1230 in JPY. */
  readonly minor: bigint
}

/**
 * Two amounts of different currencies were put together.
 *
 * @category errors
 * @since 0.1.0
 */
export class CurrencyMismatch
  extends /* @__PURE__ */ Data.TaggedError("CurrencyMismatch")<{
    readonly expected: Currency.Currency
    readonly actual: Currency.Currency
  }> {}

/**
 * The text is not plain decimal text, such as `"12.30"` or `"-5"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class MoneyTextMalformed
  extends /* @__PURE__ */ Data.TaggedError("MoneyTextMalformed")<{ readonly input: string }> {}

/**
 * The text has more digits after the point than the currency has decimals.
 *
 * @category errors
 * @since 0.1.0
 */
export class TooManyDecimals
  extends /* @__PURE__ */ Data.TaggedError("TooManyDecimals")<{
    readonly input: string
    readonly currency: Currency.Currency
    readonly decimalsMax: number
  }> {}

/**
 * Builds an amount from minor units.
 *
 * **Units**
 *
 * `minor` counts the smallest unit of the currency, not the major one.
 *
 * **Example** (Cents and yen)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
 *
 * Money.format(Money.make(1230n, currency("USD"))) // => "12.30"
 * Money.format(Money.make(1230n, currency("JPY"))) // => "1230"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (minor: bigint, currency: Currency.Currency): Money => ({ currency, minor })

/**
 * No money, in a currency.
 *
 * **Example** (Nothing is owed yet)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 *
 * Money.format(Money.zero(usd)) // => "0.00"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const zero = (currency: Currency.Currency): Money => make(0n, currency)

/**
 * Reads an amount from plain decimal text in the major unit: an optional `-`,
 * digits, and optionally a point with no more digits than the currency has.
 *
 * **Errors**
 *
 * - `MoneyTextMalformed`: the text is not of that form; a sign `+`, an
 *   exponent, a grouping mark, a currency symbol or a space is not read.
 * - `TooManyDecimals`: the currency has fewer decimals than the text.
 *
 * **Laws**
 *
 * - `parseFormatRoundTrip`: what {@link format} writes is read back unchanged.
 *
 * Stated in `Money.laws.ts`, checked in `Money.test.ts`.
 *
 * **Gotchas**
 *
 * Zeros beyond the currency's decimals are refused too: `"12.300"` is no USD
 * amount. Who sends three decimals counts in another unit, and the zero of
 * today is a fraction tomorrow. Leading zeros and `"-0.00"` are read as usual.
 *
 * **Example** (Amounts of a payment file)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
 *
 * Result.getOrThrow(Money.parse("12.3", currency("USD"))).minor // => 1230n
 * Result.getOrThrow(Money.parse("-0.05", currency("USD"))).minor // => -5n
 * Result.isFailure(Money.parse("12.300", currency("USD"))) // => true
 * Result.isFailure(Money.parse("5.0", currency("JPY"))) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (
  text: string,
  currency: Currency.Currency
): Result.Result<Money, MoneyTextMalformed | TooManyDecimals> => {
  const decimalsMax = Currency.minorUnits(currency)
  const minor = DecimalText.parse(text, decimalsMax)
  if (Result.isSuccess(minor)) return Result.succeed(make(minor.success, currency))
  switch (minor.failure) {
    case "malformed":
      return Result.fail(new MoneyTextMalformed({ input: text }))
    case "tooManyDecimals":
      return Result.fail(new TooManyDecimals({ input: text, currency, decimalsMax }))
  }
}

/**
 * Writes the amount as plain decimal text in the major unit, with all decimals
 * of its currency and without the currency's name.
 *
 * **Example** (A credit of five cents)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 *
 * Money.format(Money.make(-5n, usd)) // => "-0.05"
 * ```
 *
 * @see {@link parse} for the way back
 * @category queries
 * @since 0.1.0
 */
export const format = (self: Money): string => DecimalText.format(self.minor, Currency.minorUnits(self.currency))

/**
 * Adds two amounts of one currency.
 *
 * **Errors**
 *
 * - `CurrencyMismatch`: the currencies differ, even if an amount is zero.
 *
 * **Laws**
 *
 * - `addAssociates`: `(a + b) + c` is `a + (b + c)`.
 * - `addCommutes`: `a + b` is `b + a`.
 * - `zeroIsNeutral`: adding zero of the same currency changes nothing.
 * - `negateIsInverse`: an amount and its negation add up to zero.
 * - `differentCurrenciesRefuse`: `add`, `subtract`, `compare` and `sum` fail
 *   whenever the currencies differ, and the error names both.
 *
 * Stated in `Money.laws.ts`, checked in `Money.test.ts`.
 *
 * **Example** (Two commissions of one affiliate)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const total = Result.getOrThrow(Money.add(Money.make(1999n, usd), Money.make(1n, usd)))
 *
 * Money.format(total) // => "20.00"
 * ```
 *
 * @see {@link sum} to add a list
 * @category combining
 * @since 0.1.0
 */
export const add = (self: Money, that: Money): Result.Result<Money, CurrencyMismatch> =>
  self.currency === that.currency
    ? Result.succeed(make(self.minor + that.minor, self.currency))
    : Result.fail(new CurrencyMismatch({ expected: self.currency, actual: that.currency }))

/**
 * Takes the second amount away from the first.
 *
 * **Errors**
 *
 * - `CurrencyMismatch`: the currencies differ.
 *
 * **Laws**
 *
 * - `subtractUndoesAdd`: `(a + b) - b` is `a`.
 *
 * Stated in `Money.laws.ts`, checked in `Money.test.ts`.
 *
 * **Example** (Net of a fee)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const net = Result.getOrThrow(Money.subtract(Money.make(500n, usd), Money.make(10n, usd)))
 *
 * Money.format(net) // => "4.90"
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const subtract = (self: Money, that: Money): Result.Result<Money, CurrencyMismatch> =>
  self.currency === that.currency
    ? Result.succeed(make(self.minor - that.minor, self.currency))
    : Result.fail(new CurrencyMismatch({ expected: self.currency, actual: that.currency }))

/**
 * Adds up a list of amounts; an empty list is zero.
 *
 * **Errors**
 *
 * - `CurrencyMismatch`: an amount is not in `currency`; the error names the
 *   first such amount's currency as `actual`.
 *
 * **Laws**
 *
 * - `sumIsRepeatedAdd`: the sum of a list is what adding one by one gives.
 *
 * Stated in `Money.laws.ts`, checked in `Money.test.ts`.
 *
 * **Example** (Total of the invoices of a day)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const invoices = [1000n, 250n, -50n].map((minor) => Money.make(minor, usd))
 *
 * Money.format(Result.getOrThrow(Money.sum(usd, invoices))) // => "12.00"
 * Money.format(Result.getOrThrow(Money.sum(usd, []))) // => "0.00"
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const sum = (currency: Currency.Currency, amounts: Iterable<Money>): Result.Result<Money, CurrencyMismatch> => {
  let minor = 0n
  for (const amount of amounts) {
    if (amount.currency !== currency) {
      return Result.fail(new CurrencyMismatch({ expected: currency, actual: amount.currency }))
    }
    minor += amount.minor
  }
  return Result.succeed(make(minor, currency))
}

/**
 * Tells which of two amounts of one currency is greater: -1 if the first is
 * less, 0 if they are equal, 1 if it is greater.
 *
 * **Errors**
 *
 * - `CurrencyMismatch`: the currencies differ.
 *
 * **Laws**
 *
 * - `compareIsTotalOrder`: within a currency the order is reflexive,
 *   antisymmetric, transitive and total, and agrees with {@link equals}.
 *
 * Stated in `Money.laws.ts`, checked in `Money.test.ts`.
 *
 * **Example** (Is the fee above its limit?)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 *
 * Result.getOrThrow(Money.compare(Money.make(50n, usd), Money.make(10n, usd))) // => 1
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const compare = (self: Money, that: Money): Result.Result<-1 | 0 | 1, CurrencyMismatch> => {
  if (self.currency !== that.currency) {
    return Result.fail(new CurrencyMismatch({ expected: self.currency, actual: that.currency }))
  }
  return Result.succeed(self.minor < that.minor ? -1 : self.minor > that.minor ? 1 : 0)
}

/**
 * The amount with its sign turned round.
 *
 * **Example** (The refund of a payment)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 *
 * Money.negate(Money.make(500n, usd)).minor // => -500n
 * ```
 *
 * @category transforming
 * @since 0.1.0
 */
export const negate = (self: Money): Money => make(-self.minor, self.currency)

/**
 * The amount without its sign.
 *
 * **Example** (Size of an adjustment)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 *
 * Money.abs(Money.make(-500n, usd)).minor // => 500n
 * ```
 *
 * @category transforming
 * @since 0.1.0
 */
export const abs = (self: Money): Money => (self.minor < 0n ? negate(self) : self)

/**
 * Whether the amount is nothing at all.
 *
 * **Example** (A settled balance)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * Money.isZero(Money.zero(Result.getOrThrow(Currency.parse("USD")))) // => true
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const isZero = (self: Money): boolean => self.minor === 0n

/**
 * Whether the amount is more than zero.
 *
 * **Example** (Is there anything to pay?)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 *
 * Money.isPositive(Money.make(1n, usd)) // => true
 * Money.isPositive(Money.zero(usd)) // => false
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const isPositive = (self: Money): boolean => self.minor > 0n

/**
 * Whether the amount is less than zero.
 *
 * **Example** (A balance the seller owes us)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 *
 * Money.isNegative(Money.make(-1n, usd)) // => true
 * Money.isNegative(Money.zero(usd)) // => false
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const isNegative = (self: Money): boolean => self.minor < 0n

/**
 * Whether two amounts are the same, currency included. Never fails: 5 USD and
 * 5 EUR are simply not equal, and neither are their zeros.
 *
 * **Example** (A payment and its confirmation)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 * const eur = Result.getOrThrow(Currency.parse("EUR"))
 *
 * Money.equals(Money.make(5n, usd), Money.make(5n, usd)) // => true
 * Money.equals(Money.make(5n, usd), Money.make(5n, eur)) // => false
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const equals = (self: Money, that: Money): boolean =>
  self.currency === that.currency && self.minor === that.minor
