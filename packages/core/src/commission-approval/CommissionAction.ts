/**
 * What somebody wants done to a commission, and the plan of it: everything that
 * will be different afterwards, worked out before anything is written. A dry
 * run shows the plan; an action carries it out.
 *
 * **Laws**
 *
 * - `replay`: applying the events of a plan to the order before gives the order after.
 * - `nothingIsNothing`: a plan without events leaves the order as it is.
 * - `transactionEqualsInvoice`: after any actions, every invoice that is not rejected has the amount of its request, and
 *   that of its shares, if all had so before.
 * - `walletNeverSeesUnapproved`: after any actions, only approved invoices have a request that has succeeded.
 * - `orderApprovedBeforeInvoice`: after any actions, an order with an approved invoice is approved.
 * - `approvedStays`: after any actions, an approved invoice is what it was when it was approved.
 *
 * Stated in `CommissionAction.laws.ts`, checked in `CommissionAction.test.ts`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as Rate from "../money/Rate.ts"
import * as CommissionInvoice from "./CommissionInvoice.ts"
import * as CommissionOrder from "./CommissionOrder.ts"
import * as CommissionSettings from "./CommissionSettings.ts"
import * as Recalculation from "./Recalculation.ts"
import * as Refusal from "./Refusal.ts"

/**
 * The commands that change a status, by the names that callers give them.
 *
 * @category constants
 * @since 0.1.0
 */
export const STATUS_COMMANDS = {
  approve: "Approve",
  cancel: "CancelApproval",
  reject: "Reject",
  unreject: "Unreject"
} as const

/**
 * What a caller calls a command that changes a status.
 *
 * @category models
 * @since 0.1.0
 */
export type NewStatus = keyof typeof STATUS_COMMANDS

/**
 * An action on one order or on one of its invoices.
 *
 * @category models
 * @since 0.1.0
 */
export type CommissionAction =
  | { readonly _tag: "ChangeOrderStatus"; readonly newStatus: NewStatus }
  | { readonly _tag: "ChangeInvoiceStatus"; readonly invoiceId: string; readonly newStatus: NewStatus }
  | { readonly _tag: "ChangePercent"; readonly target: Recalculation.PercentTarget; readonly percent: Rate.Rate }
  | { readonly _tag: "ChangeWallet"; readonly walletKind: CommissionSettings.WalletKind }

/**
 * When an action is done (an instant in milliseconds since 1970), whether its
 * actor may approve what belongs to revoked affiliates, and the settings of
 * that moment.
 *
 * @category models
 * @since 0.1.0
 */
export interface Context {
  readonly at: number
  readonly mayApproveRevoked: boolean
  readonly settings: CommissionSettings.CommissionSettings
}

/**
 * What an action does. Without events it does nothing, and before and after are
 * the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  readonly before: CommissionOrder.CommissionOrder
  readonly after: CommissionOrder.CommissionOrder
  readonly events: ReadonlyArray<CommissionOrder.Event>
  readonly settings: CommissionSettings.SettingsUsed
}

/**
 * Works out what an action does.
 *
 * **Errors**
 *
 * A `Refusal`; where several apply the first counts.
 *
 * - `InvoiceUnknown`: it is for an invoice that the order does not have.
 * - any of those of `CommissionOrder.decide`, `CommissionInvoice.decide`, `Recalculation.changePercent` or
 *   `Recalculation.changeWallet`, in their order.
 *
 * **Source**: "Actions", "Percent change" and "Wallet change" of the commission approvals.
 *
 * @category decisions
 * @since 0.1.0
 */
export const plan = (
  order: CommissionOrder.CommissionOrder,
  action: CommissionAction,
  context: Context
): Result.Result<Plan, Refusal.Refusal> => {
  const settings = CommissionSettings.used(context.settings, {
    walletKind: action._tag === "ChangeWallet" ? action.walletKind : order.walletKind,
    affiliateLevel: order.affiliate.level
  })
  return Result.map(eventsOf(order, action, context, settings), (events) => ({
    before: order,
    after: CommissionOrder.apply(order, events),
    events,
    settings
  }))
}

const eventsOf = (
  order: CommissionOrder.CommissionOrder,
  action: CommissionAction,
  context: Context,
  settings: CommissionSettings.SettingsUsed
): Result.Result<ReadonlyArray<CommissionOrder.Event>, Refusal.Refusal> => {
  switch (action._tag) {
    case "ChangeOrderStatus":
      return CommissionOrder.decide(order, commandOf(action.newStatus, context))
    case "ChangeInvoiceStatus": {
      const invoice = order.invoices.find(({ id }) => id === action.invoiceId)
      if (invoice === undefined) return Result.fail(new Refusal.InvoiceUnknown({ invoiceId: action.invoiceId }))
      const command = commandOf(action.newStatus, context)
      return Result.map(CommissionInvoice.decide(invoice, { order, settings }, command), (events) =>
        events.length === 0
          ? []
          : [...events, ...Recalculation.totalled(events.reduce(CommissionOrder.evolve, order), settings)]
      )
    }
    case "ChangePercent":
      return Result.map(
        Recalculation.changePercent(order, { ...action.target, percent: action.percent }, context.settings),
        ({ audit }) => audit
      )
    case "ChangeWallet":
      return Result.map(
        Recalculation.changeWallet(order, { walletKind: action.walletKind }, context.settings),
        ({ audit }) => audit
      )
  }
}

const commandOf = (newStatus: NewStatus, { at, mayApproveRevoked }: Context): CommissionOrder.Command => {
  const _tag = STATUS_COMMANDS[newStatus]
  return _tag === "Approve" ? { _tag, at, mayApproveRevoked } : { _tag }
}
