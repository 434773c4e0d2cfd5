/**
 * How executions come to a process and leave it again.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Claim, Lease } from "./Execution.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * Pending executions, and the signs of life of running ones.
 *
 * @category ports
 * @since 0.1.0
 */
export class ExecutionQueue extends Context.Service<
  ExecutionQueue,
  {
    /**
     * Takes executions so that the process has at most `residentMax` running: first those that were begun before and
     * may go on, then new ones, the oldest first.
     */
    readonly claim: (options: {
      readonly runner: string
      readonly jobs: ReadonlyArray<string>
      readonly residentMax: number
    }) => Effect.Effect<ReadonlyArray<Claim>, StoreError>
    /**
     * Gives an execution back, for any process to take: that begin was not in vain. Nothing happens when the lease does
     * not count any more.
     */
    readonly release: (lease: Lease) => Effect.Effect<void, StoreError>
    /** Gives a sign of life with the latest progress, and the ids of those whose lease still counts. */
    readonly touch: (
      runs: ReadonlyArray<{ readonly lease: Lease; readonly progress: unknown }>
    ) => Effect.Effect<ReadonlySet<string>, StoreError>
    /** Makes pending again what has given no sign of life for so long. Gives how many. */
    readonly sweep: (options: { readonly stalledMs: number }) => Effect.Effect<number, StoreError>
  }
>()("@reckoner/core/ports/ExecutionQueue") {}
