/**
 * How an `EntitlementStore` records: whole batches, each invoice once.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, it } from "vitest"
import * as BillOfMaterials from "../../bill-of-materials/BillOfMaterials.ts"
import * as Entitlement from "../../entitlement/Entitlement.ts"
import {
  BATCHES_AT_ONCE_MAX,
  type EntitlementBatch,
  type EntitlementRecorder,
  EntitlementStore
} from "../../ports/EntitlementStore.ts"
import { FindingStore } from "../../ports/FindingStore.ts"
import { RunJournal } from "../../ports/RunJournal.ts"
import { StoreError } from "../../ports/StoreError.ts"
import {
  batch,
  date,
  entitlement,
  held,
  inOrder,
  inRun,
  recordInRun,
  storedEntitlement,
  storeForEachTest,
  type StoreSetup
} from "./StoreSetup.ts"

const MANY = 2_000
const LARGE = 10_000
const INTERRUPTED_AFTER_MS = [0, 2, 5, 10, 20, 40, 80]
const LONG_MS = 60_000

const emptyPackage = (lineId: number, articleId: number): Entitlement.HoldReason => ({
  lineId,
  cause: new BillOfMaterials.EmptyPackage({ articleId, path: [articleId] })
})

const lineWithout = (invoiceId: number, lineId: number, articleId: number): EntitlementBatch["findings"][number] => ({
  invoiceId,
  finding: { _tag: "LineWithoutSubscription", lineId, articleId }
})

const many = (from: number, count: number): ReadonlyArray<Entitlement.Entitlement> =>
  Array.from({ length: count }, (_, at) =>
    entitlement(from + at, 1, [
      [1, "1"],
      [2, "0.5"]
    ])
  )

const findings = Effect.flatMap(FindingStore, (store) => store.findings({ limit: 1_000 }))
const holds = Effect.flatMap(FindingStore, (store) => store.holds({ includeReleased: true, limit: 1_000 }))

/** A batch that no store takes: an entitlement has the same component twice. */
const refused = (invoiceId: number) =>
  entitlement(invoiceId, 10, [
    [1, "1"],
    [1, "2"]
  ])

/**
 * The writing half of the suite of the store.
 *
 * @category contracts
 * @since 0.1.0
 */
export const recorderContract = (setup: () => Promise<StoreSetup>): void => {
  const { run, stored } = storeForEachTest(setup)
  const storedAs = (entitlements: ReadonlyArray<Entitlement.Entitlement>) =>
    inOrder(entitlements.map(storedEntitlement))

  it("stores entitlements with their items, rounded once, and counts them", async () => {
    const entitlements = [
      entitlement(1, 10, [
        [1, "4"],
        [2, "1/3"]
      ]),
      entitlement(1, 2, [[2, "0.0005"]], { start: date("2026-03-05"), endExclusive: date("2026-04-05") }),
      entitlement("9007199254740993", 1, [[1, "99999999999.999"]], { memberId: 8 }),
      entitlement(3, 1, [[1, "0.0004"]], { start: date("0001-01-01"), endExclusive: date("0001-01-02") }),
      entitlement(4, 1, [[1, "1.5"]], { start: date("9999-12-31"), endExclusive: date("10000-01-31") })
    ]
    const recorded = await run(inRun((recorder) => recorder.record(batch({ entitlements }))))
    expect(recorded).toStrictEqual({ entitlements: 5, items: 6 })
    const found = await stored()
    expect(found).toStrictEqual(storedAs(entitlements))
    expect(found.flatMap(({ items }) => items.map(([, quantity]) => quantity)).toSorted()).toStrictEqual(
      ["0.000", "0.001", "0.333", "1.500", "4.000", "99999999999.999"].toSorted()
    )
  })

  it("stores the same batch once, whoever records it and however often", async () => {
    const given = batch({
      entitlements: [
        entitlement(1, 10, [
          [1, "4"],
          [2, "1"]
        ]),
        entitlement(1, 2),
        entitlement(2, 1)
      ]
    })
    const twice = (recorder: EntitlementRecorder) => Effect.all([recorder.record(given), recorder.record(given)])
    const none = { entitlements: 0, items: 0 }
    expect(await run(inRun(twice))).toStrictEqual([{ entitlements: 3, items: 4 }, none])
    expect(await run(inRun(twice))).toStrictEqual([none, none])
    expect(await stored()).toStrictEqual(storedAs(given.entitlements))
  })

  it("leaves out, whole, the invoices that another writer has completed, and stores the rest", async () => {
    await run(recordInRun({ entitlements: [entitlement(2, 1), entitlement(3, 2)] }))
    const rest = [entitlement(1, 1), entitlement(1, 10), entitlement(4, 2)]
    const given = [entitlement(2, 1), entitlement(2, 10), entitlement(3, 10), entitlement(3, 2), ...rest]
    const recorded = await run(
      inRun((recorder) =>
        recorder.record(batch({ entitlements: given, findings: [lineWithout(2, 5, 2)], held: [held(5, [])] }))
      )
    )
    expect(recorded).toStrictEqual({ entitlements: 3, items: 3 })
    expect(await stored()).toStrictEqual(storedAs([entitlement(2, 1), entitlement(3, 2), ...rest]))
    expect((await run(findings)).map((one) => one.subject)).toStrictEqual(["2"])
    expect((await run(holds)).map((one) => one.invoiceId)).toStrictEqual(["5"])
  })

  it("adds nothing to an invoice of which another writer has stored another article", async () => {
    await run(recordInRun({ entitlements: [entitlement(2, 10)] }))
    const given = batch({ entitlements: [entitlement(1, 1), entitlement(2, 1)] })
    const recorded = await run(inRun((recorder) => recorder.record(given)))
    expect(recorded).toStrictEqual({ entitlements: 1, items: 1 })
    expect(await stored()).toStrictEqual(storedAs([entitlement(1, 1), entitlement(2, 10)]))
  })

  it("stores each invoice once when two runs record the same ones at the same time", { timeout: LONG_MS }, async () => {
    const parts = [0, 1, 2].map((part) => batch({ entitlements: many(part * 100 + 1, 100) }))
    const all = (order: ReadonlyArray<EntitlementBatch>) =>
      inRun((recorder) => Effect.forEach(order, (part) => recorder.record(part)))
    const counts = await run(Effect.all([all(parts), all(parts.toReversed())], { concurrency: "unbounded" }))
    expect(counts.flat().reduce((sum, one) => sum + one.entitlements, 0)).toBe(300)
    expect(counts.flat().reduce((sum, one) => sum + one.items, 0)).toBe(600)
    expect(await stored()).toStrictEqual(storedAs(parts.flatMap(({ entitlements }) => entitlements)))
  })

  it("records side by side, and lets one more batch wait", async () => {
    const parts = Array.from({ length: BATCHES_AT_ONCE_MAX * 3 }, (_, part) => many(part * 50 + 1, 50))
    const recorded = await run(
      inRun((recorder) =>
        Effect.forEach(parts, (entitlements) => recorder.record(batch({ entitlements })), { concurrency: "unbounded" })
      )
    )
    expect(recorded).toStrictEqual(parts.map(() => ({ entitlements: 50, items: 100 })))
    expect(await stored()).toStrictEqual(storedAs(parts.flat()))
  })

  it("stores a large invoice and its many articles whole", { timeout: LONG_MS }, async () => {
    const entitlements = Array.from({ length: LARGE }, (_, at) => entitlement(1, at + 1))
    const recorded = await run(inRun((recorder) => recorder.record(batch({ entitlements }))))
    expect(recorded).toStrictEqual({ entitlements: LARGE, items: LARGE })
    expect(await stored()).toStrictEqual(storedAs(entitlements))
  })

  it("takes an empty batch", async () => {
    expect(await run(inRun((recorder) => recorder.record(batch({}))))).toStrictEqual({ entitlements: 0, items: 0 })
  })

  it("stores nothing of a batch that fails, and is over", async () => {
    const given = batch({
      entitlements: [entitlement(1, 1), refused(2)],
      findings: [lineWithout(1, 5, 2)],
      held: [held(3, [emptyPackage(6, 12)])]
    })
    const failures = await run(
      inRun((recorder) =>
        Effect.gen(function* () {
          const first = yield* Effect.flip(recorder.record(given))
          const after = yield* Effect.all([
            Effect.flip(recorder.record(batch({ entitlements: [entitlement(4, 1)] }))),
            Effect.flip(recorder.record(batch({ entitlements: [entitlement(5, 1)] }))),
            Effect.flip(recorder.record(batch({ entitlements: [entitlement(6, 1)] }))),
            Effect.flip(recorder.releaseHolds)
          ])
          return [first, ...after]
        })
      )
    )
    expect(failures.every((failure) => failure instanceof StoreError)).toBe(true)
    expect(failures[0]?.reason).toBe("Conflict")
    expect(await stored()).toStrictEqual([])
    expect(await run(Effect.all([findings, holds]))).toStrictEqual([[], []])
  })

  it("lets nobody wait for ever when it fails", async () => {
    const outcomes = await run(
      inRun((recorder) =>
        Effect.forEach(
          Array.from({ length: BATCHES_AT_ONCE_MAX * 3 }, (_, at) => refused(at + 1)),
          (one) => Effect.flip(recorder.record(batch({ entitlements: [one] }))),
          { concurrency: "unbounded" }
        )
      )
    )
    expect(outcomes).toHaveLength(BATCHES_AT_ONCE_MAX * 3)
    expect(outcomes.map(({ reason }) => reason)).toContain("Conflict")
    expect(await stored()).toStrictEqual([])
  })

  it("stores a batch whole or not at all when it is interrupted", { timeout: LONG_MS }, async () => {
    for (const [at, afterMs] of INTERRUPTED_AFTER_MS.entries()) {
      const entitlements = many(at * MANY + 1, MANY)
      const before = (await stored()).length
      await run(
        inRun((recorder) =>
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(recorder.record(batch({ entitlements })))
            yield* Effect.sleep(afterMs)
            yield* Fiber.interrupt(fiber)
          })
        )
      )
      const found = await stored()
      expect([0, MANY]).toContain(found.length - before)
      expect(found.every(({ items }) => items.length === 2)).toBe(true)
    }
  })

  it("records nothing once its run is over", async () => {
    const late = await run(
      Effect.gen(function* () {
        const runId = yield* (yield* RunJournal).begin({
          job: "x",
          businessDate: date("2026-03-06"),
          fromDate: undefined
        })
        const recorder = yield* Effect.scoped((yield* EntitlementStore).recorder(runId))
        return yield* Effect.exit(recorder.record(batch({ entitlements: [entitlement(1, 1)] })))
      })
    )
    expect(late._tag).toBe("Failure")
    expect(await stored()).toStrictEqual([])
  })
}
