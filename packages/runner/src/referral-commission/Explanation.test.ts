import { Currency, Money, Rate, type ReferralOrder } from "@reckoner/core"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Explanation from "./Explanation.ts"

const money = (text: string, currency = "IDR") =>
  Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse(currency))))

const order = (fields: Partial<ReferralOrder.ReferralOrder> = {}): ReferralOrder.ReferralOrder => ({
  orderNo: "EP1",
  memberId: "7",
  affiliateId: "9",
  statusId: 1,
  statusName: "delivered",
  courierName: "JNE",
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: money("18500"),
  memberCashback: money("6000"),
  affiliateCashback: money("8000"),
  estimatedCommission: money("2000"),
  dispatchedAt: 1_700_000_000,
  deliveredAt: undefined,
  returnedAt: undefined,
  source: "daily",
  basis: { _tag: "CashbackRow" },
  ...fields
})

const policyBasis = (fields: Partial<Extract<ReferralOrder.Basis, { readonly _tag: "Policy" }>> = {}) => ({
  _tag: "Policy" as const,
  rate: Result.getOrThrow(Rate.parsePercent("2.5")),
  isFallback: false,
  isCapped: false,
  ...fields
})

type Kind = ReferralOrder.Finding["_tag"]

/** A finding of each kind, with what it is explained by. */
const FINDINGS: { readonly [K in Kind]: readonly [Omit<Extract<ReferralOrder.Finding, { _tag: K }>, "_tag">, string] } =
  {
    AffiliateCashbackUnknown: [
      {},
      "nothing says the affiliate's cashback; a backfill may fill it in by the cashback policy"
    ],
    AffiliateMissing: [{ memberId: "7" }, "member 7: a row of the old table names no affiliate; it was left out"],
    AmountTooLarge: [
      { field: "shippingPrice", amount: "1000000000000.00" },
      "shippingPrice of 1000000000000.00: an amount is too large to be stored; it counts as unknown"
    ],
    CommissionNegative: [
      { commission: "-2000.00" },
      "-2000.00: the member's cashback exceeds the affiliate's; the negative commission was written"
    ],
    CourierMissing: [
      { courierId: 3 },
      "it names courier 3, which has no name: there is no courier of that number; the order has no courier's name"
    ],
    CurrenciesDiffer: [
      { affiliate: "IDR", member: "USD" },
      "IDR and USD: the cashbacks are of two currencies; the commission is unknown"
    ],
    FieldUnreadable: [
      { field: "cashback", found: 'a "lot"' },
      'cashback holds "a \\"lot\\"": a field holds no value of its kind; it counts as unknown'
    ],
    MemberCashbackUnknown: [{}, "nothing says the member's cashback; the commission is unknown"],
    MemberMissing: [{}, "the order names no member; it was left out"],
    MemberWithSeveralReferrals: [
      { memberId: "7", chosen: "90", others: ["91", "92"] },
      "member 7 was referred by 90 and 91 and 92: 90 counts, whose referral is the lowest"
    ],
    NoCashbackPolicy: [
      { rateCode: "REG" },
      "rate code REG: the cashback policy has no rate for the code; the commission is unknown"
    ],
    OldOrderRepeated: [
      { copies: 3 },
      "3 rows: the old table has the order several times; the one dispatched last counts"
    ],
    OrderNumberMissing: [{}, "a row of the old table has no order number; it was left out"],
    PolicyUnusable: [
      { rateCode: "REG", reason: "CurrencyMismatch" },
      "rate code REG (CurrencyMismatch): the cashback policy cannot be used for the order; the commission is unknown"
    ],
    RateMissing: [
      { rateId: 5 },
      "it names rate 5, which has no name: there is no rate of that number; the order has no rate's name and code"
    ],
    ShipmentMissing: [{}, "there is no shipment of that number any more; the order has no status"],
    ShippingPriceUnknown: [{}, "the policy needs the shipping price, which is unknown, as is the commission"],
    StatusNameMissing: [
      { statusId: 4 },
      "it names status 4, which has no name: there is no status of that number; the order has no status name"
    ]
  }

const KINDS = Object.keys(FINDINGS) as ReadonlyArray<Kind>

describe("Explanation", () => {
  describe("explain", () => {
    const difference = (origin: string) =>
      `2000.00 IDR is the affiliate's cashback of 8000.00 (${origin}) less the member's of 6000.00`

    it.each([
      ["a cashback row", { _tag: "CashbackRow" }, "by the newest cashback row of the order"],
      [
        "what was stored before",
        { _tag: "StoredBefore" },
        "as an earlier run stored it, for the order has no cashback row that says it"
      ],
      ["the old table", { _tag: "OldTable" }, "the member's cashback and the commission of the old table together"],
      ["the policy", policyBasis(), "2.5 % of the shipping price by the cashback policy of rate code REG"],
      [
        "the policy, up to its cap",
        policyBasis({ isCapped: true }),
        "2.5 % of the shipping price by the cashback policy of rate code REG, up to its cap"
      ],
      [
        "the policy for all other codes",
        policyBasis({ isFallback: true }),
        "2.5 % of the shipping price by the cashback policy of all other rate codes"
      ],
      [
        "the policy for all other codes, up to its cap",
        policyBasis({ isFallback: true, isCapped: true }),
        "2.5 % of the shipping price by the cashback policy of all other rate codes, up to its cap"
      ],
      ["nothing that is known", { _tag: "Unknown" }, "not known"]
    ] as const)("names %s", (_, basis, origin) => {
      expect(Explanation.explain(order({ basis }))).toBe(difference(origin))
    })

    it("names no rate code where the order has none", () => {
      const basis = policyBasis({ isFallback: true })
      expect(Explanation.explain(order({ basis, rateCode: undefined }))).not.toContain("undefined")
    })

    it("shows a negative commission as it is", () => {
      const negative = order({ affiliateCashback: money("5000"), estimatedCommission: money("-1000") })
      expect(Explanation.explain(negative)).toBe(
        "-1000.00 IDR is the affiliate's cashback of 5000.00 (by the newest cashback row of the order) " +
          "less the member's of 6000.00"
      )
    })

    const UNKNOWN = { estimatedCommission: undefined, basis: { _tag: "Unknown" } } as const

    it.each([
      ["the affiliate's cashback", { affiliateCashback: undefined, ...UNKNOWN }],
      ["either cashback", { affiliateCashback: undefined, memberCashback: undefined, ...UNKNOWN }]
    ] as const)("says that nothing says %s", (_, fields) => {
      expect(Explanation.explain(order(fields))).toBe("the commission is unknown, because the affiliate's cashback is")
    })

    it("says that nothing says the member's cashback", () => {
      expect(Explanation.explain(order({ memberCashback: undefined, estimatedCommission: undefined }))).toBe(
        "the commission is unknown, because nothing says the member's cashback (the affiliate's is 8000.00 IDR)"
      )
    })

    it("says that two cashbacks that are known have no difference", () => {
      expect(Explanation.explain(order({ memberCashback: money("6", "USD"), estimatedCommission: undefined }))).toBe(
        "the commission is unknown, because the member's cashback of 6.00 USD cannot be taken from the affiliate's " +
          "of 8000.00 IDR"
      )
    })
  })

  describe("explainFinding", () => {
    it.each(KINDS)("says what %s means", (kind) => {
      const [fields, text] = FINDINGS[kind]
      expect(Explanation.explainFinding({ _tag: kind, ...fields } as ReferralOrder.Finding)).toBe(text)
    })

    it.each([
      [{ _tag: "StatusNameMissing", statusId: undefined }, "it names no status at all: "],
      [{ _tag: "CourierMissing", courierId: undefined }, "it names no courier at all: "],
      [{ _tag: "RateMissing", rateId: undefined }, "it names no rate at all: "],
      [{ _tag: "StatusNameMissing", statusId: 0 }, "it names status 0, which has no name: "],
      [{ _tag: "NoCashbackPolicy", rateCode: undefined }, "rate code none: "],
      [{ _tag: "PolicyUnusable", rateCode: undefined, reason: "CapNegative" }, "rate code none (CapNegative): "]
    ] as const)("says of %j what is not there", (finding, beginning) => {
      expect(Explanation.explainFinding(finding)).toBe(beginning + Explanation.FINDING_KINDS[finding._tag])
    })
  })

  it("has a meaning for every kind of finding", () => {
    expect(Object.keys(Explanation.FINDING_KINDS)).toStrictEqual(KINDS.toSorted())
  })
})
