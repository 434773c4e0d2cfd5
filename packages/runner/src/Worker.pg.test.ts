import { Database } from "@reckoner/adapters-pg"
import { ScheduleStore } from "@reckoner/core/ports"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql"
import { once } from "node:events"
import { connect, createServer } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../adapters-pg/src/testing/freshDatabase.ts"
import * as Config from "./Config.ts"
import * as Job from "./engine/Job.ts"
import * as RateLimits from "./engine/RateLimits.ts"
import * as EngineSettings from "./engine/Settings.ts"
import { freePort } from "./engine/testing/freePort.ts"
import { ListenRefused } from "./ExitCode.ts"
import * as ScheduleTable from "./schedule/ScheduleTable.ts"
import * as Stores from "./Stores.ts"
import * as Worker from "./Worker.ts"

const POLL = { timeout: 30_000 }
const MINUTE_MS = 60_000

let database: FreshDatabase
let began: Array<string>
let gate: Deferred.Deferred<void>
let running: ManagedRuntime.ManagedRuntime<any, unknown> | undefined
beforeEach(async () => {
  database = await freshDatabase()
  began = []
  gate = Deferred.makeUnsafe()
  running = undefined
})
afterEach(async () => {
  Deferred.doneUnsafe(gate, Effect.void)
  await running?.dispose()
  await database.drop()
})

/** A job that calls a system, and goes on until the gate is opened. */
const task = (name: string): Worker.Task<never> => ({
  description: name,
  inputAt: (tickMs) => `tick ${new Date(tickMs).getUTCSeconds()}`,
  job: Job.make({
    name,
    input: Schema.String,
    output: Schema.Null,
    error: Schema.Never,
    businessKey: (key) => key,
    run: (key) =>
      Effect.gen(function* () {
        const { limited } = yield* RateLimits.RateLimits
        const { step } = yield* Job.Execution
        const call = Effect.andThen(
          Effect.sync(() => void began.push(`${name} ${key}`)),
          Deferred.await(gate)
        )
        yield* step("call", { success: Schema.Void }, Effect.orDie(limited("bank")(call)))
        return null
      })
  })
})

const TASKS = [task("one"), task("other")]

const valuesOf = (env: Record<string, string>) =>
  Effect.runPromise(Effect.provideService(Config.load, ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })))

/** The jobs of a server in this process, on the ports of the database. */
const working = async (env: Record<string, string>) => {
  const ports = Layer.provideMerge(Stores.ports, Layer.provideMerge(Database.SqlLive, database.layer))
  const worker = Worker.layer(await valuesOf({ RECKONER_SCHEDULE: "off", ...env }), TASKS, {
    ...EngineSettings.DEFAULTS,
    admissionIntervalMs: 50
  })
  const runtime = ManagedRuntime.make(worker.pipe(Layer.provideMerge(ports), Layer.provideMerge(Logger.layer([]))))
  running = runtime
  await runtime.context()
  return runtime
}
const startAll = (runtime: Awaited<ReturnType<typeof working>>, keys: ReadonlyArray<string>) =>
  runtime.runPromise(
    Job.Engine.use((engine) => Effect.forEach(keys, (key) => engine.start(TASKS[0]!.job, key), { discard: true }))
  )
const states = (runtime: Awaited<ReturnType<typeof working>>) =>
  runtime.runPromise(
    SqlClient.SqlClient.use((sql) =>
      Effect.map(sql<{ state: string }>`SELECT state FROM reckoner.execution ORDER BY id`, (rows) =>
        rows.map(({ state }) => state)
      )
    )
  )

describe("Worker", () => {
  describe("layer", () => {
    it("starts the job of a line with the input of its tick, in whatever order the jobs are", async () => {
      const ports = Layer.provideMerge(Stores.ports, Layer.provideMerge(Database.SqlLive, database.layer))
      await Effect.runPromise(
        Effect.gen(function* () {
          const { nowMs } = yield* ScheduleStore.use((store) => store.state("other"))
          const sql = yield* SqlClient.SqlClient
          yield* sql`UPDATE reckoner.schedule_tick SET last_tick = ${new Date(nowMs - MINUTE_MS).toISOString()}::timestamptz`
        }).pipe(Effect.provide(ports))
      )
      await working({ RECKONER_SCHEDULE: "other = * * * * *" })
      await expect.poll(() => began, POLL).toStrictEqual(["other tick 0"])
    })

    it("runs as many executions at a time as the settings say", async () => {
      const runtime = await working({ RECKONER_EXECUTIONS_MAX: "2" })
      await startAll(runtime, ["a", "b", "c"])
      await expect.poll(() => began.length, POLL).toBe(2)
      expect((await states(runtime)).filter((state) => state === "running").length).toBe(2)
      Deferred.doneUnsafe(gate, Effect.void)
      await expect.poll(() => states(runtime), POLL).toStrictEqual(["succeeded", "succeeded", "succeeded"])
    })

    it("holds calls to the limits of the settings", async () => {
      const runtime = await working({ RECKONER_RATE_LIMITS: "bank=any,1" })
      await startAll(runtime, ["a", "b"])
      await expect.poll(() => states(runtime), POLL).toStrictEqual(["running", "running"])
      await expect.poll(() => began.length, POLL).toBe(1)
      const slots = await runtime.runPromise(
        SqlClient.SqlClient.use((sql) => sql<{ n: bigint }>`SELECT count(*) AS n FROM reckoner.rate_limit_slot`)
      )
      expect(slots).toStrictEqual([{ n: 1n }])
      Deferred.doneUnsafe(gate, Effect.void)
      await expect.poll(() => states(runtime), POLL).toStrictEqual(["succeeded", "succeeded"])
    })

    it("is reached by others at the address of the settings", async () => {
      const port = await freePort()
      const runtime = await working({ RECKONER_CLUSTER: `127.0.0.1:${port}` })
      await startAll(runtime, ["a"])
      await expect.poll(() => began, POLL).toStrictEqual(["one a"])
      const other = connect(port, "127.0.0.1")
      await once(other, "connect")
      other.destroy()
    })

    it("fails with ListenRefused when that address is taken", async () => {
      const other = createServer().listen(0, "127.0.0.1")
      await once(other, "listening")
      const { port } = other.address() as { readonly port: number }
      const error = await working({ RECKONER_CLUSTER: `127.0.0.1:${port}` }).catch((cause: unknown) => cause)
      other.close()
      expect(error).toBeInstanceOf(ListenRefused)
      expect((error as ListenRefused).message).toMatch(
        new RegExp(`^the cluster cannot listen on 127\\.0\\.0\\.1:${port} \\(.*\\): set RECKONER_CLUSTER to another$`)
      )
    })

    it("fails with SettingRefused when the schedule names a job that is not there", async () => {
      const error = await working({ RECKONER_SCHEDULE: "nope = * * * * *" }).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(Config.SettingRefused)
      expect((error as Config.SettingRefused).message).toContain(`${ScheduleTable.ALLOWED}; the jobs are one, other`)
    })
  })
})
