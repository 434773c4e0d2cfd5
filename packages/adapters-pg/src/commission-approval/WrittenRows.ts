/**
 * What a plan writes: the rows of every record that its events touch, as they
 * are after it, and what its events ask to be added.
 *
 * @since 0.1.0
 */
import {
  type CommissionAction,
  type CommissionOrder,
  type ApprovalState,
  type AuditEntry,
  Money,
  Rate
} from "@reckoner/core"
import type { ActionRecord } from "@reckoner/core/ports"
import * as rows from "./rows.ts"

/**
 * Rows by what they are written to. An empty list is nothing to write.
 *
 * @category models
 * @since 0.1.0
 */
export interface WrittenRows {
  readonly order: ReadonlyArray<object>
  readonly wallet: ReadonlyArray<object>
  readonly orderItem: ReadonlyArray<object>
  readonly invoice: ReadonlyArray<object>
  readonly invoiceItem: ReadonlyArray<object>
  readonly request: ReadonlyArray<object>
  readonly share: ReadonlyArray<object>
  readonly release: ReadonlyArray<object>
  readonly notice: ReadonlyArray<object>
  readonly entry: ReadonlyArray<object>
}

const instant = (millis: number): string => new Date(millis).toISOString()

const stateColumns = (state: ApprovalState.ApprovalState) => ({
  is_approved: state._tag === "Approved",
  approved_at: state._tag === "Approved" ? instant(state.approvedAt) : null,
  is_rejected: state._tag === "Rejected"
})

type Tag = CommissionOrder.Event["_tag"]

const INVOICE_EVENTS: ReadonlySet<Tag> = new Set<Tag>([
  "InvoiceApproved",
  "InvoiceRejected",
  "InvoiceUnrejected",
  "InvoiceRecalculated"
])

const REQUEST_EVENTS: ReadonlySet<Tag> = new Set<Tag>(["CreditRequestChanged", "CreditReleased"])

/** The keys of the invoices that events of some kinds are about. */
const invoicesOf = (events: ReadonlyArray<CommissionOrder.Event>, tags: ReadonlySet<Tag>): ReadonlySet<string> =>
  new Set(events.flatMap((event) => ("invoiceId" in event && tags.has(event._tag) ? [event.invoiceId] : [])))

/**
 * The rows that a plan writes, and the entry of it.
 *
 * @category encoding
 * @since 0.1.0
 */
export const of = (
  { after, events }: CommissionAction.Plan,
  entry: AuditEntry.AuditEntry,
  { requestKey }: ActionRecord
): WrittenRows => {
  const touched = invoicesOf(events, INVOICE_EVENTS)
  const recalculated = invoicesOf(events, new Set<Tag>(["InvoiceRecalculated"]))
  const credited = invoicesOf(events, REQUEST_EVENTS)
  const renamed = new Set(
    events.flatMap((event) => (event._tag === "OrderRatesChanged" ? event.items.map(({ id }) => id) : []))
  )
  const requests = after.invoices.flatMap(({ creditRequest, id }) =>
    creditRequest !== undefined && credited.has(id) ? [creditRequest] : []
  )
  return {
    order: [
      {
        id: after.id,
        wallet_type: after.walletKind,
        temp_commission_amount: Money.format(after.commission),
        ...stateColumns(after.state),
        settings_used: rows.settingsJson(after.settings),
        revision: after.revision
      }
    ],
    wallet: events.some(({ _tag }) => _tag === "WalletChanged")
      ? [{ id: after.id, wallet_receive_commission: after.walletKind }]
      : [],
    orderItem: after.items
      .filter(({ id }) => renamed.has(id))
      .map(({ id, rate, rateRevision }) => ({
        id,
        percent: Rate.formatPercent(rate),
        percent_revision: rateRevision
      })),
    invoice: after.invoices
      .filter(({ id }) => touched.has(id))
      .map(({ commission, id, rate, settings, state }) => ({
        id,
        commission_amount: Money.format(commission),
        current_sale_percent: Rate.formatPercent(rate),
        ...stateColumns(state),
        settings_used: rows.settingsJson(settings)
      })),
    invoiceItem: after.invoices
      .filter(({ id }) => recalculated.has(id))
      .flatMap(({ items }) => items)
      .map(({ commission, id, rate, rateRevision }) => ({
        id,
        percent: Rate.formatPercent(rate),
        percent_revision: rateRevision,
        commission_amount: Money.format(commission)
      })),
    request: requests.map(({ amount, id, status }) => ({ id, amount: Money.format(amount), status })),
    share: requests.flatMap(({ id, shares, status }) =>
      shares.map(({ amount, userId }) => ({
        transaction_request_id: id,
        user_id: userId,
        amount: Money.format(amount),
        status
      }))
    ),
    release: events.flatMap((event) =>
      event._tag === "ReleaseLogged"
        ? [
            {
              invoice_affiliate_id: event.invoiceId,
              affiliate_id: after.affiliate.id,
              amount: Money.format(event.amount),
              currency: event.amount.currency,
              actor: entry.actorId,
              created_at: instant(entry.at)
            }
          ]
        : []
    ),
    notice: events.flatMap((event) =>
      event._tag === "NotificationQueued"
        ? [
            {
              id: `release-${event.invoiceId}`,
              invoice_affiliate_id: event.invoiceId,
              affiliate_id: event.affiliateId,
              amount: Money.format(event.amount),
              currency: event.amount.currency,
              queued_at: instant(entry.at)
            }
          ]
        : []
    ),
    entry: [
      {
        order_affiliate_id: entry.orderId,
        revision: entry.revision,
        target_type: entry.target.type,
        target_id: entry.target.id,
        action: entry.action,
        actor: entry.actorId,
        request_key: requestKey ?? null,
        created_at: instant(entry.at),
        ...rows.entryJson(entry)
      }
    ]
  }
}
