/**
 * What every `RunLock` must do.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { RunLockBusy } from "../../ports/Lock.ts"
import { RunLock } from "../../ports/RunLock.ts"
import { StoreError } from "../../ports/StoreError.ts"

/**
 * A lock that nobody else uses. The layer may be built several times, as by
 * several processes: it is one lock all the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface LockSetup {
  readonly layer: Layer.Layer<RunLock, unknown>
  readonly close: () => Promise<void>
}

const LONG_WAIT_MS = 20_000
const SHORT_WAIT_MS = 300

/** So long a lock may take to notice that it is free. */
const LATE_MS = 3_000

class Word extends Context.Service<Word, { readonly text: string }>()("@reckoner/core/testing/contracts/Word") {}

/**
 * The suite of the lock. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const runLockContract = (name: string, setup: () => Promise<LockSetup>): void => {
  describe(`${name} as RunLock`, () => {
    let current: LockSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

    /** Each call builds the layer anew, so each is a process of its own. */
    const exclusively = <A, E, R>(
      lock: string,
      waitMs: number,
      effect: Effect.Effect<A, E, R>,
      onWait: Effect.Effect<void> = Effect.void
    ) =>
      Effect.flatMap(RunLock, (service) => service.exclusively(lock, { waitMs, onWait }, effect)).pipe(
        Effect.provide(current.layer, { local: true })
      ) as Effect.Effect<A, E | StoreError | RunLockBusy, Exclude<R, RunLock>>

    /** Holds the lock until `open`, or until `fiber` is interrupted. */
    const holding = (lock: string) =>
      Effect.gen(function* () {
        const [isHeld, isOpen] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const body = Effect.andThen(Deferred.succeed(isHeld, undefined), Deferred.await(isOpen))
        const fiber = yield* Effect.forkChild(exclusively(lock, 0, body))
        yield* Deferred.await(isHeld)
        return { fiber, open: Deferred.succeed(isOpen, undefined) }
      })

    const counter = () => {
      let count = 0
      return { add: Effect.sync(() => void count++), count: () => count }
    }

    it("runs an effect with its own services and gives its value", async () => {
      const effect = Effect.map(Word, ({ text }) => text)
      expect(await run(Effect.provideService(exclusively("sync", 0, effect), Word, { text: "yes" }))).toBe("yes")
    })

    it.each([
      ["an error of its own", "no"],
      ["a busy lock further in", new RunLockBusy({ name: "inner", waitedMs: 5 })],
      ["a store further in", new StoreError({ reason: "StorageFull", message: "full", isRetryable: false })]
    ])("gives the failure of the effect as it is: %s", async (_, failure) => {
      expect(await run(Effect.flip(exclusively("sync", 0, Effect.fail(failure))))).toBe(failure)
    })

    it("lets the second wait until the first is done, and says once that it waits", async () => {
      const order = await run(
        Effect.gen(function* () {
          const order: Array<string> = []
          const note = (word: string) => Effect.sync(() => void order.push(word))
          const first = yield* holding("sync")
          const second = yield* Effect.forkChild(exclusively("sync", LONG_WAIT_MS, note("second"), note("waits")))
          yield* Effect.sleep(SHORT_WAIT_MS * 2)
          yield* note("first done")
          yield* first.open
          yield* Fiber.join(first.fiber)
          yield* Fiber.join(second)
          return order
        })
      )
      expect(order).toStrictEqual(["waits", "first done", "second"])
    })

    it("never lets two in, however many come", async () => {
      let inside = 0
      let most = 0
      const body = Effect.gen(function* () {
        most = Math.max(most, ++inside)
        yield* Effect.sleep(10)
        inside--
      })
      const all = Array.from({ length: 5 }, () => exclusively("sync", LONG_WAIT_MS, body))
      await run(Effect.all(all, { concurrency: "unbounded" }))
      expect([most, inside]).toStrictEqual([1, 0])
    })

    it("fails with RunLockBusy at once when it may not wait, and does not say that it waits", async () => {
      const [waits, enters] = [counter(), counter()]
      const failure = await run(
        Effect.gen(function* () {
          const first = yield* holding("sync")
          const failure = yield* Effect.flip(exclusively("sync", 0, enters.add, waits.add))
          yield* Effect.andThen(first.open, Fiber.join(first.fiber))
          return failure
        })
      )
      expect(failure).toStrictEqual(new RunLockBusy({ name: "sync", waitedMs: 0 }))
      expect([waits.count(), enters.count()]).toStrictEqual([0, 0])
    })

    it("fails with RunLockBusy after the wait, not before, having said once that it waits", async () => {
      const [waits, enters] = [counter(), counter()]
      const [failure, tookMs] = await run(
        Effect.gen(function* () {
          const first = yield* holding("sync")
          const startedAt = yield* Clock.currentTimeMillis
          const failure = yield* Effect.flip(exclusively("sync", SHORT_WAIT_MS, enters.add, waits.add))
          const tookMs = (yield* Clock.currentTimeMillis) - startedAt
          yield* Effect.andThen(first.open, Fiber.join(first.fiber))
          return [failure, tookMs] as const
        })
      )
      expect(failure).toStrictEqual(new RunLockBusy({ name: "sync", waitedMs: SHORT_WAIT_MS }))
      expect([waits.count(), enters.count()]).toStrictEqual([1, 0])
      expect(tookMs).toBeGreaterThanOrEqual(SHORT_WAIT_MS - 20) // timers may be a little early
      expect(tookMs).toBeLessThan(SHORT_WAIT_MS + LATE_MS)
    })

    it("does not say that it waits when it need not", async () => {
      const waits = counter()
      await run(exclusively("sync", LONG_WAIT_MS, Effect.void, waits.add))
      expect(waits.count()).toBe(0)
    })

    it("is busy for whoever holds it too", async () => {
      const inner = exclusively("sync", 0, Effect.void)
      expect(await run(Effect.flip(exclusively("sync", 0, inner)))).toBeInstanceOf(RunLockBusy)
    })

    it("keeps the locks of different names apart", async () => {
      expect(await run(exclusively("one", 0, exclusively("two", 0, Effect.succeed("both"))))).toBe("both")
    })

    it.each([
      ["a success", Effect.void],
      ["a failure", Effect.fail("no")],
      ["a defect", Effect.die("oh")]
    ] as ReadonlyArray<readonly [string, Effect.Effect<void, string>]>)("is free again after %s", async (_, effect) => {
      await run(Effect.exit(exclusively("sync", 0, effect)))
      expect(await run(exclusively("sync", 0, Effect.succeed("free")))).toBe("free")
    })

    it("is free again after an interruption, which reaches the effect", async () => {
      const interrupts = counter()
      const after = await run(
        Effect.gen(function* () {
          const isHeld = yield* Deferred.make<void>()
          const body = Effect.andThen(Deferred.succeed(isHeld, undefined), Effect.never)
          const fiber = yield* Effect.forkChild(
            exclusively(
              "sync",
              0,
              Effect.onInterrupt(body, () => interrupts.add)
            )
          )
          yield* Deferred.await(isHeld)
          yield* Fiber.interrupt(fiber)
          return yield* exclusively("sync", 0, Effect.succeed("free"))
        })
      )
      expect([after, interrupts.count()]).toStrictEqual(["free", 1])
    })

    it("can be interrupted while it waits, and then neither enters nor keeps the lock", async () => {
      const enters = counter()
      const after = await run(
        Effect.gen(function* () {
          const first = yield* holding("sync")
          const isWaiting = yield* Deferred.make<void>()
          const second = yield* Effect.forkChild(
            exclusively("sync", LONG_WAIT_MS, enters.add, Effect.asVoid(Deferred.succeed(isWaiting, undefined)))
          )
          yield* Deferred.await(isWaiting)
          yield* Fiber.interrupt(second)
          yield* Effect.andThen(first.open, Fiber.join(first.fiber))
          return yield* exclusively("sync", 0, Effect.succeed("free"))
        })
      )
      expect([after, enters.count()]).toStrictEqual(["free", 0])
    })
  })
}
