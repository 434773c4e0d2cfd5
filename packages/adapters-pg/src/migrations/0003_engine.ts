/**
 * Durable executions of jobs and what each of them has recorded, in the schema `reckoner`; and an empty schema
 * `reckoner_engine`, in which the engine keeps rows of its own that may be thrown away.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"

// `progressed_at` is written by every step and every heartbeat: no index may hold it, so that those updates stay cheap.
const STATEMENTS = [
  `CREATE SCHEMA IF NOT EXISTS reckoner_engine`,
  `CREATE TABLE reckoner.execution (
     id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT execution_pkey PRIMARY KEY,
     job text NOT NULL,
     business_key text NOT NULL,
     input jsonb NOT NULL,
     state text NOT NULL DEFAULT 'pending' CONSTRAINT execution_state_check
       CHECK (state IN ('pending', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
     attempt integer NOT NULL DEFAULT 1,
     handover integer NOT NULL DEFAULT 1,
     waits_for text,
     wakes_at timestamptz,
     output jsonb,
     error jsonb,
     admitted_by text,
     runner text,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     started_at timestamptz,
     progressed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     finished_at timestamptz,
     CONSTRAINT execution_job_business_key_key UNIQUE (job, business_key))`,
  `CREATE INDEX execution_pending_idx ON reckoner.execution (created_at, id) WHERE state = 'pending'`,
  `CREATE INDEX execution_running_idx ON reckoner.execution (admitted_by) WHERE state = 'running'`,
  `CREATE INDEX execution_waiting_idx ON reckoner.execution (wakes_at) WHERE state = 'waiting'`,
  `CREATE TABLE reckoner.execution_step (
     execution bigint NOT NULL CONSTRAINT execution_step_execution_fkey
       REFERENCES reckoner.execution ON DELETE CASCADE,
     kind text NOT NULL CONSTRAINT execution_step_kind_check CHECK (kind IN ('step', 'sleep', 'signal')),
     name text NOT NULL,
     attempt integer NOT NULL,
     state text NOT NULL CONSTRAINT execution_step_state_check CHECK (state IN ('running', 'succeeded', 'failed')),
     tries integer NOT NULL DEFAULT 0,
     output jsonb,
     error jsonb,
     started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     finished_at timestamptz,
     CONSTRAINT execution_step_pkey PRIMARY KEY (execution, kind, name, attempt))`,
  `CREATE UNIQUE INDEX execution_step_recorded_key ON reckoner.execution_step (execution, kind, name)
     WHERE state = 'succeeded'`,
  `COMMENT ON TABLE reckoner.execution IS 'One execution of a job for one business key, however often it was started'`,
  `COMMENT ON COLUMN reckoner.execution.business_key IS 'What it is done for: a date, a balance, a ranking and period'`,
  `COMMENT ON COLUMN reckoner.execution.attempt IS 'Grows by one with every retry of a finished execution'`,
  `COMMENT ON COLUMN reckoner.execution.handover IS 'Grows by one with every start in the engine; an older one may not write'`,
  `COMMENT ON COLUMN reckoner.execution.waits_for IS 'What it waits for, for a person; NULL unless it waits'`,
  `COMMENT ON COLUMN reckoner.execution.wakes_at IS 'When it should go on; NULL while that is not known'`,
  `COMMENT ON COLUMN reckoner.execution.error IS 'Why it failed'`,
  `COMMENT ON COLUMN reckoner.execution.admitted_by IS 'The process that took it in, and counts it as resident'`,
  `COMMENT ON COLUMN reckoner.execution.runner IS 'The process that runs it; no other may write'`,
  `COMMENT ON COLUMN reckoner.execution.progressed_at IS 'The last sign of life'`,
  `COMMENT ON TABLE reckoner.execution_step IS 'What an execution has recorded; a succeeded row is never run again'`,
  `COMMENT ON COLUMN reckoner.execution_step.kind IS 'A step; a sleep, until when; or a signal from outside'`,
  `COMMENT ON COLUMN reckoner.execution_step.attempt IS 'The attempt of the execution that wrote it'`,
  `COMMENT ON COLUMN reckoner.execution_step.tries IS 'How often it was tried within the attempt'`
]

/**
 * Creates the tables. The schema `reckoner` is there already, for the table of the migrations.
 *
 * @category constructors
 * @since 0.1.0
 */
export const up: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of STATEMENTS) yield* sql.unsafe(statement)
})
