import { RunLock, StoreError } from "@reckoner/core/ports"
import { runLockContract } from "@reckoner/core/testing/contracts"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgRunLock from "./PgRunLock.ts"

runLockContract("PgRunLock", async () => {
  const database = await freshDatabase({ migrated: false })
  return { layer: Layer.provide(PgRunLock.layer, database.layer), close: database.drop }
})

describe("PgRunLock and its connection", () => {
  let database: FreshDatabase
  beforeAll(async () => void (database = await freshDatabase({ migrated: false })))
  afterAll(() => database.drop())

  const LOCK_SESSIONS = `FROM pg_stat_activity
    WHERE application_name = 'reckoner-lock' AND datname = current_database()`
  const rows = (statement: string) => Effect.promise(() => rowsOf(Redacted.value(database.url), statement))
  const exclusively = <A, E>(waitMs: number, effect: Effect.Effect<A, E>, onWait: Effect.Effect<void> = Effect.void) =>
    Effect.flatMap(RunLock, (lock) => lock.exclusively("sync", { waitMs, onWait }, effect))
  const run = <A, E>(effect: Effect.Effect<A, E, RunLock>): Promise<A> =>
    Effect.runPromise(Effect.provide(effect, Layer.provide(PgRunLock.layer, database.layer)))

  it("gives the lock back at once: the same run may take it again without a wait", async () => {
    const take = exclusively(0, Effect.succeed(1))
    expect(await run(Effect.all([take, take, take]))).toStrictEqual([1, 1, 1])
  })

  it("leaves no session when it is interrupted while it waits", async () => {
    const sessions = await run(
      Effect.gen(function* () {
        const [isHeld, isOpen, isWaiting] = yield* Effect.all([
          Deferred.make<void>(),
          Deferred.make<void>(),
          Deferred.make<void>()
        ])
        const holding = Effect.andThen(Deferred.succeed(isHeld, undefined), Deferred.await(isOpen))
        const first = yield* Effect.forkChild(exclusively(0, holding))
        yield* Deferred.await(isHeld)
        const waits = Effect.asVoid(Deferred.succeed(isWaiting, undefined))
        const second = yield* Effect.forkChild(exclusively(60_000, Effect.void, waits))
        yield* Deferred.await(isWaiting)
        yield* Fiber.interrupt(second)
        yield* Effect.andThen(Deferred.succeed(isOpen, undefined), Fiber.join(first))
        // The server notices a closed connection a moment later.
        return yield* Effect.repeat(Effect.delay(rows(`SELECT 1 ${LOCK_SESSIONS}`), 20), {
          until: (found) => found.length === 0,
          times: 100
        })
      })
    )
    expect(sessions).toStrictEqual([])
  })

  it("holds no transaction open while the effect runs", async () => {
    const states = await run(exclusively(0, rows(`SELECT state, xact_start ${LOCK_SESSIONS}`)))
    expect(states).toStrictEqual([{ state: "idle", xact_start: null }])
  })

  it("interrupts the effect and fails with ConnectionLost when the connection goes", async () => {
    let wasInterrupted = false
    const body = Effect.andThen(rows(`SELECT pg_terminate_backend(pid) ${LOCK_SESSIONS}`), Effect.never).pipe(
      Effect.onInterrupt(() => Effect.sync(() => void (wasInterrupted = true)))
    )
    const failure = await run(Effect.flip(exclusively(0, body)))
    expect([failure instanceof StoreError && failure.reason, wasInterrupted]).toStrictEqual(["ConnectionLost", true])
  })
})
