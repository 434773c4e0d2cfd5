import { type BusinessZone, PlainDate } from "@reckoner/core"
import { ExecutionReport, type Retention } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { describe, expect, it } from "vitest"
import * as Config from "./Config.ts"
import * as LocalRun from "./engine/LocalRun.ts"
import * as Schedule from "./schedule/Schedule.ts"
import * as Worker from "./Worker.ts"

const DAY_MS = 86_400_000
/** In Auckland it is the next day. */
const TICK_MS = Date.parse("2026-03-05T22:30:00Z")

const valuesOf = (env: Record<string, string> = {}): Promise<Config.Values> =>
  Effect.runPromise(Effect.provideService(Config.load, ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })))

const inputs = async (env: Record<string, string>, tickMs = TICK_MS) =>
  Worker.tasks(await valuesOf(env)).map(({ inputAt, job }) => {
    const input = inputAt(tickMs)
    return [job.name, input, job.businessKey(input)]
  })

describe("Worker", () => {
  describe("tasks", () => {
    it("gives each job for a tick what the settings say, under a key of the tick", async () => {
      const env = {
        RECKONER_ZONE: "Pacific/Auckland",
        RECKONER_REFERRAL_ZONE: "Asia/Jakarta",
        RECKONER_FROM_DATE: "2026-01-31",
        RECKONER_LOCK_WAIT_SECONDS: "7"
      }
      const referral = { atMs: TICK_MS, zone: "Asia/Jakarta" as BusinessZone.BusinessZone, lockWaitMs: 7_000 }
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
        ["sync-referral-orders", { businessDate: "2026-03-06", askedAt: null, ...referral }, "2026-03-06"],
        ["backfill-referral-orders", { month: "2026-02", by: "return", askedAt: null, ...referral }, "2026-02 return"],
        [
          "import-legacy-commissions",
          { askedAt: "2026-03-05T22:30:00.000Z", ...referral },
          "all asked 2026-03-05T22:30:00.000Z"
        ],
        ["purge-executions", { tick: "2026-03-05T22:30:00.000Z" }, "2026-03-05T22:30:00.000Z"]
      ])
    })

    it.each([
      ["2026-03-31T16:59:59Z", "2026-03-31", "2026-02"],
      ["2026-03-31T17:00:00Z", "2026-04-01", "2026-03"],
      ["2025-12-31T17:00:00Z", "2026-01-01", "2025-12"],
      ["2024-03-31T00:00:00Z", "2024-03-31", "2024-02"]
    ])("takes date and month before of a tick at %s from the zone of the referrals", async (at, date, month) => {
      const found = await inputs({ RECKONER_ZONE: "America/Santiago" }, Date.parse(at))
      expect(found.slice(1, 3).map(([job, , key]) => [job, key])).toStrictEqual([
        ["sync-referral-orders", date],
        ["backfill-referral-orders", `${month} return`]
      ])
      expect(found[2]?.[1]).toMatchObject({ month, zone: "Asia/Jakarta" })
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
      const FORGETFUL = [
        "purge-executions",
        "sync-entitlements",
        "sync-referral-orders",
        "backfill-referral-orders",
        "import-legacy-commissions"
      ]
      expect(asked).toMatchObject([{ finishedMs: 2 * DAY_MS, failedMs: 3 * DAY_MS, forgetful: FORGETFUL }])
    })
  })

  describe("scheduleInEffect", () => {
    const ZONES = { RECKONER_ZONE: "America/Santiago", RECKONER_REFERRAL_ZONE: "Asia/Makassar" }
    const USER_SERVICE = { EVERPRO_USER_URL: "http://127.0.0.1:50051" }

    const inEffect = async (env: Record<string, string>) => {
      const values = await valuesOf({ ...ZONES, ...env })
      return Effect.runPromise(Worker.scheduleInEffect(values, Worker.tasks(values)))
    }

    const shown = async (env: Record<string, string>) => {
      const { leftOut, lines } = await inEffect(env)
      expect(leftOut).toStrictEqual([])
      return lines.map(({ job, schedule }) => [job, schedule.line, schedule.zone, schedule.policy])
    }

    it("gives the lines of the settings, in the zone of the business", async () => {
      const schedule = "purge-executions = 5 4 * * * catchUp; sync-entitlements = 0 3 * * * UTC"
      expect(await shown({ RECKONER_SCHEDULE: schedule })).toStrictEqual([
        ["purge-executions", "5 4 * * *", "America/Santiago", "catchUp"],
        ["sync-entitlements", "0 3 * * *", "UTC", "latest"]
      ])
      expect(await shown({ RECKONER_SCHEDULE: "off" })).toStrictEqual([])
    })

    it("gives the default lines, each in the zone of its job's business", async () => {
      expect(await shown(USER_SERVICE)).toStrictEqual([
        ["sync-entitlements", "0 3 * * *", "America/Santiago", "latest"],
        ["sync-referral-orders", "30 0 * * *", "Asia/Makassar", "latest"],
        ["purge-executions", "17 * * * *", "America/Santiago", "latest"]
      ])
    })

    it("gives the lines of all referral jobs in their zone, unless a line names one", async () => {
      const schedule =
        "backfill-referral-orders = 0 5 2 * *; import-legacy-commissions = 0 6 1 1 * catchUp; " +
        "sync-referral-orders = 30 0 * * * Europe/Paris catchUp"
      expect(await shown({ ...USER_SERVICE, RECKONER_SCHEDULE: schedule })).toStrictEqual([
        ["backfill-referral-orders", "0 5 2 * *", "Asia/Makassar", "latest"],
        ["import-legacy-commissions", "0 6 1 1 *", "Asia/Makassar", "catchUp"],
        ["sync-referral-orders", "30 0 * * *", "Europe/Paris", "catchUp"]
      ])
    })

    it("starts the referral orders half an hour after midnight in Jakarta, for that date", async () => {
      const values = await valuesOf({ ...USER_SERVICE, RECKONER_ZONE: "America/Santiago" })
      const tasks = Worker.tasks(values)
      const { lines } = await Effect.runPromise(Worker.scheduleInEffect(values, tasks))
      const line = lines.find(({ job }) => job === "sync-referral-orders")
      const ticks = line === undefined ? [] : Schedule.nextTicks(line.schedule, TICK_MS, 2)
      expect(ticks.map((tickMs) => new Date(tickMs).toISOString())).toStrictEqual([
        "2026-03-06T17:30:00.000Z",
        "2026-03-07T17:30:00.000Z"
      ])
      const task = tasks.find(({ job }) => job.name === "sync-referral-orders")
      expect(ticks.map((tickMs) => task?.inputAt(tickMs))).toMatchObject([
        { businessDate: "2026-03-07" },
        { businessDate: "2026-03-08" }
      ])
    })

    it("leaves out the lines that need the user service while its address is not set", async () => {
      const missing = (job: string) => ({ job, missingSetting: "EVERPRO_USER_URL" })
      const { leftOut, lines } = await inEffect({})
      expect(leftOut).toStrictEqual([missing("sync-referral-orders")])
      expect(lines.map(({ job }) => job)).toStrictEqual(["sync-entitlements", "purge-executions"])
      const schedule =
        "import-legacy-commissions = 0 6 1 1 *; backfill-referral-orders = 0 5 2 * *; sync-referral-orders = 0 1 * * *"
      const all = await inEffect({ RECKONER_SCHEDULE: schedule })
      expect(all.leftOut).toStrictEqual([missing("backfill-referral-orders"), missing("sync-referral-orders")])
      expect(all.lines.map(({ job }) => job)).toStrictEqual(["import-legacy-commissions"])
    })

    it("says nothing of jobs that have no line", async () => {
      expect(await shown({ RECKONER_SCHEDULE: "purge-executions = 5 4 * * *" })).toHaveLength(1)
    })

    it("fails with SettingRefused when one of the jobs is not there", async () => {
      const values = await valuesOf({ RECKONER_SCHEDULE: "sync-entitlements = 0 3 * * *; nope = 0 3 * * *" })
      const error = await Effect.runPromise(Effect.flip(Worker.scheduleInEffect(values, Worker.tasks(values))))
      expect(error).toBeInstanceOf(Config.SettingRefused)
      expect(error.message).toMatch(/^RECKONER_SCHEDULE is .*nope/)
      expect(error.message).toContain(
        "; the jobs are sync-entitlements, sync-referral-orders, backfill-referral-orders, " +
          "import-legacy-commissions, purge-executions"
      )
    })
  })
})
