/**
 * What is counted about runs, for `/metrics`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Cause from "effect/Cause"
import { FINDING_KINDS } from "./Explanation.ts"
import * as SyncEntitlements from "./SyncEntitlements.ts"

const DURATION_BOUNDARIES_S = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600]
const MS_PER_SECOND = 1000

/**
 * How a run can end.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = "complete" | "failed" | "busy" | "stopped"

const OUTCOMES: ReadonlyArray<Outcome> = ["complete", "failed", "busy", "stopped"]

const counter = (name: string, description: string) =>
  Metric.withAttributes(Metric.counter(name, { description, incremental: true }), { job: SyncEntitlements.JOB })

const runs = counter("reckoner_runs_total", "Runs by outcome")
const invoicesRead = counter("reckoner_invoices_read_total", "Invoices read by complete runs")
const invoicesHeld = counter("reckoner_invoices_held_total", "Invoices held by complete runs, once per run and invoice")
const entitlements = counter("reckoner_entitlements_total", "Entitlements written by complete runs")
const items = counter("reckoner_entitlement_items_total", "Entitlement items written by complete runs")
const findings = counter("reckoner_findings_total", "Findings of complete runs by kind")
const durationSeconds = Metric.withAttributes(
  Metric.histogram("reckoner_run_duration_seconds", {
    description: "How long complete runs took",
    boundaries: DURATION_BOUNDARIES_S
  }),
  { job: SyncEntitlements.JOB }
)
const lastCompleteSeconds = Metric.withAttributes(
  Metric.gauge("reckoner_last_complete_run_timestamp_seconds", {
    description: "When the last complete run ended, seconds since 1970-01-01T00:00Z"
  }),
  { job: SyncEntitlements.JOB }
)

const withOutcome = (outcome: Outcome) => Metric.withAttributes(runs, { outcome })
const withKind = (kind: string) => Metric.withAttributes(findings, { kind })

/**
 * Makes every counter known at zero, so that a first increase is seen as one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const register: Effect.Effect<void> = Effect.all(
  [
    ...OUTCOMES.map(withOutcome),
    ...Object.keys(FINDING_KINDS).map(withKind),
    invoicesRead,
    invoicesHeld,
    entitlements,
    items
  ].map((metric) => Metric.update(metric, 0)),
  { discard: true }
)

const recordReport = (report: SyncEntitlements.Report, durationMs: number): Effect.Effect<void> =>
  Effect.all(
    [
      Metric.update(invoicesRead, report.invoices.read),
      Metric.update(invoicesHeld, report.invoices.held),
      Metric.update(entitlements, report.entitlements),
      Metric.update(items, report.items),
      Metric.update(durationSeconds, durationMs / MS_PER_SECOND),
      Metric.update(lastCompleteSeconds, Date.now() / MS_PER_SECOND),
      ...Object.entries(report.findings).map(([kind, count]) => Metric.update(withKind(kind), count))
    ],
    { discard: true }
  )

const outcomeOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>): Outcome => {
  if (Exit.isSuccess(exit)) return "complete"
  if (Cause.hasInterruptsOnly(exit.cause)) return "stopped"
  return exit.cause.reasons.some((one) => one._tag === "Fail" && one.error._tag === "RunLockBusy") ? "busy" : "failed"
}

/**
 * Counts a run when it ends.
 *
 * @category combinators
 * @since 0.1.0
 */
export const counted = <E extends { readonly _tag: string }, R>(
  run: Effect.Effect<SyncEntitlements.Report, E, R>
): Effect.Effect<SyncEntitlements.Report, E, R> =>
  Effect.suspend(() => {
    const startedAt = performance.now()
    return Effect.onExit(run, (exit) =>
      Effect.andThen(
        Metric.update(withOutcome(outcomeOf(exit)), 1),
        Exit.isSuccess(exit) ? recordReport(exit.value, performance.now() - startedAt) : Effect.void
      )
    )
  })
