import { BusinessZone, PlainDate } from "@reckoner/core"
import {
  EntitlementStore,
  type ExecutionQueue,
  type ExecutionRecorder,
  ExecutionReport,
  type ExecutionStore,
  type RunJournal,
  RunLock,
  RunLockBusy,
  StoreError
} from "@reckoner/core/ports"
import { MemoryEntitlementStore, MemoryExecutions, MemoryRunJournal, MemoryRunLock } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { beforeEach, describe, expect, it } from "vitest"
import * as LocalRun from "../engine/LocalRun.ts"
import * as SyncEntitlementsJob from "./SyncEntitlementsJob.ts"

const ZAGREB = "Europe/Zagreb" as BusinessZone.BusinessZone

const request: SyncEntitlementsJob.Request = {
  atMs: Date.UTC(2026, 10, 21, 23, 30),
  zone: ZAGREB,
  fromDate: PlainDate.parseUnsafe("2026-01-01"),
  lockWaitMs: 0
}

const department = {
  departmentId: 1,
  isActive: true,
  companyIsActive: true,
  companyModuleIds: new Set([50]),
  membershipSettings: new Set(["F"])
}

type Services =
  | EntitlementStore
  | RunJournal
  | RunLock
  | ExecutionStore
  | ExecutionRecorder
  | ExecutionQueue
  | ExecutionReport

let ports: Layer.Layer<Services>
beforeEach(() => {
  ports = Layer.mergeAll(
    MemoryEntitlementStore.make({ departments: [department] }).layer,
    MemoryRunJournal.make().layer,
    MemoryRunLock.make().layer,
    MemoryExecutions.make().layer,
    Logger.layer([])
  )
})
const run = <A, E>(effect: Effect.Effect<A, E, Services>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, ports))

const executions = ExecutionReport.use((report) => report.list({ limit: 10 }))
const counts = { read: 0, granted: 0, held: 0, nothingToGrant: 0 }

describe("SyncEntitlementsJob", () => {
  describe("inputOf", () => {
    it("is for the business date of the instant, which is the key of a scheduled run", () => {
      const input = SyncEntitlementsJob.inputOf(request, null)
      expect(input).toStrictEqual({
        businessDate: "2026-11-22",
        askedAt: null,
        atMs: request.atMs,
        zone: ZAGREB,
        fromDate: "2026-01-01",
        lockWaitMs: 0
      })
      expect(SyncEntitlementsJob.job.businessKey(input)).toBe("2026-11-22")
    })
  })

  describe("the job", () => {
    it("is done once for a date, however often its schedule starts it", async () => {
      const input = SyncEntitlementsJob.inputOf(request, null)
      const [first, second] = await run(
        Effect.all([LocalRun.run(SyncEntitlementsJob.job, input), LocalRun.run(SyncEntitlementsJob.job, input)])
      )
      expect(Option.map(first, ({ result }) => result._tag)).toStrictEqual(Option.some("Succeeded"))
      expect(second).toStrictEqual(Option.none())
    })
  })

  describe("runNow", () => {
    it("runs whenever it is asked, and gives the report of the run", async () => {
      const [reports, kept] = await run(
        Effect.all([
          Effect.all([
            SyncEntitlementsJob.runNow(request),
            SyncEntitlementsJob.runNow(request),
            SyncEntitlementsJob.runNow(request)
          ]),
          executions
        ])
      )
      const report = {
        job: "sync-entitlements",
        businessDate: "2026-11-22",
        dryRun: false,
        invoices: counts,
        entitlements: 0,
        items: 0,
        releasedHolds: 0,
        findings: {},
        holds: {}
      }
      expect(reports).toStrictEqual([1, 2, 3].map((runId) => ({ ...report, runId })))
      expect(new Set(kept.map(({ businessKey }) => businessKey)).size).toBe(3)
      expect(kept.every(({ businessKey }) => businessKey.startsWith("2026-11-22 asked "))).toBe(true)
    })

    it("fails with RunLockBusy while another run goes on, and says first that it waits", async () => {
      const told: Array<string> = []
      const failure = await run(
        Effect.gen(function* () {
          const lock = yield* RunLock
          const inner = SyncEntitlementsJob.runNow({ ...request, lockWaitMs: 20 }, ({ _tag }) =>
            Effect.sync(() => void told.push(_tag))
          )
          return yield* Effect.flip(lock.exclusively("sync-entitlements", { waitMs: 0, onWait: Effect.void }, inner))
        })
      )
      expect(failure).toStrictEqual(new RunLockBusy({ name: "sync-entitlements", waitedMs: 20 }))
      expect(told).toStrictEqual(["WaitsForOtherRun"])
    })

    it("fails with what the store said, and the execution is listed as failed", async () => {
      const full = new StoreError({ reason: "StorageFull", message: "no room", isRetryable: false })
      const [failure, kept] = await run(
        Effect.gen(function* () {
          const store = yield* EntitlementStore
          const broken = EntitlementStore.of({ ...store, departments: Effect.fail(full) })
          const failure = yield* Effect.flip(
            Effect.provideService(SyncEntitlementsJob.runNow(request), EntitlementStore, broken)
          )
          return [failure, yield* executions] as const
        })
      )
      expect(failure).toStrictEqual(full)
      expect(kept.map(({ state }) => state)).toStrictEqual(["failed"])
    })
  })
})
