/**
 * The records of executions in `reckoner.execution_step`.
 *
 * Every write is one statement that also asks whether its lease still counts:
 * the same handover, the same process, and running.
 *
 * @since 0.1.0
 */
import { type ExecutionRecord, ExecutionRecorder, type StoreError, type Wait, waitsFor } from "@reckoner/core/ports"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { SqlClient, type Statement } from "effect/sql"
import { Database } from "../Database.ts"
import { failingRollback, orStoreError } from "../StoreErrors.ts"
import { heldBy } from "./lease.ts"
import {
  EXECUTION_COLUMNS,
  type ExecutionRow,
  json,
  STEP_COLUMNS,
  type StepRow,
  toExecution,
  toRecord
} from "./rows.ts"

/** The failure of an effect within a transaction, kept apart from that of the database. */
class OfEffect<E> extends Data.TaggedError("OfEffect")<{ readonly error: E }> {}

const isAny = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0

const earliest = (waits: ReadonlyArray<Wait>): string | null => {
  const instants = waits.flatMap((wait) => (wait.kind === "sleep" ? [wait.wakesAtMs] : []))
  return instants.length === 0 ? null : new Date(Math.min(...instants)).toISOString()
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const columns = sql.literal(EXECUTION_COLUMNS)
  const held = heldBy(sql)

  /** What has succeeded under a name, in whatever attempt, stays. */
  const isDone = (kind: ExecutionRecord["kind"], name: string) => sql`EXISTS (
    SELECT 1 FROM reckoner.execution_step s
    WHERE s.execution = execution.id AND s.kind = ${kind} AND s.name = ${name} AND s.state = 'succeeded')`

  /** Signals that were recorded, and sleeps that are over by the server's clock. */
  const comeAlready = (id: bigint, waits: ReadonlyArray<Wait>) => {
    const conditions: ReadonlyArray<Statement.Fragment> = waits.map((wait) =>
      wait.kind === "signal"
        ? sql`(kind = 'signal' AND name = ${wait.name})`
        : sql`(kind = 'sleep' AND name = ${wait.name}
            AND ${new Date(wait.wakesAtMs).toISOString()}::timestamptz <= clock_timestamp())`
    )
    return sql<Pick<StepRow, "kind" | "name" | "output">>`
      SELECT kind, name, output FROM reckoner.execution_step
      WHERE execution = ${id} AND state = 'succeeded' AND ${sql.or(conditions)}`
  }

  return ExecutionRecorder.of({
    begin: ({ handover, id, runner }) =>
      Effect.gen(function* () {
        const [row] = yield* sql<ExecutionRow & { readonly now_ms: number }>`
          UPDATE reckoner.execution SET runner = ${runner}, begins_in_vain = begins_in_vain + 1,
            started_at = coalesce(started_at, clock_timestamp()), progressed_at = clock_timestamp()
          WHERE id = ${BigInt(id)} AND handover = ${handover} AND state = 'running'
          RETURNING ${columns}, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`
        if (row === undefined) return Option.none()
        const records = yield* sql<StepRow>`
          SELECT ${sql.literal(STEP_COLUMNS)} FROM reckoner.execution_step
          WHERE execution = ${row.id} AND (state = 'succeeded' OR (state = 'failed' AND attempt = ${row.attempt}))`
        return Option.some({
          execution: toExecution(row),
          records: records.map(toRecord),
          nowMs: Math.floor(row.now_ms)
        })
      }).pipe(orFail),

    beginStep: (lease, name) =>
      sql`
        INSERT INTO reckoner.execution_step (execution, kind, name, attempt, state)
        SELECT id, 'step', ${name}, attempt, 'running' FROM reckoner.execution
        WHERE ${held(lease)} AND NOT ${isDone("step", name)}
        ON CONFLICT (execution, kind, name, attempt) DO UPDATE SET started_at = excluded.started_at, tries = 0
        WHERE execution_step.state = 'running'
        RETURNING 1 AS written`.pipe(Effect.map(isAny), orFail),

    record: (lease, { kind, name, state, tries, value }) =>
      sql`
        WITH held AS (
          UPDATE reckoner.execution SET progressed_at = clock_timestamp(), begins_in_vain = 0
          WHERE ${held(lease)} AND NOT ${isDone(kind, name)} RETURNING id, attempt)
        INSERT INTO reckoner.execution_step (execution, kind, name, attempt, state, tries, output, error, finished_at)
        SELECT id, ${kind}, ${name}, attempt, ${state}, ${tries},
          ${state === "succeeded" ? json(value) : null}::jsonb, ${state === "failed" ? json(value) : null}::jsonb,
          clock_timestamp()
        FROM held
        ON CONFLICT (execution, kind, name, attempt) DO UPDATE SET state = excluded.state, tries = excluded.tries,
          output = excluded.output, error = excluded.error, finished_at = excluded.finished_at
        WHERE execution_step.state = 'running'
        RETURNING 1 AS written`.pipe(Effect.map(isAny), orFail),

    wait: (lease, waits) =>
      Effect.gen(function* () {
        const id = BigInt(lease.id)
        const locked = yield* sql`SELECT 1 AS locked FROM reckoner.execution WHERE ${held(lease)} FOR NO KEY UPDATE`
        if (!isAny(locked)) return { isHeld: false, come: [] }
        const come = yield* comeAlready(id, waits)
        if (come.length > 0) {
          return { isHeld: true, come: come.map(({ kind, name, output }) => ({ kind, name, value: output })) }
        }
        yield* sql`
          UPDATE reckoner.execution SET state = 'waiting', waits_for = ${waitsFor(waits)},
            wakes_at = ${earliest(waits)}::timestamptz, progressed_at = clock_timestamp(), begins_in_vain = 0
          WHERE id = ${id}`
        return { isHeld: true, come: [] }
      }).pipe(sql.withTransaction, orFail),

    finish: (lease, end) =>
      sql`
        UPDATE reckoner.execution SET state = ${end.state},
          output = ${end.state === "succeeded" ? json(end.output) : null}::jsonb,
          error = ${end.state === "failed" ? json(end.error) : null}::jsonb,
          progressed_at = clock_timestamp(), finished_at = clock_timestamp()
        WHERE ${held(lease)} RETURNING 1 AS written`.pipe(Effect.map(isAny), orFail),

    transaction: <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreError, R> =>
      sql.withTransaction(Effect.mapError(effect, (error) => new OfEffect({ error }))).pipe(
        failingRollback,
        Effect.catch((failure): Effect.Effect<A, E | StoreError> =>
          failure._tag === "OfEffect" ? Effect.fail(failure.error) : orFail(Effect.fail(failure))
        )
      )
  })
})

/**
 * The port on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ExecutionRecorder, never, Database | SqlClient.SqlClient> = Layer.effect(
  ExecutionRecorder,
  make
)
