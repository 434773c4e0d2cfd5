import { BusinessZone } from "@reckoner/core"
import { Database, PgExecutions, PgScheduleStore } from "@reckoner/adapters-pg"
import { ScheduleStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import * as Job from "../engine/Job.ts"
import { freePort } from "../engine/testing/freePort.ts"
import * as WorkflowEngine from "../engine/WorkflowEngine.ts"
import * as WorkflowEngineDeployment from "../engine/WorkflowEngineDeployment.ts"
import * as Schedule from "./Schedule.ts"
import * as Scheduler from "./Scheduler.ts"

const PROCESSES = 3
const MISSED_MINUTES = 20
const PATIENCE_MS = 30_000

const ran: Array<string> = []

const job = Job.make({
  name: "every-minute",
  input: Schema.String,
  output: Schema.Null,
  error: Schema.Never,
  businessKey: (tick) => tick,
  run: (tick) =>
    Effect.flatMap(Job.Execution, ({ step }) =>
      step(
        "note",
        { success: Schema.Null },
        Effect.sync(() => (ran.push(tick), null))
      )
    )
})

const scheduled: Scheduler.ScheduledJob = {
  job,
  schedule: Result.getOrThrow(Schedule.parse("* * * * *", BusinessZone.UTC, "catchUp")),
  inputAt: (tickMs) => new Date(tickMs).toISOString()
}

type Services = Job.Engine | ScheduleStore | SqlClient.SqlClient

let database: FreshDatabase
let processes: Array<ManagedRuntime.ManagedRuntime<Services, unknown>>

beforeEach(async () => {
  database = await freshDatabase()
  ran.length = 0
  processes = []
  for (let index = 0; index < PROCESSES; index += 1) {
    const deployment = WorkflowEngineDeployment.layerCluster({ host: "127.0.0.1", port: await freePort() })
    const layer = WorkflowEngine.layer([job]).pipe(
      Layer.provide(deployment),
      Layer.provide(PgExecutions.layer),
      Layer.provideMerge(PgScheduleStore.layer),
      Layer.provideMerge(Layer.provideMerge(Database.SqlLive, database.layer)),
      Layer.provideMerge(Logger.layer([]))
    )
    processes.push(ManagedRuntime.make(layer))
  }
})
afterEach(async () => {
  await Promise.all(processes.map((each) => each.dispose()))
  await database.drop()
})

describe("Scheduler on several processes", () => {
  it("runs every missed tick once, though all of them look at the same moment", async () => {
    const before = await processes[0]!.runPromise(
      Effect.gen(function* () {
        const store = yield* ScheduleStore
        const { nowMs } = yield* store.state(job.name)
        const sql = yield* SqlClient.SqlClient
        const lastTick = new Date(nowMs - MISSED_MINUTES * 60_000).toISOString()
        yield* sql`UPDATE reckoner.schedule_tick SET last_tick = ${lastTick}::timestamptz`
        return nowMs
      })
    )
    const started = await Promise.all(processes.map((each) => each.runPromise(Scheduler.startDue(scheduled))))
    const ticks = [...new Set(started.flat())].toSorted((one, other) => one - other)
    // One more when a minute begins in the meantime.
    expect([MISSED_MINUTES, MISSED_MINUTES + 1]).toContain(ticks.length)
    expect(ticks[0]).toBeGreaterThan(before - MISSED_MINUTES * 60_000)

    await expect.poll(() => ran.length, { timeout: PATIENCE_MS }).toBe(ticks.length)
    expect(ran.toSorted()).toStrictEqual(ticks.map(scheduled.inputAt))
  })
})
