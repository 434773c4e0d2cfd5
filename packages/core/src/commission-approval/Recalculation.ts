/**
 * Changes of the percentage or of the wallet of a commission that waits for
 * approval, carried through to every amount that depends on them.
 *
 * **Laws**
 *
 * - `approvedUntouched`: no change reaches an approved invoice or its request.
 * - `recalculationIdempotent`: the same change a second time changes nothing.
 * - `oldPercentageRestoresOldAmounts`: naming the old percentage again restores the amounts, where it gave them.
 * - `transactionEqualsInvoice`: after a change every invoice that is not rejected has the amount of its request, and that
 *   of its shares, if all had so before.
 * - `totalIsSumOfInvoices`: the commission of an order with invoices is the sum of those that are not rejected.
 * - `rejectionHidesNoChange`: a change made while an invoice was rejected is there once the rejection is taken back.
 *
 * Stated in `Recalculation.laws.ts`, checked in `Recalculation.test.ts`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import * as CommissionInvoice from "./CommissionInvoice.ts"
import * as CommissionOrder from "./CommissionOrder.ts"
import * as CommissionSettings from "./CommissionSettings.ts"
import * as Refusal from "./Refusal.ts"
import type * as WalletCredit from "./WalletCredit.ts"

/**
 * Which records get a percentage: all of an order, all of one invoice, an item
 * wherever the order's invoices bill it, or an item of one invoice.
 *
 * @category models
 * @since 0.1.0
 */
export type PercentTarget =
  | { readonly mode: "order" }
  | { readonly mode: "invoice"; readonly invoiceId: string }
  | { readonly mode: "orderItem"; readonly orderItemId: string }
  | { readonly mode: "invoiceItem"; readonly invoiceId: string; readonly invoiceItemId: string }

/**
 * The names of the modes.
 *
 * @category constants
 * @since 0.1.0
 */
export const MODES = ["order", "invoice", "orderItem", "invoiceItem"] as const

/**
 * What a change does: the order after it, the invoices and requests that it
 * changed as they are then, and the events to be kept for the audit.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recalculation {
  readonly order: CommissionOrder.CommissionOrder
  readonly invoices: ReadonlyArray<CommissionInvoice.CommissionInvoice>
  readonly transactionRequests: ReadonlyArray<WalletCredit.CreditRequest>
  readonly audit: ReadonlyArray<CommissionOrder.Event>
}

/**
 * Gives a percentage to what waits for approval. An approved invoice keeps what
 * was booked; a rejected one gets the percentage when its rejection is taken
 * back.
 *
 * **Errors**
 *
 * A `Refusal`; where several apply the first counts.
 *
 * - `PercentOutOfRange`: the percentage is below 0 or above 100.
 * - `OrderRejected`: the order is rejected.
 * - `InvoiceUnknown`: the order has no such invoice.
 * - `InvoiceAlreadyApproved`: the invoice that it is for is approved.
 * - `InvoiceRejected`: the invoice that it is for is rejected.
 * - `ItemUnknown`: the order, or the invoice, has no such item.
 *
 * **Source**: "Percent change" of the commission approvals.
 *
 * @category decisions
 * @since 0.1.0
 */
export const changePercent = (
  order: CommissionOrder.CommissionOrder,
  { percent, ...target }: PercentTarget & { readonly percent: Rate.Rate },
  settings: CommissionSettings.CommissionSettings
): Result.Result<Recalculation, Refusal.Refusal> => {
  if (percent < Rate.zero || percent > Rate.whole) return Result.fail(new Refusal.PercentOutOfRange({ percent }))
  if (order.state._tag === "Rejected") return Result.fail(new Refusal.OrderRejected({ orderId: order.id }))
  const used = CommissionSettings.used(settings, {
    walletKind: order.walletKind,
    affiliateLevel: order.affiliate.level
  })
  switch (target.mode) {
    case "order":
      return Result.succeed(withOrderRates(order, order.items, percent, used))
    case "orderItem": {
      const items = order.items.filter(({ id }) => id === target.orderItemId)
      return items.length === 0
        ? Result.fail(new Refusal.ItemUnknown({ itemId: target.orderItemId }))
        : Result.succeed(withOrderRates(order, items, percent, used))
    }
    case "invoice":
      return Result.map(pendingInvoice(order, target.invoiceId), (invoice) =>
        withInvoiceRates(order, invoice, invoice.items, percent, used)
      )
    case "invoiceItem":
      return Result.flatMap(pendingInvoice(order, target.invoiceId), (invoice) => {
        const items = invoice.items.filter(({ id }) => id === target.invoiceItemId)
        return items.length === 0
          ? Result.fail(new Refusal.ItemUnknown({ itemId: target.invoiceItemId }))
          : Result.succeed(withInvoiceRates(order, invoice, items, percent, used))
      })
  }
}

/**
 * Credits another wallet: every item gets the level discount of that wallet,
 * and what waits for approval is worked out anew. A rejected invoice follows
 * when its rejection is taken back.
 *
 * **Errors**
 *
 * A `Refusal`; where several apply the first counts.
 *
 * - `OrderRejected`: the order is rejected.
 * - `OrderHasApprovedInvoice`: an invoice of the order is approved; nothing changes then.
 * - `NoLevelDiscount`: the settings have no level discount for this wallet and the affiliate's level.
 *
 * **Source**: "Wallet change" of the commission approvals.
 *
 * @category decisions
 * @since 0.1.0
 */
export const changeWallet = (
  order: CommissionOrder.CommissionOrder,
  { walletKind }: { readonly walletKind: CommissionSettings.WalletKind },
  settings: CommissionSettings.CommissionSettings
): Result.Result<Recalculation, Refusal.Refusal> => {
  const orderId = order.id
  if (order.state._tag === "Rejected") return Result.fail(new Refusal.OrderRejected({ orderId }))
  const invoiceIds = CommissionOrder.approvedInvoiceIds(order)
  if (invoiceIds.length > 0) return Result.fail(new Refusal.OrderHasApprovedInvoice({ orderId, invoiceIds }))
  const affiliateLevel = order.affiliate.level
  const used = CommissionSettings.used(settings, { walletKind, affiliateLevel })
  if (used.levelDiscount === undefined) return Result.fail(new Refusal.NoLevelDiscount({ walletKind, affiliateLevel }))
  const change = withOrderRates(order, order.items, used.levelDiscount, used)
  // The same wallet with the same amounts is no change; with other amounts, the order keeps the settings that gave them.
  return Result.succeed(
    order.walletKind === walletKind && change.audit.length === 0
      ? change
      : withOrderRates(order, order.items, used.levelDiscount, used, [
          { _tag: "WalletChanged", walletKind, settings: used }
        ])
  )
}

/**
 * The events that make the order's commission what its invoices come to, if it
 * is not so already.
 *
 * @category decisions
 * @since 0.1.0
 */
export const totalled = (
  order: CommissionOrder.CommissionOrder,
  settings: CommissionSettings.SettingsUsed
): ReadonlyArray<CommissionOrder.Event> => {
  const commission = CommissionOrder.commissionOf(order, settings)
  return Money.equals(commission, order.commission) ? [] : [{ _tag: "OrderCommissionChanged", commission }]
}

const pendingInvoice = (
  { invoices }: CommissionOrder.CommissionOrder,
  invoiceId: string
): Result.Result<CommissionInvoice.CommissionInvoice, Refusal.Refusal> => {
  const invoice = invoices.find(({ id }) => id === invoiceId)
  if (invoice === undefined) return Result.fail(new Refusal.InvoiceUnknown({ invoiceId }))
  switch (invoice.state._tag) {
    case "Approved":
      return Result.fail(new Refusal.InvoiceAlreadyApproved({ invoiceId, approvedAt: invoice.state.approvedAt }))
    case "Rejected":
      return Result.fail(new Refusal.InvoiceRejected({ invoiceId }))
    case "Pending":
      return Result.succeed(invoice)
  }
}

/** Names a rate for items of the order, and with them for what pending invoices bill of them. */
const withOrderRates = (
  order: CommissionOrder.CommissionOrder,
  items: ReadonlyArray<CommissionOrder.OrderItem>,
  rate: Rate.Rate,
  settings: CommissionSettings.SettingsUsed,
  before: ReadonlyArray<CommissionOrder.Event> = []
): Recalculation => {
  const named = { rate, rateRevision: order.revision + 1 }
  const rejected = order.invoices.filter(({ state }) => state._tag === "Rejected").flatMap((invoice) => invoice.items)
  const changed = items.filter(
    (item) =>
      item.rate !== rate ||
      // A rejected invoice may have a rate of its own that was named later than the order's.
      rejected.some(
        (one) => one.orderItemId === item.id && CommissionInvoice.rateNamedLast(one, order.items).rate !== rate
      )
  )
  const ids = new Set(items.map(({ id }) => id))
  const rates: ReadonlyArray<CommissionOrder.Event> =
    changed.length === 0 ? [] : [{ _tag: "OrderRatesChanged", items: changed.map(({ id }) => ({ id, ...named })) }]
  const invoices = order.invoices
    .filter(({ state }) => state._tag === "Pending")
    .flatMap((invoice) =>
      CommissionInvoice.recalculated(invoice, (item) => (ids.has(item.orderItemId) ? named : item), settings)
    )
  return carriedThrough(order, [...before, ...rates, ...invoices], settings)
}

/** Names a rate for items of one invoice. */
const withInvoiceRates = (
  order: CommissionOrder.CommissionOrder,
  invoice: CommissionInvoice.CommissionInvoice,
  items: ReadonlyArray<CommissionInvoice.InvoiceItem>,
  rate: Rate.Rate,
  settings: CommissionSettings.SettingsUsed
): Recalculation => {
  const named = { rate, rateRevision: order.revision + 1 }
  const ids = new Set(items.map(({ id }) => id))
  const events = CommissionInvoice.recalculated(invoice, (item) => (ids.has(item.id) ? named : item), settings)
  return carriedThrough(order, events, settings)
}

const carriedThrough = (
  order: CommissionOrder.CommissionOrder,
  events: ReadonlyArray<CommissionOrder.Event>,
  settings: CommissionSettings.SettingsUsed
): Recalculation => {
  const audit = [...events, ...totalled(events.reduce(CommissionOrder.evolve, order), settings)]
  const after = CommissionOrder.apply(order, audit)
  const touched = new Set(audit.flatMap((event) => ("invoiceId" in event ? [event.invoiceId] : [])))
  const invoices = after.invoices.filter(({ id }) => touched.has(id))
  const requests = new Set(audit.flatMap((event) => (event._tag === "CreditRequestChanged" ? [event.requestId] : [])))
  return {
    order: after,
    invoices,
    transactionRequests: invoices.flatMap(({ creditRequest }) =>
      creditRequest !== undefined && requests.has(creditRequest.id) ? [creditRequest] : []
    ),
    audit
  }
}
