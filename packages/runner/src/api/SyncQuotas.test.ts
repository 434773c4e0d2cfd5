import { PlainDate } from "@reckoner/core"
import { RunLockBusy, StoreError } from "@reckoner/core/ports"
import { describe, expect, it } from "vitest"
import * as SyncQuotas from "./SyncQuotas.ts"

const report = (entitlements: number) => ({
  job: "sync-entitlements",
  runId: 1,
  businessDate: PlainDate.parseUnsafe("2026-03-05"),
  dryRun: false,
  invoices: { read: 3, granted: 1, held: 1, nothingToGrant: 1 },
  entitlements,
  items: entitlements,
  releasedHolds: 0,
  findings: { MemberMissing: 1 },
  holds: { EmptyPackage: 1 }
})

describe("SyncQuotas", () => {
  describe("answer", () => {
    it.each([
      [0, "No new invoices found matching active criteria."],
      [1, "Successfully synchronized 1 new quotas."],
      [828_000, "Successfully synchronized 828000 new quotas."]
    ])("says for %d: %s", (entitlements, detail) => {
      expect(JSON.stringify(SyncQuotas.answer(report(entitlements)))).toBe(
        `{"status":"complete","detail":"${detail}","findings":{"MemberMissing":1},"held":{"EmptyPackage":1}}`
      )
    })
  })

  describe("refusal", () => {
    const store = (isRetryable: boolean) => new StoreError({ reason: "Unreachable", message: "gone", isRetryable })

    it("is 409 while another run is in progress", () => {
      const response = SyncQuotas.refusal(new RunLockBusy({ name: "job", waitedMs: 1 }))
      expect([response.status, response.headers["retry-after"]]).toStrictEqual([409, "30"])
    })

    it("is 503 for the store, with Retry-After where that may help", () => {
      const responses = [SyncQuotas.refusal(store(true)), SyncQuotas.refusal(store(false))]
      expect(responses.map(({ headers, status }) => [status, headers["retry-after"]])).toStrictEqual([
        [503, "30"],
        [503, undefined]
      ])
    })
  })
})
