/**
 * How far the schedules of jobs have been carried out, over all processes.
 *
 * Instants are milliseconds since 1970-01-01T00:00Z, by the clock of the store.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreError } from "./StoreError.ts"

/**
 * The last tick that was carried out, or skipped, and the store's clock.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheduleState {
  readonly lastTickMs: number
  readonly nowMs: number
}

/**
 * Remembers the last tick of each job.
 *
 * @category ports
 * @since 0.1.0
 */
export class ScheduleStore extends Context.Service<
  ScheduleStore,
  {
    /** A job that is asked for the first time begins now: earlier ticks are none of its. */
    readonly state: (job: string) => Effect.Effect<ScheduleState, StoreError>
    /** Notes that ticks up to an instant are done. It never goes back. */
    readonly advance: (job: string, tickMs: number) => Effect.Effect<void, StoreError>
  }
>()("@reckoner/core/ports/ScheduleStore") {}
