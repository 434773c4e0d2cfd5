import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import * as Rounding from "../money/Rounding.ts"
import { base, basis, rate, rounding } from "./Commission.arbitrary.ts"
import * as laws from "./Commission.laws.ts"
import * as Commission from "./Commission.ts"

const money = (minor: bigint, code = "VND") => Money.make(minor, Result.getOrThrow(Currency.parse(code)))
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

describe("Commission", () => {
  describe("amount", () => {
    // Columns: what is special, base in minor units, percentage, commission in minor units, currency.
    it.each([
      ["a percentage that comes out even", 200_000n, "12.5", 25_000n, "VND"],
      ["less than half a dong", 333n, "0.15", 0n, "VND"],
      ["half a dong, away from zero", 333n, "0.5", 2n, "VND"],
      ["exactly half a dong", 1n, "50", 1n, "VND"],
      ["half a dong given back, away from zero too", -1n, "50", -1n, "VND"],
      ["the smallest percentage", 1_000_000n, "0.0001", 1n, "VND"],
      ["just less than the smallest amount", 499_999n, "0.0001", 0n, "VND"],
      ["0 %", 200_000n, "0", 0n, "VND"],
      ["100 %", 200_000n, "100", 200_000n, "VND"],
      ["of nothing", 0n, "12.5", 0n, "VND"],
      ["cents", 1_999n, "12.5", 250n, "USD"],
      ["fils: three decimals", 1_001n, "12.5", 125n, "KWD"],
      ["beyond a double", 9_007_199_254_740_993n, "100", 9_007_199_254_740_993n, "VND"]
    ])("%s", (_, minor, text, expected, code) => {
      const given = { base: money(minor, code), rate: percent(text), rounding: Commission.ROUNDING_MODE }
      expect(Commission.amount(given)).toStrictEqual({ ...money(expected, code), basis: given })
    })

    it("rounds by the mode that it is given", () => {
      const of = (mode: Rounding.RoundingMode) =>
        Commission.amount({ base: money(333n), rate: percent("10"), rounding: mode }).minor
      expect([of("ceil"), of("floor"), of(Commission.ROUNDING_MODE)]).toStrictEqual([34n, 33n, 33n])
    })

    it("rounds a half away from zero by default", () => {
      expect(Commission.ROUNDING_MODE).toBe("halfExpand")
    })
  })

  describe("flat", () => {
    it.each([
      ["several pieces", 500n, 3n, 1_500n],
      ["none", 500n, 0n, 0n],
      ["pieces that came back", 500n, -2n, -1_000n]
    ])("%s", (_, perPiece, quantity, expected) => {
      expect(Commission.flat({ perPiece: money(perPiece), quantity })).toStrictEqual(money(expected))
    })
  })

  describe("effectiveRate", () => {
    it.each([
      ["two items of different rates", 300n, 40n, "13.3333"],
      ["a rounded commission of one rate", 333n, 33n, "9.9099"],
      ["a half of the fourth decimal, away from zero", 16n, 1n, "6.25"],
      ["exactly between two rates", 32_000_000n, 16n, "0.0001"],
      ["of no base", 0n, 0n, "0"],
      ["of items that cancel each other out", 0n, 7n, "0"],
      ["of what came back", -300n, -40n, "13.3333"],
      ["of what came back, with a commission left", -300n, 40n, "-13.3333"]
    ])("%s", (_, minor, commission, expected) => {
      const found = Commission.effectiveRate({ base: money(minor), commission: money(commission) })
      expect(Rate.formatPercent(found)).toBe(expected)
    })
  })

  describe("laws", () => {
    it("replayable: the basis of an amount gives that amount again", () => {
      fc.assert(fc.property(basis, laws.replayable))
    })
    it("withinHalfAMinorUnit: it is the nearest minor unit, and of two the one farther from zero", () => {
      fc.assert(fc.property(base, rate, laws.withinHalfAMinorUnit))
    })
    it("monotone: a higher rate never gives less of a base that is not negative", () => {
      fc.assert(fc.property(base, rate, rate, rounding, laws.monotone))
    })
    it("effectiveRateOfUniform: the effective rate of an exact percentage is that percentage", () => {
      fc.assert(fc.property(base, rate, laws.effectiveRateOfUniform))
    })
  })
})
