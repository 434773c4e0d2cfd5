import {
  executionQueueContract,
  executionRecorderContract,
  executionReportContract,
  type ExecutionSetup,
  executionStoreContract
} from "@reckoner/core/testing/contracts"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll } from "vitest"
import * as Database from "../Database.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgExecutions from "./PgExecutions.ts"

const INSTANTS = ["created_at", "started_at", "progressed_at", "wakes_at", "finished_at"]

// One for all tests, emptied after each: to create and drop one takes longer than most of them.
let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const write = async (statement: string): Promise<void> => {
  await rowsOf(Redacted.value(database.url), statement)
}

const setup = async (): Promise<ExecutionSetup> => ({
  layer: Layer.provide(PgExecutions.layer, Layer.provideMerge(Database.SqlLive, database.layer)),
  age: (id, ms) => {
    const earlier = INSTANTS.map((column) => `${column} = ${column} - ${ms} * interval '1 millisecond'`)
    return write(`UPDATE reckoner.execution SET ${earlier.join(", ")} WHERE id = ${id}`)
  },
  close: () => write("TRUNCATE reckoner.execution CASCADE")
})

executionStoreContract("PgExecutions", setup)
executionRecorderContract("PgExecutions", setup)
executionQueueContract("PgExecutions", setup)
executionReportContract("PgExecutions", setup)
