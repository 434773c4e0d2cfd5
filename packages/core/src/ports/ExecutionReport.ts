/**
 * What an operator sees of all executions, and what becomes of old ones.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Execution, ExecutionState, ExecutionStep } from "./Execution.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * Which executions are asked for, the newest first. `beforeId` continues a list.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExecutionFilter {
  readonly states?: ReadonlyArray<ExecutionState> | undefined
  readonly job?: string | undefined
  /** Created at this instant or later. */
  readonly sinceMs?: number | undefined
  readonly beforeId?: string | undefined
  readonly limit: number
}

/**
 * How much there is to do. `oldestPendingMs` is how long the one that waits longest to be taken has waited.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExecutionBacklog {
  /** Executions that have not succeeded, been cancelled or purged. */
  readonly counts: ReadonlyArray<{ readonly job: string; readonly state: ExecutionState; readonly count: number }>
  readonly oldestPendingMs: number
}

/**
 * Which finished executions are old. A job in `forgetful` loses its key with
 * the execution, so that the key can be started again; of the others the key is kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface Retention {
  readonly finishedMs: number
  /** For failed ones, which somebody may still want to retry. */
  readonly failedMs: number
  readonly forgetful: ReadonlyArray<string>
  /** At most so many in one call. */
  readonly limit: number
}

/**
 * What was purged: keys that were kept, and executions that were removed with their keys.
 *
 * @category models
 * @since 0.1.0
 */
export interface Purged {
  readonly emptied: number
  readonly removed: number
}

/**
 * Reports on executions.
 *
 * @category ports
 * @since 0.1.0
 */
export class ExecutionReport extends Context.Service<
  ExecutionReport,
  {
    readonly list: (filter: ExecutionFilter) => Effect.Effect<ReadonlyArray<Execution>, StoreError>
    /** All records of an execution, in the order in which they began. */
    readonly steps: (id: string) => Effect.Effect<ReadonlyArray<ExecutionStep>, StoreError>
    readonly backlog: Effect.Effect<ExecutionBacklog, StoreError>
    /** Failed executions that nobody was told of yet: each attempt is given once, over all processes. */
    readonly takeAlerts: (limit: number) => Effect.Effect<ReadonlyArray<Execution>, StoreError>
    /** Removes the records of old executions. One that is retried at the same moment is either kept or gone, whole. */
    readonly purge: (retention: Retention) => Effect.Effect<Purged, StoreError>
  }
>()("@reckoner/core/ports/ExecutionReport") {}
