/**
 * Reckoner's own tables, in the schema `reckoner`: its runs, what it found, and the invoices it holds.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"

// `finding.first_run` has no foreign key: findings are written by the hundred thousand, and a check of each would
// cost as much as the row.
const STATEMENTS = [
  `CREATE TABLE reckoner.run (
     id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT run_pkey PRIMARY KEY,
     job text NOT NULL,
     business_date date NOT NULL,
     started_at timestamptz NOT NULL DEFAULT now(),
     finished_at timestamptz,
     state text NOT NULL CONSTRAINT run_state_check CHECK (state IN ('running', 'complete', 'failed')),
     dry_run boolean NOT NULL DEFAULT false,
     from_date date,
     counts jsonb,
     error text)`,
  `CREATE TABLE reckoner.finding (
     job text NOT NULL,
     invoice_id bigint NOT NULL,
     line_id bigint NOT NULL DEFAULT 0,
     kind text NOT NULL,
     detail jsonb NOT NULL,
     first_run bigint NOT NULL,
     CONSTRAINT finding_pkey PRIMARY KEY (invoice_id, line_id, kind))`,
  `CREATE TABLE reckoner.held_invoice (
     invoice_id bigint CONSTRAINT held_invoice_pkey PRIMARY KEY,
     reasons jsonb NOT NULL,
     first_run bigint CONSTRAINT held_invoice_first_run_fkey REFERENCES reckoner.run,
     last_run bigint CONSTRAINT held_invoice_last_run_fkey REFERENCES reckoner.run,
     released_run bigint CONSTRAINT held_invoice_released_run_fkey REFERENCES reckoner.run)`,
  `COMMENT ON TABLE reckoner.run IS 'One run of a job'`,
  `COMMENT ON COLUMN reckoner.run.business_date IS 'The day it ran for, in the time zone of the business'`,
  `COMMENT ON COLUMN reckoner.run.dry_run IS 'True when it only reported what it would write'`,
  `COMMENT ON COLUMN reckoner.run.from_date IS 'Documents before this day were out of scope; NULL for no limit'`,
  `COMMENT ON COLUMN reckoner.run.counts IS 'What it read, wrote, held and reported'`,
  `COMMENT ON COLUMN reckoner.run.error IS 'Why it failed'`,
  `COMMENT ON TABLE reckoner.finding IS 'Something a job noticed about an invoice, reported once'`,
  `COMMENT ON COLUMN reckoner.finding.line_id IS 'The line of the invoice; 0 for the invoice as a whole'`,
  `COMMENT ON COLUMN reckoner.finding.first_run IS 'The run that reported it'`,
  `COMMENT ON TABLE reckoner.held_invoice IS 'An invoice that could not be granted, tried again in every run'`,
  `COMMENT ON COLUMN reckoner.held_invoice.last_run IS 'The last run that still held it'`,
  `COMMENT ON COLUMN reckoner.held_invoice.released_run IS 'The run that granted it later; NULL while it is held'`
]

/**
 * Creates the tables. The schema is there already, for the table of the migrations.
 *
 * @category constructors
 * @since 0.1.0
 */
export const up: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of STATEMENTS) yield* sql.unsafe(statement)
})
