/**
 * Brings the tables to the version of this program, and says at which version they are.
 *
 * A migration is never edited after a release. Ids only grow: one below the
 * highest applied id would never run.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { Migrator, SqlClient, type SqlError } from "effect/sql"
import { Database } from "../Database.ts"
import * as DatabaseError from "../DatabaseError.ts"
import * as Gym from "./0001_gym.ts"
import * as Reckoner from "./0002_reckoner.ts"
import * as Engine from "./0003_engine.ts"
import * as RateLimits from "./0004_rate_limits.ts"
import * as Operations from "./0005_operations.ts"
import * as FindingsAndWindows from "./0006_findings_and_windows.ts"
import * as ReferralCommissions from "./0007_referral_commissions.ts"
import * as CommissionApprovals from "./0008_commission_approvals.ts"

const TABLE = "reckoner.schema_migrations"

const MIGRATIONS: Readonly<Record<string, Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient>>> = {
  "0001_gym": Gym.up,
  "0002_reckoner": Reckoner.up,
  "0003_engine": Engine.up,
  "0004_rate_limits": RateLimits.up,
  "0005_operations": Operations.up,
  "0006_findings_and_windows": FindingsAndWindows.up,
  "0007_referral_commissions": ReferralCommissions.up,
  "0008_commission_approvals": CommissionApprovals.up
}

/**
 * The version of the tables that this program works with.
 *
 * @category constants
 * @since 0.1.0
 */
export const LATEST = Math.max(...Object.keys(MIGRATIONS).map((name) => Number.parseInt(name, 10)))

/**
 * The version in the database, 0 when there is none, and the one this program works with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Status {
  readonly current: number
  readonly latest: number
}

const toDatabaseError = <A, R>(
  effect: Effect.Effect<A, SqlError.SqlError | Migrator.MigrationError, R>
): Effect.Effect<A, DatabaseError.DatabaseError, R | Database> =>
  Effect.flatMap(Database, ({ describe: server }) =>
    Effect.mapError(effect, (error) =>
      DatabaseError.from(error._tag === "MigrationError" ? (error.cause ?? error) : error, { server })
    )
  )

/**
 * Reads the version of the tables.
 *
 * @category queries
 * @since 0.1.0
 */
export const status: Effect.Effect<Status, DatabaseError.DatabaseError, SqlClient.SqlClient | Database> =
  toDatabaseError(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const found = yield* sql`SELECT 1 WHERE to_regclass(${TABLE}) IS NOT NULL`
      if (found.length === 0) return { current: 0, latest: LATEST }
      const rows = yield* sql<{ readonly current: number | null }>`
        SELECT max(migration_id) AS current FROM reckoner.schema_migrations`
      return { current: rows[0]?.current ?? 0, latest: LATEST }
    })
  )

const refuseNewer = ({ current, latest }: Status) =>
  Effect.flatMap(Database, ({ describe: server }) =>
    current <= latest
      ? Effect.void
      : Effect.fail(
          new DatabaseError.DatabaseError({
            reason: { _tag: "SchemaNewer", found: current, supported: latest },
            server
          })
        )
  )

/**
 * Runs what is missing, in one transaction, and returns the names of what ran.
 * Several processes may do it at once: one works, the others wait and find nothing to do.
 *
 * **Errors**
 *
 * - `DatabaseError` (`SchemaNewer`): the tables were made by a newer release.
 * - `DatabaseError`: the database refused a statement; nothing has changed.
 *
 * @category constructors
 * @since 0.1.0
 */
export const migrate: Effect.Effect<
  ReadonlyArray<string>,
  DatabaseError.DatabaseError,
  SqlClient.SqlClient | Database
> = Effect.gen(function* () {
  yield* Effect.flatMap(status, refuseNewer)
  const sql = yield* SqlClient.SqlClient
  // IF NOT EXISTS does not help when two processes create it at the same moment: the second fails, and then it exists.
  const createSchema = sql`CREATE SCHEMA IF NOT EXISTS reckoner`
  yield* toDatabaseError(Effect.retry(createSchema, { times: 2 }))
  const done = yield* toDatabaseError(
    Migrator.make({})({ table: TABLE, loader: Migrator.fromRecord({ ...MIGRATIONS }) })
  )
  return done.map(([id, name]) => `${String(id).padStart(4, "0")}_${name}`)
})

/**
 * Fails unless the tables are at the version of this program.
 *
 * **Errors**
 *
 * - `DatabaseError` (`SchemaNewer`): they were made by a newer release.
 * - `DatabaseError` (`SchemaMissing`): there are none.
 * - `DatabaseError` (`SchemaOlder`): some migration has not run.
 *
 * @category queries
 * @since 0.1.0
 */
export const requireCurrent: Effect.Effect<void, DatabaseError.DatabaseError, SqlClient.SqlClient | Database> =
  Effect.gen(function* () {
    const found = yield* status
    yield* refuseNewer(found)
    if (found.current === found.latest) return
    const { describe: server } = yield* Database
    const reason: DatabaseError.DatabaseReason =
      found.current === 0
        ? { _tag: "SchemaMissing" }
        : { _tag: "SchemaOlder", found: found.current, supported: found.latest }
    return yield* new DatabaseError.DatabaseError({ reason, server })
  })
