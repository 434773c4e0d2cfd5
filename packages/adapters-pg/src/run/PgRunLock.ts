/**
 * The run lock of the core on PostgreSQL: one run of a job at a time, over all
 * processes on one database.
 *
 * The lock is an advisory lock of a session, on a connection of its own and
 * outside any transaction: it costs nothing while it is held, and a process
 * that dies gives it back. A run that loses the connection has lost the lock,
 * so it is stopped.
 *
 * @since 0.1.0
 */
import { RunLock, RunLockBusy } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { Database } from "../Database.ts"
import * as DatabaseError from "../DatabaseError.ts"
import * as DedicatedConnection from "../DedicatedConnection.ts"
import { storeError } from "../StoreErrors.ts"

const POLL_INTERVAL_MS = 200
const HEARTBEAT_INTERVAL_MS = 5_000
const HEARTBEAT_TIMEOUT_MS = 10_000

const TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('reckoner:' || $1, 0)) AS held"
const UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('reckoner:' || $1, 0))"

/** A network that fell silent gives no sign of a lost connection: ask now and then. */
const heartbeat = (
  connection: DedicatedConnection.DedicatedConnection
): Effect.Effect<never, DatabaseError.DatabaseError> =>
  connection.query("SELECT 1").pipe(
    Effect.timeout(HEARTBEAT_TIMEOUT_MS),
    Effect.catchTag("TimeoutError", () =>
      Effect.fail(new DatabaseError.DatabaseError({ reason: { _tag: "ConnectionLost" }, server: connection.server }))
    ),
    Effect.delay(HEARTBEAT_INTERVAL_MS),
    Effect.forever
  )

/**
 * The lock of a database that is at hand.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (database: Database["Service"]): RunLock["Service"] => {
  const orFail = <A>(effect: Effect.Effect<A, DatabaseError.DatabaseError>) => Effect.mapError(effect, storeError)
  return RunLock.of({
    exclusively: (name, { onWait, waitMs }, effect) =>
      Effect.scopedWith((scope) =>
        Effect.gen(function* () {
          const connection = yield* DedicatedConnection.make("reckoner-lock").pipe(
            Effect.provideService(Scope.Scope, scope),
            Effect.provideService(Database, database),
            orFail
          )
          const tryLock = connection.query<{ readonly held: boolean }>(TRY_LOCK, [name]).pipe(
            Effect.map(({ rows }) => rows[0]?.held === true),
            orFail
          )
          let isHeld = yield* tryLock
          if (!isHeld && waitMs > 0) yield* onWait
          for (let waitedMs = 0; !isHeld; waitedMs += POLL_INTERVAL_MS) {
            if (waitedMs >= waitMs) return yield* new RunLockBusy({ name, waitedMs: waitMs })
            yield* Effect.sleep(Math.min(POLL_INTERVAL_MS, waitMs - waitedMs))
            isHeld = yield* tryLock
          }
          const lost = orFail(Effect.raceFirst(connection.lost, heartbeat(connection)))
          return yield* Effect.raceFirst(effect, lost).pipe(
            // Closing the connection frees the lock as well, only a little later than the caller may think.
            Effect.ensuring(Effect.ignore(Effect.timeout(connection.query(UNLOCK, [name]), HEARTBEAT_TIMEOUT_MS)))
          )
        })
      )
  })
}

/**
 * The lock on the database.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<RunLock, never, Database> = Layer.effect(RunLock, Effect.map(Database, make))
