/**
 * Findings and held invoices in the schema `reckoner`.
 *
 * @since 0.1.0
 */
import { FindingStore, findingsJson, type StoredFinding, type StoredHold } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

interface FindingRow {
  readonly job: string
  readonly kind: string
  readonly subject: string
  readonly line_id: string | null
  readonly detail: unknown
  readonly first_run: bigint
}

interface HoldRow {
  readonly invoice_id: string
  readonly reasons: unknown
  readonly first_run: bigint
  readonly last_run: bigint
  readonly released_run: bigint | null
}

const finding = (row: FindingRow): StoredFinding => ({
  job: row.job,
  kind: row.kind,
  subject: row.subject,
  lineId: row.line_id ?? undefined,
  detail: row.detail,
  firstRun: Number(row.first_run)
})

const hold = (row: HoldRow): StoredHold => ({
  invoiceId: row.invoice_id,
  reasons: row.reasons,
  firstRun: Number(row.first_run),
  lastRun: Number(row.last_run),
  releasedRun: row.released_run === null ? undefined : Number(row.released_run)
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  return FindingStore.of({
    // In one order, so that two runs at once cannot wait for each other.
    record: (runId, findings) =>
      findings.length === 0
        ? Effect.void
        : sql`
        INSERT INTO reckoner.finding AS stored (job, subject, kind, detail, first_run)
        SELECT DISTINCT ON (subject, kind)
          (SELECT job FROM reckoner.run WHERE id = ${runId}::bigint), subject, kind, coalesce(detail, 'null'), ${runId}::bigint
        FROM ROWS FROM (json_to_recordset(${findingsJson(findings)}::json) AS (subject text, kind text, detail jsonb))
          WITH ORDINALITY AS given (subject, kind, detail, place)
        ORDER BY subject, kind, place DESC
        ON CONFLICT (job, subject, line_id, kind) DO UPDATE SET detail = excluded.detail
        WHERE stored.detail IS DISTINCT FROM excluded.detail`.pipe(Effect.asVoid, orFail),
    findings: ({ job = null, kind = null, limit, subject = null }) =>
      sql<FindingRow>`
        SELECT job, kind, subject, nullif(line_id, 0)::text AS line_id, detail, first_run
        FROM reckoner.finding
        WHERE (${job}::text IS NULL OR job = ${job}::text)
          AND (${kind}::text IS NULL OR kind = ${kind}::text)
          AND (${subject}::text IS NULL OR subject = ${subject}::text)
        ORDER BY first_run DESC, job COLLATE "C", length(subject), subject COLLATE "C", finding.line_id, kind COLLATE "C"
        LIMIT ${limit}`.pipe(
        Effect.map((found) => found.map(finding)),
        orFail
      ),
    holds: ({ includeReleased, invoiceId = null, limit }) =>
      sql<HoldRow>`
        SELECT invoice_id::text AS invoice_id, reasons, first_run, last_run, released_run
        FROM reckoner.held_invoice
        WHERE (${includeReleased} OR released_run IS NULL)
          AND (${invoiceId}::text IS NULL OR invoice_id = ${invoiceId}::text::bigint)
        ORDER BY held_invoice.invoice_id DESC
        LIMIT ${limit}`.pipe(
        Effect.map((found) => found.map(hold)),
        orFail
      )
  })
})

/**
 * The findings on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<FindingStore, never, Database | SqlClient.SqlClient> = Layer.effect(FindingStore, make)
