/**
 * Laws of `CommissionOrder`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as CommissionOrder from "./CommissionOrder.ts"

type Order = CommissionOrder.CommissionOrder

/** Everything of a value; `bigint` has no JSON. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "bigint" ? `${part}n` : part === undefined ? "none" : (part as unknown)
  )

const isSame = (one: unknown, other: unknown): boolean => text(one) === text(other)

const after = (order: Order, command: CommissionOrder.Command): Order =>
  Result.getOrElse(CommissionOrder.decide(order, command), () => []).reduce(CommissionOrder.evolve, order)

const hasApprovedInvoice = ({ invoices }: Order): boolean => invoices.some(({ state }) => state._tag === "Approved")

/** The events lead where the table says and change nothing but the state; a refusal is one that the table names. */
export const replay = (order: Order, command: CommissionOrder.Command): boolean => {
  const rows = CommissionOrder.TRANSITIONS.filter(
    (one) => one.state === order.state._tag && one.command === command._tag
  )
  const [row] = rows
  if (row === undefined || rows.length > 1) return false
  const decided = CommissionOrder.decide(order, command)
  if (Result.isFailure(decided)) {
    const { _tag } = decided.failure
    const named: ReadonlyArray<string> = row.guards
    return named.includes(_tag) || (row.outcome._tag === "Refused" && row.outcome.refusal === _tag)
  }
  const folded = decided.success.reduce(CommissionOrder.evolve, order)
  const { state } = folded
  if (!isSame({ ...folded, state: order.state }, order)) return false
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

/** Approving an order that waits, and cancelling that, gives the order as it was. */
export const cancelUndoesApprove = (order: Order, at: number): boolean => {
  if (order.state._tag !== "Pending" || hasApprovedInvoice(order)) return true
  const approved = after(order, { _tag: "Approve", at, mayApproveRevoked: true })
  return approved.state._tag === "Approved" && isSame(after(approved, { _tag: "CancelApproval" }), order)
}

/** Rejecting an order that waits, and taking that back, gives the order as it was. */
export const unrejectUndoesReject = (order: Order): boolean => {
  if (order.state._tag !== "Pending") return true
  const rejected = after(order, { _tag: "Reject" })
  return rejected.state._tag === "Rejected" && isSame(after(rejected, { _tag: "Unreject" }), order)
}

/** Whatever is asked of an approved order, with an approved invoice it stays approved. */
export const orderCancelBlockedByApprovedInvoice = (order: Order, command: CommissionOrder.Command): boolean =>
  order.state._tag !== "Approved" || !hasApprovedInvoice(order) || isSame(after(order, command), order)
