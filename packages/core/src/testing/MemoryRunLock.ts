/**
 * The run lock within one process, for tests.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { RunLockBusy } from "../ports/Lock.ts"
import { RunLock } from "../ports/RunLock.ts"

const POLL_INTERVAL_MS = 5

/**
 * A lock with its contents: the names that are held.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryRunLock {
  readonly layer: Layer.Layer<RunLock>
  readonly held: () => ReadonlySet<string>
}

/**
 * Makes a lock that nobody holds.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): MemoryRunLock => {
  const held = new Set<string>()
  const tryTake = (name: string) => Effect.sync(() => !held.has(name) && held.add(name).has(name))
  return {
    layer: Layer.succeed(
      RunLock,
      RunLock.of({
        exclusively: (name, { onWait, waitMs }, effect) =>
          Effect.uninterruptibleMask((restore) =>
            Effect.gen(function* () {
              let isHeld = yield* tryTake(name)
              if (!isHeld && waitMs > 0) yield* restore(onWait)
              for (let waitedMs = 0; !isHeld; waitedMs += POLL_INTERVAL_MS) {
                if (waitedMs >= waitMs) return yield* new RunLockBusy({ name, waitedMs: waitMs })
                yield* restore(Effect.sleep(Math.min(POLL_INTERVAL_MS, waitMs - waitedMs)))
                isHeld = yield* tryTake(name)
              }
              return yield* Effect.ensuring(
                restore(effect),
                Effect.sync(() => held.delete(name))
              )
            })
          )
      })
    ),
    held: () => new Set(held)
  }
}
