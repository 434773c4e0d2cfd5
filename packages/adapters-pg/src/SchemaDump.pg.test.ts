import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { readFile } from "node:fs/promises"
import { afterAll, describe, expect, it } from "vitest"
import * as Database from "./Database.ts"
import * as SchemaDump from "./SchemaDump.ts"
import { type FreshDatabase, freshDatabase } from "./testing/freshDatabase.ts"

const opened: Array<FreshDatabase> = []
afterAll(() => Promise.all(opened.map((database) => database.drop())))

const run = async <A, E>(migrated: boolean, effect: Effect.Effect<A, E, SqlClient.SqlClient | Database.Database>) => {
  const database = await freshDatabase({ migrated })
  opened.push(database)
  return Effect.runPromise(Effect.provide(effect, Layer.provideMerge(Database.SqlLive, database.layer)))
}

const file = () => readFile(new URL("../schema.sql", import.meta.url), "utf8")

describe("SchemaDump", () => {
  it("equals schema.sql, which is otherwise stale: run `npm run schema:dump`", async () => {
    expect(await run(true, SchemaDump.dump)).toStrictEqual(await file())
  })

  it("makes the same tables again when it is run", async () => {
    const text = await file()
    const statements = text.split(/;\n/).map((statement) => statement.replace(/^--.*$/gm, "").trim())
    const again = await run(
      false,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        for (const statement of statements) if (statement !== "") yield* sql.unsafe(statement)
        return yield* SchemaDump.dump
      })
    )
    expect(again).toStrictEqual(text)
  })
})
