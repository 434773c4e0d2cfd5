import type { BusinessZone } from "@reckoner/core"
import {
  type ExecutionQueue,
  type ExecutionRecorder,
  ExecutionReport,
  type ExecutionStore,
  ReferralDirectory,
  ReferralDirectoryError,
  ReferralOrderStore,
  RunLockBusy,
  ShipmentStore,
  StoreError
} from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import * as Config from "../Config.ts"
import * as Job from "../engine/Job.ts"
import * as LocalRun from "../engine/LocalRun.ts"
import * as RetryPolicy from "../engine/RetryPolicy.ts"
import * as ReferralJobs from "./ReferralJobs.ts"
import * as ReferralRun from "./ReferralRun.ts"
import * as memory from "./testing/memoryReferrals.ts"

const { days, seconds, shipment } = memory

const JAKARTA = "Asia/Jakarta" as BusinessZone.BusinessZone

/** In Jakarta it is the next day. */
const request: ReferralJobs.Request = { atMs: Date.parse("2023-11-04T18:00:00Z"), zone: JAKARTA, lockWaitMs: 0 }

type Services = ReferralJobs.Ports | ExecutionStore | ExecutionRecorder | ExecutionQueue | ExecutionReport

let target: memory.MemoryReferrals
let ports: Layer.Layer<Services>
const filled = (...shipments: ReadonlyArray<ReturnType<typeof shipment>>) => {
  target = memory.make({ shipments, oldCommissions: [memory.oldRow("OLD1"), memory.oldRow(undefined)] })
  ports = Layer.mergeAll(target.layer, MemoryExecutions.make().layer, Logger.layer([]))
}
beforeEach(() => filled())
afterEach(() => {
  vi.restoreAllMocks()
})

const run = <A, E>(effect: Effect.Effect<A, E, Services>): Promise<A> =>
  Effect.runPromise(Effect.provideService(Effect.provide(effect, ports), Metric.MetricRegistry, new Map()))

const jobsOf = (env: Readonly<Record<string, string>> = {}): ReferralJobs.Jobs =>
  ReferralJobs.make(
    Effect.runSync(
      Effect.provideService(Config.load, ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { ...env } }))
    )
  )
const jobs = jobsOf()

const executions = ExecutionReport.use((report) => report.list({ limit: 20 }))

/** The ports, but shipments cannot be read. */
const withShipments = <A, E>(
  effect: Effect.Effect<A, E, Services>,
  shipments: ShipmentStore["Service"]["shipments"]
): Effect.Effect<A, E, Services> =>
  Effect.flatMap(ShipmentStore, (store) =>
    Effect.provideService(effect, ShipmentStore, ShipmentStore.of({ ...store, shipments }))
  )

describe("ReferralJobs", () => {
  describe("business keys", () => {
    it("of a scheduled daily run is its business date, and of one that is asked for also when", () => {
      const scheduled = ReferralJobs.syncInput(request, null)
      expect(scheduled).toStrictEqual({
        businessDate: "2023-11-05",
        askedAt: null,
        atMs: request.atMs,
        zone: JAKARTA,
        lockWaitMs: 0
      })
      expect(jobs.sync.businessKey(scheduled)).toBe("2023-11-05")
      expect(jobs.sync.businessKey(ReferralJobs.syncInput(request, "2023-11-06T00:00:00.000Z"))).toBe(
        "2023-11-05 asked 2023-11-06T00:00:00.000Z"
      )
    })

    it.each([
      ["the month before, by the returns", {}, "2023-10 return"],
      ["a month", { month: "2023-02" }, "2023-02 return"],
      ["any milestone", { month: "2023-02", by: "any-milestone" as const }, "2023-02 any-milestone"],
      ["the month before, in January", { atMs: Date.parse("2024-01-15T00:00:00Z") }, "2023-12 return"],
      ["the month before, on its last evening", { atMs: Date.parse("2023-10-31T17:00:00Z") }, "2023-10 return"],
      ["the month before, a second earlier", { atMs: Date.parse("2023-10-31T16:59:59Z") }, "2023-09 return"]
    ])("of a backfill is month and milestones: %s", (_, change, expected) => {
      const input = ReferralJobs.backfillInput({ ...request, ...change }, null)
      expect(jobs.backfill.businessKey(input)).toBe(expected)
      const asked = { ...input, askedAt: "2023-11-06T00:00:00.000Z" }
      expect(jobs.backfill.businessKey(asked)).toBe(`${expected} asked 2023-11-06T00:00:00.000Z`)
    })

    it("of an import is when it was asked for", () => {
      expect(jobs.legacy.businessKey(ReferralJobs.importInput(request, "2023-11-06T00:00:00.000Z"))).toBe(
        "all asked 2023-11-06T00:00:00.000Z"
      )
    })

    it("are forgotten when executions are purged, for a day or a month may be done again", () => {
      expect(Object.values(jobs).map(({ keyAfterPurge }) => keyAfterPurge)).toStrictEqual([
        "forgotten",
        "forgotten",
        "forgotten"
      ])
    })
  })

  it("are done once for a date or a month, however often their schedule starts them", async () => {
    const daily = LocalRun.run(jobs.sync, ReferralJobs.syncInput(request, null))
    const monthly = LocalRun.run(jobs.backfill, ReferralJobs.backfillInput(request, null))
    const [one, two, three, four] = await run(Effect.all([daily, daily, monthly, monthly]))
    expect([one, two, three, four].map(Option.isSome)).toStrictEqual([true, false, true, false])
    expect(target.journal.runs().map(({ job }) => job)).toStrictEqual([
      "sync-referral-orders",
      "backfill-referral-orders"
    ])
  })

  describe("what a run gives", () => {
    it("is what the job reports, whole", async () => {
      filled(
        shipment("SO1", { dispatchedAt: seconds("2023-11-04T12:00:00"), statusName: undefined }),
        shipment("SO2", { returnedAt: seconds("2023-10-15T12:00:00") }),
        shipment("SO3", { returnedAt: seconds("2023-10-16T12:00:00"), memberId: "11" })
      )
      const [daily, backfill, legacy] = await run(
        Effect.all([
          ReferralJobs.syncNow(jobs, request),
          ReferralJobs.backfillNow(jobs, { ...request, month: "2023-10", by: "return" }),
          ReferralJobs.importNow(jobs, request)
        ])
      )
      const common = { businessDate: "2023-11-05", dryRun: false, changed: 0, unchanged: 0 }
      expect(daily).toStrictEqual([
        {
          ...common,
          job: "sync-referral-orders",
          runId: 1,
          window: days("2023-11-04", "2023-11-05"),
          read: 1,
          notReferred: 0,
          unusable: 0,
          inserted: 1,
          findings: { StatusNameMissing: 1 }
        }
      ])
      expect(backfill).toStrictEqual([
        {
          ...common,
          job: "backfill-referral-orders",
          runId: 2,
          window: days("2023-10-01", "2023-11-01"),
          read: 2,
          notReferred: 1,
          unusable: 0,
          inserted: 1,
          findings: {}
        }
      ])
      expect(legacy).toStrictEqual([
        {
          ...common,
          job: "import-legacy-commissions",
          runId: 3,
          window: undefined,
          read: 2,
          notReferred: 0,
          unusable: 1,
          inserted: 1,
          findings: { OrderNumberMissing: 1, ShipmentMissing: 1 }
        }
      ])
      expect((await run(executions)).map(({ job, state }) => [job, state])).toStrictEqual([
        ["import-legacy-commissions", "succeeded"],
        ["backfill-referral-orders", "succeeded"],
        ["sync-referral-orders", "succeeded"]
      ])
    })

    it("is a report for each window, by the settings for overlap and catching up", async () => {
      const settled = jobsOf({ RECKONER_REFERRAL_OVERLAP_DAYS: "1", RECKONER_REFERRAL_CATCH_UP_DAYS: "2" })
      const later = { ...request, atMs: Date.parse("2023-11-07T18:00:00Z") }
      const reports = await run(
        Effect.andThen(ReferralJobs.syncNow(settled, request), ReferralJobs.syncNow(settled, later))
      )
      expect(reports.map(({ window }) => window)).toStrictEqual([
        days("2023-11-04", "2023-11-07"),
        days("2023-11-07", "2023-11-08")
      ])
    })

    it("goes back by three days unless the settings say otherwise", async () => {
      const later = { ...request, atMs: Date.parse("2023-11-05T18:00:00Z") }
      const reports = await run(Effect.andThen(ReferralJobs.syncNow(jobs, request), ReferralJobs.syncNow(jobs, later)))
      expect(reports.map(({ window }) => window)).toStrictEqual([days("2023-11-02", "2023-11-06")])
    })

    it("rests for a backfill on the policy of the settings, and for a daily run on none", async () => {
      const settled = jobsOf({ RECKONER_CASHBACK_POLICY: "*=10%" })
      const at = seconds("2023-11-04T12:00:00")
      filled(shipment("SO1", { dispatchedAt: at, returnedAt: at, cashbackRow: undefined }))
      const cashback = () => target.orders.orders().map(({ affiliateCashback }) => affiliateCashback?.minor)
      await run(ReferralJobs.syncNow(settled, request))
      expect(cashback()).toStrictEqual([undefined])
      await run(ReferralJobs.backfillNow(settled, { ...request, month: "2023-11", by: "return" }))
      expect(cashback()).toStrictEqual([100_000n])
    })

    it("counts in the metrics of its job", async () => {
      filled(shipment("SO1", { dispatchedAt: seconds("2023-11-04T12:00:00") }))
      const counted = await run(
        Effect.gen(function* () {
          yield* ReferralJobs.syncNow(jobs, request)
          return (yield* Metric.snapshot)
            .filter(({ id }) => id.startsWith("reckoner_referral_"))
            .map(({ attributes, id, state }) => [id, attributes?.["job"], "count" in state && Number(state.count)])
        })
      )
      expect(counted.toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1))).toStrictEqual([
        ["reckoner_referral_orders_changed_total", "sync-referral-orders", 0],
        ["reckoner_referral_orders_inserted_total", "sync-referral-orders", 1],
        ["reckoner_referral_rows_read_total", "sync-referral-orders", 1]
      ])
    })
  })

  describe("what is told on the way", () => {
    it("is how far a run is, and one line for each of its windows", async () => {
      filled(shipment("SO1", { dispatchedAt: seconds("2023-11-04T12:00:00") }))
      const told: Array<unknown> = []
      const said: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => void said.push(message))
      await run(
        ReferralJobs.syncNow(jobs, request, (progress) => Effect.sync(() => void told.push(progress))).pipe(
          Effect.provide(Logger.layer([logger]))
        )
      )
      expect(told).toStrictEqual([{ _tag: "Reading", rowsRead: 1, rowsEstimate: 1, ordersWritten: 1 }])
      expect(said).toStrictEqual([["run complete"]])
    })

    it("is that another run has to end first; then it fails with RunLockBusy", async () => {
      const told: Array<string> = []
      const waiting = { ...request, lockWaitMs: 20 }
      const tell = ({ _tag }: ReferralJobs.Progress) => Effect.sync(() => void told.push(_tag))
      const failures = await run(
        Effect.flatMap(ReferralOrderStore, ({ lock }) =>
          lock.exclusively(
            ReferralRun.LOCK,
            { waitMs: 0, onWait: Effect.void },
            Effect.all([
              Effect.flip(ReferralJobs.syncNow(jobs, waiting, tell)),
              Effect.flip(ReferralJobs.backfillNow(jobs, { ...waiting, month: "2023-10", by: "return" }, tell)),
              Effect.flip(ReferralJobs.importNow(jobs, waiting, tell))
            ])
          )
        )
      )
      const busy = new RunLockBusy({ name: ReferralRun.LOCK, waitedMs: 20 })
      expect(failures).toStrictEqual([busy, busy, busy])
      expect(told).toStrictEqual(["WaitsForOtherRun", "WaitsForOtherRun", "WaitsForOtherRun"])
      expect(target.journal.runs()).toStrictEqual([])
    })
  })

  describe("what a run fails with", () => {
    it.each([
      new StoreError({ reason: "StorageFull", message: "no room", isRetryable: false }),
      new StoreError({ reason: "ConnectionLost", message: "gone", isRetryable: true })
    ])("is what the store said: $reason; the execution is listed as failed", async (error) => {
      const failure = await run(
        withShipments(Effect.flip(ReferralJobs.syncNow(jobs, request)), () => Stream.fail(error))
      )
      expect(failure).toStrictEqual(error)
      expect((await run(executions)).map(({ state }) => state)).toStrictEqual(["failed"])
      expect(target.journal.runs()).toMatchObject([{ state: "failed", error: error.message }])
    })

    it.each([
      ["Unreachable", true],
      ["TooSlow", true],
      ["Refused", false],
      ["InvalidAnswer", false]
    ] as const)("is what the user service said: %s", async (reason, isRetryable) => {
      filled(shipment("SO1", { dispatchedAt: seconds("2023-11-04T12:00:00") }))
      const error = new ReferralDirectoryError({ reason, message: "the user service says no", isRetryable })
      const failure = await run(
        Effect.provideService(
          Effect.flip(ReferralJobs.syncNow(jobs, request)),
          ReferralDirectory,
          ReferralDirectory.of({ referralsOf: () => Effect.fail(error) })
        )
      )
      expect(failure).toStrictEqual(error)
      expect(target.journal.runs()).toMatchObject([{ state: "failed", error: "the user service says no" }])
      expect(target.orders.orders()).toStrictEqual([])
    })

    it("is a bug with its message", async () => {
      const exit = await run(
        withShipments(Effect.exit(ReferralJobs.syncNow(jobs, request)), () => Stream.die(new Error("a bug on purpose")))
      )
      expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toStrictEqual(new Error("a bug on purpose"))
    })

    it("is a bug where somebody asks for a month that is none", async () => {
      const asked = ReferralJobs.backfillNow(jobs, { ...request, month: "2023-13", by: "return" })
      const exit = await run(Effect.exit(asked))
      expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toStrictEqual(new Error("2023-13 is no month"))
      expect(target.journal.runs()).toStrictEqual([])
    })
  })

  describe("the step", () => {
    type Options = Job.StepOptions<unknown, unknown>

    /** What the step of a job is asked for. */
    const stepOf = async (
      job: { readonly run: (input: never) => Effect.Effect<unknown, unknown, unknown> },
      input: unknown
    ) => {
      const asked: Array<[name: string, options: Partial<Options>]> = []
      const execution = Job.Execution.of({
        id: "1",
        attempt: 1,
        step: ((name: string, options: Partial<Options>) =>
          Effect.andThen(
            Effect.sync(() => void asked.push([name, options])),
            Effect.interrupt
          )) as Job.Execution["Service"]["step"],
        sleepUntil: () => Effect.die("not part of this test"),
        awaitSignal: () => Effect.die("not part of this test"),
        report: () => Effect.void
      })
      const once = job.run(input as never) as Effect.Effect<unknown, unknown, Services | Job.Execution>
      await run(Effect.exit(Effect.provideService(once, Job.Execution, execution)))
      return asked
    }

    const all = [
      ["sync", ReferralJobs.syncInput(request, null)],
      ["backfill", ReferralJobs.backfillInput(request, null)],
      ["legacy", ReferralJobs.importInput(request, "2023-11-06T00:00:00.000Z")]
    ] as const

    it.each(all)("of %s is the one of its execution, and is tried again as its failures say", async (name, input) => {
      const steps = await stepOf(jobs[name] as never, input)
      expect(steps.map(([step]) => step)).toStrictEqual(["run"])
      const [, { kindOf = RetryPolicy.kindOf }] = steps[0]!
      expect(
        [
          { _tag: "StoreError", reason: "ConnectionLost", message: "gone", isRetryable: true },
          { _tag: "ReferralDirectoryError", reason: "TooSlow", message: "late", isRetryable: true },
          { _tag: "StoreError", reason: "StorageFull", message: "no room", isRetryable: false },
          { _tag: "ReferralDirectoryError", reason: "Refused", message: "no", isRetryable: false },
          { _tag: "RunLockBusy", name: "referral-orders", waitedMs: 20 }
        ].map((failure) => kindOf(failure))
      ).toStrictEqual(["transient", "transient", "permanent", "permanent", "permanent"])
    })
  })

  it("tells two runs apart that are asked for within one millisecond", async () => {
    vi.spyOn(Date, "now").mockReturnValue(Date.UTC(2023, 10, 6))
    const kept = await run(
      Effect.andThen(
        Effect.all([ReferralJobs.importNow(jobs, request), ReferralJobs.importNow(jobs, request)]),
        executions
      )
    )
    expect(kept.map(({ businessKey }) => businessKey).toSorted()).toStrictEqual([
      "all asked 2023-11-06T00:00:00.000Z",
      "all asked 2023-11-06T00:00:00.001Z"
    ])
  })
})
