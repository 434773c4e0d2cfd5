/**
 * Executions in `reckoner.execution` and `reckoner.execution_step`.
 *
 * Every write of a run is one statement that also asks whether its lease still
 * counts: the same handover, the same process, and not finished.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"
import { ExecutionStore, type Lease, type Row, type StepRecord, waitsFor } from "./ExecutionStore.ts"

interface ExecutionRow {
  readonly id: bigint
  readonly job: string
  readonly business_key: string
  readonly input: unknown
  readonly state: Row["state"]
  readonly attempt: number
  readonly handover: number
  readonly waits_for: string | null
  readonly output: unknown
  readonly error: unknown
}

interface StepRow {
  readonly kind: StepRecord["kind"]
  readonly name: string
  readonly state: StepRecord["state"]
  readonly tries: number
  readonly output: unknown
  readonly error: unknown
}

const COLUMNS = "id, job, business_key, input, state, attempt, handover, waits_for, output, error"

const toRow = (row: ExecutionRow): Row => ({
  id: String(row.id),
  job: row.job,
  businessKey: row.business_key,
  input: row.input,
  state: row.state,
  attempt: row.attempt,
  handover: row.handover,
  waitsFor: row.waits_for ?? undefined,
  output: row.output,
  error: row.error
})

const toRecord = ({ error, kind, name, output, state, tries }: StepRow): StepRecord => ({
  kind,
  name,
  state,
  tries,
  value: state === "failed" ? error : output
})

/** A value without content is JSON's null. */
const json = (value: unknown): string => JSON.stringify(value ?? null)

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const columns = sql.literal(COLUMNS)
  const held = ({ handover, id, runner }: Lease) =>
    sql`id = ${BigInt(id)} AND handover = ${handover} AND runner = ${runner} AND state IN ('running', 'waiting')`
  const first = (rows: ReadonlyArray<ExecutionRow>): Option.Option<Row> =>
    Option.map(Option.fromUndefinedOr(rows[0]), toRow)
  const isAny = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0

  const find: ExecutionStore["Service"]["find"] = ({ businessKey, job }) =>
    sql<ExecutionRow>`
      SELECT ${columns} FROM reckoner.execution WHERE job = ${job} AND business_key = ${businessKey}`.pipe(
      Effect.map(first),
      orFail
    )

  const writeRecord = (lease: Lease, { kind, name, state, tries, value }: StepRecord) => sql`
    WITH held AS (
      UPDATE reckoner.execution SET progressed_at = clock_timestamp() WHERE ${held(lease)} RETURNING id, attempt)
    INSERT INTO reckoner.execution_step (execution, kind, name, attempt, state, tries, output, error, finished_at)
    SELECT id, ${kind}, ${name}, attempt, ${state}, ${tries},
      ${state === "succeeded" ? json(value) : null}::jsonb, ${state === "failed" ? json(value) : null}::jsonb,
      clock_timestamp()
    FROM held
    ON CONFLICT (execution, kind, name, attempt) DO UPDATE SET state = excluded.state, tries = excluded.tries,
      output = excluded.output, error = excluded.error, finished_at = excluded.finished_at
    WHERE execution_step.state = 'running'
    RETURNING 1 AS written`

  return ExecutionStore.of({
    find,

    create: (key, input) =>
      Effect.gen(function* () {
        // A row that another start inserted, but had not committed when this statement began, is seen by a second one.
        for (;;) {
          const [made] = yield* sql<{ readonly id: bigint }>`
            INSERT INTO reckoner.execution (job, business_key, input)
            VALUES (${key.job}, ${key.businessKey}, ${json(input)}::jsonb)
            ON CONFLICT (job, business_key) DO NOTHING RETURNING id`
          if (made !== undefined) return { id: String(made.id), isNew: true }
          const [found] = yield* sql<{ readonly id: bigint }>`
            SELECT id FROM reckoner.execution WHERE job = ${key.job} AND business_key = ${key.businessKey}`
          if (found !== undefined) return { id: String(found.id), isNew: false }
        }
      }).pipe(orFail),

    signal: ({ businessKey, job }, name, value) =>
      Effect.gen(function* () {
        const [row] = yield* sql<ExecutionRow>`
          SELECT ${columns} FROM reckoner.execution
          WHERE job = ${job} AND business_key = ${businessKey} FOR NO KEY UPDATE`
        if (row === undefined) return Option.none()
        if (row.state === "succeeded" || row.state === "failed" || row.state === "cancelled") {
          return Option.some({ row: toRow(row), isFirst: false })
        }
        const written = yield* sql`
          INSERT INTO reckoner.execution_step (execution, kind, name, attempt, state, output, finished_at)
          VALUES (${row.id}, 'signal', ${name}, ${row.attempt}, 'succeeded', ${json(value)}::jsonb, clock_timestamp())
          ON CONFLICT (execution, kind, name) WHERE state = 'succeeded' DO NOTHING RETURNING 1 AS written`
        // Should the wake-up get lost, the sweeper finds it by this.
        yield* sql`
          UPDATE reckoner.execution SET wakes_at = clock_timestamp()
          WHERE id = ${row.id} AND state = 'waiting' AND waits_for = ${waitsFor({ kind: "signal", name })}`
        return Option.some({ row: toRow(row), isFirst: isAny(written) })
      }).pipe(sql.withTransaction, orFail),

    cancel: (key) =>
      sql`
        UPDATE reckoner.execution SET state = 'cancelled', finished_at = clock_timestamp(), waits_for = NULL,
          wakes_at = NULL
        WHERE job = ${key.job} AND business_key = ${key.businessKey}
          AND state IN ('pending', 'running', 'waiting')`.pipe(orFail, Effect.andThen(find(key))),

    retry: (key) =>
      sql`
        UPDATE reckoner.execution SET state = 'pending', attempt = attempt + 1, handover = handover + 1, error = NULL,
          finished_at = NULL, admitted_by = NULL, runner = NULL, progressed_at = clock_timestamp()
        WHERE job = ${key.job} AND business_key = ${key.businessKey} AND state IN ('failed', 'cancelled')`.pipe(
        orFail,
        Effect.andThen(find(key))
      ),

    claim: ({ jobs, residentMax, runner }) =>
      jobs.length === 0
        ? Effect.succeed([])
        : sql<{ readonly id: bigint; readonly handover: number }>`
            WITH next AS (
              SELECT id FROM reckoner.execution WHERE state = 'pending' AND ${sql.in("job", jobs)}
              ORDER BY created_at, id
              LIMIT greatest(0, ${residentMax}::int - (
                SELECT count(*) FROM reckoner.execution WHERE state = 'running' AND admitted_by = ${runner}))
              FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE reckoner.execution e
            SET state = 'running', admitted_by = ${runner}, runner = NULL, progressed_at = clock_timestamp()
            FROM next WHERE e.id = next.id
            RETURNING e.id, e.handover`.pipe(
            Effect.map((rows) => rows.map(({ handover, id }) => ({ id: String(id), handover }))),
            orFail
          ),

    begin: ({ handover, id, runner }) =>
      Effect.gen(function* () {
        const [row] = yield* sql<ExecutionRow>`
          UPDATE reckoner.execution SET state = 'running', runner = ${runner}, waits_for = NULL, wakes_at = NULL,
            started_at = coalesce(started_at, clock_timestamp()), progressed_at = clock_timestamp()
          WHERE id = ${BigInt(id)} AND handover = ${handover} AND state IN ('running', 'waiting')
          RETURNING ${columns}`
        if (row === undefined) return Option.none()
        const records = yield* sql<StepRow>`
          SELECT kind, name, state, tries, output, error FROM reckoner.execution_step
          WHERE execution = ${row.id} AND (state = 'succeeded' OR (state = 'failed' AND attempt = ${row.attempt}))`
        return Option.some({ row: toRow(row), records: records.map(toRecord) })
      }).pipe(orFail),

    beginStep: (lease, name) =>
      sql`
        INSERT INTO reckoner.execution_step (execution, kind, name, attempt, state)
        SELECT id, 'step', ${name}, attempt, 'running' FROM reckoner.execution WHERE ${held(lease)}
        ON CONFLICT (execution, kind, name, attempt) DO UPDATE SET started_at = excluded.started_at, tries = 0
        WHERE execution_step.state = 'running'
        RETURNING 1 AS written`.pipe(Effect.map(isAny), orFail),

    record: (lease, record) => writeRecord(lease, record).pipe(Effect.map(isAny), orFail),

    wait: (lease, wait) =>
      Effect.gen(function* () {
        const wakesAt = wait.kind === "sleep" ? new Date(wait.wakesAtMs).toISOString() : null
        const written = yield* sql`
          UPDATE reckoner.execution SET state = 'waiting', waits_for = ${waitsFor(wait)},
            wakes_at = ${wakesAt}::timestamptz, progressed_at = clock_timestamp()
          WHERE ${held(lease)} RETURNING 1 AS written`
        if (!isAny(written)) return { isHeld: false, come: Option.none() }
        if (wait.kind === "sleep") return { isHeld: true, come: Option.none() }
        const [come] = yield* sql<StepRow>`
          SELECT kind, name, state, tries, output, error FROM reckoner.execution_step
          WHERE execution = ${BigInt(lease.id)} AND kind = 'signal' AND name = ${wait.name} AND state = 'succeeded'`
        if (come === undefined) return { isHeld: true, come: Option.none() }
        yield* sql`
          UPDATE reckoner.execution SET state = 'running', waits_for = NULL WHERE id = ${BigInt(lease.id)}`
        return { isHeld: true, come: Option.some(toRecord(come)) }
      }).pipe(sql.withTransaction, orFail),

    finish: (lease, end) =>
      sql`
        UPDATE reckoner.execution SET state = ${end.state}, waits_for = NULL, wakes_at = NULL,
          output = ${end.state === "succeeded" ? json(end.output) : null}::jsonb,
          error = ${end.state === "failed" ? json(end.error) : null}::jsonb,
          progressed_at = clock_timestamp(), finished_at = clock_timestamp()
        WHERE ${held(lease)} RETURNING 1 AS written`.pipe(Effect.map(isAny), orFail),

    touch: (leases) =>
      leases.length === 0
        ? Effect.succeed(new Set())
        : sql<{ readonly id: bigint }>`
            UPDATE reckoner.execution e SET progressed_at = clock_timestamp()
            FROM jsonb_to_recordset(${JSON.stringify(leases)}::jsonb) AS l (id bigint, handover int, runner text)
            WHERE e.id = l.id AND e.handover = l.handover AND e.runner = l.runner AND e.state IN ('running', 'waiting')
            RETURNING e.id`.pipe(
            Effect.map((rows) => new Set(rows.map(({ id }) => String(id)))),
            orFail
          ),

    sweep: ({ overdueMs, stalledMs }) =>
      sql`
        UPDATE reckoner.execution SET state = 'pending', handover = handover + 1, admitted_by = NULL, runner = NULL,
          waits_for = NULL, wakes_at = NULL, progressed_at = clock_timestamp()
        WHERE (state = 'running' AND progressed_at < clock_timestamp() - ${stalledMs}::int * interval '1 millisecond')
          OR (state = 'waiting' AND wakes_at < clock_timestamp() - ${overdueMs}::int * interval '1 millisecond')
        RETURNING 1 AS swept`.pipe(
        Effect.map((rows) => rows.length),
        orFail
      )
  })
})

/**
 * The store on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ExecutionStore, never, Database | SqlClient.SqlClient> = Layer.effect(
  ExecutionStore,
  make
)
