import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as BillingCycle from "../billing-cycle/BillingCycle.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as EntitlementWindow from "./EntitlementWindow.ts"
import type * as Invoice from "./Invoice.ts"

const date = PlainDate.parseUnsafe
const monthly: Invoice.Subscription = {
  subscriptionId: 1,
  memberId: 1,
  articleId: 1,
  anchorDate: date("2026-01-31"),
  unit: "month",
  intervalCount: 1
}
const cycle = { anchorDate: date("2026-01-31"), unit: "month", intervalCount: 1 } as const
const oneMonth = (field: EntitlementWindow.RhythmField, found?: string) =>
  ({ _tag: "OneMonthFromInvoice", field, found }) as const

describe("EntitlementWindow", () => {
  describe("forSubscription", () => {
    it.each<[string, Partial<Invoice.Subscription>, string, string, string, EntitlementWindow.Basis]>([
      [
        "within the first cycle",
        {},
        "2026-02-05",
        "2026-01-31",
        "2026-02-28",
        { _tag: "Anniversary", cycle, index: 0 }
      ],
      [
        "on a clamped anniversary",
        {},
        "2026-02-28",
        "2026-02-28",
        "2026-03-31",
        { _tag: "Anniversary", cycle, index: 1 }
      ],
      [
        "before the anchor: the first cycle",
        {},
        "2025-12-24",
        "2026-01-31",
        "2026-02-28",
        { _tag: "FirstCycle", cycle }
      ],
      ["on the anchor", {}, "2026-01-31", "2026-01-31", "2026-02-28", { _tag: "Anniversary", cycle, index: 0 }],
      ["no anchor", { anchorDate: undefined }, "2026-01-31", "2026-01-31", "2026-02-28", oneMonth("anchorDate")],
      ["no unit", { unit: undefined }, "2026-01-30", "2026-01-30", "2026-02-28", oneMonth("unit")],
      [
        "a lower-case letter",
        { unit: { unreadable: "m" } },
        "2026-03-15",
        "2026-03-15",
        "2026-04-15",
        oneMonth("unit", "m")
      ],
      [
        "no interval",
        { intervalCount: undefined },
        "2026-03-15",
        "2026-03-15",
        "2026-04-15",
        oneMonth("intervalCount")
      ],
      [
        "an interval of zero",
        { intervalCount: 0 },
        "2026-03-15",
        "2026-03-15",
        "2026-04-15",
        oneMonth("intervalCount", "0")
      ],
      [
        "a negative interval",
        { intervalCount: -30 },
        "2026-03-15",
        "2026-03-15",
        "2026-04-15",
        oneMonth("intervalCount", "-30")
      ],
      [
        "anchor and unit undefined: the anchor is named",
        { anchorDate: undefined, unit: undefined },
        "2026-03-15",
        "2026-03-15",
        "2026-04-15",
        oneMonth("anchorDate")
      ],
      [
        "unit and interval undefined: the unit is named",
        { unit: { unreadable: "X" }, intervalCount: 0 },
        "2026-03-15",
        "2026-03-15",
        "2026-04-15",
        oneMonth("unit", "X")
      ],
      [
        "an undefined rhythm before the anchor is no first cycle",
        { intervalCount: 0 },
        "2025-03-15",
        "2025-03-15",
        "2025-04-15",
        oneMonth("intervalCount", "0")
      ]
    ])("%s", (_, change, on, start, endExclusive, basis) => {
      expect(EntitlementWindow.forSubscription({ ...monthly, ...change }, date(on))).toStrictEqual(
        Result.succeed({ start, endExclusive, basis })
      )
    })

    it.each<[string, Partial<Invoice.Subscription>, string, unknown]>([
      [
        "the anchor is outside the calendar, before anything else",
        { anchorDate: { unreadable: "infinity" }, unit: undefined, intervalCount: 0.5 },
        "2026-01-31",
        new EntitlementWindow.AnchorDateUnreadable({ found: "infinity" })
      ],
      [
        "the interval is no whole number",
        { intervalCount: 1.5 },
        "2026-01-31",
        new BillingCycle.IntervalCountOutOfRange({ intervalCount: 1.5 })
      ],
      [
        "a cycle reaches the end of the calendar",
        { intervalCount: 2_147_483_647 },
        "2026-03-31",
        new EntitlementWindow.WindowLeavesCalendar({ start: date("2026-01-31") })
      ],
      [
        "a month from the invoice reaches it",
        { unit: undefined },
        "5874897-12-15",
        new EntitlementWindow.WindowLeavesCalendar({ start: date("5874897-12-15") })
      ],
      [
        "the first cycle reaches it",
        { anchorDate: date("5874897-12-01") },
        "2026-01-01",
        new EntitlementWindow.WindowLeavesCalendar({ start: date("5874897-12-01") })
      ]
    ])("fails when %s", (_, change, on, error) => {
      const found = EntitlementWindow.forSubscription({ ...monthly, ...change }, date(on))
      expect(found).toStrictEqual(Result.fail(error))
    })
  })
})
