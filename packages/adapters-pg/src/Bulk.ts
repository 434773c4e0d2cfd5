/**
 * Streaming reads and bulk writes: the only file that knows COPY.
 *
 * The SQL client's driver has no COPY, so this stands on `pg`. A session is one
 * connection; work that reads and writes at the same time takes two.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import pg from "pg"
import * as CopyStreams from "pg-copy-streams"
import type { Database } from "./Database.ts"
import * as DatabaseError from "./DatabaseError.ts"
import * as DedicatedConnection from "./DedicatedConnection.ts"

export { field, line, type Row, rows, RowSplitter, texts, type Value } from "./CopyText.ts"

const READ_BUFFER_BYTES = 256 * 1024
const WRITE_BUFFER_BYTES = 1024 * 1024

/**
 * A table: its name, with its schema if it has one.
 *
 * @category models
 * @since 0.1.0
 */
export type Table = string | readonly [schema: string, table: string]

/**
 * One connection for bulk work.
 *
 * @category models
 * @since 0.1.0
 */
export interface Session {
  /**
   * The rows of a query as blocks of COPY text, as fast as they are taken and
   * no faster. A stream that is not read to its end ends the session.
   */
  readonly copyOut: (sql: string) => Stream.Stream<Buffer, DatabaseError.DatabaseError>
  /**
   * Writes blocks of COPY text (lines of `line`), or of COPY's binary format,
   * into a table: all of them or, on a failure, none.
   */
  readonly copyIn: (
    table: Table,
    columns: ReadonlyArray<string>,
    blocks: string | Uint8Array | Iterable<string>,
    format?: "text" | "binary"
  ) => Effect.Effect<void, DatabaseError.DatabaseError>
  /** Runs one statement. `date` and timestamps come as text, `bigint` as a bigint, `numeric` as text. */
  readonly query: <Row extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    params?: ReadonlyArray<unknown>
  ) => Effect.Effect<{ readonly rows: ReadonlyArray<Row>; readonly rowCount: number }, DatabaseError.DatabaseError>
  /**
   * Runs an effect in a transaction. If it fails or is interrupted, the
   * connection is cut, so nothing of it stays, and the session is over.
   */
  readonly transaction: <A, E, R>(
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | DatabaseError.DatabaseError, R>
  /** Fails when the connection is lost, and never ends otherwise. */
  readonly lost: Effect.Effect<never, DatabaseError.DatabaseError>
}

const quoted = (table: Table): string =>
  typeof table === "string" ? pg.escapeIdentifier(table) : table.map((part) => pg.escapeIdentifier(part)).join(".")

const copyStatement = (table: Table, columns: ReadonlyArray<string>, format: "text" | "binary"): string =>
  `COPY ${quoted(table)} (${columns.map((column) => pg.escapeIdentifier(column)).join(", ")}) FROM STDIN (FORMAT ${format})`

/** Feeds blocks to the server, waiting when it is slower. A source that throws is a defect, told to the server first. */
const feed = (
  connection: DedicatedConnection.DedicatedConnection,
  statement: string,
  blocks: Iterable<string | Uint8Array>
): Effect.Effect<void, DatabaseError.DatabaseError> =>
  Effect.callback<void, DatabaseError.DatabaseError>((resume) => {
    const sink = CopyStreams.from(statement, { highWaterMark: WRITE_BUFFER_BYTES })
    let sourceFailure: Exit.Exit<never> | undefined
    sink.on("error", (cause) =>
      resume(sourceFailure ?? Effect.fail(DatabaseError.from(cause, { server: connection.server })))
    )
    sink.on("finish", () => resume(Effect.void))
    const iterator = blocks[Symbol.iterator]()
    const write = (): void => {
      try {
        for (;;) {
          const next = iterator.next()
          if (next.done === true) return void sink.end()
          if (next.value.length > 0 && !sink.write(next.value)) return void sink.once("drain", write)
        }
      } catch (defect) {
        sourceFailure = Exit.die(defect)
        sink.destroy(new Error("the source of the rows failed"))
      }
    }
    connection.client.query(sink)
    write()
    return Effect.andThen(
      Effect.sync(() => iterator.return?.()),
      connection.destroy
    )
  })

const make = (connection: DedicatedConnection.DedicatedConnection): Session => {
  const { client, destroy, lost, server } = connection
  let isReading = false
  let isInTransaction = false

  /** A statement sent behind an open `copyOut` would wait for ever for its own reader. */
  const exclusive = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() =>
      isReading ? Effect.die(new Error("this bulk session is reading: use a second one to write")) : effect
    )
  /** A statement against a connection that is already gone is never answered by the driver. */
  const orLost = <A>(effect: Effect.Effect<A, DatabaseError.DatabaseError>) => exclusive(Effect.raceFirst(effect, lost))

  const copyOut: Session["copyOut"] = (sql) =>
    Stream.unwrap(
      exclusive(
        Effect.sync(() => {
          isReading = true
          let isFinished = false
          const source = client.query(CopyStreams.to(`COPY (${sql}) TO STDOUT`, { highWaterMark: READ_BUFFER_BYTES }))
          // Both ends of the answer leave the connection usable; leaving in between does not.
          source.once("end", () => (isFinished = true)).once("error", () => (isFinished = true))
          return Stream.fromAsyncIterable(source as AsyncIterable<Buffer>, (cause) =>
            DatabaseError.from(cause, { server })
          ).pipe(
            Stream.ensuring(
              Effect.suspend(() => {
                isReading = false
                return isFinished ? Effect.void : destroy
              })
            )
          )
        })
      )
    )

  const query: Session["query"] = (sql, params) =>
    orLost(
      Effect.map(connection.query(sql, params), ({ rowCount, rows }) => ({ rows, rowCount: rowCount ?? 0 }))
    ) as never

  const begin = Effect.suspend(() => {
    if (isInTransaction) return Effect.die(new Error("this bulk session is already in a transaction"))
    isInTransaction = true
    return orLost(connection.query("BEGIN"))
  })

  const commit = Effect.flatMap(orLost(connection.query("COMMIT")), ({ command }) =>
    // The server answers ROLLBACK when a failed statement was swallowed inside.
    command === "COMMIT"
      ? Effect.void
      : Effect.fail(
          new DatabaseError.DatabaseError({
            reason: { _tag: "Other", sqlState: "25P02" },
            server,
            detail: "a statement of this transaction had failed, so it was rolled back"
          })
        )
  )

  return {
    copyOut,
    query,
    lost,
    copyIn: (table, columns, blocks, format = "text") =>
      orLost(
        feed(
          connection,
          copyStatement(table, columns, format),
          typeof blocks === "string" || blocks instanceof Uint8Array ? [blocks] : blocks
        )
      ),
    transaction: (effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.andThen(
          begin,
          Effect.andThen(restore(effect), (value) => Effect.as(commit, value))
        ).pipe(
          Effect.onExit((exit) => {
            isInTransaction = false
            return Exit.isSuccess(exit) ? Effect.void : destroy
          })
        )
      )
  }
}

/**
 * Opens a session that closes with the scope.
 *
 * **Errors**
 *
 * - `DatabaseError`: the server cannot be reached or refuses the login.
 *
 * @category constructors
 * @since 0.1.0
 */
export const session: Effect.Effect<Session, DatabaseError.DatabaseError, Database | Scope.Scope> = Effect.map(
  DedicatedConnection.make("reckoner-bulk"),
  make
)
