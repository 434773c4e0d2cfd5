/**
 * A server for programs that measure or disturb: that of DATABASE_URL, or an
 * embedded one that is gone afterwards.
 *
 * @since 0.1.0
 */
import { Database, EmbeddedServer, Migrations } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import pg from "pg"

/**
 * Runs something on a server, given the URL of a user who may make databases.
 *
 * @category testing
 * @since 0.1.0
 */
export const onServer = async <A>(use: (adminUrl: string) => Promise<A>): Promise<A> => {
  const given = process.env["DATABASE_URL"] ?? ""
  if (given !== "") return use(given)
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-program-"))
  // As root the embedded server runs as another user, who must get in.
  fs.chmodSync(dataDir, 0o711)
  const embedded = Effect.flatMap(EmbeddedServer.start({ dataDir }), ({ url }) =>
    Effect.promise(() => use(Redacted.value(url)))
  )
  try {
    return await Effect.runPromise(Effect.scoped(embedded))
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
}

/**
 * Uses a connection of its own, and closes it. That somebody ended it fails
 * what is asked then, and nothing else.
 *
 * @category testing
 * @since 0.1.0
 */
export const withClient = async <A>(url: string, use: (client: pg.Client) => Promise<A>): Promise<A> => {
  const client = new pg.Client({ connectionString: url, application_name: "observer" })
  client.on("error", () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * Makes a database of that name anew, with our tables and what the statements
 * add to them, and gives its URL.
 *
 * @category testing
 * @since 0.1.0
 */
export const madeAnew = async (adminUrl: string, name: string, statements: ReadonlyArray<string>): Promise<string> => {
  await withClient(adminUrl, async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await admin.query(`CREATE DATABASE ${name}`)
  })
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url.href)))
  await Effect.runPromise(Effect.provide(Migrations.migrate, Layer.provideMerge(Database.SqlLive, database)))
  await withClient(url.href, async (client) => {
    for (const statement of statements) await client.query(statement)
  })
  return url.href
}
