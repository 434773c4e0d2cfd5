import { Currency, Money, type ReferralOrder, type ShipmentOrder } from "@reckoner/core"
import { MemoryReferralDirectory, MemoryReferralOrderStore, MemoryShipmentStore } from "@reckoner/core/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as ExplainReferralOrder from "./ExplainReferralOrder.ts"

const idr = (text: string) => Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse("IDR"))))

const shipment: ShipmentOrder.ShipmentOrder = {
  orderNo: "SO-1",
  memberId: "601",
  statusId: 3,
  statusName: "Delivered",
  courierId: 1,
  courierName: "Kilat",
  rateId: 11,
  rateName: "Kilat Regular",
  rateCode: "REG",
  shippingPrice: idr("18500"),
  cashback: idr("500"),
  cashbackRow: undefined,
  dispatchedAt: 1_772_529_600,
  deliveredAt: undefined,
  returnedAt: undefined,
  unreadable: []
}

const stored: Omit<ReferralOrder.ReferralOrder, "basis"> = {
  orderNo: "SO-1",
  memberId: "601",
  affiliateId: "501",
  statusId: 3,
  statusName: "delivered",
  courierName: "Kilat",
  rateName: undefined,
  rateCode: "REG",
  shippingPrice: idr("18500"),
  memberCashback: idr("500"),
  affiliateCashback: idr("800"),
  estimatedCommission: idr("300"),
  dispatchedAt: 1_772_529_600,
  deliveredAt: undefined,
  returnedAt: undefined,
  source: "daily"
}

const referral = { memberId: "601", affiliateId: "501", referralId: "71", memberReferralId: "9" }

const explain = (
  orderNo: string,
  given: { readonly shipments?: ReadonlyArray<ShipmentOrder.ShipmentOrder>; readonly isStored?: boolean } = {}
) => {
  const { isStored = true, shipments = [shipment] } = given
  const ports = Layer.mergeAll(
    MemoryShipmentStore.make({ shipments }).layer,
    MemoryReferralOrderStore.make(isStored ? [stored] : []).layer,
    MemoryReferralDirectory.make([referral]).layer
  )
  const env = { RECKONER_CASHBACK_POLICY: "REG=4% max 700" }
  return Effect.runPromise(
    ExplainReferralOrder.explained(orderNo).pipe(
      Effect.map(ExplainReferralOrder.lines),
      Effect.catch(({ message }) => Effect.succeed([message])),
      Effect.provide(ports),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )
  )
}

describe("ExplainReferralOrder", () => {
  it("shows what is stored, and what it rests on", async () => {
    expect(await explain("SO-1")).toStrictEqual([
      "Order SO-1, as it is stored:",
      "  member                601",
      "  affiliate             501",
      "  status                delivered",
      "  courier and rate      Kilat, unknown, REG",
      "  shipping price        18500.00 IDR",
      "  affiliate's cashback  800.00 IDR",
      "  member's cashback     500.00 IDR",
      "  estimated commission  300.00 IDR",
      "  dispatched            2026-03-03T09:20:00.000Z",
      "  delivered             not yet",
      "  returned              not yet",
      "  last changed by       daily",
      "",
      "As a backfill would decide now:",
      "  why   300.00 IDR is the affiliate's cashback of 800.00 (as an earlier run stored it, for the order",
      "        has no cashback row that says it) less the member's of 500.00"
    ])
  })

  it("shows what a backfill would make of a shipment that is not stored, by the policy of the settings", async () => {
    expect(await explain("SO-1", { isStored: false })).toStrictEqual([
      "Order SO-1 is not stored.",
      "",
      "As a backfill would decide now:",
      "  why   200.00 IDR is the affiliate's cashback of 700.00 (4 % of the shipping price by the cashback",
      "        policy of rate code REG, up to its cap) less the member's of 500.00"
    ])
  })

  it("shows what is odd about a shipment, and that nobody referred its member", async () => {
    const strange = { ...shipment, memberId: "9", courierName: undefined }
    expect(await explain("SO-1", { shipments: [strange], isStored: false })).toContain(
      "  why   nobody referred the member of the shipment"
    )
    expect((await explain("SO-1", { shipments: [{ ...strange, memberId: "601" }] })).join("\n")).toContain(
      "  note  it names courier 1, which has no name"
    )
  })

  it("says that the shipment is gone", async () => {
    expect((await explain("SO-1", { shipments: [] })).at(-1)).toBe(
      "  why   there is no shipment of that number any more"
    )
  })

  it("fails with UsageRefused when there is nothing of that number", async () => {
    expect(await explain("SO-2")).toStrictEqual(['there is neither an order nor a shipment "SO-2"'])
  })
})
