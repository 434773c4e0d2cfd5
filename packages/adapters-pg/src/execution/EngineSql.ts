/**
 * The SQL client of the engine: connections of its own, whose tables lie in
 * the schema `reckoner_engine`. Everything in there may be thrown away while
 * no process runs.
 *
 * @since 0.1.0
 */
import { PgClient } from "@effect/sql-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SqlClient, SqlError } from "effect/sql"
import { Database } from "../Database.ts"
import * as DatabaseError from "../DatabaseError.ts"

const POOL_CONNECTIONS_MAX = 6

/**
 * A pool for the engine on the database, apart from that of the jobs, so that neither can starve the other.
 *
 * **Errors**
 *
 * - `DatabaseError`: the server cannot be reached or refuses the login.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<SqlClient.SqlClient, DatabaseError.DatabaseError, Database> = Layer.unwrap(
  Effect.map(Database, ({ describe: server, url }) =>
    PgClient.layerFrom(
      PgClient.make({
        url,
        maxConnections: POOL_CONNECTIONS_MAX,
        applicationName: "reckoner-engine",
        startupParameters: { search_path: "reckoner_engine", lock_timeout: "30s", timezone: "UTC" }
      }).pipe(Effect.mapError((cause) => DatabaseError.from(cause, { server })))
    )
  )
)

/** The engine's ids hold milliseconds since 2025-01-01T00:00Z above their 22 lowest bits. */
const ID_EPOCH_MS = 1_735_689_600_000
const ID_TIME_SHIFT = 22
/** What the engine has done is of no use to it after that; the record of it is not kept there. */
const KEPT_MS = 3_600_000

/**
 * Removes what the engine has done with, at most so many messages at once, so that its tables stay small.
 *
 * @category destructors
 * @since 0.1.0
 */
export const purge = (sql: SqlClient.SqlClient, limit: number): Effect.Effect<void, SqlError.SqlError> =>
  Effect.gen(function* () {
    const [found] = yield* sql<{ readonly exists: boolean }>`
      SELECT to_regclass('reckoner_engine.cluster_messages') IS NOT NULL AS exists`
    if (found?.exists !== true) return
    yield* sql`
      WITH done AS (
        SELECT request_id FROM reckoner_engine.cluster_messages
        WHERE kind = 0 AND processed AND id < ((extract(epoch FROM clock_timestamp()) * 1000)::bigint
          - ${ID_EPOCH_MS}::bigint - ${KEPT_MS}::bigint) << ${ID_TIME_SHIFT}::int
        ORDER BY id LIMIT ${limit}),
      replies AS (DELETE FROM reckoner_engine.cluster_replies WHERE request_id IN (SELECT request_id FROM done))
      DELETE FROM reckoner_engine.cluster_messages WHERE request_id IN (SELECT request_id FROM done)`
  })
