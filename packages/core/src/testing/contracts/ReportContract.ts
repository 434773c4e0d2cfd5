/**
 * What an `EntitlementStore` keeps for people to look at: findings, and the
 * invoices that wait.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import * as BillOfMaterials from "../../bill-of-materials/BillOfMaterials.ts"
import * as Entitlement from "../../entitlement/Entitlement.ts"
import { FindingStore } from "../../ports/FindingStore.ts"
import {
  batch,
  date,
  entitlement,
  held,
  inRun,
  recordInRun,
  storeForEachTest,
  type StoreSetup,
  units
} from "./StoreSetup.ts"

const emptyPackage = (lineId: number, articleId: number): Entitlement.HoldReason => ({
  lineId,
  cause: new BillOfMaterials.EmptyPackage({ articleId, path: [articleId] })
})

const findings = Effect.flatMap(FindingStore, (store) => store.findings({ limit: 1_000 }))
const holds = Effect.flatMap(FindingStore, (store) => store.holds({ includeReleased: true, limit: 1_000 }))

/**
 * The part of the suite of the store that is about findings and holds.
 *
 * @category contracts
 * @since 0.1.0
 */
export const reportContract = (setup: () => Promise<StoreSetup>): void => {
  const { run } = storeForEachTest(setup)

  it("keeps a finding once per invoice, line and kind, with the run that had it first and its newest detail", async () => {
    const several = (chosenId: number, subscriptionIds: ReadonlyArray<number>) => ({
      invoiceId: 1,
      finding: { _tag: "SeveralSubscriptions", lineId: 5, articleId: 1, chosenId, subscriptionIds } as const
    })
    const before = (lineId: number) => ({
      invoiceId: 1,
      finding: {
        _tag: "InvoiceBeforeAnchor",
        lineId,
        articleId: 1,
        subscriptionId: 3,
        anchorDate: date("2026-04-01")
      } as const
    })
    const missing = { invoiceId: 2, finding: { _tag: "MemberMissing" } } as const
    const first = await run(recordInRun({ findings: [several(3, [2, 3]), before(5), missing] }))
    const second = await run(recordInRun({ findings: [several(4, [2, 3, 4]), before(5), before(6), missing] }))
    const detail = { articleId: 1, subscriptionId: 3, anchorDate: "2026-04-01" }
    const common = { job: "sync-entitlements", subject: "1" }
    expect(await run(findings)).toStrictEqual([
      { ...common, kind: "InvoiceBeforeAnchor", lineId: "6", detail, firstRun: second },
      { ...common, kind: "InvoiceBeforeAnchor", lineId: "5", detail, firstRun: first },
      {
        ...common,
        kind: "SeveralSubscriptions",
        lineId: "5",
        detail: { articleId: 1, chosenId: 4, subscriptionIds: [2, 3, 4] },
        firstRun: first
      },
      { ...common, subject: "2", kind: "MemberMissing", lineId: undefined, detail: {}, firstRun: first }
    ])
  })

  it("keeps what a finding held, any text included", async () => {
    const found = 'm"\\\t\n\u2028č'
    await run(
      recordInRun({
        findings: [
          {
            invoiceId: 1,
            finding: { _tag: "RhythmUndefined", lineId: 1, articleId: 1, subscriptionId: 2, field: "unit", found }
          }
        ]
      })
    )
    expect((await run(findings)).map((one) => one.detail)).toStrictEqual([
      { articleId: 1, subscriptionId: 2, field: "unit", found }
    ])
  })

  it("holds an invoice with the first and the last run and the newest reasons", async () => {
    const first = await run(recordInRun({ held: [held(1, [emptyPackage(5, 12)]), held(2, [emptyPackage(7, 12)])] }))
    const tooLarge = new Entitlement.QuantityTooLarge({ articleId: 1, quantity: units("1000000000000/3") })
    const missing = new Entitlement.QuantityMissing({ articleId: 2, found: undefined })
    const reasons = [
      { lineId: 5, cause: tooLarge },
      { lineId: 6, cause: missing }
    ]
    const second = await run(recordInRun({ held: [held(1, reasons)] }))
    const expected = { firstRun: first, releasedRun: undefined }
    expect(await run(holds)).toStrictEqual([
      {
        ...expected,
        invoiceId: "2",
        reasons: [{ lineId: 7, kind: "EmptyPackage", articleId: 12, path: [12] }],
        lastRun: first
      },
      {
        ...expected,
        invoiceId: "1",
        reasons: [
          { lineId: 5, kind: "QuantityTooLarge", articleId: 1, quantity: "1000000000000/3" },
          { lineId: 6, kind: "QuantityMissing", articleId: 2 }
        ],
        lastRun: second
      }
    ])
  })

  it("releases the holds of invoices that have been granted, once, and no others", async () => {
    await run(recordInRun({ held: [1, 2, 3].map((id) => held(id, [emptyPackage(5, 12)])) }))
    const release = (entitlements: ReadonlyArray<Entitlement.Entitlement>) =>
      inRun((recorder, runId) =>
        Effect.gen(function* () {
          yield* recorder.record(batch({ entitlements }))
          return [runId, yield* recorder.releaseHolds, yield* recorder.releaseHolds] as const
        })
      )
    expect((await run(release([]))).slice(1)).toStrictEqual([0, 0])
    const [second, ...secondCounts] = await run(release([entitlement(1, 1), entitlement(3, 1)]))
    expect(secondCounts).toStrictEqual([2, 0])
    const [third, ...thirdCounts] = await run(release([entitlement(2, 1)]))
    expect(thirdCounts).toStrictEqual([1, 0])
    expect((await run(holds)).map((one) => [one.invoiceId, one.releasedRun])).toStrictEqual([
      ["3", second],
      ["2", third],
      ["1", second]
    ])
  })

  it("holds an invoice again after its release, since the same first run", async () => {
    const first = await run(recordInRun({ held: [held(1, [emptyPackage(5, 12)])] }))
    await run(
      inRun((recorder) =>
        Effect.andThen(recorder.record(batch({ entitlements: [entitlement(1, 1)] })), recorder.releaseHolds)
      )
    )
    const third = await run(recordInRun({ held: [held(1, [emptyPackage(6, 12)])] }))
    expect(await run(holds)).toStrictEqual([
      {
        invoiceId: "1",
        reasons: [{ lineId: 6, kind: "EmptyPackage", articleId: 12, path: [12] }],
        firstRun: first,
        lastRun: third,
        releasedRun: undefined
      }
    ])
  })
}
