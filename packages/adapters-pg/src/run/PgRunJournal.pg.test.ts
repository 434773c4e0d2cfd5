import type { MemoryRunJournal } from "@reckoner/core/testing"
import { runJournalContract } from "@reckoner/core/testing/contracts"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Database from "../Database.ts"
import { freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgRunJournal from "./PgRunJournal.ts"

interface RunRow {
  readonly id: number
  readonly job: string
  readonly business_date: string
  readonly from_date: string | null
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
        `SELECT id::int4 AS id, job, business_date::text, from_date::text, state, counts, error,
           finished_at >= started_at IS TRUE AS is_finished FROM reckoner.run ORDER BY id`
      )
      return rows.map(record)
    },
    close: database.drop
  }
})
