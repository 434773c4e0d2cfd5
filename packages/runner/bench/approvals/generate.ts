/**
 * Approved orders, each with two items and one invoice over them that waits for
 * approval, and a request for two beneficiaries.
 */

const ORDERS = (orders: number): string => `generate_series(1, ${orders}) AS n`

/** The amounts are those of the rules: each item rounded by itself, the rest of a sharing to the first. */
const FIRST_BASE = "100000 + n % 90001"
const SECOND_BASE = "50000 + n % 7001"
const commission = `round((${FIRST_BASE}) * 0.125) + round((${SECOND_BASE}) * 0.08)`

/** Statements that fill empty tables. */
export const generateSql = (orders: number): ReadonlyArray<string> => [
  `INSERT INTO affiliate.affiliates (id, name, phone, level)
   SELECT n, 'Affiliate ' || n, '84987654321', 'gold' FROM generate_series(1, 1000) AS n`,
  `INSERT INTO affiliate.commission_settings VALUES ('cash', 'gold', 12.5), ('points', 'gold', 15)`,
  `INSERT INTO affiliate."order" (id, order_code, customer_name, wallet_receive_commission)
   SELECT n, 'O-' || n, 'Customer ' || n, 'cash' FROM ${ORDERS(orders)}`,
  `INSERT INTO affiliate.order_affiliate
     (id, order_id, affiliate_id, wallet_type, temp_commission_amount, is_approved, approved_at, created_at)
   SELECT n, n, 1 + n % 1000, 'cash', ${commission}, true, '2026-03-01Z',
     timestamptz '2026-01-01Z' + n * interval '1 minute' FROM ${ORDERS(orders)}`,
  `INSERT INTO affiliate.order_affiliate_item (id, order_affiliate_id, base_amount, percent)
   SELECT 2 * n, n, ${FIRST_BASE}, 12.5 FROM ${ORDERS(orders)}
   UNION ALL SELECT 2 * n + 1, n, ${SECOND_BASE}, 8 FROM ${ORDERS(orders)}`,
  `BEGIN;
   INSERT INTO affiliate.invoice_affiliate
     (id, order_affiliate_id, invoice_code, transaction_id, commission_amount, current_sale_percent, created_at)
   SELECT n, n, 'I-' || n, n, ${commission}, round(100 * (${commission}) / (${FIRST_BASE} + ${SECOND_BASE}), 4),
     timestamptz '2026-01-01Z' + n * interval '1 minute' FROM ${ORDERS(orders)};
   INSERT INTO affiliate.transaction_request (id, invoice_affiliate_id, amount)
   SELECT n, n, ${commission} FROM ${ORDERS(orders)};
   COMMIT`,
  `INSERT INTO affiliate.invoice_affiliate_item
     (id, invoice_affiliate_id, order_affiliate_id, order_affiliate_item_id, base_amount, percent, commission_amount)
   SELECT 2 * n, n, n, 2 * n, ${FIRST_BASE}, 12.5, round((${FIRST_BASE}) * 0.125) FROM ${ORDERS(orders)}
   UNION ALL SELECT 2 * n + 1, n, n, 2 * n + 1, ${SECOND_BASE}, 8, round((${SECOND_BASE}) * 0.08) FROM ${ORDERS(orders)}`,
  `INSERT INTO affiliate.transaction_request_user (transaction_request_id, user_id, weight, amount)
   SELECT n, 2 * n, 3, (${commission}) - trunc((${commission}) / 4) FROM ${ORDERS(orders)}
   UNION ALL SELECT n, 2 * n + 1, 1, trunc((${commission}) / 4) FROM ${ORDERS(orders)}`,
  `ANALYZE`
]

/** What approvals of the invoices from the first to before the second left, whoever made them. */
export const digestSql = `
  SELECT count(*) FILTER (WHERE i.is_approved)::int AS approved,
    count(*) FILTER (WHERE r.status = 'success')::int AS released,
    sum(r.amount) FILTER (WHERE r.status = 'success')::text AS amount,
    (SELECT count(*)::int FROM affiliate.commission_revoke_log l
      WHERE l.invoice_affiliate_id >= $1 AND l.invoice_affiliate_id < $2) AS logged,
    (SELECT count(*)::int FROM affiliate.affiliate_action_log l
      WHERE l.target_id >= $1 AND l.target_id < $2) AS audited,
    (SELECT count(*)::int FROM affiliate.notice n
      WHERE n.invoice_affiliate_id >= $1 AND n.invoice_affiliate_id < $2) AS notices
  FROM affiliate.invoice_affiliate i JOIN affiliate.transaction_request r ON r.id = i.transaction_id
  WHERE i.id >= $1 AND i.id < $2`
