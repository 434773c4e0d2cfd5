import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as PlainDate from "../calendar/PlainDate.ts"
import { billingCycleWithDates } from "./BillingCycle.arbitrary.ts"
import * as laws from "./BillingCycle.laws.ts"
import * as BillingCycle from "./BillingCycle.ts"

const date = PlainDate.parseUnsafe

const cycle = (anchor: string, intervalCount: number, unit: BillingCycle.IntervalUnit) =>
  Result.getOrThrow(BillingCycle.make({ anchorDate: date(anchor), unit, intervalCount }))

describe("BillingCycle", () => {
  describe("make", () => {
    it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, BillingCycle.INTERVAL_COUNT_MAX + 1])(
      "fails with IntervalCountOutOfRange when the interval is %d",
      (intervalCount) => {
        const made = BillingCycle.make({ anchorDate: date("2024-01-15"), unit: "month", intervalCount })
        expect(made).toStrictEqual(Result.fail(new BillingCycle.IntervalCountOutOfRange({ intervalCount })))
      }
    )

    it.each([1, BillingCycle.INTERVAL_COUNT_MAX])("accepts an interval of %d", (intervalCount) => {
      const fields = { anchorDate: date("2024-01-15"), unit: "day", intervalCount } as const
      expect(BillingCycle.make(fields)).toStrictEqual(Result.succeed(fields))
    })
  })

  describe("periodContaining", () => {
    // One row per rule. Columns: anchor, interval, unit, invoice date, expected index, start, end.
    it.each([
      ["on the anchor", "2024-01-15", 1, "month", "2024-01-15", 0, "2024-01-15", "2024-02-15"],
      ["the day before an anniversary", "2024-01-15", 1, "month", "2024-02-14", 0, "2024-01-15", "2024-02-15"],
      ["on an anniversary", "2024-01-15", 1, "month", "2024-02-15", 1, "2024-02-15", "2024-03-15"],
      ["between quarterly anniversaries", "2024-01-15", 3, "month", "2024-07-10", 1, "2024-04-15", "2024-07-15"],
      ["in a month without an anniversary", "2024-01-15", 3, "month", "2024-06-20", 1, "2024-04-15", "2024-07-15"],
      ["31st in a leap February", "2024-01-31", 1, "month", "2024-02-29", 1, "2024-02-29", "2024-03-31"],
      ["31st in a common February", "2023-01-31", 1, "month", "2023-02-28", 1, "2023-02-28", "2023-03-31"],
      [
        "31st, the day before the last of February",
        "2023-01-31",
        1,
        "month",
        "2023-02-27",
        0,
        "2023-01-31",
        "2023-02-28"
      ],
      ["29 February, twelve months on", "2024-02-29", 12, "month", "2025-03-01", 1, "2025-02-28", "2026-02-28"],
      ["29 February, four years on", "2024-02-29", 12, "month", "2028-02-29", 4, "2028-02-29", "2029-02-28"],
      ["every 30 days", "2024-01-01", 30, "day", "2024-03-01", 2, "2024-03-01", "2024-03-31"],
      ["every 30 days, the day before", "2024-01-01", 30, "day", "2024-02-29", 1, "2024-01-31", "2024-03-01"],
      ["a daily pass", "2024-01-01", 1, "day", "2024-12-31", 365, "2024-12-31", "2025-01-01"],
      ["an anchor in the first year", "0001-01-01", 1, "month", "2024-03-05", 24_278, "2024-03-01", "2024-04-01"],
      ["a century of months", "1924-02-29", 1200, "month", "2024-03-01", 1, "2024-02-29", "2124-02-29"],
      ["over the year 9999", "0001-01-01", 1, "month", "9999-12-31", 119_987, "9999-12-01", "10000-01-01"],
      ["the end of the calendar", "5874897-12-15", 1, "month", "5874897-12-20", 0, "5874897-12-15", "5874897-12-31"]
    ] as const)("%s", (_, anchor, intervalCount, unit, on, index, start, endExclusive) => {
      expect(BillingCycle.periodContaining(cycle(anchor, intervalCount, unit), date(on))).toStrictEqual(
        Result.succeed({ index, start, endExclusive })
      )
    })

    it("fails with DateBeforeAnchor when the date is earlier than the anchor", () => {
      const found = BillingCycle.periodContaining(cycle("2024-01-15", 1, "month"), date("2024-01-14"))
      expect(found).toStrictEqual(
        Result.fail(new BillingCycle.DateBeforeAnchor({ date: date("2024-01-14"), anchorDate: date("2024-01-15") }))
      )
    })
  })

  describe("periodAround", () => {
    it.each([
      ["the day before the anchor", "2024-01-31", 1, "month", "2024-01-30", -1, "2023-12-31", "2024-01-31"],
      ["a clamped start before the anchor", "2024-03-31", 1, "month", "2024-02-29", -1, "2024-02-29", "2024-03-31"],
      ["days before the anchor", "2024-01-31", 7, "day", "2024-01-30", -1, "2024-01-24", "2024-01-31"],
      ["on the anchor", "2024-01-31", 7, "day", "2024-01-31", 0, "2024-01-31", "2024-02-07"]
    ] as const)("%s", (_, anchor, intervalCount, unit, on, index, start, endExclusive) => {
      expect(BillingCycle.periodAround(cycle(anchor, intervalCount, unit), date(on))).toStrictEqual({
        index,
        start,
        endExclusive
      })
    })
  })

  describe("laws", () => {
    it("containment: the date lies inside its period", () => {
      fc.assert(fc.property(billingCycleWithDates, ([c, d, e]) => laws.containment(c, d) && laws.containment(c, e)))
    })
    it("tiling: a period ends where the next one starts", () => {
      fc.assert(fc.property(billingCycleWithDates, ([c, d, e]) => laws.tiling(c, d) && laws.tiling(c, e)))
    })
    it("noDrift: every start is counted from the anchor", () => {
      fc.assert(fc.property(billingCycleWithDates, ([c, d, e]) => laws.noDrift(c, d) && laws.noDrift(c, e)))
    })
    it("monotonicity: a later date is never in an earlier period", () => {
      fc.assert(fc.property(billingCycleWithDates, ([c, d, e]) => laws.monotonicity(c, d, e)))
    })
    it("periodAround is periodContaining from the anchor on", () => {
      fc.assert(
        fc.property(billingCycleWithDates, ([c, d]) => {
          expect(BillingCycle.periodContaining(c, d)).toStrictEqual(Result.succeed(BillingCycle.periodAround(c, d)))
        })
      )
    })
  })
})
