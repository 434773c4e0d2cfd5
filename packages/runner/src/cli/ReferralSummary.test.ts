import { BusinessZone, PlainDate, SyncWindow } from "@reckoner/core"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type * as ReferralRun from "../referral-commission/ReferralRun.ts"
import * as ReferralSummary from "./ReferralSummary.ts"

const zone = Result.getOrThrow(BusinessZone.parse("Asia/Jakarta"))

const report: ReferralRun.Report = {
  job: "sync-referral-orders",
  runId: 7,
  businessDate: PlainDate.parseUnsafe("2023-11-05"),
  window: SyncWindow.yesterday({ now: Date.parse("2023-11-05T03:10:15Z"), zone }),
  dryRun: false,
  read: 1_234,
  notReferred: 200,
  unusable: 0,
  inserted: 1_000,
  changed: 30,
  unchanged: 4,
  findings: { RateMissing: 3, CommissionNegative: 1 }
}

const lines = (...reports: ReadonlyArray<ReferralRun.Report>) => ReferralSummary.lines(reports, zone, 1_500)

describe("ReferralSummary", () => {
  describe("lines", () => {
    it("says what a run read and wrote, with the day in the zone", () => {
      expect(lines(report)).toStrictEqual([
        "sync-referral-orders for 2023-11-04 (Asia/Jakarta), run 7: complete",
        "  shipments read        1,234",
        "    not referred          200",
        "    inserted            1,000",
        "    changed                30",
        "    unchanged               4",
        "  findings recorded         4  see `reckoner finding list`",
        "    CommissionNegative      1  the member's cashback exceeds the affiliate's; the negative commission was written",
        "    RateMissing             3  there is no rate of that number; the order has no rate's name and code",
        "",
        "duration 1.50 s"
      ])
    })

    it("says of a dry run what it would do, and names no findings to look at", () => {
      const text = lines({ ...report, dryRun: true, runId: undefined, findings: { RateMissing: 3 } })
      expect(text[0]).toBe("sync-referral-orders for 2023-11-04 (Asia/Jakarta), dry run: nothing was written")
      expect(text.join("\n")).toContain("would be inserted")
      expect(text.join("\n")).not.toContain("finding list")
    })

    it("shows each window that was covered, and several days as a range", () => {
      const { fromEpochSeconds, untilEpochSeconds } = report.window!
      const longer = { ...report, window: { fromEpochSeconds: fromEpochSeconds - 86_400, untilEpochSeconds } }
      expect(lines(longer, { ...report, runId: 8 }).filter((line) => line.includes("complete"))).toStrictEqual([
        "sync-referral-orders for 2023-11-03 to 2023-11-04 (Asia/Jakarta), run 7: complete",
        "sync-referral-orders for 2023-11-04 (Asia/Jakarta), run 8: complete"
      ])
    })

    it("says of the import how many rows were not usable", () => {
      const text = lines({ ...report, job: "import-legacy-commissions", window: undefined, unusable: 2 }).join("\n")
      expect(text).toContain("import-legacy-commissions, run 7: complete")
      expect(text).toMatch(/old rows read +1,234\n +not usable +2\n/)
      expect(text).not.toContain("not referred")
    })
  })

  describe("json", () => {
    it("has every run, and how long they took together", () => {
      expect(ReferralSummary.json("sync-referral-orders", [report], 1_500.4)).toStrictEqual({
        job: "sync-referral-orders",
        runs: [report],
        durationMs: 1_500
      })
    })
  })
})
