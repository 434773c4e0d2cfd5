/**
 * Starting, finding and steering executions in `reckoner.execution`.
 *
 * @since 0.1.0
 */
import { ExecutionStore, isOpenExecution, type Steered } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"
import { EXECUTION_COLUMNS, type ExecutionRow, idOf, json, toExecution } from "./rows.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const columns = sql.literal(EXECUTION_COLUMNS)
  const first = (rows: ReadonlyArray<ExecutionRow>) => Option.map(Option.fromUndefinedOr(rows[0]), toExecution)

  const byId = (id: string) =>
    Effect.map(sql<ExecutionRow>`SELECT ${columns} FROM reckoner.execution WHERE id = ${idOf(id)}`, first)

  /** What an update gave back; where it found nothing to change, the execution as it is. */
  const steered = (id: string, rows: ReadonlyArray<ExecutionRow>) =>
    Option.match(first(rows), {
      onSome: (execution) => Effect.succeed(Option.some<Steered>({ execution, isChanged: true })),
      onNone: () =>
        Effect.map(
          byId(id),
          Option.map((execution): Steered => ({ execution, isChanged: false }))
        )
    })

  return ExecutionStore.of({
    create: (key, input, { runner } = {}) =>
      Effect.gen(function* () {
        const state = runner === undefined ? "pending" : "running"
        // A row that another start inserted, but had not committed when this statement began, is seen by a second one.
        for (;;) {
          const [made] = yield* sql<{ readonly id: bigint }>`
            INSERT INTO reckoner.execution (job, business_key, input, state, admitted_by)
            VALUES (${key.job}, ${key.businessKey}, ${json(input)}::jsonb, ${state}, ${runner ?? null})
            ON CONFLICT (job, business_key) DO NOTHING RETURNING id`
          if (made !== undefined) return { id: String(made.id), isNew: true }
          const [found] = yield* sql<{ readonly id: bigint }>`
            SELECT id FROM reckoner.execution WHERE job = ${key.job} AND business_key = ${key.businessKey}`
          if (found !== undefined) return { id: String(found.id), isNew: false }
        }
      }).pipe(orFail),

    find: ({ businessKey, job }) =>
      sql<ExecutionRow>`
        SELECT ${columns} FROM reckoner.execution WHERE job = ${job} AND business_key = ${businessKey}`.pipe(
        Effect.map(first),
        orFail
      ),

    get: (id) => orFail(byId(id)),

    signal: (id, name, value) =>
      Effect.gen(function* () {
        const [row] = yield* sql<ExecutionRow>`
          SELECT ${columns} FROM reckoner.execution WHERE id = ${idOf(id)} FOR NO KEY UPDATE`
        if (row === undefined) return Option.none()
        if (!isOpenExecution(row.state)) return Option.some({ execution: toExecution(row), isChanged: false })
        const written = yield* sql`
          INSERT INTO reckoner.execution_step (execution, kind, name, attempt, state, output, finished_at)
          VALUES (${row.id}, 'signal', ${name}, ${row.attempt}, 'succeeded', ${json(value)}::jsonb, clock_timestamp())
          ON CONFLICT (execution, kind, name) WHERE state = 'succeeded' DO NOTHING RETURNING 1 AS written`
        if (written.length === 0) return Option.some({ execution: toExecution(row), isChanged: false })
        const woken = yield* sql<ExecutionRow>`
          UPDATE reckoner.execution SET state = 'pending', handover = handover + 1, waits_for = NULL, wakes_at = NULL,
            progressed_at = clock_timestamp()
          WHERE id = ${row.id} AND state = 'waiting' RETURNING ${columns}`
        return Option.some({ execution: toExecution(woken[0] ?? row), isChanged: true })
      }).pipe(sql.withTransaction, orFail),

    cancel: (id) =>
      sql<ExecutionRow>`
        UPDATE reckoner.execution SET state = 'cancelled', finished_at = clock_timestamp(), waits_for = NULL,
          wakes_at = NULL
        WHERE id = ${idOf(id)} AND state IN ('pending', 'running', 'waiting') RETURNING ${columns}`.pipe(
        Effect.flatMap((rows) => steered(id, rows)),
        orFail
      ),

    retry: (id) =>
      sql<ExecutionRow>`
        UPDATE reckoner.execution SET state = 'pending', attempt = attempt + 1, handover = handover + 1, error = NULL,
          begins_in_vain = 0, finished_at = NULL, admitted_by = NULL, runner = NULL, alerted_at = NULL,
          progressed_at = clock_timestamp()
        WHERE id = ${idOf(id)} AND state IN ('failed', 'cancelled') RETURNING ${columns}`.pipe(
        Effect.flatMap((rows) => steered(id, rows)),
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
export const layer: Layer.Layer<ExecutionStore, never, Database | SqlClient.SqlClient> = Layer.effect(
  ExecutionStore,
  make
)
