/**
 * The tables that the referral jobs read, as rows in the words of their source:
 * loaded into a database, and read as the core reads them; and the rows of the
 * orders that must come of them.
 *
 * @since 0.1.0
 */
import { type CommissionEstimate, Currency, Money, Referral, type ShipmentOrder } from "@reckoner/core"
import { ShipmentStore } from "@reckoner/core/ports"
import { MemoryShipmentStore, type ReferralOrderLaws } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { withClient } from "../../testing/onServer.ts"

type Key = number | null
type Text = string | null

/**
 * The rows of each table. Amounts are text, instants of shipments are seconds
 * since 1970, those of the old table are text.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Tables {
  readonly logistic_order_status: ReadonlyArray<{ readonly id: number; readonly description: string }>
  readonly logistics: ReadonlyArray<{ readonly id: number; readonly logistic_name: string }>
  readonly logistic_rates: ReadonlyArray<{
    readonly id: number
    readonly logistic_id: number
    readonly rate_name: string
    readonly rate_code: string
  }>
  readonly shipment_orders: ReadonlyArray<{
    readonly id: number
    readonly shipment_order_no: string
    readonly created_by: Key
    readonly status: Key
    readonly logistic_id: Key
    readonly rate_id: Key
    readonly shipment_price: Text
    readonly cashback: Text
    readonly created_at: number
    readonly dispatch_at: Key
    readonly delivered_at: Key
    readonly return_at: Key
  }>
  readonly shipment_orders_cashback: ReadonlyArray<{
    readonly id: number
    readonly shipment_order_no: string
    readonly total_cashback: Text
    readonly affiliator_total_cashback: Text
  }>
  readonly fct_shipping_affiliate_commission_v2: ReadonlyArray<{
    readonly member_user_id: Key
    readonly affiliator_user_id: Key
    readonly shipment_order_no: Text
    readonly dispatched_at: Text
    readonly delivered_at: Text
    readonly logistic_id: Key
    readonly service_name: Text
    readonly rate_code: Text
    readonly actual_courier_cost: Text
    readonly cashback: Text
    readonly est_commission: Text
  }>
  readonly referral: ReadonlyArray<{ readonly id: number; readonly entity_id: number; readonly user_id: number }>
  readonly user_referral: ReadonlyArray<{ readonly id: number; readonly user_id: number; readonly referral_id: number }>
}

const USER_TABLES = ["referral", "user_referral"]

/**
 * A row of `affiliate_orders`.
 *
 * @category testing
 * @since 0.1.0
 */
export type OrderRow = Readonly<Record<string, string | number | null>>

const qualified = (table: string): string =>
  `${USER_TABLES.includes(table) ? "everpro_user" : "popaket_logistic"}.${table}`

/**
 * Fills the tables anew; those of the orders and of the runs are emptied where
 * they are in the same database.
 *
 * @category testing
 * @since 0.1.0
 */
export const load = (url: string, tables: Tables): Promise<void> =>
  withClient(url, async (client) => {
    const names = Object.keys(tables).map(qualified)
    await client.query(`TRUNCATE ${names.join(", ")}, everpro_data.affiliate_orders, reckoner.run CASCADE`)
    for (const [table, rows] of Object.entries(tables)) {
      const name = qualified(table)
      await client.query(`INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, $1)`, [
        JSON.stringify(rows)
      ])
    }
  })

const IDR = Result.getOrThrow(Currency.parse("IDR"))
const amount = (text: Text): Money.Money | undefined =>
  text === null ? undefined : Result.getOrElse(Money.parse(text, IDR), () => undefined)
const id = (key: Key): string | undefined => (key === null ? undefined : String(key))
const instant = (text: Text): number | undefined => {
  const ms = text === null ? Number.NaN : Date.parse(text.replace(" ", "T"))
  return Number.isNaN(ms) ? undefined : ms / 1000
}

const keyed = <Row, K>(rows: ReadonlyArray<Row>, key: (row: Row) => K) => new Map(rows.map((row) => [key(row), row]))

const shipmentsOf = (tables: Tables): ReadonlyArray<ShipmentOrder.ShipmentOrder> => {
  const statuses = keyed(tables.logistic_order_status, (row) => row.id)
  const couriers = keyed(tables.logistics, (row) => row.id)
  const rates = keyed(tables.logistic_rates, (row) => row.id)
  // Of several rows the last one set is the newest: the highest id.
  const newest = keyed(
    tables.shipment_orders_cashback.toSorted((one, other) => one.id - other.id),
    (row) => row.shipment_order_no
  )
  return tables.shipment_orders.map((row) => {
    const rate = rates.get(row.rate_id ?? -1)
    const cashback = newest.get(row.shipment_order_no)
    return {
      orderNo: row.shipment_order_no,
      memberId: id(row.created_by),
      statusId: row.status ?? undefined,
      statusName: statuses.get(row.status ?? -1)?.description,
      courierId: row.logistic_id ?? undefined,
      courierName: couriers.get(row.logistic_id ?? -1)?.logistic_name,
      rateId: row.rate_id ?? undefined,
      rateName: rate?.rate_name,
      rateCode: rate?.rate_code,
      shippingPrice: amount(row.shipment_price),
      cashback: amount(row.cashback),
      cashbackRow: cashback && {
        memberCashback: amount(cashback.total_cashback),
        affiliateCashback: amount(cashback.affiliator_total_cashback)
      },
      dispatchedAt: row.dispatch_at ?? undefined,
      deliveredAt: row.delivered_at ?? undefined,
      returnedAt: row.return_at ?? undefined,
      unreadable: []
    }
  })
}

const choicesOf = ({ referral, user_referral: links }: Tables): ReferralOrderLaws.World["choices"] => {
  const choices = new Map<Referral.MemberId, Referral.Choice>()
  for (const member of new Set(links.map((link) => link.user_id))) {
    const referrals = links
      .filter((link) => link.user_id === member)
      .flatMap((link) =>
        referral
          .filter((one) => one.entity_id === link.referral_id)
          .map((one) => ({
            memberId: String(member),
            affiliateId: String(one.user_id),
            referralId: String(one.id),
            memberReferralId: String(link.id)
          }))
      )
    const choice = Referral.choose(referrals)
    if (choice !== undefined) choices.set(String(member), choice)
  }
  return choices
}

/**
 * Everything that runs read, as the core sees it.
 *
 * @category testing
 * @since 0.1.0
 */
export const worldOf = (tables: Tables, policy: CommissionEstimate.CashbackPolicy): ReferralOrderLaws.World => {
  const shipments = shipmentsOf(tables)
  const couriers = keyed(tables.logistics, (row) => row.id)
  const oldRows = tables.fct_shipping_affiliate_commission_v2.map((row) => ({
    orderNo: row.shipment_order_no === "" ? undefined : (row.shipment_order_no ?? undefined),
    memberId: id(row.member_user_id),
    affiliateId: id(row.affiliator_user_id),
    dispatchedAt: instant(row.dispatched_at),
    deliveredAt: instant(row.delivered_at),
    courierId: row.logistic_id ?? undefined,
    courierName: couriers.get(row.logistic_id ?? -1)?.logistic_name,
    rateName: row.service_name ?? undefined,
    rateCode: row.rate_code ?? undefined,
    shippingPrice: amount(row.actual_courier_cost),
    cashback: amount(row.cashback),
    estimatedCommission: amount(row.est_commission),
    unreadable: []
  }))
  const memory = MemoryShipmentStore.make({ shipments, oldCommissions: oldRows })
  const oldCommissions = Effect.runSync(
    Effect.provide(
      Effect.flatMap(ShipmentStore, (store) => Stream.runCollect(store.oldCommissions)),
      memory.layer
    )
  )
  return { shipments, choices: choicesOf(tables), oldCommissions: oldCommissions.flat(), policy }
}

const COLUMNS = [
  "shipment_order_no",
  "member_id::text",
  "affiliator_id::text",
  "status_id",
  "status_name",
  "logistic_name",
  "rate_name",
  "rate_code",
  "shipment_price::text",
  "member_total_cashback::text",
  "affiliator_total_cashback::text",
  "est_commission::text",
  "extract(epoch FROM dispatch_at)::float8 AS dispatch_at",
  "extract(epoch FROM delivered_at)::float8 AS delivered_at",
  "extract(epoch FROM return_at)::float8 AS return_at",
  "source"
]

/**
 * The stored orders, by their number.
 *
 * @category testing
 * @since 0.1.0
 */
export const storedOrders = (url: string): Promise<ReadonlyArray<OrderRow>> =>
  withClient(
    url,
    async (client) =>
      (
        await client.query<OrderRow>(
          `SELECT ${COLUMNS.join(", ")} FROM everpro_data.affiliate_orders ORDER BY shipment_order_no COLLATE "C"`
        )
      ).rows
  )

/**
 * Where each stored order lies, and who wrote it: it changes when a row is
 * written, even as it was.
 *
 * @category testing
 * @since 0.1.0
 */
export const rowVersions = (url: string): Promise<ReadonlyArray<OrderRow>> =>
  withClient(
    url,
    async (client) =>
      (
        await client.query<OrderRow>(
          `SELECT shipment_order_no, xmin::text, ctid::text FROM everpro_data.affiliate_orders ORDER BY 1`
        )
      ).rows
  )

const format = (one: Money.Money | undefined): Text => (one === undefined ? null : Money.format(one))

/**
 * The orders of a table in memory as they must be stored, by their number.
 *
 * @category testing
 * @since 0.1.0
 */
export const expectedOrders = ({ rows }: ReferralOrderLaws.Table): ReadonlyArray<OrderRow> =>
  [...rows.values()]
    .toSorted((one, other) => (one.orderNo < other.orderNo ? -1 : 1))
    .map((order) => ({
      shipment_order_no: order.orderNo,
      member_id: order.memberId,
      affiliator_id: order.affiliateId,
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
    }))

/**
 * An order without the flow that wrote it, and without the columns that stay as
 * they were first written.
 *
 * @category testing
 * @since 0.1.0
 */
export const withoutFrozen = ({ affiliator_id: _affiliate, member_id: _member, source: _source, ...row }: OrderRow) =>
  row
