/**
 * Findings about anything that a job works on, not about invoices alone, and the window that a run covers.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"

const STATEMENTS = [
  `ALTER TABLE reckoner.finding RENAME COLUMN invoice_id TO subject`,
  `ALTER TABLE reckoner.finding
     DROP CONSTRAINT finding_pkey,
     ALTER COLUMN subject TYPE text USING subject::text,
     ADD CONSTRAINT finding_pkey PRIMARY KEY (job, subject, line_id, kind)`,
  `COMMENT ON TABLE reckoner.finding IS 'Something a job noticed about what it works on, reported once'`,
  `COMMENT ON COLUMN reckoner.finding.subject IS 'The key of what it is about: an invoice, an order'`,
  `COMMENT ON COLUMN reckoner.finding.line_id IS 'The line of the subject; 0 for the subject as a whole'`,
  `ALTER TABLE reckoner.run
     ADD COLUMN window_from timestamptz,
     ADD COLUMN window_until timestamptz,
     ADD CONSTRAINT run_window_check
       CHECK ((window_from IS NULL) = (window_until IS NULL) AND window_from < window_until)`,
  `CREATE INDEX run_window_idx ON reckoner.run (job, window_until)
     WHERE state = 'complete' AND window_until IS NOT NULL`,
  `COMMENT ON COLUMN reckoner.run.window_from IS 'Where the window that it covers begins; NULL for a job without windows'`,
  `COMMENT ON COLUMN reckoner.run.window_until IS 'Where the window ends: the first instant that is not covered'`
]

/**
 * Renames the key of findings, and adds the columns of the window.
 *
 * @category constructors
 * @since 0.1.0
 */
export const up: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of STATEMENTS) yield* sql.unsafe(statement)
})
