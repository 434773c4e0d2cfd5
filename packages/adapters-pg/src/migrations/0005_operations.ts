/**
 * What operators and schedules need of executions: progress, alerts, what is left of purged ones, and the last tick
 * of each scheduled job.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"

const STATEMENTS = [
  `ALTER TABLE reckoner.execution
     ADD COLUMN begins_in_vain integer NOT NULL DEFAULT 0,
     ADD COLUMN progress jsonb,
     ADD COLUMN alerted_at timestamptz,
     DROP CONSTRAINT execution_state_check,
     ADD CONSTRAINT execution_state_check
       CHECK (state IN ('pending', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'purged'))`,
  `CREATE INDEX execution_resumed_idx ON reckoner.execution (created_at, id)
     WHERE state = 'pending' AND started_at IS NOT NULL`,
  `CREATE INDEX execution_failed_idx ON reckoner.execution (finished_at) WHERE state = 'failed'`,
  `CREATE INDEX execution_alert_idx ON reckoner.execution (id) WHERE state = 'failed' AND alerted_at IS NULL`,
  `CREATE INDEX execution_finished_idx ON reckoner.execution (finished_at) WHERE state IN ('succeeded', 'cancelled')`,
  `COMMENT ON COLUMN reckoner.execution.begins_in_vain IS 'How often it was begun since it last recorded anything'`,
  `COMMENT ON COLUMN reckoner.execution.progress IS 'What it last said about how far it is, for a person'`,
  `COMMENT ON COLUMN reckoner.execution.alerted_at IS 'When somebody was told of this failure; NULL until then'`,
  `CREATE TABLE reckoner.schedule_tick (
     job text CONSTRAINT schedule_tick_pkey PRIMARY KEY,
     last_tick timestamptz NOT NULL)`,
  `COMMENT ON TABLE reckoner.schedule_tick IS 'How far the schedule of each job has been carried out'`,
  `COMMENT ON COLUMN reckoner.schedule_tick.last_tick IS 'Ticks up to this instant were started or skipped'`
]

/**
 * Adds the columns and tables.
 *
 * @category constructors
 * @since 0.1.0
 */
export const up: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of STATEMENTS) yield* sql.unsafe(statement)
})
