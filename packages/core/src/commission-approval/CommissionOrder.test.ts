import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import type * as Rounding from "../money/Rounding.ts"
import type * as ApprovalState from "./ApprovalState.ts"
import { command, type InvoiceDraft, order, orderOf } from "./CommissionOrder.arbitrary.ts"
import * as laws from "./CommissionOrder.laws.ts"
import * as CommissionOrder from "./CommissionOrder.ts"
import * as Refusal from "./Refusal.ts"

const vnd = Result.getOrThrow(Currency.parse("VND"))
const dong = (minor: bigint) => Money.make(minor, vnd)
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const BEFORE = 1_700_000_000_000
const NOW = 1_800_000_000_000

const settings = {
  walletKind: "cash",
  affiliateLevel: "gold",
  levelDiscount: percent("10"),
  rounding: "halfExpand"
} as const

const STATES: Readonly<Record<ApprovalState.StateName, ApprovalState.ApprovalState>> = {
  Pending: { _tag: "Pending" },
  Approved: { _tag: "Approved", approvedAt: BEFORE },
  Rejected: { _tag: "Rejected" }
}

const COMMANDS: Readonly<Record<CommissionOrder.Command["_tag"], CommissionOrder.Command>> = {
  Approve: { _tag: "Approve", at: NOW, mayApproveRevoked: false },
  CancelApproval: { _tag: "CancelApproval" },
  Reject: { _tag: "Reject" },
  Unreject: { _tag: "Unreject" }
}

const invoice = (id: string, state: ApprovalState.StateName, base: bigint): InvoiceDraft => ({
  id,
  state: STATES[state],
  items: [{ orderItemId: "a", base }]
})

const orderIn = (
  state: ApprovalState.StateName,
  more: { readonly isRevoked?: boolean; readonly invoices?: ReadonlyArray<InvoiceDraft> } = {}
): CommissionOrder.CommissionOrder =>
  orderOf({
    currency: vnd,
    state: STATES[state],
    items: [{ id: "a", base: 1_000n, rate: percent("10") }],
    invoices: more.invoices ?? [invoice("1", "Pending", 400n)],
    affiliate: { isRevoked: more.isRevoked ?? false }
  })

const WITH_APPROVED = [
  invoice("1", "Pending", 100n),
  invoice("2", "Approved", 100n),
  invoice("3", "Rejected", 100n),
  invoice("4", "Approved", 100n)
]

/** The state an order has after a command, or why it was refused. */
const outcome = (self: CommissionOrder.CommissionOrder, command: CommissionOrder.Command) =>
  Result.match(CommissionOrder.decide(self, command), {
    onFailure: (refusal) => refusal,
    onSuccess: (events) => events.reduce(CommissionOrder.evolve, self).state
  })

const notApproved = new Refusal.OrderNotApproved({ orderId: "order" })
const notRejected = new Refusal.OrderNotRejected({ orderId: "order" })
const alreadyApproved = new Refusal.OrderAlreadyApproved({ orderId: "order", approvedAt: BEFORE })
const rejected = new Refusal.OrderRejected({ orderId: "order" })
const revoked = new Refusal.AffiliateRevoked({ affiliateId: "affiliate" })
const hasApproved = new Refusal.OrderHasApprovedInvoice({ orderId: "order", invoiceIds: ["2", "4"] })

// The first table of the rule book, row by row.
const TABLE: ReadonlyArray<
  readonly [ApprovalState.StateName, CommissionOrder.Command["_tag"], ApprovalState.ApprovalState | Refusal.Refusal]
> = [
  ["Pending", "Approve", { _tag: "Approved", approvedAt: NOW }],
  ["Pending", "CancelApproval", notApproved],
  ["Pending", "Reject", { _tag: "Rejected" }],
  ["Pending", "Unreject", notRejected],
  ["Approved", "Approve", { _tag: "Approved", approvedAt: BEFORE }],
  ["Approved", "CancelApproval", { _tag: "Pending" }],
  ["Approved", "Reject", alreadyApproved],
  ["Approved", "Unreject", alreadyApproved],
  ["Rejected", "Approve", rejected],
  ["Rejected", "CancelApproval", notApproved],
  ["Rejected", "Reject", { _tag: "Rejected" }],
  ["Rejected", "Unreject", { _tag: "Pending" }]
]

describe("CommissionOrder", () => {
  describe("decide", () => {
    it("has a row for every state with every command, here and in its table", () => {
      const pairs = Object.keys(STATES).flatMap((state) => Object.keys(COMMANDS).map((name) => `${state} ${name}`))
      expect(TABLE.map(([state, name]) => `${state} ${name}`)).toStrictEqual(pairs)
      expect(CommissionOrder.TRANSITIONS.map((row) => `${row.state} ${row.command}`)).toStrictEqual(pairs)
    })

    it.each(TABLE)("%s, %s", (state, name, expected) => {
      expect(outcome(orderIn(state), COMMANDS[name])).toStrictEqual(expected)
    })

    it.each([
      ["Pending", "Approve", [{ _tag: "OrderApproved", at: NOW }]],
      ["Pending", "Reject", [{ _tag: "OrderRejected" }]],
      ["Approved", "Approve", []],
      ["Approved", "CancelApproval", [{ _tag: "OrderApprovalCancelled" }]],
      ["Rejected", "Reject", []],
      ["Rejected", "Unreject", [{ _tag: "OrderUnrejected" }]]
    ] as const)("%s, %s: gives its events", (state, name, events) => {
      expect(CommissionOrder.decide(orderIn(state), COMMANDS[name])).toStrictEqual(Result.succeed(events))
    })

    it.each([
      ["no invoices", [], { _tag: "Pending" }],
      ["pending and rejected invoices", [WITH_APPROVED[0]!, WITH_APPROVED[2]!], { _tag: "Pending" }],
      ["approved invoices among others", WITH_APPROVED, hasApproved]
    ] as const)("cancelling the approval of an order with %s", (_, invoices, expected) => {
      expect(outcome(orderIn("Approved", { invoices }), COMMANDS.CancelApproval)).toStrictEqual(expected)
    })

    it("lets approved invoices stand in the way of cancelling only", () => {
      const self = orderIn("Approved", { invoices: WITH_APPROVED })
      expect(outcome(self, COMMANDS.Approve)).toStrictEqual(STATES.Approved)
      expect(outcome(self, COMMANDS.Reject)).toStrictEqual(alreadyApproved)
    })

    const may: CommissionOrder.Command = { _tag: "Approve", at: NOW, mayApproveRevoked: true }

    // A revoked affiliate stands in the way of approving what waits, and of nothing else.
    it.each([
      ["approving what waits", "Pending", COMMANDS.Approve, revoked],
      ["approving what waits, with the right to", "Pending", may, { _tag: "Approved", approvedAt: NOW }],
      ["approving what is approved", "Approved", COMMANDS.Approve, STATES.Approved],
      ["approving what is rejected", "Rejected", COMMANDS.Approve, rejected],
      ["rejecting", "Pending", COMMANDS.Reject, STATES.Rejected],
      ["taking a rejection back", "Rejected", COMMANDS.Unreject, STATES.Pending],
      ["cancelling", "Approved", COMMANDS.CancelApproval, STATES.Pending]
    ] as const)("a revoked affiliate: %s", (_, state, given, expected) => {
      expect(outcome(orderIn(state, { isRevoked: true }), given)).toStrictEqual(expected)
    })

    it("asks whether the affiliate is revoked only where it is", () => {
      expect(outcome(orderIn("Pending"), may)).toStrictEqual({ _tag: "Approved", approvedAt: NOW })
    })
  })

  describe("evolve", () => {
    const self = orderOf({
      currency: vnd,
      items: [
        { id: "a", base: 1_000n, rate: percent("10") },
        { id: "b", base: 500n, rate: percent("20"), rateRevision: 2 }
      ],
      invoices: [invoice("1", "Pending", 400n), invoice("2", "Pending", 300n)]
    })

    it("gives rates to the items that are named, and to no other", () => {
      const items = [{ id: "b", rate: percent("5"), rateRevision: 7 }]
      expect(CommissionOrder.evolve(self, { _tag: "OrderRatesChanged", items })).toStrictEqual({
        ...self,
        items: [self.items[0], { id: "b", base: dong(500n), rate: percent("5"), rateRevision: 7 }]
      })
    })

    it("changes the wallet, and keeps the settings that it was changed by", () => {
      const changed = CommissionOrder.evolve(self, { _tag: "WalletChanged", walletKind: "points", settings })
      expect(changed).toStrictEqual({ ...self, walletKind: "points", settings })
    })

    it("changes the commission", () => {
      const changed = CommissionOrder.evolve(self, { _tag: "OrderCommissionChanged", commission: dong(9n) })
      expect(changed).toStrictEqual({ ...self, commission: dong(9n) })
    })

    it("hands an invoice's event to that invoice", () => {
      const changed = CommissionOrder.evolve(self, { _tag: "InvoiceRejected", invoiceId: "2" })
      expect(changed).toStrictEqual({
        ...self,
        invoices: [self.invoices[0], { ...self.invoices[1], state: { _tag: "Rejected" } }]
      })
    })
  })

  describe("apply", () => {
    const self = orderIn("Pending")

    it("is one revision on after an action, however many events it has", () => {
      const events = [{ _tag: "OrderRejected" }, { _tag: "OrderUnrejected" }] as const
      expect(CommissionOrder.apply(self, events)).toStrictEqual({ ...self, revision: self.revision + 1 })
    })

    it("gives the very order where there are no events", () => {
      expect(CommissionOrder.apply(self, [])).toBe(self)
    })
  })

  describe("commissionOf", () => {
    const items = [
      { id: "a", base: 1_005n, rate: percent("10") },
      { id: "b", base: 1_005n, rate: percent("50") }
    ]
    const of = (invoices: ReadonlyArray<InvoiceDraft>, rounding: Rounding.RoundingMode = "halfExpand") =>
      CommissionOrder.commissionOf(orderOf({ currency: vnd, items, invoices }), { ...settings, rounding })

    it.each([
      ["its items, each rounded by itself, while it has no invoices", [], dong(101n + 503n)],
      ["its approved and its pending invoices", WITH_APPROVED, dong(30n)],
      ["nothing where all invoices are rejected", [invoice("1", "Rejected", 400n)], dong(0n)]
    ])("is %s", (_, invoices, expected) => {
      expect(of(invoices)).toStrictEqual(expected)
    })

    it("rounds items by the mode of the settings", () => {
      expect(of([], "floor")).toStrictEqual(dong(100n + 502n))
    })
  })

  describe("approvedInvoiceIds", () => {
    it("names the approved invoices, and no others", () => {
      expect(CommissionOrder.approvedInvoiceIds(orderIn("Approved", { invoices: WITH_APPROVED }))).toStrictEqual([
        "2",
        "4"
      ])
    })
  })

  describe("laws", () => {
    it("replay: folding the events gives the state that the transition table names", () => {
      fc.assert(fc.property(order, command, laws.replay))
    })
    it("cancelUndoesApprove: cancelling an approval gives the order as it was", () => {
      fc.assert(fc.property(order, fc.nat(), laws.cancelUndoesApprove))
    })
    it("unrejectUndoesReject: taking back a rejection gives the order as it was", () => {
      fc.assert(fc.property(order, laws.unrejectUndoesReject))
    })
    it("orderCancelBlockedByApprovedInvoice: an order with an approved invoice keeps its approval", () => {
      fc.assert(fc.property(order, command, laws.orderCancelBlockedByApprovedInvoice))
    })
  })
})
