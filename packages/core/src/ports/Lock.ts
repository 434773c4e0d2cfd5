/**
 * What a lock does, whatever it guards, and how it is refused.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { StoreError } from "./StoreError.ts"

/**
 * Another run held the lock for as long as this one was willing to wait.
 *
 * @category errors
 * @since 0.1.0
 */
export class RunLockBusy
  extends /* @__PURE__ */ Data.TaggedError("RunLockBusy")<{
    readonly name: string
    readonly waitedMs: number
  }>
{
  override get message(): string {
    return `another run of ${this.name} is in progress (waited ${this.waitedMs} ms for it to end)`
  }
}

/**
 * How long to wait for another run, in milliseconds, and what to do once when
 * waiting begins.
 *
 * @category models
 * @since 0.1.0
 */
export interface LockWait {
  readonly waitMs: number
  readonly onWait: Effect.Effect<void>
}

/**
 * Runs an effect while holding the lock of a name. The lock ends with the
 * effect, or with the process that held it; when it is lost in between, the
 * effect is interrupted and fails with `ConnectionLost`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lock {
  readonly exclusively: <A, E, R>(
    name: string,
    wait: LockWait,
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | StoreError | RunLockBusy, R>
}
