/**
 * Laws of `CommissionAction`, as plain predicates, most of them about what an
 * order is after a sequence of actions. What is refused leaves it as it is.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import * as CommissionAction from "./CommissionAction.ts"
import * as CommissionOrder from "./CommissionOrder.ts"

type Order = CommissionOrder.CommissionOrder

/** Actions one after another. */
export type Steps = ReadonlyArray<readonly [CommissionAction.CommissionAction, CommissionAction.Context]>

/** Everything of a value; `bigint` has no JSON. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "bigint" ? `${part}n` : part === undefined ? "none" : (part as unknown)
  )

const isSame = (one: unknown, other: unknown): boolean => text(one) === text(other)

/** The order before the first action, and after each. */
const ordersOf = (order: Order, steps: Steps): ReadonlyArray<Order> => {
  const orders = [order]
  for (const [action, context] of steps) {
    const before = orders.at(-1)!
    orders.push(
      Result.match(CommissionAction.plan(before, action, context), {
        onFailure: () => before,
        onSuccess: ({ after }) => after
      })
    )
  }
  return orders
}

const requestsFit = ({ invoices }: Order): boolean =>
  invoices.every(({ commission, creditRequest, state }) => {
    if (state._tag === "Rejected" || creditRequest === undefined) return true
    const shares = creditRequest.shares.reduce((sum, { amount }) => sum + amount.minor, 0n)
    return Money.equals(creditRequest.amount, commission) && shares === commission.minor
  })

const hidesUnapproved = ({ invoices }: Order): boolean =>
  invoices.every(({ creditRequest, state }) => (creditRequest?.status === "success") === (state._tag === "Approved"))

const isApprovedWhereInvoiceIs = ({ invoices, state }: Order): boolean =>
  state._tag === "Approved" || invoices.every((invoice) => invoice.state._tag !== "Approved")

/** One event after another gives the order after, one revision on. */
export const replay = (
  order: Order,
  action: CommissionAction.CommissionAction,
  context: CommissionAction.Context
): boolean => {
  const plan = CommissionAction.plan(order, action, context)
  if (Result.isFailure(plan)) return true
  const { after, before, events } = plan.success
  const folded = events.reduce(CommissionOrder.evolve, before)
  const revision = before.revision + (events.length === 0 ? 0 : 1)
  return before === order && isSame({ ...folded, revision }, after)
}

/** Without events nothing is different, and with events something is. */
export const nothingIsNothing = (
  order: Order,
  action: CommissionAction.CommissionAction,
  context: CommissionAction.Context
): boolean => {
  const plan = CommissionAction.plan(order, action, context)
  if (Result.isFailure(plan)) return true
  const { after, before, events } = plan.success
  return events.length === 0 ? after === before : !isSame({ ...after, revision: 0 }, { ...before, revision: 0 })
}

/** Where requests fit their invoices, they do so after every action. */
export const transactionEqualsInvoice = (order: Order, steps: Steps): boolean =>
  !requestsFit(order) || ordersOf(order, steps).every(requestsFit)

/** What a wallet sees belongs to an approved invoice, and what is approved it sees. */
export const walletNeverSeesUnapproved = (order: Order, steps: Steps): boolean =>
  !hidesUnapproved(order) || ordersOf(order, steps).every(hidesUnapproved)

/** An order whose invoice is approved is approved itself. */
export const orderApprovedBeforeInvoice = (order: Order, steps: Steps): boolean =>
  !isApprovedWhereInvoiceIs(order) || ordersOf(order, steps).every(isApprovedWhereInvoiceIs)

/** Once an invoice is approved, no later action changes anything of it. */
export const approvedStays = (order: Order, steps: Steps): boolean => {
  const orders = ordersOf(order, steps)
  return orders
    .slice(1)
    .every((after, at) =>
      orders[at]!.invoices.every(
        (before, index) => before.state._tag !== "Approved" || isSame(after.invoices[index], before)
      )
    )
}
