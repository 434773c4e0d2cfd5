/**
 * One run of a job at a time, over all processes on one database.
 *
 * The lock is an advisory lock of a session, on a connection of its own and
 * outside any transaction: it costs nothing while it is held, and a process
 * that dies gives it back. A run that loses the connection has lost the lock,
 * so it is stopped.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { Database } from "./Database.ts"
import * as DatabaseError from "./DatabaseError.ts"
import * as DedicatedConnection from "./DedicatedConnection.ts"

const POLL_INTERVAL_MS = 200
const HEARTBEAT_INTERVAL_MS = 5_000
const HEARTBEAT_TIMEOUT_MS = 10_000

/**
 * Another run holds the lock, and still did at the end of the wait.
 *
 * @category errors
 * @since 0.1.0
 */
export class LockBusy extends Data.TaggedError("LockBusy")<{ readonly name: string }> {
  override get message(): string {
    return `another run of ${this.name} is going on: wait for it to end, then try again`
  }
}

/**
 * How long to wait for the lock, and what to do once when it has to be waited for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<R = never> {
  readonly waitMs: number
  readonly onWait?: Effect.Effect<void, never, R>
}

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
 * Runs an effect while this process alone holds the lock of that name.
 *
 * **Units**
 *
 * `waitMs` is in milliseconds; 0 tries once.
 *
 * **Errors**
 *
 * - `LockBusy`: another run held the lock for all of the wait.
 * - `DatabaseError`: the server cannot be reached; with `ConnectionLost`, the
 *   connection went while the effect ran, and the effect was interrupted.
 *
 * @category constructors
 * @since 0.1.0
 */
export const exclusively = <A, E, R, R2 = never>(
  name: string,
  { onWait = Effect.void, waitMs }: Options<R2>,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | LockBusy | DatabaseError.DatabaseError, R | R2 | Database> =>
  Effect.scopedWith((scope) =>
    Effect.gen(function* () {
      const connection = yield* Effect.provideService(DedicatedConnection.make("reckoner-lock"), Scope.Scope, scope)
      const tryLock = Effect.map(
        connection.query<{ readonly held: boolean }>(TRY_LOCK, [name]),
        ({ rows }) => rows[0]?.held === true
      )
      let isHeld = yield* tryLock
      if (!isHeld && waitMs > 0) yield* onWait
      for (let waitedMs = 0; !isHeld; waitedMs += POLL_INTERVAL_MS) {
        if (waitedMs >= waitMs) return yield* new LockBusy({ name })
        yield* Effect.sleep(Math.min(POLL_INTERVAL_MS, waitMs - waitedMs))
        isHeld = yield* tryLock
      }
      return yield* Effect.raceAllFirst([effect, connection.lost, heartbeat(connection)]).pipe(
        // Closing the connection frees the lock as well, only a little later than the caller may think.
        Effect.ensuring(Effect.ignore(Effect.timeout(connection.query(UNLOCK, [name]), HEARTBEAT_TIMEOUT_MS)))
      )
    })
  )
