import { BusinessZone, Entitlement, PlainDate, Quantity } from "@reckoner/core"
import { EntitlementStore, RunJournal, RunLock, RunLockBusy, StoreError } from "@reckoner/core/ports"
import { MemoryEntitlementStore, MemoryRunJournal, MemoryRunLock } from "@reckoner/core/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { beforeEach, describe, expect, it } from "vitest"
import * as SyncEntitlements from "./SyncEntitlements.ts"

const MANY = 4_500
const ANSWERS_PER_BATCH_MAX = 2_000

const date = PlainDate.parseUnsafe
const units = (text: string) => Result.getOrThrow(Quantity.parse(text))

const department = {
  departmentId: 1,
  isActive: true,
  companyIsActive: true,
  companyModuleIds: new Set([50]),
  membershipSettings: new Set(["F"])
}

const subscription = (subscriptionId: number, articleId: number) =>
  ({ subscriptionId, memberId: 7, articleId, anchorDate: date("2026-01-31"), unit: "month", intervalCount: 1 }) as const

const sale = (invoiceId: number, articleIds: ReadonlyArray<number>, change: object = {}) => ({
  departmentId: 1,
  invoice: {
    invoiceId,
    memberId: 7,
    invoiceDate: date("2026-03-05"),
    lines: articleIds.map((articleId, at) => ({ lineId: invoiceId * 10 + at, articleId, quantity: units("2") })),
    ...change
  }
})

// 1, 2 are simple; 10 = 4 × article 1 + 0.5 × article 2; 12 is a package with nothing in it.
const gymSources: MemoryEntitlementStore.Sources = {
  departments: [department, { ...department, departmentId: 2, isActive: false }],
  articles: [1, 2, 10, 12].map((articleId) => ({ articleId, isPackage: articleId >= 10 })),
  bills: [
    {
      billId: 1,
      articleId: 10,
      lines: [
        { componentId: 1, quantity: units("4") },
        { componentId: 2, quantity: units("0.5") }
      ]
    }
  ],
  invoices: [
    sale(1, [10, 1]), // granted, both
    sale(2, [12, 1]), // held: 12 is empty
    sale(3, [2]), // no subscription
    sale(4, [1], { memberId: undefined }),
    { ...sale(5, [1]), departmentId: 2 }, // out of scope
    sale(6, [1], { invoiceDate: date("2025-12-31") }) // before the anchor
  ],
  subscriptions: [subscription(5, 10), subscription(6, 1), subscription(7, 12), subscription(8, 1)]
}

const request: SyncEntitlements.Request = {
  atMs: Date.UTC(2026, 10, 21, 23, 30),
  zone: Result.getOrThrow(BusinessZone.parse("Europe/Zagreb")),
  fromDate: undefined,
  dryRun: false,
  lockWaitMs: 0,
  onLockWait: Effect.void,
  onProgress: () => Effect.void
}

let gym: MemoryEntitlementStore.MemoryEntitlementStore
let journal: MemoryRunJournal.MemoryRunJournal
let lock: MemoryRunLock.MemoryRunLock
beforeEach(() => {
  gym = MemoryEntitlementStore.make(gymSources)
  journal = MemoryRunJournal.make()
  lock = MemoryRunLock.make()
})

const job = (change: Partial<SyncEntitlements.Request> = {}, store = gym.layer) =>
  Effect.provide(SyncEntitlements.run({ ...request, ...change }), Layer.mergeAll(store, journal.layer, lock.layer))

const run = (change: Partial<SyncEntitlements.Request> = {}, store = gym.layer) => Effect.runPromise(job(change, store))

const granted = () =>
  gym
    .entitlements()
    .map((one) =>
      [
        one.invoiceId,
        one.articleId,
        one.start,
        one.endExclusive,
        ...one.items.map((item) => `${item.articleId}×${Entitlement.grantedQuantity(item)}`)
      ].join(" ")
    )

/** The gym's store, with something done to what it records. */
const storeWith = (
  change: (record: Effect.Effect<unknown>) => Effect.Effect<void, StoreError>
): Layer.Layer<EntitlementStore> =>
  Layer.effect(
    EntitlementStore,
    Effect.map(EntitlementStore, (store) =>
      EntitlementStore.of({
        ...store,
        recorder: (runId) =>
          Effect.map(store.recorder(runId), (recorder) => ({
            ...recorder,
            record: (batch) =>
              Effect.andThen(
                change(Effect.ignore(recorder.record(batch))),
                Effect.succeed({ entitlements: 0, items: 0 })
              )
          }))
      })
    )
  ).pipe(Layer.provide(gym.layer))

const full = new StoreError({ reason: "StorageFull", message: "the disk is full", isRetryable: false })

describe("SyncEntitlements", () => {
  describe("a run", () => {
    it("grants what is due, and reports and journals what it did", async () => {
      const report = await run()
      expect(granted()).toStrictEqual([
        "1 10 2026-02-28 2026-03-31 1×8.000 2×1.000",
        "1 1 2026-02-28 2026-03-31 1×2.000",
        "6 1 2026-01-31 2026-02-28 1×2.000"
      ])
      expect(report).toStrictEqual({
        job: "sync-entitlements",
        runId: 1,
        businessDate: "2026-11-22",
        dryRun: false,
        invoices: { read: 5, granted: 2, held: 1, nothingToGrant: 2 },
        entitlements: 3,
        items: 4,
        releasedHolds: 0,
        findings: { SeveralSubscriptions: 3, LineWithoutSubscription: 1, MemberMissing: 1, InvoiceBeforeAnchor: 1 },
        holds: { EmptyPackage: 1 }
      })
      expect(journal.runs()).toStrictEqual([
        {
          runId: 1,
          job: "sync-entitlements",
          businessDate: "2026-11-22",
          fromDate: undefined,
          state: "complete",
          counts: {
            invoicesRead: 5,
            invoicesGranted: 2,
            invoicesHeld: 1,
            invoicesWithNothingToGrant: 2,
            entitlements: 3,
            items: 4,
            releasedHolds: 0,
            "finding.SeveralSubscriptions": 3,
            "finding.LineWithoutSubscription": 1,
            "finding.MemberMissing": 1,
            "finding.InvoiceBeforeAnchor": 1,
            "hold.EmptyPackage": 1
          }
        }
      ])
      expect(gym.holds().map((one) => [one.invoiceId, one.firstRun])).toStrictEqual([["2", 1]])
      expect(gym.findings().map((one) => `${one.subject} ${one.kind}`)).toStrictEqual([
        "1 SeveralSubscriptions",
        "2 SeveralSubscriptions",
        "3 LineWithoutSubscription",
        "4 MemberMissing",
        "6 InvoiceBeforeAnchor",
        "6 SeveralSubscriptions"
      ])
    })

    it("grants nothing the second time", async () => {
      await run()
      const before = granted()
      const report = await run()
      expect([report.entitlements, report.items, report.invoices.granted]).toStrictEqual([0, 0, 0])
      expect(report.invoices).toStrictEqual({ read: 3, granted: 0, held: 1, nothingToGrant: 2 })
      expect(granted()).toStrictEqual(before)
      expect(gym.holds().map((one) => [one.firstRun, one.lastRun])).toStrictEqual([[1, 2]])
    })

    it("grants a held invoice, whole, and releases its hold once the catalog is mended", async () => {
      await run()
      gym.load({
        bills: [...gymSources.bills, { billId: 2, articleId: 12, lines: [{ componentId: 2, quantity: units("3") }] }]
      })
      const report = await run()
      expect([report.entitlements, report.releasedHolds, report.invoices.held]).toStrictEqual([2, 1, 0])
      expect(granted().filter((one) => one.startsWith("2 "))).toStrictEqual([
        "2 12 2026-02-28 2026-03-31 2×6.000",
        "2 1 2026-02-28 2026-03-31 1×2.000"
      ])
      expect(gym.holds().map((one) => [one.invoiceId, one.lastRun, one.releasedRun])).toStrictEqual([["2", 1, 2]])
    })

    it("leaves out invoices before its first day, and journals that day", async () => {
      const report = await run({ fromDate: date("2026-01-01") })
      expect(report.invoices.read).toBe(4)
      expect(journal.runs().map((one) => one.fromDate)).toStrictEqual(["2026-01-01"])
    })

    it("finds nothing to do in an empty gym", async () => {
      gym = MemoryEntitlementStore.make()
      const report = await run()
      expect([report.invoices.read, report.entitlements, report.findings]).toStrictEqual([0, 0, {}])
      expect(journal.runs().map((one) => one.state)).toStrictEqual(["complete"])
    })

    it("records in batches, and tells how far it is after each", async () => {
      gym.load({ invoices: Array.from({ length: MANY }, (_, at) => sale(at + 1, [10])) })
      const progress: Array<SyncEntitlements.Progress> = []
      const report = await run({ onProgress: (at) => Effect.sync(() => void progress.push(at)) })
      expect([report.entitlements, gym.entitlements().length]).toStrictEqual([MANY, MANY])
      expect(progress).toStrictEqual(
        [ANSWERS_PER_BATCH_MAX, 2 * ANSWERS_PER_BATCH_MAX, MANY].map((count) => ({
          invoicesRead: count,
          invoicesEstimate: MANY,
          entitlements: count
        }))
      )
    })

    it("holds the lock of the job while it runs, and no longer", async () => {
      let held: ReadonlyArray<string> = []
      await run({ onProgress: () => Effect.sync(() => void (held = [...lock.held()])) })
      expect([held, [...lock.held()]]).toStrictEqual([[SyncEntitlements.JOB], []])
    })

    it("fails with RunLockBusy, and leaves no trace, when another run is going on", async () => {
      const failure = await Effect.runPromise(
        Effect.flatMap(RunLock, (service) =>
          service.exclusively(SyncEntitlements.JOB, { waitMs: 0, onWait: Effect.void }, Effect.flip(job()))
        ).pipe(Effect.provide(lock.layer))
      )
      expect(failure).toStrictEqual(new RunLockBusy({ name: SyncEntitlements.JOB, waitedMs: 0 }))
      expect([journal.runs(), gym.entitlements(), gym.findings(), gym.holds()]).toStrictEqual([[], [], [], []])
    })
  })

  describe("a dry run", () => {
    it("reports what a run would, and writes nothing", async () => {
      const dry = await run({ dryRun: true })
      expect([gym.entitlements(), gym.findings(), gym.holds(), journal.runs()]).toStrictEqual([[], [], [], []])
      expect(dry).toStrictEqual({ ...(await run()), runId: undefined, dryRun: true })
    })

    it("takes no lock: it runs beside a run", async () => {
      const report = await Effect.runPromise(
        Effect.flatMap(RunLock, (service) =>
          service.exclusively(SyncEntitlements.JOB, { waitMs: 0, onWait: Effect.void }, job({ dryRun: true }))
        ).pipe(Effect.provide(lock.layer))
      )
      expect(report.entitlements).toBe(3)
    })
  })

  describe("a run that does not come to its end", () => {
    it("fails as the store does, and says so in the journal", async () => {
      const failure = await Effect.runPromise(
        Effect.flip(
          job(
            {},
            storeWith(() => Effect.fail(full))
          )
        )
      )
      expect(failure).toBe(full)
      expect(journal.runs().map((one) => ({ ...one, businessDate: undefined }))).toStrictEqual([
        {
          runId: 1,
          job: "sync-entitlements",
          businessDate: undefined,
          fromDate: undefined,
          state: "failed",
          error: "the disk is full"
        }
      ])
      expect([...lock.held()]).toStrictEqual([])
    })

    it("keeps the batches before the failure, and the next run goes on from there", async () => {
      gym.load({ invoices: Array.from({ length: MANY }, (_, at) => sale(at + 1, [10])) })
      let batches = 0
      const store = storeWith((record) => (++batches === 2 ? Effect.fail(full) : record.pipe(Effect.asVoid)))
      await Effect.runPromise(Effect.flip(job({}, store)))
      const before = gym.entitlements().length
      expect(before).toBeGreaterThanOrEqual(ANSWERS_PER_BATCH_MAX)
      expect(before).toBeLessThan(MANY)
      expect((await run()).entitlements).toBe(MANY - before)
      expect(gym.entitlements()).toHaveLength(MANY)
    })

    it("is marked as stopped when it is interrupted, and gives the lock back", async () => {
      await Effect.runPromise(
        Effect.gen(function* () {
          const isRecording = yield* Deferred.make<void>()
          const store = storeWith(() => Effect.andThen(Deferred.succeed(isRecording, undefined), Effect.never))
          const fiber = yield* Effect.forkChild(job({}, store))
          yield* Deferred.await(isRecording)
          yield* Fiber.interrupt(fiber)
        })
      )
      const [stopped] = journal.runs()
      expect(stopped).toMatchObject({ state: "failed", error: "the run was stopped" })
      expect([[...lock.held()], gym.entitlements()]).toStrictEqual([[], []])
      expect((await run()).entitlements).toBe(3)
    })

    it("says in the journal what broke when it is a defect", async () => {
      const exit = await Effect.runPromise(
        Effect.exit(
          job(
            {},
            storeWith(() => Effect.die(new Error("a bug")))
          )
        ) // not an error of the store
      )
      expect(exit._tag).toBe("Failure")
      expect(journal.runs()[0]).toMatchObject({ state: "failed", error: "a bug" })
    })

    it("is marked as failed by the next run when its process ended without a word", async () => {
      const { begin } = await Effect.runPromise(Effect.provide(RunJournal, journal.layer))
      await Effect.runPromise(
        begin({ job: SyncEntitlements.JOB, businessDate: date("2026-11-21"), fromDate: undefined })
      )
      await run()
      expect(journal.runs().map((one) => one.state)).toStrictEqual(["failed", "complete"])
    })
  })
})
