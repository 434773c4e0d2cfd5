/**
 * The tables of the referral commissions, with the names of their source, in one schema for each of its three systems:
 * `popaket_logistic` (shipments), `everpro_user` (referrals) and `everpro_data` (orders with their commission).
 *
 * Where a system has a database of its own, its schema here stays empty.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"

// Nothing refers to another table by a key: a name that is missing, or an order that is gone, must be reported.
const LOGISTIC_TABLES = [
  `CREATE TABLE popaket_logistic.logistic_order_status (
     id int4 CONSTRAINT logistic_order_status_pkey PRIMARY KEY,
     description text NOT NULL)`,
  `CREATE TABLE popaket_logistic.logistics (
     id int4 CONSTRAINT logistics_pkey PRIMARY KEY,
     logistic_name text NOT NULL)`,
  `CREATE TABLE popaket_logistic.logistic_rates (
     id int4 CONSTRAINT logistic_rates_pkey PRIMARY KEY,
     logistic_id int4 NOT NULL,
     rate_name text NOT NULL,
     rate_code text NOT NULL)`,
  `CREATE TABLE popaket_logistic.shipment_orders (
     id bigint CONSTRAINT shipment_orders_pkey PRIMARY KEY,
     shipment_order_no varchar(32) NOT NULL CONSTRAINT shipment_orders_shipment_order_no_key UNIQUE,
     created_by bigint,
     status int4,
     logistic_id int4,
     rate_id int4,
     shipment_price numeric(14,2),
     cashback numeric(14,2),
     created_at bigint NOT NULL,
     dispatch_at bigint,
     delivered_at bigint,
     return_at bigint)`,
  `CREATE TABLE popaket_logistic.shipment_orders_cashback (
     id bigint CONSTRAINT shipment_orders_cashback_pkey PRIMARY KEY,
     shipment_order_no varchar(32) NOT NULL,
     total_cashback numeric(14,2),
     affiliator_total_cashback numeric(14,2))`,
  `CREATE TABLE popaket_logistic.fct_shipping_affiliate_commission_v2 (
     member_user_id bigint,
     affiliator_user_id bigint,
     shipment_order_no varchar(32),
     dispatched_at timestamptz,
     delivered_at timestamptz,
     logistic_id int4,
     service_name text,
     rate_code text,
     actual_courier_cost numeric(14,2),
     cashback numeric(14,2),
     est_commission numeric(14,2))`,
  `CREATE INDEX so_dispatch ON popaket_logistic.shipment_orders (dispatch_at)`,
  `CREATE INDEX so_delivered ON popaket_logistic.shipment_orders (delivered_at)`,
  `CREATE INDEX so_return ON popaket_logistic.shipment_orders (return_at)`,
  `CREATE INDEX soc_no ON popaket_logistic.shipment_orders_cashback (shipment_order_no)`,
  `CREATE INDEX fct_no ON popaket_logistic.fct_shipping_affiliate_commission_v2 (shipment_order_no)`
]

const USER_TABLES = [
  `CREATE TABLE everpro_user.referral (
     id bigint CONSTRAINT referral_pkey PRIMARY KEY,
     entity_id bigint NOT NULL,
     user_id bigint NOT NULL)`,
  `CREATE TABLE everpro_user.user_referral (
     id bigint CONSTRAINT user_referral_pkey PRIMARY KEY,
     user_id bigint NOT NULL,
     referral_id bigint NOT NULL)`,
  `CREATE INDEX ur_user ON everpro_user.user_referral (user_id)`,
  `CREATE INDEX r_entity ON everpro_user.referral (entity_id)`
]

const TARGET_TABLES = [
  `CREATE SCHEMA IF NOT EXISTS everpro_data`,
  `CREATE TABLE IF NOT EXISTS everpro_data.affiliate_orders (
     shipment_order_no varchar(32) CONSTRAINT affiliate_orders_pkey PRIMARY KEY,
     member_id bigint NOT NULL,
     affiliator_id bigint NOT NULL,
     status_id int4,
     status_name text,
     logistic_name text,
     rate_name text,
     rate_code text,
     shipment_price numeric(14,2),
     member_total_cashback numeric(14,2),
     affiliator_total_cashback numeric(14,2),
     est_commission numeric(14,2),
     dispatch_at timestamptz,
     delivered_at timestamptz,
     return_at timestamptz,
     source text NOT NULL
       CONSTRAINT affiliate_orders_source_check CHECK (source IN ('daily', 'backfill', 'fct_v2')))`
]

const NOT_HAPPENED = "in seconds since 1970; NULL or 0: it has not happened"

const LOGISTIC_COMMENTS = {
  logistic_order_status: "Names of the states of a shipment",
  "logistic_order_status.description": "statusName",
  logistics: "Courier",
  "logistics.logistic_name": "courierName",
  logistic_rates: "Rate of a courier",
  "logistic_rates.logistic_id": "courierId",
  "logistic_rates.rate_name": "rateName",
  "logistic_rates.rate_code": "rateCode",
  shipment_orders: "ShipmentOrder",
  "shipment_orders.shipment_order_no": "orderNo",
  "shipment_orders.created_by": "memberId",
  "shipment_orders.status": "statusId; its name may be missing, which is reported",
  "shipment_orders.logistic_id": "courierId; may be unknown, which is reported",
  "shipment_orders.rate_id": "rateId; may be unknown, which is reported",
  "shipment_orders.shipment_price": "shippingPrice",
  "shipment_orders.cashback": "cashback: what counts for the member where no cashback row says it",
  "shipment_orders.created_at": "When it was ordered, in seconds since 1970",
  "shipment_orders.dispatch_at": `dispatchedAt, ${NOT_HAPPENED}`,
  "shipment_orders.delivered_at": `deliveredAt, ${NOT_HAPPENED}`,
  "shipment_orders.return_at": `returnedAt, ${NOT_HAPPENED}`,
  shipment_orders_cashback: "CashbackRow of an order; the one with the highest id counts",
  "shipment_orders_cashback.shipment_order_no": "orderNo",
  "shipment_orders_cashback.total_cashback": "memberCashback",
  "shipment_orders_cashback.affiliator_total_cashback": "affiliateCashback",
  fct_shipping_affiliate_commission_v2:
    "OldCommission: the table used before; of an order, the row dispatched last counts",
  "fct_shipping_affiliate_commission_v2.member_user_id": "memberId",
  "fct_shipping_affiliate_commission_v2.affiliator_user_id": "affiliateId",
  "fct_shipping_affiliate_commission_v2.shipment_order_no": "orderNo",
  "fct_shipping_affiliate_commission_v2.dispatched_at": "dispatchedAt",
  "fct_shipping_affiliate_commission_v2.delivered_at": "deliveredAt",
  "fct_shipping_affiliate_commission_v2.logistic_id": "courierId",
  "fct_shipping_affiliate_commission_v2.service_name": "rateName",
  "fct_shipping_affiliate_commission_v2.rate_code": "rateCode",
  "fct_shipping_affiliate_commission_v2.actual_courier_cost": "shippingPrice",
  "fct_shipping_affiliate_commission_v2.cashback": "cashback of the member",
  "fct_shipping_affiliate_commission_v2.est_commission": "estimatedCommission"
}

const USER_COMMENTS = {
  referral: "Affiliates: what the stand-in of the user service answers from; no job reads it",
  "referral.entity_id": "What user_referral.referral_id refers to",
  "referral.user_id": "affiliateId",
  user_referral: "Referred members: what the stand-in of the user service answers from; no job reads it",
  "user_referral.user_id": "memberId",
  "user_referral.referral_id": "The entity_id of a referral"
}

const TARGET_COMMENTS = {
  affiliate_orders:
    "ReferralOrder: an order of a referred member, with the commission its affiliate is expected to get",
  "affiliate_orders.shipment_order_no": "orderNo",
  "affiliate_orders.member_id": "memberId; stays as it was first written",
  "affiliate_orders.affiliator_id": "affiliateId; stays as it was first written",
  "affiliate_orders.status_id": "statusId",
  "affiliate_orders.status_name": "statusName, in lower case",
  "affiliate_orders.logistic_name": "courierName",
  "affiliate_orders.rate_name": "rateName",
  "affiliate_orders.rate_code": "rateCode",
  "affiliate_orders.shipment_price": "shippingPrice",
  "affiliate_orders.member_total_cashback": "memberCashback",
  "affiliate_orders.affiliator_total_cashback": "affiliateCashback; NULL where it is unknown",
  "affiliate_orders.est_commission":
    "estimatedCommission: affiliateCashback less memberCashback; NULL where it is unknown",
  "affiliate_orders.dispatch_at": "dispatchedAt",
  "affiliate_orders.delivered_at": "deliveredAt",
  "affiliate_orders.return_at": "returnedAt",
  "affiliate_orders.source": "The flow that last changed another column"
}

const commentsOf = (schema: string, comments: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(comments).map(
    ([name, text]) => `COMMENT ON ${name.includes(".") ? "COLUMN" : "TABLE"} ${schema}.${name} IS '${text}'`
  )

/**
 * What makes the schema `everpro_data`. Each statement leaves alone what is
 * there, so that they can run on any database, any number of times.
 *
 * @category constants
 * @since 0.1.0
 */
export const TARGET_STATEMENTS: ReadonlyArray<string> = [
  ...TARGET_TABLES,
  ...commentsOf("everpro_data", TARGET_COMMENTS)
]

const STATEMENTS = [
  "CREATE SCHEMA popaket_logistic",
  ...LOGISTIC_TABLES,
  ...commentsOf("popaket_logistic", LOGISTIC_COMMENTS),
  "CREATE SCHEMA everpro_user",
  ...USER_TABLES,
  ...commentsOf("everpro_user", USER_COMMENTS),
  ...TARGET_STATEMENTS
]

/**
 * Creates the tables.
 *
 * @category constructors
 * @since 0.1.0
 */
export const up: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of STATEMENTS) yield* sql.unsafe(statement)
})
