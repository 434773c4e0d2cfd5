/**
 * The statements that lock, read and write an order with everything that
 * belongs to it.
 *
 * @since 0.1.0
 */
import { LISTED_ORDER_JSON } from "./ListedRows.ts"
import * as rows from "./rows.ts"
import type { WrittenRows } from "./WrittenRows.ts"

/**
 * Finds the order of a target, `$1`.
 *
 * @category constants
 * @since 0.1.0
 */
export const FIND = {
  order: `SELECT o.id::text AS id FROM affiliate.order_affiliate o WHERE o.id = $1`,
  invoice: `SELECT i.order_affiliate_id::text AS id FROM affiliate.invoice_affiliate i WHERE i.id = $1`
} as const

/**
 * The same, and keeps others from changing it until the transaction ends: whoever changes an order, or anything that
 * belongs to it, takes this lock first.
 *
 * @category constants
 * @since 0.1.0
 */
export const LOCK = {
  order: `${FIND.order} FOR UPDATE`,
  invoice: `SELECT o.id::text AS id FROM affiliate.order_affiliate o
    WHERE o.id = (SELECT i.order_affiliate_id FROM affiliate.invoice_affiliate i WHERE i.id = $1) FOR UPDATE`
} as const

const list = (json: string, from: string): string => `(SELECT coalesce(json_agg(${json} ORDER BY ${from}`

/** The parts of an order `$1`, each as a list by its key. */
const parts = (lock: string): string => `
  invoices AS MATERIALIZED (
    SELECT * FROM affiliate.invoice_affiliate WHERE order_affiliate_id = $1 ORDER BY id ${lock}),
  requests AS MATERIALIZED (
    SELECT * FROM affiliate.transaction_request
    WHERE id IN (SELECT transaction_id FROM invoices) ORDER BY id ${lock}),
  shares AS MATERIALIZED (
    SELECT * FROM affiliate.transaction_request_user
    WHERE transaction_request_id IN (SELECT id FROM requests) ORDER BY id ${lock})`

const AGGREGATE = `
  'order', (SELECT ${rows.ORDER_JSON} FROM affiliate.order_affiliate o
    JOIN affiliate.affiliates a ON a.id = o.affiliate_id WHERE o.id = $1),
  'items', ${list(rows.ORDER_ITEM_JSON, "t.id")}), '[]') FROM affiliate.order_affiliate_item t
    WHERE t.order_affiliate_id = $1),
  'invoices', ${list(rows.INVOICE_JSON, "i.id")}), '[]') FROM invoices i),
  'invoiceItems', ${list(rows.INVOICE_ITEM_JSON, "t.id")}), '[]') FROM affiliate.invoice_affiliate_item t
    WHERE t.invoice_affiliate_id IN (SELECT id FROM invoices)),
  'requests', ${list(rows.REQUEST_JSON, "r.id")}), '[]') FROM requests r),
  'shares', ${list(rows.SHARE_JSON, "u.id")}), '[]') FROM shares u)`

const SETTING_LIST = `(SELECT coalesce(json_agg(${rows.SETTING_JSON}), '[]') FROM affiliate.commission_settings s)`

const subject = (lock: string): string => `
  WITH ${parts(lock)}
  SELECT json_build_object(${AGGREGATE},
    'settings', ${SETTING_LIST},
    'earlier', (SELECT ${rows.ENTRY_JSON} FROM affiliate.affiliate_action_log l
      WHERE l.request_key = $2 AND l.target_type = $3 AND l.target_id = $4)) AS found`

/**
 * Reads what is decided about: the order `$1`, the settings, and the entry of the request `$2` on the target `$3`, `$4`.
 * A wallet does not know of the order's lock, so its requests are locked too, after the invoices and by their keys.
 *
 * @category constants
 * @since 0.1.0
 */
export const SUBJECT: string = subject("FOR UPDATE")

/**
 * Reads the same, and keeps nobody from anything.
 *
 * @category constants
 * @since 0.1.0
 */
export const SUBJECT_UNLOCKED: string = subject("")

/**
 * Reads the settings.
 *
 * @category constants
 * @since 0.1.0
 */
export const SETTINGS = `SELECT ${SETTING_LIST} AS found`

/**
 * Reads the order `$1` with its audit trail.
 *
 * @category constants
 * @since 0.1.0
 */
export const FILE = `
  WITH ${parts("")}
  SELECT json_build_object(${AGGREGATE},
    'listed', (SELECT ${LISTED_ORDER_JSON} FROM affiliate.order_affiliate o
      JOIN affiliate.affiliates a ON a.id = o.affiliate_id JOIN affiliate."order" c ON c.id = o.order_id
      WHERE o.id = $1),
    'audit', ${list(rows.ENTRY_JSON, "l.revision")}), '[]') FROM affiliate.affiliate_action_log l
      WHERE l.order_affiliate_id = $1)) AS found`

/** The rows of a parameter, as a table of these columns. */
const given = (columns: string) => (place: string) => `json_to_recordset(${place}::json) AS g(${columns})`

const STATE = "is_approved boolean, approved_at timestamptz, is_rejected boolean"

type Part = keyof WrittenRows

const update = (table: string, columns: string, set: string, key = "w.id = g.id") => {
  const from = given(columns)
  return (place: string) => `UPDATE affiliate.${table} w SET ${set} FROM ${from(place)} WHERE ${key}`
}

const insert = (table: string, columns: string, values = names(columns)) => {
  const from = given(columns)
  return (place: string) =>
    `INSERT INTO affiliate.${table} (${values.join(", ")})
     SELECT ${values.map((name) => SOURCES[name] ?? `g.${name}`).join(", ")} FROM ${from(place)}`
}

const names = (columns: string): ReadonlyArray<string> => columns.split(", ").map((column) => column.split(" ")[0]!)

/** A column that is filled from another one. */
const SOURCES: Readonly<Record<string, string>> = { state_at: "g.queued_at" }

const STATEMENTS: Readonly<Record<Part, (place: string) => string>> = {
  order: update(
    "order_affiliate",
    `id bigint, wallet_type text, temp_commission_amount numeric, ${STATE}, settings_used jsonb, revision int4`,
    `wallet_type = g.wallet_type, temp_commission_amount = g.temp_commission_amount, is_approved = g.is_approved,
     approved_at = g.approved_at, is_rejected = g.is_rejected, settings_used = g.settings_used, revision = g.revision`
  ),
  wallet: update(
    '"order"',
    "id bigint, wallet_receive_commission text",
    "wallet_receive_commission = g.wallet_receive_commission",
    "w.id = (SELECT o.order_id FROM affiliate.order_affiliate o WHERE o.id = g.id)"
  ),
  orderItem: update(
    "order_affiliate_item",
    "id bigint, percent numeric, percent_revision int4",
    "percent = g.percent, percent_revision = g.percent_revision"
  ),
  invoice: update(
    "invoice_affiliate",
    `id bigint, commission_amount numeric, current_sale_percent numeric, ${STATE}, settings_used jsonb`,
    `commission_amount = g.commission_amount, current_sale_percent = g.current_sale_percent,
     is_approved = g.is_approved, approved_at = g.approved_at, commission_paid_date = g.approved_at,
     is_rejected = g.is_rejected, settings_used = g.settings_used`
  ),
  invoiceItem: update(
    "invoice_affiliate_item",
    "id bigint, percent numeric, percent_revision int4, commission_amount numeric",
    "percent = g.percent, percent_revision = g.percent_revision, commission_amount = g.commission_amount"
  ),
  request: update(
    "transaction_request",
    "id bigint, amount numeric, status text",
    "amount = g.amount, status = g.status"
  ),
  share: update(
    "transaction_request_user",
    "transaction_request_id bigint, user_id bigint, amount numeric, status text",
    "amount = g.amount, status = g.status",
    "w.transaction_request_id = g.transaction_request_id AND w.user_id = g.user_id"
  ),
  release: insert(
    "commission_revoke_log",
    "invoice_affiliate_id bigint, affiliate_id bigint, amount numeric, currency text, actor text, created_at timestamptz"
  ),
  notice: insert(
    "notice",
    "id text, invoice_affiliate_id bigint, affiliate_id bigint, amount numeric, currency text, queued_at timestamptz",
    ["id", "invoice_affiliate_id", "affiliate_id", "amount", "currency", "queued_at", "state_at"]
  ),
  entry: insert(
    "affiliate_action_log",
    `order_affiliate_id bigint, revision int4, target_type text, target_id bigint, action text, actor text, request_key text, created_at timestamptz, before jsonb, after jsonb, events jsonb, settings jsonb`
  )
}

/**
 * The one statement that writes rows, with its parameters. Its text depends on
 * what there are rows of, so that there are few texts for a server to prepare.
 *
 * @category encoding
 * @since 0.1.0
 */
export const write = (written: WrittenRows): readonly [statement: string, parameters: ReadonlyArray<string>] => {
  const present = (Object.keys(STATEMENTS) as Array<Part>).filter((part) => written[part].length > 0)
  const statements = present.map((part, at) => STATEMENTS[part](`$${at + 1}`))
  const [last, ...others] = statements.map((one, at) => [present[at], one] as const).toReversed()
  const ctes = others.toReversed().map(([part, one]) => `"${part}" AS (${one})`)
  return [`WITH ${ctes.join(",\n")}\n${last![1]}`, present.map((part) => JSON.stringify(written[part]))]
}
