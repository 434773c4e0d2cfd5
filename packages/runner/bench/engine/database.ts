/** A database per run, on the server of all runs. */
import { Database, Migrations } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import pg from "pg"

const NAME = "bench_engine"

/** Uses a connection, and closes it. */
export const withClient = async <A>(url: string, use: (client: pg.Client) => Promise<A>): Promise<A> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** A fresh database with our tables and those of the statements. Gives its URL. */
export const prepare = async (adminUrl: string, statements: ReadonlyArray<string>): Promise<string> => {
  await withClient(adminUrl, async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS ${NAME} WITH (FORCE)`)
    await admin.query(`CREATE DATABASE ${NAME}`)
  })
  const url = new URL(adminUrl)
  url.pathname = `/${NAME}`
  const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url.href)))
  await Effect.runPromise(Effect.provide(Migrations.migrate, Layer.provideMerge(Database.SqlLive, database)))
  await withClient(url.href, async (client) => {
    for (const statement of statements) await client.query(statement)
  })
  return url.href
}
