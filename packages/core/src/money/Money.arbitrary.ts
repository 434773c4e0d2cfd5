/**
 * Generators for `Money`. Zero, one unit, amounts beyond a double and
 * currencies without decimals or with three of them are drawn on purpose.
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Currency from "./Currency.ts"
import * as Money from "./Money.ts"

const known = (code: string): Currency.Currency => Result.getOrThrow(Currency.parse(code))

export const currency: fc.Arbitrary<Currency.Currency> = fc.oneof(
  fc.constantFrom(known("USD"), known("JPY"), known("VND"), known("KWD"), known("CLF")),
  fc.constantFrom(...Currency.codes)
)

/** Minor units of either sign. */
export const minor: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 99n, 100n, -100n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 10n ** 30n),
  fc.bigInt({ min: -200n, max: 200n }),
  fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
  fc.bigInt()
)

export const money: fc.Arbitrary<Money.Money> = fc.tuple(minor, currency).map(([m, c]) => Money.make(m, c))

/** Three amounts of one currency; equal ones are common. */
export const moneyTriple: fc.Arbitrary<readonly [Money.Money, Money.Money, Money.Money]> = fc
  .tuple(currency, minor, minor, minor)
  .map(([c, one, two, three]) => [Money.make(one, c), Money.make(two, c), Money.make(three, c)])

/** Two amounts of two currencies. */
export const moneyOfTwoCurrencies: fc.Arbitrary<readonly [Money.Money, Money.Money]> = fc
  .tuple(money, money)
  .filter(([one, other]) => one.currency !== other.currency)
