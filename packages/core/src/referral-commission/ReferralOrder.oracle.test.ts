import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as BusinessZone from "../calendar/BusinessZone.ts"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as CommissionEstimate from "./CommissionEstimate.ts"
import * as Referral from "./Referral.ts"
import { type Run, Table } from "./ReferralOrder.laws.ts"
import type * as ReferralOrder from "./ReferralOrder.ts"
import type * as ShipmentOrder from "./ShipmentOrder.ts"
import * as SyncWindow from "./SyncWindow.ts"

const oracle = JSON.parse(readFileSync(new URL("../../oracles/referral-dataset-1k.json", import.meta.url), "utf8"))
const { input } = oracle

const IDR = Result.getOrThrow(Currency.parse("IDR"))
const idr = (text: string | null) => (text === null ? undefined : Result.getOrThrow(Money.parse(text, IDR)))
const id = (key: number | null) => (key === null ? undefined : String(key))
const format = (amount: Money.Money | undefined) => (amount === undefined ? null : Money.format(amount))

const keyed = <Row>(rows: ReadonlyArray<Row>, key: (row: Row) => unknown) => new Map(rows.map((row) => [key(row), row]))

const statuses = keyed<any>(input.logistic_order_status, (row) => row.id)
const couriers = keyed<any>(input.logistics, (row) => row.id)
const rates = keyed<any>(input.logistic_rates, (row) => row.id)
const shipmentRows = keyed<any>(input.shipment_orders, (row) => row.shipment_order_no)
// Of several cashback rows the last one set is the newest: the highest id.
const cashbackRows = keyed<any>(
  input.shipment_orders_cashback.toSorted((one: any, other: any) => one.id - other.id),
  (row) => row.shipment_order_no
)

const shipments: ReadonlyArray<ShipmentOrder.ShipmentOrder> = input.shipment_orders.map((row: any) => {
  const cashbackRow = cashbackRows.get(row.shipment_order_no)
  const rate = rates.get(row.rate_id)
  return {
    orderNo: row.shipment_order_no,
    memberId: id(row.created_by),
    statusId: row.status,
    statusName: statuses.get(row.status)?.description,
    courierId: row.logistic_id,
    courierName: couriers.get(row.logistic_id)?.logistic_name,
    rateId: row.rate_id ?? undefined,
    rateName: rate?.rate_name,
    rateCode: rate?.rate_code,
    shippingPrice: idr(row.shipment_price),
    cashback: idr(row.cashback),
    cashbackRow:
      cashbackRow === undefined
        ? undefined
        : {
            memberCashback: idr(cashbackRow.total_cashback),
            affiliateCashback: idr(cashbackRow.affiliator_total_cashback)
          },
    dispatchedAt: row.dispatch_at ?? undefined,
    deliveredAt: row.delivered_at ?? undefined,
    returnedAt: row.return_at ?? undefined,
    unreadable: []
  }
})

const choices = new Map<Referral.MemberId, Referral.Choice>()
for (const memberId of new Set(input.user_referral.map((row: any) => String(row.user_id))) as Set<string>) {
  const referrals = input.user_referral
    .filter((link: any) => String(link.user_id) === memberId)
    .flatMap((link: any) =>
      input.referral
        .filter((referral: any) => referral.entity_id === link.referral_id)
        .map((referral: any) => ({
          memberId,
          affiliateId: String(referral.user_id),
          referralId: String(referral.id),
          memberReferralId: String(link.id)
        }))
    )
  const choice = Referral.choose(referrals)
  if (choice !== undefined) choices.set(memberId, choice)
}

const seconds = (text: string): number => Date.parse(text.replace(" ", "T")) / 1000

const oldRows = input.fct_shipping_affiliate_commission_v2
const lastDispatched = keyed<any>(
  oldRows.toSorted((one: any, other: any) => seconds(one.dispatched_at) - seconds(other.dispatched_at)),
  (row) => row.shipment_order_no
)

const oldCommissions: ReadonlyArray<ShipmentOrder.OldCommission> = [...lastDispatched.values()].map((row) => {
  const shipment = shipmentRows.get(row.shipment_order_no)
  return {
    rowKey: row.shipment_order_no,
    copies: oldRows.filter((other: any) => other.shipment_order_no === row.shipment_order_no).length,
    orderNo: row.shipment_order_no,
    memberId: id(row.member_user_id),
    affiliateId: id(row.affiliator_user_id),
    dispatchedAt: seconds(row.dispatched_at),
    deliveredAt: seconds(row.delivered_at),
    courierId: row.logistic_id,
    courierName: couriers.get(row.logistic_id)?.logistic_name,
    rateName: row.service_name,
    rateCode: row.rate_code,
    shippingPrice: idr(row.actual_courier_cost),
    cashback: idr(row.cashback),
    estimatedCommission: idr(row.est_commission),
    shipment:
      shipment === undefined
        ? undefined
        : {
            statusId: shipment.status,
            statusName: statuses.get(shipment.status)?.description,
            returnedAt: shipment.return_at ?? undefined
          },
    unreadable: []
  }
})

/** A row in the words of the source. */
const rowOf = (order: ReferralOrder.ReferralOrder) => ({
  shipment_order_no: order.orderNo,
  member_id: Number(order.memberId),
  affiliator_id: Number(order.affiliateId),
  status_id: order.statusId ?? null,
  status_name: order.statusName ?? null,
  logistic_name: order.courierName ?? null,
  rate_name: order.rateName ?? null,
  rate_code: order.rateCode ?? null,
  shipment_price: format(order.shippingPrice),
  member_total_cashback: format(order.memberCashback),
  affiliator_total_cashback: format(order.affiliateCashback),
  est_commission: format(order.estimatedCommission),
  dispatch_at: order.dispatchedAt ?? null,
  delivered_at: order.deliveredAt ?? null,
  return_at: order.returnedAt ?? null,
  source: order.source
})

describe("oracle referral-dataset-1k", () => {
  it("agrees in every row of every step", () => {
    const zone = Result.getOrThrow(BusinessZone.parse(oracle.zone))
    const [yesterday, ...others] = SyncWindow.catchUp({
      now: Date.parse(oracle.now),
      zone,
      lastUntilEpochSeconds: undefined,
      overlapDays: 0,
      daysMax: 31
    })
    expect(others).toStrictEqual([])
    const runOf = (step: string): Run => {
      const [, month] = /^backfill (.*)$/.exec(step) ?? []
      if (month !== undefined) {
        return { _tag: "Backfill", window: Result.getOrThrow(SyncWindow.month({ month, zone })), by: "return" }
      }
      if (step === "move") return { _tag: "Import" }
      if (step !== "daily" && step !== "daily again") throw new Error(`a step that is not known: ${step}`)
      return { _tag: "Daily", window: yesterday! }
    }
    const world = { shipments, choices, oldCommissions, policy: CommissionEstimate.NO_POLICY }
    const table = new Table()
    expect(oracle.steps.map(({ step }: { step: string }) => step)).toStrictEqual([
      "daily",
      "daily again",
      "backfill 2023-10",
      "move"
    ])
    for (const { changed, rows, step } of oracle.steps) {
      expect({ step, changed: table.run(world, runOf(step)) }).toStrictEqual({ step, changed })
      const byNumber = (one: { shipment_order_no: string }, other: { shipment_order_no: string }) =>
        one.shipment_order_no < other.shipment_order_no ? -1 : 1
      expect([...table.rows.values()].map(rowOf).toSorted(byNumber)).toStrictEqual(rows.toSorted(byNumber))
    }
  })
})
