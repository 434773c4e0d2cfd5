import { BusinessZone, PlainDate, Quantity } from "@reckoner/core"
import {
  EntitlementStore,
  type ExecutionQueue,
  type ExecutionRecorder,
  ExecutionReport,
  ExecutionStore,
  type RunJournal,
  RunLock,
  RunLockBusy,
  StoreError
} from "@reckoner/core/ports"
import { MemoryEntitlementStore, MemoryExecutions, MemoryRunJournal, MemoryRunLock } from "@reckoner/core/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import * as Job from "../engine/Job.ts"
import * as LocalRun from "../engine/LocalRun.ts"
import * as RetryPolicy from "../engine/RetryPolicy.ts"
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
afterEach(() => {
  vi.restoreAllMocks()
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

  describe("the job, and its step", () => {
    /** What the step is asked for. */
    const options = async (): Promise<Partial<Job.StepOptions<unknown, unknown>>> => {
      let asked: Partial<Job.StepOptions<unknown, unknown>> = {}
      const step = (_: string, options: Partial<Job.StepOptions<unknown, unknown>>) =>
        Effect.sync(() => void (asked = options)).pipe(Effect.andThen(Effect.interrupt))
      const execution = Job.Execution.of({
        id: "1",
        attempt: 1,
        step: step as Job.Execution["Service"]["step"],
        sleepUntil: () => Effect.die("not part of this test"),
        awaitSignal: () => Effect.die("not part of this test"),
        report: () => Effect.void
      })
      const once = SyncEntitlementsJob.job.run(SyncEntitlementsJob.inputOf(request, null))
      await run(Effect.exit(Effect.provideService(once, Job.Execution, execution)))
      return asked
    }

    it.each([
      ["transient", { _tag: "StoreError", reason: "ConnectionLost", message: "gone", isRetryable: true }],
      ["permanent", { _tag: "StoreError", reason: "StorageFull", message: "no room", isRetryable: false }],
      ["permanent", { _tag: "RunLockBusy", name: "sync-entitlements", waitedMs: 20 }]
    ])("is tried again as what is %s: %j", async (kind, failure) => {
      const { kindOf = RetryPolicy.kindOf } = await options()
      expect(kindOf(failure)).toBe(kind)
    })

    it("forgets its key when it is purged, for a date may be done again", () => {
      expect(SyncEntitlementsJob.job.keyAfterPurge).toBe("forgotten")
    })
  })

  describe("runNow", () => {
    it("tells how far it is, reads from the first date on, and says that it is complete", async () => {
      const told: Array<unknown> = []
      const said: Array<unknown> = []
      const asked: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => void said.push(message))
      const lines = [{ lineId: 1, articleId: 1, quantity: Result.getOrThrow(Quantity.parse("1")) }]
      const store = MemoryEntitlementStore.make({
        departments: [department],
        articles: [{ articleId: 1, isPackage: false }],
        invoices: [{ departmentId: 1, invoice: { invoiceId: 1, memberId: 7, invoiceDate: request.fromDate!, lines } }]
      })
      const watched = Layer.effect(
        EntitlementStore,
        Effect.map(EntitlementStore, (memory) =>
          EntitlementStore.of({
            ...memory,
            pendingInvoices: (scope) => (asked.push(scope.fromDate), memory.pendingInvoices(scope))
          })
        )
      )
      await run(
        SyncEntitlementsJob.runNow(request, (progress) => Effect.sync(() => void told.push(progress))).pipe(
          Effect.provide(Layer.provide(watched, store.layer)),
          Effect.provide(Logger.layer([logger]))
        )
      )
      expect(told).toMatchObject([{ _tag: "Reading", invoicesRead: 1 }])
      expect(asked).toStrictEqual([request.fromDate])
      expect(said).toStrictEqual([["run complete"]])
    })

    it("tells two runs apart that are asked for within one millisecond", async () => {
      vi.spyOn(Date, "now").mockReturnValue(Date.UTC(2026, 10, 21))
      const kept = await run(
        Effect.andThen(
          Effect.all([SyncEntitlementsJob.runNow(request), SyncEntitlementsJob.runNow(request)]),
          executions
        )
      )
      expect(kept.map(({ businessKey }) => businessKey).toSorted()).toStrictEqual([
        "2026-11-22 asked 2026-11-21T00:00:00.000Z",
        "2026-11-22 asked 2026-11-21T00:00:00.001Z"
      ])
    })

    it("dies of a bug with its message", async () => {
      const exit = await run(
        Effect.gen(function* () {
          const store = yield* EntitlementStore
          const broken = EntitlementStore.of({ ...store, departments: Effect.die(new Error("a bug on purpose")) })
          return yield* Effect.exit(
            Effect.provideService(SyncEntitlementsJob.runNow(request), EntitlementStore, broken)
          )
        })
      )
      expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toStrictEqual(new Error("a bug on purpose"))
    })

    it("says so when it was cancelled by somebody else, and that trying again is no use", async () => {
      const failure = await run(
        Effect.gen(function* () {
          const store = yield* EntitlementStore
          const cancelAll = Effect.gen(function* () {
            const steered = yield* ExecutionStore
            for (const { id } of yield* executions) yield* steered.cancel(id)
          })
          const ports = yield* Effect.context<Services>()
          const departments = Effect.andThen(Effect.provideContext(cancelAll, ports), store.departments)
          return yield* Effect.flip(
            Effect.provideService(
              SyncEntitlementsJob.runNow(request),
              EntitlementStore,
              EntitlementStore.of({ ...store, departments })
            )
          )
        })
      )
      expect(failure).toMatchObject({ _tag: "StoreError", reason: "Other", isRetryable: false })
      expect(failure.message).toContain("`reckoner execution show 1`")
    })

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
