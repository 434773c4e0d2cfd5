/**
 * The last tick of each job in `reckoner.schedule_tick`.
 *
 * @since 0.1.0
 */
import { ScheduleStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql"
import { Database } from "../Database.ts"
import { orStoreError } from "../StoreErrors.ts"

interface StateRow {
  readonly last_tick: string
  readonly now: string
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const orFail = orStoreError(yield* Database)
  const find = (job: string) => sql<StateRow>`
    SELECT last_tick, date_trunc('milliseconds', clock_timestamp()) AS now
    FROM reckoner.schedule_tick WHERE job = ${job}`

  return ScheduleStore.of({
    state: (job) =>
      Effect.gen(function* () {
        let [row] = yield* find(job)
        while (row === undefined) {
          // Of several processes one inserts, and all read what it inserted.
          const [made] = yield* sql<StateRow>`
            INSERT INTO reckoner.schedule_tick (job, last_tick)
            VALUES (${job}, date_trunc('milliseconds', clock_timestamp()))
            ON CONFLICT (job) DO NOTHING RETURNING last_tick, last_tick AS now`
          row = made ?? (yield* find(job))[0]
        }
        return { lastTickMs: Date.parse(row.last_tick), nowMs: Date.parse(row.now) }
      }).pipe(orFail),

    advance: (job, tickMs) =>
      sql`
        INSERT INTO reckoner.schedule_tick AS t (job, last_tick)
        VALUES (${job}, ${new Date(tickMs).toISOString()}::timestamptz)
        ON CONFLICT (job) DO UPDATE SET last_tick = excluded.last_tick WHERE t.last_tick < excluded.last_tick`.pipe(
        Effect.asVoid,
        orFail
      )
  })
})

/**
 * The port on the schema `reckoner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ScheduleStore, never, Database | SqlClient.SqlClient> = Layer.effect(
  ScheduleStore,
  make
)
