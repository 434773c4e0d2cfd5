/**
 * The same rules as one set-based statement on one database that holds all
 * three schemas: the limit that ours is measured against. It knows no findings,
 * keeps no record of its run and asks nobody over a network.
 *
 * Of the ways to find the newest cashback row this one takes the least
 * processor time here; `max(id)` joined again, `NOT EXISTS` a newer one, the
 * greatest array, `LATERAL … LIMIT 1`, and `DISTINCT ON` over the whole join
 * take 1.0 to 2.0 times as much. The planner is left its choice of joins, unlike in
 * the entitlement benchmark: without nested loops or merges it takes no less.
 */
import { WINDOW } from "./generate.ts"

export const setBasedSettings = ["SET work_mem = '256MB'", "SET jit = off"]

const isInWindow = (column: string): string => `(${column} >= ${WINDOW.from} AND ${column} < ${WINDOW.until})`

const compared = [
  "status_id",
  "status_name",
  "logistic_name",
  "rate_name",
  "rate_code",
  "shipment_price",
  "member_total_cashback",
  "affiliator_total_cashback",
  "est_commission",
  "dispatch_at",
  "delivered_at",
  "return_at"
]

const listed = (table: string): string => compared.map((column) => `${table}.${column}`).join(", ")

/** Reads the newest cashback row of each order. */
const newestSql = `
  SELECT DISTINCT ON (shipment_order_no) shipment_order_no, total_cashback, affiliator_total_cashback
  FROM popaket_logistic.shipment_orders_cashback
  ORDER BY shipment_order_no, id DESC`

/** Reads the orders of the window with the names around them. */
export const shipmentsSql = (columns: string): string => `
  SELECT ${columns}
  FROM popaket_logistic.shipment_orders o
  LEFT JOIN newest c ON c.shipment_order_no = o.shipment_order_no
  LEFT JOIN popaket_logistic.logistic_order_status s ON s.id = o.status
  LEFT JOIN popaket_logistic.logistics l ON l.id = o.logistic_id
  LEFT JOIN popaket_logistic.logistic_rates r ON r.id = o.rate_id`

/** What the orders of the window are. */
export const inWindowSql = `(${["o.dispatch_at", "o.delivered_at", "o.return_at"].map(isInWindow).join(" OR ")})`

/** Writes orders, and leaves alone what is as it was and who the affiliate is. */
export const upsertSql = (rows: string): string => `
  INSERT INTO everpro_data.affiliate_orders AS t ${rows}
  ON CONFLICT (shipment_order_no) DO UPDATE
  SET ${[...compared, "source"].map((column) => `${column} = excluded.${column}`).join(", ")}
  WHERE (${listed("t")}) IS DISTINCT FROM (${listed("excluded")})`

export const setBasedSql = `
  WITH newest AS (${newestSql}
  ), chosen AS (
    -- of several referrals: the lowest referral, then the lowest of the member
    SELECT DISTINCT ON (member.user_id) member.user_id, referral.user_id AS affiliator_id
    FROM everpro_user.user_referral member
    JOIN everpro_user.referral ON referral.entity_id = member.referral_id
    ORDER BY member.user_id, referral.id, member.id, referral.user_id
  )
  ${upsertSql(`${shipmentsSql(`
    o.shipment_order_no, coalesce(stored.member_id, o.created_by), coalesce(stored.affiliator_id, chosen.affiliator_id),
    o.status, lower(s.description), l.logistic_name, r.rate_name, r.rate_code, o.shipment_price,
    coalesce(c.total_cashback, o.cashback),
    coalesce(c.affiliator_total_cashback, stored.affiliator_total_cashback),
    coalesce(c.affiliator_total_cashback, stored.affiliator_total_cashback) - coalesce(c.total_cashback, o.cashback),
    to_timestamp(nullif(o.dispatch_at, 0)), to_timestamp(nullif(o.delivered_at, 0)), to_timestamp(nullif(o.return_at, 0)),
    'daily'`)}
  LEFT JOIN chosen ON chosen.user_id = o.created_by
  LEFT JOIN everpro_data.affiliate_orders stored ON stored.shipment_order_no = o.shipment_order_no
  WHERE ${inWindowSql} AND (chosen.affiliator_id IS NOT NULL OR stored.affiliator_id IS NOT NULL)`)}`

/** Reads what the row-by-row form begins with: some orders of the window, each with its newest cashback row. */
export const readSql = (orders: number): string => `
  WITH newest AS (${newestSql}
  )
  ${shipmentsSql(`o.shipment_order_no, o.created_by, o.status, lower(s.description) AS status_name, l.logistic_name,
    r.rate_name, r.rate_code, o.shipment_price, coalesce(c.total_cashback, o.cashback) AS member_cashback,
    c.affiliator_total_cashback, o.dispatch_at, o.delivered_at, o.return_at`)}
  WHERE ${inWindowSql}
  ORDER BY o.id LIMIT ${orders}`
