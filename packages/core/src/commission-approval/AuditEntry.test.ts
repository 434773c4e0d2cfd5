import * as Schema from "effect/Schema"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import * as ApprovalState from "./ApprovalState.ts"
import * as laws from "./AuditEntry.laws.ts"
import * as AuditEntry from "./AuditEntry.ts"
import { steps } from "./CommissionAction.arbitrary.ts"
import * as Codec from "./CommissionEvent.schema.ts"
import { order, orderOf } from "./CommissionOrder.arbitrary.ts"
import type * as CommissionOrder from "./CommissionOrder.ts"
import type { SettingsUsed } from "./CommissionSettings.ts"

const vnd = Result.getOrThrow(Currency.parse("VND"))
const dong = (minor: bigint) => Money.make(minor, vnd)
const rate = Rate.fromPpm(125_000n)

/** Writes as JSON text and reads back, as a database does. */
const through =
  <T, E>(codec: Schema.Codec<T, E>) =>
  (value: T): T =>
    Schema.decodeUnknownSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(value))))

const settings: SettingsUsed = {
  walletKind: "cash",
  affiliateLevel: "gold",
  levelDiscount: undefined,
  rounding: "halfExpand"
}

const ONE_OF_EACH: { readonly [Tag in CommissionOrder.Event["_tag"]]: Extract<CommissionOrder.Event, { _tag: Tag }> } =
  {
    OrderApproved: { _tag: "OrderApproved", at: 1_700_000_000_000 },
    OrderApprovalCancelled: { _tag: "OrderApprovalCancelled" },
    OrderRejected: { _tag: "OrderRejected" },
    OrderUnrejected: { _tag: "OrderUnrejected" },
    OrderRatesChanged: { _tag: "OrderRatesChanged", items: [{ id: "a", rate, rateRevision: 3 }] },
    WalletChanged: { _tag: "WalletChanged", walletKind: "cash", settings },
    OrderCommissionChanged: { _tag: "OrderCommissionChanged", commission: dong(-1n) },
    InvoiceApproved: { _tag: "InvoiceApproved", invoiceId: "1", at: 0 },
    InvoiceRejected: { _tag: "InvoiceRejected", invoiceId: "1" },
    InvoiceUnrejected: { _tag: "InvoiceUnrejected", invoiceId: "1" },
    InvoiceRecalculated: {
      _tag: "InvoiceRecalculated",
      invoiceId: "1",
      rate,
      commission: dong(2n ** 63n + 1n),
      items: [{ id: "1.1", orderItemId: "a", base: dong(8n), rate, rateRevision: 3, commission: dong(1n) }],
      settings: { ...settings, levelDiscount: Rate.zero }
    },
    CreditRequestChanged: { _tag: "CreditRequestChanged", invoiceId: "1", requestId: "R1", amount: dong(0n) },
    CreditReleased: { _tag: "CreditReleased", invoiceId: "1", requestId: "R1", amount: dong(1n) },
    ReleaseLogged: { _tag: "ReleaseLogged", invoiceId: "1", amount: dong(1n) },
    NotificationQueued: { _tag: "NotificationQueued", invoiceId: "1", affiliateId: "A", amount: dong(1n) }
  }

describe("AuditEntry", () => {
  const approved = orderOf({
    currency: vnd,
    state: ApprovalState.approved(3),
    items: [{ id: "a", base: 800n, rate }],
    invoices: [
      { id: "1", state: ApprovalState.approved(5), items: [{ orderItemId: "a", base: 400n }] },
      { id: "2", request: "missing", items: [{ orderItemId: "a", base: 80n, rate: Rate.whole }] }
    ]
  })

  describe("figuresOf", () => {
    it("tells the figures of the order and of each invoice", () => {
      expect(AuditEntry.figuresOf(approved)).toStrictEqual({
        state: { _tag: "Approved", approvedAt: 3 },
        walletKind: "cash",
        commission: dong(130n),
        invoices: [
          {
            id: "1",
            state: { _tag: "Approved", approvedAt: 5 },
            rate,
            commission: dong(50n),
            request: { status: "success", amount: dong(50n) }
          },
          { id: "2", state: { _tag: "Pending" }, rate: Rate.whole, commission: dong(80n), request: undefined }
        ]
      })
    })
  })

  it("tells the wallet, the invoice's rate and the request's amount as they are, also where they are at odds", () => {
    const mixed = orderOf({
      currency: vnd,
      walletKind: "points",
      items: [{ id: "a", base: 800n, rate }],
      invoices: [
        {
          id: "1",
          items: [
            { orderItemId: "a", base: 100n, rate: Rate.zero },
            { orderItemId: "a", base: 100n, rate: Rate.whole }
          ]
        }
      ]
    })
    const [invoice] = mixed.invoices
    const atOdds = { ...invoice!, creditRequest: { ...invoice!.creditRequest!, amount: dong(7n) } }
    const figures = AuditEntry.figuresOf({ ...mixed, invoices: [atOdds] })
    expect(figures.walletKind).toBe("points")
    expect(figures.invoices).toStrictEqual([
      {
        id: "1",
        state: { _tag: "Pending" },
        rate: Rate.fromPpm(500_000n),
        commission: dong(100n),
        request: { status: "pending", amount: dong(7n) }
      }
    ])
  })

  describe("as JSON", () => {
    it.each(Object.values(ONE_OF_EACH))("reads $_tag back as it was", (event) => {
      expect(through(Codec.Event)(event)).toStrictEqual(event)
    })

    it("reads figures back as they were, a request that is missing too", () => {
      const figures = AuditEntry.figuresOf(approved)
      expect(through(Codec.Figures)(figures)).toStrictEqual(figures)
    })

    it("reads settings back as they were, without a level discount too", () => {
      expect(through(Codec.SettingsUsed)(settings)).toStrictEqual(settings)
      expect(through(Codec.SettingsUsed)({ ...settings, levelDiscount: rate })).toStrictEqual({
        ...settings,
        levelDiscount: rate
      })
    })

    // What is kept for years is read by later versions, and by people.
    it("writes amounts and rates as text, and what is undefined as null", () => {
      expect(Schema.encodeSync(Codec.Event)(ONE_OF_EACH.WalletChanged)).toStrictEqual({
        _tag: "WalletChanged",
        walletKind: "cash",
        settings: { walletKind: "cash", affiliateLevel: "gold", levelDiscount: null, rounding: "halfExpand" }
      })
      expect(Schema.encodeSync(Codec.Event)(ONE_OF_EACH.OrderCommissionChanged)).toStrictEqual({
        _tag: "OrderCommissionChanged",
        commission: { currency: "VND", minor: "-1" }
      })
      expect(Schema.encodeSync(Codec.Event)(ONE_OF_EACH.OrderRatesChanged)).toStrictEqual({
        _tag: "OrderRatesChanged",
        items: [{ id: "a", rate: "125000", rateRevision: 3 }]
      })
    })

    it("refuses what is no event", () => {
      const decode = Schema.decodeUnknownResult(Codec.Event)
      expect(Result.isFailure(decode({ _tag: "OrderForgotten" }))).toBe(true)
      expect(Result.isFailure(decode({ _tag: "OrderApproved", at: "today" }))).toBe(true)
    })
  })

  describe("laws", () => {
    it("auditReplays: the events of an order's entries, by revision, give the order", () => {
      const keeping = {
        events: (events: ReadonlyArray<CommissionOrder.Event>) => events,
        figures: (one: AuditEntry.Figures) => one
      }
      fc.assert(fc.property(order, steps, (one, sequence) => laws.auditReplays(one, sequence, keeping)))
    })

    it("auditReplays: also through JSON", () => {
      const event = through(Codec.Event)
      const keeping = {
        events: (events: ReadonlyArray<CommissionOrder.Event>) => events.map(event),
        figures: through(Codec.Figures)
      }
      fc.assert(fc.property(order, steps, (one, sequence) => laws.auditReplays(one, sequence, keeping)))
    })
  })
})
