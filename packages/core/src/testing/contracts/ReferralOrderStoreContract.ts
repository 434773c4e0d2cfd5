/**
 * What every `ReferralOrderStore` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type ReferralOrderRecorder, ReferralOrderStore, type UpsertCounts } from "../../ports/ReferralOrderStore.ts"
import { RunLock } from "../../ports/RunLock.ts"
import { StoreError } from "../../ports/StoreError.ts"
import type * as ReferralOrder from "../../referral-commission/ReferralOrder.ts"
import { bareOrder, ODD_TEXT, referralOrder, rupiah } from "./ReferralSamples.ts"
import { runLockContract } from "./RunLockContract.ts"

type Order = ReferralOrder.ReferralOrder

const MANY = 25_000
const LONG_MS = 60_000

/**
 * A store that nobody else uses, empty at first, with amounts in rupiah.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReferralOrderSetup {
  readonly layer: Layer.Layer<ReferralOrderStore, unknown>
  readonly close: () => Promise<void>
}

const counts = (inserted: number, changed: number, unchanged: number): UpsertCounts => ({
  inserted,
  changed,
  unchanged
})

const kept = ({ basis: _basis, ...order }: Order) => order

/** One change of each column that may be written, to a value and to none. */
const CHANGES: ReadonlyArray<Partial<Order>> = [
  { statusId: 4 },
  { statusName: "returned" },
  { courierName: "Slow" },
  { rateName: "Express" },
  { rateCode: "EXP" },
  { shippingPrice: rupiah("10000.01") },
  { memberCashback: rupiah("600.01") },
  { affiliateCashback: rupiah("-800.50") },
  { estimatedCommission: rupiah("0") },
  { dispatchedAt: 1_698_655_999.000_001 },
  { deliveredAt: 1_699_055_998 },
  { returnedAt: 1_699_999_999 }
]

/**
 * The suite of the store. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const referralOrderStoreContract = (name: string, setup: () => Promise<ReferralOrderSetup>): void => {
  describe(`${name} as ReferralOrderStore`, () => {
    let current: ReferralOrderSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const run = <A, E>(use: (store: ReferralOrderStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
      Effect.runPromise(Effect.provide(Effect.flatMap(ReferralOrderStore, use), current.layer))
    const recording =
      (by: "recorder" | "comparer") =>
      <A, E>(use: (recorder: ReferralOrderRecorder) => Effect.Effect<A, E>) =>
        run((store) => Effect.scoped(Effect.flatMap(store[by], use)))
    const record = (...orders: ReadonlyArray<Order>) => recording("recorder")((recorder) => recorder.record(orders))
    const order = async (orderNo: string) => Option.getOrUndefined(await run((store) => store.order(orderNo)))
    const failureOf = (orders: ReadonlyArray<Order>, next: ReadonlyArray<Order>) =>
      recording("recorder")((recorder) =>
        Effect.all([Effect.flip(recorder.record(orders)), Effect.flip(recorder.record(next))])
      )

    describe("record", () => {
      it("stores an order as it is, exactly", async () => {
        const orders = [
          referralOrder("A", {
            memberId: "9223372036854775807",
            affiliateId: "9007199254740993",
            shippingPrice: rupiah("999999999999.99"),
            memberCashback: rupiah("-999999999999.99"),
            affiliateCashback: rupiah("0.01"),
            estimatedCommission: rupiah("0"),
            dispatchedAt: 1_698_655_999.123_456,
            deliveredAt: 1_698_655_999.999_999,
            returnedAt: 4_102_444_800.000_001,
            source: "backfill"
          }),
          bareOrder("a\tb\\N\n'é", { source: "fct_v2" }),
          referralOrder("T", { statusName: ODD_TEXT, courierName: ODD_TEXT, rateName: "", rateCode: "\\N" })
        ]
        expect(await record(...orders)).toStrictEqual(counts(3, 0, 0))
        for (const one of orders) expect(await order(one.orderNo)).toStrictEqual(kept(one))
      })

      it("touches nothing when it is repeated, by whichever flow", async () => {
        const orders = [referralOrder("A"), bareOrder("B"), referralOrder("C", { courierName: ODD_TEXT })]
        await record(...orders)
        expect(await record(...orders)).toStrictEqual(counts(0, 0, 3))
        const later = orders.map((one) => ({ ...one, source: "backfill" as const }))
        expect(await record(...later)).toStrictEqual(counts(0, 0, 3))
        expect(await record(...orders.map((one) => ({ ...one, source: "fct_v2" as const })))).toStrictEqual(
          counts(0, 0, 3)
        )
        for (const one of orders) expect(await order(one.orderNo)).toStrictEqual(kept(one))
      })

      it("rewrites an order for a change of any column, to a value and to none, with the new source", async () => {
        const steps = CHANGES.flatMap((change, at) => {
          const first = referralOrder(`order ${at}`, { returnedAt: 5 })
          const changed: Order = { ...first, ...change, source: "backfill" }
          const none = Object.fromEntries(Object.keys(change).map((field) => [field, undefined]))
          return [first, changed, { ...first, ...none }, changed]
        })
        const seen = await run((store) =>
          Effect.scoped(
            Effect.flatMap(store.recorder, (recorder) =>
              Effect.forEach(steps, (step) => Effect.all([recorder.record([step]), store.order(step.orderNo)]))
            )
          )
        )
        expect(seen).toStrictEqual(
          steps.map((step, at) => [at % 4 === 0 ? counts(1, 0, 0) : counts(0, 1, 0), Option.some(kept(step))])
        )
      })

      it("keeps the member and the affiliate as they were first, and takes no change of them for one", async () => {
        await record(referralOrder("A", { memberId: "7", affiliateId: "90" }))
        const others = { memberId: "8", affiliateId: "91", source: "backfill" } as const
        expect(await record(referralOrder("A", others))).toStrictEqual(counts(0, 0, 1))
        expect(await order("A")).toStrictEqual(kept(referralOrder("A")))
        expect(await record(referralOrder("A", { ...others, statusId: 9 }))).toStrictEqual(counts(0, 1, 0))
        expect(await order("A")).toStrictEqual(kept(referralOrder("A", { statusId: 9, source: "backfill" })))
      })

      it("lets the import rewrite what it wrote, and nothing else", async () => {
        const imported = (orderNo: string, statusId: number) => referralOrder(orderNo, { statusId, source: "fct_v2" })
        await record(referralOrder("A"), referralOrder("B", { source: "backfill" }))
        expect(await record(imported("A", 1), imported("B", 1), imported("C", 1))).toStrictEqual(counts(1, 0, 2))
        expect(await record(imported("A", 2), imported("B", 2), imported("C", 2))).toStrictEqual(counts(0, 1, 2))
        expect(await order("A")).toStrictEqual(kept(referralOrder("A")))
        expect(await order("B")).toStrictEqual(kept(referralOrder("B", { source: "backfill" })))
        expect(await order("C")).toStrictEqual(kept(imported("C", 2)))
        expect(await record(referralOrder("C", { statusId: 3 }))).toStrictEqual(counts(0, 1, 0))
        expect(await record(imported("C", 4))).toStrictEqual(counts(0, 0, 1))
        expect(await order("C")).toStrictEqual(kept(referralOrder("C", { statusId: 3 })))
      })

      it("counts new, changed and unchanged orders of one batch", async () => {
        await record(referralOrder("A"), referralOrder("B"))
        const batch = [referralOrder("A"), referralOrder("B", { statusId: 9 }), referralOrder("C"), bareOrder("D")]
        expect(await record(...batch)).toStrictEqual(counts(2, 1, 1))
      })

      it("takes an empty batch", async () => {
        expect(await record()).toStrictEqual(counts(0, 0, 0))
      })

      it("takes several batches, one after the other when they come at once", async () => {
        const batches = Array.from({ length: 8 }, (_, part) =>
          Array.from({ length: 50 }, (_, at) => referralOrder(`order ${part % 4} ${at}`, { statusId: part }))
        )
        const done = await recording("recorder")((recorder) =>
          Effect.forEach(batches, (batch) => recorder.record(batch), { concurrency: "unbounded" })
        )
        const sum = (of: (one: UpsertCounts) => number) => done.reduce((total, one) => total + of(one), 0)
        expect([sum((one) => one.inserted), sum((one) => one.changed)]).toStrictEqual([200, 200])
      })

      it("stores many orders, and finds them again", { timeout: LONG_MS }, async () => {
        const orders = Array.from({ length: MANY }, (_, at) =>
          referralOrder(`order ${at}`, {
            memberId: String(at),
            affiliateCashback: at % 2 === 0 ? undefined : rupiah("1")
          })
        )
        expect(await record(...orders)).toStrictEqual(counts(MANY, 0, 0))
        const found = await run((store) => store.stored(["missing", ...orders.map(({ orderNo }) => orderNo)]))
        expect(found.size).toBe(MANY)
        for (const { affiliateCashback, affiliateId, memberId, orderNo } of orders) {
          expect(found.get(orderNo)).toStrictEqual({ memberId, affiliateId, affiliateCashback })
        }
      })

      it("stores nothing of a batch with an order twice, even one that is stored, and is over", async () => {
        await record(referralOrder("A"))
        const failures = [
          ...(await failureOf([referralOrder("B"), referralOrder("C"), referralOrder("B")], [referralOrder("D")])),
          ...(await failureOf([referralOrder("A"), referralOrder("A", { statusId: 9 })], [referralOrder("D")]))
        ]
        expect(failures.every((failure) => failure instanceof StoreError)).toBe(true)
        expect([failures[0]?.reason, failures[2]?.reason]).toStrictEqual(["Conflict", "Conflict"])
        expect(await order("A")).toStrictEqual(kept(referralOrder("A")))
        expect((await run((store) => store.stored(["B", "C", "D"]))).size).toBe(0)
      })

      it("stores nothing once its scope is closed", async () => {
        const late = await run((store) =>
          Effect.flatMap(Effect.scoped(store.recorder), (recorder) =>
            Effect.exit(recorder.record([referralOrder("A")]))
          )
        )
        expect(late._tag).toBe("Failure")
        expect(await order("A")).toBe(undefined)
      })
    })

    describe("comparer", () => {
      it("counts what would be written, as a recorder does, and writes nothing", async () => {
        const stored = [referralOrder("A"), referralOrder("B"), referralOrder("I", { source: "fct_v2" })]
        await record(...stored)
        const batches = [
          [referralOrder("A"), referralOrder("B", { statusId: 9 }), referralOrder("C"), referralOrder("I")],
          [referralOrder("A", { memberId: "8", affiliateId: "91", source: "backfill" })],
          ["A", "I", "N"].map((orderNo) => referralOrder(orderNo, { statusId: 5, source: "fct_v2" })),
          []
        ]
        const told = await recording("comparer")((comparer) =>
          Effect.forEach(batches, (batch) => Effect.all([comparer.record(batch), comparer.record(batch)]))
        )
        const expected = [counts(1, 1, 2), counts(0, 0, 1), counts(1, 1, 1), counts(0, 0, 0)]
        expect(told).toStrictEqual(expected.map((one) => [one, one]))
        for (const one of stored) expect(await order(one.orderNo)).toStrictEqual(kept(one))
        expect((await run((store) => store.stored(["C", "N"]))).size).toBe(0)
        expect(await record(...batches[0]!)).toStrictEqual(expected[0])
      })

      it("refuses an order twice", async () => {
        const failure = await run((store) =>
          Effect.scoped(
            Effect.flatMap(store.comparer, (comparer) =>
              Effect.flip(comparer.record([referralOrder("A"), referralOrder("A")]))
            )
          )
        )
        expect([failure instanceof StoreError, failure.reason]).toStrictEqual([true, "Conflict"])
      })

      it("tells a change of each column", async () => {
        await record(referralOrder("A"))
        const told = await recording("comparer")((comparer) =>
          Effect.forEach(CHANGES, (change) => comparer.record([referralOrder("A", change)]))
        )
        expect(told).toStrictEqual(CHANGES.map(() => counts(0, 1, 0)))
      })
    })

    describe("stored", () => {
      it("gives what counts of the orders that are there, and no others", async () => {
        await record(referralOrder("A"), bareOrder("B", { memberId: "8" }), referralOrder("C"))
        const found = await run((store) => store.stored(["B", "A", "A", "X", "b"]))
        expect(found).toStrictEqual(
          new Map([
            ["A", { memberId: "7", affiliateId: "90", affiliateCashback: rupiah("800.50") }],
            ["B", { memberId: "8", affiliateId: "90", affiliateCashback: undefined }]
          ])
        )
      })

      it("gives those of any numbers, whatever characters they are made of", async () => {
        const orderNos = ["a\u001Fb", "a", "b", "", "né\\t'\"{},", "NULL"]
        await record(...orderNos.map((orderNo) => referralOrder(orderNo)))
        const all = await run((store) => store.stored(orderNos))
        expect([...all.keys()].toSorted()).toStrictEqual(orderNos.toSorted())
        const plain = await run((store) => store.stored(["a", "NULL", "c"]))
        expect([...plain.keys()].toSorted()).toStrictEqual(["NULL", "a"])
      })

      it("gives nothing for no numbers", async () => {
        expect((await run((store) => store.stored([]))).size).toBe(0)
      })
    })

    it("finds no order that is not there", async () => {
      expect(await order("A")).toBe(undefined)
    })
  })

  runLockContract(`${name}'s lock`, async () => {
    const { close, layer } = await setup()
    const lock = Effect.map(ReferralOrderStore, (store) => store.lock)
    return { layer: Layer.provide(Layer.effect(RunLock, lock), layer), close }
  })
}
