/**
 * An instalment of an order's commission. Approving it is the last gate before
 * the money counts as the affiliate's, and cannot be undone.
 *
 * **Laws**
 *
 * - `replay`: folding the events of {@link decide} gives the state that the transition table names.
 * - `approvedInvoiceIsFinal`: no command changes an approved invoice.
 * - `unrejectUndoesReject`: taking back a rejection gives the invoice as it was, where its amounts are those of its
 *   rates and no rate was named since.
 * - `approvalReleasesExactly`: an approval releases the request of this invoice over the invoice's amount.
 * - `orderApprovedBeforeInvoice`: no invoice of an order that is not approved is approved.
 *
 * Stated in `CommissionInvoice.laws.ts`, checked in `CommissionInvoice.test.ts`.
 *
 * @see docs/STATE-MACHINES.md
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import type * as Rate from "../money/Rate.ts"
import * as ApprovalState from "./ApprovalState.ts"
import * as Commission from "./Commission.ts"
import type { SettingsUsed } from "./CommissionSettings.ts"
import * as Refusal from "./Refusal.ts"
import * as TransitionTable from "./TransitionTable.ts"
import * as WalletCredit from "./WalletCredit.ts"

/**
 * A rate, and the revision of the order at which it was named. Of two rates
 * for the same, that of the higher revision counts.
 *
 * @category models
 * @since 0.1.0
 */
export interface NamedRate {
  readonly rate: Rate.Rate
  readonly rateRevision: number
}

/**
 * A part of an order's item that the invoice bills.
 *
 * @category models
 * @since 0.1.0
 */
export interface InvoiceItem extends NamedRate {
  readonly id: string
  readonly orderItemId: string
  readonly base: Money.Money
  readonly commission: Money.Money
}

/**
 * An instalment. Its items are in the order of their keys, all in one currency.
 * `settings` are those that its amounts were last worked out with.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionInvoice {
  readonly id: string
  readonly state: ApprovalState.ApprovalState
  readonly items: ReadonlyArray<InvoiceItem>
  readonly commission: Money.Money
  /** The rate of all items, or the effective one where they differ. */
  readonly rate: Rate.Rate
  readonly creditRequest: WalletCredit.CreditRequest | undefined
  readonly settings: SettingsUsed | undefined
}

/**
 * What a decision about an invoice needs to know of its order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Context {
  readonly order: {
    readonly id: string
    readonly state: ApprovalState.ApprovalState
    readonly items: ReadonlyArray<NamedRate & { readonly id: string }>
    readonly affiliate: { readonly id: string; readonly isRevoked: boolean }
  }
  /** The settings of today, for the wallet and the level of the order. */
  readonly settings: SettingsUsed
}

/**
 * What can be asked of an invoice. `at` is an instant in milliseconds since
 * 1970. `CancelApproval` exists for orders, and is refused.
 *
 * @category models
 * @since 0.1.0
 */
export type Command =
  | { readonly _tag: "Approve"; readonly at: number; readonly mayApproveRevoked: boolean }
  | { readonly _tag: "CancelApproval" }
  | { readonly _tag: "Reject" }
  | { readonly _tag: "Unreject" }

/**
 * What has happened to an invoice. `ReleaseLogged` and `NotificationQueued` are
 * for others to carry out and change nothing here.
 *
 * @category models
 * @since 0.1.0
 */
export type Event =
  | { readonly _tag: "InvoiceApproved"; readonly invoiceId: string; readonly at: number }
  | { readonly _tag: "InvoiceRejected"; readonly invoiceId: string }
  | { readonly _tag: "InvoiceUnrejected"; readonly invoiceId: string }
  | {
      readonly _tag: "InvoiceRecalculated"
      readonly invoiceId: string
      readonly rate: Rate.Rate
      readonly commission: Money.Money
      readonly items: ReadonlyArray<InvoiceItem>
      readonly settings: SettingsUsed
    }
  | {
      readonly _tag: "CreditRequestChanged"
      readonly invoiceId: string
      readonly requestId: string
      readonly amount: Money.Money
    }
  | {
      readonly _tag: "CreditReleased"
      readonly invoiceId: string
      readonly requestId: string
      readonly amount: Money.Money
    }
  | { readonly _tag: "ReleaseLogged"; readonly invoiceId: string; readonly amount: Money.Money }
  | {
      readonly _tag: "NotificationQueued"
      readonly invoiceId: string
      readonly affiliateId: string
      readonly amount: Money.Money
    }

type GuardName =
  | "AffiliateRevoked"
  | "OrderNotApproved"
  | "TransactionRequestMissing"
  | "TransactionRequestNotPending"
  | "TransactionAmountMismatch"

type RefusedTag = "InvoiceAlreadyApproved" | "InvoiceRejected" | "InvoiceNotRejected" | "CancelNotForInvoices"

/**
 * What becomes of an invoice in a state when it is commanded something: it is
 * refused, stays as it is, or gets another state if no guard speaks up. Guards
 * are named after their refusals, and the first that speaks up counts.
 *
 * @category models
 * @since 0.1.0
 */
export type Transition = TransitionTable.Transition<Command["_tag"], GuardName, RefusedTag>

const APPROVE_GUARDS: ReadonlyArray<GuardName> = [
  "AffiliateRevoked",
  "OrderNotApproved",
  "TransactionRequestMissing",
  "TransactionRequestNotPending",
  "TransactionAmountMismatch"
]

/**
 * Every state with every command.
 *
 * **Source**: the second table of "Actions" of the commission approvals.
 *
 * @category constants
 * @since 0.1.0
 */
export const TRANSITIONS: ReadonlyArray<Transition> = [
  { state: "Pending", command: "Approve", guards: APPROVE_GUARDS, outcome: TransitionTable.becomes("Approved") },
  { state: "Pending", command: "CancelApproval", guards: [], outcome: TransitionTable.refused("CancelNotForInvoices") },
  { state: "Pending", command: "Reject", guards: [], outcome: TransitionTable.becomes("Rejected") },
  { state: "Pending", command: "Unreject", guards: [], outcome: TransitionTable.refused("InvoiceNotRejected") },
  { state: "Approved", command: "Approve", guards: [], outcome: TransitionTable.UNCHANGED },
  {
    state: "Approved",
    command: "CancelApproval",
    guards: [],
    outcome: TransitionTable.refused("CancelNotForInvoices")
  },
  { state: "Approved", command: "Reject", guards: [], outcome: TransitionTable.refused("InvoiceAlreadyApproved") },
  { state: "Approved", command: "Unreject", guards: [], outcome: TransitionTable.refused("InvoiceAlreadyApproved") },
  { state: "Rejected", command: "Approve", guards: [], outcome: TransitionTable.refused("InvoiceRejected") },
  {
    state: "Rejected",
    command: "CancelApproval",
    guards: [],
    outcome: TransitionTable.refused("CancelNotForInvoices")
  },
  { state: "Rejected", command: "Reject", guards: [], outcome: TransitionTable.UNCHANGED },
  { state: "Rejected", command: "Unreject", guards: [], outcome: TransitionTable.becomes("Pending") }
]

/**
 * Decides what happens to an invoice.
 *
 * An approval releases its request and queues a notification. Taking a
 * rejection back works the amounts out again, with the rates that were named
 * last for its items, and changes the request to the new amount. What leaves
 * everything as it is gives no events.
 *
 * **Errors**
 *
 * A `StatusRefusal`; where several apply the first counts.
 *
 * - `AffiliateRevoked`: it waits for approval, its affiliate is revoked, and the command may not approve that.
 * - `OrderNotApproved`: its order is not approved.
 * - `TransactionRequestMissing`: it has no request.
 * - `TransactionRequestNotPending`: its request is not pending.
 * - `TransactionAmountMismatch`: its request, or what the beneficiaries get together, is another amount.
 * - `InvoiceAlreadyApproved`: it is approved, and was to be rejected or unrejected.
 * - `InvoiceRejected`: it is rejected, and was to be approved.
 * - `InvoiceNotRejected`: it is pending, and was to be unrejected.
 * - `CancelNotForInvoices`: its approval was to be cancelled.
 *
 * **Source**: the second table of "Actions" of the commission approvals.
 *
 * @category decisions
 * @since 0.1.0
 */
export const decide = (
  self: CommissionInvoice,
  context: Context,
  command: Command
): Result.Result<ReadonlyArray<Event>, Refusal.StatusRefusal> => {
  const isChange = TransitionTable.changes(
    TRANSITIONS,
    { state: self.state._tag, command: command._tag },
    { guarding: (guard) => GUARDS[guard](self, context, command), refusing: (name) => REFUSALS[name](self) }
  )
  return Result.map(isChange, (changes) => (changes ? eventsOf(self, context, command) : []))
}

/**
 * The invoice after an event. Events of another invoice leave it as it is.
 *
 * @category combining
 * @since 0.1.0
 */
export const evolve = (self: CommissionInvoice, event: Event): CommissionInvoice => {
  if (event.invoiceId !== self.id) return self
  switch (event._tag) {
    case "InvoiceApproved":
      return { ...self, state: ApprovalState.approved(event.at) }
    case "InvoiceRejected":
      return { ...self, state: ApprovalState.REJECTED }
    case "InvoiceUnrejected":
      return { ...self, state: ApprovalState.PENDING }
    case "InvoiceRecalculated": {
      const { commission, items, rate, settings } = event
      return { ...self, commission, items, rate, settings }
    }
    case "CreditRequestChanged":
      return self.creditRequest === undefined
        ? self
        : { ...self, creditRequest: WalletCredit.withAmount(self.creditRequest, event.amount) }
    case "CreditReleased":
      return self.creditRequest === undefined
        ? self
        : { ...self, creditRequest: { ...self.creditRequest, status: "success" } }
    case "ReleaseLogged":
    case "NotificationQueued":
      return self
  }
}

/**
 * The events that give the items of an invoice these rates: each amount rounded
 * by itself, the total their sum, and the request over that total. None if
 * everything is so already. A request that was carried out is never changed.
 *
 * **Source**: "Percent change" of the commission approvals.
 *
 * @category decisions
 * @since 0.1.0
 */
export const recalculated = (
  self: CommissionInvoice,
  rateOf: (item: InvoiceItem) => NamedRate,
  settings: SettingsUsed
): ReadonlyArray<Event> => {
  const { currency } = self.commission
  const items = self.items.map((item): InvoiceItem => {
    const { rate, rateRevision } = rateOf(item)
    const { minor } = Commission.amount({ base: item.base, rate, rounding: settings.rounding })
    return { ...item, rate, rateRevision, commission: Money.make(minor, currency) }
  })
  const commission = Money.make(totalOf(items.map((item) => item.commission)), currency)
  const base = Money.make(totalOf(items.map((item) => item.base)), currency)
  const first = items[0]?.rate
  const rate =
    first !== undefined && items.every((item) => item.rate === first)
      ? first
      : Commission.effectiveRate({ base, commission })
  const isSame =
    rate === self.rate &&
    Money.equals(commission, self.commission) &&
    items.every((item, at) => isSameItem(item, self.items[at]!))
  const events: Array<Event> = isSame
    ? []
    : [{ _tag: "InvoiceRecalculated", invoiceId: self.id, rate, commission, items, settings }]
  const request = self.creditRequest
  if (request !== undefined && request.status !== "success") {
    const changed = WalletCredit.withAmount(request, commission)
    if (!WalletCredit.hasSameAmounts(request, changed)) {
      events.push({ _tag: "CreditRequestChanged", invoiceId: self.id, requestId: request.id, amount: commission })
    }
  }
  return events
}

const totalOf = (amounts: ReadonlyArray<Money.Money>): bigint => amounts.reduce((sum, { minor }) => sum + minor, 0n)

/** Who names a rate that an item has already changes nothing: the revision need not follow. */
const isSameItem = (one: InvoiceItem, other: InvoiceItem): boolean =>
  one.rate === other.rate && Money.equals(one.commission, other.commission)

const GUARDS: Readonly<
  Record<GuardName, (self: CommissionInvoice, context: Context, command: Command) => Refusal.StatusRefusal | undefined>
> = {
  AffiliateRevoked: (_self, { order: { affiliate } }, command) => revoked(affiliate, command),
  OrderNotApproved: (_self, { order }) =>
    order.state._tag === "Approved" ? undefined : new Refusal.OrderNotApproved({ orderId: order.id }),
  TransactionRequestMissing: ({ creditRequest, id }) =>
    creditRequest === undefined ? new Refusal.TransactionRequestMissing({ invoiceId: id }) : undefined,
  TransactionRequestNotPending: ({ creditRequest, id }) =>
    creditRequest === undefined || creditRequest.status === "pending"
      ? undefined
      : new Refusal.TransactionRequestNotPending({
          invoiceId: id,
          requestId: creditRequest.id,
          status: creditRequest.status
        }),
  TransactionAmountMismatch: ({ commission, creditRequest, id }) => {
    if (creditRequest === undefined) return undefined
    const { amount, shares } = creditRequest
    const sharesAmount = Money.make(totalOf(shares.map((share) => share.amount)), amount.currency)
    return Money.equals(amount, commission) && Money.equals(sharesAmount, commission)
      ? undefined
      : new Refusal.TransactionAmountMismatch({
          invoiceId: id,
          requestId: creditRequest.id,
          invoiceAmount: commission,
          requestAmount: amount,
          sharesAmount
        })
  }
}

const REFUSALS: Readonly<Record<RefusedTag, (self: CommissionInvoice) => Refusal.StatusRefusal>> = {
  InvoiceAlreadyApproved: ({ id, state }) =>
    new Refusal.InvoiceAlreadyApproved({
      invoiceId: id,
      approvedAt: state._tag === "Approved" ? state.approvedAt : 0
    }),
  InvoiceRejected: ({ id }) => new Refusal.InvoiceRejected({ invoiceId: id }),
  InvoiceNotRejected: ({ id }) => new Refusal.InvoiceNotRejected({ invoiceId: id }),
  CancelNotForInvoices: ({ id }) => new Refusal.CancelNotForInvoices({ invoiceId: id })
}

/** What happens where the table lets the command through. */
const eventsOf = (self: CommissionInvoice, context: Context, command: Command): ReadonlyArray<Event> => {
  const invoiceId = self.id
  switch (command._tag) {
    case "Approve": {
      const { amount, id: requestId } = self.creditRequest!
      const affiliateId = context.order.affiliate.id
      return [
        { _tag: "InvoiceApproved", invoiceId, at: command.at },
        { _tag: "CreditReleased", invoiceId, requestId, amount },
        { _tag: "ReleaseLogged", invoiceId, amount },
        { _tag: "NotificationQueued", invoiceId, affiliateId, amount }
      ]
    }
    case "Reject":
      return [{ _tag: "InvoiceRejected", invoiceId }]
    case "Unreject":
      return [
        { _tag: "InvoiceUnrejected", invoiceId },
        ...recalculated(self, (item) => rateNamedLast(item, context.order.items), context.settings)
      ]
    case "CancelApproval":
      return []
  }
}

/**
 * Refuses what a command may not do for an affiliate who is one no more. It
 * guards approvals, of orders and of invoices alike.
 *
 * **Source**: "Approving a pending record of a revoked affiliate" of the commission approvals.
 *
 * @category decisions
 * @since 0.1.0
 */
export const revoked = (
  { id, isRevoked }: Context["order"]["affiliate"],
  command: Command
): Refusal.AffiliateRevoked | undefined =>
  isRevoked && !(command._tag === "Approve" && command.mayApproveRevoked)
    ? new Refusal.AffiliateRevoked({ affiliateId: id })
    : undefined

/**
 * The rate that an item of a rejected invoice would have by now had the invoice
 * never been rejected: its own, or that of the order's item if that one was
 * named later.
 *
 * @category queries
 * @since 0.1.0
 */
export const rateNamedLast = (
  item: InvoiceItem,
  orderItems: ReadonlyArray<NamedRate & { readonly id: string }>
): NamedRate => {
  const ofOrder = orderItems.find(({ id }) => id === item.orderItemId)
  return ofOrder !== undefined && ofOrder.rateRevision > item.rateRevision ? ofOrder : item
}
