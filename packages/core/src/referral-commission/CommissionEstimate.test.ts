import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import { cashbacks, policyOrder } from "./CommissionEstimate.arbitrary.ts"
import * as laws from "./CommissionEstimate.laws.ts"
import * as CommissionEstimate from "./CommissionEstimate.ts"

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
const idr = (text: string) => Result.getOrThrow(Money.parse(text, currency("IDR")))
const usd = (text: string) => Result.getOrThrow(Money.parse(text, currency("USD")))
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))
const share = (text: string, cap?: Money.Money): CommissionEstimate.PolicyRate => ({ rate: percent(text), cap })

const policy = (
  listed: Readonly<Record<string, CommissionEstimate.PolicyRate>>,
  fallback?: CommissionEstimate.PolicyRate
): CommissionEstimate.CashbackPolicy => ({ byRateCode: new Map(Object.entries(listed)), fallback })

const mismatch = new Money.CurrencyMismatch({ expected: currency("IDR"), actual: currency("USD") })

describe("CommissionEstimate", () => {
  describe("fromCashback", () => {
    // Columns: what is special, the affiliate's, the member's, commission.
    it.each([
      ["more for the affiliate", "8000", "6000", "2000.00"],
      ["the same for both", "0.10", "0.10", "0.00"],
      ["more for the member: negative", "4500", "12000", "-7500.00"],
      ["a negative cashback", "1", "-0.01", "1.01"],
      ["amounts beyond a double", "90071992547409931.02", "0.01", "90071992547409931.01"]
    ])("gives the difference: %s", (_, affiliate, member, expected) => {
      const estimate = CommissionEstimate.fromCashback({
        affiliateCashback: idr(affiliate),
        memberCashback: idr(member)
      })
      expect(estimate).toStrictEqual(Result.succeed(idr(expected)))
    })

    it("fails with CurrencyMismatch when the two are of different currencies, naming the affiliate's first", () => {
      const estimate = CommissionEstimate.fromCashback({ affiliateCashback: idr("1"), memberCashback: usd("1") })
      expect(estimate).toStrictEqual(Result.fail(mismatch))
    })
  })

  describe("policyCashback", () => {
    const listed = policy({ REG: share("2.5"), CAPPED: share("2.5", idr("462.50")) }, share("1", idr("100")))

    // Columns: what is special, policy, rate code, price, cashback, rate, is it the fallback's, is it capped.
    it.each([
      ["a listed code", listed, "REG", "18500", "462.50", "2.5", false, false],
      ["a cap that is met exactly", listed, "CAPPED", "18500", "462.50", "2.5", false, false],
      ["a cap that is passed by little", listed, "CAPPED", "18500.40", "462.50", "2.5", false, true],
      ["a code that is not listed", listed, "EXPRESS", "5000", "50.00", "1", true, false],
      ["a code that is not listed, capped", listed, "EXPRESS", "18500", "100.00", "1", true, true],
      ["no code", listed, undefined, "5000", "50.00", "1", true, false],
      ["another case of the letters", listed, "reg", "5000", "50.00", "1", true, false],
      ["a listed code without fallback", policy({ REG: share("10") }), "REG", "10", "1.00", "10", false, false],
      ["a half of a minor unit, away from zero", policy({}, share("50")), "X", "0.01", "0.01", "50", true, false],
      ["a half below zero, away from zero", policy({}, share("50")), "X", "-0.01", "-0.01", "50", true, false],
      ["less than a half", policy({}, share("49.9999")), "X", "0.01", "0.00", "49.9999", true, false],
      ["a cap of zero", policy({}, share("10", idr("0"))), "X", "10", "0.00", "10", true, true],
      ["a cap of zero and nothing to cap", policy({}, share("0", idr("0"))), "X", "10", "0.00", "0", true, false],
      ["a cap under a negative price", policy({}, share("10", idr("1"))), "X", "-100", "-1.00", "10", true, true],
      ["more than the price", policy({}, share("150")), "X", "10", "15.00", "150", true, false],
      ["a rate of zero is a known zero", policy({}, share("0")), "X", "10", "0.00", "0", true, false]
    ] as const)("takes the share of the price: %s", (_, of, rateCode, price, cashback, rate, isFallback, isCapped) => {
      const found = CommissionEstimate.policyCashback({ policy: of, rateCode, shippingPrice: idr(price) })
      expect(found).toStrictEqual(
        Result.succeed({ affiliateCashback: idr(cashback), rate: percent(rate), isFallback, isCapped })
      )
    })

    it.each([
      ["the code is not listed", policy({ REG: share("1") }), "EXPRESS"],
      ["the order has no code", policy({ REG: share("1") }), undefined],
      ["the policy says nothing", CommissionEstimate.NO_POLICY, "REG"]
    ])("fails with NoPolicyRate when there is no fallback and %s", (_, of, rateCode) => {
      const found = CommissionEstimate.policyCashback({ policy: of, rateCode, shippingPrice: idr("10") })
      expect(found).toStrictEqual(Result.fail(new CommissionEstimate.NoPolicyRate({ rateCode })))
    })

    it("fails with CurrencyMismatch when the cap is of another currency, even if it is negative", () => {
      for (const cap of [usd("1"), usd("-1")]) {
        const found = CommissionEstimate.policyCashback({
          policy: policy({}, share("1", cap)),
          rateCode: "REG",
          shippingPrice: idr("10")
        })
        expect(found).toStrictEqual(Result.fail(mismatch))
      }
    })

    it("fails with CapNegative when the cap is below zero", () => {
      const cap = idr("-0.01")
      const found = CommissionEstimate.policyCashback({
        policy: policy({}, share("1", cap)),
        rateCode: "REG",
        shippingPrice: idr("10")
      })
      expect(found).toStrictEqual(Result.fail(new Rate.CapNegative({ cap })))
    })

    it("does not look at a cap that does not count", () => {
      const found = CommissionEstimate.policyCashback({
        policy: policy({ REG: share("1"), EXPRESS: share("1", usd("1")) }, share("1", idr("-1"))),
        rateCode: "REG",
        shippingPrice: idr("10")
      })
      expect(Result.isSuccess(found)).toBe(true)
    })
  })

  describe("fromPolicy", () => {
    const order = { rateCode: "REG", shippingPrice: idr("18500") }

    it("takes the member's cashback from that of the policy, below zero too", () => {
      const estimate = CommissionEstimate.fromPolicy({
        ...order,
        policy: policy({ REG: share("2.5", idr("400")) }),
        memberCashback: idr("500")
      })
      expect(estimate).toStrictEqual(
        Result.succeed({
          affiliateCashback: idr("400"),
          rate: percent("2.5"),
          isFallback: false,
          isCapped: true,
          commission: idr("-100")
        })
      )
    })

    // Columns: what is wrong besides, policy, member's cashback, error. The first error wins.
    it.each([
      [
        "no rate, and a member's cashback of another currency",
        CommissionEstimate.NO_POLICY,
        usd("1"),
        new CommissionEstimate.NoPolicyRate({ rateCode: "REG" })
      ],
      ["a cap of another currency below zero", policy({ REG: share("1", usd("-1")) }), idr("1"), mismatch],
      [
        "a cap below zero, and a member's cashback of another currency",
        policy({ REG: share("1", idr("-1")) }),
        usd("1"),
        new Rate.CapNegative({ cap: idr("-1") })
      ],
      ["a member's cashback of another currency", policy({ REG: share("1") }), usd("1"), mismatch]
    ])("fails in order: %s", (_, of, memberCashback, error) => {
      expect(CommissionEstimate.fromPolicy({ ...order, policy: of, memberCashback })).toStrictEqual(Result.fail(error))
    })
  })

  describe("laws", () => {
    it("linear: a change of a cashback is a change of the commission by as much", () => {
      fc.assert(fc.property(cashbacks, ([affiliate, member, more]) => laws.linear(affiliate, member, more)))
    })
    it("antisymmetric: swapping the two cashbacks flips the sign", () => {
      fc.assert(fc.property(cashbacks, ([one, other]) => laws.antisymmetric(one, other)))
    })
    it("policyIsCashback: the estimate by a policy is that from its cashback", () => {
      fc.assert(fc.property(policyOrder, laws.policyIsCashback))
    })
    it("capBounds: the cashback is never further from zero than its cap", () => {
      fc.assert(fc.property(policyOrder, laws.capBounds), { numRuns: 500 })
    })
    it("withinHalfAMinorUnit: without a cap it lies within half a minor unit of the exact percentage", () => {
      fc.assert(fc.property(policyOrder, laws.withinHalfAMinorUnit), { numRuns: 500 })
    })
  })
})
