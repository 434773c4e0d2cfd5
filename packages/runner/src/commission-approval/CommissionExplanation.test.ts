import { ApprovalState, type CommissionInvoice, Money } from "@reckoner/core"
import { commissionAmount, commissionRate, commissionSample } from "@reckoner/core/testing/contracts"
import { describe, expect, it } from "vitest"
import * as CommissionExplanation from "./CommissionExplanation.ts"

const item = (base: string, percent: string, commission: string): CommissionInvoice.InvoiceItem => ({
  id: "9",
  orderItemId: "1",
  base: commissionAmount(base),
  rate: commissionRate(percent),
  rateRevision: 0,
  commission: commissionAmount(commission)
})

describe("CommissionExplanation", () => {
  describe("itemLine", () => {
    it.each([
      [item("100000", "10", "10000"), "item 9: 10000 VND is 10 % of 100000 VND"],
      [item("99999", "12.5", "12500"), "item 9: 12500 VND is 12.5 % of 99999 VND, rounded, a half away from zero"],
      [item("100000", "10", "9999"), "item 9: 9999 VND as it came; 10 % of 100000 VND would be 10000 VND"],
      [item("0", "10", "0"), "item 9: 0 VND is 10 % of 0 VND"]
    ])("tells where an amount comes from (%#)", (one, line) => {
      expect(CommissionExplanation.itemLine(one, "halfExpand")).toBe(line)
    })

    it("names the rounding that was used", () => {
      expect(CommissionExplanation.itemLine(item("99999", "12.5", "12499"), "trunc")).toMatch(/, rounded, down$/)
      expect(CommissionExplanation.itemLine(item("99999", "12.5", "12499"), "floor")).toMatch(/, rounded, floor$/)
    })
  })

  describe("orderLines", () => {
    it("adds up approved and pending invoices, and leaves rejected ones out", () => {
      const { order } = commissionSample("5", { invoices: 3, approved: [1], rejected: [3] })
      const [total, booked, waiting] = [order, ...order.invoices].map(({ commission }) => Money.format(commission))
      expect(CommissionExplanation.orderLines(order).slice(0, 2)).toStrictEqual([
        `commission ${total} VND: ${booked} VND of approved invoices as booked, and ${waiting} VND of those that wait`,
        "affiliate 7, level gold; wallet cash; approved at 2026-03-01T00:00:00.000Z"
      ])
    })

    it("says what an order without invoices brings, and that an affiliate is revoked", () => {
      const { order } = commissionSample("5", { invoices: 0, state: ApprovalState.PENDING })
      const revoked = { ...order, affiliate: { ...order.affiliate, isRevoked: true } }
      expect(CommissionExplanation.orderLines(revoked).slice(0, 2)).toStrictEqual([
        `commission ${Money.format(order.commission)} VND: the commission of its items, for it has no invoices yet`,
        "affiliate 7, level gold, revoked; wallet cash; pending"
      ])
    })
  })

  it("tells of an invoice without a request, and of the settings that were used", () => {
    const { order } = commissionSample("5", { withoutRequest: [1] })
    const settings = {
      walletKind: "cash",
      affiliateLevel: "gold",
      levelDiscount: commissionRate("10"),
      rounding: "halfExpand"
    } as const
    const [invoice] = order.invoices
    expect(CommissionExplanation.invoiceLines({ ...invoice!, settings }).slice(-2)).toStrictEqual([
      "  settings used: wallet cash, level gold, level discount 10 %",
      "  no transaction request: approval would be refused"
    ])
    const unset = { ...settings, levelDiscount: undefined }
    expect(CommissionExplanation.invoiceLines({ ...invoice!, settings: unset }).at(-2)).toBe(
      "  settings used: wallet cash, level gold"
    )
  })
})
