/**
 * The limits of external systems, as all processes share them: the last place in time, and the slots of calls in flight.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"

// Every call writes here: no index besides those that make a place and a slot unique.
const STATEMENTS = [
  `CREATE TABLE reckoner.rate_limit (
     system text CONSTRAINT rate_limit_pkey PRIMARY KEY,
     place_at timestamptz NOT NULL,
     asked_at timestamptz NOT NULL)`,
  `CREATE TABLE reckoner.rate_limit_slot (
     system text NOT NULL,
     number integer NOT NULL,
     holder text NOT NULL,
     entered_at timestamptz NOT NULL,
     expires_at timestamptz NOT NULL,
     CONSTRAINT rate_limit_slot_pkey PRIMARY KEY (system, number))`,
  `COMMENT ON TABLE reckoner.rate_limit IS 'The last place in time that was given for a call, per external system'`,
  `COMMENT ON COLUMN reckoner.rate_limit.place_at IS 'When the last call may be made; the next may follow an interval later'`,
  `COMMENT ON COLUMN reckoner.rate_limit.asked_at IS 'When that place was given; a clock that shows less was set back'`,
  `COMMENT ON TABLE reckoner.rate_limit_slot IS 'One row per call in flight; whatever is asked, no two have the same number'`,
  `COMMENT ON COLUMN reckoner.rate_limit_slot.number IS 'From 1 to the number of calls that may be in flight'`,
  `COMMENT ON COLUMN reckoner.rate_limit_slot.holder IS 'The one call that holds it: host, process and a number of its own'`,
  `COMMENT ON COLUMN reckoner.rate_limit_slot.expires_at IS 'From then on it is free, unless it is renewed'`
]

/**
 * Creates the tables.
 *
 * @category constructors
 * @since 0.1.0
 */
export const up: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of STATEMENTS) yield* sql.unsafe(statement)
})
