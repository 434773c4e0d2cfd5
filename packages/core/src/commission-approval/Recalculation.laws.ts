/**
 * Laws of `Recalculation`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import type * as Rate from "../money/Rate.ts"
import * as CommissionAction from "./CommissionAction.ts"
import type * as CommissionOrder from "./CommissionOrder.ts"
import type { CommissionSettings } from "./CommissionSettings.ts"
import * as Recalculation from "./Recalculation.ts"

type Order = CommissionOrder.CommissionOrder

/** A change of a percentage or of the wallet. */
export type Change = Extract<CommissionAction.CommissionAction, { readonly _tag: "ChangePercent" | "ChangeWallet" }>

/** Everything of a value; `bigint` has no JSON. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "bigint" ? `${part}n` : part === undefined ? "none" : (part as unknown)
  )

const isSame = (one: unknown, other: unknown): boolean => text(one) === text(other)

const made = (order: Order, change: Change, settings: CommissionSettings): Recalculation.Recalculation | undefined => {
  const result =
    change._tag === "ChangePercent"
      ? Recalculation.changePercent(order, { ...change.target, percent: change.percent }, settings)
      : Recalculation.changeWallet(order, { walletKind: change.walletKind }, settings)
  return Result.getOrUndefined(result)
}

/** Each invoice that is not rejected has the amount of its request, and that of the shares. */
const requestsFit = ({ invoices }: Order): boolean =>
  invoices.every(({ commission, creditRequest, state }) => {
    if (state._tag === "Rejected" || creditRequest === undefined) return true
    const shares = creditRequest.shares.reduce((sum, { amount }) => sum + amount.minor, 0n)
    return Money.equals(creditRequest.amount, commission) && shares === commission.minor
  })

/** What of an order is money: its amounts, and the rates that give them. */
const figures = ({ commission, invoices, items, walletKind }: Order) => ({
  commission,
  walletKind,
  rates: items.map(({ rate }) => rate),
  invoices: invoices.map((invoice) => ({
    commission: invoice.commission,
    rate: invoice.rate,
    state: invoice.state,
    request: invoice.creditRequest,
    items: invoice.items.map(({ commission: amount, rate }) => ({ amount, rate }))
  }))
})

/** An approved invoice is after a change what it was before, and no event is about it. */
export const approvedUntouched = (order: Order, change: Change, settings: CommissionSettings): boolean => {
  const result = made(order, change, settings)
  if (result === undefined) return true
  const approved = order.invoices.filter(({ state }) => state._tag === "Approved")
  const ids = new Set(approved.map(({ id }) => id))
  return (
    isSame(
      result.order.invoices.filter(({ id }) => ids.has(id)),
      approved
    ) && !result.audit.some((event) => "invoiceId" in event && ids.has(event.invoiceId))
  )
}

/** The same change again has no events, and leaves the order as it is. */
export const recalculationIdempotent = (order: Order, change: Change, settings: CommissionSettings): boolean => {
  const once = made(order, change, settings)
  if (once === undefined) return true
  const twice = made(once.order, change, settings)
  return (
    twice !== undefined &&
    twice.audit.length === 0 &&
    twice.invoices.length === 0 &&
    twice.transactionRequests.length === 0 &&
    isSame(twice.order, once.order)
  )
}

/** After a percentage, another and the first again, all amounts and rates are those after the first. */
export const oldPercentageRestoresOldAmounts = (
  order: Order,
  target: Recalculation.PercentTarget,
  [old, other]: readonly [old: Rate.Rate, other: Rate.Rate],
  settings: CommissionSettings
): boolean => {
  const named = (from: Order, percent: Rate.Rate) => made(from, { _tag: "ChangePercent", target, percent }, settings)
  const first = named(order, old)
  const second = first && named(first.order, other)
  const again = second && named(second.order, old)
  if (first === undefined || second === undefined) return true
  return again !== undefined && isSame(figures(again.order), figures(first.order))
}

/** Where requests fit their invoices, they do so after a change. */
export const transactionEqualsInvoice = (order: Order, change: Change, settings: CommissionSettings): boolean => {
  const result = made(order, change, settings)
  return result === undefined || !requestsFit(order) || requestsFit(result.order)
}

/** After a change the order's commission is that of its invoices that are not rejected. */
export const totalIsSumOfInvoices = (order: Order, change: Change, settings: CommissionSettings): boolean => {
  const after = made(order, change, settings)?.order
  if (after === undefined || after.invoices.length === 0) return true
  const counted = after.invoices.filter(({ state }) => state._tag !== "Rejected")
  return after.commission.minor === counted.reduce((sum, { commission }) => sum + commission.minor, 0n)
}

/**
 * Changes of the order while an invoice that waits is rejected come out as if
 * it had never been: once the rejection is taken back, all amounts and rates
 * are the same.
 */
export const rejectionHidesNoChange = (
  order: Order,
  changes: ReadonlyArray<Change>,
  settings: CommissionSettings
): boolean => {
  const step = (from: Order, action: CommissionAction.CommissionAction): Order =>
    Result.match(CommissionAction.plan(from, action, { at: 0, mayApproveRevoked: true, settings }), {
      onFailure: () => from,
      onSuccess: ({ after }) => after
    })
  return order.invoices
    .filter(({ state }) => state._tag === "Pending")
    .every(({ id: invoiceId }) => {
      const ofOthers = changes.filter(
        (change) =>
          change._tag === "ChangeWallet" || !("invoiceId" in change.target) || change.target.invoiceId !== invoiceId
      )
      const status = (newStatus: CommissionAction.NewStatus) =>
        ({ _tag: "ChangeInvoiceStatus", invoiceId, newStatus }) as const
      const hidden = [status("reject"), ...ofOthers, status("unreject")].reduce(step, order)
      return isSame(figures(hidden), figures(ofOthers.reduce(step, order)))
    })
}
