/**
 * Run records in `reckoner.run`.
 *
 * @since 0.1.0
 */
import { RunJournal } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  return RunJournal.of({
    begin: ({ businessDate, fromDate, job, window }) =>
      Effect.gen(function* () {
        yield* sql`
          UPDATE reckoner.run SET state = 'failed', finished_at = clock_timestamp(), error = 'the process ended during this run'
          WHERE job = ${job} AND state = 'running'`
        const [row] = yield* sql<{ readonly id: bigint }>`
          INSERT INTO reckoner.run (job, business_date, from_date, window_from, window_until, state, started_at)
          VALUES (${job}, ${businessDate}, ${fromDate ?? null},
            to_timestamp(${window?.fromEpochSeconds ?? null}::float8), to_timestamp(${window?.untilEpochSeconds ?? null}::float8),
            'running', clock_timestamp())
          RETURNING id`
        return Number(row!.id)
      }).pipe(sql.withTransaction, orFail),
    end: (runId, end) =>
      (end.state === "complete"
        ? sql`UPDATE reckoner.run SET state = 'complete', finished_at = clock_timestamp(), counts = ${JSON.stringify(end.counts)}::jsonb WHERE id = ${runId}`
        : sql`UPDATE reckoner.run SET state = 'failed', finished_at = clock_timestamp(), error = ${end.error} WHERE id = ${runId}`
      ).pipe(Effect.asVoid, orFail),
    lastWindowEnd: (job) =>
      sql<{ readonly until: bigint | null }>`
        SELECT extract(epoch FROM max(window_until))::bigint AS until FROM reckoner.run
        WHERE job = ${job} AND state = 'complete' AND window_until IS NOT NULL`.pipe(
        Effect.map(([row]) => Option.map(Option.fromNullishOr(row?.until), Number)),
        orFail
      )
  })
})

/**
 * The journal on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<RunJournal, never, Database | SqlClient.SqlClient> = Layer.effect(RunJournal, make)
