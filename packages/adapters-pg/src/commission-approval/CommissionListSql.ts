/**
 * The statements that list and count orders and invoices.
 *
 * @since 0.1.0
 */
import { ApprovalState } from "@reckoner/core"
import type { CommissionFilter, CommissionPage } from "@reckoner/core/ports"
import { LISTED_INVOICE, LISTED_ORDER } from "./ListedRows.ts"

/**
 * A statement with its parameters.
 *
 * @category models
 * @since 0.1.0
 */
export interface Query {
  readonly statement: string
  readonly parameters: ReadonlyArray<string | number>
}

/** What is listed: its table and alias, what belongs to it, what a row of a list shows, and its amount. */
interface Listed {
  readonly alias: "o" | "i"
  readonly table: string
  readonly joins: string
  readonly columns: Readonly<Record<string, string>>
  readonly shown: string
  readonly amount: string
}

const ORDERS: Listed = {
  alias: "o",
  table: "affiliate.order_affiliate o",
  joins: "JOIN affiliate.affiliates a ON a.id = o.affiliate_id",
  columns: LISTED_ORDER,
  shown: "",
  amount: "o.temp_commission_amount"
}

const INVOICES: Listed = {
  alias: "i",
  table: "affiliate.invoice_affiliate i",
  joins: `JOIN affiliate.order_affiliate o ON o.id = i.order_affiliate_id
    JOIN affiliate.affiliates a ON a.id = o.affiliate_id`,
  columns: LISTED_INVOICE,
  shown: "LEFT JOIN affiliate.transaction_request r ON r.id = i.transaction_id",
  amount: "i.commission_amount"
}

const MILLIS_MIN = Date.parse("0001-01-01T00:00:00Z")
const MILLIS_MAX = Date.parse("9999-12-31T23:59:59.999Z")
/** The tables keep no more of a word. */
const WORD_LENGTH_MAX = 100
const BIGINT = /^(?:0|-?[1-9]\d{0,18})$/

/**
 * Says whether a key may be one of a table: any other is of nothing.
 *
 * @category queries
 * @since 0.1.0
 */
export const isKey = (id: string): boolean => BIGINT.test(id) && BigInt.asIntN(64, BigInt(id)) === BigInt(id)

const instant = (millis: number): string =>
  new Date(Math.min(Math.max(Math.ceil(millis), MILLIS_MIN), MILLIS_MAX)).toISOString()

/** The words of a text as the start of words to look for; none if it has no words. */
const prefixes = (text: string): string =>
  (
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{Nd}]+/gu) ?? []
  )
    .map((word) => `'${Array.from(word).slice(0, WORD_LENGTH_MAX).join("")}':*`)
    .join(" & ")

/** Nothing can be found by such a filter. */
const findsNothing = ({ affiliateId, states, text }: CommissionFilter): boolean =>
  states?.length === 0 ||
  (affiliateId !== undefined && !isKey(affiliateId)) ||
  (text !== undefined && text.trim() !== "" && prefixes(text) === "")

const IS_STATE: Readonly<Record<ApprovalState.StateName, (alias: string) => string>> = {
  // Nobody may approve what belongs to a revoked affiliate, so it is not shown as waiting.
  Pending: (alias) => `NOT ${alias}.is_approved AND NOT ${alias}.is_rejected AND a.revoked_at IS NULL`,
  Approved: (alias) => `${alias}.is_approved AND NOT ${alias}.is_rejected`,
  Rejected: (alias) => `NOT ${alias}.is_approved AND ${alias}.is_rejected`
}

const isVisible = (alias: string): string => `(${alias}.is_approved OR ${alias}.is_rejected OR a.revoked_at IS NULL)`

/** A condition for each state that is asked for: the index by state serves one state at a time. */
const stateConditions = ({ states }: CommissionFilter, alias: string): ReadonlyArray<string> => {
  const asked = ApprovalState.STATE_NAMES.filter((name) => states === undefined || states.includes(name))
  return asked.length === ApprovalState.STATE_NAMES.length
    ? [isVisible(alias)]
    : asked.map((name) => IS_STATE[name](alias))
}

class Parameters {
  readonly values: Array<string | number> = []

  add(value: string | number, type: string): string {
    this.values.push(value)
    return `$${this.values.length}::${type}`
  }
}

interface Conditions {
  readonly tables: string
  readonly all: ReadonlyArray<string>
}

const conditionsOf = (
  { affiliateId, createdBefore, createdFrom, text, walletKind }: CommissionFilter,
  { alias, joins, table }: Listed,
  parameters: Parameters
): Conditions => {
  const all: Array<string> = []
  const isSearched = text !== undefined && text.trim() !== ""
  if (affiliateId !== undefined) all.push(`o.affiliate_id = ${parameters.add(affiliateId, "int8")}`)
  if (createdFrom !== undefined) {
    all.push(`${alias}.created_at >= ${parameters.add(instant(createdFrom), "timestamptz")}`)
  }
  if (createdBefore !== undefined) {
    all.push(`${alias}.created_at < ${parameters.add(instant(createdBefore), "timestamptz")}`)
  }
  if (walletKind !== undefined) all.push(`o.wallet_type = ${parameters.add(walletKind, "text")}`)
  if (isSearched) all.push(`s.search @@ ${parameters.add(prefixes(text), "tsquery")}`)
  const search = isSearched ? `JOIN affiliate."order" s ON s.id = o.order_id` : ""
  return { all, tables: `${table} ${joins} ${search}` }
}

const select = (columns: Readonly<Record<string, string>>): string =>
  Object.entries(columns)
    .map(([name, column]) => `${column} AS "${name}"`)
    .join(", ")

const page =
  (listed: Listed) =>
  (filter: CommissionFilter, { after, limit }: CommissionPage): Query | undefined => {
    const isEmpty = limit < 1 || (after !== undefined && !isKey(after.id))
    if (isEmpty || findsNothing(filter)) return undefined
    const { alias, columns, joins, shown, table } = listed
    const parameters = new Parameters()
    const { all, tables } = conditionsOf(filter, listed, parameters)
    // Of two ends, an index is entered at either: at the wrong one, all between them is read in vain.
    const isBeyond = after === undefined || (filter.createdBefore ?? Infinity) <= after.createdAt
    const beyond = isBeyond
      ? []
      : [
          `(${alias}.created_at, ${alias}.id) < ` +
            `(${parameters.add(instant(after.createdAt), "timestamptz")}, ${parameters.add(after.id, "int8")})`
        ]
    const most = parameters.add(Math.trunc(limit), "int8")
    const newest = `ORDER BY created_at DESC, id DESC LIMIT ${most}`
    const branches = stateConditions(filter, alias).map(
      (state) =>
        `(SELECT ${alias}.id, ${alias}.created_at FROM ${tables}
          WHERE ${[state, ...all, ...beyond].join(" AND ")}
          ORDER BY ${alias}.created_at DESC, ${alias}.id DESC LIMIT ${most})`
    )
    return {
      statement: `
        SELECT ${select(columns)}
        FROM (SELECT * FROM (${branches.join(" UNION ALL ")}) one ${newest}) found
        JOIN ${table} ON ${alias}.id = found.id ${joins}
        JOIN affiliate."order" c ON c.id = o.order_id ${shown}
        ORDER BY found.created_at DESC, found.id DESC`,
      parameters: parameters.values
    }
  }

const summary =
  (listed: Listed) =>
  (filter: CommissionFilter): Query | undefined => {
    if (findsNothing(filter)) return undefined
    const { alias, amount } = listed
    const parameters = new Parameters()
    const { all, tables } = conditionsOf(filter, listed, parameters)
    const state = stateConditions(filter, alias).map((one) => `(${one})`)
    return {
      statement: `
        SELECT ${alias}.is_approved AS "isApproved", ${alias}.is_rejected AS "isRejected", o.currency,
          count(*) AS count, trim_scale(sum(${amount}))::text AS sum
        FROM ${tables} WHERE ${[`(${state.join(" OR ")})`, ...all].join(" AND ")} GROUP BY 1, 2, 3`,
      parameters: parameters.values
    }
  }

/**
 * A page of the orders of a filter; nothing where nothing can be found.
 *
 * @category queries
 * @since 0.1.0
 */
export const orders = page(ORDERS)

/**
 * A page of the invoices of a filter; nothing where nothing can be found.
 *
 * @category queries
 * @since 0.1.0
 */
export const invoices = page(INVOICES)

/**
 * How many orders of a filter there are by state and currency.
 *
 * @category queries
 * @since 0.1.0
 */
export const orderSummary = summary(ORDERS)

/**
 * How many invoices of a filter there are by state and currency.
 *
 * @category queries
 * @since 0.1.0
 */
export const invoiceSummary = summary(INVOICES)
