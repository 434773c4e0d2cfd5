/**
 * Puts the demo's days into the tables of the sources, under their own names.
 *
 * @since 0.1.0
 */
import { Eligibility } from "@reckoner/core"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"
import * as BusinessDay from "./BusinessDay.ts"
import * as CommissionDay from "./CommissionDay.ts"
import * as ShipmentDay from "./ShipmentDay.ts"

const UNITS = { month: "M", day: "D", week: "W" } as const

/** The numbers of rows that have none of their own in the sample. */
const numbered = <Row extends object>(rows: ReadonlyArray<Row>): ReadonlyArray<Row & { readonly id: number }> =>
  rows.map((row, at) => ({ id: at + 1, ...row }))

const sellers = BusinessDay.departments.filter((one) => one.sellsMemberships)

type Field = string | number | boolean | null

const tables: ReadonlyArray<readonly [table: string, rows: ReadonlyArray<Readonly<Record<string, Field>>>]> = [
  [
    "gym.sif_pod",
    BusinessDay.companies.map(({ companyId, isActive, name }) => ({ id: companyId, naziv: name, fl_akt: isActive }))
  ],
  [
    "gym.sif_oj",
    BusinessDay.departments.map(({ companyId, departmentId, isActive, name }) => ({
      id: departmentId,
      pod: companyId,
      naziv: name,
      fl_akt: isActive
    }))
  ],
  [
    "gym.osn_setoj",
    numbered(
      sellers.map(({ departmentId }) => ({
        oj: departmentId,
        sett: "OJ_CLAN",
        val: Eligibility.MEMBERSHIP_SETTING_VALUE
      }))
    )
  ],
  [
    "gym.m_kupljeno",
    numbered(
      BusinessDay.companies.map(({ companyId }) => ({ pod: companyId, modul: Eligibility.MEMBERSHIP_MODULE_ID }))
    )
  ],
  [
    "gym.sif_art",
    BusinessDay.articles.map(({ articleId, isPackage, name }) => ({
      id: articleId,
      naziv: name,
      ru: isPackage ? "Y" : "N"
    }))
  ],
  ["gym.osn_sastavnice", BusinessDay.bills.map(({ articleId, billId }) => ({ id: billId, art: articleId }))],
  [
    "gym.osn_sastavke",
    numbered(
      BusinessDay.bills.flatMap(({ billId, lines }) =>
        lines.map(({ componentId, quantity }) => ({ sastavnica: billId, item: componentId, kol: quantity }))
      )
    )
  ],
  [
    "gym.osn_zad",
    BusinessDay.subscriptions.map(({ anchorDate, articleId, intervalCount, memberId, subscriptionId, unit }) => ({
      id: subscriptionId,
      clan: memberId,
      item: articleId,
      poc: anchorDate,
      dm: UNITS[unit],
      frek: intervalCount
    }))
  ],
  [
    "gym.dok",
    BusinessDay.invoices.map(({ departmentId, invoiceId, memberId }) => ({
      id: invoiceId,
      oj: departmentId,
      clan: memberId,
      dat: BusinessDay.DATE
    }))
  ],
  [
    "gym.dok_items",
    numbered(
      BusinessDay.invoices.flatMap(({ invoiceId, lines }) =>
        lines.map(({ articleId, quantity }) => ({ dok: invoiceId, item: articleId, kol: quantity }))
      )
    )
  ]
]

const shipmentTables: typeof tables = [
  [
    "popaket_logistic.logistic_order_status",
    ShipmentDay.statuses.map(({ name, statusId }) => ({ id: statusId, description: name }))
  ],
  [
    "popaket_logistic.logistics",
    ShipmentDay.couriers.map(({ courierId, name }) => ({ id: courierId, logistic_name: name }))
  ],
  [
    "popaket_logistic.logistic_rates",
    ShipmentDay.rates.map(({ code, courierId, name, rateId }) => ({
      id: rateId,
      logistic_id: courierId,
      rate_name: name,
      rate_code: code
    }))
  ],
  [
    "popaket_logistic.shipment_orders",
    numbered(
      ShipmentDay.shipments.map((one) => ({
        shipment_order_no: one.orderNo,
        created_by: one.memberId,
        status: one.statusId,
        logistic_id: one.courierId,
        rate_id: one.rateId,
        shipment_price: one.shippingPrice,
        cashback: one.cashback,
        created_at: one.dispatchedAt,
        dispatch_at: one.dispatchedAt,
        delivered_at: one.deliveredAt,
        return_at: one.returnedAt
      }))
    )
  ],
  [
    "popaket_logistic.shipment_orders_cashback",
    numbered(
      ShipmentDay.shipments.flatMap(({ cashbacks, orderNo }) =>
        cashbacks.map(({ affiliate, member }) => ({
          shipment_order_no: orderNo,
          total_cashback: member,
          affiliator_total_cashback: affiliate
        }))
      )
    )
  ],
  [
    "everpro_user.referral",
    ShipmentDay.referrals.map(({ affiliateId, referralId }) => ({
      id: referralId,
      entity_id: referralId,
      user_id: affiliateId
    }))
  ],
  [
    "everpro_user.user_referral",
    numbered(
      ShipmentDay.referrals.flatMap(({ memberIds, referralId }) =>
        memberIds.map((memberId) => ({ user_id: memberId, referral_id: referralId }))
      )
    )
  ]
]

const commissionTables: typeof tables = [
  [
    "affiliate.affiliates",
    CommissionDay.affiliates.map(({ affiliateId, level, name, phone }) => ({ id: affiliateId, name, phone, level }))
  ],
  [
    "affiliate.commission_settings",
    CommissionDay.levelDiscounts.map(({ level, percent, walletKind }) => ({
      wallet_type: walletKind,
      affiliate_level: level,
      level_discount: percent
    }))
  ],
  [
    "affiliate.order",
    [
      {
        id: CommissionDay.order.orderId,
        order_code: CommissionDay.order.code,
        customer_name: CommissionDay.order.customerName,
        wallet_receive_commission: CommissionDay.order.walletKind
      }
    ]
  ],
  [
    "affiliate.order_affiliate",
    [
      {
        id: CommissionDay.order.orderId,
        order_id: CommissionDay.order.orderId,
        affiliate_id: CommissionDay.order.affiliateId,
        wallet_type: CommissionDay.order.walletKind,
        temp_commission_amount: CommissionDay.order.commission,
        created_at: CommissionDay.ORDERED_AT
      }
    ]
  ],
  [
    "affiliate.order_affiliate_item",
    CommissionDay.order.items.map(({ base, itemId, percent }) => ({
      id: itemId,
      order_affiliate_id: CommissionDay.order.orderId,
      base_amount: base,
      percent
    }))
  ],
  [
    "affiliate.invoice_affiliate",
    CommissionDay.invoices.map(({ code, commission, invoiceId, requestId }) => ({
      id: invoiceId,
      order_affiliate_id: CommissionDay.order.orderId,
      invoice_code: code,
      transaction_id: requestId,
      commission_amount: commission,
      current_sale_percent: "10",
      created_at: CommissionDay.ORDERED_AT
    }))
  ],
  [
    "affiliate.invoice_affiliate_item",
    CommissionDay.invoices.flatMap(({ invoiceId, items }) =>
      items.map(({ base, commission, invoiceItemId, itemId }) => ({
        id: invoiceItemId,
        invoice_affiliate_id: invoiceId,
        order_affiliate_id: CommissionDay.order.orderId,
        order_affiliate_item_id: itemId,
        base_amount: base,
        percent: "10",
        commission_amount: commission
      }))
    )
  ],
  [
    "affiliate.transaction_request",
    CommissionDay.invoices.map(({ commission, invoiceId, requestId }) => ({
      id: requestId,
      invoice_affiliate_id: invoiceId,
      amount: commission
    }))
  ],
  [
    "affiliate.transaction_request_user",
    CommissionDay.invoices.flatMap(({ requestId, shares }) =>
      shares.map(({ amount, userId, weight }) => ({
        transaction_request_id: requestId,
        user_id: userId,
        weight,
        amount
      }))
    )
  ]
]

/**
 * Drops whatever an earlier demo left in this database.
 *
 * @category constructors
 * @since 0.1.0
 */
export const clear: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const schema of ["gym", "popaket_logistic", "everpro_data", "everpro_user", "affiliate", "reckoner"]) {
    yield* sql`DROP SCHEMA IF EXISTS ${sql(schema)} CASCADE`
  }
})

/**
 * Writes the days into empty tables.
 *
 * @category constructors
 * @since 0.1.0
 */
export const load: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const [table, rows] of [...tables, ...shipmentTables, ...commissionTables]) {
    if (Arr.isReadonlyArrayNonEmpty(rows)) yield* sql`INSERT INTO ${sql(table)} ${sql.insert(rows)}`
  }
}).pipe((insert) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(insert)))
