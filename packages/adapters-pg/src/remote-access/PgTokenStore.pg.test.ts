import { StoreError, type TokenPair, TokenStore } from "@reckoner/core/ports"
import { tokenStoreContract } from "@reckoner/core/testing/contracts"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql"
import pg from "pg"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgTokenStore from "./PgTokenStore.ts"

const layerOf = ({ layer }: FreshDatabase) =>
  Layer.provideMerge(PgTokenStore.layer, Layer.provideMerge(Database.SqlLive, layer))

tokenStoreContract("PgTokenStore", async () => {
  const database = await freshDatabase()
  return { layer: layerOf(database), close: database.drop }
})

const pairOf = (number: number): TokenPair => ({
  accessToken: Redacted.make(`access ${number}`),
  refreshToken: Redacted.make(`refresh ${number}`),
  expiresAt: number
})

const OF_STORE = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'reckoner'"

describe("PgTokenStore and its database", () => {
  let database: FreshDatabase
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(() => database.drop())

  const rows = (statement: string) => Effect.promise(() => rowsOf(Redacted.value(database.url), statement))
  const use = <A, E>(
    act: (store: TokenStore["Service"], sql: SqlClient.SqlClient) => Effect.Effect<A, E>
  ): Promise<A> =>
    Effect.runPromise(
      Effect.gen(function* () {
        return yield* act(yield* TokenStore, yield* SqlClient.SqlClient)
      }).pipe(Effect.provide(layerOf(database), { local: true }))
    )
  const accessOf = Effect.map(rows("SELECT access_token FROM affiliate.access_token"), (found) =>
    found.map((row) => (row as { readonly access_token: string }).access_token)
  )

  it("keeps the new pair within a transaction that is rolled back", async () => {
    const kept = await use((store, sql) =>
      Effect.andThen(
        Effect.exit(
          sql.withTransaction(
            Effect.andThen(
              store.renew("one", () => Effect.succeed(pairOf(1))),
              Effect.fail("no")
            )
          )
        ),
        accessOf
      )
    )
    expect(kept).toStrictEqual(["access 1"])
  })

  it("keeps a pair that was got though the connection of its lock was lost meanwhile", async () => {
    const given = await use((store) =>
      store.renew("one", () =>
        Effect.as(rows(`SELECT pg_terminate_backend(pid) ${OF_STORE} AND state = 'idle in transaction'`), pairOf(1))
      )
    )
    expect([given.expiresAt, await Effect.runPromise(accessOf)]).toStrictEqual([1, ["access 1"]])
  })

  it("keeps a pair though its caller is interrupted while it is written", async () => {
    const isBlocked = Effect.map(rows(`SELECT 1 ${OF_STORE} AND wait_event_type = 'Lock'`), ({ length }) => length > 0)
    const client = new pg.Client({ connectionString: Redacted.value(database.url) })
    await client.connect()
    try {
      const kept = await use((store) =>
        Effect.gen(function* () {
          yield* store.renew("one", () => Effect.succeed(pairOf(1)))
          yield* Effect.promise(() => client.query("BEGIN"))
          yield* Effect.promise(() => client.query("SELECT 1 FROM affiliate.access_token FOR UPDATE"))
          const fiber = yield* Effect.forkChild(store.renew("one", () => Effect.succeed(pairOf(2))))
          yield* Effect.repeat(Effect.delay(isBlocked, 10), { until: (blocked) => blocked })
          const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber))
          yield* Effect.yieldNow
          yield* Effect.promise(() => client.query("COMMIT"))
          yield* Fiber.join(interrupting)
          return yield* accessOf
        })
      )
      expect(kept).toStrictEqual(["access 2"])
    } finally {
      await client.end()
    }
  })

  it("fails with StoreError when the connection was lost and no pair was got", async () => {
    const failure = await use((store) =>
      Effect.flip(
        store.renew("one", () =>
          Effect.andThen(
            rows(`SELECT pg_terminate_backend(pid) ${OF_STORE} AND state = 'idle in transaction'`),
            Effect.fail("no")
          )
        )
      )
    )
    expect(failure instanceof StoreError && failure.reason).toBe("ConnectionLost")
    expect(await Effect.runPromise(accessOf)).toStrictEqual([])
  })

  it("holds one connection of the pool, however many wait for an account, and leaves none", async () => {
    const found = await use((store) =>
      Effect.gen(function* () {
        const [isGetting, isOpen] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const get = Effect.andThen(Deferred.succeed(isGetting, undefined), Deferred.await(isOpen))
        const first = yield* Effect.forkChild(store.renew("one", () => Effect.as(get, pairOf(1))))
        yield* Deferred.await(isGetting)
        const waiting = yield* Effect.forEach(Array.from({ length: 20 }), () =>
          Effect.forkChild(store.renew("one", (kept) => Effect.succeed(Option.getOrThrow(kept))))
        )
        const other = yield* store.renew("two", () => Effect.succeed(pairOf(2)))
        const open = yield* rows(`SELECT 1 ${OF_STORE} AND xact_start IS NOT NULL`)
        yield* Deferred.succeed(isOpen, undefined)
        yield* Fiber.join(first)
        const given = yield* Effect.forEach(waiting, Fiber.join)
        const left = yield* rows(`SELECT 1 ${OF_STORE} AND xact_start IS NOT NULL`)
        return [other.expiresAt, open.length, new Set(given.map(({ expiresAt }) => expiresAt)), left.length]
      })
    )
    expect(found).toStrictEqual([2, 1, new Set([1]), 0])
  })

  it("says nothing of the tokens when they cannot be kept", async () => {
    const failure = await use((store, sql) =>
      Effect.andThen(
        sql.unsafe("ALTER TABLE affiliate.access_token ADD CHECK (access_token = '')"),
        Effect.flip(store.renew("one", () => Effect.succeed(pairOf(1))))
      )
    )
    expect(failure).toBeInstanceOf(StoreError)
    const { inspect } = await import("node:util")
    expect(`${inspect(failure, { depth: 20, showHidden: true })} ${JSON.stringify(failure)}`).not.toMatch(
      /access 1|refresh 1/
    )
  })

  it("fails with StoreError when the database is gone", async () => {
    const failures = await use((store) =>
      Effect.gen(function* () {
        yield* Effect.promise(database.drop)
        const all: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
          store.current("one"),
          store.renew("one", () => Effect.succeed(pairOf(1)))
        ]
        return yield* Effect.forEach(all, (one) => Effect.map(Effect.flip(one), (error) => error instanceof StoreError))
      })
    )
    expect(failures).toStrictEqual([true, true])
  })
})
