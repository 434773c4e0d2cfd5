import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { readFile } from "node:fs/promises"
import pg from "pg"
import { afterAll, describe, expect, it } from "vitest"
import * as Database from "./Database.ts"
import * as SchemaDump from "./SchemaDump.ts"
import { type FreshDatabase, freshDatabase } from "./testing/freshDatabase.ts"

const opened: Array<FreshDatabase> = []
afterAll(() => Promise.all(opened.map((database) => database.drop())))

const dump = async (): Promise<string> => {
  const database = await freshDatabase()
  opened.push(database)
  return Effect.runPromise(Effect.provide(SchemaDump.dump, Layer.provideMerge(Database.SqlLive, database.layer)))
}

const file = () => readFile(new URL("../schema.sql", import.meta.url), "utf8")

describe("SchemaDump", () => {
  it("equals schema.sql, which is otherwise stale: run `npm run schema:dump`", async () => {
    expect(await dump()).toStrictEqual(await file())
  })

  it("makes the same tables again when it is run", async () => {
    const text = await file()
    const database = await freshDatabase({ migrated: false })
    opened.push(database)
    const client = new pg.Client({ connectionString: Redacted.value(database.url) })
    await client.connect()
    await client.query(text).finally(() => client.end())
    const again = Effect.provide(SchemaDump.dump, Layer.provideMerge(Database.SqlLive, database.layer))
    expect(await Effect.runPromise(again)).toStrictEqual(text)
  })
})
