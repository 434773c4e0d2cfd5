import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "./Currency.ts"
import { money, moneyTriple } from "./Money.arbitrary.ts"
import * as Money from "./Money.ts"
import { rate } from "./Rate.arbitrary.ts"
import * as laws from "./Rate.laws.ts"
import * as Rate from "./Rate.ts"
import * as Rounding from "./Rounding.ts"

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
const usd = (minor: bigint) => Money.make(minor, currency("USD"))
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))
const mode = fc.constantFrom(...Rounding.modes)

describe("Rate", () => {
  describe("parsePercent", () => {
    it.each([
      ["12.5", 125_000n],
      ["0", 0n],
      ["100", 1_000_000n],
      ["250", 2_500_000n],
      ["-3.75", -37_500n],
      ["0.0001", 1n],
      ["12.5000", 125_000n]
    ])("reads %s as %d ppm", (text, ppm) => {
      expect(Rate.parsePercent(text)).toStrictEqual(Result.succeed(Rate.fromPpm(ppm)))
    })

    it.each(["", "12,5", "12.5%", "1e1", "+1", ".5"])("fails with RateTextMalformed when given %j", (input) => {
      expect(Rate.parsePercent(input)).toStrictEqual(Result.fail(new Rate.RateTextMalformed({ input })))
    })

    it.each(["0.00001", "12.50000"])("fails with RateTooPrecise when given %s", (input) => {
      expect(Rate.parsePercent(input)).toStrictEqual(Result.fail(new Rate.RateTooPrecise({ input, decimalsMax: 4 })))
    })
  })

  describe("parseFraction", () => {
    it.each([
      ["0.125", 125_000n],
      ["1", 1_000_000n],
      ["-0.000001", -1n]
    ])("reads %s as %d ppm", (text, ppm) => {
      expect(Rate.parseFraction(text)).toStrictEqual(Result.succeed(Rate.fromPpm(ppm)))
    })

    it("fails with RateTextMalformed when given a ratio", () => {
      expect(Rate.parseFraction("1/8")).toStrictEqual(Result.fail(new Rate.RateTextMalformed({ input: "1/8" })))
    })

    it("fails with RateTooPrecise when given seven decimals", () => {
      expect(Rate.parseFraction("0.1250000")).toStrictEqual(
        Result.fail(new Rate.RateTooPrecise({ input: "0.1250000", decimalsMax: 6 }))
      )
    })
  })

  describe("formatPercent", () => {
    it.each([
      [125_000n, "12.5"],
      [0n, "0"],
      [10_000n, "1"],
      [100_000n, "10"],
      [1_000_000n, "100"],
      [10_000_000n, "1000"],
      [-1n, "-0.0001"],
      [100n, "0.01"]
    ])("writes %d ppm as %s", (ppm, text) => {
      expect(Rate.formatPercent(Rate.fromPpm(ppm))).toBe(text)
    })
  })

  describe("apply", () => {
    it.each([
      ["a tie away from zero", "12.5", 20n, "halfExpand", 3n],
      ["a tie to the even unit", "12.5", 20n, "halfEven", 2n],
      ["a negative tie up", "12.5", -20n, "halfCeil", -2n],
      ["a refund as its sale", "12.5", -20n, "halfExpand", -3n],
      ["down", "12.5", 1_999n, "trunc", 249n],
      ["nothing at zero percent", "0", 1_999n, "ceil", 0n],
      ["everything at 100 %", "100", 1_999n, "floor", 1_999n],
      ["more than everything", "250", 3n, "floor", 7n],
      ["a negative rate", "-50", 3n, "floor", -2n],
      ["the smallest rate up to a unit", "0.0001", 1n, "ceil", 1n]
    ] as const)("rounds %s", (_, text, minor, rounding, expected) => {
      expect(Rate.apply(percent(text), usd(minor), rounding)).toStrictEqual(usd(expected))
    })

    it("keeps the currency and needs no decimals", () => {
      const dong = (minor: bigint) => Money.make(minor, currency("VND"))
      expect(Rate.apply(percent("7.5"), dong(1_250_010n), "halfExpand")).toStrictEqual(dong(93_751n))
    })

    it("stays exact beyond a double", () => {
      expect(Rate.apply(percent("50"), usd(2n ** 70n + 1n), "ceil")).toStrictEqual(usd(2n ** 69n + 1n))
    })
  })

  describe("applyCapped", () => {
    const limits = { cap: usd(10n), mode: "halfExpand" } as const
    it.each([
      ["below the cap", 70n, 7n],
      ["on the cap", 100n, 10n],
      ["above the cap", 500n, 10n],
      ["a refund below the cap", -70n, -7n],
      ["a refund above the cap", -500n, -10n]
    ])("limits %s", (_, minor, expected) => {
      expect(Rate.applyCapped(percent("10"), usd(minor), limits)).toStrictEqual(Result.succeed(usd(expected)))
    })

    it("takes nothing under a cap of zero", () => {
      expect(Rate.applyCapped(percent("10"), usd(500n), { ...limits, cap: usd(0n) })).toStrictEqual(
        Result.succeed(usd(0n))
      )
    })

    it("fails with CurrencyMismatch before CapNegative", () => {
      const cap = Money.make(-1n, currency("EUR"))
      expect(Rate.applyCapped(percent("10"), usd(500n), { ...limits, cap })).toStrictEqual(
        Result.fail(new Money.CurrencyMismatch({ expected: currency("USD"), actual: currency("EUR") }))
      )
    })

    it("fails with CapNegative when the cap is below zero", () => {
      expect(Rate.applyCapped(percent("10"), usd(500n), { ...limits, cap: usd(-1n) })).toStrictEqual(
        Result.fail(new Rate.CapNegative({ cap: usd(-1n) }))
      )
    })
  })

  describe("laws", () => {
    it("withinOneUnit: the result is less than one minor unit from the exact share", () => {
      fc.assert(fc.property(rate, money, mode, laws.withinOneUnit))
    })
    it("identityAt100Percent: 100 % of an amount is the amount", () => {
      fc.assert(fc.property(money, mode, laws.identityAt100Percent))
    })
    it("monotone: the greater amount never gives less", () => {
      fc.assert(fc.property(rate, moneyTriple, mode, (r, [one, other], m) => laws.monotone(r, one, other, m)))
    })
    it("symmetric: the rate of a refund is the refund of the rate, in the mirrored mode", () => {
      fc.assert(fc.property(rate, money, mode, laws.symmetric))
    })
    it("capped: the result is the share, or the cap with its sign", () => {
      fc.assert(
        fc.property(rate, moneyTriple, mode, (r, [amount, limit], m) =>
          laws.capped(r, amount, { cap: Money.abs(limit), mode: m })
        )
      )
    })
    it("parseFormatRoundTrip: text written by formatPercent is read back unchanged", () => {
      fc.assert(fc.property(rate, laws.parseFormatRoundTrip))
    })
  })
})
