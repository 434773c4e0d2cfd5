/**
 * Limits of external systems in `reckoner.rate_limit` and
 * `reckoner.rate_limit_slot`.
 *
 * Each method is one statement, and commits at once, even within a transaction
 * of the caller: others could neither see what it took nor take anything
 * themselves until that transaction ended.
 *
 * @since 0.1.0
 */
import { RateLimiter } from "@reckoner/core/ports"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient, type SqlError } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const milliseconds = (count: number) => sql`(${count}::float8 * interval '1 millisecond')`
  const commitNow = <A>(statement: Effect.Effect<A, SqlError.SqlError>) =>
    Effect.updateContext(statement, (context: Context.Context<never>) => Context.omit(sql.transactionService)(context))
  const isAny = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0

  return RateLimiter.of({
    // A clock that was set back would put everybody off until it has caught up: the place is set back as far.
    reserve: (system, intervalMs) =>
      sql<{ readonly wait_ms: number }>`
        INSERT INTO reckoner.rate_limit AS held (system, place_at, asked_at)
        VALUES (${system}, clock_timestamp(), clock_timestamp())
        ON CONFLICT (system) DO UPDATE SET
          place_at = greatest(clock_timestamp(), held.place_at + ${milliseconds(intervalMs)}
            - greatest(interval '0', held.asked_at - clock_timestamp())),
          asked_at = clock_timestamp()
        RETURNING ceil(extract(epoch FROM place_at - asked_at) * 1000)::float8 AS wait_ms`.pipe(
        commitNow,
        Effect.map(([row]) => ({ waitMs: row!.wait_ms })),
        orFail
      ),

    // What it counts may be out of date; that a number belongs to one holder is decided by the primary key.
    enter: ({ holder, system }, { inFlightMax, leaseMs }) =>
      sql`
        INSERT INTO reckoner.rate_limit_slot AS held (system, number, holder, entered_at, expires_at)
        SELECT ${system}, number, ${holder}, clock_timestamp(), clock_timestamp() + ${milliseconds(leaseMs)}
        FROM generate_series(1, ${inFlightMax}::int) AS number
        WHERE number NOT IN (
            SELECT number FROM reckoner.rate_limit_slot WHERE system = ${system} AND expires_at > clock_timestamp())
          AND ${inFlightMax}::int > (
            SELECT count(*) FROM reckoner.rate_limit_slot WHERE system = ${system} AND expires_at > clock_timestamp())
        ORDER BY random() LIMIT 1
        ON CONFLICT (system, number) DO UPDATE
        SET holder = excluded.holder, entered_at = excluded.entered_at, expires_at = excluded.expires_at
        WHERE held.expires_at <= clock_timestamp()
        RETURNING 1 AS entered`.pipe(commitNow, Effect.map(isAny), orFail),

    renew: ({ holder, system }, leaseMs) =>
      sql`
        UPDATE reckoner.rate_limit_slot SET expires_at = clock_timestamp() + ${milliseconds(leaseMs)}
        WHERE system = ${system} AND holder = ${holder} RETURNING 1 AS renewed`.pipe(
        commitNow,
        Effect.map(isAny),
        orFail
      ),

    leave: ({ holder, system }) =>
      sql`DELETE FROM reckoner.rate_limit_slot WHERE system = ${system} AND holder = ${holder}`.pipe(
        commitNow,
        Effect.asVoid,
        orFail
      )
  })
})

/**
 * The limiter on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<RateLimiter, never, Database | SqlClient.SqlClient> = Layer.effect(RateLimiter, make)
