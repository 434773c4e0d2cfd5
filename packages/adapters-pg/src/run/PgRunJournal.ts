/**
 * Run records in `reckoner.run`.
 *
 * @since 0.1.0
 */
import { RunJournal } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  return RunJournal.of({
    begin: ({ businessDate, fromDate, job }) =>
      Effect.gen(function* () {
        yield* sql`
          UPDATE reckoner.run SET state = 'failed', finished_at = clock_timestamp(), error = 'the process ended during this run'
          WHERE job = ${job} AND state = 'running'`
        const [row] = yield* sql<{ readonly id: bigint }>`
          INSERT INTO reckoner.run (job, business_date, from_date, state, started_at)
          VALUES (${job}, ${businessDate}, ${fromDate ?? null}, 'running', clock_timestamp()) RETURNING id`
        return Number(row!.id)
      }).pipe(sql.withTransaction, orFail),
    end: (runId, end) =>
      (end.state === "complete"
        ? sql`UPDATE reckoner.run SET state = 'complete', finished_at = clock_timestamp(), counts = ${JSON.stringify(end.counts)}::jsonb WHERE id = ${runId}`
        : sql`UPDATE reckoner.run SET state = 'failed', finished_at = clock_timestamp(), error = ${end.error} WHERE id = ${runId}`
      ).pipe(Effect.asVoid, orFail)
  })
})

/**
 * The journal on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<RunJournal, never, Database | SqlClient.SqlClient> = Layer.effect(RunJournal, make)
