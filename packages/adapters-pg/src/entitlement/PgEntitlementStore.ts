/**
 * Invoices and entitlements on PostgreSQL: one streaming read in the order of
 * the invoices, and one transaction per batch of answers.
 *
 * @since 0.1.0
 */
import { BillOfMaterials } from "@reckoner/core"
import {
  BATCHES_AT_ONCE_MAX,
  type EntitlementBatch,
  type EntitlementRecorder,
  EntitlementStore,
  type InvoiceScope,
  type RunId,
  type StoreError
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql"
import * as Stream from "effect/Stream"
import * as Bulk from "../Bulk.ts"
import { Database } from "../Database.ts"
import * as DatabaseError from "../DatabaseError.ts"
import { orStoreError, storeError } from "../StoreErrors.ts"
import * as rows from "./rows.ts"

const CONFLICT_ATTEMPTS_MAX = 5

// The planner may sort and hash in memory, and need not compile what runs once.
const READ_SETTINGS = ["SET work_mem = '64MB'", "SET jit = off"]

const inScope = ({ departmentIds, fromDate }: InvoiceScope): string =>
  `d.oj = ANY ('{${departmentIds.map(Number).join(",")}}'::int4[])` +
  (fromDate === undefined ? "" : ` AND d.dat >= '${fromDate}'::date`) +
  // NOT EXISTS is planned as an anti-join; LEFT JOIN … IS NULL would be nested loops.
  " AND NOT EXISTS (SELECT 1 FROM gym.gym_quota q WHERE q.dok = d.id)"

const pendingSql = (scope: InvoiceScope): string => `
  SELECT ${rows.PENDING_COLUMNS}
  FROM gym.dok d
  JOIN gym.dok_items i ON i.dok = d.id
  LEFT JOIN gym.osn_zad z ON z.clan = d.clan AND z.item = i.item
  WHERE ${inScope(scope)}
  ORDER BY d.id, i.id`

// An id for each entitlement, and which of the invoices somebody else has completed since they were read.
const RESERVE_SQL = `
  SELECT
    (SELECT string_agg(nextval(pg_get_serial_sequence('gym.gym_quota', 'id'))::text, ',')
     FROM generate_series(1, $1::int4)) AS ids,
    (SELECT array_agg(DISTINCT dok::text) FROM gym.gym_quota WHERE dok = ANY ($2::bigint[])) AS done`

const STAGE_SQL = [
  `CREATE TEMP TABLE IF NOT EXISTS stage_finding (
     invoice_id bigint, line_id bigint, kind text, detail jsonb) ON COMMIT DELETE ROWS`,
  `CREATE TEMP TABLE IF NOT EXISTS stage_hold (invoice_id bigint, reasons jsonb) ON COMMIT DELETE ROWS`
]

const MERGE_FINDINGS_SQL = `
  INSERT INTO reckoner.finding (job, subject, line_id, kind, detail, first_run)
  SELECT run.job, invoice_id::text, line_id, kind, detail, run.id FROM pg_temp.stage_finding
  CROSS JOIN reckoner.run WHERE run.id = $1::bigint
  ON CONFLICT (job, subject, line_id, kind) DO UPDATE SET detail = excluded.detail
  WHERE finding.detail IS DISTINCT FROM excluded.detail`

const MERGE_HOLDS_SQL = `
  INSERT INTO reckoner.held_invoice AS held (invoice_id, reasons, first_run, last_run)
  SELECT invoice_id, reasons, $1::bigint, $1::bigint FROM pg_temp.stage_hold
  ON CONFLICT (invoice_id) DO UPDATE SET reasons = excluded.reasons, last_run = excluded.last_run, released_run = NULL`

const RELEASE_HOLDS_SQL = `
  UPDATE reckoner.held_invoice held SET released_run = $1::bigint
  WHERE released_run IS NULL AND EXISTS (SELECT 1 FROM gym.gym_quota q WHERE q.dok = held.invoice_id)`

/** A connection to write with; a failed transaction ends it, and another takes its place. */
interface Writer {
  readonly session: Bulk.Session
  readonly close: Effect.Effect<void>
}

const openWriter = (
  scope: Scope.Scope,
  database: Database["Service"]
): Effect.Effect<Writer, DatabaseError.DatabaseError> =>
  Effect.gen(function* () {
    const connection = yield* Scope.fork(scope)
    const session = yield* Bulk.session.pipe(
      Effect.provideService(Scope.Scope, connection),
      Effect.provideService(Database, database)
    )
    for (const statement of STAGE_SQL) yield* session.query(statement)
    return { session, close: Scope.close(connection, Exit.void) }
  })

interface Reserved {
  readonly ids: string
  readonly done: ReadonlyArray<string> | null
}

/** Writes the entitlements of a batch, but for invoices that are done by now: those stay as they are, whole. */
const writeEntitlements = Effect.fnUntraced(function* (
  session: Bulk.Session,
  entitlements: EntitlementBatch["entitlements"]
) {
  const invoiceIds = new Set(entitlements.map((one) => String(one.invoiceId)))
  const found = yield* session.query<Reserved>(RESERVE_SQL, [entitlements.length, [...invoiceIds]])
  const { done, ids } = found.rows[0]!
  const isDone = new Set(done)
  const open = isDone.size === 0 ? entitlements : entitlements.filter((one) => !isDone.has(String(one.invoiceId)))
  const { itemCount, items, quotas } = rows.quotaText(open, ids.split(","))
  yield* session.copyIn(["gym", "gym_quota"], rows.QUOTA_COLUMNS, quotas)
  yield* session.copyIn(["gym", "gym_quotad"], rows.QUOTA_ITEM_COLUMNS, items)
  return { entitlements: open.length, items: itemCount }
})

/** Writes a batch: entitlements, findings and holds. The caller's transaction makes it whole. */
const write = Effect.fnUntraced(function* (session: Bulk.Session, runId: RunId, batch: EntitlementBatch) {
  const { entitlements, findings, held } = batch
  const counts =
    entitlements.length === 0 ? { entitlements: 0, items: 0 } : yield* writeEntitlements(session, entitlements)
  if (findings.length > 0) {
    const columns = ["invoice_id", "line_id", "kind", "detail"]
    yield* session.copyIn(["pg_temp", "stage_finding"], columns, rows.findingText(findings))
    yield* session.query(MERGE_FINDINGS_SQL, [runId])
  }
  if (held.length > 0) {
    yield* session.copyIn(["pg_temp", "stage_hold"], ["invoice_id", "reasons"], rows.holdText(held))
    yield* session.query(MERGE_HOLDS_SQL, [runId])
  }
  return counts
})

const makeRecorder = Effect.fnUntraced(function* (
  runId: RunId,
  database: Database["Service"]
): Effect.fn.Return<EntitlementRecorder, StoreError, Scope.Scope> {
  const scope = yield* Effect.scope
  const open = openWriter(scope, database)
  const idle = yield* Queue.unbounded<Writer, DatabaseError.DatabaseError>()
  for (let writer = 0; writer < BATCHES_AT_ONCE_MAX; writer++) {
    yield* Queue.offer(idle, yield* Effect.mapError(open, storeError))
  }
  const gone = new DatabaseError.DatabaseError({ reason: { _tag: "ConnectionLost" }, server: database.describe })
  /** No writer for anybody: those who wait for one, now or later, fail. */
  const end = Effect.andThen(Effect.ignore(Queue.clear(idle)), Queue.fail(idle, gone))

  /** A unique key refuses a batch when somebody else writes the same invoice at this moment: the next try sees it. */
  const recorded = Effect.fnUntraced(function* (first: Writer, batch: EntitlementBatch) {
    let writer = first
    for (let attemptsLeft = CONFLICT_ATTEMPTS_MAX; ; attemptsLeft--) {
      const written = yield* Effect.result(writer.session.transaction(write(writer.session, runId, batch)))
      if (Result.isSuccess(written)) return { writer, counts: written.success }
      if (written.failure.reason._tag !== "UniqueViolation" || attemptsLeft === 0) return yield* written.failure
      yield* writer.close
      writer = yield* open
    }
  })

  const record = (batch: EntitlementBatch) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(Queue.take(idle)), (writer) =>
        restore(recorded(writer, batch)).pipe(
          Effect.onExit((exit) => (Exit.isSuccess(exit) ? Queue.offer(idle, exit.value.writer) : end)),
          Effect.map(({ counts }) => counts)
        )
      )
    )

  const releaseHolds = Effect.acquireUseRelease(
    Queue.take(idle),
    ({ session }) => session.query(RELEASE_HOLDS_SQL, [runId]),
    (writer, exit) => (Exit.isSuccess(exit) ? Queue.offer(idle, writer) : end)
  )

  return {
    record: (batch) => Effect.mapError(record(batch), storeError),
    releaseHolds: releaseHolds.pipe(
      Effect.map(({ rowCount }) => rowCount),
      Effect.mapError(storeError)
    )
  }
})

const make = Effect.gen(function* () {
  const database = yield* Database
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(database)

  const departments = sql<rows.DepartmentRow>`
    SELECT oj.id AS oj, oj.fl_akt AS oj_akt, pod.fl_akt AS pod_akt,
      coalesce(m.moduli, '{}') AS moduli, coalesce(s.postavke, '{}') AS postavke
    FROM gym.sif_oj oj JOIN gym.sif_pod pod ON pod.id = oj.pod
    LEFT JOIN (SELECT pod, array_agg(modul) AS moduli FROM gym.m_kupljeno GROUP BY pod) m ON m.pod = pod.id
    LEFT JOIN (SELECT oj, array_agg(val::text) AS postavke FROM gym.osn_setoj
      WHERE sett = ${rows.MEMBERSHIP_SETTING} AND val IS NOT NULL GROUP BY oj) s ON s.oj = oj.id
    ORDER BY oj.id`.pipe(
    Effect.map((found) => found.map(rows.department)),
    orFail
  )

  const catalog = Effect.gen(function* () {
    const articles = yield* sql<{ readonly id: number; readonly ru: string | null }>`SELECT id, ru FROM gym.sif_art`
    const bills = yield* sql<{ readonly id: number; readonly art: number }>`SELECT id, art FROM gym.osn_sastavnice`
    const lines = yield* sql<{ readonly sastavnica: number; readonly item: number; readonly kol: string | null }>`
      SELECT sastavnica, item, kol FROM gym.osn_sastavke ORDER BY id`
    const linesOf = new Map<number, Array<BillOfMaterials.BillLine>>(bills.map(({ id }) => [id, []]))
    for (const row of lines) linesOf.get(row.sastavnica)?.push(rows.billLine(row))
    return BillOfMaterials.catalog({
      articles: articles.map(rows.article),
      bills: bills.map(({ art, id }) => ({ billId: id, articleId: art, lines: linesOf.get(id) ?? [] }))
    })
  }).pipe(orFail)

  const pendingEstimate = (scope: InvoiceScope) =>
    sql
      .unsafe<Record<"QUERY PLAN", ReadonlyArray<{ readonly Plan: { readonly "Plan Rows": number } }>>>(
        `EXPLAIN (FORMAT JSON) SELECT 1 FROM gym.dok d WHERE ${inScope(scope)}`
      )
      .pipe(
        Effect.map(([row]) => row?.["QUERY PLAN"][0]?.Plan["Plan Rows"] ?? 0),
        orFail
      )

  const pendingInvoices = (scope: InvoiceScope) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const session = yield* Effect.provideService(Bulk.session, Database, database)
        for (const statement of READ_SETTINGS) yield* session.query(statement)
        const assembler = new rows.InvoiceAssembler()
        return Bulk.rows(session.copyOut(pendingSql(scope))).pipe(
          Stream.map((block) => assembler.push(block)),
          Stream.concat(Stream.sync(() => assembler.end())),
          Stream.filter((invoices) => invoices.length > 0)
        )
      })
    ).pipe(Stream.mapError(storeError))

  return EntitlementStore.of({
    departments,
    catalog,
    pendingEstimate,
    pendingInvoices,
    recorder: (runId) => makeRecorder(runId, database)
  })
})

/**
 * The store on the schema `gym`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<EntitlementStore, never, Database | SqlClient.SqlClient> = Layer.effect(
  EntitlementStore,
  make
)
