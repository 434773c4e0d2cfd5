import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { afterEach, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import type { DatabaseError } from "../DatabaseError.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import * as Reckoner from "./0002_reckoner.ts"
import * as FindingsAndWindows from "./0006_findings_and_windows.ts"
import * as Migrations from "./Migrations.ts"

let database: FreshDatabase
afterEach(() => database.drop())

const run = async <A, E>(migrated: boolean, effect: Effect.Effect<A, E, SqlClient.SqlClient | Database.Database>) => {
  database = await freshDatabase({ migrated })
  return Effect.runPromise(Effect.provide(effect, Layer.provideMerge(Database.SqlLive, database.layer)))
}

const reasonOf = <A, R>(effect: Effect.Effect<A, DatabaseError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

const setVersion = (id: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`INSERT INTO reckoner.schema_migrations (migration_id, name) VALUES (${id}, 'of another release')`
  )

describe("Migrations", () => {
  it("runs everything once, also when several start at the same moment", async () => {
    const [ran, again, status] = await run(
      false,
      Effect.gen(function* () {
        const ran = yield* Effect.forEach([1, 2, 3, 4], () => Migrations.migrate, { concurrency: 4 })
        return [ran.flat(), yield* Migrations.migrate, yield* Migrations.status] as const
      })
    )
    expect(ran).toStrictEqual([
      "0001_gym",
      "0002_reckoner",
      "0003_engine",
      "0004_rate_limits",
      "0005_operations",
      "0006_findings_and_windows",
      "0007_referral_commissions",
      "0008_commission_approvals"
    ])
    expect(again).toStrictEqual([])
    expect(status).toStrictEqual({ current: Migrations.LATEST, latest: Migrations.LATEST })
  })

  it("requires the tables: SchemaMissing without them", async () => {
    const reason = await run(false, reasonOf(Migrations.requireCurrent))
    expect(reason).toStrictEqual({ _tag: "SchemaMissing" })
  })

  it("requires the tables: SchemaOlder when a migration has not run", async () => {
    const reason = await run(
      true,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`DELETE FROM reckoner.schema_migrations WHERE migration_id = ${Migrations.LATEST}`
        return yield* reasonOf(Migrations.requireCurrent)
      })
    )
    const expected = { _tag: "SchemaOlder", found: Migrations.LATEST - 1, supported: Migrations.LATEST }
    expect(reason).toStrictEqual(expected)
  })

  it("refuses tables of a newer release: SchemaNewer, and migrates nothing", async () => {
    const reasons = await run(
      true,
      Effect.andThen(setVersion(9999), Effect.all([reasonOf(Migrations.requireCurrent), reasonOf(Migrations.migrate)]))
    )
    const expected = { _tag: "SchemaNewer", found: 9999, supported: Migrations.LATEST }
    expect(reasons).toStrictEqual([expected, expected])
  })

  it("accepts tables at its own version", async () => {
    expect(await run(true, Migrations.requireCurrent)).toBe(undefined)
  })

  it("takes an invoice line with an unknown article and without a quantity, and drops items with their quota", async () => {
    const counts = await run(
      true,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`INSERT INTO gym.sif_pod VALUES (1, 'A', true)`
        yield* sql`INSERT INTO gym.sif_oj VALUES (1, 1, 'B', true)`
        yield* sql`INSERT INTO gym.dok VALUES (1, 1, 7, '2024-02-29')`
        yield* sql`INSERT INTO gym.dok_items VALUES (1, 1, 404, NULL)`
        yield* sql`INSERT INTO gym.gym_quota (member, art, sdate, edate, dok) VALUES (7, 404, '2024-02-29', '2024-03-29', 1)`
        yield* sql`INSERT INTO gym.gym_quotad (quota, art, qty) SELECT id, 404, 1 FROM gym.gym_quota`
        yield* sql`DELETE FROM gym.gym_quota`
        return yield* sql`SELECT count(*) FROM gym.gym_quotad`
      })
    )
    expect(counts).toStrictEqual([{ count: 0n }])
  })

  it("keeps findings about invoices, and runs, of tables at version 5", async () => {
    const [findings, runs, conflict] = await run(
      false,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE SCHEMA reckoner`
        yield* Reckoner.up
        yield* sql`INSERT INTO reckoner.run (job, business_date, state) VALUES ('sync-entitlements', '2026-03-06', 'complete')`
        yield* sql`
          INSERT INTO reckoner.finding (job, invoice_id, line_id, kind, detail, first_run) VALUES
            ('sync-entitlements', 9, 0, 'MemberMissing', '{}', 1),
            ('sync-entitlements', 9007199254740993, 11, 'LineWithoutSubscription', '{"articleId": 107}', 1)`
        yield* FindingsAndWindows.up
        const added = sql`
          INSERT INTO reckoner.finding (job, subject, kind, detail, first_run)
          VALUES ('another', '9', 'MemberMissing', '{}', 1), ('sync-entitlements', '9', 'MemberMissing', '{}', 1)`
        return [
          yield* sql`SELECT subject, line_id, kind, detail, first_run FROM reckoner.finding ORDER BY line_id`,
          yield* sql`SELECT id, window_from, window_until FROM reckoner.run`,
          (yield* Effect.flip(added)).reason
        ] as const
      })
    )
    expect(findings).toStrictEqual([
      { subject: "9", line_id: 0n, kind: "MemberMissing", detail: {}, first_run: 1n },
      {
        subject: "9007199254740993",
        line_id: 11n,
        kind: "LineWithoutSubscription",
        detail: { articleId: 107 },
        first_run: 1n
      }
    ])
    expect(runs).toStrictEqual([{ id: 1n, window_from: null, window_until: null }])
    expect(conflict).toMatchObject({ _tag: "UniqueViolation", constraint: "finding_pkey" })
  })
})
