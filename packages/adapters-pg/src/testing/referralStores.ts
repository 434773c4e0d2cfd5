/**
 * The tables of the referral commissions for the suites of the ports: filled
 * from what the core calls their sources.
 *
 * @since 0.1.0
 */
import { Money } from "@reckoner/core"
import type { ReferralOrderSetup, ShipmentSetup, ShipmentSources } from "@reckoner/core/testing/contracts"
import { Currency } from "@reckoner/core"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Database from "../Database.ts"
import * as PgReferralOrderStore from "../referral-commission/PgReferralOrderStore.ts"
import * as PgShipmentStore from "../referral-commission/PgShipmentStore.ts"
import { freshDatabase } from "./freshDatabase.ts"
import { rowsOf } from "./gymData.ts"

const NEWER_FROM_ID = 1_000_000
const MICROS_PER_SECOND = 1e6

type Table = ReadonlyArray<Readonly<Record<string, string | number | undefined>>>

/**
 * Fills tables, given as rows of their columns; a column that a row leaves out
 * is NULL.
 *
 * @category testing
 * @since 0.1.0
 */
export const loadTables = async (url: string, tables: Readonly<Record<string, Table>>): Promise<void> => {
  for (const [table, rows] of Object.entries(tables)) {
    const statement = `INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`
    if (rows.length > 0) await rowsOf(url, statement, [JSON.stringify(rows)])
  }
}

const amount = (one: Money.Money | undefined): string | undefined => (one === undefined ? undefined : Money.format(one))

/** Exact to the microsecond. */
const timestamp = (seconds: number | undefined): string | undefined => {
  if (seconds === undefined) return undefined
  const whole = Math.floor(seconds)
  const micros = Math.round((seconds - whole) * MICROS_PER_SECOND)
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, "0")}Z`
}

const distinct = (rows: Table): Table => [...new Map(rows.map((row) => [row["id"], row])).values()]

const tables = ({ oldCommissions = [], olderCashbackRows = [], shipments = [] }: Partial<ShipmentSources>) => {
  const couriers = [...shipments, ...oldCommissions].filter(
    ({ courierId, courierName }) => courierId !== undefined && courierName !== undefined
  )
  return {
    "popaket_logistic.logistic_order_status": distinct(
      shipments
        .filter(({ statusName }) => statusName !== undefined)
        .map(({ statusId, statusName }) => ({ id: statusId, description: statusName }))
    ),
    "popaket_logistic.logistics": distinct(
      couriers.map(({ courierId, courierName }) => ({ id: courierId, logistic_name: courierName }))
    ),
    "popaket_logistic.logistic_rates": distinct(
      shipments
        .filter(({ rateName }) => rateName !== undefined)
        .map(({ rateCode, rateId, rateName }) => ({
          id: rateId,
          logistic_id: 1,
          rate_name: rateName,
          rate_code: rateCode
        }))
    ),
    "popaket_logistic.shipment_orders": shipments.map((one, at) => ({
      id: at + 1,
      shipment_order_no: one.orderNo,
      created_by: one.memberId,
      status: one.statusId,
      logistic_id: one.courierId,
      rate_id: one.rateId,
      shipment_price: amount(one.shippingPrice),
      cashback: amount(one.cashback),
      created_at: 1,
      dispatch_at: one.dispatchedAt,
      delivered_at: one.deliveredAt,
      return_at: one.returnedAt
    })),
    // The newest rows come first, so that their place in the table says nothing.
    "popaket_logistic.shipment_orders_cashback": [
      ...shipments
        .filter(({ cashbackRow }) => cashbackRow !== undefined)
        .map(({ cashbackRow, orderNo }, at) => ({
          id: NEWER_FROM_ID + at,
          shipment_order_no: orderNo,
          total_cashback: amount(cashbackRow?.memberCashback),
          affiliator_total_cashback: amount(cashbackRow?.affiliateCashback)
        })),
      ...olderCashbackRows.map((one, at) => ({
        id: at + 1,
        shipment_order_no: one.orderNo,
        total_cashback: amount(one.memberCashback),
        affiliator_total_cashback: amount(one.affiliateCashback)
      }))
    ],
    "popaket_logistic.fct_shipping_affiliate_commission_v2": oldCommissions.map((one) => ({
      member_user_id: one.memberId,
      affiliator_user_id: one.affiliateId,
      shipment_order_no: one.orderNo,
      dispatched_at: timestamp(one.dispatchedAt),
      delivered_at: timestamp(one.deliveredAt),
      logistic_id: one.courierId,
      service_name: one.rateName,
      rate_code: one.rateCode,
      actual_courier_cost: amount(one.shippingPrice),
      cashback: amount(one.cashback),
      est_commission: amount(one.estimatedCommission)
    }))
  }
}

/**
 * A store of shipments in a database of its own, with the database's URL.
 *
 * @category testing
 * @since 0.1.0
 */
export const shipmentStore = async (code = "IDR"): Promise<ShipmentSetup & { readonly url: string }> => {
  const database = await freshDatabase()
  const url = Redacted.value(database.url)
  const currency = Result.getOrThrow(Currency.parse(code))
  return {
    url,
    layer: Layer.provide(PgShipmentStore.layer({ currency }), Layer.provideMerge(Database.SqlLive, database.layer)),
    load: (sources) => loadTables(url, tables(sources)),
    close: database.drop
  }
}

/**
 * A store of orders in a database of its own, with the database's URL.
 *
 * @category testing
 * @since 0.1.0
 */
export const referralOrderStore = async (code = "IDR"): Promise<ReferralOrderSetup & { readonly url: string }> => {
  const database = await freshDatabase()
  const currency = Result.getOrThrow(Currency.parse(code))
  return {
    url: Redacted.value(database.url),
    layer: Layer.provide(
      PgReferralOrderStore.layer({ currency }),
      Layer.provideMerge(Database.SqlLive, database.layer)
    ),
    close: database.drop
  }
}
