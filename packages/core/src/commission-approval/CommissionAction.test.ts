import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import { action, context, steps } from "./CommissionAction.arbitrary.ts"
import * as laws from "./CommissionAction.laws.ts"
import * as CommissionAction from "./CommissionAction.ts"
import { order, orderOf } from "./CommissionOrder.arbitrary.ts"
import type * as CommissionOrder from "./CommissionOrder.ts"
import * as Refusal from "./Refusal.ts"

const vnd = Result.getOrThrow(Currency.parse("VND"))
const dong = (minor: bigint) => Money.make(minor, vnd)
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const NOW = 1_800_000_000_000

const at = (now: number, mayApproveRevoked = false): CommissionAction.Context => ({
  at: now,
  mayApproveRevoked,
  settings: {
    levelDiscounts: new Map([
      ["cash", new Map([["gold", percent("10")]])],
      ["points", new Map([["gold", percent("25")]])]
    ]),
    rounding: "halfExpand"
  }
})

const used = (walletKind: string, levelDiscount: string | undefined) => ({
  walletKind,
  affiliateLevel: "gold",
  levelDiscount: levelDiscount === undefined ? undefined : percent(levelDiscount),
  rounding: "halfExpand"
})

/** 10 % of 1,000 and of 500, of which the first is rejected: 50. */
const given = (
  more: { readonly isRevoked?: boolean; readonly state?: CommissionOrder.CommissionOrder["state"] } = {}
) =>
  orderOf({
    currency: vnd,
    state: more.state ?? { _tag: "Approved", approvedAt: 1 },
    items: [{ id: "a", base: 1_500n, rate: percent("10") }],
    invoices: [
      { id: "1", state: { _tag: "Rejected" }, items: [{ orderItemId: "a", base: 1_000n }] },
      { id: "2", items: [{ orderItemId: "a", base: 500n }] }
    ],
    affiliate: { isRevoked: more.isRevoked ?? false },
    revision: 6
  })

const PENDING = { _tag: "Pending" } as const

const onOrder = (newStatus: CommissionAction.NewStatus) => ({ _tag: "ChangeOrderStatus", newStatus }) as const
const onInvoice = (invoiceId: string, newStatus: CommissionAction.NewStatus) =>
  ({ _tag: "ChangeInvoiceStatus", invoiceId, newStatus }) as const

describe("CommissionAction", () => {
  it("calls the commands by the names of the callers", () => {
    expect(CommissionAction.STATUS_COMMANDS).toStrictEqual({
      approve: "Approve",
      cancel: "CancelApproval",
      reject: "Reject",
      unreject: "Unreject"
    })
  })

  describe("plan", () => {
    const events = (
      self: CommissionOrder.CommissionOrder,
      one: CommissionAction.CommissionAction,
      of: CommissionAction.Context = at(NOW)
    ) => Result.map(CommissionAction.plan(self, one, of), (plan) => plan.events)

    it.each([
      ["approve", given({ state: PENDING }), [{ _tag: "OrderApproved", at: NOW }]],
      ["cancel", given(), [{ _tag: "OrderApprovalCancelled" }]],
      ["reject", given({ state: PENDING }), [{ _tag: "OrderRejected" }]],
      ["unreject", given({ state: { _tag: "Rejected" } }), [{ _tag: "OrderUnrejected" }]]
    ] as const)("%s an order", (newStatus, self, expected) => {
      expect(events(self, onOrder(newStatus))).toStrictEqual(Result.succeed(expected))
    })

    it("approve an invoice: the order's commission stays, the revision is one on", () => {
      const before = given()
      const plan = Result.getOrThrow(CommissionAction.plan(before, onInvoice("2", "approve"), at(NOW)))
      expect(plan).toStrictEqual({
        before,
        after: {
          ...before,
          invoices: [
            before.invoices[0],
            {
              ...before.invoices[1],
              state: { _tag: "Approved", approvedAt: NOW },
              creditRequest: { ...before.invoices[1]!.creditRequest, status: "success" }
            }
          ],
          revision: 7
        },
        events: [
          { _tag: "InvoiceApproved", invoiceId: "2", at: NOW },
          { _tag: "CreditReleased", invoiceId: "2", requestId: "R2", amount: dong(50n) },
          { _tag: "ReleaseLogged", invoiceId: "2", amount: dong(50n) },
          { _tag: "NotificationQueued", invoiceId: "2", affiliateId: "affiliate", amount: dong(50n) }
        ],
        settings: used("cash", "10")
      })
    })

    it("reject an invoice: the order's commission is less, its request stays as it is", () => {
      const plan = Result.getOrThrow(CommissionAction.plan(given(), onInvoice("2", "reject"), at(NOW)))
      expect(plan.events).toStrictEqual([
        { _tag: "InvoiceRejected", invoiceId: "2" },
        { _tag: "OrderCommissionChanged", commission: dong(0n) }
      ])
      expect(plan.after.invoices[1]!.creditRequest).toStrictEqual(given().invoices[1]!.creditRequest)
    })

    it("unreject an invoice: the order's commission is more again", () => {
      expect(events(given(), onInvoice("1", "unreject"))).toStrictEqual(
        Result.succeed([
          { _tag: "InvoiceUnrejected", invoiceId: "1" },
          { _tag: "OrderCommissionChanged", commission: dong(150n) }
        ])
      )
    })

    it("unreject an invoice after the order's percentage and wallet were changed: it has what was named last", () => {
      const sequence: ReadonlyArray<CommissionAction.CommissionAction> = [
        { _tag: "ChangePercent", target: { mode: "order" }, percent: percent("40") },
        { _tag: "ChangeWallet", walletKind: "points" },
        onInvoice("1", "unreject")
      ]
      const after = sequence.reduce(
        (self, one) => Result.getOrThrow(CommissionAction.plan(self, one, at(NOW))).after,
        given()
      )
      expect(after.invoices.map(({ commission, rate }) => [commission.minor, Rate.formatPercent(rate)])).toStrictEqual([
        [250n, "25"],
        [125n, "25"]
      ])
      expect(after.invoices[0]!.creditRequest?.amount).toStrictEqual(dong(250n))
      expect(after.invoices[0]!.settings).toStrictEqual(used("points", "25"))
      expect(after.commission).toStrictEqual(dong(375n))
      expect(after.revision).toBe(9)
    })

    it("change a percentage", () => {
      const one = {
        _tag: "ChangePercent",
        target: { mode: "invoice", invoiceId: "2" },
        percent: percent("20")
      } as const
      const plan = Result.getOrThrow(CommissionAction.plan(given(), one, at(NOW)))
      expect(plan.events.map(({ _tag }) => _tag)).toStrictEqual([
        "InvoiceRecalculated",
        "CreditRequestChanged",
        "OrderCommissionChanged"
      ])
      expect(plan.after.commission).toStrictEqual(dong(100n))
    })

    // The audit keeps what was used: for a wallet change, what counts for the new wallet.
    it.each([
      ["the order's wallet", onOrder("cancel"), used("cash", "10")],
      ["the new wallet", { _tag: "ChangeWallet", walletKind: "points" }, used("points", "25")]
    ] as const)("tells the settings of %s", (_, one, expected) => {
      expect(Result.getOrThrow(CommissionAction.plan(given(), one, at(NOW))).settings).toStrictEqual(expected)
    })

    it("does nothing where everything is so already", () => {
      const before = given()
      const plan = Result.getOrThrow(CommissionAction.plan(before, onOrder("approve"), at(NOW)))
      expect(plan).toStrictEqual({ before, after: before, events: [], settings: used("cash", "10") })
      // Not even a commission that is at odds is mended by an action that changes nothing.
      const wrong = { ...before, commission: dong(9n) }
      expect(events(wrong, onInvoice("1", "reject"))).toStrictEqual(Result.succeed([]))
    })

    it.each<readonly [string, CommissionOrder.CommissionOrder, CommissionAction.CommissionAction, Refusal.Refusal]>([
      [
        "an invoice that the order does not have",
        given(),
        onInvoice("9", "approve"),
        new Refusal.InvoiceUnknown({ invoiceId: "9" })
      ],
      ["an order", given(), onOrder("reject"), new Refusal.OrderAlreadyApproved({ orderId: "order", approvedAt: 1 })],
      ["an invoice", given(), onInvoice("1", "approve"), new Refusal.InvoiceRejected({ invoiceId: "1" })],
      [
        "an approval that invoices do not have",
        given(),
        onInvoice("2", "cancel"),
        new Refusal.CancelNotForInvoices({ invoiceId: "2" })
      ],
      [
        "an invoice of an order that is not approved",
        given({ state: PENDING }),
        onInvoice("2", "approve"),
        new Refusal.OrderNotApproved({ orderId: "order" })
      ],
      [
        "an invoice of a revoked affiliate",
        given({ isRevoked: true }),
        onInvoice("2", "approve"),
        new Refusal.AffiliateRevoked({ affiliateId: "affiliate" })
      ],
      [
        "a percentage",
        given(),
        { _tag: "ChangePercent", target: { mode: "invoice", invoiceId: "1" }, percent: percent("20") },
        new Refusal.InvoiceRejected({ invoiceId: "1" })
      ],
      [
        "a wallet",
        given(),
        { _tag: "ChangeWallet", walletKind: "voucher" },
        new Refusal.NoLevelDiscount({ walletKind: "voucher", affiliateLevel: "gold" })
      ]
    ])("is refused: %s", (_, self, one, refusal) => {
      expect(events(self, one)).toStrictEqual(Result.fail(refusal))
    })

    it.each([
      ["order", onOrder("approve"), given({ isRevoked: true, state: PENDING })],
      ["invoice", onInvoice("2", "approve"), given({ isRevoked: true })]
    ] as const)("lets whoever may approve an %s of a revoked affiliate", (_, one, self) => {
      expect(Result.isFailure(events(self, one))).toBe(true)
      expect(Result.isSuccess(events(self, one, at(NOW, true)))).toBe(true)
    })
  })

  describe("laws", () => {
    it("replay: applying the events of a plan to the order before gives the order after", () => {
      fc.assert(fc.property(order, action, context, laws.replay), { numRuns: 300 })
    })
    it("nothingIsNothing: a plan without events leaves the order as it is", () => {
      fc.assert(fc.property(order, action, context, laws.nothingIsNothing), { numRuns: 300 })
    })
    it("transactionEqualsInvoice: every invoice that is not rejected has the amount of its request", () => {
      fc.assert(fc.property(order, steps, laws.transactionEqualsInvoice), { numRuns: 300 })
    })
    it("walletNeverSeesUnapproved: only approved invoices have a request that has succeeded", () => {
      fc.assert(fc.property(order, steps, laws.walletNeverSeesUnapproved), { numRuns: 300 })
    })
    it("orderApprovedBeforeInvoice: an order with an approved invoice is approved", () => {
      fc.assert(fc.property(order, steps, laws.orderApprovedBeforeInvoice), { numRuns: 300 })
    })
    it("approvedStays: an approved invoice is what it was when it was approved", () => {
      fc.assert(fc.property(order, steps, laws.approvedStays), { numRuns: 300 })
    })
  })
})
