import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Database } from "./Database.ts"
import { DatabaseError } from "./DatabaseError.ts"
import * as RunLock from "./RunLock.ts"
import { type FreshDatabase, freshDatabase } from "./testing/freshDatabase.ts"

let database: FreshDatabase
beforeAll(async () => void (database = await freshDatabase({ migrated: false })))
afterAll(() => database.drop())

const run = <A, E>(effect: Effect.Effect<A, E, Database>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, database.layer))

const asObserver = <A>(statement: string) =>
  Effect.promise(async () => {
    const client = new pg.Client({ connectionString: Redacted.value(database.url) })
    await client.connect()
    const { rows } = await client.query(statement)
    await client.end()
    return rows as Array<A>
  })

/** Holds the lock until `open` is done; `held` tells when it has it. */
const holding = (name: string) =>
  Effect.gen(function* () {
    const [held, open] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    const body = Effect.andThen(Deferred.succeed(held, undefined), Deferred.await(open))
    const fiber = yield* Effect.forkChild(RunLock.exclusively(name, { waitMs: 0 }, body))
    yield* Deferred.await(held)
    return { fiber, open: Deferred.succeed(open, undefined) }
  })

describe("RunLock", () => {
  it("lets one run in at a time, and the next one as soon as the first is done", async () => {
    const order = await run(
      Effect.gen(function* () {
        const order: Array<string> = []
        const first = yield* holding("sync")
        const onWait = Effect.sync(() => void order.push("waits"))
        const body = Effect.sync(() => void order.push("second"))
        const second = yield* Effect.forkChild(RunLock.exclusively("sync", { waitMs: 10_000, onWait }, body))
        yield* Effect.sleep(700)
        order.push("first done")
        yield* first.open
        yield* Fiber.join(first.fiber)
        yield* Fiber.join(second)
        return order
      })
    )
    expect(order).toStrictEqual(["waits", "first done", "second"])
  })

  it.each([0, 500])("fails with LockBusy when it is still held after %d ms", async (waitMs) => {
    const [error, waited] = await run(
      Effect.gen(function* () {
        const first = yield* holding("sync")
        const start = Date.now()
        const error = yield* Effect.flip(RunLock.exclusively("sync", { waitMs }, Effect.void))
        const waited = Date.now() - start
        yield* Effect.andThen(first.open, Fiber.join(first.fiber))
        return [error, waited] as const
      })
    )
    expect(error).toStrictEqual(new RunLock.LockBusy({ name: "sync" }))
    expect(waited).toBeGreaterThanOrEqual(waitMs)
    expect(waited).toBeLessThan(waitMs + 2_000)
  })

  it("gives the lock back at once: the same run may take it again without a wait", async () => {
    const take = RunLock.exclusively("again", { waitMs: 0 }, Effect.succeed(1))
    expect(await run(Effect.all([take, take, take]))).toStrictEqual([1, 1, 1])
  })

  it("gives the lock back when the effect fails", async () => {
    const failed = Effect.flip(RunLock.exclusively("again", { waitMs: 0 }, Effect.fail("no")))
    expect(await run(Effect.all([failed, failed]))).toStrictEqual(["no", "no"])
  })

  it("keeps locks of different names apart", async () => {
    const inner = RunLock.exclusively("two", { waitMs: 0 }, Effect.succeed("both"))
    expect(await run(RunLock.exclusively("one", { waitMs: 0 }, inner))).toBe("both")
  })

  it("can be interrupted while it waits, and leaves no session", async () => {
    const sessions = await run(
      Effect.gen(function* () {
        const first = yield* holding("sync")
        const second = yield* Effect.forkChild(RunLock.exclusively("sync", { waitMs: 60_000 }, Effect.void))
        yield* Effect.sleep(300)
        yield* Fiber.interrupt(second)
        yield* Effect.andThen(first.open, Fiber.join(first.fiber))
        yield* Effect.sleep(200)
        return yield* asObserver(
          "SELECT 1 FROM pg_stat_activity WHERE application_name = 'reckoner-lock' AND datname = current_database()"
        )
      })
    )
    expect(sessions).toStrictEqual([])
  })

  it("holds no transaction open while the effect runs", async () => {
    const look = asObserver(
      "SELECT state, xact_start FROM pg_stat_activity WHERE application_name = 'reckoner-lock' AND datname = current_database()"
    )
    const states = await run(RunLock.exclusively("sync", { waitMs: 0 }, look))
    expect(states).toStrictEqual([{ state: "idle", xact_start: null }])
  })

  it("interrupts the effect and fails with ConnectionLost when the lock's connection goes", async () => {
    const [error, wasInterrupted] = await run(
      Effect.gen(function* () {
        let wasInterrupted = false
        const kill = asObserver(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reckoner-lock' AND datname = current_database()"
        )
        const body = Effect.andThen(kill, Effect.never).pipe(
          Effect.onInterrupt(() => Effect.sync(() => void (wasInterrupted = true)))
        )
        const error = yield* Effect.flip(RunLock.exclusively("sync", { waitMs: 0 }, body))
        return [error, wasInterrupted] as const
      })
    )
    expect(error).toBeInstanceOf(DatabaseError)
    expect((error as DatabaseError).reason).toStrictEqual({ _tag: "ConnectionLost" })
    expect(wasInterrupted).toBe(true)
  })
})
