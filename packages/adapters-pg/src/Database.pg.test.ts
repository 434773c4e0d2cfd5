import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { SqlClient } from "effect/sql"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import * as Database from "./Database.ts"
import type { DatabaseError } from "./DatabaseError.ts"
import { type FreshDatabase, freshDatabase } from "./testing/freshDatabase.ts"

let database: FreshDatabase
beforeAll(async () => void (database = await freshDatabase()))
afterAll(() => database.drop())

const query = <A, E>(url: Redacted.Redacted, effect: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.provide(
    effect,
    Layer.provide(Database.SqlLive, Database.layer({ url: Option.some(url), dataDir: "/nowhere" }))
  )

const changed = (change: (url: URL) => void): Redacted.Redacted => {
  const url = new URL(inject("adminUrl"))
  change(url)
  return Redacted.make(url.href)
}

const failure = (url: Redacted.Redacted) =>
  Effect.runPromise(Effect.flip(query(url, Effect.void)) as Effect.Effect<DatabaseError>)

describe("Database", () => {
  it("describes a URL without user and password", () => {
    const describeText = (text: string) => Database.describe(Redacted.make(text))
    expect(describeText("postgres://me:hunter2@db.example/shop")).toStrictEqual(Result.succeed("db.example:5432/shop"))
    expect(describeText("postgresql://me@[::1]:6543")).toStrictEqual(Result.succeed("[::1]:6543/me"))
    expect(describeText("postgres:///shop?host=/run/pg&port=1")).toStrictEqual(Result.succeed("/run/pg:1/shop"))
  })

  it.each(["hunter2", "mysql://me:hunter2@h/d", ""])("fails with InvalidUrl when the URL is %j", (text) => {
    const error = Result.getOrThrow(Result.flip(Database.describe(Redacted.make(text))))
    expect(error.reason).toStrictEqual({ _tag: "InvalidUrl" })
    expect(error.message).not.toContain("hunter2")
  })

  it("reads dates, big numbers, decimals and instants exactly", async () => {
    const rows = await Effect.runPromise(
      query(
        database.url,
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`SELECT date '2024-02-29' AS day, 9007199254740993 AS big, 1.50 AS exact,
            timestamptz '1969-12-31 23:59:59.999999Z' AS at, timestamptz 'infinity' AS never,
            current_setting('TimeZone') AS zone, current_setting('application_name') AS application`
        )
      )
    )
    expect(rows).toStrictEqual([
      {
        day: "2024-02-29",
        big: 9007199254740993n,
        exact: "1.50",
        at: "1969-12-31T23:59:59.999999Z",
        never: "infinity",
        zone: "UTC",
        application: "reckoner"
      }
    ])
  })

  it("starts an embedded server without a URL, and makes its database once for all who use it", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-database-"))
    fs.chmodSync(folder, 0o711)
    const dataDir = path.join(folder, "data")
    const user = Effect.gen(function* () {
      const { dataDir, describe, origin } = yield* Database.Database
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql`SELECT current_database() AS name`
      return { dataDir, origin, isDescribed: /^127\.0\.0\.1:\d+\/reckoner$/.test(describe), rows }
    }).pipe(
      Effect.provide(
        Layer.provideMerge(
          Database.SqlLive,
          Database.layer({ url: Option.none(), dataDir, settings: { fsync: "off" } })
        ),
        { local: true }
      )
    )
    const found = await Effect.runPromise(Effect.all([user, user, user], { concurrency: 3 }))
    const expected = { dataDir, origin: "embedded", isDescribed: true, rows: [{ name: "reckoner" }] }
    expect(found).toStrictEqual([expected, expected, expected])
    expect(fs.existsSync(path.join(dataDir, "pgdata", "postmaster.pid"))).toBe(false)
    fs.rmSync(folder, { recursive: true, force: true })
  })

  it("fails with Unreachable when nobody listens, naming host, port and database", async () => {
    const error = await failure(Redacted.make("postgres://me:hunter2@127.0.0.1:1/shop"))
    expect(error.reason).toStrictEqual({ _tag: "Unreachable" })
    expect(error.message).toContain("127.0.0.1:1/shop")
    expect(error.message).not.toContain("hunter2")
  })

  it("fails with DatabaseMissing when there is no such database", async () => {
    const error = await failure(changed((url) => (url.pathname = "/no_such_database")))
    expect(error.reason).toStrictEqual({ _tag: "DatabaseMissing" })
  })

  it("fails with AuthenticationFailed when there is no such user", async () => {
    const error = await failure(changed((url) => ((url.username = "no_such_user"), (url.password = "hunter2"))))
    expect(error.reason).toStrictEqual({ _tag: "AuthenticationFailed" })
    expect(error.message).not.toContain("hunter2")
  })
})
