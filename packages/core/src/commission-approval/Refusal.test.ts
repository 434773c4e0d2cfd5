import { describe, expect, it } from "vitest"
import * as Refusal from "./Refusal.ts"

describe("Refusal", () => {
  // Callers, the log of actions and clients tell refusals apart by these names.
  it("names each refusal as its class", () => {
    const names = [
      "AffiliateRevoked",
      "CancelNotForInvoices",
      "InvoiceAlreadyApproved",
      "InvoiceNotRejected",
      "InvoiceRejected",
      "InvoiceUnknown",
      "ItemUnknown",
      "NoLevelDiscount",
      "OrderAlreadyApproved",
      "OrderHasApprovedInvoice",
      "OrderNotApproved",
      "OrderNotRejected",
      "OrderRejected",
      "PercentOutOfRange",
      "TransactionAmountMismatch",
      "TransactionRequestMissing",
      "TransactionRequestNotPending"
    ]
    expect(Object.keys(Refusal).toSorted()).toStrictEqual(names)
    const tags = Object.values(Refusal).map((Class) => new (Class as new (fields: object) => Refusal.Refusal)({})._tag)
    expect(tags.toSorted()).toStrictEqual(names)
  })

  it("carries the facts", () => {
    const refusal = new Refusal.OrderAlreadyApproved({ orderId: "7", approvedAt: 5 })
    expect([refusal.orderId, refusal.approvedAt]).toStrictEqual(["7", 5])
  })
})
