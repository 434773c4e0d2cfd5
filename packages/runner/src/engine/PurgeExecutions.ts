/**
 * The job `purge-executions`: removes what is left of executions that ended long ago.
 *
 * @since 0.1.0
 */
import { ExecutionReport, StoreError, type StoreReason } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Job from "./Job.ts"

/**
 * The name of the job.
 *
 * @category constants
 * @since 0.1.0
 */
export const JOB = "purge-executions"

/**
 * What the job does, for a list.
 *
 * @category constants
 * @since 0.1.0
 */
export const DESCRIPTION = "removes what is left of executions that ended long ago"

const EXECUTIONS_AT_ONCE_MAX = 1_000

const Purged = Schema.Struct({ emptied: Schema.Int, removed: Schema.Int })

/**
 * A failure of the store, in the words that are kept of it.
 *
 * @category errors
 * @since 0.1.0
 */
export class PurgeFailed extends Schema.TaggedError<PurgeFailed>()("PurgeFailed", {
  reason: Schema.String,
  message: Schema.String,
  isRetryable: Schema.Boolean
}) {}

/**
 * How long ended executions are kept, in milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Retention {
  readonly finishedMs: number
  /** Failed ones are kept for longer: somebody may still want to retry them. */
  readonly failedMs: number
}

/**
 * The job for executions of these jobs, and of itself. Of a job that is not among them the keys are kept.
 *
 * @category jobs
 * @since 0.1.0
 */
export const make = (
  jobs: ReadonlyArray<Pick<Job.Any<any>, "name" | "keyAfterPurge">>,
  { failedMs, finishedMs }: Retention
) => {
  const forgetful = [JOB, ...jobs.flatMap(({ keyAfterPurge, name }) => (keyAfterPurge === "forgotten" ? [name] : []))]
  return Job.make({
    name: JOB,
    input: Schema.Struct({ tick: Schema.String }),
    output: Purged,
    error: PurgeFailed,
    businessKey: ({ tick }) => tick,
    keyAfterPurge: "forgotten",
    run: () =>
      Effect.gen(function* () {
        const { report, step } = yield* Job.Execution
        const executions = yield* ExecutionReport
        const purgeAll = Effect.gen(function* () {
          const total = { emptied: 0, removed: 0 }
          for (;;) {
            const { emptied, removed } = yield* executions.purge({
              finishedMs,
              failedMs,
              forgetful,
              limit: EXECUTIONS_AT_ONCE_MAX
            })
            total.emptied += emptied
            total.removed += removed
            yield* report({ ...total })
            if (emptied + removed === 0) return total
          }
        }).pipe(
          Effect.mapError(({ isRetryable, message, reason }) => new PurgeFailed({ reason, message, isRetryable }))
        )
        return yield* step("purge", { success: Purged, error: PurgeFailed }, purgeAll)
      })
  })
}

/**
 * The failure of the store that was kept.
 *
 * @category decoding
 * @since 0.1.0
 */
export const storeError = ({ isRetryable, message, reason }: PurgeFailed): StoreError =>
  new StoreError({ reason: reason as StoreReason, message, isRetryable })
