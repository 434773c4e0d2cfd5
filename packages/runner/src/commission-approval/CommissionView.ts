/**
 * Commissions as callers see them: the form in which the endpoints and the
 * command line with `--json` write them. Every value is JSON as it stands: ids
 * and amounts are texts, instants are ISO texts in UTC, what is not there is
 * `null`.
 *
 * @since 0.1.0
 */
import {
  type ApprovalState,
  type AuditEntry,
  CommissionAction,
  type CommissionInvoice,
  type CommissionSettings,
  Money,
  Rate
} from "@reckoner/core"
import type { CommissionFile, ListedInvoice, ListedOrder, StateSummary } from "@reckoner/core/ports"
import * as Schema from "effect/Schema"
import type * as CommissionActions from "./CommissionActions.ts"
import * as RefusalText from "./RefusalText.ts"

const Instant = Schema.String.annotate({ description: "An instant, like 2026-01-31T06:00:00.000Z" })

const Amount = Schema.String.annotate({ description: "An amount in the major unit of the currency, like 12500" })

const Percent = Schema.String.annotate({ description: "A percentage without its sign, with up to four decimals" })

const State = Schema.Literals(["pending", "approved", "rejected"])

const TransactionStatus = Schema.Literals(["pending", "success", "failed"])

/**
 * The figures of an invoice.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InvoiceFigures = Schema.Struct({
  id: Schema.String,
  status: State,
  approvedAt: Schema.NullOr(Instant),
  percent: Percent,
  commission: Amount,
  transaction: Schema.NullOr(Schema.Struct({ status: TransactionStatus, amount: Amount }))
}).annotate({ identifier: "CommissionInvoiceFigures" })

/**
 * The figures of an order with its invoices.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Figures = Schema.Struct({
  status: State,
  approvedAt: Schema.NullOr(Instant),
  walletType: Schema.String,
  currency: Schema.String,
  commission: Amount,
  invoices: Schema.Array(InvoiceFigures)
}).annotate({ identifier: "CommissionFigures" })

/**
 * A refusal: `code` is stable, `detail` is for people.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RefusalView = Schema.Struct({ code: Schema.String, detail: Schema.String }).annotate({
  identifier: "CommissionRefusal"
})

/**
 * What an action did to an order, or would do.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ChangeView = Schema.Struct({
  dryRun: Schema.Boolean,
  outcome: Schema.Literals(["changed", "unchanged"]),
  orderId: Schema.String,
  before: Figures,
  after: Figures
}).annotate({ identifier: "CommissionChange" })

/**
 * What became of one record of many.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OutcomeView = Schema.Struct({
  id: Schema.String,
  outcome: Schema.Literals(["changed", "unchanged", "refused"]),
  orderId: Schema.NullOr(Schema.String),
  before: Schema.NullOr(Figures),
  after: Schema.NullOr(Figures),
  refusal: Schema.NullOr(RefusalView)
}).annotate({ identifier: "CommissionOutcome" })

/**
 * What became of many records.
 *
 * @category schemas
 * @since 0.1.0
 */
export const StatusChangeView = Schema.Struct({
  dryRun: Schema.Boolean,
  changed: Schema.Int,
  unchanged: Schema.Int,
  refused: Schema.Int,
  results: Schema.Array(OutcomeView)
}).annotate({ identifier: "CommissionStatusChange" })

const AffiliateView = Schema.Struct({ id: Schema.String, name: Schema.String, isRevoked: Schema.Boolean }).annotate({
  identifier: "CommissionAffiliate"
})

const listedFields = {
  id: Schema.String,
  code: Schema.String,
  createdAt: Instant,
  affiliate: AffiliateView,
  status: State,
  approvedAt: Schema.NullOr(Instant),
  walletType: Schema.String,
  currency: Schema.String,
  commission: Amount
}

/**
 * An order of a list.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OrderView = Schema.Struct({ ...listedFields, customerName: Schema.String }).annotate({
  identifier: "CommissionOrder"
})

/**
 * An invoice of a list.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InvoiceView = Schema.Struct({
  ...listedFields,
  orderId: Schema.String,
  orderCode: Schema.String,
  percent: Percent,
  transactionStatus: Schema.NullOr(TransactionStatus)
}).annotate({ identifier: "CommissionInvoice" })

/**
 * How many records of a state there are, and what they come to.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SummaryView = Schema.Struct({
  status: State,
  count: Schema.Int,
  currency: Schema.String,
  sum: Amount
}).annotate({ identifier: "CommissionSummary" })

/**
 * An entry of the audit trail.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AuditView = Schema.Struct({
  revision: Schema.Int,
  action: Schema.String,
  targetType: Schema.Literals(["order", "invoice"]),
  targetId: Schema.String,
  actor: Schema.String,
  at: Instant,
  before: Figures,
  after: Figures
}).annotate({ identifier: "CommissionAuditEntry" })

const listOf = <Item extends Schema.Top>(item: Item) =>
  Schema.Struct({
    items: Schema.Array(item),
    next: Schema.NullOr(Schema.String).annotate({ description: "The `cursor` of the next page; null on the last" }),
    summary: Schema.NullOr(Schema.Array(SummaryView)).annotate({
      description: "All records of the list by state and currency, whatever the page; null unless asked for"
    })
  })

/**
 * A page of orders.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OrderListView = listOf(OrderView).annotate({ identifier: "CommissionOrderList" })

/**
 * A page of invoices.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InvoiceListView = listOf(InvoiceView).annotate({ identifier: "CommissionInvoiceList" })

const SettingsView = Schema.Struct({
  walletType: Schema.String,
  affiliateLevel: Schema.String,
  levelDiscount: Schema.NullOr(Percent),
  rounding: Schema.String
}).annotate({ identifier: "CommissionSettingsUsed" })

const ItemView = Schema.Struct({ id: Schema.String, base: Amount, percent: Percent }).annotate({
  identifier: "CommissionOrderItem"
})

const InvoiceItemView = Schema.Struct({
  ...ItemView.fields,
  orderItemId: Schema.String,
  commission: Amount
}).annotate({ identifier: "CommissionInvoiceItem" })

const TransactionView = Schema.Struct({
  id: Schema.String,
  status: TransactionStatus,
  amount: Amount,
  shares: Schema.Array(Schema.Struct({ userId: Schema.String, weight: Schema.String, amount: Amount }))
}).annotate({ identifier: "CommissionTransaction" })

/**
 * An invoice with everything there is to tell about it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InvoiceDetailsView = Schema.Struct({
  id: Schema.String,
  status: State,
  approvedAt: Schema.NullOr(Instant),
  percent: Percent,
  commission: Amount,
  items: Schema.Array(InvoiceItemView),
  transaction: Schema.NullOr(TransactionView),
  settings: Schema.NullOr(SettingsView)
}).annotate({ identifier: "CommissionInvoiceDetails" })

/**
 * An order with everything there is to tell about it; its audit trail is in the
 * order of its revisions.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OrderDetailsView = Schema.Struct({
  ...OrderView.fields,
  revision: Schema.Int,
  affiliateLevel: Schema.String,
  settings: Schema.NullOr(SettingsView),
  items: Schema.Array(ItemView),
  invoices: Schema.Array(InvoiceDetailsView),
  audit: Schema.Array(AuditView)
}).annotate({ identifier: "CommissionOrderDetails" })

/**
 * The name of a state, as callers read it.
 *
 * @category constants
 * @since 0.1.0
 */
export const STATE_TEXTS = { Pending: "pending", Approved: "approved", Rejected: "rejected" } as const

const instant = (at: number): string => new Date(at).toISOString()

const stateOf = (state: ApprovalState.ApprovalState) => ({
  status: STATE_TEXTS[state._tag],
  approvedAt: state._tag === "Approved" ? instant(state.approvedAt) : null
})

/**
 * The view of figures.
 *
 * @category encoding
 * @since 0.1.0
 */
export const figures = ({ commission, invoices, state, walletKind }: AuditEntry.Figures): typeof Figures.Type => ({
  ...stateOf(state),
  walletType: walletKind,
  currency: commission.currency,
  commission: Money.format(commission),
  invoices: invoices.map((invoice) => ({
    id: invoice.id,
    ...stateOf(invoice.state),
    percent: Rate.formatPercent(invoice.rate),
    commission: Money.format(invoice.commission),
    transaction:
      invoice.request === undefined
        ? null
        : { status: invoice.request.status, amount: Money.format(invoice.request.amount) }
  }))
})

/**
 * The view of a change.
 *
 * @category encoding
 * @since 0.1.0
 */
export const change = (
  { entry, isChanged }: { readonly entry: AuditEntry.AuditEntry; readonly isChanged: boolean },
  isDryRun: boolean
): typeof ChangeView.Type => ({
  dryRun: isDryRun,
  outcome: isChanged ? "changed" : "unchanged",
  orderId: entry.orderId,
  before: figures(entry.before),
  after: figures(entry.after)
})

const outcome = (self: CommissionActions.Outcome): typeof OutcomeView.Type =>
  self._tag === "Refused"
    ? {
        id: self.id,
        outcome: "refused",
        orderId: null,
        before: null,
        after: null,
        refusal: { code: self.refusal._tag, detail: RefusalText.sentence(self.refusal) }
      }
    : {
        id: self.id,
        outcome: self._tag === "Changed" ? "changed" : "unchanged",
        orderId: self.entry.orderId,
        before: figures(self.entry.before),
        after: figures(self.entry.after),
        refusal: null
      }

/**
 * The view of what became of many records.
 *
 * @category encoding
 * @since 0.1.0
 */
export const statusChange = (
  outcomes: ReadonlyArray<CommissionActions.Outcome>,
  isDryRun: boolean
): typeof StatusChangeView.Type => {
  const count = (tag: CommissionActions.Outcome["_tag"]) => outcomes.filter(({ _tag }) => _tag === tag).length
  return {
    dryRun: isDryRun,
    changed: count("Changed"),
    unchanged: count("Unchanged"),
    refused: count("Refused"),
    results: outcomes.map(outcome)
  }
}

const listed = (self: ListedOrder | ListedInvoice) => ({
  id: self.id,
  code: self.code,
  createdAt: instant(self.createdAt),
  affiliate: { id: self.affiliate.id, name: self.affiliate.name, isRevoked: self.affiliate.isRevoked },
  ...stateOf(self.state),
  walletType: self.walletKind,
  currency: self.commission.currency,
  commission: Money.format(self.commission)
})

/**
 * The view of an order of a list.
 *
 * @category encoding
 * @since 0.1.0
 */
export const order = (self: ListedOrder): typeof OrderView.Type => ({
  ...listed(self),
  customerName: self.customerName
})

/**
 * The view of an invoice of a list.
 *
 * @category encoding
 * @since 0.1.0
 */
export const invoice = (self: ListedInvoice): typeof InvoiceView.Type => ({
  ...listed(self),
  orderId: self.orderId,
  orderCode: self.orderCode,
  percent: Rate.formatPercent(self.rate),
  transactionStatus: self.requestStatus ?? null
})

/**
 * The view of a summary.
 *
 * @category encoding
 * @since 0.1.0
 */
export const summary = ({ count, state, sum }: StateSummary): typeof SummaryView.Type => ({
  status: STATE_TEXTS[state],
  count,
  currency: sum.currency,
  sum: Money.format(sum)
})

/**
 * The view of an entry of the audit trail.
 *
 * @category encoding
 * @since 0.1.0
 */
export const audit = (self: AuditEntry.AuditEntry): typeof AuditView.Type => ({
  revision: self.revision,
  action: self.action,
  targetType: self.target.type,
  targetId: self.target.id,
  actor: self.actorId,
  at: instant(self.at),
  before: figures(self.before),
  after: figures(self.after)
})

const settingsView = (self: CommissionSettings.SettingsUsed | undefined): typeof SettingsView.Type | null =>
  self === undefined
    ? null
    : {
        walletType: self.walletKind,
        affiliateLevel: self.affiliateLevel,
        levelDiscount: self.levelDiscount === undefined ? null : Rate.formatPercent(self.levelDiscount),
        rounding: self.rounding
      }

const item = ({ base, id, rate }: { readonly id: string; readonly base: Money.Money; readonly rate: Rate.Rate }) => ({
  id,
  base: Money.format(base),
  percent: Rate.formatPercent(rate)
})

const invoiceDetails = ({
  creditRequest,
  ...self
}: CommissionInvoice.CommissionInvoice): typeof InvoiceDetailsView.Type => ({
  id: self.id,
  ...stateOf(self.state),
  percent: Rate.formatPercent(self.rate),
  commission: Money.format(self.commission),
  items: self.items.map((one) => ({
    ...item(one),
    orderItemId: one.orderItemId,
    commission: Money.format(one.commission)
  })),
  transaction:
    creditRequest === undefined
      ? null
      : {
          id: creditRequest.id,
          status: creditRequest.status,
          amount: Money.format(creditRequest.amount),
          shares: creditRequest.shares.map(({ amount, userId, weight }) => ({
            userId,
            weight: String(weight),
            amount: Money.format(amount)
          }))
        },
  settings: settingsView(self.settings)
})

/**
 * The view of an order with everything there is to tell about it.
 *
 * @category encoding
 * @since 0.1.0
 */
export const orderDetails = (self: CommissionFile): typeof OrderDetailsView.Type => ({
  ...order(self.listed),
  revision: self.order.revision,
  affiliateLevel: self.order.affiliate.level,
  settings: settingsView(self.order.settings),
  items: self.order.items.map(item),
  invoices: self.order.invoices.map(invoiceDetails),
  audit: self.audit.map(audit)
})

/**
 * The names of the commands that change a status.
 *
 * @category constants
 * @since 0.1.0
 */
export const NEW_STATUSES = Object.keys(CommissionAction.STATUS_COMMANDS) as ReadonlyArray<CommissionAction.NewStatus>
