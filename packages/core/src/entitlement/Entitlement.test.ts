import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as BillingCycle from "../billing-cycle/BillingCycle.ts"
import * as BillOfMaterials from "../bill-of-materials/BillOfMaterials.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as Quantity from "../money/Quantity.ts"
import * as Entitlement from "./Entitlement.ts"
import * as laws from "./Entitlement.laws.ts"
import * as EntitlementWindow from "./EntitlementWindow.ts"
import { invoiceWithSubscriptions } from "./Invoice.arbitrary.ts"
import type * as Invoice from "./Invoice.ts"

const date = PlainDate.parseUnsafe
const units = (text: string) => Result.getOrThrow(Quantity.parse(text))

// 1, 2 simple; 10 = 2 × article 1 + 0.5 × article 2; 11 = nothing; 12 = 0 × article 1; 13 = an unknown one; 14 holds 10; 15 = 14 + itself.
const catalog = BillOfMaterials.catalog({
  articles: [1, 2, 10, 11, 12, 13, 14, 15].map((articleId) => ({ articleId, isPackage: articleId >= 10 })),
  bills: Object.entries({
    10: [
      [1, "2"],
      [2, "0.5"]
    ],
    11: [],
    12: [[1, "0"]],
    13: [[99, "1"]],
    14: [
      [10, "3"],
      [1, "1"]
    ],
    15: [
      [14, "1"],
      [15, "1"]
    ]
  } as Record<number, ReadonlyArray<readonly [number, string]>>).map(([articleId, lines], at) => ({
    billId: at,
    articleId: Number(articleId),
    lines: lines.map(([componentId, quantity]) => ({ componentId, quantity: units(quantity) }))
  }))
})

const subscription = (articleId: number, change: Partial<Invoice.Subscription> = {}): Invoice.Subscription => ({
  subscriptionId: 100 + articleId,
  memberId: 7,
  articleId,
  anchorDate: date("2026-01-31"),
  unit: "month",
  intervalCount: 1,
  ...change
})

const invoice = (
  lines: ReadonlyArray<readonly [articleId: number, quantity: Invoice.InvoiceLine["quantity"] | string]>,
  change: Partial<Invoice.Invoice> = {}
): Invoice.Invoice => ({
  invoiceId: 1,
  memberId: 7,
  invoiceDate: date("2026-03-05"),
  lines: lines.map(([articleId, quantity], at) => ({
    lineId: at + 1,
    articleId,
    quantity: typeof quantity === "string" ? units(quantity) : quantity
  })),
  ...change
})

const decide = (
  of: Invoice.Invoice,
  subscriptions: ReadonlyArray<Invoice.Subscription>,
  depth?: BillOfMaterials.Depth
) => Entitlement.fromInvoice({ invoice: of, subscriptions, catalog, ...(depth === undefined ? {} : { depth }) })

const items = (decision: Entitlement.Decision) =>
  decision._tag === "Granted"
    ? decision.entitlements.map((one) => [
        one.articleId,
        one.start,
        one.endExclusive,
        one.items.map((item) => `${item.articleId}×${Entitlement.grantedQuantity(item)}`).join(" ")
      ])
    : decision

const WINDOW = ["2026-02-28", "2026-03-31"] as const

describe("Entitlement", () => {
  describe("fromInvoice, granted", () => {
    it("gives the whole entitlement", () => {
      expect(decide(invoice([[10, "2"]]), [subscription(10)])).toStrictEqual({
        _tag: "Granted",
        entitlements: [
          {
            invoiceId: 1,
            memberId: 7,
            articleId: 10,
            subscriptionId: 110,
            start: "2026-02-28",
            endExclusive: "2026-03-31",
            basis: {
              _tag: "Anniversary",
              cycle: { anchorDate: "2026-01-31", unit: "month", intervalCount: 1 },
              index: 1
            },
            items: [
              { articleId: 1, quantity: units("4"), path: [10, 1] },
              { articleId: 2, quantity: units("1"), path: [10, 2] }
            ]
          }
        ],
        findings: []
      })
    })

    it.each<[string, Invoice.Invoice, ReadonlyArray<Invoice.Subscription>, ReadonlyArray<unknown>]>([
      ["a simple article is itself", invoice([[1, "2.5"]]), [subscription(1)], [[1, ...WINDOW, "1×2.500"]]],
      [
        "two lines of one article: one entitlement, summed",
        invoice([
          [10, "1"],
          [10, "2"]
        ]),
        [subscription(10)],
        [[10, ...WINDOW, "1×6.000 2×1.500"]]
      ],
      [
        "two articles: two entitlements, each with its window",
        invoice([
          [1, "1"],
          [2, "1"]
        ]),
        [subscription(1), subscription(2, { unit: "day", intervalCount: 10 })],
        [
          [1, ...WINDOW, "1×1.000"],
          [2, "2026-03-02", "2026-03-12", "2×1.000"]
        ]
      ],
      [
        "the same component from two articles stays apart",
        invoice([
          [1, "1"],
          [10, "1"]
        ]),
        [subscription(1), subscription(10)],
        [
          [1, ...WINDOW, "1×1.000"],
          [10, ...WINDOW, "1×2.000 2×0.500"]
        ]
      ],
      [
        "rounded once, at the end: 0.0005 three times is 0.002, not 0.003",
        invoice([
          [10, "0.001"],
          [10, "0.001"],
          [10, "0.001"]
        ]),
        [subscription(10)],
        [[10, ...WINDOW, "1×0.006 2×0.002"]]
      ],
      [
        "a positive quantity that rounds to nothing is granted",
        invoice([[1, "1/9999"]]),
        [subscription(1)],
        [[1, ...WINDOW, "1×0.000"]]
      ],
      [
        "the largest quantity that can be stored",
        invoice([[1, "99999999999.999"]]),
        [subscription(1)],
        [[1, ...WINDOW, "1×99999999999.999"]]
      ]
    ])("%s", (_, of, subscriptions, expected) => {
      expect(items(decide(of, subscriptions))).toStrictEqual(expected)
    })

    it("opens packages in packages only when asked", () => {
      expect(items(decide(invoice([[14, "1"]]), [subscription(14)]))).toStrictEqual([
        [14, ...WINDOW, "10×3.000 1×1.000"]
      ])
      expect(items(decide(invoice([[14, "1"]]), [subscription(14)], "all"))).toStrictEqual([
        [14, ...WINDOW, "1×7.000 2×1.500"]
      ])
    })

    it("grants what has a subscription and reports the line that has none", () => {
      const decision = decide(
        invoice([
          [1, "1"],
          [2, "1"],
          [2, "0"]
        ]),
        [subscription(1), subscription(2, { memberId: 8 })]
      )
      expect(items(decision)).toStrictEqual([[1, ...WINDOW, "1×1.000"]])
      expect(decision.findings).toStrictEqual([
        { _tag: "LineWithoutSubscription", lineId: 2, articleId: 2 },
        { _tag: "LineWithoutSubscription", lineId: 3, articleId: 2 }
      ])
    })

    it.each<[string, ReadonlyArray<Invoice.Subscription>, ReadonlyArray<Entitlement.Finding>]>([
      [
        "an invoice before the anchor",
        [subscription(1, { anchorDate: date("2026-03-06") })],
        [{ _tag: "InvoiceBeforeAnchor", lineId: 1, articleId: 1, subscriptionId: 101, anchorDate: date("2026-03-06") }]
      ],
      [
        "a lower-case unit",
        [subscription(1, { unit: { unreadable: "d" } })],
        [{ _tag: "RhythmUndefined", lineId: 1, articleId: 1, subscriptionId: 101, field: "unit", found: "d" }]
      ],
      [
        "several subscriptions",
        [
          subscription(1, { subscriptionId: 9 }),
          subscription(1, { subscriptionId: 8, anchorDate: date("2026-02-01") })
        ],
        [{ _tag: "SeveralSubscriptions", lineId: 1, articleId: 1, chosenId: 8, subscriptionIds: [8, 9] }]
      ]
    ])("reports %s", (_, subscriptions, findings) => {
      const decision = decide(invoice([[1, "1"]]), subscriptions)
      expect([decision._tag, decision.findings]).toStrictEqual(["Granted", findings])
    })

    it("reports components that stay packages, and only at depth single", () => {
      const nested = { _tag: "NestedPackageKept", lineId: 1, articleId: 15, componentIds: [14, 15] }
      expect(decide(invoice([[15, "1"]]), [subscription(15)]).findings).toStrictEqual([nested])
      expect(decide(invoice([[14, "1"]]), [subscription(14)], "all").findings).toStrictEqual([])
    })
  })

  describe("fromInvoice, nothing to grant", () => {
    it("an invoice without a member", () => {
      expect(decide(invoice([[1, "0"]], { memberId: undefined }), [])).toStrictEqual({
        _tag: "NothingToGrant",
        findings: [{ _tag: "MemberMissing" }]
      })
    })
    it("no line has a subscription, bad as the lines may be", () => {
      expect(decide(invoice([[99, undefined]], { invoiceDate: undefined }), [])).toStrictEqual({
        _tag: "NothingToGrant",
        findings: [{ _tag: "LineWithoutSubscription", lineId: 1, articleId: 99 }]
      })
    })
    it("no lines", () => {
      expect(decide(invoice([]), [subscription(1)])).toStrictEqual({ _tag: "NothingToGrant", findings: [] })
    })
  })

  describe("fromInvoice, held", () => {
    const { EmptyPackage, PackageCycle, QuantityNotPositive, UnknownArticle } = BillOfMaterials
    it.each<[string, Invoice.Invoice, Partial<Invoice.Subscription>, Entitlement.HoldCause]>([
      [
        "a quantity of zero",
        invoice([[1, "0"]]),
        {},
        new QuantityNotPositive({ articleId: 1, quantity: units("0"), path: [1] })
      ],
      [
        "a negative quantity",
        invoice([[10, "-1"]]),
        {},
        new QuantityNotPositive({ articleId: 10, quantity: units("-1"), path: [10] })
      ],
      [
        "a quantity that is missing",
        invoice([[1, undefined]]),
        {},
        new Entitlement.QuantityMissing({ articleId: 1, found: undefined })
      ],
      [
        "a quantity that is not a number",
        invoice([[1, { unreadable: "NaN" }]]),
        {},
        new Entitlement.QuantityMissing({ articleId: 1, found: "NaN" })
      ],
      ["an empty package", invoice([[11, "1"]]), {}, new EmptyPackage({ articleId: 11, path: [11] })],
      [
        "a component quantity of zero",
        invoice([[12, "1"]]),
        {},
        new QuantityNotPositive({ articleId: 1, quantity: units("0"), path: [12, 1] })
      ],
      ["an unknown component", invoice([[13, "1"]]), {}, new UnknownArticle({ articleId: 99, path: [13, 99] })],
      ["an unknown article", invoice([[99, "1"]]), {}, new UnknownArticle({ articleId: 99, path: [99] })],
      [
        "a quantity too large to store",
        invoice([[1, "100000000000"]]),
        {},
        new Entitlement.QuantityTooLarge({ articleId: 1, quantity: units("100000000000") })
      ],
      [
        "a total that rounds up to too large",
        invoice([[1, "99999999999.9995"]]),
        {},
        new Entitlement.QuantityTooLarge({ articleId: 1, quantity: units("99999999999.9995") })
      ],
      [
        "an invoice date outside the calendar",
        invoice([[1, "1"]], { invoiceDate: { unreadable: "infinity" } }),
        {},
        new Entitlement.InvoiceDateUnreadable({ found: "infinity" })
      ],
      [
        "an invoice date that is missing",
        invoice([[1, "1"]], { invoiceDate: undefined }),
        {},
        new Entitlement.InvoiceDateUnreadable({ found: undefined })
      ],
      [
        "an anchor outside the calendar",
        invoice([[1, "1"]]),
        { anchorDate: { unreadable: "0044-03-15 BC" } },
        new EntitlementWindow.AnchorDateUnreadable({ found: "0044-03-15 BC" })
      ],
      [
        "an interval beyond counting",
        invoice([[1, "1"]]),
        { intervalCount: 1.5 },
        new BillingCycle.IntervalCountOutOfRange({ intervalCount: 1.5 })
      ],
      [
        "a window that leaves the calendar",
        invoice([[1, "1"]], { invoiceDate: date("5874897-12-31") }),
        {},
        new EntitlementWindow.WindowLeavesCalendar({ start: date("5874897-12-31") })
      ]
    ])("%s", (_, of, change, cause) => {
      const articleId = of.lines[0]!.articleId as number
      expect(decide(of, [subscription(articleId, change)])).toStrictEqual({
        _tag: "Held",
        reasons: [{ lineId: 1, cause }],
        findings: []
      })
    })

    it("holds the whole invoice for one bad line, and names every reason in order", () => {
      const decision = decide(
        invoice([
          [1, "1"],
          [11, "1"],
          [1, "0"],
          [2, "5"]
        ]),
        [subscription(1), subscription(11, { intervalCount: 1.5 })]
      )
      expect(decision).toStrictEqual({
        _tag: "Held",
        reasons: [
          { lineId: 3, cause: new QuantityNotPositive({ articleId: 1, quantity: units("0"), path: [1] }) },
          { lineId: 2, cause: new EmptyPackage({ articleId: 11, path: [11] }) },
          { lineId: 2, cause: new BillingCycle.IntervalCountOutOfRange({ intervalCount: 1.5 }) }
        ],
        findings: [{ _tag: "LineWithoutSubscription", lineId: 4, articleId: 2 }]
      })
    })

    it("a bad line without a subscription holds nothing", () => {
      expect(
        items(
          decide(
            invoice([
              [1, "1"],
              [11, "-1"]
            ]),
            [subscription(1)]
          )
        )
      ).toStrictEqual([[1, ...WINDOW, "1×1.000"]])
    })

    it("a package that contains itself is held when all levels are opened", () => {
      expect(decide(invoice([[15, "1"]]), [subscription(15)], "all")).toStrictEqual({
        _tag: "Held",
        reasons: [{ lineId: 1, cause: new PackageCycle({ path: [15, 15] }) }],
        findings: []
      })
    })
  })

  describe("subscriptionAt", () => {
    const since = (subscriptionId: number, anchorDate: Invoice.Subscription["anchorDate"]) =>
      subscription(1, { subscriptionId, anchorDate })
    const cases: ReadonlyArray<readonly [string, ReadonlyArray<Invoice.Subscription>, number | undefined]> = [
      ["none", [], undefined],
      [
        "the latest anchor on or before the date",
        [since(1, date("2026-01-01")), since(2, date("2026-03-05")), since(3, date("2026-02-01"))],
        2
      ],
      ["not a later one", [since(1, date("2026-01-01")), since(2, date("2026-03-06"))], 1],
      [
        "if none is on or before, the earliest",
        [since(1, date("2026-05-01")), since(2, date("2026-04-01")), since(3, date("2026-06-01"))],
        2
      ],
      [
        "ties by the highest id",
        [since(4, date("2026-01-01")), since(9, date("2026-01-01")), since(5, date("2026-01-01"))],
        9
      ],
      [
        "ties after the date by the highest id",
        [since(4, date("2026-05-01")), since(9, date("2026-05-01")), since(5, date("2026-05-01"))],
        9
      ],
      [
        "any anchor before none",
        [since(9, undefined), since(1, date("2026-05-01")), since(8, { unreadable: "infinity" })],
        1
      ],
      [
        "without any anchor the highest id",
        [since(3, undefined), since(8, { unreadable: "infinity" }), since(5, undefined)],
        8
      ]
    ]
    it.each(cases)("%s", (_, candidates, expected) => {
      expect(Entitlement.subscriptionAt(candidates, date("2026-03-05"))?.subscriptionId).toBe(expected)
      expect(Entitlement.subscriptionAt([...candidates].reverse(), date("2026-03-05"))?.subscriptionId).toBe(expected)
    })
  })

  it("decides about an invoice of ten thousand lines", () => {
    const lines = Array.from({ length: 10_000 }, (_, at) => [at % 2 === 0 ? 10 : 1, "1"] as const)
    expect(items(decide(invoice(lines), [subscription(10), subscription(1)]))).toStrictEqual([
      [10, ...WINDOW, "1×10000.000 2×2500.000"],
      [1, ...WINDOW, "1×5000.000"]
    ])
  })

  describe("laws", () => {
    it("heldOrGrantedNeverBoth: an answer is one of the three", () => {
      fc.assert(fc.property(invoiceWithSubscriptions, laws.heldOrGrantedNeverBoth), { numRuns: 500 })
    })
    it("secondRunChangesNothing: running again adds nothing", () => {
      fc.assert(fc.property(fc.array(invoiceWithSubscriptions, { maxLength: 8 }), laws.secondRunChangesNothing))
    })
    it("oneEntitlementPerArticle: an article is granted once", () => {
      fc.assert(fc.property(invoiceWithSubscriptions, laws.oneEntitlementPerArticle), { numRuns: 500 })
    })
    it("lineOrderIrrelevant: the lines in another order grant the same", () => {
      fc.assert(fc.property(invoiceWithSubscriptions, laws.lineOrderIrrelevant), { numRuns: 500 })
    })
  })
})
