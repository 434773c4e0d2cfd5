/**
 * Who runs which execution, in `reckoner.execution`.
 *
 * Rows are looked up by `statement_timestamp()`: with `clock_timestamp()`, which may change from row to row, no index
 * would serve.
 *
 * @since 0.1.0
 */
import { ExecutionQueue } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"
import { heldBy } from "./lease.ts"

interface ClaimRow {
  readonly id: bigint
  readonly handover: number
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const held = heldBy(sql)

  return ExecutionQueue.of({
    claim: ({ jobs, residentMax, runner }) =>
      jobs.length === 0
        ? Effect.succeed([])
        : sql<ClaimRow>`
            WITH room AS (
              SELECT greatest(0, ${residentMax}::int - count(*)::int) AS n
              FROM reckoner.execution WHERE state = 'running' AND admitted_by = ${runner}),
            resumed AS (
              SELECT id FROM reckoner.execution
              WHERE state = 'pending' AND started_at IS NOT NULL AND ${sql.in("job", jobs)}
              ORDER BY created_at, id LIMIT (SELECT n FROM room) FOR NO KEY UPDATE SKIP LOCKED),
            woken AS (
              SELECT id FROM reckoner.execution
              WHERE state = 'waiting' AND wakes_at <= statement_timestamp() AND ${sql.in("job", jobs)}
              ORDER BY wakes_at LIMIT (SELECT n FROM room) - (SELECT count(*) FROM resumed)
              FOR NO KEY UPDATE SKIP LOCKED),
            fresh AS (
              SELECT id FROM reckoner.execution
              WHERE state = 'pending' AND started_at IS NULL AND ${sql.in("job", jobs)}
              ORDER BY created_at, id
              LIMIT (SELECT n FROM room) - (SELECT count(*) FROM resumed) - (SELECT count(*) FROM woken)
              FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE reckoner.execution e
            SET state = 'running', admitted_by = ${runner}, runner = NULL, waits_for = NULL, wakes_at = NULL,
              handover = handover + CASE WHEN e.state = 'waiting' THEN 1 ELSE 0 END, progressed_at = clock_timestamp()
            FROM (SELECT id FROM resumed UNION ALL SELECT id FROM woken UNION ALL SELECT id FROM fresh) next
            WHERE e.id = next.id
            RETURNING e.id, e.handover`.pipe(
            Effect.map((rows) => rows.map(({ handover, id }) => ({ id: String(id), handover }))),
            orFail
          ),

    release: (lease) =>
      sql`
        UPDATE reckoner.execution SET state = 'pending', handover = handover + 1, admitted_by = NULL, runner = NULL,
          begins_in_vain = greatest(0, begins_in_vain - 1), progressed_at = clock_timestamp()
        WHERE ${held(lease)}`.pipe(Effect.asVoid, orFail),

    touch: (runs) => {
      if (runs.length === 0) return Effect.succeed(new Set())
      const given = runs.map(({ lease, progress }) => ({ ...lease, progress: progress ?? null }))
      return sql<{ readonly id: bigint }>`
        UPDATE reckoner.execution e
        SET progressed_at = clock_timestamp(), progress = coalesce(nullif(given.progress, 'null'), e.progress)
        FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
          AS given (id bigint, handover int, runner text, progress jsonb)
        WHERE e.id = given.id AND e.handover = given.handover AND e.runner = given.runner AND e.state = 'running'
        RETURNING e.id`.pipe(
        Effect.map((rows) => new Set(rows.map(({ id }) => String(id)))),
        orFail
      )
    },

    sweep: ({ stalledMs }) =>
      sql`
        UPDATE reckoner.execution SET state = 'pending', handover = handover + 1, admitted_by = NULL, runner = NULL,
          progressed_at = clock_timestamp()
        WHERE id IN (
          SELECT id FROM reckoner.execution
          WHERE state = 'running' AND progressed_at < statement_timestamp() - ${stalledMs}::int * interval '1 millisecond'
          FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING 1 AS swept`.pipe(
        Effect.map((rows) => rows.length),
        orFail
      )
  })
})

/**
 * The port on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ExecutionQueue, never, Database | SqlClient.SqlClient> = Layer.effect(
  ExecutionQueue,
  make
)
