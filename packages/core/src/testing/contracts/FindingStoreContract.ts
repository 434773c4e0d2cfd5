/**
 * What every `FindingStore` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import { type FindingFilter, FindingStore } from "../../ports/FindingStore.ts"
import { findingRecordContract } from "./FindingRecordContract.ts"
import { RunJournal } from "../../ports/RunJournal.ts"
import { batch, date, entitlement, held, inRun, recordInRun, storeForEachTest, type StoreSetup } from "./StoreSetup.ts"

const ALL = 1_000

/**
 * The suite of the finding store. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const findingStoreContract = (name: string, setup: () => Promise<StoreSetup>): void => {
  findingRecordContract(name, setup)

  describe(`${name} as FindingStore`, () => {
    const { run } = storeForEachTest(setup)

    const findings = async (filter: Partial<FindingFilter> = {}) => {
      const found = await run(Effect.flatMap(FindingStore, (store) => store.findings({ limit: ALL, ...filter })))
      return found.map((one) => [one.subject, one.lineId, one.kind].join(" "))
    }
    const holds = async (
      filter: { readonly invoiceId?: string; readonly includeReleased?: boolean; readonly limit?: number } = {}
    ) => {
      const asked = { includeReleased: false, limit: ALL, ...filter }
      const found = await run(Effect.flatMap(FindingStore, (store) => store.holds(asked)))
      return found.map((one) => one.invoiceId)
    }

    it("gives nothing where nothing was found", async () => {
      expect([await findings(), await holds({ includeReleased: true })]).toStrictEqual([[], []])
    })

    describe("findings", () => {
      beforeEach(async () => {
        const without = (invoiceId: number, lineId: number) => ({
          invoiceId,
          finding: { _tag: "LineWithoutSubscription", lineId, articleId: 1 } as const
        })
        const nested = {
          invoiceId: 10,
          finding: { _tag: "NestedPackageKept", lineId: 9, articleId: 10, componentIds: [12] }
        } as const
        const missing = (invoiceId: number) => ({ invoiceId, finding: { _tag: "MemberMissing" } as const })
        await run(recordInRun({ findings: [without(10, 11), nested, without(10, 9), missing(9)] }))
        await run(recordInRun({ findings: [missing(100), without(9, 8)] }))
      })

      it("come with those of the newest run first, then by invoice, line and kind, an invoice before its lines", async () => {
        expect(await findings()).toStrictEqual([
          "9 8 LineWithoutSubscription",
          "100  MemberMissing",
          "9  MemberMissing",
          "10 9 LineWithoutSubscription",
          "10 9 NestedPackageKept",
          "10 11 LineWithoutSubscription"
        ])
      })

      it("are those of a kind", async () => {
        expect(await findings({ kind: "MemberMissing" })).toStrictEqual(["100  MemberMissing", "9  MemberMissing"])
        expect(await findings({ kind: "RhythmUndefined" })).toStrictEqual([])
      })

      it("are those of an invoice", async () => {
        expect(await findings({ subject: "9" })).toStrictEqual(["9 8 LineWithoutSubscription", "9  MemberMissing"])
        expect(await findings({ subject: "1" })).toStrictEqual([])
      })

      it("are those of the job that looks at invoices", async () => {
        expect(await findings({ job: "sync-entitlements" })).toHaveLength(6)
        expect(await findings({ job: "another" })).toStrictEqual([])
      })

      it("are those of a kind and an invoice", async () => {
        expect(await findings({ subject: "10", kind: "NestedPackageKept" })).toStrictEqual(["10 9 NestedPackageKept"])
      })

      it("are no more than asked for, the first of all", async () => {
        expect(await findings({ limit: 2 })).toStrictEqual(["9 8 LineWithoutSubscription", "100  MemberMissing"])
        expect(await findings({ limit: 1, kind: "MemberMissing" })).toStrictEqual(["100  MemberMissing"])
        expect(await findings({ limit: 0 })).toStrictEqual([])
      })

      it("of lines stay beside one that is recorded of the whole invoice, and of another job", async () => {
        const nine = { subject: "9", kind: "LineWithoutSubscription", detail: { whole: true } }
        await run(inRun((_, runId) => Effect.flatMap(FindingStore, (store) => store.record(runId, [nine]))))
        await run(
          Effect.gen(function* () {
            const runId = yield* (yield* RunJournal).begin({
              job: "another",
              businessDate: date("2026-03-06"),
              fromDate: undefined
            })
            yield* (yield* FindingStore).record(runId, [{ ...nine, kind: "MemberMissing" }])
          })
        )
        expect(await findings({ subject: "9" })).toStrictEqual([
          "9  MemberMissing",
          "9  LineWithoutSubscription",
          "9 8 LineWithoutSubscription",
          "9  MemberMissing"
        ])
      })
    })

    describe("holds", () => {
      beforeEach(() =>
        run(
          inRun((recorder) =>
            Effect.gen(function* () {
              yield* recorder.record(batch({ held: [2, 10, 9, 100].map((id) => held(id, [])) }))
              yield* recorder.record(batch({ entitlements: [entitlement(10, 1)] }))
              yield* recorder.releaseHolds
            })
          )
        )
      )

      it("come with the newest invoice first, without those that were released", async () => {
        expect(await holds()).toStrictEqual(["100", "9", "2"])
      })

      it("come with those that were released where they are asked for", async () => {
        expect(await holds({ includeReleased: true })).toStrictEqual(["100", "10", "9", "2"])
      })

      it("are those of an invoice", async () => {
        expect(await holds({ invoiceId: "9" })).toStrictEqual(["9"])
        expect(await holds({ invoiceId: "10" })).toStrictEqual([])
        expect(await holds({ invoiceId: "10", includeReleased: true })).toStrictEqual(["10"])
      })

      it("are no more than asked for, the first of all", async () => {
        expect(await holds({ limit: 2 })).toStrictEqual(["100", "9"])
        expect(await holds({ limit: 0 })).toStrictEqual([])
      })
    })
  })
}
