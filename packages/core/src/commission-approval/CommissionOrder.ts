/**
 * The commission of one order, with its instalments: what is approved together,
 * changed together and locked together.
 *
 * **Laws**
 *
 * - `replay`: folding the events of {@link decide} gives the state that the transition table names.
 * - `cancelUndoesApprove`: cancelling an approval gives the order as it was.
 * - `unrejectUndoesReject`: taking back a rejection gives the order as it was.
 * - `orderCancelBlockedByApprovedInvoice`: an order with an approved invoice keeps its approval.
 *
 * Stated in `CommissionOrder.laws.ts`, checked in `CommissionOrder.test.ts`.
 *
 * @see docs/STATE-MACHINES.md
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import * as ApprovalState from "./ApprovalState.ts"
import * as Commission from "./Commission.ts"
import * as CommissionInvoice from "./CommissionInvoice.ts"
import type { AffiliateLevel, SettingsUsed, WalletKind } from "./CommissionSettings.ts"
import * as Refusal from "./Refusal.ts"
import * as TransitionTable from "./TransitionTable.ts"

/**
 * Who gets the commission.
 *
 * @category models
 * @since 0.1.0
 */
export interface Affiliate {
  readonly id: string
  readonly level: AffiliateLevel
  readonly isRevoked: boolean
}

/**
 * What was sold, and the rate that its commission has unless an invoice says
 * otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export interface OrderItem extends CommissionInvoice.NamedRate {
  readonly id: string
  readonly base: Money.Money
}

/**
 * The commission of an order. Items and invoices are in the order of their
 * keys, all amounts in one currency. `revision` counts the actions that changed
 * it.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionOrder {
  readonly id: string
  readonly affiliate: Affiliate
  readonly state: ApprovalState.ApprovalState
  readonly walletKind: WalletKind
  readonly items: ReadonlyArray<OrderItem>
  readonly invoices: ReadonlyArray<CommissionInvoice.CommissionInvoice>
  /** What the order brings its affiliate: {@link commissionOf} since the last action. */
  readonly commission: Money.Money
  readonly settings: SettingsUsed | undefined
  readonly revision: number
}

/**
 * What can be asked of an order. `at` is an instant in milliseconds since 1970.
 *
 * @category models
 * @since 0.1.0
 */
export type Command = CommissionInvoice.Command

/**
 * What has happened to an order itself.
 *
 * @category models
 * @since 0.1.0
 */
export type OrderEvent =
  | { readonly _tag: "OrderApproved"; readonly at: number }
  | { readonly _tag: "OrderApprovalCancelled" }
  | { readonly _tag: "OrderRejected" }
  | { readonly _tag: "OrderUnrejected" }
  | {
      readonly _tag: "OrderRatesChanged"
      readonly items: ReadonlyArray<CommissionInvoice.NamedRate & { readonly id: string }>
    }
  | { readonly _tag: "WalletChanged"; readonly walletKind: WalletKind; readonly settings: SettingsUsed }
  | { readonly _tag: "OrderCommissionChanged"; readonly commission: Money.Money }

/**
 * What has happened to an order or one of its invoices.
 *
 * @category models
 * @since 0.1.0
 */
export type Event = OrderEvent | CommissionInvoice.Event

type GuardName = "AffiliateRevoked" | "OrderHasApprovedInvoice"

type RefusedTag = "OrderNotApproved" | "OrderNotRejected" | "OrderAlreadyApproved" | "OrderRejected"

/**
 * What becomes of an order in a state when it is commanded something: it is
 * refused, stays as it is, or gets another state if no guard speaks up. Guards
 * are named after their refusals, and the first that speaks up counts.
 *
 * @category models
 * @since 0.1.0
 */
export type Transition = TransitionTable.Transition<Command["_tag"], GuardName, RefusedTag>

/**
 * Every state with every command.
 *
 * **Source**: the first table of "Actions" of the commission approvals.
 *
 * @category constants
 * @since 0.1.0
 */
export const TRANSITIONS: ReadonlyArray<Transition> = [
  { state: "Pending", command: "Approve", guards: ["AffiliateRevoked"], outcome: TransitionTable.becomes("Approved") },
  { state: "Pending", command: "CancelApproval", guards: [], outcome: TransitionTable.refused("OrderNotApproved") },
  { state: "Pending", command: "Reject", guards: [], outcome: TransitionTable.becomes("Rejected") },
  { state: "Pending", command: "Unreject", guards: [], outcome: TransitionTable.refused("OrderNotRejected") },
  { state: "Approved", command: "Approve", guards: [], outcome: TransitionTable.UNCHANGED },
  {
    state: "Approved",
    command: "CancelApproval",
    guards: ["OrderHasApprovedInvoice"],
    outcome: TransitionTable.becomes("Pending")
  },
  { state: "Approved", command: "Reject", guards: [], outcome: TransitionTable.refused("OrderAlreadyApproved") },
  { state: "Approved", command: "Unreject", guards: [], outcome: TransitionTable.refused("OrderAlreadyApproved") },
  { state: "Rejected", command: "Approve", guards: [], outcome: TransitionTable.refused("OrderRejected") },
  { state: "Rejected", command: "CancelApproval", guards: [], outcome: TransitionTable.refused("OrderNotApproved") },
  { state: "Rejected", command: "Reject", guards: [], outcome: TransitionTable.UNCHANGED },
  { state: "Rejected", command: "Unreject", guards: [], outcome: TransitionTable.becomes("Pending") }
]

/**
 * Decides what happens to an order. What leaves it as it is gives no events.
 *
 * **Errors**
 *
 * A `StatusRefusal`; where several apply the first counts.
 *
 * - `AffiliateRevoked`: it waits for approval, its affiliate is revoked, and the command may not approve that.
 * - `OrderHasApprovedInvoice`: its approval was to be cancelled, and an invoice of it is approved.
 * - `OrderNotApproved`: its approval was to be cancelled, and it has none.
 * - `OrderNotRejected`: it is pending, and was to be unrejected.
 * - `OrderAlreadyApproved`: it is approved, and was to be rejected or unrejected.
 * - `OrderRejected`: it is rejected, and was to be approved.
 *
 * **Source**: the first table of "Actions" of the commission approvals.
 *
 * @category decisions
 * @since 0.1.0
 */
export const decide = (
  self: CommissionOrder,
  command: Command
): Result.Result<ReadonlyArray<OrderEvent>, Refusal.StatusRefusal> => {
  const isChange = TransitionTable.changes(
    TRANSITIONS,
    { state: self.state._tag, command: command._tag },
    { guarding: (guard) => GUARDS[guard](self, command), refusing: (name) => REFUSALS[name](self) }
  )
  return Result.map(isChange, (changes) => (changes ? [eventOf(command)] : []))
}

/**
 * The order after an event, of itself or of one of its invoices.
 *
 * @category combining
 * @since 0.1.0
 */
export const evolve = (self: CommissionOrder, event: Event): CommissionOrder => {
  switch (event._tag) {
    case "OrderApproved":
      return { ...self, state: ApprovalState.approved(event.at) }
    case "OrderApprovalCancelled":
    case "OrderUnrejected":
      return { ...self, state: ApprovalState.PENDING }
    case "OrderRejected":
      return { ...self, state: ApprovalState.REJECTED }
    case "OrderRatesChanged":
      return {
        ...self,
        items: self.items.map((item) => ({ ...item, ...event.items.find(({ id }) => id === item.id) }))
      }
    case "WalletChanged":
      return { ...self, walletKind: event.walletKind, settings: event.settings }
    case "OrderCommissionChanged":
      return { ...self, commission: event.commission }
    default:
      return { ...self, invoices: self.invoices.map((invoice) => CommissionInvoice.evolve(invoice, event)) }
  }
}

/**
 * The order after an action: after all its events, one revision on.
 *
 * @category combining
 * @since 0.1.0
 */
export const apply = (self: CommissionOrder, events: ReadonlyArray<Event>): CommissionOrder =>
  events.length === 0 ? self : { ...events.reduce(evolve, self), revision: self.revision + 1 }

/**
 * What an order brings its affiliate: what its approved invoices were booked
 * with, and what those that wait come to; rejected ones count nothing. An order
 * that has no invoices yet brings the commission of its items.
 *
 * **Source**: "Percent change" of the commission approvals.
 *
 * @category queries
 * @since 0.1.0
 */
export const commissionOf = (self: CommissionOrder, settings: SettingsUsed): Money.Money => {
  const { currency } = self.commission
  const amounts =
    self.invoices.length === 0
      ? self.items.map(({ base, rate }) => Commission.amount({ base, rate, rounding: settings.rounding }))
      : self.invoices.filter(({ state }) => state._tag !== "Rejected").map(({ commission }) => commission)
  return Money.make(
    amounts.reduce((sum, { minor }) => sum + minor, 0n),
    currency
  )
}

/**
 * The keys of the invoices that are approved.
 *
 * @category queries
 * @since 0.1.0
 */
export const approvedInvoiceIds = (self: CommissionOrder): ReadonlyArray<string> =>
  self.invoices.filter(({ state }) => state._tag === "Approved").map(({ id }) => id)

const GUARDS: Readonly<
  Record<GuardName, (self: CommissionOrder, command: Command) => Refusal.StatusRefusal | undefined>
> = {
  AffiliateRevoked: ({ affiliate }, command) => CommissionInvoice.revoked(affiliate, command),
  OrderHasApprovedInvoice: (self) => {
    const invoiceIds = approvedInvoiceIds(self)
    return invoiceIds.length === 0 ? undefined : new Refusal.OrderHasApprovedInvoice({ orderId: self.id, invoiceIds })
  }
}

const REFUSALS: Readonly<Record<RefusedTag, (self: CommissionOrder) => Refusal.StatusRefusal>> = {
  OrderNotApproved: ({ id }) => new Refusal.OrderNotApproved({ orderId: id }),
  OrderNotRejected: ({ id }) => new Refusal.OrderNotRejected({ orderId: id }),
  OrderAlreadyApproved: ({ id, state }) =>
    new Refusal.OrderAlreadyApproved({ orderId: id, approvedAt: state._tag === "Approved" ? state.approvedAt : 0 }),
  OrderRejected: ({ id }) => new Refusal.OrderRejected({ orderId: id })
}

const eventOf = (command: Command): OrderEvent => {
  switch (command._tag) {
    case "Approve":
      return { _tag: "OrderApproved", at: command.at }
    case "CancelApproval":
      return { _tag: "OrderApprovalCancelled" }
    case "Reject":
      return { _tag: "OrderRejected" }
    case "Unreject":
      return { _tag: "OrderUnrejected" }
  }
}
