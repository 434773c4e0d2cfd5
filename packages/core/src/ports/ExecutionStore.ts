/**
 * Executions as whoever starts and steers them sees them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Execution, ExecutionKey } from "./Execution.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * What became of a change: the execution as it is after, and whether this call changed it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Steered {
  readonly execution: Execution
  readonly isChanged: boolean
}

/**
 * Starts, finds and steers executions. What is not there is `None`.
 *
 * @category ports
 * @since 0.1.0
 */
export class ExecutionStore extends Context.Service<
  ExecutionStore,
  {
    /**
     * Inserts an execution unless the key has one. It is pending; with a `runner` it runs there and is offered to
     * nobody else until that process gives no more sign of life.
     */
    readonly create: (
      key: ExecutionKey,
      input: unknown,
      options?: { readonly runner?: string }
    ) => Effect.Effect<{ readonly id: string; readonly isNew: boolean }, StoreError>
    readonly find: (key: ExecutionKey) => Effect.Effect<Option.Option<Execution>, StoreError>
    readonly get: (id: string) => Effect.Effect<Option.Option<Execution>, StoreError>
    /** Records a signal and wakes the execution, unless it has finished or has one of that name. */
    readonly signal: (id: string, name: string, value: unknown) => Effect.Effect<Option.Option<Steered>, StoreError>
    /** Ends an execution that has not finished. */
    readonly cancel: (id: string) => Effect.Effect<Option.Option<Steered>, StoreError>
    /** Makes a failed or cancelled execution pending again, for one more attempt. */
    readonly retry: (id: string) => Effect.Effect<Option.Option<Steered>, StoreError>
  }
>()("@reckoner/core/ports/ExecutionStore") {}
