/**
 * What is counted over the runs of the referral jobs.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as RunMetrics from "../RunMetrics.ts"
import * as BackfillReferralOrders from "./BackfillReferralOrders.ts"
import { FINDING_KINDS } from "./Explanation.ts"
import * as ImportLegacyCommissions from "./ImportLegacyCommissions.ts"
import type * as ReferralRun from "./ReferralRun.ts"
import * as SyncReferralOrders from "./SyncReferralOrders.ts"

type Reports = ReadonlyArray<ReferralRun.Report>

const sum = (reports: Reports, of: (report: ReferralRun.Report) => number): number =>
  reports.reduce((total, report) => total + of(report), 0)

const findingsOf = (reports: Reports): Record<string, number> => {
  const total: Record<string, number> = {}
  for (const { findings } of reports) {
    for (const [kind, count] of Object.entries(findings)) total[kind] = (total[kind] ?? 0) + count
  }
  return total
}

const metricsOf = (job: string): RunMetrics.RunMetrics<Reports> =>
  RunMetrics.make({
    job,
    counters: {
      reckoner_referral_rows_read_total: "Shipments, or rows of the old table, read by complete runs",
      reckoner_referral_orders_inserted_total: "Orders that complete runs wrote for the first time",
      reckoner_referral_orders_changed_total: "Orders that complete runs rewrote"
    },
    findingKinds: Object.keys(FINDING_KINDS),
    figuresOf: (reports) => ({
      counts: {
        reckoner_referral_rows_read_total: sum(reports, ({ read }) => read),
        reckoner_referral_orders_inserted_total: sum(reports, ({ inserted }) => inserted),
        reckoner_referral_orders_changed_total: sum(reports, ({ changed }) => changed)
      },
      findings: findingsOf(reports)
    })
  })

/**
 * The metrics of each job.
 *
 * @category metrics
 * @since 0.1.0
 */
export const metrics = {
  sync: metricsOf(SyncReferralOrders.JOB),
  backfill: metricsOf(BackfillReferralOrders.JOB),
  legacy: metricsOf(ImportLegacyCommissions.JOB)
}

/**
 * Makes every series be there before the first run.
 *
 * @category metrics
 * @since 0.1.0
 */
export const register: Effect.Effect<void> = Effect.forEach(Object.values(metrics), (one) => one.register, {
  discard: true
})
