import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Rate from "../money/Rate.ts"
import type * as ApprovalState from "./ApprovalState.ts"
import * as CommissionAction from "./CommissionAction.ts"
import * as CommissionInvoice from "./CommissionInvoice.ts"
import { type InvoiceDraft, orderOf } from "./CommissionOrder.arbitrary.ts"
import type * as CommissionOrder from "./CommissionOrder.ts"

interface Row {
  readonly state: string
  readonly event: string
  readonly guard: string
  readonly next: string
  readonly effects: string
}

const oracle = JSON.parse(
  readFileSync(new URL("../../oracles/approval-machine-invoice.json", import.meta.url), "utf8")
) as {
  readonly states: ReadonlyArray<string>
  readonly events: ReadonlyArray<string>
  readonly transitions: ReadonlyArray<Row>
}

const vnd = Result.getOrThrow(Currency.parse("VND"))
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const BEFORE = 1_700_000_000_000
const NOW = 1_800_000_000_000

const STATES: Readonly<Record<string, ApprovalState.ApprovalState>> = {
  PENDING: { _tag: "Pending" },
  APPROVED: { _tag: "Approved", approvedAt: BEFORE },
  REJECTED: { _tag: "Rejected" }
}

const COMMANDS: Readonly<Record<string, CommissionAction.NewStatus>> = {
  approve: "approve",
  reject: "reject",
  unreject: "unreject",
  cancel: "cancel"
}

const context: CommissionAction.Context = {
  at: NOW,
  mayApproveRevoked: false,
  settings: { levelDiscounts: new Map([["points", new Map([["gold", percent("25")]])]]), rounding: "halfExpand" }
}

interface Around {
  readonly order: string
  readonly request: Exclude<InvoiceDraft["request"], undefined>
}

const FINE: Around = { order: "APPROVED", request: "pending" }

/** What of order and request a guard speaks; where it does not, all that may be around such an invoice. */
const aroundsWhere = ({ guard, state }: Row): ReadonlyArray<Around> => {
  switch (guard) {
    case "order APPROVED and transaction_request exists and is pending and amounts are equal":
      return [FINE]
    case "order not APPROVED":
      return [
        { ...FINE, order: "PENDING" },
        { ...FINE, order: "REJECTED" }
      ]
    case "transaction_request missing or not pending":
      return [
        { ...FINE, request: "missing" },
        { ...FINE, request: "failed" },
        { ...FINE, request: "success" }
      ]
    case "":
      return state === "APPROVED" ? [FINE] : [FINE, { ...FINE, order: "PENDING" }]
    default:
      throw new Error(`a guard that is not known: ${guard}`)
  }
}

const orderWith = (state: string, { order, request }: Around): CommissionOrder.CommissionOrder =>
  orderOf({
    currency: vnd,
    state: STATES[order]!,
    items: [{ id: "a", base: 1_000n, rate: percent("10"), rateRevision: 1 }],
    invoices: [{ id: "1", state: STATES[state]!, items: [{ orderItemId: "a", base: 400n }], request }],
    walletKind: "cash",
    revision: 1
  })

const actionsOf = (event: string): ReadonlyArray<CommissionAction.CommissionAction> => {
  const newStatus = COMMANDS[event]
  if (newStatus !== undefined) return [{ _tag: "ChangeInvoiceStatus", invoiceId: "1", newStatus }]
  if (event === "change_wallet(order)") return [{ _tag: "ChangeWallet", walletKind: "points" }]
  if (event !== "change_percent") throw new Error(`an event that is not known: ${event}`)
  return [
    { _tag: "ChangePercent", target: { mode: "invoice", invoiceId: "1" }, percent: percent("25") },
    {
      _tag: "ChangePercent",
      target: { mode: "invoiceItem", invoiceId: "1", invoiceItemId: "1.1" },
      percent: percent("25")
    }
  ]
}

/** The events that are ours for the effects of a row. */
const tagsOf = ({ effects, event, state }: Row): ReadonlyArray<string> => {
  switch (effects.split(";")[0]) {
    case "in ONE transaction: is_approved, approved_at, commission_paid_date":
      expect(effects).toContain("transaction_request.status=success; commission_revoke_log")
      expect(effects).toContain("after commit (outbox): notification / ZNS")
      return ["InvoiceApproved", "CreditReleased", "ReleaseLogged", "NotificationQueued"]
    case "is_rejected":
      return ["InvoiceRejected", "OrderCommissionChanged"]
    case "amount recalculated with the current percent/wallet before it can be approved":
      return ["InvoiceUnrejected", "OrderCommissionChanged"]
    case "commission_amount, current_sale_percent, order temp_commission_amount, transaction_request.amount, transaction_request_user.amount, action log":
      return ["InvoiceRecalculated", "CreditRequestChanged", "OrderCommissionChanged"]
    case "recalculated":
      return [
        "WalletChanged",
        "OrderRatesChanged",
        "InvoiceRecalculated",
        "CreditRequestChanged",
        "OrderCommissionChanged"
      ]
    case "recalculated at unreject instead":
      return ["WalletChanged", "OrderRatesChanged"]
    default:
      expect([state, event, effects.startsWith("none")]).toStrictEqual([state, event, true])
      return []
  }
}

describe("oracle approval-machine-invoice", () => {
  it("has the states and events that we know", () => {
    expect(oracle.states).toStrictEqual(Object.keys(STATES))
    expect(oracle.events).toStrictEqual([...Object.keys(COMMANDS), "change_percent", "change_wallet(order)"])
    expect(oracle.transitions).toHaveLength(20)
  })

  it("has a row for every state and event, and so has our table", () => {
    const theirs = new Set(oracle.transitions.map(({ event, state }) => `${state} ${event}`))
    const every = oracle.states.flatMap((state) => oracle.events.map((event) => `${state} ${event}`))
    expect([...theirs].toSorted()).toStrictEqual(every.toSorted())
    const ours = CommissionInvoice.TRANSITIONS.map(({ command, state }) => {
      const event = Object.entries(COMMANDS).find(([, name]) => CommissionAction.STATUS_COMMANDS[name] === command)![0]
      return `${state.toUpperCase()} ${event}`
    })
    expect(ours.toSorted()).toStrictEqual([...theirs].filter((pair) => !pair.includes("change")).toSorted())
  })

  it.each(oracle.transitions)("$state, $event ($guard): $next", (row) => {
    for (const around of aroundsWhere(row)) {
      for (const action of actionsOf(row.event)) {
        const before = orderWith(row.state, around)
        const plan = CommissionAction.plan(before, action, context)
        if (row.next === "error") {
          expect(Result.isFailure(plan)).toBe(true)
          continue
        }
        const { after, events } = Result.getOrThrow(plan)
        expect(events.map(({ _tag }) => _tag)).toStrictEqual(tagsOf(row))
        const approved = { _tag: "Approved", approvedAt: NOW }
        const next = row.next === "APPROVED" ? approved : STATES[row.next]
        expect(after.invoices[0]!.state).toStrictEqual(row.next === "same" ? STATES[row.state] : next)
        expect(after.invoices[0]!.creditRequest!.status).toBe(
          after.invoices[0]!.state._tag === "Approved" ? "success" : "pending"
        )
        expect(after.invoices[0]!.creditRequest!.amount).toStrictEqual(after.invoices[0]!.commission)
      }
    }
  })

  it("recalculates at the unreject what a rejected invoice missed", () => {
    const actions: ReadonlyArray<CommissionAction.CommissionAction> = [
      { _tag: "ChangeWallet", walletKind: "points" },
      { _tag: "ChangeInvoiceStatus", invoiceId: "1", newStatus: "unreject" }
    ]
    const after = actions.reduce(
      (order, action) => Result.getOrThrow(CommissionAction.plan(order, action, context)).after,
      orderWith("REJECTED", FINE)
    )
    expect(after.invoices[0]!.commission.minor).toBe(100n)
    expect(after.invoices[0]!.creditRequest!.amount.minor).toBe(100n)
  })
})
