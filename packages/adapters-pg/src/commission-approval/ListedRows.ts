/**
 * The rows of lists, of their summaries and of files, and what they mean.
 *
 * @since 0.1.0
 */
import { ApprovalState } from "@reckoner/core"
import type { WalletCredit } from "@reckoner/core"
import type { CommissionFile, ListedInvoice, ListedOrder, StateSummary } from "@reckoner/core/ports"
import {
  affiliateColumns,
  type AggregateRow,
  currencyOf,
  decimal,
  type EntryRow,
  millis,
  moneyOf,
  object,
  rateOf,
  stateColumns,
  stateOf,
  type StateRow,
  toEntry,
  toOrder
} from "./rows.ts"

interface ListedRow extends StateRow {
  readonly id: string
  readonly createdAt: bigint
  readonly affiliateId: string
  readonly affiliateName: string
  readonly isRevoked: boolean
  readonly walletKind: string
  readonly currency: string
  readonly commission: string
}

/**
 * The columns of an order `o` of an affiliate `a` and with a code of `c`, in a list.
 *
 * @category columns
 * @since 0.1.0
 */
export const LISTED_ORDER: Readonly<Record<string, string>> = {
  id: "o.id::text",
  createdAt: millis("o.created_at"),
  ...affiliateColumns("a"),
  ...stateColumns("o"),
  walletKind: "o.wallet_type",
  currency: "o.currency",
  commission: decimal("o.temp_commission_amount"),
  code: "c.order_code",
  customerName: "c.customer_name"
}

/**
 * The same as one JSON value.
 *
 * @category columns
 * @since 0.1.0
 */
export const LISTED_ORDER_JSON: string = object(LISTED_ORDER)

/**
 * The same of an invoice `i` with a request `r`.
 *
 * @category columns
 * @since 0.1.0
 */
export const LISTED_INVOICE: Readonly<Record<string, string>> = {
  id: "i.id::text",
  createdAt: millis("i.created_at"),
  ...affiliateColumns("a"),
  ...stateColumns("i"),
  walletKind: "o.wallet_type",
  currency: "o.currency",
  commission: decimal("i.commission_amount"),
  code: "i.invoice_code",
  orderId: "o.id::text",
  orderCode: "c.order_code",
  rate: decimal("i.current_sale_percent"),
  requestStatus: "r.status"
}

/**
 * An order in a list, as it comes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListedOrderRow extends ListedRow {
  readonly code: string
  readonly customerName: string
}

/**
 * An invoice in a list, as it comes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListedInvoiceRow extends ListedRow {
  readonly code: string
  readonly orderId: string
  readonly orderCode: string
  readonly rate: string
  readonly requestStatus: WalletCredit.CreditStatus | null
}

const listed = (row: ListedRow, what: string) => ({
  id: row.id,
  createdAt: Number(row.createdAt),
  affiliate: { id: row.affiliateId, name: row.affiliateName, isRevoked: row.isRevoked },
  // Whole numbers of eight bytes come as bigint, outside JSON.
  state: stateOf({ ...row, approvedAt: Number(row.approvedAt) }),
  walletKind: row.walletKind,
  commission: moneyOf(currencyOf(row.currency), row.commission, `the commission of the ${what} ${row.id}`)
})

/**
 * The order of a row of a list.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toListedOrder = (row: ListedOrderRow): ListedOrder => ({
  ...listed(row, "order"),
  code: row.code,
  customerName: row.customerName
})

/**
 * The invoice of a row of a list.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toListedInvoice = (row: ListedInvoiceRow): ListedInvoice => ({
  ...listed(row, "invoice"),
  code: row.code,
  orderId: row.orderId,
  orderCode: row.orderCode,
  rate: rateOf(row.rate, `the percentage of the invoice ${row.id}`),
  requestStatus: row.requestStatus ?? undefined
})

/**
 * How many records of a state there are in a currency.
 *
 * @category models
 * @since 0.1.0
 */
export interface SummaryRow {
  readonly isApproved: boolean
  readonly isRejected: boolean
  readonly currency: string
  readonly count: bigint
  readonly sum: string
}

const nameOf = ({ isApproved, isRejected }: SummaryRow): ApprovalState.StateName =>
  stateOf({ isApproved, isRejected, approvedAt: 0 })._tag

const place = ({ state: name, sum }: StateSummary): string =>
  `${ApprovalState.STATE_NAMES.indexOf(name)}${sum.currency}`

/**
 * The summaries of their rows: by state in the order of their names, then by currency.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toSummary = (rows: ReadonlyArray<SummaryRow>): ReadonlyArray<StateSummary> =>
  rows
    .map((row) => ({
      state: nameOf(row),
      count: Number(row.count),
      sum: moneyOf(currencyOf(row.currency), row.sum, `the sum of the ${nameOf(row)} records`)
    }))
    .toSorted((one, other) => (place(one) < place(other) ? -1 : 1))

/**
 * A whole order with its audit trail.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileRow extends AggregateRow {
  readonly listed: ListedOrderRow
  readonly audit: ReadonlyArray<EntryRow>
}

/**
 * There is no such order.
 *
 * @category models
 * @since 0.1.0
 */
export interface NoFileRow {
  readonly order: null
}

/**
 * The file of its rows.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toFile = (row: FileRow): CommissionFile => ({
  listed: toListedOrder(row.listed),
  order: toOrder(row),
  audit: row.audit.map(toEntry)
})
