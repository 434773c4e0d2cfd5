/**
 * Rewrites `packages/adapters-pg/schema.sql` from the migrations, on the server of `DATABASE_URL` or on an
 * embedded one that exists for this only. The database it works in is dropped at the end.
 */
import { Database, EmbeddedServer, Migrations, SchemaDump } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const file = new URL("../packages/adapters-pg/schema.sql", import.meta.url)
const name = `reckoner_dump_${process.pid}`

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-dump-"))
    fs.chmodSync(folder, 0o711) // so that the server, which does not run as root, can pass through it
    return folder
  }),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const serverUrl = Effect.gen(function* () {
  const given = process.env["DATABASE_URL"] ?? ""
  if (given !== "") return Redacted.make(given)
  return (yield* EmbeddedServer.start({ dataDir: yield* temporaryFolder, settings: { fsync: "off" } })).url
})

const on = <A, E>(url: Redacted.Redacted, effect: Effect.Effect<A, E, SqlClient.SqlClient | Database.Database>) => {
  const database = Layer.effect(Database.Database, Database.fromUrl(url))
  return Effect.provide(effect, Layer.provideMerge(Database.SqlLive, database), { local: true })
}

const program = Effect.gen(function* () {
  const admin = yield* serverUrl
  const command = (text: string) =>
    on(
      admin,
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(text))
    )
  const url = new URL(Redacted.value(admin))
  url.pathname = `/${name}`
  yield* Effect.acquireRelease(command(`CREATE DATABASE ${name} TEMPLATE template0`), () =>
    Effect.ignore(command(`DROP DATABASE ${name} WITH (FORCE)`))
  )
  const text = yield* on(Redacted.make(url.href), Effect.andThen(Migrations.migrate, SchemaDump.dump))
  fs.writeFileSync(file, text)
  console.log(`wrote packages/adapters-pg/schema.sql, ${text.split("\n").length - 1} lines`)
})

await Effect.runPromise(Effect.scoped(program))
