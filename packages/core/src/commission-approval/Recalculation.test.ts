import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import type * as Rounding from "../money/Rounding.ts"
import type * as ApprovalState from "./ApprovalState.ts"
import { rate } from "./Commission.arbitrary.ts"
import { type InvoiceDraft, order, type OrderDraft, orderOf } from "./CommissionOrder.arbitrary.ts"
import type * as CommissionOrder from "./CommissionOrder.ts"
import { settings as anySettings, settingsOfAnyRounding } from "./CommissionSettings.arbitrary.ts"
import type * as CommissionSettings from "./CommissionSettings.ts"
import { change, target } from "./Recalculation.arbitrary.ts"
import * as laws from "./Recalculation.laws.ts"
import * as Recalculation from "./Recalculation.ts"
import * as Refusal from "./Refusal.ts"

const vnd = Result.getOrThrow(Currency.parse("VND"))
const dong = (minor: bigint) => Money.make(minor, vnd)
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const PENDING: ApprovalState.ApprovalState = { _tag: "Pending" }
const APPROVED: ApprovalState.ApprovalState = { _tag: "Approved", approvedAt: 5 }
const REJECTED: ApprovalState.ApprovalState = { _tag: "Rejected" }

const settingsWith = (rounding: Rounding.RoundingMode = "halfExpand"): CommissionSettings.CommissionSettings => ({
  levelDiscounts: new Map([
    ["cash", new Map([["gold", percent("10")]])],
    ["points", new Map([["gold", percent("25")]])]
  ]),
  rounding
})

const settings = settingsWith()

const used = (walletKind: string, levelDiscount: string, rounding: Rounding.RoundingMode = "halfExpand") => ({
  walletKind,
  affiliateLevel: "gold",
  levelDiscount: percent(levelDiscount),
  rounding
})

/** Both items of the order, at their own rates: 10 % of 1,000 and 20 % of 500, which is 200. */
const invoice = (id: string, state: ApprovalState.ApprovalState = PENDING, more: Partial<InvoiceDraft> = {}) => ({
  id,
  state,
  items: [
    { orderItemId: "a", base: 1_000n },
    { orderItemId: "b", base: 500n }
  ],
  ...more
})

const orderWith = (
  invoices: ReadonlyArray<InvoiceDraft>,
  more: Partial<OrderDraft> = {}
): CommissionOrder.CommissionOrder =>
  orderOf({
    currency: vnd,
    items: [
      { id: "a", base: 2_000n, rate: percent("10") },
      { id: "b", base: 1_000n, rate: percent("20") }
    ],
    invoices,
    revision: 3,
    ...more
  })

/** A pending invoice, an approved one, a rejected one and a second pending one, which bills only the second item. */
const mixed = (more: Partial<OrderDraft> = {}) =>
  orderWith(
    [
      invoice("1"),
      invoice("2", APPROVED),
      invoice("3", REJECTED),
      { id: "4", items: [{ orderItemId: "b", base: 300n }], weights: [1n, 1n] }
    ],
    { state: APPROVED, ...more }
  )

const changed = (
  self: CommissionOrder.CommissionOrder,
  of: Recalculation.PercentTarget,
  text: string
): Result.Result<Recalculation.Recalculation, Refusal.Refusal> =>
  Recalculation.changePercent(self, { ...of, percent: percent(text) }, settings)

/** What of an order is money: its commission, each invoice's with its rate, and its request's with the shares. */
const amounts = ({ commission, invoices }: CommissionOrder.CommissionOrder) => ({
  order: commission.minor,
  invoices: Object.fromEntries(
    invoices.map((one) => [
      one.id,
      [one.commission.minor, Rate.formatPercent(one.rate), one.creditRequest?.amount.minor]
    ])
  )
})

const tags = (result: Result.Result<Recalculation.Recalculation, Refusal.Refusal>) =>
  Result.getOrThrow(result).audit.map(({ _tag }) => _tag)

describe("Recalculation", () => {
  it("names the four modes", () => {
    expect(Recalculation.MODES).toStrictEqual(["order", "invoice", "orderItem", "invoiceItem"])
  })

  describe("changePercent", () => {
    it("starts from these amounts", () => {
      expect(amounts(mixed())).toStrictEqual({
        order: 460n,
        invoices: {
          "1": [200n, "13.3333", 200n],
          "2": [200n, "13.3333", 200n],
          "3": [200n, "13.3333", 200n],
          "4": [60n, "20", 60n]
        }
      })
    })

    // What is approved and what is rejected keeps its amounts in each mode; the order's are the sum of the rest.
    it.each<
      readonly [
        string,
        Recalculation.PercentTarget,
        string,
        bigint,
        readonly [bigint, string],
        readonly [bigint, string]
      ]
    >([
      ["the order", { mode: "order" }, "30", 740n, [450n, "30"], [90n, "30"]],
      ["the order, 0 %", { mode: "order" }, "0", 200n, [0n, "0"], [0n, "0"]],
      ["the order, 100 %", { mode: "order" }, "100", 2_000n, [1_500n, "100"], [300n, "100"]],
      ["the order, four decimals", { mode: "order" }, "33.3333", 800n, [500n, "33.3333"], [100n, "33.3333"]],
      ["an item of the order", { mode: "orderItem", orderItemId: "b" }, "30", 540n, [250n, "16.6667"], [90n, "30"]],
      [
        "an item that only one bills",
        { mode: "orderItem", orderItemId: "a" },
        "30",
        660n,
        [400n, "26.6667"],
        [60n, "20"]
      ],
      [
        "an item, which makes all rates of an invoice the same",
        { mode: "orderItem", orderItemId: "b" },
        "10",
        380n,
        [150n, "10"],
        [30n, "10"]
      ],
      ["an invoice", { mode: "invoice", invoiceId: "1" }, "30", 710n, [450n, "30"], [60n, "20"]],
      [
        "an item of an invoice",
        { mode: "invoiceItem", invoiceId: "1", invoiceItemId: "1.2" },
        "30",
        510n,
        [250n, "16.6667"],
        [60n, "20"]
      ]
    ])("%s", (_, of, text, total, first, fourth) => {
      const { order: after } = Result.getOrThrow(changed(mixed(), of, text))
      expect(amounts(after)).toStrictEqual({
        order: total,
        invoices: {
          "1": [...first, first[0]],
          "2": [200n, "13.3333", 200n],
          "3": [200n, "13.3333", 200n],
          "4": [...fourth, fourth[0]]
        }
      })
    })

    it("tells the invoices and requests that it changed, and every event", () => {
      const before = mixed()
      const result = Result.getOrThrow(changed(before, { mode: "invoice", invoiceId: "4" }, "25"))
      const item = { ...before.invoices[3]!.items[0]!, rate: percent("25"), rateRevision: 4, commission: dong(75n) }
      const request = {
        id: "R4",
        status: "pending",
        amount: dong(75n),
        shares: [
          { userId: "user 1", weight: 1n, amount: dong(38n) }, // the rest goes to the first
          { userId: "user 2", weight: 1n, amount: dong(37n) }
        ]
      }
      const after = {
        id: "4",
        state: PENDING,
        items: [item],
        commission: dong(75n),
        rate: percent("25"),
        creditRequest: request,
        settings: used("cash", "10")
      }
      expect(result).toStrictEqual({
        order: {
          ...before,
          invoices: [...before.invoices.slice(0, 3), after],
          commission: dong(475n),
          revision: 4
        },
        invoices: [after],
        transactionRequests: [request],
        audit: [
          {
            _tag: "InvoiceRecalculated",
            invoiceId: "4",
            rate: percent("25"),
            commission: dong(75n),
            items: [item],
            settings: used("cash", "10")
          },
          { _tag: "CreditRequestChanged", invoiceId: "4", requestId: "R4", amount: dong(75n) },
          { _tag: "OrderCommissionChanged", commission: dong(475n) }
        ]
      })
    })

    it("names the rate for the items of the order, at the revision that it leads to", () => {
      const { audit, order: after } = Result.getOrThrow(changed(mixed(), { mode: "orderItem", orderItemId: "b" }, "30"))
      expect(audit[0]).toStrictEqual({
        _tag: "OrderRatesChanged",
        items: [{ id: "b", rate: percent("30"), rateRevision: 4 }]
      })
      expect(after.items.map((one) => [Rate.formatPercent(one.rate), one.rateRevision])).toStrictEqual([
        ["10", 0],
        ["30", 4]
      ])
      expect(after.revision).toBe(4)
    })

    it("does not change the rates of the order for one invoice", () => {
      const before = mixed()
      for (const of of [
        { mode: "invoice", invoiceId: "1" },
        { mode: "invoiceItem", invoiceId: "1", invoiceItemId: "1.1" }
      ] as const) {
        expect(Result.getOrThrow(changed(before, of, "30")).order.items).toStrictEqual(before.items)
      }
    })

    it("changes the commission of an order without invoices by its items", () => {
      const before = orderWith([])
      expect(before.commission).toStrictEqual(dong(400n))
      const { audit, order: after } = Result.getOrThrow(changed(before, { mode: "order" }, "30"))
      expect(after.commission).toStrictEqual(dong(900n))
      expect(audit.map(({ _tag }) => _tag)).toStrictEqual(["OrderRatesChanged", "OrderCommissionChanged"])
    })

    it("rounds by the mode of the settings, and keeps it", () => {
      const before = orderWith([{ id: "1", items: [{ orderItemId: "a", base: 1_005n }] }])
      const given = { mode: "order", percent: percent("50") } as const
      const result = Result.getOrThrow(Recalculation.changePercent(before, given, settingsWith("floor")))
      expect(result.order.invoices[0]!.commission).toStrictEqual(dong(502n))
      expect(result.order.invoices[0]!.settings).toStrictEqual(used("cash", "10", "floor"))
    })

    it("tells no request where a new rate gives the same amount", () => {
      const before = orderWith([{ id: "1", items: [{ orderItemId: "a", base: 0n }] }])
      const result = Result.getOrThrow(changed(before, { mode: "invoice", invoiceId: "1" }, "30"))
      expect(result.invoices.map(({ id }) => id)).toStrictEqual(["1"])
      expect(result.transactionRequests).toStrictEqual([])
      expect(result.audit.map(({ _tag }) => _tag)).toStrictEqual(["InvoiceRecalculated"])
    })

    it("needs no level discount of the wallet", () => {
      const result = changed(mixed({ walletKind: "voucher" }), { mode: "order" }, "30")
      expect(Result.getOrThrow(result).order.invoices[0]!.settings?.levelDiscount).toBeUndefined()
    })

    it("gives no events where everything is so already", () => {
      const before = orderWith([invoice("1", PENDING, { items: [{ orderItemId: "a", base: 100n }] })])
      const result = Result.getOrThrow(changed(before, { mode: "orderItem", orderItemId: "a" }, "10"))
      expect(result).toStrictEqual({ order: before, invoices: [], transactionRequests: [], audit: [] })
      expect(result.order).toBe(before)
    })

    it("changes a request that has failed, none that is missing, and no other state", () => {
      const before = orderWith([
        invoice("1", PENDING, { request: "failed" }),
        invoice("2", PENDING, { request: "missing" })
      ])
      const result = Result.getOrThrow(changed(before, { mode: "order" }, "30"))
      expect(result.transactionRequests.map(({ amount, id, status }) => [id, status, amount.minor])).toStrictEqual([
        ["R1", "failed", 450n]
      ])
      expect(result.order.state).toStrictEqual(PENDING)
      expect(result.order.invoices.map(({ state }) => state)).toStrictEqual([PENDING, PENDING])
    })

    it("does not change the revoked affiliate's commission less", () => {
      const result = changed(mixed({ affiliate: { isRevoked: true } }), { mode: "order" }, "30")
      expect(amounts(Result.getOrThrow(result).order).order).toBe(740n)
    })

    describe("a rate that a rejected invoice has not got yet", () => {
      const own = (rateRevision: number): InvoiceDraft => ({
        id: "1",
        state: REJECTED,
        items: [{ orderItemId: "a", base: 100n, rate: percent("50"), rateRevision }]
      })

      it("is named for the order, though the order's items have it, where the invoice's own was named later", () => {
        const before = orderWith([own(2)])
        const { audit } = Result.getOrThrow(changed(before, { mode: "orderItem", orderItemId: "a" }, "10"))
        expect(audit).toStrictEqual([
          { _tag: "OrderRatesChanged", items: [{ id: "a", rate: percent("10"), rateRevision: 4 }] }
        ])
      })

      it("is not named again where the invoice will have it", () => {
        const items = [{ id: "a", base: 100n, rate: percent("10"), rateRevision: 3 }]
        const before = orderWith([own(2)], { items })
        expect(tags(changed(before, { mode: "order" }, "10"))).toStrictEqual([])
      })

      it("is not named for an item that the invoice does not bill", () => {
        const { audit } = Result.getOrThrow(changed(orderWith([own(2)]), { mode: "order" }, "20"))
        expect(audit).toStrictEqual([
          { _tag: "OrderRatesChanged", items: [{ id: "a", rate: percent("20"), rateRevision: 4 }] }
        ])
      })
    })

    // Where several are wrong the first counts, so each row but the first is wrong in everything that comes after, too.
    it.each<
      readonly [string, CommissionOrder.CommissionOrder, Recalculation.PercentTarget, Rate.Rate, Refusal.Refusal]
    >([
      [
        "below 0 %, in a rejected order",
        orderWith([], { state: REJECTED }),
        { mode: "invoice", invoiceId: "9" },
        Rate.fromPpm(-1n),
        new Refusal.PercentOutOfRange({ percent: Rate.fromPpm(-1n) })
      ],
      [
        "above 100 %, in a rejected order",
        orderWith([], { state: REJECTED }),
        { mode: "order" },
        Rate.fromPpm(1_000_001n),
        new Refusal.PercentOutOfRange({ percent: Rate.fromPpm(1_000_001n) })
      ],
      ...(
        [
          { mode: "order" },
          { mode: "orderItem", orderItemId: "z" },
          { mode: "invoice", invoiceId: "9" },
          { mode: "invoice", invoiceId: "1" },
          { mode: "invoiceItem", invoiceId: "9", invoiceItemId: "9.9" }
        ] as const
      ).map(
        (of) =>
          [
            `a rejected order, in mode ${of.mode}`,
            orderWith([invoice("1", REJECTED)], { state: REJECTED }),
            of,
            percent("30"),
            new Refusal.OrderRejected({ orderId: "order" })
          ] as const
      ),
      ...(["invoice", "invoiceItem"] as const).flatMap((mode) =>
        (
          [
            ["no such invoice", "9", new Refusal.InvoiceUnknown({ invoiceId: "9" })],
            ["an approved invoice", "2", new Refusal.InvoiceAlreadyApproved({ invoiceId: "2", approvedAt: 5 })],
            ["a rejected invoice", "3", new Refusal.InvoiceRejected({ invoiceId: "3" })]
          ] as const
        ).map(
          ([name, invoiceId, refusal]) =>
            [
              `${name}, in mode ${mode}, whatever its item`,
              mixed(),
              mode === "invoice" ? { mode, invoiceId } : { mode, invoiceId, invoiceItemId: "none" },
              percent("30"),
              refusal
            ] as const
        )
      ),
      [
        "no such item of the invoice: it is one of another",
        mixed(),
        { mode: "invoiceItem", invoiceId: "1", invoiceItemId: "4.1" },
        percent("30"),
        new Refusal.ItemUnknown({ itemId: "4.1" })
      ],
      [
        "no such item of the order",
        mixed(),
        { mode: "orderItem", orderItemId: "1.1" },
        percent("30"),
        new Refusal.ItemUnknown({ itemId: "1.1" })
      ]
    ])("is refused: %s", (_, self, of, asked, refusal) => {
      const result = Recalculation.changePercent(self, { ...of, percent: asked }, settings)
      expect(result).toStrictEqual(Result.fail(refusal))
    })

    // Every mode with every state of the order, and of the invoice that it names. What is named is refused where it is
    // not pending; what an order's mode only comes across is passed over.
    it.each<readonly [ApprovalState.ApprovalState, ApprovalState.ApprovalState, ReadonlyArray<string>]>([
      [PENDING, PENDING, ["450", "450", "400", "400"]],
      [PENDING, REJECTED, ["200", "InvoiceRejected", "200", "InvoiceRejected"]],
      [APPROVED, PENDING, ["450", "450", "400", "400"]],
      [APPROVED, APPROVED, ["200", "InvoiceAlreadyApproved", "200", "InvoiceAlreadyApproved"]],
      [APPROVED, REJECTED, ["200", "InvoiceRejected", "200", "InvoiceRejected"]],
      [REJECTED, PENDING, ["OrderRejected", "OrderRejected", "OrderRejected", "OrderRejected"]],
      [REJECTED, REJECTED, ["OrderRejected", "OrderRejected", "OrderRejected", "OrderRejected"]]
    ])("in an order that is $0._tag, an invoice that is $1._tag", (state, ofInvoice, expected) => {
      const found = (
        [
          { mode: "order" },
          { mode: "invoice", invoiceId: "1" },
          { mode: "orderItem", orderItemId: "a" },
          { mode: "invoiceItem", invoiceId: "1", invoiceItemId: "1.1" }
        ] as const
      ).map((of) =>
        Result.match(changed(orderWith([invoice("1", ofInvoice)], { state }), of, "30"), {
          onFailure: ({ _tag }) => _tag,
          onSuccess: ({ order: after }) => String(after.invoices[0]!.commission.minor)
        })
      )
      expect(found).toStrictEqual(expected)
    })
  })

  describe("changeWallet", () => {
    const moved = (self: CommissionOrder.CommissionOrder, walletKind = "points") =>
      Recalculation.changeWallet(self, { walletKind }, settings)

    it.each([PENDING, APPROVED])(
      "gives all items the level discount of the wallet, in an order that is $_tag",
      (state) => {
        const before = orderWith([invoice("1"), invoice("3", REJECTED)], { state })
        const result = Result.getOrThrow(moved(before))
        expect(amounts(result.order)).toStrictEqual({
          order: 375n,
          invoices: { "1": [375n, "25", 375n], "3": [200n, "13.3333", 200n] }
        })
        expect(result.order.walletKind).toBe("points")
        expect(result.order.settings).toStrictEqual(used("points", "25"))
        expect(result.order.items.map((one) => Rate.formatPercent(one.rate))).toStrictEqual(["25", "25"])
        expect(result.audit.map(({ _tag }) => _tag)).toStrictEqual([
          "WalletChanged",
          "OrderRatesChanged",
          "InvoiceRecalculated",
          "CreditRequestChanged",
          "OrderCommissionChanged"
        ])
        expect(result.invoices.map(({ id }) => id)).toStrictEqual(["1"])
        expect(result.transactionRequests.map(({ id }) => id)).toStrictEqual(["R1"])
      }
    )

    it("changes the wallet also where no amount changes", () => {
      const items = [{ id: "a", base: 100n, rate: percent("25") }]
      const result = Result.getOrThrow(moved(orderWith([], { items })))
      expect(result.audit).toStrictEqual([
        { _tag: "WalletChanged", walletKind: "points", settings: used("points", "25") }
      ])
    })

    it("gives today's level discount to the wallet that it is already, and keeps the settings", () => {
      const items = [{ id: "a", base: 100n, rate: percent("7") }]
      const result = Result.getOrThrow(moved(orderWith([], { items }), "cash"))
      expect(result.order.items[0]!.rate).toBe(percent("10"))
      expect(result.order.settings).toStrictEqual(used("cash", "10"))
    })

    it("gives no events where it is this wallet with this level discount already", () => {
      const before = orderWith([], { items: [{ id: "a", base: 100n, rate: percent("10") }] })
      const result = Result.getOrThrow(moved(before, "cash"))
      expect(result).toStrictEqual({ order: before, invoices: [], transactionRequests: [], audit: [] })
    })

    it("works without invoices", () => {
      expect(Result.getOrThrow(moved(orderWith([]))).order.commission).toStrictEqual(dong(750n))
    })

    const noDiscount = (walletKind: string, affiliateLevel: string) =>
      new Refusal.NoLevelDiscount({ walletKind, affiliateLevel })

    it.each<readonly [string, CommissionOrder.CommissionOrder, string, Refusal.Refusal]>([
      [
        "a rejected order, though an invoice is approved",
        orderWith([invoice("2", APPROVED)], { state: REJECTED }),
        "voucher",
        new Refusal.OrderRejected({ orderId: "order" })
      ],
      [
        "an approved invoice, though there is no level discount",
        mixed(),
        "voucher",
        new Refusal.OrderHasApprovedInvoice({ orderId: "order", invoiceIds: ["2"] })
      ],
      ["no level discount for the wallet", orderWith([invoice("1")]), "voucher", noDiscount("voucher", "gold")],
      [
        "no level discount for the level",
        orderWith([invoice("1")], { affiliate: { level: "silver" } }),
        "points",
        noDiscount("points", "silver")
      ]
    ])("is refused: %s", (_, self, walletKind, refusal) => {
      expect(moved(self, walletKind)).toStrictEqual(Result.fail(refusal))
    })
  })

  describe("totalled", () => {
    it("is nothing where the commission is so already", () => {
      expect(Recalculation.totalled(mixed(), used("cash", "10"))).toStrictEqual([])
    })

    it("mends a commission that is not", () => {
      const wrong = { ...mixed(), commission: dong(1n) }
      expect(Recalculation.totalled(wrong, used("cash", "10"))).toStrictEqual([
        { _tag: "OrderCommissionChanged", commission: dong(460n) }
      ])
    })
  })

  describe("laws", () => {
    it("approvedUntouched: no change reaches an approved invoice or its request", () => {
      fc.assert(fc.property(order, change, settingsOfAnyRounding, laws.approvedUntouched), { numRuns: 300 })
    })
    it("recalculationIdempotent: the same change a second time changes nothing", () => {
      fc.assert(fc.property(order, change, settingsOfAnyRounding, laws.recalculationIdempotent), { numRuns: 500 })
    })
    it("oldPercentageRestoresOldAmounts: naming the old percentage again restores the amounts", () => {
      const property = fc.property(
        order,
        target,
        fc.tuple(rate, rate),
        anySettings,
        laws.oldPercentageRestoresOldAmounts
      )
      fc.assert(property, { numRuns: 300 })
    })
    it("transactionEqualsInvoice: every invoice that is not rejected has the amount of its request and its shares", () => {
      fc.assert(fc.property(order, change, settingsOfAnyRounding, laws.transactionEqualsInvoice), { numRuns: 300 })
    })
    it("totalIsSumOfInvoices: the order's commission is the sum of its invoices that are not rejected", () => {
      fc.assert(fc.property(order, change, settingsOfAnyRounding, laws.totalIsSumOfInvoices), { numRuns: 300 })
    })
    it("rejectionHidesNoChange: a change made while an invoice was rejected is there once it is not", () => {
      const changes = fc.array(change, { maxLength: 4 })
      fc.assert(fc.property(order, changes, anySettings, laws.rejectionHidesNoChange), { numRuns: 500 })
    })
  })
})
