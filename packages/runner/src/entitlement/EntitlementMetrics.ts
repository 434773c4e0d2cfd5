/**
 * What is counted over the runs of `sync-entitlements`.
 *
 * @since 0.1.0
 */
import * as RunMetrics from "../RunMetrics.ts"
import { FINDING_KINDS } from "./Explanation.ts"
import * as SyncEntitlements from "./SyncEntitlements.ts"

/**
 * The metrics of the job.
 *
 * @category metrics
 * @since 0.1.0
 */
export const metrics: RunMetrics.RunMetrics<SyncEntitlements.Report> = RunMetrics.make({
  job: SyncEntitlements.JOB,
  counters: {
    reckoner_invoices_read_total: "Invoices read by complete runs",
    reckoner_invoices_held_total: "Invoices held by complete runs, once per run and invoice",
    reckoner_entitlements_total: "Entitlements written by complete runs",
    reckoner_entitlement_items_total: "Entitlement items written by complete runs"
  },
  findingKinds: Object.keys(FINDING_KINDS),
  figuresOf: ({ entitlements, findings, invoices, items }) => ({
    counts: {
      reckoner_invoices_read_total: invoices.read,
      reckoner_invoices_held_total: invoices.held,
      reckoner_entitlements_total: entitlements,
      reckoner_entitlement_items_total: items
    },
    findings
  })
})
