import { RateLimiter, StoreError } from "@reckoner/core/ports"
import { rateLimiterContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { SqlClient } from "effect/sql"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import * as PgRateLimiter from "./PgRateLimiter.ts"

rateLimiterContract("PgRateLimiter", async () => {
  const database = await freshDatabase()
  return {
    layer: Layer.provide(PgRateLimiter.layer, Layer.provideMerge(Database.SqlLive, database.layer)),
    close: database.drop
  }
})

const LEASE_MS = 1_000
const LONG_LEASE_MS = 60_000

describe("PgRateLimiter and its database", () => {
  let database: FreshDatabase
  const runtimes: Array<ManagedRuntime.ManagedRuntime<RateLimiter | SqlClient.SqlClient, unknown>> = []
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(async () => {
    for (const runtime of runtimes.splice(0)) await runtime.dispose()
    await database.drop()
  })

  /** A process of its own: a pool of its own, and nothing shared but the database. */
  const startProcess = () => {
    const connection = Layer.provideMerge(Database.SqlLive, database.layer)
    const runtime = ManagedRuntime.make(Layer.provideMerge(PgRateLimiter.layer, connection))
    runtimes.push(runtime)
    return runtime
  }
  const slot = (holder: string) => ({ system: "bank", holder })

  it("waits for the slot of a process that died, and never has more calls in flight meanwhile", async () => {
    const [dying, living] = [startProcess(), startProcess()]
    const terms = { inFlightMax: 3, leaseMs: LEASE_MS }
    await living.runPromise(Effect.void) // it has its connections before the lease begins
    const enteringMs = performance.now()
    const entered = await dying.runPromise(
      Effect.flatMap(RateLimiter, (limiter) =>
        Effect.all([limiter.enter(slot("dead 1"), terms), limiter.enter(slot("dead 2"), terms)])
      )
    )
    await dying.dispose()

    let inFlight = 0
    const begun: Array<{ readonly afterMs: number; readonly inFlight: number }> = []
    const call = (limiter: RateLimiter["Service"], holder: string) =>
      Effect.gen(function* () {
        while (!(yield* limiter.enter(slot(holder), { ...terms, leaseMs: LONG_LEASE_MS }))) yield* Effect.sleep(10)
        begun.push({ afterMs: performance.now() - enteringMs, inFlight: ++inFlight })
        yield* Effect.sleep(50)
        inFlight--
        yield* limiter.leave(slot(holder))
      })
    const tillAllAreBack = (limiter: RateLimiter["Service"], worker: number) =>
      Effect.gen(function* () {
        for (let count = 0; !begun.some((one) => one.inFlight === 3); count += 1) {
          yield* call(limiter, `call ${worker} ${count}`)
        }
      })
    await living.runPromise(
      Effect.flatMap(RateLimiter, (limiter) =>
        Effect.all(
          Array.from({ length: 6 }, (_, worker) => tillAllAreBack(limiter, worker)),
          { concurrency: "unbounded" }
        )
      )
    )
    const meanwhile = begun.filter(({ afterMs }) => afterMs < LEASE_MS)
    expect(entered).toStrictEqual([true, true])
    expect(meanwhile.length).toBeGreaterThan(0)
    expect(Math.max(...meanwhile.map((one) => one.inFlight))).toBe(1)
    expect(Math.max(...begun.map((one) => one.inFlight))).toBe(3)
  })

  it("loses one interval with a process that died before its place", async () => {
    const [dying, living] = [startProcess(), startProcess()]
    const reserve = Effect.flatMap(RateLimiter, (limiter) => limiter.reserve("bank", 10_000))
    await living.runPromise(reserve)
    await dying.runPromise(reserve)
    await dying.dispose()
    const { waitMs } = await living.runPromise(reserve)
    expect([waitMs > 10_000, waitMs <= 20_000]).toStrictEqual([true, true])
  })

  it("commits at once, even within a transaction that is rolled back", async () => {
    const [one, other] = [startProcess(), startProcess()]
    const seen = Effect.flatMap(RateLimiter, (limiter) =>
      Effect.all([
        limiter.enter(slot("other"), { inFlightMax: 1, leaseMs: LONG_LEASE_MS }),
        Effect.map(limiter.reserve("bank", LONG_LEASE_MS), ({ waitMs }) => waitMs > 0)
      ])
    )
    const inTransaction = Effect.gen(function* () {
      const limiter = yield* RateLimiter
      yield* limiter.enter(slot("one"), { inFlightMax: 1, leaseMs: 1 })
      yield* limiter.renew(slot("one"), LONG_LEASE_MS)
      yield* limiter.reserve("bank", LONG_LEASE_MS)
      const before = yield* Effect.promise(() => other.runPromise(seen))
      yield* limiter.leave(slot("one"))
      return yield* Effect.fail([...before, ...(yield* Effect.promise(() => other.runPromise(seen)))])
    })
    const found = await one.runPromise(
      Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.flip(sql.withTransaction(inTransaction)))
    )
    expect(found).toStrictEqual([false, true, true, true])
  })

  it.each([
    ["back", "+ interval '1 hour'", 5_000, 10_000],
    ["forward", "- interval '1 hour'", 0, 0]
  ])("goes on when the clock of the server is set %s", async (_, shift, atLeastMs, atMostMs) => {
    const waitMs = await startProcess().runPromise(
      Effect.gen(function* () {
        const [limiter, sql] = [yield* RateLimiter, yield* SqlClient.SqlClient]
        yield* limiter.reserve("bank", 10_000)
        yield* sql.unsafe(`UPDATE reckoner.rate_limit SET place_at = place_at ${shift}, asked_at = asked_at ${shift}`)
        return (yield* limiter.reserve("bank", 10_000)).waitMs
      })
    )
    expect([waitMs >= atLeastMs, waitMs <= atMostMs]).toStrictEqual([true, true])
  })

  it("fails with StoreError when the database is gone", async () => {
    const reasons = await startProcess().runPromise(
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        yield* Effect.promise(database.drop)
        const all: ReadonlyArray<Effect.Effect<unknown, StoreError>> = [
          limiter.reserve("bank", 100),
          limiter.enter(slot("a"), { inFlightMax: 1, leaseMs: LONG_LEASE_MS }),
          limiter.renew(slot("a"), LONG_LEASE_MS),
          limiter.leave(slot("a"))
        ]
        return yield* Effect.forEach(all, (one) => Effect.map(Effect.flip(one), (error) => error instanceof StoreError))
      })
    )
    expect(reasons).toStrictEqual([true, true, true, true])
  })
})
