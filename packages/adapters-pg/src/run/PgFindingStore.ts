/**
 * Findings and held invoices in the schema `reckoner`.
 *
 * @since 0.1.0
 */
import { FindingStore, type StoredFinding, type StoredHold } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

interface FindingRow {
  readonly job: string
  readonly kind: string
  readonly invoice_id: string
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
  invoiceId: row.invoice_id,
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
    findings: ({ invoiceId = null, kind = null, limit }) =>
      sql<FindingRow>`
        SELECT job, kind, invoice_id::text AS invoice_id, nullif(line_id, 0)::text AS line_id, detail, first_run
        FROM reckoner.finding
        WHERE (${kind}::text IS NULL OR kind = ${kind}::text)
          AND (${invoiceId}::text IS NULL OR invoice_id = ${invoiceId}::text::bigint)
        ORDER BY finding.invoice_id DESC, finding.line_id, kind COLLATE "C"
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
