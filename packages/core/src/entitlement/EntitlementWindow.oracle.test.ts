import { readFileSync } from "node:fs"
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

describe("oracle entitlement-windows", () => {
  it("agrees with what PostgreSQL computed, in every case", () => {
    const oracle = JSON.parse(readFileSync(new URL("../../oracles/entitlement-windows.json", import.meta.url), "utf8"))
    expect(oracle.cases).toHaveLength(oracle.count)
    const unitOf = (letter: string | null): Invoice.Read<BillingCycle.IntervalUnit> =>
      letter === "D" ? "day" : letter === "M" ? "month" : letter === null ? undefined : { unreadable: letter }
    const statusOf = (basis: EntitlementWindow.Basis) => {
      if (basis._tag === "Anniversary") return "ok"
      if (basis._tag === "FirstCycle") return "before_poc"
      return { anchorDate: "fallback_poc", unit: "fallback_dm", intervalCount: "fallback_frek" }[basis.field]
    }
    for (const row of oracle.cases) {
      const anchorDate = row.poc === null ? undefined : date(row.poc)
      const subscription = { ...monthly, anchorDate, unit: unitOf(row.dm), intervalCount: row.frek ?? undefined }
      const { basis, endExclusive, start } = Result.getOrThrow(
        EntitlementWindow.forSubscription(subscription, date(row.dat))
      )
      // Before the anchor the oracle also carries the rhythm continued backwards: number and window.
      const around = "cycle" in basis ? BillingCycle.periodAround(basis.cycle, date(row.dat)) : undefined
      const ours = { ...row, status: statusOf(basis), sdate: start, edate: endExclusive, n: around?.index ?? null }
      if (basis._tag === "FirstCycle") {
        ours.sdate_unclamped = around?.start
        ours.edate_unclamped = around?.endExclusive
      }
      if (JSON.stringify(ours) !== JSON.stringify(row)) expect(ours).toStrictEqual(row)
    }
  })
})
