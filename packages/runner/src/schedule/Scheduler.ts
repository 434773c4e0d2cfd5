/**
 * Starts jobs when their schedules say so. Every process does it: a tick has
 * one business key, so the job is started once, and how far the schedules are
 * carried out is in the store.
 *
 * @since 0.1.0
 */
import { ScheduleStore, type StoreError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Job from "../engine/Job.ts"
import * as Schedule from "./Schedule.ts"

const POLL_INTERVAL_MS = 1_000

/**
 * A job with its schedule. `inputAt` gives the input for a tick; the business key of a tick is always the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheduledJob<R = never> {
  readonly job: Job.Any<R>
  readonly schedule: Schedule.Schedule
  readonly inputAt: (tickMs: number) => unknown
}

/**
 * Starts what is due, and gives the ticks.
 *
 * **Errors**
 *
 * - `StoreError`: the store failed. Nothing is lost: the next call finds the rest.
 *
 * @category constructors
 * @since 0.1.0
 */
export const startDue = <R>({
  inputAt,
  job,
  schedule
}: ScheduledJob<R>): Effect.Effect<ReadonlyArray<number>, StoreError, ScheduleStore | Job.Engine> =>
  Effect.gen(function* () {
    const store = yield* ScheduleStore
    const engine = yield* Job.Engine
    const ticks = Schedule.dueTicks(schedule, yield* store.state(job.name))
    for (const tickMs of ticks) {
      const { executionId, started } = yield* engine.start(job, inputAt(tickMs))
      yield* store.advance(job.name, tickMs)
      if (started) {
        yield* Effect.logInfo("started by its schedule").pipe(
          Effect.annotateLogs({ job: job.name, executionId, tick: new Date(tickMs).toISOString() })
        )
      }
    }
    return ticks
  })

/**
 * Starts what is due, again and again, as long as the scope.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = <R>(
  scheduled: ReadonlyArray<ScheduledJob<R>>
): Effect.Effect<void, never, Scope.Scope | ScheduleStore | Job.Engine> => {
  const round = Effect.forEach(scheduled, (each) =>
    Effect.catchCause(startDue(each), (cause) =>
      Effect.logWarning("a schedule could not be looked at", cause).pipe(Effect.annotateLogs({ job: each.job.name }))
    )
  )
  return Effect.asVoid(Effect.forkScoped(Effect.forever(Effect.andThen(round, Effect.sleep(POLL_INTERVAL_MS)))))
}
