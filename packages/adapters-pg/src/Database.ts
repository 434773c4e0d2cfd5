/**
 * Where the database is, and the SQL client on it.
 *
 * A URL means a server of the user's; without one an embedded server is
 * started. Nothing here reads the environment: the caller passes the values.
 *
 * @since 0.1.0
 */
import { PgClient, PgTypes } from "@effect/sql-pg"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { SqlClient } from "effect/sql"
import pg from "pg"
import * as DatabaseError from "./DatabaseError.ts"
import * as EmbeddedServer from "./EmbeddedServer.ts"

const POOL_CONNECTIONS_MAX = 10
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024
const DEFAULT_DATABASE = "reckoner"

/**
 * The database that everything runs on.
 *
 * @category services
 * @since 0.1.0
 */
export class Database extends Context.Service<
  Database,
  {
    readonly url: Redacted.Redacted
    readonly origin: "embedded" | "server"
    /** `host:port/database`, fit to be printed. */
    readonly describe: string
    /** Where an embedded server keeps its data. */
    readonly dataDir?: string
  }
>()("@reckoner/adapters-pg/Database") {}

/**
 * What the database is made from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** A server of the user's; none means the embedded one. */
  readonly url: Option.Option<Redacted.Redacted>
  /** Absolute folder of the embedded server. */
  readonly dataDir: string
  /** Name of the database on the embedded server, made if it is missing; `reckoner` if none is given. */
  readonly databaseName?: string
  /** Extra settings of the embedded server. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * Says where a URL leads, without user and password.
 *
 * **Errors**
 *
 * - `DatabaseError` (`InvalidUrl`): it is not a PostgreSQL URL.
 *
 * @category queries
 * @since 0.1.0
 */
export const describe = (url: Redacted.Redacted): Result.Result<string, DatabaseError.DatabaseError> => {
  const invalid = () => Result.fail(new DatabaseError.DatabaseError({ reason: { _tag: "InvalidUrl" }, server: "" }))
  const text = Redacted.value(url)
  if (!URL.canParse(text)) return invalid()
  const { hostname, pathname, port, protocol, searchParams, username } = new URL(text)
  if (protocol !== "postgres:" && protocol !== "postgresql:") return invalid()
  const host = searchParams.get("host") ?? (hostname === "" ? "localhost" : hostname)
  const database = pathname.length > 1 ? pathname.slice(1) : username
  return Result.succeed(`${host}:${searchParams.get("port") ?? (port === "" ? "5432" : port)}/${database}`)
}

/** Runs statements on a connection of their own, outside the pool. */
const once = <A>(
  url: Redacted.Redacted,
  server: string,
  run: (client: pg.Client) => Promise<A>
): Effect.Effect<A, DatabaseError.DatabaseError> =>
  Effect.tryPromise({
    try: async () => {
      const client = new pg.Client({ connectionString: Redacted.value(url), application_name: "reckoner" })
      client.on("error", () => {})
      try {
        await client.connect()
        return await run(client)
      } finally {
        await client.end().catch(() => {})
      }
    },
    catch: (cause) => DatabaseError.from(cause, { server })
  })

const withDatabase = (url: Redacted.Redacted, name: string): Redacted.Redacted => {
  const changed = new URL(Redacted.value(url))
  changed.pathname = `/${encodeURIComponent(name)}`
  return Redacted.make(changed.href)
}

const createIfMissing = async (client: pg.Client, name: string): Promise<void> => {
  const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name])
  if (rowCount !== 0) return
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  } catch (error) {
    // Another process may have made it a moment ago.
    const { code } = error as { readonly code?: string }
    if (code !== "42P04" && code !== "23505") throw error
  }
}

const embedded = Effect.fnUntraced(function* (options: Options) {
  const { dataDir, url: adminUrl } = yield* EmbeddedServer.start(options)
  const name = options.databaseName ?? DEFAULT_DATABASE
  const url = withDatabase(adminUrl, name)
  const server = yield* Effect.fromResult(describe(url))
  yield* once(adminUrl, server, (client) => createIfMissing(client, name))
  return Database.of({ url, origin: "embedded", describe: server, dataDir })
})

/**
 * The database of a URL, taken as it is: no connection is made yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromUrl = (url: Redacted.Redacted): Effect.Effect<Database["Service"], DatabaseError.DatabaseError> =>
  Effect.map(Effect.fromResult(describe(url)), (server) => Database.of({ url, origin: "server", describe: server }))

/**
 * The database by its options: the server of a URL, or the embedded one, which
 * runs as long as the layer does.
 *
 * **Errors**
 *
 * - `EmbeddedServerError`: no URL was given and the embedded server did not start.
 * - `DatabaseError`: the URL cannot be read, or the database could not be made.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<Database, DatabaseError.DatabaseError | EmbeddedServer.EmbeddedServerError> =>
  Layer.effect(
    Database,
    Option.match(options.url, {
      onNone: () => embedded(options),
      onSome: (url) => fromUrl(url)
    })
  )

/** timestamp and timestamptz as exact text: the driver's own codec cuts microseconds and has no infinity. */
const exactTimestamp = (oid: number, suffix: string): PgTypes.Codec<string> => ({
  encode: (value) => PgTypes.encode(new Date(value), oid),
  decode: (bytes) => {
    const fromPgEpoch = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0)
    if (fromPgEpoch === 9223372036854775807n) return Result.succeed("infinity")
    if (fromPgEpoch === -9223372036854775808n) return Result.succeed("-infinity")
    const micros = fromPgEpoch + 946_684_800_000_000n
    const below = ((micros % 1000n) + 1000n) % 1000n
    const upToMillis = new Date(Number((micros - below) / 1000n)).toISOString().slice(0, -1)
    return Result.succeed(`${upToMillis}${String(below).padStart(3, "0")}${suffix}`)
  }
})

const types = PgTypes.makeRegistry()
types.register(PgTypes.OID.timestamptz, exactTimestamp(PgTypes.OID.timestamptz, "Z"))
types.register(PgTypes.OID.timestamp, exactTimestamp(PgTypes.OID.timestamp, ""))

const client = ({ describe: server, url }: Database["Service"]) =>
  PgClient.make({
    url,
    types,
    maxConnections: POOL_CONNECTIONS_MAX,
    applicationName: "reckoner",
    startupParameters: {
      statement_timeout: "10min",
      lock_timeout: "30s",
      idle_in_transaction_session_timeout: "10min",
      timezone: "UTC"
    },
    maxMessageSize: MESSAGE_BYTES_MAX
  }).pipe(Effect.mapError((cause) => DatabaseError.from(cause, { server })))

type Sql = PgClient.PgClient | SqlClient.SqlClient

/**
 * The SQL client, a pool, on the database. It connects when it is first used:
 * for a database that some of the work can do without.
 *
 * `date` is read as `YYYY-MM-DD`, `bigint` as a bigint, `numeric` as exact
 * text, `timestamptz` as ISO text with microseconds.
 *
 * @category layers
 * @since 0.1.0
 */
export const SqlWhenUsed: Layer.Layer<Sql, DatabaseError.DatabaseError, Database> = Layer.unwrap(
  Effect.map(Database, (database) => PgClient.layerFrom(client(database)))
)

/**
 * The same, but it connects once while it is built, so that a wrong URL is told
 * at the start and not in the middle of a run.
 *
 * @category layers
 * @since 0.1.0
 */
export const SqlLive: Layer.Layer<Sql, DatabaseError.DatabaseError, Database> = Layer.unwrap(
  Effect.map(Database, (database) =>
    PgClient.layerFrom(
      Effect.tap(client(database), (sql) =>
        Effect.mapError(sql`SELECT 1`, (cause) => DatabaseError.from(cause, { server: database.describe }))
      )
    )
  )
)
