import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import * as CommissionEstimate from "./CommissionEstimate.ts"
import type * as Referral from "./Referral.ts"
import { cutShort, fromShipment, given, windowRuns, world } from "./ReferralOrder.arbitrary.ts"
import * as laws from "./ReferralOrder.laws.ts"
import * as ReferralOrder from "./ReferralOrder.ts"
import type * as ShipmentOrder from "./ShipmentOrder.ts"

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
const idr = (text: string) => Result.getOrThrow(Money.parse(text, currency("IDR")))
const usd = (text: string) => Result.getOrThrow(Money.parse(text, currency("USD")))
const yen = (text: string) => Result.getOrThrow(Money.parse(text, currency("JPY")))
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const LARGEST = idr("999999999999.99")
const TOO_LARGE = idr("1000000000000.00")

const referral: Referral.Choice = {
  referral: { memberId: "7", affiliateId: "90", referralId: "1", memberReferralId: "1" },
  others: []
}

const shipment = (change: Partial<ShipmentOrder.ShipmentOrder> = {}): ShipmentOrder.ShipmentOrder => ({
  orderNo: "SO1",
  memberId: "7",
  statusId: 3,
  statusName: "Delivered",
  courierId: 4,
  courierName: "Swift",
  rateId: 5,
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: idr("10000"),
  cashback: idr("500"),
  cashbackRow: { memberCashback: idr("600"), affiliateCashback: idr("800") },
  dispatchedAt: 1_698_655_999,
  deliveredAt: 1_699_055_999,
  returnedAt: undefined,
  unreadable: [],
  ...change
})

const order: ReferralOrder.ReferralOrder = {
  orderNo: "SO1",
  memberId: "7",
  affiliateId: "90",
  statusId: 3,
  statusName: "delivered",
  courierName: "Swift",
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: idr("10000"),
  memberCashback: idr("600"),
  affiliateCashback: idr("800"),
  estimatedCommission: idr("200"),
  dispatchedAt: 1_698_655_999,
  deliveredAt: 1_699_055_999,
  returnedAt: undefined,
  source: "daily",
  basis: { _tag: "CashbackRow" }
}

const storedWith = (affiliateCashback: Money.Money | undefined): ReferralOrder.StoredOrder => ({
  memberId: "8",
  affiliateId: "91",
  affiliateCashback
})

const tenPercent: CommissionEstimate.CashbackPolicy = {
  byRateCode: new Map([["REG", { rate: percent("10"), cap: undefined }]]),
  fallback: undefined
}

const decide = (
  change: Partial<ShipmentOrder.ShipmentOrder> = {},
  context: Partial<Omit<ReferralOrder.FromShipment, "shipment">> = {}
): ReferralOrder.Decision =>
  ReferralOrder.fromShipment({
    shipment: shipment(change),
    referral,
    stored: undefined,
    source: "daily",
    policy: CommissionEstimate.NO_POLICY,
    ...context
  })

const referred = (
  change: Partial<ReferralOrder.ReferralOrder> = {},
  findings: ReadonlyArray<ReferralOrder.Finding> = []
): ReferralOrder.Decision => ({ _tag: "Referred", order: { ...order, ...change }, findings })

const noCashback = { cashbackRow: { memberCashback: idr("600"), affiliateCashback: undefined } }
const unknown = { affiliateCashback: undefined, estimatedCommission: undefined, basis: { _tag: "Unknown" } } as const

const old = (change: Partial<ShipmentOrder.OldCommission> = {}): ShipmentOrder.OldCommission => ({
  rowKey: "(0,1)",
  copies: 1,
  orderNo: "SO1",
  memberId: "7",
  affiliateId: "90",
  dispatchedAt: 1_698_655_999,
  deliveredAt: 1_699_055_999.25,
  courierId: 4,
  courierName: "Swift",
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: idr("10000"),
  cashback: idr("600"),
  estimatedCommission: idr("180"),
  shipment: { statusId: 4, statusName: "RETURNED", returnedAt: 1_699_155_999 },
  unreadable: [],
  ...change
})

const imported = (
  change: Partial<ReferralOrder.ReferralOrder> = {},
  findings: ReadonlyArray<ReferralOrder.Finding> = []
): ReferralOrder.Decision =>
  referred(
    {
      statusId: 4,
      statusName: "returned",
      affiliateCashback: idr("780"),
      estimatedCommission: idr("180"),
      deliveredAt: 1_699_055_999.25,
      returnedAt: 1_699_155_999,
      source: "fct_v2",
      basis: { _tag: "OldTable" },
      ...change
    },
    findings
  )

describe("ReferralOrder", () => {
  describe("needsStored", () => {
    // Columns: what is known, the affiliate's cashback of the cashback row, is the member referred, is it needed.
    it.each([
      ["all", idr("1"), true, false],
      ["a cashback of zero", idr("0"), true, false],
      ["the largest cashback that can be stored", LARGEST, true, false],
      ["a cashback that is too large", TOO_LARGE, true, true],
      ["no cashback", undefined, true, true],
      ["no affiliate", idr("1"), false, true],
      ["nothing", undefined, false, true]
    ])("with %s known", (_, affiliateCashback, isReferred, expected) => {
      const row = { cashbackRow: { memberCashback: undefined, affiliateCashback } }
      expect(ReferralOrder.needsStored(row, isReferred ? referral : undefined)).toBe(expected)
    })

    it("is so without a cashback row", () => {
      expect(ReferralOrder.needsStored({ cashbackRow: undefined }, referral)).toBe(true)
    })
  })

  describe("fromShipment: who the affiliate is", () => {
    it("makes an order of a shipment of a referred member", () => {
      expect(decide()).toStrictEqual(referred())
      expect(decide({}, { source: "backfill" })).toStrictEqual(referred({ source: "backfill" }))
    })

    it("leaves a member whom nobody referred", () => {
      expect(decide({}, { referral: undefined })).toStrictEqual({ _tag: "NotReferred", findings: [] })
    })

    it("reports nothing else of a member whom nobody referred", () => {
      const change = { statusName: undefined, unreadable: [{ field: "cashback", found: "NaN" }] }
      expect(decide(change, { referral: undefined })).toStrictEqual({ _tag: "NotReferred", findings: [] })
    })

    it.each(
      [undefined, "0", "-7"].flatMap((memberId) => [
        ["nobody referred", memberId, undefined] as const,
        ["somebody referred", memberId, referral] as const
      ])
    )("reports a shipment without a member, %s: %s", (_, memberId, known) => {
      expect(decide({ memberId }, { referral: known })).toStrictEqual({
        _tag: "NotReferred",
        findings: [{ _tag: "MemberMissing" }]
      })
    })

    it.each([
      ["still somebody else's", { memberId: "7" }, referral],
      ["nobody's any more", { memberId: "7" }, undefined],
      ["without a member now", { memberId: undefined }, undefined],
      ["of a number now that is nobody's", { memberId: "0" }, undefined]
    ])("keeps member and affiliate of the first write when the order is %s", (_, change, known) => {
      expect(decide(change, { referral: known, stored: storedWith(undefined) })).toStrictEqual(
        referred({ memberId: "8", affiliateId: "91" })
      )
    })

    it("reports a member with several referrals, and takes the one that counts", () => {
      const others = [
        { memberId: "7", affiliateId: "91", referralId: "2", memberReferralId: "2" },
        { memberId: "7", affiliateId: "92", referralId: "3", memberReferralId: "3" }
      ]
      expect(decide({}, { referral: { ...referral, others } })).toStrictEqual(
        referred({}, [{ _tag: "MemberWithSeveralReferrals", memberId: "7", chosen: "90", others: ["91", "92"] }])
      )
    })
  })

  describe("fromShipment: cashback and commission", () => {
    // Columns: what is special, shipment, context, changes of the order, findings.
    it.each<
      readonly [
        string,
        Partial<ShipmentOrder.ShipmentOrder>,
        Partial<Omit<ReferralOrder.FromShipment, "shipment">>,
        Partial<ReferralOrder.ReferralOrder>,
        ReadonlyArray<ReferralOrder.Finding>
      ]
    >([
      [
        "the member's of the shipment, where the cashback row has none",
        { cashbackRow: { memberCashback: undefined, affiliateCashback: idr("800") } },
        {},
        { memberCashback: idr("500"), estimatedCommission: idr("300") },
        []
      ],
      [
        "the member's of the cashback row, though it is zero",
        { cashbackRow: { memberCashback: idr("0"), affiliateCashback: idr("800") } },
        {},
        { memberCashback: idr("0"), estimatedCommission: idr("800") },
        []
      ],
      [
        "a known zero of the affiliate: a negative commission, reported",
        { cashbackRow: { memberCashback: idr("600"), affiliateCashback: idr("0") } },
        { stored: storedWith(idr("9")) },
        { memberId: "8", affiliateId: "91", affiliateCashback: idr("0"), estimatedCommission: idr("-600") },
        [{ _tag: "CommissionNegative", commission: "-600.00" }]
      ],
      [
        "one minor unit less than nothing",
        { cashbackRow: { memberCashback: idr("0.01"), affiliateCashback: idr("0") } },
        {},
        { memberCashback: idr("0.01"), affiliateCashback: idr("0"), estimatedCommission: idr("-0.01") },
        [{ _tag: "CommissionNegative", commission: "-0.01" }]
      ],
      [
        "a commission of zero, which is not negative",
        { cashbackRow: { memberCashback: idr("800"), affiliateCashback: idr("800") } },
        {},
        { memberCashback: idr("800"), estimatedCommission: idr("0") },
        []
      ],
      [
        "the newest cashback row before what was stored",
        {},
        { stored: storedWith(idr("9999")) },
        { memberId: "8", affiliateId: "91" },
        []
      ],
      [
        "what was stored, where the cashback row has none",
        noCashback,
        { stored: storedWith(idr("700")) },
        {
          memberId: "8",
          affiliateId: "91",
          affiliateCashback: idr("700"),
          estimatedCommission: idr("100"),
          basis: { _tag: "StoredBefore" }
        },
        []
      ],
      [
        "a stored zero",
        noCashback,
        { stored: storedWith(idr("0")), source: "backfill", policy: tenPercent },
        {
          memberId: "8",
          affiliateId: "91",
          affiliateCashback: idr("0"),
          estimatedCommission: idr("-600"),
          source: "backfill",
          basis: { _tag: "StoredBefore" }
        },
        [{ _tag: "CommissionNegative", commission: "-600.00" }]
      ],
      ["no cashback of the affiliate", noCashback, {}, unknown, [{ _tag: "AffiliateCashbackUnknown" }]],
      [
        "no cashback row at all",
        { cashbackRow: undefined },
        {},
        { ...unknown, memberCashback: idr("500") },
        [{ _tag: "AffiliateCashbackUnknown" }]
      ],
      [
        "no policy for the daily flow, though there is one",
        noCashback,
        { policy: tenPercent },
        unknown,
        [{ _tag: "AffiliateCashbackUnknown" }]
      ],
      [
        "no policy where the cashback row knows",
        {},
        { source: "backfill", policy: tenPercent },
        { source: "backfill" },
        []
      ],
      [
        "the policy in a backfill",
        noCashback,
        { source: "backfill", policy: tenPercent },
        {
          affiliateCashback: idr("1000"),
          estimatedCommission: idr("400"),
          source: "backfill",
          basis: { _tag: "Policy", rate: percent("10"), isFallback: false, isCapped: false }
        },
        []
      ],
      [
        "the policy in a backfill of an order that was stored without one; its fallback, capped",
        { ...noCashback, rateCode: undefined },
        {
          source: "backfill",
          stored: storedWith(undefined),
          policy: { byRateCode: new Map(), fallback: { rate: percent("20"), cap: idr("650") } }
        },
        {
          memberId: "8",
          affiliateId: "91",
          rateCode: undefined,
          affiliateCashback: idr("650"),
          estimatedCommission: idr("50"),
          source: "backfill",
          basis: { _tag: "Policy", rate: percent("20"), isFallback: true, isCapped: true }
        },
        []
      ],
      [
        "no policy for the code: unknown, never zero",
        { ...noCashback, rateCode: "EXPRESS" },
        { source: "backfill", policy: tenPercent },
        { ...unknown, rateCode: "EXPRESS", source: "backfill" },
        [{ _tag: "NoCashbackPolicy", rateCode: "EXPRESS" }]
      ],
      [
        "no policy for no code",
        { ...noCashback, rateCode: undefined },
        { source: "backfill", policy: tenPercent },
        { ...unknown, rateCode: undefined, source: "backfill" },
        [{ _tag: "NoCashbackPolicy", rateCode: undefined }]
      ],
      [
        "no shipping price, though there is no policy either",
        { ...noCashback, shippingPrice: undefined },
        { source: "backfill" },
        { ...unknown, shippingPrice: undefined, source: "backfill" },
        [{ _tag: "ShippingPriceUnknown" }]
      ],
      [
        "a policy whose cap is of another currency",
        noCashback,
        {
          source: "backfill",
          policy: { byRateCode: new Map(), fallback: { rate: percent("1"), cap: usd("1") } }
        },
        { ...unknown, source: "backfill" },
        [{ _tag: "PolicyUnusable", rateCode: "REG", reason: "CurrencyMismatch" }]
      ],
      [
        "a policy whose cap is negative",
        noCashback,
        {
          source: "backfill",
          policy: { byRateCode: new Map(), fallback: { rate: percent("1"), cap: idr("-1") } }
        },
        { ...unknown, source: "backfill" },
        [{ _tag: "PolicyUnusable", rateCode: "REG", reason: "CapNegative" }]
      ],
      [
        "a policy that gives too much",
        { ...noCashback, shippingPrice: LARGEST },
        {
          source: "backfill",
          policy: { byRateCode: new Map(), fallback: { rate: percent("200"), cap: undefined } }
        },
        { ...unknown, shippingPrice: LARGEST, source: "backfill" },
        [{ _tag: "AmountTooLarge", field: "affiliateCashback", amount: "1999999999999.98" }]
      ],
      [
        "no cashback of the member",
        { cashback: undefined, cashbackRow: { memberCashback: undefined, affiliateCashback: idr("800") } },
        {},
        { memberCashback: undefined, estimatedCommission: undefined },
        [{ _tag: "MemberCashbackUnknown" }]
      ],
      [
        "neither of the two",
        { cashback: undefined, cashbackRow: undefined },
        {},
        { ...unknown, memberCashback: undefined },
        [{ _tag: "AffiliateCashbackUnknown" }]
      ],
      [
        "two currencies",
        { cashbackRow: { memberCashback: usd("1"), affiliateCashback: idr("800") } },
        {},
        { memberCashback: usd("1"), estimatedCommission: undefined },
        [{ _tag: "CurrenciesDiffer", affiliate: "IDR", member: "USD" }]
      ]
    ])("counts %s", (_, change, context, changes, findings) => {
      expect(decide(change, context)).toStrictEqual(referred(changes, findings))
    })
  })

  describe("fromShipment: what is missing or cannot be stored", () => {
    it("keeps an order without names, and reports each", () => {
      expect(decide({ statusName: undefined, courierName: undefined, rateName: undefined })).toStrictEqual(
        referred({ statusName: undefined, courierName: undefined, rateName: undefined }, [
          { _tag: "StatusNameMissing", statusId: 3 },
          { _tag: "CourierMissing", courierId: 4 },
          { _tag: "RateMissing", rateId: 5 }
        ])
      )
    })

    it("keeps an order without keys of the names", () => {
      const keys = { statusId: undefined, courierId: undefined, rateId: undefined }
      const names = { statusName: undefined, courierName: undefined, rateName: undefined }
      expect(decide({ ...keys, ...names })).toStrictEqual(
        referred({ statusId: undefined, ...names }, [
          { _tag: "StatusNameMissing", statusId: undefined },
          { _tag: "CourierMissing", courierId: undefined },
          { _tag: "RateMissing", rateId: undefined }
        ])
      )
    })

    it("takes an empty name for a name, and writes that of the status in lower case", () => {
      const change = { statusName: "RETURN In Progress", courierName: "", rateName: "REGular" }
      expect(decide(change)).toStrictEqual(referred({ ...change, statusName: "return in progress" }))
    })

    it("reports what was unreadable, in order", () => {
      const unreadable = [
        { field: "shippingPrice", found: "NaN" },
        { field: "cashback", found: "" }
      ]
      expect(decide({ unreadable })).toStrictEqual(
        referred({}, [
          { _tag: "FieldUnreadable", field: "shippingPrice", found: "NaN" },
          { _tag: "FieldUnreadable", field: "cashback", found: "" }
        ])
      )
    })

    it.each([
      ["nothing", undefined, undefined, undefined],
      ["0", 0, undefined, undefined],
      ["a second", 1, 1, undefined],
      ["the last second of the year 9999", 253_402_300_799, 253_402_300_799, undefined],
      ["the year 10000", 253_402_300_800, undefined, "253402300800"],
      ["milliseconds", 1_698_655_999_000, undefined, "1698655999000"],
      ["a second before 1970", -1, undefined, "-1"]
    ])("takes %s for what it is, in each milestone", (_, seconds, expected, found) => {
      for (const field of ["dispatchedAt", "deliveredAt", "returnedAt"] as const) {
        expect(decide({ [field]: seconds })).toStrictEqual(
          referred({ [field]: expected }, found === undefined ? [] : [{ _tag: "FieldUnreadable", field, found }])
        )
      }
    })

    it("writes the largest amounts that can be stored, of either sign", () => {
      expect(decide({ cashbackRow: { memberCashback: idr("0"), affiliateCashback: LARGEST } })).toStrictEqual(
        referred({ memberCashback: idr("0"), affiliateCashback: LARGEST, estimatedCommission: LARGEST })
      )
      const least = Money.negate(LARGEST)
      expect(decide({ cashbackRow: { memberCashback: idr("0"), affiliateCashback: least } })).toStrictEqual(
        referred({ memberCashback: idr("0"), affiliateCashback: least, estimatedCommission: least }, [
          { _tag: "CommissionNegative", commission: "-999999999999.99" }
        ])
      )
    })

    it.each([TOO_LARGE, Money.negate(TOO_LARGE)])("leaves out each amount that is too large: %o", (huge) => {
      const amount = Money.format(huge)
      expect(
        decide({
          shippingPrice: huge,
          cashbackRow: { memberCashback: huge, affiliateCashback: huge },
          dispatchedAt: -1
        })
      ).toStrictEqual(
        referred({ ...unknown, shippingPrice: undefined, memberCashback: undefined, dispatchedAt: undefined }, [
          { _tag: "AmountTooLarge", field: "memberCashback", amount },
          { _tag: "AmountTooLarge", field: "affiliateCashback", amount },
          { _tag: "AffiliateCashbackUnknown" },
          { _tag: "AmountTooLarge", field: "shippingPrice", amount },
          { _tag: "FieldUnreadable", field: "dispatchedAt", found: "-1" }
        ])
      )
    })

    it("leaves out a commission that is too large, and does not call it negative", () => {
      const least = Money.negate(LARGEST)
      expect(decide({ cashbackRow: { memberCashback: LARGEST, affiliateCashback: least } })).toStrictEqual(
        referred({ memberCashback: LARGEST, affiliateCashback: least, estimatedCommission: undefined }, [
          { _tag: "AmountTooLarge", field: "estimatedCommission", amount: "-1999999999999.98" }
        ])
      )
    })

    it("measures amounts in whole units: a currency without decimals has less room in minor ones", () => {
      const row = (text: string) => ({ cashbackRow: { memberCashback: yen("0"), affiliateCashback: yen(text) } })
      const base = { memberCashback: yen("0") }
      expect(decide(row("999999999999"))).toStrictEqual(
        referred({ ...base, affiliateCashback: yen("999999999999"), estimatedCommission: yen("999999999999") })
      )
      expect(decide(row("1000000000000"))).toStrictEqual(
        referred({ ...base, ...unknown }, [
          { _tag: "AmountTooLarge", field: "affiliateCashback", amount: "1000000000000" },
          { _tag: "AffiliateCashbackUnknown" }
        ])
      )
    })

    it("falls back to what was stored where the cashback row has too much", () => {
      expect(
        decide(
          { cashbackRow: { memberCashback: idr("600"), affiliateCashback: TOO_LARGE } },
          { stored: storedWith(idr("700")) }
        )
      ).toStrictEqual(
        referred(
          {
            memberId: "8",
            affiliateId: "91",
            affiliateCashback: idr("700"),
            estimatedCommission: idr("100"),
            basis: { _tag: "StoredBefore" }
          },
          [{ _tag: "AmountTooLarge", field: "affiliateCashback", amount: "1000000000000.00" }]
        )
      )
    })

    it("reports in order: referrals, names, fields, cashbacks, price, commission, milestones", () => {
      const other = { memberId: "7", affiliateId: "91", referralId: "2", memberReferralId: "2" }
      const decision = decide(
        {
          statusName: undefined,
          courierName: undefined,
          rateName: undefined,
          unreadable: [{ field: "rateId", found: "x" }],
          shippingPrice: TOO_LARGE,
          cashback: TOO_LARGE,
          cashbackRow: { memberCashback: undefined, affiliateCashback: idr("1") },
          dispatchedAt: -1,
          deliveredAt: -2,
          returnedAt: -3
        },
        { referral: { ...referral, others: [other] } }
      )
      expect(decision.findings.map((one) => ("field" in one ? `${one._tag} ${one.field}` : one._tag))).toStrictEqual([
        "MemberWithSeveralReferrals",
        "StatusNameMissing",
        "CourierMissing",
        "RateMissing",
        "FieldUnreadable rateId",
        "AmountTooLarge memberCashback",
        "AmountTooLarge shippingPrice",
        "MemberCashbackUnknown",
        "FieldUnreadable dispatchedAt",
        "FieldUnreadable deliveredAt",
        "FieldUnreadable returnedAt"
      ])
    })
  })

  describe("fromOldCommission", () => {
    it("makes an order of a row: the affiliate's cashback is the member's plus the commission", () => {
      expect(ReferralOrder.fromOldCommission(old(), undefined)).toStrictEqual(imported())
    })

    it("keeps an instant down to the microsecond", () => {
      const decision = ReferralOrder.fromOldCommission(old({ dispatchedAt: 1_696_703_438.123456 }), undefined)
      expect(decision).toStrictEqual(imported({ dispatchedAt: 1_696_703_438.123456 }))
    })

    // Columns: what is missing, the row, findings in order.
    it.each<readonly [string, Partial<ShipmentOrder.OldCommission>, ReadonlyArray<ReferralOrder.Finding>]>([
      ["its order number", { orderNo: undefined }, [{ _tag: "OrderNumberMissing" }]],
      ["its member", { memberId: undefined }, [{ _tag: "MemberMissing" }]],
      ["its affiliate", { affiliateId: undefined }, [{ _tag: "AffiliateMissing", memberId: "7" }]],
      ["member and affiliate", { memberId: undefined, affiliateId: undefined }, [{ _tag: "MemberMissing" }]],
      [
        "number and affiliate",
        { orderNo: undefined, affiliateId: undefined },
        [{ _tag: "OrderNumberMissing" }, { _tag: "AffiliateMissing", memberId: "7" }]
      ],
      [
        "all three",
        { orderNo: undefined, memberId: undefined, affiliateId: undefined },
        [{ _tag: "OrderNumberMissing" }, { _tag: "MemberMissing" }]
      ]
    ])("does not use a row without %s, though the order is stored", (_, change, findings) => {
      const row = old({ ...change, copies: 2, courierName: undefined })
      expect(ReferralOrder.fromOldCommission(row, undefined)).toStrictEqual({ _tag: "Unusable", findings })
      expect(ReferralOrder.fromOldCommission(row, storedWith(idr("1")))).toStrictEqual({ _tag: "Unusable", findings })
    })

    // Columns: what is special, the row, what is stored, changes of the order, findings.
    it.each<
      readonly [
        string,
        Partial<ShipmentOrder.OldCommission>,
        ReferralOrder.StoredOrder | undefined,
        Partial<ReferralOrder.ReferralOrder>,
        ReadonlyArray<ReferralOrder.Finding>
      ]
    >([
      ["an order that is there twice", { copies: 2 }, undefined, {}, [{ _tag: "OldOrderRepeated", copies: 2 }]],
      [
        "an order without a shipment",
        { shipment: undefined },
        undefined,
        { statusId: undefined, statusName: undefined, returnedAt: undefined },
        [{ _tag: "ShipmentMissing" }]
      ],
      [
        "a status without a name",
        { shipment: { statusId: 9, statusName: undefined, returnedAt: 0 } },
        undefined,
        { statusId: 9, statusName: undefined, returnedAt: undefined },
        [{ _tag: "StatusNameMissing", statusId: 9 }]
      ],
      [
        "a courier without a name",
        { courierName: undefined },
        undefined,
        { courierName: undefined },
        [{ _tag: "CourierMissing", courierId: 4 }]
      ],
      [
        "a rate without a name",
        { rateName: undefined },
        undefined,
        { rateName: undefined },
        [{ _tag: "RateMissing", rateId: undefined }]
      ],
      [
        "a negative commission",
        { estimatedCommission: idr("-0.01") },
        undefined,
        { affiliateCashback: idr("599.99"), estimatedCommission: idr("-0.01") },
        [{ _tag: "CommissionNegative", commission: "-0.01" }]
      ],
      ["no commission", { estimatedCommission: undefined }, undefined, unknown, [{ _tag: "AffiliateCashbackUnknown" }]],
      [
        "no cashback",
        { cashback: undefined },
        undefined,
        { ...unknown, memberCashback: undefined },
        [{ _tag: "AffiliateCashbackUnknown" }]
      ],
      [
        "no commission, but a cashback that was stored",
        { estimatedCommission: undefined },
        storedWith(idr("700")),
        {
          memberId: "8",
          affiliateId: "91",
          affiliateCashback: idr("700"),
          estimatedCommission: idr("100"),
          basis: { _tag: "StoredBefore" }
        },
        []
      ],
      [
        "no cashback, but that of the affiliate was stored",
        { cashback: undefined },
        storedWith(idr("700")),
        {
          memberId: "8",
          affiliateId: "91",
          memberCashback: undefined,
          affiliateCashback: idr("700"),
          estimatedCommission: undefined,
          basis: { _tag: "StoredBefore" }
        },
        [{ _tag: "MemberCashbackUnknown" }]
      ],
      [
        "what the row says before what was stored",
        {},
        storedWith(idr("700")),
        { memberId: "8", affiliateId: "91" },
        []
      ],
      [
        "cashback and commission of two currencies",
        { estimatedCommission: usd("1") },
        undefined,
        unknown,
        [{ _tag: "AffiliateCashbackUnknown" }]
      ],
      [
        "a cashback stored in another currency",
        { estimatedCommission: undefined },
        storedWith(usd("7")),
        {
          memberId: "8",
          affiliateId: "91",
          affiliateCashback: usd("7"),
          estimatedCommission: undefined,
          basis: { _tag: "StoredBefore" }
        },
        [{ _tag: "CurrenciesDiffer", affiliate: "USD", member: "IDR" }]
      ],
      [
        "a sum that is too large",
        { cashback: LARGEST, estimatedCommission: idr("0.01") },
        undefined,
        { ...unknown, memberCashback: LARGEST },
        [
          { _tag: "AmountTooLarge", field: "affiliateCashback", amount: "1000000000000.00" },
          { _tag: "AffiliateCashbackUnknown" }
        ]
      ],
      [
        "everything else at once, in order",
        {
          copies: 3,
          shipment: { statusId: undefined, statusName: undefined, returnedAt: -3 },
          courierId: undefined,
          courierName: undefined,
          rateName: undefined,
          unreadable: [{ field: "cashback", found: "x" }],
          cashback: TOO_LARGE,
          estimatedCommission: idr("-1"),
          shippingPrice: TOO_LARGE,
          dispatchedAt: -1,
          deliveredAt: -2
        },
        undefined,
        {
          statusId: undefined,
          statusName: undefined,
          courierName: undefined,
          rateName: undefined,
          shippingPrice: undefined,
          memberCashback: undefined,
          affiliateCashback: idr("999999999999.00"),
          estimatedCommission: undefined,
          dispatchedAt: undefined,
          deliveredAt: undefined,
          returnedAt: undefined
        },
        [
          { _tag: "OldOrderRepeated", copies: 3 },
          { _tag: "StatusNameMissing", statusId: undefined },
          { _tag: "CourierMissing", courierId: undefined },
          { _tag: "RateMissing", rateId: undefined },
          { _tag: "FieldUnreadable", field: "cashback", found: "x" },
          { _tag: "AmountTooLarge", field: "memberCashback", amount: "1000000000000.00" },
          { _tag: "AmountTooLarge", field: "shippingPrice", amount: "1000000000000.00" },
          { _tag: "MemberCashbackUnknown" },
          { _tag: "FieldUnreadable", field: "dispatchedAt", found: "-1" },
          { _tag: "FieldUnreadable", field: "deliveredAt", found: "-2" },
          { _tag: "FieldUnreadable", field: "returnedAt", found: "-3" }
        ]
      ]
    ])("takes %s", (_, change, stored, changes, findings) => {
      expect(ReferralOrder.fromOldCommission(old(change), stored)).toStrictEqual(imported(changes, findings))
    })
  })

  describe("the table of the runs", () => {
    const on = (from: number, until: number) => ({ fromEpochSeconds: from, untilEpochSeconds: until })
    const all = on(0, 2_000_000_000)
    const base: laws.World = {
      shipments: [shipment(noCashback)],
      choices: new Map([["7", referral]]),
      oldCommissions: [],
      policy: tenPercent
    }
    const daily: laws.Run = { _tag: "Daily", window: all }
    const backfill: laws.Run = { _tag: "Backfill", window: all, by: "any-milestone" }

    it("keeps the source of the flow that last changed something else", () => {
      const table = new laws.Table()
      const sources = [daily, backfill, daily, backfill, daily].map((run) => [
        table.run(base, run),
        table.rows.get("SO1")?.source
      ])
      expect(sources).toStrictEqual([
        [1, "daily"],
        [1, "backfill"],
        [0, "backfill"],
        [0, "backfill"],
        [0, "backfill"]
      ])
    })

    it("keeps the affiliate of the first write, and does not write again for another one", () => {
      const table = new laws.Table()
      table.run({ ...base, shipments: [shipment()] }, daily)
      const other = { ...referral, referral: { ...referral.referral, affiliateId: "99" } }
      expect(table.run({ ...base, shipments: [shipment()], choices: new Map([["7", other]]) }, daily)).toBe(0)
      expect(table.rows.get("SO1")?.affiliateId).toBe("90")
    })

    it("imports orders that are not there, and never over those of another flow", () => {
      const table = new laws.Table()
      const rows = { ...base, oldCommissions: [old(), old({ orderNo: "SO2" })] }
      table.run(rows, daily)
      expect(table.run(rows, { _tag: "Import" })).toBe(1)
      expect([...table.rows.values()].map(({ orderNo, source }) => [orderNo, source])).toStrictEqual([
        ["SO1", "daily"],
        ["SO2", "fct_v2"]
      ])
    })

    it("does not lose a known cashback to a shipment that has too much", () => {
      const table = new laws.Table()
      table.run({ ...base, shipments: [shipment()] }, daily)
      const huge = shipment({ cashbackRow: { memberCashback: idr("600"), affiliateCashback: TOO_LARGE } })
      expect(table.run({ ...base, shipments: [huge] }, daily)).toBe(0)
      expect(table.rows.get("SO1")?.affiliateCashback).toStrictEqual(idr("800"))
    })
  })

  describe("laws", () => {
    it("unknownNeverErases: where a cashback of the affiliate is stored, the order made next has one", () => {
      fc.assert(fc.property(given, laws.unknownNeverErases), { numRuns: 1000 })
    })
    it("storedOnlyWhereNeeded: elsewhere an order stored before changes at most who the affiliate is", () => {
      fc.assert(fc.property(fromShipment, laws.storedOnlyWhereNeeded), { numRuns: 1000 })
    })
    it("decidesOnce: deciding about the order that was just stored gives it again", () => {
      fc.assert(fc.property(given, laws.decidesOnce), { numRuns: 1000 })
    })
    it("commissionIsDifference: a known commission is the difference of the two cashbacks", () => {
      fc.assert(fc.property(given, laws.commissionIsDifference), { numRuns: 1000 })
    })
    it("backfillAndDailyAgree: in whichever order the two flows see an order, it ends the same", () => {
      fc.assert(fc.property(fromShipment, laws.backfillAndDailyAgree), { numRuns: 1000 })
    })
    it("joinsKeepOrders: missing names change nothing but the names", () => {
      fc.assert(fc.property(given, laws.joinsKeepOrders), { numRuns: 1000 })
    })
    it("anyOrderSameTable: the windows in any order, any number of times, cut short or not, end in one table", () => {
      fc.assert(fc.property(world, windowRuns, cutShort, laws.anyOrderSameTable), { numRuns: 500 })
    })
  })
})
