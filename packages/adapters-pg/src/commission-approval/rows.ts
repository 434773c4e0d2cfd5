/**
 * The rows of orders with their commissions and what they mean: the only place
 * that knows what their columns hold.
 *
 * @since 0.1.0
 */
import { ApprovalState, type AuditEntry, Commission, Currency, Money, Rate } from "@reckoner/core"
import type { CommissionInvoice, CommissionOrder, CommissionSettings, WalletCredit } from "@reckoner/core"
import * as CommissionEvent from "@reckoner/core/commission-approval/CommissionEvent.schema"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** What a row holds cannot be what it should. */
export class Unreadable extends Error {}

const unreadable = (what: string, found: unknown): Unreadable =>
  new Unreadable(`${what} is ${JSON.stringify(found)}, which cannot be read`)

/**
 * The currency of a code.
 *
 * @category decoding
 * @since 0.1.0
 */
export const currencyOf = (code: string): Currency.Currency =>
  Result.getOrThrowWith(Currency.parse(code), () => unreadable("a currency", code))

/**
 * An amount of a currency. `what` is named where it cannot be read.
 *
 * @category decoding
 * @since 0.1.0
 */
export const moneyOf = (currency: Currency.Currency, text: string, what: string): Money.Money =>
  Result.getOrThrowWith(Money.parse(text, currency), () => unreadable(`${what} in ${currency}`, text))

/**
 * A percentage. `what` is named where it cannot be read.
 *
 * @category decoding
 * @since 0.1.0
 */
export const rateOf = (text: string, what: string): Rate.Rate =>
  Result.getOrThrowWith(Rate.parsePercent(text), () => unreadable(what, text))

const codec = <A>(schema: Schema.Codec<A, unknown>) => ({
  encode: Schema.encodeSync(schema),
  decode: Schema.decodeUnknownSync(schema)
})

const EVENTS = codec<ReadonlyArray<CommissionOrder.Event>>(Schema.Array(CommissionEvent.Event))
const FIGURES = codec<AuditEntry.Figures>(CommissionEvent.Figures)
const SETTINGS = codec<CommissionSettings.SettingsUsed>(CommissionEvent.SettingsUsed)

const settingsOf = (json: unknown): CommissionSettings.SettingsUsed | undefined =>
  json === null ? undefined : SETTINGS.decode(json)

/**
 * Settings as they are stored with a record that they were used for.
 *
 * @category encoding
 * @since 0.1.0
 */
export const settingsJson = (settings: CommissionSettings.SettingsUsed | undefined): unknown =>
  settings === undefined ? null : SETTINGS.encode(settings)

/**
 * What an entry keeps as JSON.
 *
 * @category encoding
 * @since 0.1.0
 */
export const entryJson = ({ after, before, events, settings }: AuditEntry.AuditEntry) => ({
  before: FIGURES.encode(before),
  after: FIGURES.encode(after),
  events: EVENTS.encode(events),
  settings: SETTINGS.encode(settings)
})

/**
 * A state by its columns.
 *
 * @category models
 * @since 0.1.0
 */
export interface StateRow {
  readonly isApproved: boolean
  readonly isRejected: boolean
  readonly approvedAt: number | null
}

/**
 * The state of its columns.
 *
 * @category decoding
 * @since 0.1.0
 */
export const stateOf = ({ approvedAt, isApproved, isRejected }: StateRow): ApprovalState.ApprovalState => {
  if (isRejected) return ApprovalState.REJECTED
  return isApproved ? ApprovalState.approved(approvedAt!) : ApprovalState.PENDING
}

/**
 * An instant in milliseconds since 1970.
 *
 * @category columns
 * @since 0.1.0
 */
export const millis = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::int8`

/**
 * A number without superfluous zeros, as text.
 *
 * @category columns
 * @since 0.1.0
 */
export const decimal = (column: string): string => `trim_scale(${column})::text`

/**
 * Columns as one JSON value, by the names of the row.
 *
 * @category columns
 * @since 0.1.0
 */
export const object = (fields: Readonly<Record<string, string>>): string =>
  `json_build_object(${Object.entries(fields)
    .map(([name, column]) => `'${name}', ${column}`)
    .join(", ")})`

/**
 * The columns of the state of an alias.
 *
 * @category columns
 * @since 0.1.0
 */
export const stateColumns = (alias: string) => ({
  isApproved: `${alias}.is_approved`,
  isRejected: `${alias}.is_rejected`,
  approvedAt: millis(`${alias}.approved_at`)
})

/**
 * The columns of an affiliate by its alias.
 *
 * @category columns
 * @since 0.1.0
 */
export const affiliateColumns = (alias: string) => ({
  affiliateId: `${alias}.id::text`,
  affiliateName: `${alias}.name`,
  isRevoked: `${alias}.revoked_at IS NOT NULL`
})

/**
 * An order `o` of an affiliate `a`.
 *
 * @category columns
 * @since 0.1.0
 */
export const ORDER_JSON: string = object({
  id: "o.id::text",
  ...affiliateColumns("a"),
  affiliateLevel: "a.level",
  walletKind: "o.wallet_type",
  currency: "o.currency",
  commission: decimal("o.temp_commission_amount"),
  ...stateColumns("o"),
  settings: "o.settings_used",
  revision: "o.revision"
})

/**
 * An item `t` of an order.
 *
 * @category columns
 * @since 0.1.0
 */
export const ORDER_ITEM_JSON: string = object({
  id: "t.id::text",
  base: decimal("t.base_amount"),
  rate: decimal("t.percent"),
  rateRevision: "t.percent_revision"
})

/**
 * An invoice `i`.
 *
 * @category columns
 * @since 0.1.0
 */
export const INVOICE_JSON: string = object({
  id: "i.id::text",
  requestId: "i.transaction_id::text",
  commission: decimal("i.commission_amount"),
  rate: decimal("i.current_sale_percent"),
  ...stateColumns("i"),
  settings: "i.settings_used"
})

/**
 * An item `t` of an invoice.
 *
 * @category columns
 * @since 0.1.0
 */
export const INVOICE_ITEM_JSON: string = object({
  id: "t.id::text",
  invoiceId: "t.invoice_affiliate_id::text",
  orderItemId: "t.order_affiliate_item_id::text",
  base: decimal("t.base_amount"),
  commission: decimal("t.commission_amount"),
  rate: decimal("t.percent"),
  rateRevision: "t.percent_revision"
})

/**
 * A request `r`.
 *
 * @category columns
 * @since 0.1.0
 */
export const REQUEST_JSON: string = object({
  id: "r.id::text",
  amount: decimal("r.amount"),
  status: "r.status"
})

/**
 * A share `u` of a request.
 *
 * @category columns
 * @since 0.1.0
 */
export const SHARE_JSON: string = object({
  requestId: "u.transaction_request_id::text",
  userId: "u.user_id::text",
  weight: decimal("u.weight"),
  amount: decimal("u.amount")
})

/**
 * A level discount `s` of the settings.
 *
 * @category columns
 * @since 0.1.0
 */
export const SETTING_JSON: string = object({
  walletKind: "s.wallet_type",
  affiliateLevel: "s.affiliate_level",
  levelDiscount: decimal("s.level_discount")
})

/**
 * An entry `l` of the audit trail.
 *
 * @category columns
 * @since 0.1.0
 */
export const ENTRY_JSON: string = object({
  orderId: "l.order_affiliate_id::text",
  targetType: "l.target_type",
  targetId: "l.target_id::text",
  action: "l.action",
  actorId: "l.actor",
  at: millis("l.created_at"),
  revision: "l.revision",
  before: "l.before",
  after: "l.after",
  events: "l.events",
  settings: "l.settings"
})

interface OrderRow extends StateRow {
  readonly id: string
  readonly affiliateId: string
  readonly affiliateLevel: string
  readonly isRevoked: boolean
  readonly walletKind: string
  readonly currency: string
  readonly commission: string
  readonly settings: unknown
  readonly revision: number
}

interface RateRow {
  readonly rate: string
  readonly rateRevision: number
}

interface OrderItemRow extends RateRow {
  readonly id: string
  readonly base: string
}

interface InvoiceRow extends StateRow {
  readonly id: string
  readonly requestId: string | null
  readonly commission: string
  readonly rate: string
  readonly settings: unknown
}

interface InvoiceItemRow extends RateRow {
  readonly id: string
  readonly invoiceId: string
  readonly orderItemId: string
  readonly base: string
  readonly commission: string
}

interface RequestRow {
  readonly id: string
  readonly amount: string
  readonly status: WalletCredit.CreditStatus
}

interface ShareRow {
  readonly requestId: string
  readonly userId: string
  readonly weight: string
  readonly amount: string
}

interface SettingRow {
  readonly walletKind: string
  readonly affiliateLevel: string
  readonly levelDiscount: string
}

/**
 * An entry as it comes.
 *
 * @category models
 * @since 0.1.0
 */
export interface EntryRow {
  readonly orderId: string
  readonly targetType: AuditEntry.Target["type"]
  readonly targetId: string
  readonly action: AuditEntry.ActionName
  readonly actorId: string
  readonly at: number
  readonly revision: number
  readonly before: unknown
  readonly after: unknown
  readonly events: unknown
  readonly settings: unknown
}

/**
 * An order with all its parts, each in the order of its keys.
 *
 * @category models
 * @since 0.1.0
 */
export interface AggregateRow {
  readonly order: OrderRow
  readonly items: ReadonlyArray<OrderItemRow>
  readonly invoices: ReadonlyArray<InvoiceRow>
  readonly invoiceItems: ReadonlyArray<InvoiceItemRow>
  readonly requests: ReadonlyArray<RequestRow>
  readonly shares: ReadonlyArray<ShareRow>
}

/**
 * What a decision reads: the order, the settings, and the entry of the same
 * request where there is one.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubjectRow extends AggregateRow {
  readonly settings: ReadonlyArray<SettingRow>
  readonly earlier: EntryRow | null
}

const groupedBy = <A>(rows: ReadonlyArray<A>, keyOf: (row: A) => string): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [row])
    else group.push(row)
  }
  return groups
}

const namedRate = ({ rate, rateRevision }: RateRow) => ({ rate: rateOf(rate, "a percentage"), rateRevision })

/**
 * The order of its rows.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toOrder = (rows: AggregateRow): CommissionOrder.CommissionOrder => {
  const { order } = rows
  const currency = currencyOf(order.currency)
  const money = (text: string, what: string) => moneyOf(currency, text, what)
  const shares = groupedBy(rows.shares, ({ requestId }) => requestId)
  const invoiceItems = groupedBy(rows.invoiceItems, ({ invoiceId }) => invoiceId)
  const requests = new Map(
    rows.requests.map(({ amount, id, status }): readonly [string, WalletCredit.CreditRequest] => [
      id,
      {
        id,
        status,
        amount: money(amount, `the amount of the request ${id}`),
        shares: (shares.get(id) ?? []).map((share) => ({
          userId: share.userId,
          weight: BigInt(share.weight),
          amount: money(share.amount, `a share of the request ${id}`)
        }))
      }
    ])
  )
  const toInvoice = (row: InvoiceRow): CommissionInvoice.CommissionInvoice => ({
    id: row.id,
    state: stateOf(row),
    items: (invoiceItems.get(row.id) ?? []).map((item) => ({
      id: item.id,
      orderItemId: item.orderItemId,
      base: money(item.base, `the base of the invoice item ${item.id}`),
      commission: money(item.commission, `the commission of the invoice item ${item.id}`),
      ...namedRate(item)
    })),
    commission: money(row.commission, `the commission of the invoice ${row.id}`),
    rate: rateOf(row.rate, `the percentage of the invoice ${row.id}`),
    creditRequest: row.requestId === null ? undefined : requests.get(row.requestId),
    settings: settingsOf(row.settings)
  })
  return {
    id: order.id,
    affiliate: { id: order.affiliateId, level: order.affiliateLevel, isRevoked: order.isRevoked },
    state: stateOf(order),
    walletKind: order.walletKind,
    items: rows.items.map((item) => ({
      id: item.id,
      base: money(item.base, `the base of the order item ${item.id}`),
      ...namedRate(item)
    })),
    invoices: rows.invoices.map(toInvoice),
    commission: money(order.commission, `the commission of the order ${order.id}`),
    settings: settingsOf(order.settings),
    revision: order.revision
  }
}

/**
 * The settings of their rows.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toSettings = (rows: ReadonlyArray<SettingRow>): CommissionSettings.CommissionSettings => {
  const levelDiscounts = new Map<string, Map<string, Rate.Rate>>()
  for (const { affiliateLevel, levelDiscount, walletKind } of rows) {
    const levels = levelDiscounts.get(walletKind) ?? new Map<string, Rate.Rate>()
    levels.set(affiliateLevel, rateOf(levelDiscount, "a level discount"))
    levelDiscounts.set(walletKind, levels)
  }
  return { levelDiscounts, rounding: Commission.ROUNDING_MODE }
}

/**
 * An entry of its row.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toEntry = (row: EntryRow): AuditEntry.AuditEntry => ({
  orderId: row.orderId,
  target: { type: row.targetType, id: row.targetId },
  action: row.action,
  actorId: row.actorId,
  at: row.at,
  revision: row.revision,
  before: FIGURES.decode(row.before),
  after: FIGURES.decode(row.after),
  events: EVENTS.decode(row.events),
  settings: SETTINGS.decode(row.settings)
})
