import { ExecutionQueue, ExecutionReport } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgExecutions from "./PgExecutions.ts"

const WAITING = 20_000
const FINISHED = 20_000

let database: FreshDatabase
const rows = (statement: string) => rowsOf(Redacted.value(database.url), statement)

beforeAll(async () => {
  database = await freshDatabase()
  await rows(`
    INSERT INTO reckoner.execution (job, business_key, input, state, wakes_at, started_at)
    SELECT 'sleeper', i::text, 'null', 'waiting', now() + interval '1 day', now() FROM generate_series(1, ${WAITING}) i`)
  await rows(`
    INSERT INTO reckoner.execution (job, business_key, input, state, finished_at, started_at)
    SELECT 'done', i::text, 'null', 'succeeded', now(), now() FROM generate_series(1, ${FINISHED}) i`)
  await rows("VACUUM (ANALYZE) reckoner.execution")
})
afterAll(() => database.drop())

/** How many rows of executions the server has read, in whatever way, while an effect ran. */
const rowsRead = async <A, E>(effect: Effect.Effect<A, E, ExecutionQueue | ExecutionReport>): Promise<number> => {
  const connected = Layer.provideMerge(Database.SqlLive, database.layer)
  const read = async () => {
    const [row] = await rows(`
      SELECT pg_stat_clear_snapshot(), (seq_tup_read + idx_tup_fetch)::int AS n
      FROM pg_stat_user_tables WHERE schemaname = 'reckoner' AND relname = 'execution'`)
    return (row as { n: number }).n
  }
  const before = await read()
  // A session tells what it has read at its end.
  await Effect.runPromise(Effect.provide(effect, Layer.provide(PgExecutions.layer, connected), { local: true }))
  return (await read()) - before
}

describe("with many executions at rest", () => {
  it("a claim reads none of them", async () => {
    const claim = ExecutionQueue.use((queue) => queue.claim({ runner: "one", jobs: ["sleeper"], residentMax: 64 }))
    expect(await rowsRead(claim)).toBeLessThan(100)
  })

  it("a sweep reads none of them", async () => {
    expect(await rowsRead(ExecutionQueue.use((queue) => queue.sweep({ stalledMs: 1_000 })))).toBeLessThan(100)
  })

  it("a purge reads none that is not old", async () => {
    const purge = ExecutionReport.use((report) =>
      report.purge({ finishedMs: 86_400_000, failedMs: 86_400_000, forgetful: [], limit: 1_000 })
    )
    expect(await rowsRead(purge)).toBeLessThan(100)
  })
})
