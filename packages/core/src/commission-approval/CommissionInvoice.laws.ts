/**
 * Laws of `CommissionInvoice`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import * as CommissionInvoice from "./CommissionInvoice.ts"

type Invoice = CommissionInvoice.CommissionInvoice

/** Everything of a value; `bigint` has no JSON. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "bigint" ? `${part}n` : part === undefined ? "none" : (part as unknown)
  )

const isSame = (one: unknown, other: unknown): boolean => text(one) === text(other)

/** What an invoice becomes by a command; what is refused leaves it as it is. */
const after = (invoice: Invoice, context: CommissionInvoice.Context, command: CommissionInvoice.Command): Invoice =>
  Result.getOrElse(CommissionInvoice.decide(invoice, context, command), () => []).reduce(
    CommissionInvoice.evolve,
    invoice
  )

const releasedAmounts = (events: ReadonlyArray<CommissionInvoice.Event>) =>
  events.flatMap((event) => (event._tag === "CreditReleased" ? [event] : []))

/** The events lead where the table says; a refusal is one that the table names. */
export const replay = (
  invoice: Invoice,
  context: CommissionInvoice.Context,
  command: CommissionInvoice.Command
): boolean => {
  const rows = CommissionInvoice.TRANSITIONS.filter(
    (one) => one.state === invoice.state._tag && one.command === command._tag
  )
  const [row] = rows
  if (row === undefined || rows.length > 1) return false
  const decided = CommissionInvoice.decide(invoice, context, command)
  if (Result.isFailure(decided)) {
    const { _tag } = decided.failure
    const named: ReadonlyArray<string> = row.guards
    return named.includes(_tag) || (row.outcome._tag === "Refused" && row.outcome.refusal === _tag)
  }
  const { state } = decided.success.reduce(CommissionInvoice.evolve, invoice)
  switch (row.outcome._tag) {
    case "Refused":
      return false
    case "Unchanged":
      return decided.success.length === 0
    case "Becomes": {
      const at = command._tag === "Approve" ? command.at : undefined
      return state._tag === row.outcome.state && (state._tag !== "Approved" || state.approvedAt === at)
    }
  }
}

/** Whatever is asked of an approved invoice, it stays as it is. */
export const approvedInvoiceIsFinal = (
  invoice: Invoice,
  context: CommissionInvoice.Context,
  command: CommissionInvoice.Command
): boolean => invoice.state._tag !== "Approved" || isSame(after(invoice, context, command), invoice)

/** Rejecting an invoice that waits, and taking that back, changes nothing; one that is rejected is pending then. */
export const unrejectUndoesReject = (invoice: Invoice, context: CommissionInvoice.Context): boolean => {
  if (invoice.state._tag !== "Pending") return true
  const rejected = after(invoice, context, { _tag: "Reject" })
  return (
    rejected.state._tag === "Rejected" &&
    isSame(rejected.creditRequest, invoice.creditRequest) &&
    isSame(after(rejected, context, { _tag: "Unreject" }), invoice)
  )
}

/** One request is carried out: this invoice's, over what the invoice and the shares come to; nothing else releases. */
export const approvalReleasesExactly = (
  invoice: Invoice,
  context: CommissionInvoice.Context,
  command: CommissionInvoice.Command
): boolean => {
  const events = Result.getOrElse(CommissionInvoice.decide(invoice, context, command), () => [])
  const released = releasedAmounts(events)
  if (command._tag !== "Approve" || events.length === 0) return released.length === 0
  const [only] = released
  const request = invoice.creditRequest
  if (only === undefined || released.length > 1 || request === undefined) return false
  const shares = request.shares.reduce((sum, { amount }) => sum + amount.minor, 0n)
  const then = events.reduce(CommissionInvoice.evolve, invoice)
  return (
    request.status === "pending" &&
    only.requestId === request.id &&
    Money.equals(only.amount, invoice.commission) &&
    Money.equals(only.amount, request.amount) &&
    shares === only.amount.minor &&
    isSame(then, { ...invoice, state: then.state, creditRequest: { ...request, status: "success" } })
  )
}

/** An invoice gets approved only where its order is. */
export const orderApprovedBeforeInvoice = (
  invoice: Invoice,
  context: CommissionInvoice.Context,
  command: CommissionInvoice.Command
): boolean =>
  invoice.state._tag === "Approved" ||
  after(invoice, context, command).state._tag !== "Approved" ||
  context.order.state._tag === "Approved"
