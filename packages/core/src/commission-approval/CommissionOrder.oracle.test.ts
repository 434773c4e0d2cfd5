import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Rate from "../money/Rate.ts"
import type * as ApprovalState from "./ApprovalState.ts"
import * as CommissionAction from "./CommissionAction.ts"
import { type InvoiceDraft, orderOf } from "./CommissionOrder.arbitrary.ts"
import * as CommissionOrder from "./CommissionOrder.ts"

interface Row {
  readonly state: string
  readonly event: string
  readonly guard: string
  readonly next: string
  readonly effects: string
}

const oracle = JSON.parse(
  readFileSync(new URL("../../oracles/approval-machine-order.json", import.meta.url), "utf8")
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
  cancel: "cancel",
  reject: "reject",
  unreject: "unreject"
}

const context: CommissionAction.Context = {
  at: NOW,
  mayApproveRevoked: false,
  settings: { levelDiscounts: new Map([["points", new Map([["gold", percent("25")]])]]), rounding: "halfExpand" }
}

const invoice = (id: string, state: string): InvoiceDraft => ({
  id,
  state: STATES[state]!,
  items: [{ orderItemId: "a", base: 400n }]
})

const UNAPPROVED = [invoice("1", "PENDING"), invoice("2", "REJECTED")]
const WITH_APPROVED = [...UNAPPROVED, invoice("3", "APPROVED")]

/** The invoices of which a guard speaks; where it does not, all that the state allows. */
const invoicesWhere = ({ guard, state }: Row): ReadonlyArray<ReadonlyArray<InvoiceDraft>> => {
  switch (guard) {
    case "some invoice APPROVED":
    case "some invoice_affiliate is APPROVED":
      return [WITH_APPROVED]
    case "no invoice APPROVED":
    case "no invoice_affiliate of the order is APPROVED":
      return [UNAPPROVED]
    case "":
    case "percent within 0..100":
      return state === "APPROVED" ? [UNAPPROVED, WITH_APPROVED] : [UNAPPROVED]
    default:
      throw new Error(`a guard that is not known: ${guard}`)
  }
}

const actionsOf = (event: string): ReadonlyArray<CommissionAction.CommissionAction> => {
  const newStatus = COMMANDS[event]
  if (newStatus !== undefined) return [{ _tag: "ChangeOrderStatus", newStatus }]
  if (event === "change_wallet") return [{ _tag: "ChangeWallet", walletKind: "points" }]
  if (event !== "change_percent") throw new Error(`an event that is not known: ${event}`)
  return ["0", "12.5", "100"].map((text) => ({
    _tag: "ChangePercent",
    target: { mode: "order" },
    percent: percent(text)
  }))
}

/** What the effects say, in the words of the source, and the events that are ours. */
const EFFECTS: ReadonlyArray<readonly [RegExp, CommissionOrder.Event["_tag"]]> = [
  [/is_approved=true; approved_at=now/, "OrderApproved"],
  [/is_approved=false; approved_at=NULL/, "OrderApprovalCancelled"],
  [/is_rejected=true;/, "OrderRejected"],
  [/is_rejected=false;/, "OrderUnrejected"],
  [/order\.wallet_receive_commission; wallet_type/, "WalletChanged"],
  [/temp_commission_amount/, "OrderCommissionChanged"],
  [/PENDING invoice/, "InvoiceRecalculated"],
  [/transaction_request\.amount|transaction_request\(\.user\)\.amount|transaction requests/, "CreditRequestChanged"]
]

const tagsOf = (row: Row): ReadonlyArray<string> => {
  if (row.effects.startsWith("none")) return []
  const { effects } =
    row.effects === "as PENDING"
      ? oracle.transitions.find(
          ({ event, next, state }) => event === row.event && next === row.next && state === "PENDING"
        )!
      : row
  const tags = EFFECTS.filter(([words]) => words.test(effects)).map(([, tag]) => tag)
  // The rates of the order's items are ours: the source keeps none.
  return row.event.startsWith("change") ? [...tags, "OrderRatesChanged"] : tags
}

describe("oracle approval-machine-order", () => {
  it("has the states and events that we know", () => {
    expect(oracle.states).toStrictEqual(Object.keys(STATES))
    expect(oracle.events).toStrictEqual([...Object.keys(COMMANDS), "change_percent", "change_wallet"])
    expect(oracle.transitions).toHaveLength(21)
  })

  it("has a row for every state and event, and so has our table", () => {
    const theirs = new Set(oracle.transitions.map(({ event, state }) => `${state} ${event}`))
    const every = oracle.states.flatMap((state) => oracle.events.map((event) => `${state} ${event}`))
    expect([...theirs].toSorted()).toStrictEqual(every.toSorted())
    const ours = CommissionOrder.TRANSITIONS.map(({ command, state }) => {
      const event = Object.entries(COMMANDS).find(([, name]) => CommissionAction.STATUS_COMMANDS[name] === command)![0]
      return `${state.toUpperCase()} ${event}`
    })
    expect(ours.toSorted()).toStrictEqual([...theirs].filter((pair) => !pair.includes("change")).toSorted())
  })

  it.each(oracle.transitions)("$state, $event ($guard): $next", (row) => {
    for (const invoices of invoicesWhere(row)) {
      for (const action of actionsOf(row.event)) {
        const before = orderOf({
          currency: vnd,
          state: STATES[row.state]!,
          items: [{ id: "a", base: 1_000n, rate: percent("10") }],
          invoices,
          walletKind: "cash"
        })
        const plan = CommissionAction.plan(before, action, context)
        if (row.next === "error") {
          expect(Result.isFailure(plan)).toBe(true)
          continue
        }
        const { after, events } = Result.getOrThrow(plan)
        expect([...new Set(events.map(({ _tag }) => _tag))].toSorted()).toStrictEqual(tagsOf(row).toSorted())
        const approved = { _tag: "Approved", approvedAt: NOW }
        const next = row.next === "APPROVED" ? approved : STATES[row.next]
        expect(after.state).toStrictEqual(row.next === "same" ? before.state : next)
        const counted = after.invoices.filter(({ state }) => state._tag !== "Rejected")
        expect(after.commission.minor).toBe(counted.reduce((sum, { commission }) => sum + commission.minor, 0n))
        for (const [at, one] of before.invoices.entries()) {
          if (one.state._tag !== "Pending") expect(after.invoices[at]).toStrictEqual(one)
          expect(after.invoices[at]!.creditRequest!.amount).toStrictEqual(after.invoices[at]!.commission)
        }
      }
    }
  })

  it("refuses what the guard of a change of the percentage keeps out", () => {
    const guarded = oracle.transitions.filter(({ guard }) => guard === "percent within 0..100")
    expect(guarded.map(({ state }) => state)).toStrictEqual(["PENDING", "APPROVED"])
    for (const row of guarded) {
      const before = orderOf({
        currency: vnd,
        state: STATES[row.state]!,
        items: [{ id: "a", base: 1_000n, rate: percent("10") }]
      })
      for (const ppm of [-1n, 1_000_001n]) {
        const action = { _tag: "ChangePercent", target: { mode: "order" }, percent: Rate.fromPpm(ppm) } as const
        expect(Result.isFailure(CommissionAction.plan(before, action, context))).toBe(true)
      }
    }
  })
})
