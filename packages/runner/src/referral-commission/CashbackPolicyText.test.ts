import { type CommissionEstimate, Currency, Money, Rate } from "@reckoner/core"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as CashbackPolicyText from "./CashbackPolicyText.ts"

const currencyOf = (code: string) => Result.getOrThrow(Currency.parse(code))
const idr = currencyOf("IDR")

const rate = (percent: string, cap?: string, currency = idr): CommissionEstimate.PolicyRate => ({
  rate: Result.getOrThrow(Rate.parsePercent(percent)),
  cap: cap === undefined ? undefined : Result.getOrThrow(Money.parse(cap, currency))
})

const policy = (
  byRateCode: Readonly<Record<string, CommissionEstimate.PolicyRate>>,
  fallback?: CommissionEstimate.PolicyRate
): CommissionEstimate.CashbackPolicy => ({ byRateCode: new Map(Object.entries(byRateCode)), fallback })

const parse = (text: string, currency = idr) => CashbackPolicyText.parse(text, currency)

describe("CashbackPolicyText", () => {
  describe("parse", () => {
    it.each([
      ["nothing", "", policy({})],
      ["blank parts", " ; ;; ", policy({})],
      ["a code", "REG=2.5%", policy({ REG: rate("2.5") })],
      ["all other codes", "*=1%", policy({}, rate("1"))],
      [
        "several",
        "REG=2.5%; EXPRESS=3% max 10000; *=1%",
        policy({ REG: rate("2.5"), EXPRESS: rate("3", "10000") }, rate("1"))
      ],
      ["all other codes first, with a cap", "* = 1% max 0.50; REG=2%", policy({ REG: rate("2") }, rate("1", "0.50"))],
      ["spaces, and none", " REG  =  2 %  max  5 ;;A=1%;", policy({ REG: rate("2", "5"), A: rate("1") })],
      ["nothing of the price", "REG=0%", policy({ REG: rate("0") })],
      ["all of the price", "REG=100.0000%", policy({ REG: rate("100") })],
      ["the smallest share", "REG=0.0001%", policy({ REG: rate("0.0001") })],
      ["a cap of nothing", "REG=1% max 0", policy({ REG: rate("1", "0") })],
      ["codes that differ in case", "reg=1%;REG=2%", policy({ reg: rate("1"), REG: rate("2") })],
      ["codes of other characters", "JNE_REG-2.0/a=1%;é=2%", policy({ "JNE_REG-2.0/a": rate("1"), é: rate("2") })],
      ["a code with = in it", "A=B=1%", policy({ "A=B": rate("1") })],
      [
        "names of object members",
        "__proto__=1%;constructor=2%",
        {
          byRateCode: new Map([
            ["__proto__", rate("1")],
            ["constructor", rate("2")]
          ]),
          fallback: undefined
        }
      ]
    ])("reads %s", (_, text, expected) => {
      expect(parse(text)).toStrictEqual(Result.succeed(expected))
    })

    it.each([
      ["a code alone", "REG", "REG"],
      ["no code", "=1%", "=1%"],
      ["no rate", "REG=", "REG="],
      ["no percent sign", "REG=1", "REG=1"],
      ["a decimal comma", "REG=2,5%", "REG=2,5%"],
      ["a negative rate", "REG=-1%", "REG=-1%"],
      ["a sign", "REG=+1%", "REG=+1%"],
      ["no digits before the point", "REG=.5%", "REG=.5%"],
      ["no digits after the point", "REG=1.%", "REG=1.%"],
      ["a rate that is no number", "REG=lots%", "REG=lots%"],
      ["a little more than all", "REG=100.0001%", "REG=100.0001%"],
      ["far more than all", "REG=1000%", "REG=1000%"],
      ["more decimals than a rate has", "REG=0.00001%", "REG=0.00001%"],
      ["a code with a space", "REG 1=1%", "REG 1=1%"],
      ["a cap of no amount", "REG=1% max", "REG=1% max"],
      ["a negative cap", "REG=1% max -1", "REG=1% max -1"],
      ["a cap with more decimals than the currency", "REG=1% max 0.001", "REG=1% max 0.001"],
      ["a cap with its currency", "REG=1% max 10 IDR", "REG=1% max 10 IDR"],
      ["a cap without a space", "REG=1%max 10", "REG=1%max 10"],
      ["another word than max", "REG=1% min 10", "REG=1% min 10"],
      ["a comma between parts", "A=1%, B=2%", "A=1%, B=2%"],
      ["a code twice", "A=1%;B=2%;A = 1%", "A = 1%"],
      ["all other codes twice", "*=1%; *=1%", "*=1%"],
      ["a wrong part among right ones", "A=1%; B=2; C=3%", "B=2"]
    ])("refuses %s, and names the part", (_, text, part) => {
      expect(parse(text)).toStrictEqual(Result.fail(new CashbackPolicyText.CashbackPolicyUnreadable({ part })))
    })

    it("takes caps in amounts of the currency", () => {
      const yen = currencyOf("JPY")
      expect(parse("REG=1% max 50", yen)).toStrictEqual(Result.succeed(policy({ REG: rate("1", "50", yen) })))
      expect(Result.isFailure(parse("REG=1% max 50.00", yen))).toBe(true)
      expect(Result.isSuccess(parse("REG=1% max 50.00", idr))).toBe(true)
    })

    it("gives the policy that was written down", () => {
      const shares = fc.record(
        {
          rate: fc.oneof(fc.constant(0n), fc.constant(1_000_000n), fc.bigInt(0n, 1_000_000n)).map(Rate.fromPpm),
          cap: fc.option(
            fc.bigInt(0n, 10n ** 14n).map((minor) => Money.make(minor, idr)),
            { nil: undefined }
          )
        },
        { noNullPrototype: true }
      )
      const codes = fc.stringMatching(/^[^\s;=]{1,12}$/).filter((code) => code !== "*")
      const policies = fc.record({
        byRateCode: fc.array(fc.tuple(codes, shares)).map((entries) => new Map(entries)),
        fallback: fc.option(shares, { nil: undefined })
      })
      const written = (code: string, share: CommissionEstimate.PolicyRate) => {
        const cap = share.cap === undefined ? "" : ` max ${Money.format(share.cap)}`
        return `${code}=${Rate.formatPercent(share.rate)}%${cap}`
      }
      fc.assert(
        fc.property(policies, ({ byRateCode, fallback }) => {
          const parts = [...byRateCode].map(([code, share]) => written(code, share))
          if (fallback !== undefined) parts.splice(parts.length / 2, 0, written("*", fallback))
          expect(parse(parts.join("; "))).toStrictEqual(Result.succeed({ byRateCode, fallback }))
        })
      )
    })
  })

  it("reads before the currency is known whatever some currency of the settings can take", () => {
    const decimals = (text: string) => Result.isSuccess(parse(text, CashbackPolicyText.ANY_CURRENCY))
    expect(["5", "5.1", "5.12", "5.123"].map((cap) => decimals(`A=1% max ${cap}`))).toStrictEqual([
      true,
      true,
      true,
      false
    ])
  })

  it("can read its own example", () => {
    const example = /`([^`]+)`/.exec(CashbackPolicyText.ALLOWED)?.[1] ?? ""
    expect(Result.isSuccess(parse(example))).toBe(true)
    expect(example).toContain("*=")
  })
})
