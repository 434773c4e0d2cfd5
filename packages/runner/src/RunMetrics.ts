/**
 * What is counted over the runs of a job: outcomes, how long complete runs
 * took, when the last one ended, findings by kind, and whatever else its
 * reports say.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"

const DURATION_BOUNDARIES_S = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600]
const MS_PER_SECOND = 1000

/**
 * How a run can end: `busy` means that another one held the lock.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = "complete" | "failed" | "busy" | "stopped"

const OUTCOMES: ReadonlyArray<Outcome> = ["complete", "failed", "busy", "stopped"]

/**
 * What a report gives to be counted: its figures by the names of the counters,
 * and its findings by kind.
 *
 * @category models
 * @since 0.1.0
 */
export interface Figures {
  readonly counts: Readonly<Record<string, number>>
  readonly findings: Readonly<Record<string, number>>
}

/**
 * What is known about a job's figures: each counter's name and meaning, and the
 * kinds of its findings.
 *
 * @category models
 * @since 0.1.0
 */
export interface Definition<Report> {
  readonly job: string
  readonly counters: Readonly<Record<string, string>>
  readonly findingKinds: ReadonlyArray<string>
  readonly figuresOf: (report: Report) => Figures
}

/**
 * The metrics of a job.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunMetrics<Report> {
  /** Makes every series be there, with 0, before the first run. */
  readonly register: Effect.Effect<void>
  /** Counts what comes of a run. */
  readonly counted: <E extends { readonly _tag: string }, R>(
    run: Effect.Effect<Report, E, R>
  ) => Effect.Effect<Report, E, R>
}

const outcomeOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>): Outcome => {
  if (Exit.isSuccess(exit)) return "complete"
  if (Cause.hasInterruptsOnly(exit.cause)) return "stopped"
  return exit.cause.reasons.some((one) => one._tag === "Fail" && one.error._tag === "RunLockBusy") ? "busy" : "failed"
}

/**
 * Makes the metrics of a job.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <Report>({ counters, figuresOf, findingKinds, job }: Definition<Report>): RunMetrics<Report> => {
  const counter = (name: string, description: string) =>
    Metric.withAttributes(Metric.counter(name, { description, incremental: true }), { job })
  const runs = counter("reckoner_runs_total", "Runs by outcome")
  const findings = counter("reckoner_findings_total", "Findings of complete runs by kind")
  const durationSeconds = Metric.withAttributes(
    Metric.histogram("reckoner_run_duration_seconds", {
      description: "How long complete runs took",
      boundaries: DURATION_BOUNDARIES_S
    }),
    { job }
  )
  const lastCompleteSeconds = Metric.withAttributes(
    Metric.gauge("reckoner_last_complete_run_timestamp_seconds", {
      description: "When the last complete run ended, seconds since 1970-01-01T00:00Z"
    }),
    { job }
  )
  const own = new Map(Object.entries(counters).map(([name, meaning]) => [name, counter(name, meaning)]))
  const withOutcome = (outcome: Outcome) => Metric.withAttributes(runs, { outcome })
  const withKind = (kind: string) => Metric.withAttributes(findings, { kind })

  const register = Effect.forEach(
    [...OUTCOMES.map(withOutcome), ...findingKinds.map(withKind), ...own.values()],
    (metric) => Metric.update(metric, 0),
    { discard: true }
  )

  const record = (report: Report, durationMs: number): Effect.Effect<void> => {
    const figures = figuresOf(report)
    return Effect.all(
      [
        ...[...own].map(([name, metric]) => Metric.update(metric, figures.counts[name] ?? 0)),
        ...Object.entries(figures.findings).map(([kind, count]) => Metric.update(withKind(kind), count)),
        Metric.update(durationSeconds, durationMs / MS_PER_SECOND),
        Metric.update(lastCompleteSeconds, Date.now() / MS_PER_SECOND)
      ],
      { discard: true }
    )
  }

  const counted: RunMetrics<Report>["counted"] = (run) =>
    Effect.suspend(() => {
      const startedAt = performance.now()
      return Effect.onExit(run, (exit) =>
        Effect.andThen(
          Metric.update(withOutcome(outcomeOf(exit)), 1),
          Exit.isSuccess(exit) ? record(exit.value, performance.now() - startedAt) : Effect.void
        )
      )
    })

  return { register, counted }
}
