/**
 * What is counted about executions and steps, for `/metrics`.
 *
 * @since 0.1.0
 */
import type { ExecutionBacklog, ExecutionState } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const DURATION_BOUNDARIES_S = [0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600]
const MS_PER_SECOND = 1000
const BACKLOG_STATES: ReadonlyArray<ExecutionState> = ["pending", "running", "waiting", "failed"]

const endedTotal = Metric.counter("reckoner_executions_ended_total", {
  description: "Executions that ended in this process, by job and state",
  incremental: true
})
const retriesTotal = Metric.counter("reckoner_step_retries_total", {
  description: "Further tries of steps, by job and step",
  incremental: true
})
const alertsTotal = Metric.counter("reckoner_execution_alerts_total", {
  description: "Failed executions that were told of, each attempt once over all processes",
  incremental: true
})
const stepSeconds = Metric.histogram("reckoner_step_duration_seconds", {
  description: "How long steps took, further tries included",
  boundaries: DURATION_BOUNDARIES_S
})
const executions = Metric.gauge("reckoner_executions", {
  description: "Executions that are not done, in the whole database, by job and state"
})
const queueAgeSeconds = Metric.gauge("reckoner_queue_age_seconds", {
  description: "How long the execution that waits longest has waited for a process"
})

/**
 * Counts the end of an execution.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ended = (job: string, state: ExecutionState): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(endedTotal, { job, state }), 1)

/**
 * Counts further tries of a step.
 *
 * @category constructors
 * @since 0.1.0
 */
export const retried = (job: string, step: string, furtherTries: number): Effect.Effect<void> =>
  furtherTries > 0 ? Metric.update(Metric.withAttributes(retriesTotal, { job, step }), furtherTries) : Effect.void

/**
 * Counts failed executions that somebody was told of.
 *
 * @category constructors
 * @since 0.1.0
 */
export const alerted = (job: string): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(alertsTotal, { job }), 1)

/**
 * Measures how long a step takes, however it ends.
 *
 * @category combinators
 * @since 0.1.0
 */
export const timed =
  (job: string, step: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const startedAt = performance.now()
      const tookSeconds = () => (performance.now() - startedAt) / MS_PER_SECOND
      return Effect.ensuring(
        effect,
        Effect.suspend(() => Metric.update(Metric.withAttributes(stepSeconds, { job, step }), tookSeconds()))
      )
    })

/**
 * Shows how much there is to do. A job that has nothing left in a state shows zero.
 *
 * @category constructors
 * @since 0.1.0
 */
export const showBacklog = (
  { counts, oldestPendingMs }: ExecutionBacklog,
  jobs: ReadonlyArray<string>
): Effect.Effect<void> => {
  const countOf = new Map(counts.map(({ count, job, state }) => [`${job} ${state}`, count]))
  const names = [...new Set([...jobs, ...counts.map(({ job }) => job)])]
  const gauges = names.flatMap((job) =>
    BACKLOG_STATES.map((state) =>
      Metric.update(Metric.withAttributes(executions, { job, state }), countOf.get(`${job} ${state}`) ?? 0)
    )
  )
  return Effect.all([...gauges, Metric.update(queueAgeSeconds, oldestPendingMs / MS_PER_SECOND)], { discard: true })
}
