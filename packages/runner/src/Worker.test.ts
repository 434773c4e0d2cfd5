import { BusinessZone, PlainDate } from "@reckoner/core"
import { ExecutionReport, type Retention } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { describe, expect, it } from "vitest"
import * as Config from "./Config.ts"
import * as LocalRun from "./engine/LocalRun.ts"
import * as Worker from "./Worker.ts"

const DAY_MS = 86_400_000
/** In Auckland it is the next day. */
const TICK_MS = Date.parse("2026-03-05T22:30:00Z")

const valuesOf = (env: Record<string, string> = {}): Promise<Config.Values> =>
  Effect.runPromise(Effect.provideService(Config.load, ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })))

const inputs = async (env: Record<string, string>) =>
  Worker.tasks(await valuesOf(env)).map(({ inputAt, job }) => {
    const input = inputAt(TICK_MS)
    return [job.name, input, job.businessKey(input)]
  })

describe("Worker", () => {
  describe("tasks", () => {
    it("gives each job for a tick what the settings say, under a key of the tick", async () => {
      const env = {
        RECKONER_ZONE: "Pacific/Auckland",
        RECKONER_FROM_DATE: "2026-01-31",
        RECKONER_LOCK_WAIT_SECONDS: "7"
      }
      expect(await inputs(env)).toStrictEqual([
        [
          "sync-entitlements",
          {
            businessDate: "2026-03-06",
            askedAt: null,
            atMs: TICK_MS,
            zone: "Pacific/Auckland" as BusinessZone.BusinessZone,
            fromDate: PlainDate.parseUnsafe("2026-01-31"),
            lockWaitMs: 7_000
          },
          "2026-03-06"
        ],
        ["purge-executions", { tick: "2026-03-05T22:30:00.000Z" }, "2026-03-05T22:30:00.000Z"]
      ])
    })

    it("has no first date where none is set", async () => {
      expect((await inputs({}))[0]?.[1]).toMatchObject({ zone: "UTC", fromDate: null, lockWaitMs: 600_000 })
    })
  })

  describe("purgeExecutions", () => {
    it("keeps executions as long as the settings say, failed ones apart, and forgets the keys of its jobs", async () => {
      const values = await valuesOf({ RECKONER_RETENTION_DAYS: "2", RECKONER_FAILED_RETENTION_DAYS: "3" })
      const asked: Array<Retention> = []
      const unused = Effect.die("not part of this test")
      const report = ExecutionReport.of({
        list: () => unused,
        steps: () => unused,
        backlog: unused,
        takeAlerts: () => unused,
        purge: (retention) => Effect.sync(() => (asked.push(retention), { emptied: 0, removed: 0 }))
      })
      await Effect.runPromise(
        LocalRun.run(Worker.purgeExecutions(values), { tick: "now" }).pipe(
          Effect.provideService(ExecutionReport, report),
          Effect.provide(Layer.merge(MemoryExecutions.make().layer, Logger.layer([])))
        )
      )
      expect(asked).toMatchObject([
        { finishedMs: 2 * DAY_MS, failedMs: 3 * DAY_MS, forgetful: ["purge-executions", "sync-entitlements"] }
      ])
    })
  })

  describe("scheduleLines", () => {
    const lines = async (schedule: string) => {
      const values = await valuesOf({ RECKONER_ZONE: "America/Santiago", RECKONER_SCHEDULE: schedule })
      return Effect.runPromise(
        Effect.map(Worker.scheduleLines(values, Worker.tasks(values)), (found) =>
          found.map(({ job, schedule }) => [job, schedule.line, schedule.zone, schedule.policy])
        )
      )
    }

    it("gives the lines of the settings, in the zone of the business", async () => {
      expect(await lines("purge-executions = 5 4 * * * catchUp; sync-entitlements = 0 3 * * * UTC")).toStrictEqual([
        ["purge-executions", "5 4 * * *", "America/Santiago", "catchUp"],
        ["sync-entitlements", "0 3 * * *", "UTC", "latest"]
      ])
      expect(await lines("off")).toStrictEqual([])
    })

    it("fails with SettingRefused when one of the jobs is not there", async () => {
      const values = await valuesOf({ RECKONER_SCHEDULE: "sync-entitlements = 0 3 * * *; nope = 0 3 * * *" })
      const error = await Effect.runPromise(Effect.flip(Worker.scheduleLines(values, Worker.tasks(values))))
      expect(error).toBeInstanceOf(Config.SettingRefused)
      expect(error.message).toMatch(/^RECKONER_SCHEDULE is .*nope.*; the jobs are sync-entitlements, purge-executions$/)
    })
  })
})
