import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { afterEach, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import * as ReferralTables from "./ReferralTables.ts"

describe("ReferralTables", () => {
  let database: FreshDatabase
  afterEach(() => database.drop())

  const run = async <A, E>(migrated: boolean, effect: Effect.Effect<A, E, SqlClient.SqlClient | Database.Database>) => {
    database = await freshDatabase({ migrated })
    return Effect.runPromise(Effect.provide(effect, Layer.provideMerge(Database.SqlLive, database.layer)))
  }

  const missing = (which: "logistic" | "everpro") =>
    Effect.map(Effect.flip(ReferralTables.requireTables(which)), ({ message, reason }) => ({ message, reason }))

  it("finds the tables of a migrated database", async () => {
    const check = Effect.all([ReferralTables.requireTables("logistic"), ReferralTables.requireTables("everpro")])
    expect(await run(true, check)).toStrictEqual([undefined, undefined])
  })

  it("names the tables that a database of others lacks, and makes none", async () => {
    const [all, one, schemas] = await run(
      false,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const all = yield* missing("logistic")
        yield* sql`CREATE SCHEMA popaket_logistic`
        for (const { reason } of [all]) {
          if (reason._tag !== "TablesMissing") continue
          for (const table of reason.tables.slice(1)) yield* sql.unsafe(`CREATE TABLE ${table} (id int)`)
        }
        const schemas = yield* sql`SELECT to_regnamespace('everpro_data')::text AS made`
        return [all, yield* missing("logistic"), schemas]
      })
    )
    expect(all.reason).toStrictEqual({
      _tag: "TablesMissing",
      tables: [
        "popaket_logistic.shipment_orders",
        "popaket_logistic.shipment_orders_cashback",
        "popaket_logistic.logistic_order_status",
        "popaket_logistic.logistics",
        "popaket_logistic.logistic_rates",
        "popaket_logistic.fct_shipping_affiliate_commission_v2"
      ]
    })
    expect(one.reason).toStrictEqual({ _tag: "TablesMissing", tables: ["popaket_logistic.shipment_orders"] })
    expect(one.message).toMatch(
      / has no popaket_logistic\.shipment_orders: check that the URL leads to the right database/
    )
    expect(schemas).toStrictEqual([{ made: null }])
  })

  it("sets the target up on a database of its own, also several at once, and again", async () => {
    const [before, schemas, sources] = await run(
      false,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const before = yield* missing("everpro")
        const setUps = Array.from({ length: 4 }, () => ReferralTables.setUpTarget)
        yield* Effect.all(setUps, { concurrency: "unbounded" })
        yield* sql`INSERT INTO everpro_data.affiliate_orders (shipment_order_no, member_id, affiliator_id, source)
          VALUES ('A', 7, 90, 'daily')`
        yield* ReferralTables.setUpTarget
        yield* ReferralTables.requireTables("everpro")
        const schemas = yield* sql`SELECT nspname::text AS name FROM pg_namespace
          WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')`
        return [before, schemas, yield* sql`SELECT source FROM everpro_data.affiliate_orders`]
      })
    )
    expect(before.reason).toStrictEqual({ _tag: "TablesMissing", tables: ["everpro_data.affiliate_orders"] })
    expect(schemas).toStrictEqual([{ name: "everpro_data" }])
    expect(sources).toStrictEqual([{ source: "daily" }])
  })

  it("takes no order of another flow", async () => {
    const refused = Effect.flatMap(SqlClient.SqlClient, (sql) =>
      Effect.flip(sql`INSERT INTO everpro_data.affiliate_orders (shipment_order_no, member_id, affiliator_id, source)
        VALUES ('A', 7, 90, 'manual')`)
    )
    expect(JSON.stringify(await run(true, refused))).toContain("affiliate_orders_source_check")
  })
})
