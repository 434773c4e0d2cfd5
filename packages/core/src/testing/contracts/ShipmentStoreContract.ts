/**
 * What every `ShipmentStore` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type ShipmentScope, ShipmentStore } from "../../ports/ShipmentStore.ts"
import type * as ShipmentOrder from "../../referral-commission/ShipmentOrder.ts"
import type { Sources } from "../MemoryShipmentStore.ts"
import { ODD_TEXT, oldRow, rupiah, shipment } from "./ReferralSamples.ts"

const MANY = 5_000
const LONG_MS = 60_000

/**
 * What a suite fills a store with. `olderCashbackRows` are rows of shipments that have a newer one.
 *
 * @category models
 * @since 0.1.0
 */
export interface ShipmentSources extends Sources {
  readonly olderCashbackRows: ReadonlyArray<ShipmentOrder.CashbackRow & { readonly orderNo: string }>
}

/**
 * A store that nobody else uses, empty at first, with amounts in rupiah. `load` is called at most once.
 *
 * @category models
 * @since 0.1.0
 */
export interface ShipmentSetup {
  readonly layer: Layer.Layer<ShipmentStore, unknown>
  readonly load: (sources: Partial<ShipmentSources>) => Promise<void>
  readonly close: () => Promise<void>
}

const WINDOW = { fromEpochSeconds: 1_000, untilEpochSeconds: 2_000 }
const AROUND_ZERO = { fromEpochSeconds: -1_000, untilEpochSeconds: 1_000 }

const NO_MILESTONES = { dispatchedAt: undefined, deliveredAt: undefined, returnedAt: undefined }
const NO_NAMES = { statusName: undefined, courierName: undefined, rateName: undefined, rateCode: undefined }

const byNumber = <A extends { readonly orderNo: string | undefined }>(found: ReadonlyArray<A>): ReadonlyArray<A> =>
  found.toSorted((one, other) => ((one.orderNo ?? "") < (other.orderNo ?? "") ? -1 : 1))

/**
 * The suite of the store. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const shipmentStoreContract = (name: string, setup: () => Promise<ShipmentSetup>): void => {
  describe(`${name} as ShipmentStore`, () => {
    let current: ShipmentSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const run = <A, E>(use: (store: ShipmentStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
      Effect.runPromise(Effect.provide(Effect.flatMap(ShipmentStore, use), current.layer))
    const read = async (scope: Partial<ShipmentScope> = {}) => {
      const asked: ShipmentScope = { window: WINDOW, by: "any-milestone", ...scope }
      const blocks = await run((store) => Stream.runCollect(store.shipments(asked)))
      const found = blocks.flat()
      // They may be read in any order, and more than once.
      const before = found.toReversed().map((one) => one.read())
      const whole = found.map((one) => one.read())
      expect(whole).toStrictEqual(before.toReversed())
      expect(found.map(({ memberId, orderNo }) => [memberId, orderNo])).toStrictEqual(
        whole.map(({ memberId, orderNo }) => [memberId, orderNo])
      )
      return byNumber(whole)
    }
    const numbers = async (scope: Partial<ShipmentScope> = {}) => (await read(scope)).map(({ orderNo }) => orderNo)
    const readOld = async () => byNumber((await run((store) => Stream.runCollect(store.oldCommissions))).flat())

    describe("shipments", () => {
      it("are none where there are none", async () => {
        expect(await read()).toStrictEqual([])
      })

      it("come with a milestone from the first second of the window, and before its end", async () => {
        const instants = [999, 1_000, 1_999, 2_000]
        await current.load({
          shipments: (["dispatchedAt", "deliveredAt", "returnedAt"] as const).flatMap((milestone) =>
            instants.map((at) => shipment(`${milestone} ${at}`, { ...NO_MILESTONES, [milestone]: at }))
          )
        })
        expect(await numbers()).toStrictEqual([
          "deliveredAt 1000",
          "deliveredAt 1999",
          "dispatchedAt 1000",
          "dispatchedAt 1999",
          "returnedAt 1000",
          "returnedAt 1999"
        ])
        expect(await numbers({ by: "return" })).toStrictEqual(["returnedAt 1000", "returnedAt 1999"])
      })

      it("come once, also with several milestones in the window", async () => {
        const sent = { dispatchedAt: 1_100, deliveredAt: 1_200, returnedAt: 1_300 }
        await current.load({ shipments: [shipment("A", sent), shipment("B", { ...sent, dispatchedAt: 900 })] })
        expect(await numbers()).toStrictEqual(["A", "B"])
      })

      it("do not come for what has not happened, in a window around 1970", async () => {
        await current.load({
          shipments: [
            shipment("nothing", NO_MILESTONES),
            shipment("zeros", { dispatchedAt: 0, deliveredAt: 0, returnedAt: 0 }),
            shipment("before", { ...NO_MILESTONES, dispatchedAt: -1 }),
            shipment("after", { ...NO_MILESTONES, returnedAt: 1 })
          ]
        })
        expect(await numbers({ window: AROUND_ZERO })).toStrictEqual(["after", "before"])
        expect(await numbers({ window: AROUND_ZERO, by: "return" })).toStrictEqual(["after"])
        expect(await numbers({ window: { fromEpochSeconds: 0, untilEpochSeconds: 2 } })).toStrictEqual(["after"])
        expect(await numbers({ window: { fromEpochSeconds: -5, untilEpochSeconds: 0 } })).toStrictEqual(["before"])
      })

      it("say nothing of milestones that are 0", async () => {
        await current.load({ shipments: [shipment("A", { dispatchedAt: 0, deliveredAt: 1_500, returnedAt: 0 })] })
        const [found] = await read()
        expect([found?.dispatchedAt, found?.deliveredAt, found?.returnedAt]).toStrictEqual([
          undefined,
          1_500,
          undefined
        ])
      })

      it("come with everything around them, exactly", async () => {
        const all = [
          shipment("amounts", {
            memberId: "9007199254740993",
            shippingPrice: rupiah("999999999999.99"),
            cashback: rupiah("-0.01"),
            cashbackRow: { memberCashback: rupiah("0"), affiliateCashback: rupiah("-999999999999.99") }
          }),
          shipment("texts", {
            statusId: 4,
            statusName: ODD_TEXT,
            courierId: 2,
            courierName: ODD_TEXT,
            rateId: 12,
            rateName: ODD_TEXT,
            rateCode: ODD_TEXT
          })
        ]
        await current.load({ shipments: all })
        expect(await read()).toStrictEqual(all)
      })

      it("are kept back by nothing that is missing", async () => {
        const all = [
          shipment("bare", {
            ...NO_MILESTONES,
            ...NO_NAMES,
            memberId: undefined,
            statusId: undefined,
            courierId: undefined,
            rateId: undefined,
            shippingPrice: undefined,
            cashback: undefined,
            cashbackRow: undefined,
            returnedAt: 1_500
          }),
          shipment("emptyRow", { cashbackRow: { memberCashback: undefined, affiliateCashback: undefined } }),
          shipment("names", { ...NO_NAMES, statusId: 404, courierId: 404, rateId: 404 })
        ]
        await current.load({ shipments: all })
        expect(await read()).toStrictEqual(all)
      })

      it("come with the newest of their cashback rows, each shipment once", async () => {
        const cashback = (memberCashback: string | undefined, affiliateCashback: string | undefined) => ({
          memberCashback: memberCashback === undefined ? undefined : rupiah(memberCashback),
          affiliateCashback: affiliateCashback === undefined ? undefined : rupiah(affiliateCashback)
        })
        const all = [
          shipment("A", { cashbackRow: cashback("3", "4") }),
          shipment("B", { cashbackRow: cashback(undefined, undefined) })
        ]
        await current.load({
          shipments: all,
          olderCashbackRows: [
            { orderNo: "A", ...cashback("1", undefined) },
            { orderNo: "A", ...cashback("99999", "99999") },
            { orderNo: "B", ...cashback("5", "6") }
          ]
        })
        expect(await read()).toStrictEqual(all)
        expect(await run((store) => store.shipment("A"))).toStrictEqual(Option.some(all[0]))
      })

      it("come each once when there are many", { timeout: LONG_MS }, async () => {
        const all = Array.from({ length: MANY }, (_, at) =>
          shipment(String(at).padStart(5, "0"), { dispatchedAt: at, deliveredAt: undefined })
        )
        await current.load({ shipments: all })
        const window = { fromEpochSeconds: 1, untilEpochSeconds: MANY }
        expect(await read({ window })).toStrictEqual(all.slice(1))
      })
    })

    it("estimates how many shipments and old rows there are", async () => {
      await current.load({ shipments: [shipment("A")], oldCommissions: [oldRow("A")] })
      const estimates = await run((store) =>
        Effect.all([store.shipmentEstimate({ window: WINDOW, by: "any-milestone" }), store.oldCommissionEstimate])
      )
      expect(estimates.every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true)
    })

    it("finds a shipment by its number, and none by another", async () => {
      const [one, other] = [shipment("A"), shipment("a'\\b", { ...NO_MILESTONES, deliveredAt: 5 })]
      await current.load({ shipments: [one, other] })
      expect(await run((store) => store.shipment("A"))).toStrictEqual(Option.some(one))
      expect(await run((store) => store.shipment("a'\\b"))).toStrictEqual(Option.some(other))
      expect(await run((store) => store.shipment("a"))).toStrictEqual(Option.none())
    })

    describe("old commissions", () => {
      const SHIPMENT = { statusId: 3, statusName: "Delivered", returnedAt: undefined }

      it("come with what their shipment adds, exactly", async () => {
        const rows = [
          oldRow("A"),
          oldRow("B", {
            dispatchedAt: 1_698_655_999.000_001,
            deliveredAt: undefined,
            rateName: ODD_TEXT,
            rateCode: undefined,
            shippingPrice: rupiah("999999999999.99"),
            cashback: undefined,
            estimatedCommission: rupiah("-0.01")
          }),
          oldRow("C", { courierId: 404, courierName: undefined }),
          oldRow("D", { courierId: undefined, courierName: undefined })
        ]
        await current.load({
          shipments: [
            shipment("A"),
            shipment("B", { returnedAt: 1_500 }),
            shipment("C", { ...NO_NAMES, statusId: 404, returnedAt: 0 })
          ],
          oldCommissions: rows
        })
        const told = [
          SHIPMENT,
          { ...SHIPMENT, returnedAt: 1_500 },
          { ...SHIPMENT, statusId: 404, statusName: undefined },
          undefined
        ]
        expect(await readOld()).toStrictEqual(
          rows.map((row, at) => ({ ...row, rowKey: row.orderNo!, copies: 1, shipment: told[at] }))
        )
      })

      const LATE = 1_700_000_000
      it.each([
        [
          "dispatched last",
          { dispatchedAt: LATE, deliveredAt: undefined },
          { dispatchedAt: LATE - 1, deliveredAt: LATE }
        ],
        ["that was dispatched", { dispatchedAt: 1, deliveredAt: 1 }, { dispatchedAt: undefined, deliveredAt: LATE }],
        ["delivered last", { dispatchedAt: LATE, deliveredAt: 2 }, { dispatchedAt: LATE, deliveredAt: 1 }],
        ["that was delivered", { dispatchedAt: LATE, deliveredAt: 1 }, { dispatchedAt: LATE, deliveredAt: undefined }],
        ["a microsecond later", { dispatchedAt: LATE + 0.000_002 }, { dispatchedAt: LATE + 0.000_001 }],
        ["of the lower member", { memberId: "9" }, { memberId: "10" }],
        ["of the lower affiliate", { affiliateId: "9" }, { affiliateId: "10" }],
        ["of the lower commission", { estimatedCommission: rupiah("9") }, { estimatedCommission: rupiah("10") }],
        ["with a commission", { estimatedCommission: rupiah("9") }, { estimatedCommission: undefined }]
      ])("of an order are the one %s, whichever was written first", async (_, first, second) => {
        await current.load({
          oldCommissions: [oldRow("A", first), oldRow("A", second), oldRow("B", second), oldRow("B", first)]
        })
        const expected = { ...oldRow("A", first), copies: 2, shipment: undefined }
        expect(await readOld()).toStrictEqual([
          { ...expected, rowKey: "A" },
          { ...expected, rowKey: "B", orderNo: "B" }
        ])
      })

      it("count only usable rows, and come with each that is not", async () => {
        const rows = [
          oldRow("A"),
          oldRow("A", { memberId: undefined, dispatchedAt: LATE }),
          oldRow("A", { affiliateId: undefined, dispatchedAt: LATE }),
          oldRow(undefined),
          oldRow(undefined, { cashback: rupiah("1") }),
          oldRow("B", { memberId: undefined, affiliateId: undefined })
        ]
        await current.load({ shipments: [shipment("A")], oldCommissions: rows })
        const found = await readOld()
        expect(found).toHaveLength(rows.length)
        expect(found.map(({ copies }) => copies)).toStrictEqual(rows.map(() => 1))
        expect(found.filter((one) => one.rowKey === "A")).toStrictEqual([
          { ...rows[0], rowKey: "A", copies: 1, shipment: SHIPMENT }
        ])
        expect(new Set(found.map(({ rowKey }) => rowKey)).size).toBe(rows.length)
        expect(found.filter((one) => one.orderNo === "A").map((one) => one.shipment)).toStrictEqual([
          SHIPMENT,
          SHIPMENT,
          SHIPMENT
        ])
        const again = await readOld()
        expect(again.map(({ rowKey }) => rowKey).toSorted()).toStrictEqual(found.map(({ rowKey }) => rowKey).toSorted())
      })
    })
  })
}
