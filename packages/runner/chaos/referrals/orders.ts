/**
 * Many shipments of one day, each of a member of its own, and what a run must
 * make of them: the rows of one set-based statement, which knows nothing of the
 * job. Half of the members were referred.
 */
import { withClient } from "../../src/testing/onServer.ts"

/** The instant at which the shipments are yesterday's. */
export const AT = "2023-11-05T12:00:00+07:00"

const MIDNIGHT = "extract(epoch FROM timestamptz '2023-11-04 00:00:00+07')::bigint"

const COLUMNS =
  "shipment_order_no, member_id, affiliator_id, status_id, status_name, logistic_name, rate_name, rate_code, " +
  "shipment_price, member_total_cashback, affiliator_total_cashback, est_commission, dispatch_at, delivered_at, return_at"

/** The statements that fill the tables with so many shipments, and say what must come of them. */
export const generated = (orders: number): ReadonlyArray<string> => [
  `INSERT INTO popaket_logistic.logistic_order_status VALUES (1, 'Created'), (2, 'DELIVERED')`,
  `INSERT INTO popaket_logistic.logistics VALUES (1, 'Courier')`,
  `INSERT INTO popaket_logistic.logistic_rates VALUES (1, 1, 'Regular', 'REG')`,
  `INSERT INTO popaket_logistic.shipment_orders
   SELECT i, 'S' || i, i, 1 + i % 3, 1 + i % 2, 1, 10000 + i, 100, 1, ${MIDNIGHT} + i % 86400, 0, NULL
   FROM generate_series(1, ${orders}) i`,
  `INSERT INTO popaket_logistic.shipment_orders_cashback
   SELECT i, 'S' || i, i % 500, i % 700 FROM generate_series(1, ${orders}) i WHERE i % 10 <> 0`,
  `INSERT INTO everpro_user.referral SELECT e, 500 + e, 900000 + e FROM generate_series(1, 50) e`,
  `INSERT INTO everpro_user.user_referral
   SELECT m, m, 501 + m % 50 FROM generate_series(1, ${orders}) m WHERE m % 2 = 0`,
  `CREATE SCHEMA chaos`,
  `CREATE TABLE chaos.expected AS
   SELECT o.shipment_order_no, o.created_by AS member_id, r.user_id AS affiliator_id, o.status AS status_id,
     lower(s.description) AS status_name, l.logistic_name, t.rate_name, t.rate_code, o.shipment_price,
     coalesce(c.total_cashback, o.cashback) AS member_total_cashback, c.affiliator_total_cashback,
     c.affiliator_total_cashback - coalesce(c.total_cashback, o.cashback) AS est_commission,
     to_timestamp(o.dispatch_at) AS dispatch_at, NULL::timestamptz AS delivered_at, NULL::timestamptz AS return_at
   FROM popaket_logistic.shipment_orders o
   JOIN everpro_user.user_referral u ON u.user_id = o.created_by
   JOIN everpro_user.referral r ON r.entity_id = u.referral_id
   LEFT JOIN popaket_logistic.logistic_order_status s ON s.id = o.status
   LEFT JOIN popaket_logistic.logistics l ON l.id = o.logistic_id
   LEFT JOIN popaket_logistic.logistic_rates t ON t.id = o.rate_id
   LEFT JOIN popaket_logistic.shipment_orders_cashback c ON c.shipment_order_no = o.shipment_order_no`,
  "VACUUM (ANALYZE)"
]

/** How many orders must come of so many shipments. */
export const expectedOf = (orders: number): number => orders / 2

/** How many orders are stored, and how many of them are not as they must be. */
export interface Stored {
  readonly orders: number
  readonly wrong: number
}

/** Runs the statements, one after the other. */
export const execute = (url: string, statements: ReadonlyArray<string>): Promise<void> =>
  withClient(url, async (client) => {
    for (const statement of statements) await client.query(statement)
  })

/** Looks at what is stored. */
export const stored = (url: string): Promise<Stored> =>
  withClient(url, async (client) => {
    const found = await client.query<Stored>(`
      SELECT (SELECT count(*)::int FROM everpro_data.affiliate_orders) AS orders,
        (SELECT count(*)::int FROM (
          SELECT ${COLUMNS} FROM everpro_data.affiliate_orders EXCEPT SELECT ${COLUMNS} FROM chaos.expected) wrong) AS wrong`)
    return found.rows[0]!
  })

/** Takes away the orders, and what is known of runs. */
export const empty = (url: string): Promise<void> =>
  execute(url, ["TRUNCATE everpro_data.affiliate_orders, reckoner.run CASCADE"])

const QUIET_POLL_MS = 10
const QUIET_POLLS_MAX = 3_000

/** Waits until the server has noticed that a process is gone: none of its connections is left. */
export const untilQuiet = async (url: string): Promise<void> => {
  for (let polls = 0; polls < QUIET_POLLS_MAX; polls++) {
    const isQuiet = await withClient(url, async (client) => {
      const { rowCount } = await client.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'reckoner%'"
      )
      return rowCount === 0
    })
    if (isQuiet) return
    await new Promise((resolve) => setTimeout(resolve, QUIET_POLL_MS))
  }
  throw new Error("connections of a process that is gone do not end")
}
