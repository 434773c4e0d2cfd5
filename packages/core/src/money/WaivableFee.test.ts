import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "./Currency.ts"
import * as Money from "./Money.ts"
import * as Rate from "./Rate.ts"
import type * as Rounding from "./Rounding.ts"
import { termsWithPayout } from "./WaivableFee.arbitrary.ts"
import * as laws from "./WaivableFee.laws.ts"
import * as WaivableFee from "./WaivableFee.ts"

const usd = Result.getOrThrow(Currency.parse("USD"))
const vnd = Result.getOrThrow(Currency.parse("VND"))
const cents = (minor: bigint) => Money.make(minor, usd)
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const terms = (change: Partial<WaivableFee.Terms> = {}): WaivableFee.Terms => ({
  waivableRate: percent("3"),
  hardCostRate: Rate.zero,
  fixedFee: cents(0n),
  waiverLimit: cents(50_000n),
  ...change
})

const payout = (minor: bigint, used: bigint, mode: Rounding.RoundingMode = "halfExpand") => ({
  payout: cents(minor),
  waiverUsed: cents(used),
  mode
})

describe("WaivableFee", () => {
  describe("feeOf", () => {
    const card = terms({ hardCostRate: percent("3") })
    const fixed = terms({ fixedFee: cents(30n) })

    // Columns: what is special, terms, payout, used, fee, free, charged, remaining.
    it.each([
      ["the limit is untouched", terms(), 10_000n, 0n, 0n, 10_000n, 0n, 50_000n],
      ["the limit covers a part", terms(), 10_000n, 46_000n, 180n, 4_000n, 6_000n, 4_000n],
      ["the limit is met exactly", terms(), 10_000n, 40_000n, 0n, 10_000n, 0n, 10_000n],
      ["one cent is beyond the limit", terms(), 10_000n, 40_001n, 0n, 9_999n, 1n, 9_999n],
      ["the limit is used up", terms(), 10_000n, 50_000n, 300n, 0n, 10_000n, 0n],
      ["more is used than the limit", terms(), 10_000n, 50_001n, 300n, 0n, 10_000n, 0n],
      ["no limit", terms({ waiverLimit: cents(0n) }), 10_000n, 0n, 300n, 0n, 10_000n, 0n],
      ["a payout of nothing", terms(), 0n, 0n, 0n, 0n, 0n, 50_000n],
      ["the payment's own cost, while the rest is free", card, 10_000n, 0n, 300n, 10_000n, 0n, 50_000n],
      [
        "the payment's own cost on all, the other on the charged part",
        card,
        10_000n,
        46_000n,
        480n,
        4_000n,
        6_000n,
        4_000n
      ],
      ["both on everything", card, 10_000n, 50_000n, 600n, 0n, 10_000n, 0n],
      ["a fixed fee, though everything is free", fixed, 10_000n, 0n, 30n, 10_000n, 0n, 50_000n],
      ["a fixed fee with the other", fixed, 10_000n, 50_000n, 330n, 0n, 10_000n, 0n],
      ["half a cent, away from zero", terms({ waivableRate: percent("50") }), 1n, 50_000n, 1n, 0n, 1n, 0n],
      [
        "two halves of a cent are rounded once, together",
        terms({ waivableRate: percent("50"), hardCostRate: percent("50") }),
        1n,
        50_000n,
        1n,
        0n,
        1n,
        0n
      ]
    ])("%s", (_, given, minor, used, fee, free, charged, remaining) => {
      expect(WaivableFee.feeOf(given, payout(minor, used))).toStrictEqual(
        Result.succeed({
          fee: cents(fee),
          freeAmount: cents(free),
          chargedAmount: cents(charged),
          waiverRemaining: cents(remaining)
        })
      )
    })

    it("rounds by the mode that it is given", () => {
      const fee = (mode: Rounding.RoundingMode) =>
        Result.getOrThrow(WaivableFee.feeOf(terms(), payout(1n, 50_000n, mode))).fee.minor
      expect([fee("ceil"), fee("floor")]).toStrictEqual([1n, 0n])
    })

    it.each([
      ["the fixed fee", terms({ fixedFee: Money.zero(vnd) }), payout(1n, 0n)],
      ["the limit", terms({ waiverLimit: Money.zero(vnd) }), payout(1n, 0n)],
      ["what was used", terms(), { ...payout(1n, 0n), waiverUsed: Money.zero(vnd) }]
    ])("fails with CurrencyMismatch when %s is in another currency than the payout", (_, given, of) => {
      const fee = WaivableFee.feeOf(given, of)
      expect(fee).toStrictEqual(Result.fail(new Money.CurrencyMismatch({ expected: usd, actual: vnd })))
    })
  })

  describe("laws", () => {
    it("splitIsWhole: the free and the charged part add up to the payout", () => {
      fc.assert(fc.property(termsWithPayout, ({ payout: one, terms: of }) => laws.splitIsWhole(of, one)))
    })
    it("withinLimit: no more is free than the limit leaves", () => {
      fc.assert(fc.property(termsWithPayout, ({ payout: one, terms: of }) => laws.withinLimit(of, one)))
    })
    it("withoutLimitEverythingIsCharged: a limit of zero waives nothing", () => {
      fc.assert(
        fc.property(termsWithPayout, ({ payout: one, terms: of }) => laws.withoutLimitEverythingIsCharged(of, one))
      )
    })
  })
})
