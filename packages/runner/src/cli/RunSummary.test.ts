import { PlainDate } from "@reckoner/core"
import { describe, expect, it } from "vitest"
import type * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import * as RunSummary from "./RunSummary.ts"

const report: SyncEntitlements.Report = {
  job: "sync-entitlements",
  runId: 3,
  businessDate: PlainDate.parseUnsafe("2026-03-05"),
  dryRun: false,
  invoices: { read: 1200, granted: 1000, held: 1, nothingToGrant: 199 },
  entitlements: 1010,
  items: 2020,
  releasedHolds: 2,
  findings: { LineWithoutSubscription: 200 },
  holds: { EmptyPackage: 1 }
}

describe("RunSummary", () => {
  describe("lines", () => {
    it("tells what was done", () => {
      expect(RunSummary.lines(report, 1500)).toStrictEqual([
        "sync-entitlements for 2026-03-05, run 3: complete",
        "  invoices read               1,200",
        "    granted                   1,000",
        "    held                          1  see `reckoner invoice held`",
        "      EmptyPackage                1",
        "    nothing to grant            199",
        "  entitlements written        1,010",
        "  items written               2,020",
        "  earlier holds released          2",
        "  findings recorded             200  see `reckoner finding list`",
        "    LineWithoutSubscription     200  the member has no subscription for the article; the line grants nothing",
        "  duration                   1.50 s"
      ])
    })

    it("tells of a dry run what would be done", () => {
      expect(RunSummary.lines({ ...report, runId: undefined, dryRun: true, findings: {} }, 1500)).toStrictEqual([
        "sync-entitlements for 2026-03-05, dry run: nothing was written",
        "  invoices read                   1,200",
        "    would be granted              1,000",
        "    would be held                     1",
        "      EmptyPackage                    1",
        "    nothing to grant                199",
        "  entitlements would be written   1,010",
        "  items would be written          2,020",
        "  findings would be recorded          0",
        "  duration                       1.50 s"
      ])
    })
  })

  describe("json", () => {
    it("adds the duration in whole milliseconds", () => {
      expect(RunSummary.json(report, 1500.4)).toStrictEqual({ ...report, durationMs: 1500 })
    })
  })
})
