import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import type * as ApprovalState from "./ApprovalState.ts"
import { anyInvoiceInContext, invoiceInContext } from "./CommissionInvoice.arbitrary.ts"
import * as laws from "./CommissionInvoice.laws.ts"
import * as CommissionInvoice from "./CommissionInvoice.ts"
import { command, type InvoiceDraft, orderOf } from "./CommissionOrder.arbitrary.ts"
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

const COMMANDS: Readonly<Record<CommissionInvoice.Command["_tag"], CommissionInvoice.Command>> = {
  Approve: { _tag: "Approve", at: NOW, mayApproveRevoked: false },
  CancelApproval: { _tag: "CancelApproval" },
  Reject: { _tag: "Reject" },
  Unreject: { _tag: "Unreject" }
}

interface Given {
  readonly order?: ApprovalState.StateName
  readonly isRevoked?: boolean
  readonly invoice?: Partial<InvoiceDraft>
}

/** An invoice over 1,000 dong at 10 % and 500 at 20 %, with its order. */
const given = (
  state: ApprovalState.StateName,
  { invoice, isRevoked = false, order = "Approved" }: Given = {}
): readonly [CommissionInvoice.CommissionInvoice, CommissionInvoice.Context] => {
  const whole = orderOf({
    currency: vnd,
    state: STATES[order],
    items: [
      { id: "a", base: 1_000n, rate: percent("10"), rateRevision: 4 },
      { id: "b", base: 500n, rate: percent("20"), rateRevision: 4 }
    ],
    invoices: [
      {
        id: "1",
        state: STATES[state],
        items: [
          { orderItemId: "a", base: 1_000n },
          { orderItemId: "b", base: 500n }
        ],
        ...invoice
      }
    ],
    affiliate: { isRevoked },
    revision: 9
  })
  return [whole.invoices[0]!, { order: whole, settings }]
}

type InContext = ReturnType<typeof given>

const withRequest = (
  [invoice, context]: InContext,
  change: Partial<NonNullable<CommissionInvoice.CommissionInvoice["creditRequest"]>>
): InContext => [{ ...invoice, creditRequest: { ...invoice.creditRequest!, ...change } }, context]

/** The state an invoice has after a command, or why it was refused. */
const outcome = ([invoice, context]: InContext, given: CommissionInvoice.Command) =>
  Result.match(CommissionInvoice.decide(invoice, context, given), {
    onFailure: (refusal) => refusal,
    onSuccess: (events) => events.reduce(CommissionInvoice.evolve, invoice).state
  })

const alreadyApproved = new Refusal.InvoiceAlreadyApproved({ invoiceId: "1", approvedAt: BEFORE })
const rejected = new Refusal.InvoiceRejected({ invoiceId: "1" })
const notRejected = new Refusal.InvoiceNotRejected({ invoiceId: "1" })
const notForInvoices = new Refusal.CancelNotForInvoices({ invoiceId: "1" })
const revoked = new Refusal.AffiliateRevoked({ affiliateId: "affiliate" })
const orderNotApproved = new Refusal.OrderNotApproved({ orderId: "order" })
const missing = new Refusal.TransactionRequestMissing({ invoiceId: "1" })
const notPending = (status: "success" | "failed") =>
  new Refusal.TransactionRequestNotPending({ invoiceId: "1", requestId: "R1", status })
const mismatch = (invoiceAmount: bigint, requestAmount: bigint, sharesAmount: bigint) =>
  new Refusal.TransactionAmountMismatch({
    invoiceId: "1",
    requestId: "R1",
    invoiceAmount: dong(invoiceAmount),
    requestAmount: dong(requestAmount),
    sharesAmount: dong(sharesAmount)
  })

// The second table of the rule book, row by row.
const TABLE: ReadonlyArray<
  readonly [ApprovalState.StateName, CommissionInvoice.Command["_tag"], ApprovalState.ApprovalState | Refusal.Refusal]
> = [
  ["Pending", "Approve", { _tag: "Approved", approvedAt: NOW }],
  ["Pending", "CancelApproval", notForInvoices],
  ["Pending", "Reject", { _tag: "Rejected" }],
  ["Pending", "Unreject", notRejected],
  ["Approved", "Approve", { _tag: "Approved", approvedAt: BEFORE }],
  ["Approved", "CancelApproval", notForInvoices],
  ["Approved", "Reject", alreadyApproved],
  ["Approved", "Unreject", alreadyApproved],
  ["Rejected", "Approve", rejected],
  ["Rejected", "CancelApproval", notForInvoices],
  ["Rejected", "Reject", { _tag: "Rejected" }],
  ["Rejected", "Unreject", { _tag: "Pending" }]
]

describe("CommissionInvoice", () => {
  describe("decide", () => {
    it("has a row for every state with every command, here and in its table", () => {
      const pairs = Object.keys(STATES).flatMap((state) => Object.keys(COMMANDS).map((name) => `${state} ${name}`))
      expect(TABLE.map(([state, name]) => `${state} ${name}`)).toStrictEqual(pairs)
      expect(CommissionInvoice.TRANSITIONS.map((row) => `${row.state} ${row.command}`)).toStrictEqual(pairs)
    })

    it.each(TABLE)("%s, %s", (state, name, expected) => {
      expect(outcome(given(state), COMMANDS[name])).toStrictEqual(expected)
    })

    // Only an approval asks about the order; everything else is the same whatever becomes of the order.
    it.each(TABLE.filter(([state, name]) => !(state === "Pending" && name === "Approve")))(
      "%s, %s: the same in an order that is pending or rejected, and of a revoked affiliate",
      (state, name, expected) => {
        for (const order of ["Pending", "Rejected"] as const) {
          expect(outcome(given(state, { order, isRevoked: true }), COMMANDS[name])).toStrictEqual(expected)
        }
      }
    )

    it("approves: releases its request, over its amount, and says so", () => {
      const [invoice, context] = given("Pending")
      expect(CommissionInvoice.decide(invoice, context, COMMANDS.Approve)).toStrictEqual(
        Result.succeed([
          { _tag: "InvoiceApproved", invoiceId: "1", at: NOW },
          { _tag: "CreditReleased", invoiceId: "1", requestId: "R1", amount: dong(200n) },
          { _tag: "ReleaseLogged", invoiceId: "1", amount: dong(200n) },
          { _tag: "NotificationQueued", invoiceId: "1", affiliateId: "affiliate", amount: dong(200n) }
        ])
      )
    })

    it.each([
      ["Pending", "Reject", [{ _tag: "InvoiceRejected", invoiceId: "1" }]],
      ["Approved", "Approve", []],
      ["Rejected", "Reject", []],
      ["Rejected", "Unreject", [{ _tag: "InvoiceUnrejected", invoiceId: "1" }]]
    ] as const)("%s, %s: gives its events", (state, name, events) => {
      const [invoice, context] = given(state)
      expect(CommissionInvoice.decide(invoice, context, COMMANDS[name])).toStrictEqual(Result.succeed(events))
    })

    const may: CommissionInvoice.Command = { _tag: "Approve", at: NOW, mayApproveRevoked: true }
    const approved = { _tag: "Approved", approvedAt: NOW } as const

    // An approval, and everything that can be wrong with it. Where two things are wrong, the first in the list counts.
    it.each<readonly [string, InContext, CommissionInvoice.Command, unknown]>([
      ["the affiliate is revoked", given("Pending", { isRevoked: true }), COMMANDS.Approve, revoked],
      ["the affiliate is revoked, and the command may", given("Pending", { isRevoked: true }), may, approved],
      ["the affiliate is not revoked, and the command may", given("Pending"), may, approved],
      [
        "the affiliate is revoked, and the order is pending",
        given("Pending", { isRevoked: true, order: "Pending" }),
        COMMANDS.Approve,
        revoked
      ],
      ["the order is pending", given("Pending", { order: "Pending" }), COMMANDS.Approve, orderNotApproved],
      ["the order is rejected", given("Pending", { order: "Rejected" }), COMMANDS.Approve, orderNotApproved],
      [
        "the affiliate is revoked and the command may, but the order is pending",
        given("Pending", { isRevoked: true, order: "Pending" }),
        may,
        orderNotApproved
      ],
      [
        "the order is pending, and there is no request",
        given("Pending", { order: "Pending", invoice: { request: "missing" } }),
        COMMANDS.Approve,
        orderNotApproved
      ],
      ["there is no request", given("Pending", { invoice: { request: "missing" } }), COMMANDS.Approve, missing],
      [
        "the order is pending, and the request has failed",
        given("Pending", { order: "Pending", invoice: { request: "failed" } }),
        COMMANDS.Approve,
        orderNotApproved
      ],
      [
        "the request has failed",
        given("Pending", { invoice: { request: "failed" } }),
        COMMANDS.Approve,
        notPending("failed")
      ],
      [
        "the request was carried out",
        given("Pending", { invoice: { request: "success" } }),
        COMMANDS.Approve,
        notPending("success")
      ],
      [
        "the request has failed, and is over another amount",
        withRequest(given("Pending"), { status: "failed", amount: dong(1n) }),
        COMMANDS.Approve,
        notPending("failed")
      ],
      [
        "the request is over another amount",
        withRequest(given("Pending"), { amount: dong(199n) }),
        COMMANDS.Approve,
        mismatch(200n, 199n, 200n)
      ],
      [
        "the shares come to another amount",
        withRequest(given("Pending"), { shares: [{ userId: "user 1", weight: 1n, amount: dong(201n) }] }),
        COMMANDS.Approve,
        mismatch(200n, 200n, 201n)
      ],
      [
        "the request has no shares",
        withRequest(given("Pending"), { shares: [] }),
        COMMANDS.Approve,
        mismatch(200n, 200n, 0n)
      ],
      [
        "the request is over an amount in another currency",
        withRequest(given("Pending"), { amount: Money.make(200n, Result.getOrThrow(Currency.parse("USD"))) }),
        COMMANDS.Approve,
        new Refusal.TransactionAmountMismatch({
          invoiceId: "1",
          requestId: "R1",
          invoiceAmount: dong(200n),
          requestAmount: Money.make(200n, Result.getOrThrow(Currency.parse("USD"))),
          sharesAmount: Money.make(200n, Result.getOrThrow(Currency.parse("USD")))
        })
      ],
      [
        "nothing, with several beneficiaries",
        given("Pending", { invoice: { weights: [1n, 1n, 1n] } }),
        COMMANDS.Approve,
        approved
      ]
    ])("approving where %s", (_, one, asked, expected) => {
      expect(outcome(one, asked)).toStrictEqual(expected)
    })

    it("leaves everything as it was when it refuses an approval", () => {
      const [invoice, context] = given("Pending", { invoice: { request: "missing" } })
      const events = Result.getOrElse(CommissionInvoice.decide(invoice, context, COMMANDS.Approve), () => [])
      expect(events).toStrictEqual([])
    })
  })

  describe("taking a rejection back", () => {
    const item = (orderItemId: string, base: bigint, rate: string, rateRevision: number) => ({
      orderItemId,
      base,
      rate: percent(rate),
      rateRevision
    })

    /** What a rejected invoice is once the rejection is taken back. The order's items have 10 % and 20 %, revision 4. */
    const unrejected = (
      invoice: Partial<InvoiceDraft>,
      used: CommissionInvoice.Context["settings"] = settings
    ): CommissionInvoice.CommissionInvoice => {
      const [rejectedOne, { order }] = given("Rejected", { invoice })
      const events = CommissionInvoice.decide(rejectedOne, { order, settings: used }, COMMANDS.Unreject)
      return Result.getOrThrow(events).reduce(CommissionInvoice.evolve, rejectedOne)
    }

    // Columns: what is special, items as they were rejected, rates and amounts then, total, rate of the invoice.
    it.each([
      ["named for the order later", [item("a", 1_000n, "50", 3)], [["10", 100n]], 100n, "10"],
      ["named for the invoice later", [item("a", 1_000n, "50", 5)], [["50", 500n]], 500n, "50"],
      ["named for both by one action", [item("a", 1_000n, "50", 4)], [["50", 500n]], 500n, "50"],
      [
        "named for one item of two",
        [item("a", 1_000n, "50", 3), item("b", 500n, "50", 5)],
        [
          ["10", 100n],
          ["50", 250n]
        ],
        350n,
        "23.3333"
      ],
      [
        "which makes all rates the same",
        [item("a", 1_000n, "50", 3), item("b", 500n, "10", 5)],
        [
          ["10", 100n],
          ["10", 50n]
        ],
        150n,
        "10"
      ]
    ] as const)("takes the rate that was %s", (_, items, expected, total, rate) => {
      const invoice = unrejected({ items })
      expect(invoice.state).toStrictEqual({ _tag: "Pending" })
      expect(invoice.items.map((one) => [Rate.formatPercent(one.rate), one.commission.minor])).toStrictEqual(expected)
      expect(invoice.commission).toStrictEqual(dong(total))
      expect(Rate.formatPercent(invoice.rate)).toBe(rate)
      expect(invoice.creditRequest).toStrictEqual({
        id: "R1",
        status: "pending",
        amount: dong(total),
        shares: [{ userId: "user 1", weight: 1n, amount: dong(total) }]
      })
      const isChanged = invoice.items.some((one, at) => one.rate !== items[at]!.rate)
      expect(invoice.settings).toStrictEqual(isChanged ? settings : undefined)
    })

    it("rounds by the mode of the settings of today", () => {
      const items = [item("a", 1_005n, "50", 3)]
      expect(unrejected({ items }).commission).toStrictEqual(dong(101n))
      expect(unrejected({ items }, { ...settings, rounding: "floor" }).commission).toStrictEqual(dong(100n))
    })

    it("has no request to change where there is none", () => {
      expect(unrejected({ request: "missing", items: [item("a", 1_000n, "50", 3)] }).creditRequest).toBeUndefined()
    })
  })

  describe("rateNamedLast", () => {
    const [{ items }] = given("Pending")
    const own = { ...items[0]!, rate: percent("50"), rateRevision: 4 }
    const ofOrder = (rateRevision: number) => ({ id: "a", rate: percent("10"), rateRevision })

    it.each([
      ["the order's, named later", [ofOrder(5)], ofOrder(5)],
      ["its own, named with the order's", [ofOrder(4)], own],
      ["its own, named later", [ofOrder(3)], own],
      ["its own, where the order has no such item", [{ ...ofOrder(9), id: "z" }], own]
    ])("is %s", (_, orderItems, expected) => {
      expect(CommissionInvoice.rateNamedLast(own, orderItems)).toStrictEqual(expected)
    })
  })

  describe("recalculated", () => {
    const all =
      (rate: string, rateRevision = 8) =>
      () => ({ rate: percent(rate), rateRevision })

    it("gives every item the rate, each amount rounded by itself, and the total to the request and its shares", () => {
      const [invoice] = given("Pending", {
        invoice: {
          items: [
            { orderItemId: "a", base: 5n },
            { orderItemId: "b", base: 5n }
          ],
          weights: [1n, 1n]
        }
      })
      const events = CommissionInvoice.recalculated(invoice, all("50"), settings)
      expect(events).toStrictEqual([
        {
          _tag: "InvoiceRecalculated",
          invoiceId: "1",
          rate: percent("50"),
          commission: dong(6n), // 3 and 3; half of the sum would be 5
          items: invoice.items.map((item) => ({ ...item, rate: percent("50"), rateRevision: 8, commission: dong(3n) })),
          settings
        },
        { _tag: "CreditRequestChanged", invoiceId: "1", requestId: "R1", amount: dong(6n) }
      ])
      const after = events.reduce(CommissionInvoice.evolve, invoice)
      expect(after.creditRequest?.shares.map(({ amount }) => amount.minor)).toStrictEqual([3n, 3n])
      expect(after.settings).toStrictEqual(settings)
    })

    it("tells the rate of all items, not the effective one, where they have the same", () => {
      const [invoice] = given("Pending", { invoice: { items: [{ orderItemId: "a", base: 333n }] } })
      const [event] = CommissionInvoice.recalculated(invoice, all("15"), settings)
      // 15 % of 333 is 49.95, so 50, and that is 15.015 %.
      expect(event).toStrictEqual(expect.objectContaining({ rate: percent("15"), commission: dong(50n) }))
    })

    it("tells the effective rate where items differ", () => {
      const [invoice] = given("Pending")
      const rateOf = (item: CommissionInvoice.InvoiceItem) => (item.id === "1.1" ? all("30")() : item)
      const [event] = CommissionInvoice.recalculated(invoice, rateOf, settings)
      expect(event).toStrictEqual(expect.objectContaining({ rate: percent("26.6667"), commission: dong(400n) }))
    })

    it("leaves what is so already, and does not mind who named it when", () => {
      const [invoice] = given("Pending", { invoice: { items: [{ orderItemId: "a", base: 333n }] } })
      expect(CommissionInvoice.recalculated(invoice, all("10", 99), settings)).toStrictEqual([])
    })

    it("keeps a new rate also where it gives the same amount", () => {
      const [invoice] = given("Pending", { invoice: { items: [{ orderItemId: "a", base: 0n }] } })
      const events = CommissionInvoice.recalculated(invoice, all("30"), settings)
      expect(events.map(({ _tag }) => _tag)).toStrictEqual(["InvoiceRecalculated"])
    })

    it("keeps a new rate of one item also where nothing else of the invoice changes", () => {
      const [invoice] = given("Pending", {
        invoice: {
          items: [
            { orderItemId: "a", base: 0n },
            { orderItemId: "b", base: 500n }
          ]
        }
      })
      const rateOf = (item: CommissionInvoice.InvoiceItem) => (item.id === "1.1" ? all("30")() : item)
      const events = CommissionInvoice.recalculated(invoice, rateOf, settings)
      const after = events.reduce(CommissionInvoice.evolve, invoice)
      expect(after.items.map(({ rate }) => Rate.formatPercent(rate))).toStrictEqual(["30", "20"])
      expect([after.rate, after.commission]).toStrictEqual([invoice.rate, invoice.commission])
    })

    it("mends a rate of the invoice that is not that of its items", () => {
      const [invoice] = given("Pending")
      const wrong = { ...invoice, rate: percent("1") }
      const events = CommissionInvoice.recalculated(wrong, (item) => item, settings)
      expect(events.map(({ _tag }) => _tag)).toStrictEqual(["InvoiceRecalculated"])
      expect(events.reduce(CommissionInvoice.evolve, wrong)).toStrictEqual({ ...invoice, settings })
    })

    it("mends a request that is over another amount, or whose shares are", () => {
      const [invoice, context] = given("Pending")
      const changed = [{ _tag: "CreditRequestChanged", invoiceId: "1", requestId: "R1", amount: dong(200n) }]
      const same = (item: CommissionInvoice.InvoiceItem) => item
      const [wrongAmount] = withRequest([invoice, context], { amount: dong(1n) })
      expect(CommissionInvoice.recalculated(wrongAmount, same, settings)).toStrictEqual(changed)
      const [wrongShare] = withRequest([invoice, context], {
        shares: [{ userId: "user 1", weight: 1n, amount: dong(1n) }]
      })
      expect(CommissionInvoice.recalculated(wrongShare, same, settings)).toStrictEqual(changed)
    })

    // Columns: the request, the events of a change.
    it.each([
      ["pending", ["InvoiceRecalculated", "CreditRequestChanged"]],
      ["failed", ["InvoiceRecalculated", "CreditRequestChanged"]],
      ["success", ["InvoiceRecalculated"]],
      ["missing", ["InvoiceRecalculated"]]
    ] as const)("with a request that is %s", (request, expected) => {
      const [invoice] = given("Pending", { invoice: { request } })
      const events = CommissionInvoice.recalculated(invoice, all("30"), settings)
      expect(events.map(({ _tag }) => _tag)).toStrictEqual(expected)
    })
  })

  describe("evolve", () => {
    const [invoice] = given("Pending")
    const [without] = given("Pending", { invoice: { request: "missing" } })

    it.each<readonly [string, CommissionInvoice.Event]>([
      ["an event of another invoice", { _tag: "InvoiceRejected", invoiceId: "2" }],
      ["what is for others to carry out", { _tag: "ReleaseLogged", invoiceId: "1", amount: dong(9n) }],
      ["a notification", { _tag: "NotificationQueued", invoiceId: "1", affiliateId: "affiliate", amount: dong(9n) }]
    ])("is left as it is by %s", (_, event) => {
      expect(CommissionInvoice.evolve(invoice, event)).toStrictEqual(invoice)
    })

    it.each<readonly [string, CommissionInvoice.Event]>([
      ["a change of it", { _tag: "CreditRequestChanged", invoiceId: "1", requestId: "R1", amount: dong(9n) }],
      ["its release", { _tag: "CreditReleased", invoiceId: "1", requestId: "R1", amount: dong(9n) }]
    ])("has no request that %s could reach, and stays as it is", (_, event) => {
      expect(CommissionInvoice.evolve(without, event)).toStrictEqual(without)
    })

    it("has its request carried out by the release", () => {
      const event = { _tag: "CreditReleased", invoiceId: "1", requestId: "R1", amount: dong(200n) } as const
      expect(CommissionInvoice.evolve(invoice, event)).toStrictEqual({
        ...invoice,
        creditRequest: { ...invoice.creditRequest, status: "success" }
      })
    })
  })

  describe("laws", () => {
    it("replay: folding the events gives the state that the transition table names", () => {
      fc.assert(fc.property(anyInvoiceInContext, command, ([one, of], asked) => laws.replay(one, of, asked)))
    })
    it("approvedInvoiceIsFinal: no command changes an approved invoice", () => {
      const property = fc.property(anyInvoiceInContext, command, ([one, of], asked) =>
        laws.approvedInvoiceIsFinal(one, of, asked)
      )
      fc.assert(property)
    })
    it("unrejectUndoesReject: taking back a rejection gives the invoice as it was", () => {
      fc.assert(fc.property(invoiceInContext, ([one, of]) => laws.unrejectUndoesReject(one, of)))
    })
    it("approvalReleasesExactly: an approval releases the request of this invoice over the invoice's amount", () => {
      const property = fc.property(anyInvoiceInContext, command, ([one, of], asked) =>
        laws.approvalReleasesExactly(one, of, asked)
      )
      fc.assert(property, { numRuns: 500 })
    })
    it("orderApprovedBeforeInvoice: no invoice of an order that is not approved is approved", () => {
      const property = fc.property(anyInvoiceInContext, command, ([one, of], asked) =>
        laws.orderApprovedBeforeInvoice(one, of, asked)
      )
      fc.assert(property, { numRuns: 500 })
    })
  })
})
