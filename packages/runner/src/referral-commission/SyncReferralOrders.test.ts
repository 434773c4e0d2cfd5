import { ReferralOrderStore, RunJournal, RunLockBusy, ShipmentStore, StoreError } from "@reckoner/core/ports"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { beforeEach, describe, expect, it } from "vitest"
import type { Ports } from "./ReferralJobs.ts"
import * as ReferralRun from "./ReferralRun.ts"
import * as SyncReferralOrders from "./SyncReferralOrders.ts"
import * as memory from "./testing/memoryReferrals.ts"

const { days, idr, seconds, shipment } = memory

const NOON = "2023-11-05T12:00:00"
const YESTERDAY = days("2023-11-04", "2023-11-05")

let target: memory.MemoryReferrals
const filled = (shipments: ReadonlyArray<ReturnType<typeof shipment>>) => {
  target = memory.make({ shipments })
}
beforeEach(() => {
  filled([
    shipment("BEFORE", { dispatchedAt: YESTERDAY.fromEpochSeconds - 1 }),
    shipment("FIRST", { dispatchedAt: YESTERDAY.fromEpochSeconds }),
    shipment("LAST", { deliveredAt: YESTERDAY.untilEpochSeconds - 1, memberId: "8" }),
    shipment("RETURNED", { returnedAt: seconds("2023-11-04T10:00:00"), statusName: undefined }),
    shipment("AFTER", { dispatchedAt: YESTERDAY.untilEpochSeconds }),
    shipment("NOBODY'S", { dispatchedAt: YESTERDAY.fromEpochSeconds, memberId: "11" }),
    shipment("MEMBERLESS", { dispatchedAt: YESTERDAY.fromEpochSeconds, memberId: "0" })
  ])
})

interface Change extends Partial<SyncReferralOrders.Request> {
  readonly at?: string
}

const job = ({ at = NOON, daysMax = 31, overlapDays = 0, ...change }: Change = {}) =>
  SyncReferralOrders.run({ ...memory.requestAt(at, change), overlapDays, daysMax })

const run = (change: Change = {}, layer: Layer.Layer<Ports> = target.layer) =>
  Effect.runPromise(Effect.provide(job(change), layer))

const failing = (change: Change, layer: Layer.Layer<Ports> = target.layer) =>
  Effect.runPromise(Effect.flip(Effect.provide(job(change), layer)))

const stored = () => target.orders.orders().map(({ orderNo }) => orderNo)
const windows = (reports: ReadonlyArray<ReferralRun.Report>) => reports.map(({ window }) => window)
const records = () => target.journal.runs().map(({ state, window }) => [state, window])

const full = new StoreError({ reason: "StorageFull", message: "the disk is full", isRetryable: false })

/** The ports, but the store of orders does something else for a batch. */
const recording = (change: (record: Effect.Effect<void, StoreError>) => Effect.Effect<void, StoreError>) =>
  Layer.merge(
    target.layer,
    Layer.provide(
      Layer.effect(
        ReferralOrderStore,
        Effect.map(ReferralOrderStore, (store) =>
          ReferralOrderStore.of({
            ...store,
            recorder: Effect.map(store.recorder, ({ record }) => ({
              record: (orders) =>
                Effect.as(change(Effect.asVoid(record(orders))), { inserted: 0, changed: 0, unchanged: 0 })
            }))
          })
        )
      ),
      target.layer
    )
  )

/** The ports, but shipments of the windows that begin then cannot be read. */
const unreadableFrom = (fromEpochSeconds: number) =>
  Layer.merge(
    target.layer,
    Layer.provide(
      Layer.effect(
        ShipmentStore,
        Effect.map(ShipmentStore, (store) =>
          ShipmentStore.of({
            ...store,
            shipments: (scope) =>
              scope.window.fromEpochSeconds === fromEpochSeconds ? Stream.fail(full) : store.shipments(scope)
          })
        )
      ),
      target.layer
    )
  )

/** One shipment for each day of the first half of November. */
const daily = () =>
  Array.from({ length: 15 }, (_, at) => {
    const day = String(at + 1).padStart(2, "0")
    return shipment(`D${day}`, { dispatchedAt: seconds(`2023-11-${day}T09:00:00`) })
  })

describe("SyncReferralOrders", () => {
  describe("the first run", () => {
    it("covers exactly yesterday of the business zone, and reports and journals what it did", async () => {
      const reports = await run()
      expect(stored()).toStrictEqual(["FIRST", "LAST", "RETURNED"])
      const counts = { read: 5, notReferred: 2, unusable: 0, inserted: 3, changed: 0, unchanged: 0 }
      expect(reports).toStrictEqual([
        {
          job: "sync-referral-orders",
          runId: 1,
          businessDate: "2023-11-05",
          window: YESTERDAY,
          dryRun: false,
          ...counts,
          findings: { MemberWithSeveralReferrals: 1, StatusNameMissing: 1, MemberMissing: 1 }
        }
      ])
      expect(target.journal.runs()).toStrictEqual([
        {
          runId: 1,
          job: "sync-referral-orders",
          businessDate: "2023-11-05",
          fromDate: undefined,
          window: YESTERDAY,
          state: "complete",
          counts: {
            ...counts,
            "finding.MemberWithSeveralReferrals": 1,
            "finding.StatusNameMissing": 1,
            "finding.MemberMissing": 1
          }
        }
      ])
    })

    it.each([
      ["the last second of the day before", "2023-11-04T23:59:59", days("2023-11-03", "2023-11-04")],
      ["midnight", "2023-11-05T00:00:00", YESTERDAY],
      ["the last second of the day", "2023-11-05T23:59:59", YESTERDAY]
    ])("is of the business date at %s", async (_, at, window) => {
      expect(windows(await run({ at }))).toStrictEqual([window])
    })

    it("writes orders as the core decides them, with the affiliate that counts", async () => {
      await run()
      const [first, last] = target.orders.orders()
      expect(first).toStrictEqual({
        orderNo: "FIRST",
        memberId: "7",
        affiliateId: "90",
        statusId: 3,
        statusName: "delivered",
        courierName: "Swift",
        rateName: "Regular",
        rateCode: "REG",
        shippingPrice: idr("10000"),
        memberCashback: idr("600"),
        affiliateCashback: idr("800"),
        estimatedCommission: idr("200"),
        dispatchedAt: YESTERDAY.fromEpochSeconds,
        deliveredAt: undefined,
        returnedAt: undefined,
        source: "daily"
      })
      expect([last?.memberId, last?.affiliateId]).toStrictEqual(["8", "91"])
    })

    it("keeps findings for the orders they are about", async () => {
      await run()
      expect(target.findings.findings()).toStrictEqual(
        [
          {
            subject: "LAST",
            kind: "MemberWithSeveralReferrals",
            detail: { memberId: "8", chosen: "91", others: ["92"] }
          },
          { subject: "RETURNED", kind: "StatusNameMissing", detail: { statusId: 3 } },
          { subject: "MEMBERLESS", kind: "MemberMissing", detail: {} }
        ].map((finding) => ({ ...finding, job: "sync-referral-orders", lineId: undefined, firstRun: 1 }))
      )
    })

    it("asks nobody about members that there are not", async () => {
      await run()
      expect(target.directory.asked()).toStrictEqual([["7", "8", "11"]])
    })

    it("knows no policy: what nothing says stays unknown, and is found", async () => {
      filled([shipment("SO1", { dispatchedAt: YESTERDAY.fromEpochSeconds, cashbackRow: undefined })])
      await run()
      const [order] = target.orders.orders()
      expect([order?.memberCashback, order?.affiliateCashback, order?.estimatedCommission]).toStrictEqual([
        idr("500"),
        undefined,
        undefined
      ])
      expect(memory.found(target)).toStrictEqual(["SO1 AffiliateCashbackUnknown"])
    })

    it("covers a day without a shipment", async () => {
      filled([])
      expect(await run()).toMatchObject([{ read: 0, inserted: 0, findings: {} }])
      expect(records()).toStrictEqual([["complete", YESTERDAY]])
    })
  })

  describe("a later run", () => {
    it("changes nothing the second time on the same day", async () => {
      await run()
      const before = target.orders.orders()
      const [again] = await run()
      expect(again).toMatchObject({ window: YESTERDAY, read: 5, inserted: 0, changed: 0, unchanged: 3 })
      expect(target.orders.orders()).toStrictEqual(before)
      // Findings stay those of the run that found them first.
      expect(target.findings.findings().map(({ firstRun }) => firstRun)).toStrictEqual([1, 1, 1])
    })

    it("covers the day that follows, without overlap", async () => {
      filled(daily())
      await run({ at: "2023-11-05T01:00:00" })
      expect(windows(await run({ at: "2023-11-06T01:00:00" }))).toStrictEqual([days("2023-11-05", "2023-11-06")])
      expect(stored()).toStrictEqual(["D04", "D05"])
    })

    it("goes back by the overlap, and takes milestones that were written late", async () => {
      filled(daily())
      await run({ at: "2023-11-05T01:00:00" })
      target.shipments.load({
        shipments: [...daily(), shipment("LATE", { returnedAt: seconds("2023-11-02T09:00:00") })]
      })
      const reports = await run({ at: "2023-11-06T01:00:00", overlapDays: 3 })
      expect(windows(reports)).toStrictEqual([days("2023-11-02", "2023-11-06")])
      expect(reports[0]).toMatchObject({ inserted: 4, unchanged: 1 })
      expect(stored()).toStrictEqual(["D02", "D03", "D04", "D05", "LATE"])
    })

    it("rewrites what changed in between, and says that it did", async () => {
      const order = shipment("SO1", { dispatchedAt: YESTERDAY.fromEpochSeconds })
      filled([order])
      await run()
      target.shipments.load({ shipments: [{ ...order, statusName: "LOST" }] })
      expect(await run()).toMatchObject([{ inserted: 0, changed: 1, unchanged: 0 }])
      expect(target.orders.orders()[0]?.statusName).toBe("lost")
    })

    it("catches up on skipped days from the end of the last window", async () => {
      filled(daily())
      await run({ at: "2023-11-05T01:00:00" })
      const reports = await run({ at: "2023-11-09T01:00:00", overlapDays: 1 })
      expect(windows(reports)).toStrictEqual([days("2023-11-04", "2023-11-09")])
      expect(stored()).toStrictEqual(["D04", "D05", "D06", "D07", "D08"])
    })

    it("catches up in several windows, the oldest first, each with a record of its own", async () => {
      filled(daily())
      await run({ at: "2023-11-05T01:00:00" })
      const reports = await run({ at: "2023-11-10T01:00:00", overlapDays: 1, daysMax: 2 })
      const expected = [
        days("2023-11-04", "2023-11-07"),
        days("2023-11-07", "2023-11-09"),
        days("2023-11-09", "2023-11-10")
      ]
      expect(reports.map(({ inserted, runId, window }) => [runId, window, inserted])).toStrictEqual([
        [2, expected[0], 2],
        [3, expected[1], 2],
        [4, expected[2], 1]
      ])
      expect(records()).toStrictEqual([YESTERDAY, ...expected].map((window) => ["complete", window]))
      expect(
        target.journal.runs().map((record) => ("counts" in record ? record.counts["read"] : "none"))
      ).toStrictEqual([1, 3, 2, 1])
      expect(reports.map(({ businessDate }) => businessDate)).toStrictEqual(["2023-11-10", "2023-11-10", "2023-11-10"])
    })

    it("covers yesterday again when a later day was covered before", async () => {
      filled(daily())
      await run({ at: "2023-11-09T01:00:00" })
      expect(windows(await run({ at: "2023-11-05T01:00:00" }))).toStrictEqual([YESTERDAY])
    })

    it("takes no window of another job for its own", async () => {
      const begin = { job: "backfill-referral-orders", businessDate: "2023-11-05" as never, fromDate: undefined }
      await Effect.runPromise(
        Effect.gen(function* () {
          const journal = yield* RunJournal
          const runId = yield* journal.begin({ ...begin, window: days("2023-10-01", "2023-11-01") })
          yield* journal.end(runId, { state: "complete", counts: {} })
        }).pipe(Effect.provide(target.layer))
      )
      expect(windows(await run())).toStrictEqual([YESTERDAY])
    })
  })

  describe("a run that does not come to its end", () => {
    it("stops at the window that failed; the next run begins with that one", async () => {
      filled(daily())
      await run({ at: "2023-11-05T01:00:00" })
      const catchUp = { at: "2023-11-11T01:00:00", daysMax: 2 }
      expect(await failing(catchUp, unreadableFrom(days("2023-11-07", "2023-11-09").fromEpochSeconds))).toBe(full)
      expect(records()).toStrictEqual([
        ["complete", YESTERDAY],
        ["complete", days("2023-11-05", "2023-11-07")],
        ["failed", days("2023-11-07", "2023-11-09")]
      ])
      expect(stored()).toStrictEqual(["D04", "D05", "D06"])
      expect(windows(await run(catchUp))).toStrictEqual([
        days("2023-11-07", "2023-11-09"),
        days("2023-11-09", "2023-11-11")
      ])
      expect(stored()).toStrictEqual(["D04", "D05", "D06", "D07", "D08", "D09", "D10"])
    })

    it("leaves the record of a window that is done as it is when the next one cannot begin", async () => {
      filled(daily())
      await run({ at: "2023-11-05T01:00:00" })
      let begun = 0
      const unopenable = Layer.merge(
        target.layer,
        Layer.provide(
          Layer.effect(
            RunJournal,
            Effect.map(RunJournal, (journal) =>
              RunJournal.of({
                ...journal,
                begin: (start) => (++begun === 2 ? Effect.fail(full) : journal.begin(start))
              })
            )
          ),
          target.layer
        )
      )
      expect(await failing({ at: "2023-11-09T01:00:00", daysMax: 2 }, unopenable)).toBe(full)
      expect(records()).toStrictEqual([
        ["complete", YESTERDAY],
        ["complete", days("2023-11-05", "2023-11-07")]
      ])
    })

    it("fails as the store does, and says so in its record", async () => {
      const failure = await failing(
        {},
        recording(() => Effect.fail(full))
      )
      expect(failure).toBe(full)
      expect(target.journal.runs()).toMatchObject([{ runId: 1, state: "failed", error: "the disk is full" }])
      expect([stored(), memory.found(target)]).toStrictEqual([[], []])
      // It covered nothing: the next day begins with yesterday alone, as a first run does.
      expect(windows(await run({ at: "2023-11-06T12:00:00" }))).toStrictEqual([days("2023-11-05", "2023-11-06")])
    })

    it("leaves a window that is still running uncovered, and closes its record", async () => {
      await Effect.runPromise(
        Effect.flatMap(RunJournal, (journal) =>
          journal.begin({
            job: SyncReferralOrders.JOB,
            businessDate: "2023-11-05" as never,
            fromDate: undefined,
            window: days("2023-11-03", "2023-11-05")
          })
        ).pipe(Effect.provide(target.layer))
      )
      expect(windows(await run())).toStrictEqual([YESTERDAY])
      expect(target.journal.runs().map(({ state }) => state)).toStrictEqual(["failed", "complete"])
    })

    it("has not covered its window before everything is written", async () => {
      const states: Array<string | undefined> = []
      await run({ onProgress: () => Effect.sync(() => void states.push(target.journal.runs()[0]?.state)) })
      expect([states, target.journal.runs()[0]?.state]).toStrictEqual([["running"], "complete"])
    })

    it("has not covered its window when its record could not be closed", async () => {
      const unclosable = Layer.merge(
        target.layer,
        Layer.provide(
          Layer.effect(
            RunJournal,
            Effect.map(RunJournal, (journal) => RunJournal.of({ ...journal, end: () => Effect.fail(full) }))
          ),
          target.layer
        )
      )
      expect(await failing({}, unclosable)).toBe(full)
      expect(records()).toStrictEqual([["running", YESTERDAY]])
      expect(windows(await run({ at: "2023-11-06T12:00:00" }))).toStrictEqual([days("2023-11-05", "2023-11-06")])
      expect(records()).toStrictEqual([
        ["failed", YESTERDAY],
        ["complete", days("2023-11-05", "2023-11-06")]
      ])
    })

    it("is marked as stopped when it is interrupted, and gives the lock back", async () => {
      await Effect.runPromise(
        Effect.gen(function* () {
          const isRecording = yield* Deferred.make<void>()
          const held = recording(() => Effect.andThen(Deferred.succeed(isRecording, undefined), Effect.never))
          const fiber = yield* Effect.forkChild(Effect.provide(job(), held))
          yield* Deferred.await(isRecording)
          yield* Fiber.interrupt(fiber)
        })
      )
      expect(target.journal.runs()).toMatchObject([{ state: "failed", error: "the run was stopped" }])
      expect(await run()).toMatchObject([{ inserted: 3 }])
    })

    it("says in its record what broke when it is a defect", async () => {
      const exit = await Effect.runPromise(
        Effect.exit(
          Effect.provide(
            job(),
            recording(() => Effect.die(new Error("a bug")))
          )
        )
      )
      expect(exit._tag).toBe("Failure")
      expect(target.journal.runs()).toMatchObject([{ state: "failed", error: "a bug" }])
    })

    it("keeps whole batches, and the next run completes the table", async () => {
      const many = 20_000
      filled(Array.from({ length: many }, (_, at) => shipment(`M${at}`, { dispatchedAt: YESTERDAY.fromEpochSeconds })))
      let batches = 0
      const broken = recording((record) => (++batches === 2 ? Effect.fail(full) : record))
      expect(await failing({}, broken)).toBe(full)
      const before = target.orders.orders().length
      expect([before > 0, before < many]).toStrictEqual([true, true])
      const progress: Array<ReferralRun.Progress> = []
      const [report] = await run({ onProgress: (at) => Effect.sync(() => void progress.push(at)) })
      expect([report?.inserted, report?.unchanged]).toStrictEqual([many - before, before])
      expect(progress.length).toBeGreaterThan(1)
      expect(progress.at(-1)).toStrictEqual({ rowsRead: many, rowsEstimate: many, ordersWritten: many - before })
      expect(progress.map(({ rowsRead }) => rowsRead)).toStrictEqual(
        progress.map(({ rowsRead }) => rowsRead).toSorted((one, other) => one - other)
      )
    })
  })

  describe("a dry run", () => {
    it("reports what a run then does, and leaves no trace", async () => {
      const dry = await run({ dryRun: true })
      expect([stored(), memory.found(target), target.journal.runs()]).toStrictEqual([[], [], []])
      const really = await run()
      expect(dry).toStrictEqual(really.map((report) => ({ ...report, runId: undefined, dryRun: true })))
      expect(await run({ dryRun: true })).toMatchObject([{ runId: undefined, inserted: 0, unchanged: 3 }])
      expect(target.journal.runs()).toHaveLength(1)
    })

    it("takes no lock: it runs beside a run", async () => {
      const reports = await Effect.runPromise(
        Effect.flatMap(ReferralOrderStore, ({ lock }) =>
          lock.exclusively(ReferralRun.LOCK, { waitMs: 0, onWait: Effect.void }, job({ dryRun: true }))
        ).pipe(Effect.provide(target.layer))
      )
      expect(reports).toMatchObject([{ inserted: 3 }])
    })
  })

  describe("the lock of the target", () => {
    it("keeps a run out while another goes on, and the run leaves no trace", async () => {
      const failure = await Effect.runPromise(
        Effect.flatMap(ReferralOrderStore, ({ lock }) =>
          lock.exclusively(ReferralRun.LOCK, { waitMs: 0, onWait: Effect.void }, Effect.flip(job()))
        ).pipe(Effect.provide(target.layer))
      )
      expect(failure).toStrictEqual(new RunLockBusy({ name: ReferralRun.LOCK, waitedMs: 0 }))
      expect([target.journal.runs(), stored(), memory.found(target)]).toStrictEqual([[], [], []])
    })

    it("is held over all windows, and asked for when nothing has been looked at yet", async () => {
      filled(daily())
      await run({ at: "2023-11-05T01:00:00" })
      const outcomes: Array<string> = []
      const other = Effect.flatMap(ReferralOrderStore, ({ lock }) =>
        lock.exclusively(ReferralRun.LOCK, { waitMs: 0, onWait: Effect.void }, Effect.void)
      ).pipe(
        Effect.provide(target.layer),
        Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: () => "free" }),
        Effect.map((outcome) => void outcomes.push(outcome))
      )
      await run({ at: "2023-11-10T01:00:00", daysMax: 2, onProgress: () => other })
      expect(outcomes).toStrictEqual(["RunLockBusy", "RunLockBusy", "RunLockBusy"])
      await Effect.runPromise(other)
      expect(outcomes.at(-1)).toBe("free")
    })

    it("lets two runs at once both succeed; the second finds nothing left, and covers what is due by then", async () => {
      filled(daily())
      await run({ at: "2023-11-05T01:00:00" })
      const both = { at: "2023-11-08T01:00:00", lockWaitMs: 10_000 }
      const [one, other] = await Effect.runPromise(
        Effect.provide(Effect.all([job(both), job(both)], { concurrency: 2 }), target.layer)
      )
      expect(windows(one)).toStrictEqual([days("2023-11-05", "2023-11-08")])
      expect(windows(other)).toStrictEqual([days("2023-11-07", "2023-11-08")])
      expect([one, other]).toMatchObject([[{ inserted: 3 }], [{ inserted: 0, changed: 0, unchanged: 1 }]])
    })
  })
})
