import type { StoreError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { SqlClient, type SqlError } from "effect/sql"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Database from "./Database.ts"
import { orStoreError } from "./StoreErrors.ts"
import { freshDatabase, type FreshDatabase } from "./testing/freshDatabase.ts"

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const terminate = (pid: number) =>
  Effect.promise(async () => {
    const client = new pg.Client({ connectionString: Redacted.value(database.url) })
    await client.connect()
    await client.query("SELECT pg_terminate_backend($1, 5000)", [pid]).finally(() => client.end())
  })

const failureOf = (
  work: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError.SqlError>
): Promise<StoreError> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      return yield* Effect.flip(orStoreError(yield* Database.Database)(work(sql)))
    }).pipe(Effect.provide(Layer.provideMerge(Database.SqlLive, database.layer)))
  )

describe("orStoreError", () => {
  it("names a connection that is lost within a transaction, whose rollback fails as well", async () => {
    const error = await failureOf((sql) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const [backend] = yield* sql<{ readonly pid: number }>`SELECT pg_backend_pid() AS pid`
          yield* terminate(backend!.pid)
          yield* sql`SELECT 1`
        })
      )
    )
    expect([error._tag, error.reason, error.isRetryable]).toStrictEqual(["StoreError", "ConnectionLost", true])
  })

  it("names what a statement is refused with", async () => {
    const error = await failureOf((sql) => sql`SELECT 1 / 0`)
    expect([error._tag, error.reason]).toStrictEqual(["StoreError", "Other"])
  })

  it("leaves other defects alone", async () => {
    await expect(failureOf(() => Effect.die(new Error("a bug")))).rejects.toThrow("a bug")
  })
})
