import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "./Currency.ts"
import { money, moneyOfTwoCurrencies, moneyTriple } from "./Money.arbitrary.ts"
import * as laws from "./Money.laws.ts"
import * as Money from "./Money.ts"

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
const usd = (minor: bigint) => Money.make(minor, currency("USD"))
const eur = (minor: bigint) => Money.make(minor, currency("EUR"))
const mismatch = new Money.CurrencyMismatch({ expected: currency("USD"), actual: currency("EUR") })

describe("Money", () => {
  describe("parse", () => {
    it.each([
      ["all decimals", "12.30", "USD", 1230n],
      ["fewer decimals", "12.3", "USD", 1230n],
      ["no decimals", "12", "USD", 1200n],
      ["a negative amount below one", "-0.05", "USD", -5n],
      ["negative zero", "-0.00", "USD", 0n],
      ["a currency without decimals", "5", "JPY", 5n],
      ["a currency with three", "1.005", "KWD", 1005n],
      ["a currency with four", "-0.0001", "CLF", -1n],
      ["more digits than a double holds", "90071992547409931.01", "USD", 9007199254740993101n]
    ])("reads %s", (_, text, code, minor) => {
      expect(Money.parse(text, currency(code))).toStrictEqual(Result.succeed(Money.make(minor, currency(code))))
    })

    it.each(["", "12,30", "1e3", "$12", "+12", " 12", "12.", ".30", "NaN", "Infinity"])(
      "fails with MoneyTextMalformed when given %j",
      (input) => {
        expect(Money.parse(input, currency("USD"))).toStrictEqual(Result.fail(new Money.MoneyTextMalformed({ input })))
      }
    )

    it.each([
      ["12.345", "USD", 2],
      ["12.300", "USD", 2],
      ["5.0", "JPY", 0],
      ["1.0000", "KWD", 3]
    ])("fails with TooManyDecimals when given %s of %s", (input, code, decimalsMax) => {
      expect(Money.parse(input, currency(code))).toStrictEqual(
        Result.fail(new Money.TooManyDecimals({ input, currency: currency(code), decimalsMax }))
      )
    })
  })

  describe("format", () => {
    it.each([
      [1230n, "USD", "12.30"],
      [-5n, "USD", "-0.05"],
      [0n, "USD", "0.00"],
      [5n, "JPY", "5"],
      [-1005n, "KWD", "-1.005"]
    ])("writes %d of %s as %s", (minor, code, text) => {
      expect(Money.format(Money.make(minor, currency(code)))).toBe(text)
    })
  })

  describe("add, subtract, compare", () => {
    it("adds and subtracts within a currency", () => {
      expect(Money.add(usd(7n), usd(-9n))).toStrictEqual(Result.succeed(usd(-2n)))
      expect(Money.subtract(usd(7n), usd(9n))).toStrictEqual(Result.succeed(usd(-2n)))
    })

    it("orders amounts of one currency", () => {
      expect(Money.compare(usd(-2n), usd(1n))).toStrictEqual(Result.succeed(-1))
      expect(Money.compare(usd(1n), usd(1n))).toStrictEqual(Result.succeed(0))
      expect(Money.compare(usd(1n), usd(-2n))).toStrictEqual(Result.succeed(1))
    })

    it("fails with CurrencyMismatch when the currencies differ, even for zero", () => {
      expect(Money.add(usd(0n), eur(0n))).toStrictEqual(Result.fail(mismatch))
      expect(Money.subtract(usd(1n), eur(1n))).toStrictEqual(Result.fail(mismatch))
      expect(Money.compare(usd(1n), eur(1n))).toStrictEqual(Result.fail(mismatch))
    })
  })

  describe("sum", () => {
    it("adds a list up, and finds nothing in an empty one", () => {
      expect(Money.sum(currency("USD"), [usd(1000n), usd(250n), usd(-50n)])).toStrictEqual(Result.succeed(usd(1200n)))
      expect(Money.sum(currency("USD"), [])).toStrictEqual(Result.succeed(usd(0n)))
    })

    it("fails with CurrencyMismatch when an amount is of another currency, naming the first one", () => {
      const yen = Money.make(1n, currency("JPY"))
      expect(Money.sum(currency("USD"), [usd(1n), eur(1n), yen])).toStrictEqual(Result.fail(mismatch))
      expect(Money.sum(currency("USD"), [eur(1n), eur(2n)])).toStrictEqual(Result.fail(mismatch))
    })
  })

  describe("zero, negate, abs", () => {
    it("keeps the currency", () => {
      expect(Money.zero(currency("EUR"))).toStrictEqual(eur(0n))
      expect(Money.negate(eur(3n))).toStrictEqual(eur(-3n))
      expect(Money.abs(eur(-3n))).toStrictEqual(eur(3n))
      expect(Money.abs(eur(3n))).toStrictEqual(eur(3n))
    })
  })

  describe("isZero, isPositive, isNegative", () => {
    it.each([
      [0n, [true, false, false]],
      [1n, [false, true, false]],
      [-1n, [false, false, true]]
    ] as const)("tells the sign of %d", (minor, expected) => {
      const amount = usd(minor)
      expect([Money.isZero(amount), Money.isPositive(amount), Money.isNegative(amount)]).toStrictEqual(expected)
    })
  })

  describe("equals", () => {
    it("needs the same units and the same currency", () => {
      expect(Money.equals(usd(5n), usd(5n))).toBe(true)
      expect(Money.equals(usd(5n), usd(6n))).toBe(false)
      expect(Money.equals(usd(0n), eur(0n))).toBe(false)
    })
  })

  describe("laws", () => {
    it("addAssociates: how a sum is grouped does not matter", () => {
      fc.assert(fc.property(moneyTriple, ([a, b, c]) => laws.addAssociates(a, b, c)))
    })
    it("addCommutes: nor does the order of its amounts", () => {
      fc.assert(fc.property(moneyTriple, ([a, b]) => laws.addCommutes(a, b)))
    })
    it("zeroIsNeutral: adding zero changes nothing", () => {
      fc.assert(fc.property(money, laws.zeroIsNeutral))
    })
    it("negateIsInverse: an amount and its negation add up to zero", () => {
      fc.assert(fc.property(money, laws.negateIsInverse))
    })
    it("subtractUndoesAdd: taking away what was added changes nothing", () => {
      fc.assert(fc.property(moneyTriple, ([a, b]) => laws.subtractUndoesAdd(a, b)))
    })
    it("sumIsRepeatedAdd: a sum is what adding one by one gives", () => {
      fc.assert(fc.property(moneyTriple, ([a, b, c]) => laws.sumIsRepeatedAdd(a, b, c)))
    })
    it("compareIsTotalOrder: amounts of one currency are totally ordered", () => {
      fc.assert(fc.property(moneyTriple, ([a, b, c]) => laws.compareIsTotalOrder(a, b, c)))
    })
    it("differentCurrenciesRefuse: amounts of different currencies never combine", () => {
      fc.assert(fc.property(moneyOfTwoCurrencies, ([a, b]) => laws.differentCurrenciesRefuse(a, b)))
    })
    it("parseFormatRoundTrip: text written by format is read back unchanged", () => {
      fc.assert(fc.property(money, laws.parseFormatRoundTrip))
    })
  })
})
