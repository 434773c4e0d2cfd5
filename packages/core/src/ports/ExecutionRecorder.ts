/**
 * What a run of an execution writes, under the lease of its process.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Execution, ExecutionEnd, ExecutionRecord, Lease, Wait } from "./Execution.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * An execution at the begin of a run: what is recorded, and the store's clock.
 *
 * @category models
 * @since 0.1.0
 */
export interface Begun {
  readonly execution: Execution
  readonly records: ReadonlyArray<ExecutionRecord>
  readonly nowMs: number
}

/**
 * The records of executions. Whoever writes for a lease is told `false` when
 * the lease does not count any more, and nothing has changed then.
 *
 * @category ports
 * @since 0.1.0
 */
export class ExecutionRecorder extends Context.Service<
  ExecutionRecorder,
  {
    /** Makes the lease the one that counts. None: this handover is over. */
    readonly begin: (lease: Lease) => Effect.Effect<Option.Option<Begun>, StoreError>
    /** Notes that a step begins. */
    readonly beginStep: (lease: Lease, name: string) => Effect.Effect<boolean, StoreError>
    /** Records once per kind and name: `false` as well when there is such a record that counts. */
    readonly record: (lease: Lease, record: ExecutionRecord) => Effect.Effect<boolean, StoreError>
    /**
     * Ends the run until one of these comes. What has come already is in `come`; then the run goes on and the lease
     * still counts. A sleep is recorded before it is waited for, and has come when its `wakesAtMs` is past.
     */
    readonly wait: (
      lease: Lease,
      waits: ReadonlyArray<Wait>
    ) => Effect.Effect<
      { readonly isHeld: boolean; readonly come: ReadonlyArray<Pick<ExecutionRecord, "kind" | "name" | "value">> },
      StoreError
    >
    readonly finish: (lease: Lease, end: ExecutionEnd) => Effect.Effect<boolean, StoreError>
    /** What the effect writes to the same store is kept with all that is recorded in it, or not at all. */
    readonly transaction: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>
  }
>()("@reckoner/core/ports/ExecutionRecorder") {}
