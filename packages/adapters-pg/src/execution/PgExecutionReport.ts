/**
 * Lists of executions for operators, and what becomes of old ones.
 *
 * @since 0.1.0
 */
import { type ExecutionState, ExecutionReport } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"
import * as EngineSql from "./EngineSql.ts"
import { EXECUTION_COLUMNS, type ExecutionRow, idOf, STEP_COLUMNS, type StepRow, toExecution, toStep } from "./rows.ts"

interface BacklogRow {
  readonly job: string
  readonly state: ExecutionState
  readonly n: number
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const columns = sql.literal(EXECUTION_COLUMNS)
  const olderThan = (ageMs: number) =>
    sql`finished_at < statement_timestamp() - ${ageMs}::float8 * interval '1 millisecond'`

  return ExecutionReport.of({
    list: ({ beforeId, job = null, limit, sinceMs, states = null }) => {
      const before = beforeId === undefined ? null : idOf(beforeId)
      const since = sinceMs === undefined ? null : new Date(sinceMs).toISOString()
      return sql<ExecutionRow>`
        SELECT ${columns} FROM reckoner.execution
        WHERE (${before}::bigint IS NULL OR id < ${before}) AND (${job}::text IS NULL OR job = ${job})
          AND (${since}::timestamptz IS NULL OR created_at >= ${since})
          AND (${states === null} OR ${states === null ? sql`false` : sql.in("state", states)})
        ORDER BY id DESC LIMIT ${limit}`.pipe(
        Effect.map((rows) => rows.map(toExecution)),
        orFail
      )
    },

    steps: (id) =>
      sql<StepRow>`
        SELECT ${sql.literal(STEP_COLUMNS)} FROM reckoner.execution_step WHERE execution = ${idOf(id)}
        ORDER BY started_at, attempt, kind, name`.pipe(
        Effect.map((rows) => rows.map(toStep)),
        orFail
      ),

    backlog: Effect.gen(function* () {
      const rows = yield* sql<BacklogRow>`
        SELECT job, state, count(*)::int AS n FROM reckoner.execution
        WHERE state IN ('pending', 'running', 'waiting', 'failed') GROUP BY job, state ORDER BY job, state`
      const [oldest] = yield* sql<{ readonly age_ms: number }>`
        SELECT (extract(epoch FROM clock_timestamp() - progressed_at) * 1000)::float8 AS age_ms
        FROM reckoner.execution WHERE state = 'pending' ORDER BY progressed_at LIMIT 1`
      return {
        counts: rows.map(({ job, n, state }) => ({ job, state, count: n })),
        oldestPendingMs: Math.max(0, Math.round(oldest?.age_ms ?? 0))
      }
    }).pipe(orFail),

    takeAlerts: (limit) =>
      sql<ExecutionRow>`
        UPDATE reckoner.execution SET alerted_at = clock_timestamp()
        WHERE id IN (
          SELECT id FROM reckoner.execution WHERE state = 'failed' AND alerted_at IS NULL
          ORDER BY id LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING ${columns}`.pipe(
        Effect.map((rows) => rows.map(toExecution)),
        orFail
      ),

    purge: ({ failedMs, finishedMs, forgetful, limit }) =>
      Effect.gen(function* () {
        const isForgetful = forgetful.length === 0 ? sql`false` : sql.in("job", forgetful)
        const old = yield* sql<{ readonly id: bigint; readonly forgets: boolean }>`
          SELECT id, ${isForgetful} AS forgets FROM reckoner.execution
          WHERE (state IN ('succeeded', 'cancelled') AND ${olderThan(finishedMs)})
            OR (state = 'failed' AND ${olderThan(failedMs)})
          LIMIT ${limit} FOR UPDATE SKIP LOCKED`
        // Locked rows stay as they are until the transaction ends: nobody retries them in between.
        const removed = old.flatMap(({ forgets, id }) => (forgets ? [id] : []))
        const emptied = old.flatMap(({ forgets, id }) => (forgets ? [] : [id]))
        if (removed.length > 0) yield* sql`DELETE FROM reckoner.execution WHERE ${sql.in("id", removed)}`
        if (emptied.length > 0) {
          yield* sql`DELETE FROM reckoner.execution_step WHERE ${sql.in("execution", emptied)}`
          yield* sql`
            UPDATE reckoner.execution
            SET state = 'purged', input = 'null', output = NULL, error = NULL, progress = NULL
            WHERE ${sql.in("id", emptied)}`
        }
        yield* EngineSql.purge(sql, limit)
        return { emptied: emptied.length, removed: removed.length }
      }).pipe(sql.withTransaction, orFail)
  })
})

/**
 * The port on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ExecutionReport, never, Database | SqlClient.SqlClient> = Layer.effect(
  ExecutionReport,
  make
)
