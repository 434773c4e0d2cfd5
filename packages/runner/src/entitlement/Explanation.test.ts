import { BillOfMaterials, Entitlement, type Invoice, PlainDate, Quantity } from "@reckoner/core"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Explanation from "./Explanation.ts"

const date = PlainDate.parseUnsafe
const units = (text: string) => Result.getOrThrow(Quantity.parse(text))
const names: Explanation.Names = { article: (articleId) => `the ${articleId}` }

const catalog = BillOfMaterials.catalog({
  articles: [
    { articleId: "visit", isPackage: false },
    { articleId: "towel", isPackage: false },
    { articleId: "spa", isPackage: true },
    { articleId: "gold", isPackage: true },
    { articleId: "empty", isPackage: true }
  ],
  bills: [
    { billId: 1, articleId: "spa", lines: [{ componentId: "towel", quantity: units("0.5") }] },
    {
      billId: 2,
      articleId: "gold",
      lines: [
        { componentId: "visit", quantity: units("4") },
        { componentId: "spa", quantity: units("1") }
      ]
    }
  ]
})

const decide = (
  articleId: string,
  rhythm: Partial<Invoice.Subscription>,
  options: { readonly quantity?: string; readonly depth?: BillOfMaterials.Depth; readonly subscribed?: boolean } = {}
): Entitlement.Decision => {
  const subscription: Invoice.Subscription = {
    subscriptionId: 7,
    memberId: 1,
    articleId,
    anchorDate: date("2026-01-31"),
    unit: "month",
    intervalCount: 1,
    ...rhythm
  }
  const lines = [{ lineId: 1, articleId, quantity: units(options.quantity ?? "2") }]
  return Entitlement.fromInvoice({
    invoice: { invoiceId: 9, memberId: 1, invoiceDate: date("2026-03-05"), lines },
    subscriptions: options.subscribed === false ? [] : [subscription],
    catalog,
    depth: options.depth ?? "single"
  })
}

const explained = (...args: Parameters<typeof decide>): string => {
  const decision = decide(...args)
  return decision._tag === "Granted"
    ? decision.entitlements.map((one) => Explanation.explain(one, names)).join("\n")
    : decision._tag
}

const asInvoiced = "the visit is no package: it is granted as invoiced."

describe("Explanation", () => {
  describe("explain", () => {
    it.each([
      [
        "a renewal on the day itself",
        { anchorDate: date("2026-01-12") },
        "The subscription renews every month on the 12th, counted from 2026-01-12; " +
          "the latest renewal on or before the invoice date is 2026-02-12."
      ],
      [
        "a month without that day",
        {},
        "The subscription renews every month on the 31st, counted from 2026-01-31; the latest renewal on or before " +
          "the invoice date is 2026-02-28, the last day of a month without a 31st."
      ],
      [
        "several months",
        { anchorDate: date("2025-11-22"), intervalCount: 3 },
        "The subscription renews every 3 months on the 22nd, counted from 2025-11-22; " +
          "the latest renewal on or before the invoice date is 2026-02-22."
      ],
      [
        "days",
        { anchorDate: date("2026-03-01"), unit: "day", intervalCount: 3 },
        "The subscription renews every 3 days, counted from 2026-03-01; " +
          "the latest renewal on or before the invoice date is 2026-03-04."
      ],
      [
        "an invoice before the anchor",
        { anchorDate: date("2026-03-06") },
        "The invoice is older than the subscription, which begins on 2026-03-06, so its first cycle is granted."
      ],
      [
        "no anchor",
        { anchorDate: undefined },
        "The subscription's rhythm is not defined (it has no first day), so one month from the invoice date is granted."
      ],
      [
        "no unit",
        { unit: undefined },
        "The subscription's rhythm is not defined (it has no unit of time), " +
          "so one month from the invoice date is granted."
      ],
      [
        "an unknown unit",
        { unit: { unreadable: "W" } },
        `The subscription's rhythm is not defined (its unit of time is "W", neither day nor month), ` +
          "so one month from the invoice date is granted."
      ],
      [
        "an interval of nothing",
        { intervalCount: 0 },
        "The subscription's rhythm is not defined (its interval is 0), so one month from the invoice date is granted."
      ]
    ] as const)("tells of %s", (_, rhythm, sentence) => {
      expect(explained("visit", rhythm)).toBe(`${sentence} ${asInvoiced}`)
    })

    it("lists what is in a package, with the quantity of all of them", () => {
      expect(explained("gold", {})).toContain(
        "the gold is a package: what was invoiced makes 8 × the visit and 2 × the spa."
      )
    })

    it("says through which package a component came", () => {
      expect(explained("gold", {}, { depth: "all" })).toContain("8 × the visit and 1 × the towel (through the spa).")
    })
  })

  describe("amount", () => {
    it.each([
      ["100", "100"],
      ["0.50", "0.5"],
      ["2/3", "0.667"],
      ["1/9999", "0"]
    ])("writes %s as %s", (text, amount) => {
      expect(Explanation.amount({ articleId: "visit", quantity: units(text), path: ["visit"] })).toBe(amount)
    })
  })

  describe("explainFinding", () => {
    const found = (...args: Parameters<typeof decide>) =>
      decide(...args).findings.map((one) => Explanation.explainFinding(one, names))

    it("tells of each kind", () => {
      expect(found("visit", {}, { subscribed: false })).toStrictEqual([
        "the visit: the member has no subscription for it, so the line grants nothing"
      ])
      expect(found("visit", { anchorDate: date("2026-04-01") })).toStrictEqual([
        "the visit: subscription 7 only begins on 2026-04-01; its first cycle was granted"
      ])
      expect(found("visit", { intervalCount: undefined })).toStrictEqual([
        "the visit: the rhythm of subscription 7 is not defined (it has no interval); one month was granted"
      ])
      expect(found("gold", {})).toStrictEqual([
        "the gold: its component the spa is a package itself and was granted unopened"
      ])
      expect(
        Explanation.explainFinding(
          {
            _tag: "SeveralSubscriptions",
            lineId: 1,
            articleId: "visit",
            chosenId: 2,
            subscriptionIds: [1, 2, 3]
          },
          names
        )
      ).toBe("the visit: the member has subscriptions 1, 2 and 3; 2 counts, the latest that had begun")
      expect(Explanation.explainFinding({ _tag: "MemberMissing" }, names)).toBe(
        "the invoice names no member, so it grants nothing"
      )
    })
  })

  describe("explainHold", () => {
    const held = (...args: Parameters<typeof decide>) => {
      const decision = decide(...args)
      return decision._tag === "Held" ? decision.reasons.map((one) => Explanation.explainHold(one, names)) : []
    }

    it("tells what is to be mended", () => {
      expect(held("empty", {})).toStrictEqual([
        "the empty is a package with nothing in it: give it a bill of materials"
      ])
      expect(held("visit", {}, { quantity: "-1" })).toStrictEqual([
        "the quantity of the visit is -1: it must be more than zero"
      ])
      expect(held("nowhere", {})).toStrictEqual(["article nowhere is not in the catalog"])
      expect(held("visit", {}, { quantity: "100000000000" })).toStrictEqual([
        "the quantity of the visit is too large to be stored: 100000000000"
      ])
      expect(held("visit", { anchorDate: { unreadable: "infinity" } })).toStrictEqual([
        "the first day of the subscription is infinity: it must be a date of the calendar"
      ])
    })
  })
})
