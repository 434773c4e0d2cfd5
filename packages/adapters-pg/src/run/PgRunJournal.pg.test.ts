import { PlainDate } from "@reckoner/core"
import { RunJournal, StoreError } from "@reckoner/core/ports"
import type { MemoryRunJournal } from "@reckoner/core/testing"
import { runJournalContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgRunJournal from "./PgRunJournal.ts"

interface RunRow {
  readonly id: number
  readonly job: string
  readonly business_date: string
  readonly from_date: string | null
  readonly window_from: string | null
  readonly window_until: string | null
  readonly state: string
  readonly counts: Readonly<Record<string, number>> | null
  readonly error: string | null
  readonly is_finished: boolean
}

/** What a row of an open, complete or failed run must have, and nothing besides. */
const record = (row: RunRow): MemoryRunJournal.RunRecord =>
  ({
    runId: row.id,
    job: row.job,
    businessDate: row.business_date,
    fromDate: row.from_date ?? undefined,
    ...(row.window_from === null && row.window_until === null
      ? {}
      : { window: { fromEpochSeconds: Number(row.window_from), untilEpochSeconds: Number(row.window_until) } }),
    state: row.is_finished === (row.state !== "running") ? row.state : `${row.state}, but finished_at says otherwise`,
    ...(row.counts === null ? {} : { counts: row.counts }),
    ...(row.error === null ? {} : { error: row.error })
  }) as MemoryRunJournal.RunRecord

runJournalContract("PgRunJournal", async () => {
  const database = await freshDatabase()
  return {
    layer: Layer.provide(PgRunJournal.layer, Layer.provideMerge(Database.SqlLive, database.layer)),
    runs: async () => {
      const rows = await rowsOf<RunRow>(
        Redacted.value(database.url),
        `SELECT id::int4 AS id, job, business_date::text, from_date::text, state,
           extract(epoch FROM window_from) AS window_from, extract(epoch FROM window_until) AS window_until, counts, error, finished_at >= started_at IS TRUE AS is_finished FROM reckoner.run ORDER BY id`
      )
      return rows.map(record)
    },
    close: database.drop
  }
})

describe("PgRunJournal and its table", () => {
  let database: FreshDatabase
  beforeAll(async () => void (database = await freshDatabase()))
  afterAll(() => database.drop())

  const url = () => Redacted.value(database.url)
  /** The connection is closed afterwards: a session tells what it has read at its end. */
  const use = <A, E>(act: (journal: RunJournal["Service"]) => Effect.Effect<A, E>): Promise<A> =>
    Effect.runPromise(
      Effect.provide(
        Effect.flatMap(RunJournal, act),
        Layer.provide(PgRunJournal.layer, Layer.provideMerge(Database.SqlLive, database.layer)),
        { local: true }
      )
    )

  it.each([
    [5, 5],
    [6, 5]
  ])("refuses the window [%s, %s), which covers nothing", async (fromEpochSeconds, untilEpochSeconds) => {
    const start = {
      job: "a",
      businessDate: PlainDate.parseUnsafe("2026-03-06"),
      fromDate: undefined,
      window: { fromEpochSeconds, untilEpochSeconds }
    }
    const failure = await use((journal) => Effect.flip(journal.begin(start)))
    expect([failure instanceof StoreError, failure.message.includes("run_window_check")]).toStrictEqual([true, true])
    expect(await rowsOf(url(), "SELECT id FROM reckoner.run")).toStrictEqual([])
  })

  it.each(["window_from", "window_until"])("has no %s without the other", async (column) => {
    const insert = `INSERT INTO reckoner.run (job, business_date, state, ${column}) VALUES ('a', now(), 'running', now())`
    await expect(rowsOf(url(), insert)).rejects.toThrow("run_window_check")
  })

  it("finds the last window's end among many runs without reading them", async () => {
    await rowsOf(
      url(),
      `INSERT INTO reckoner.run (job, business_date, state, window_from, window_until)
       SELECT 'job ' || i % 2, now(), CASE WHEN i % 3 = 0 THEN 'failed' ELSE 'complete' END,
         to_timestamp(i - 1), to_timestamp(i)
       FROM generate_series(1, 20000) i`
    )
    await rowsOf(url(), "VACUUM (ANALYZE) reckoner.run")
    const read = async () => {
      const [row] = await rowsOf<{ n: number }>(
        url(),
        `SELECT pg_stat_clear_snapshot(), (seq_tup_read + idx_tup_fetch)::int AS n
         FROM pg_stat_user_tables WHERE schemaname = 'reckoner' AND relname = 'run'`
      )
      return row!.n
    }
    const before = await read()
    expect(await use((journal) => journal.lastWindowEnd("job 1"))).toStrictEqual(Option.some(19_999))
    expect((await read()) - before).toBeLessThan(10)
  })
})
