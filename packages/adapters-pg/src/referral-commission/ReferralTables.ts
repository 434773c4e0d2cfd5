/**
 * The tables of the referral commissions on databases of their own: made where
 * the orders are written, and only looked for where they belong to others.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Database } from "../Database.ts"
import * as DatabaseError from "../DatabaseError.ts"
import { TARGET_STATEMENTS } from "../migrations/0007_referral_commissions.ts"
import * as rows from "./rows.ts"
import { failingRollback } from "../StoreErrors.ts"

const toDatabaseError = <A, R>(
  effect: Effect.Effect<A, SqlError.SqlError, R>
): Effect.Effect<A, DatabaseError.DatabaseError, R | Database> =>
  Effect.flatMap(Database, ({ describe: server }) =>
    Effect.mapError(effect, (cause) => DatabaseError.from(cause, { server }))
  )

/**
 * Makes the tables that orders are written to, where they are missing: for a
 * target that has a database of its own, which no migration reaches. It may be
 * repeated, and run by several processes at once.
 *
 * **Errors**
 *
 * - `DatabaseError`: the database refused a statement; nothing has changed.
 *
 * @category constructors
 * @since 0.1.0
 */
export const setUpTarget: Effect.Effect<void, DatabaseError.DatabaseError, SqlClient.SqlClient | Database> =
  Effect.flatMap(SqlClient.SqlClient, (sql) => {
    const statements = Effect.forEach(TARGET_STATEMENTS, (statement) => sql.unsafe(statement), { discard: true })
    // IF NOT EXISTS does not help when two processes create at the same moment: one fails, and then it exists.
    return toDatabaseError(Effect.retry(failingRollback(sql.withTransaction(statements)), { times: 2 }))
  })

/**
 * Fails unless the tables of a system are there: those that shipments are read
 * from (`logistic`), or those that orders are written to (`everpro`). Nothing is
 * created.
 *
 * **Errors**
 *
 * - `DatabaseError` (`TablesMissing`): some are not there; it names them.
 *
 * @category queries
 * @since 0.1.0
 */
export const requireTables = (
  which: keyof typeof rows.TABLES
): Effect.Effect<void, DatabaseError.DatabaseError, SqlClient.SqlClient | Database> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const found = yield* toDatabaseError(
      sql.unsafe<{ readonly name: string }>(
        `SELECT name FROM unnest('{${rows.TABLES[which].join(",")}}'::text[]) WITH ORDINALITY AS wanted (name, place)
         WHERE to_regclass(name) IS NULL ORDER BY place`
      )
    )
    if (found.length === 0) return
    const { describe: server } = yield* Database
    const tables = found.map(({ name }) => name)
    return yield* new DatabaseError.DatabaseError({ reason: { _tag: "TablesMissing", tables }, server })
  })
