/**
 * One connection of `pg` outside any pool, for what a pool cannot give: COPY, and locks that belong to a session.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Net from "node:net"
import pg from "pg"
import { Database } from "./Database.ts"
import * as DatabaseError from "./DatabaseError.ts"

const CONNECT_TIMEOUT_MS = 10_000
const KEEP_ALIVE_DELAY_MS = 10_000
const CANCEL_REQUEST_CODE = 80_877_102

/**
 * An open connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface DedicatedConnection {
  readonly client: pg.Client
  /** `host:port/database`. */
  readonly server: string
  /** Fails when the connection is lost, and never ends otherwise. */
  readonly lost: Effect.Effect<never, DatabaseError.DatabaseError>
  /** Cuts the connection off: the server cancels what runs and rolls an open transaction back. */
  readonly destroy: Effect.Effect<void>
  readonly query: <Row extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    params?: ReadonlyArray<unknown>
  ) => Effect.Effect<pg.QueryResult<Row>, DatabaseError.DatabaseError>
}

/** Types read as their exact text. `pg` itself would turn dates into local midnights and cut microseconds. */
const EXACT_TEXT_OIDS: ReadonlySet<number> = new Set([
  pg.types.builtins.DATE,
  pg.types.builtins.TIMESTAMP,
  pg.types.builtins.TIMESTAMPTZ
])

const INT8_OID: number = pg.types.builtins.INT8

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: "text" | "binary") => {
    if (EXACT_TEXT_OIDS.has(oid)) return (text: string) => text
    if (oid === INT8_OID) return BigInt
    return pg.types.getTypeParser(oid, format)
  }) as pg.CustomTypesConfig["getTypeParser"]
}

/** What the driver knows of its session and the type declarations leave out. */
interface SessionKey {
  readonly processID: number | null
  readonly secretKey: number | null
  readonly host: string
  readonly port: number
}

/** Asks the server to cancel what a session runs. A dropped socket alone is noticed only when it is next written to. */
const requestCancel = ({ host, port, processID, secretKey }: SessionKey): void => {
  if (processID === null || secretKey === null) return
  const packet = Buffer.alloc(16)
  packet.writeInt32BE(16, 0)
  packet.writeInt32BE(CANCEL_REQUEST_CODE, 4)
  packet.writeInt32BE(processID, 8)
  packet.writeInt32BE(secretKey, 12)
  const socket = host.startsWith("/") ? Net.connect(`${host}/.s.PGSQL.${port}`) : Net.connect(port, host)
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy())
  socket.on("error", () => {})
  socket.end(packet)
}

/**
 * Opens a connection that closes with the scope.
 *
 * A statement that is interrupted takes the connection with it, so that
 * nothing goes on running behind the caller's back.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  applicationName: string
): Effect.Effect<DedicatedConnection, DatabaseError.DatabaseError, Database | Scope.Scope> =>
  Effect.gen(function* () {
    const { describe: server, url } = yield* Database
    const lost = Deferred.makeUnsafe<never, DatabaseError.DatabaseError>()
    const fail = (cause: unknown) => DatabaseError.from(cause, { server })
    const client = new pg.Client({
      connectionString: Redacted.value(url),
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
      lock_timeout: 30_000,
      types
    })
    const gone = new DatabaseError.DatabaseError({ reason: { _tag: "ConnectionLost" }, server })
    // Without a listener an error of an idle connection would end the process.
    client.on("error", (cause) => {
      const error = fail(cause)
      Deferred.doneUnsafe(lost, Exit.fail(error.reason._tag === "ConnectionLost" ? error : gone))
    })
    client.on("end", () => Deferred.doneUnsafe(lost, Exit.fail(gone)))
    let isOpen = true
    const destroy = Effect.sync(() => {
      if (!isOpen) return
      isOpen = false
      requestCancel(client as unknown as SessionKey)
      Deferred.doneUnsafe(lost, Exit.fail(gone))
      client.connection.stream.destroy()
    })
    yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () => client.connect(),
        catch: (cause) => DatabaseError.from(cause, { server, connecting: true })
      }),
      () => (isOpen ? Effect.promise(() => client.end().catch(() => {})) : Effect.void)
    )
    const query = <Row extends pg.QueryResultRow>(sql: string, params: ReadonlyArray<unknown> = []) =>
      Effect.callback<pg.QueryResult<Row>, DatabaseError.DatabaseError>((resume) => {
        if (!isOpen) return resume(Effect.fail(gone))
        client.query<Row>(sql, [...params]).then(
          (result) => resume(Effect.succeed(result)),
          (cause: unknown) => resume(Effect.fail(fail(cause)))
        )
        return destroy
      })
    // Dates and timestamps are read as text, whatever the server or the database prefers.
    yield* query("SET timezone = 'UTC'")
    yield* query("SET datestyle = 'ISO, YMD'")
    return { client, server, lost: Deferred.await(lost), destroy, query }
  })
