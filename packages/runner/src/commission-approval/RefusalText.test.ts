import { Currency, Money, Rate, Refusal } from "@reckoner/core"
import { CommissionUnknown } from "@reckoner/core/ports"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as RefusalText from "./RefusalText.ts"

const vnd = (minor: bigint) => Money.make(minor, Result.getOrThrow(Currency.parse("VND")))
const approvedAt = Date.UTC(2026, 2, 6, 3)

describe("RefusalText", () => {
  it.each([
    [new CommissionUnknown({ target: { type: "invoice", id: "9" } }), "There is no commission invoice 9."],
    [
      new Refusal.AffiliateRevoked({ affiliateId: "7" }),
      "Affiliate 7 is revoked: only somebody with the role approver-revoked may approve this."
    ],
    [new Refusal.OrderNotApproved({ orderId: "1" }), "Commission order 1 is not approved: approve it first."],
    [
      new Refusal.OrderNotRejected({ orderId: "1" }),
      "Commission order 1 is not rejected, so there is nothing to take back."
    ],
    [
      new Refusal.OrderAlreadyApproved({ orderId: "1", approvedAt }),
      "Commission order 1 was approved at 2026-03-06T03:00:00.000Z: cancel that first."
    ],
    [new Refusal.OrderRejected({ orderId: "1" }), "Commission order 1 is rejected: take the rejection back first."],
    [
      new Refusal.OrderHasApprovedInvoice({ orderId: "1", invoiceIds: ["2", "3"] }),
      "Commission order 1 has approved invoices (2, 3), and their approval cannot be undone."
    ],
    [
      new Refusal.InvoiceAlreadyApproved({ invoiceId: "2", approvedAt }),
      "Commission invoice 2 was approved at 2026-03-06T03:00:00.000Z, and that cannot be undone."
    ],
    [
      new Refusal.InvoiceRejected({ invoiceId: "2" }),
      "Commission invoice 2 is rejected: take the rejection back first."
    ],
    [
      new Refusal.InvoiceNotRejected({ invoiceId: "2" }),
      "Commission invoice 2 is not rejected, so there is nothing to take back."
    ],
    [
      new Refusal.CancelNotForInvoices({ invoiceId: "2" }),
      "The approval of commission invoice 2 cannot be cancelled: that exists for orders only."
    ],
    [
      new Refusal.TransactionRequestMissing({ invoiceId: "2" }),
      "No transaction request credits a wallet with commission invoice 2: whoever makes the orders must create it first."
    ],
    [
      new Refusal.TransactionRequestNotPending({ invoiceId: "2", requestId: "5", status: "failed" }),
      "Transaction request 5 of commission invoice 2 is failed, not pending."
    ],
    [
      new Refusal.TransactionAmountMismatch({
        invoiceId: "2",
        requestId: "5",
        invoiceAmount: vnd(100n),
        requestAmount: vnd(90n),
        sharesAmount: vnd(80n)
      }),
      "Commission invoice 2 is over 100 VND, its transaction request 5 over 90 VND, and the beneficiaries get 80 VND " +
        "together: name its percentage again to bring them in line."
    ],
    [
      new Refusal.PercentOutOfRange({ percent: Rate.fromPpm(1_000_001n) }),
      "100.0001 % is no commission percentage: it must be from 0 to 100."
    ],
    [new Refusal.InvoiceUnknown({ invoiceId: "2" }), "There is no commission invoice 2 in this order."],
    [new Refusal.ItemUnknown({ itemId: "4" }), "There is no item 4 there."],
    [
      new Refusal.NoLevelDiscount({ walletKind: "cash", affiliateLevel: "gold" }),
      'The commission settings have no level discount for wallet "cash" and level "gold".'
    ]
  ])("says in one sentence: $_tag", (refusal, sentence) => {
    expect(RefusalText.sentence(refusal)).toBe(sentence)
  })
})
