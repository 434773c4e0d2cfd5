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
import type { SqlClient } from "effect/sql"
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
