/**
 * Commissions as callers see them: the form in which the endpoints and the
 * command line with `--json` write them. Every value is JSON as it stands: ids
 * and amounts are texts, instants are ISO texts in UTC, what is not there is
 * `null`.
 *
 * @since 0.1.0
 */
import { type ApprovalState, type AuditEntry, CommissionAction, Money, Rate } from "@reckoner/core"
import type { ListedAffiliate, ListedInvoice, ListedOrder, StateSummary } from "@reckoner/core/ports"
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

const affiliate = ({ id, isRevoked, name }: ListedAffiliate) => ({ id, name, isRevoked })

const listed = (self: ListedOrder | ListedInvoice) => ({
  id: self.id,
  code: self.code,
  createdAt: instant(self.createdAt),
  affiliate: affiliate(self.affiliate),
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

/**
 * The names of the commands that change a status.
 *
 * @category constants
 * @since 0.1.0
 */
export const NEW_STATUSES = Object.keys(CommissionAction.STATUS_COMMANDS) as ReadonlyArray<CommissionAction.NewStatus>
