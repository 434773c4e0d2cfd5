/**
 * Very many orders with commissions, for tests of how they are found.
 *
 * @since 0.1.0
 */
import type pg from "pg"

const AFFILIATES = 5_000

const statements = (orders: number): ReadonlyArray<string> => [
  "SET session_replication_role = replica",
  `INSERT INTO affiliate.affiliates (id, name, level, revoked_at)
   SELECT n, 'affiliate ' || n, 'gold', CASE WHEN n % 20 = 0 THEN now() END FROM generate_series(1, ${AFFILIATES}) n`,
  `INSERT INTO affiliate."order" (id, order_code, customer_name, wallet_receive_commission)
   SELECT n, 'DH-' || lpad(n::text, 8, '0'),
     (ARRAY['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Huỳnh', 'Phan', 'Vũ', 'Đặng', 'Bùi'])[1 + n % 10] || ' ' ||
       CASE WHEN n % 1000 = 0 THEN 'Quỳnh' ELSE 'Văn' END || ' ' || n % 997,
     CASE WHEN n % 10000 = 7 THEN 'stars' WHEN n % 3 = 0 THEN 'points' ELSE 'cash' END
   FROM generate_series(1, ${orders}) n`,
  // A fifth of all orders is of one affiliate; what waits is new, but for a few.
  `INSERT INTO affiliate.order_affiliate (id, order_id, affiliate_id, wallet_type, temp_commission_amount, is_approved,
     approved_at, is_rejected, created_at)
   SELECT n, n, CASE WHEN n % 5 = 0 THEN 1 ELSE 1 + (n * 7919::int8) % ${AFFILIATES} END,
     CASE WHEN n % 10000 = 7 THEN 'stars' WHEN n % 3 = 0 THEN 'points' ELSE 'cash' END, 15000,
     NOT waits AND NOT rejected, CASE WHEN NOT waits AND NOT rejected THEN now() END, rejected,
     '2024-01-01'::timestamptz + n * (interval '700 days' / ${orders})
   FROM (SELECT n, n % 20 = 3 AS rejected, n % 20 <> 3 AND (n > ${orders} * 0.98 OR n % 500 = 1) AS waits
     FROM generate_series(1, ${orders}) n) of`,
  `INSERT INTO affiliate.invoice_affiliate (id, order_affiliate_id, invoice_code, transaction_id, commission_amount,
     current_sale_percent, is_approved, approved_at, commission_paid_date, is_rejected, created_at)
   SELECT o.id * 2 + k, o.id, 'HD-' || o.id || '-' || k, o.id * 2 + k, 7500, 10, o.is_approved AND k = 0,
     CASE WHEN k = 0 THEN o.approved_at END, CASE WHEN k = 0 THEN o.approved_at END, o.is_rejected AND k = 0,
     o.created_at + interval '1 day' * k
   FROM affiliate.order_affiliate o, generate_series(0, 1) k`,
  `INSERT INTO affiliate.transaction_request (id, invoice_affiliate_id, amount, status)
   SELECT i.id, i.id, i.commission_amount, CASE WHEN i.is_approved THEN 'success' ELSE 'pending' END
   FROM affiliate.invoice_affiliate i`,
  "SET session_replication_role = origin",
  "ANALYZE"
]

/**
 * Fills the tables with so many orders, of two invoices each.
 *
 * @category testing
 * @since 0.1.0
 */
export const fillCommissions = async (client: pg.Client, orders: number): Promise<void> => {
  for (const statement of statements(orders)) await client.query(statement)
}
