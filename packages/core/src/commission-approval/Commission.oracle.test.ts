import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import type * as Rounding from "../money/Rounding.ts"
import * as WaivableFee from "../money/WaivableFee.ts"
import * as Commission from "./Commission.ts"

const oracle = JSON.parse(readFileSync(new URL("../../oracles/commission-rounding-dub.json", import.meta.url), "utf8"))

const usd = Result.getOrThrow(Currency.parse("USD"))
const money = (minor: number) => Money.make(BigInt(minor), usd)

/** Their names of roundings, and ours. */
const ROUNDINGS: Readonly<Record<string, Rounding.RoundingMode>> = { "half-up": "halfExpand" }

const percentage = ({ percent, quantity = 1, rounding, saleAmountMinor }: any) => {
  // What is sold is the whole sale: pieces do not multiply a percentage.
  expect(quantity).toBe(1)
  const { minor } = Commission.amount({
    base: money(saleAmountMinor),
    rate: Result.getOrThrow(Rate.parsePercent(percent)),
    rounding: ROUNDINGS[rounding]!
  })
  return { earningsMinor: Number(minor) }
}

const answers: Readonly<Record<string, (input: any) => unknown>> = {
  percentage,
  "percentage-float-trap": percentage,
  flat: ({ flatMinor, quantity }) => ({
    earningsMinor: Number(Commission.flat({ perPiece: money(flatMinor), quantity: BigInt(quantity) }).minor)
  }),
  "payout-fee-waiver": ({
    feeRate,
    fixedFeeMinor,
    hardCostRate,
    payoutAmountMinor,
    waiverLimitMinor,
    waiverUsedMinor
  }) => {
    const { chargedAmount, fee, freeAmount, waiverRemaining } = Result.getOrThrow(
      WaivableFee.feeOf(
        {
          waivableRate: Result.getOrThrow(Rate.parseFraction(feeRate)),
          hardCostRate: Result.getOrThrow(Rate.parseFraction(hardCostRate)),
          fixedFee: money(fixedFeeMinor),
          waiverLimit: money(waiverLimitMinor)
        },
        { payout: money(payoutAmountMinor), waiverUsed: money(waiverUsedMinor), mode: "halfExpand" }
      )
    )
    return {
      feeMinor: Number(fee.minor),
      feeFreeMinor: Number(freeAmount.minor),
      feeChargedMinor: Number(chargedAmount.minor),
      waiverRemainingMinor: Number(waiverRemaining.minor)
    }
  }
}

describe("oracle commission-rounding-dub", () => {
  it("agrees in every case", () => {
    expect(oracle.cases).toHaveLength(oracle.count)
    const seen: Record<string, number> = {}
    for (const { expected, id, input, kind } of oracle.cases) {
      const answer = answers[kind]
      if (answer === undefined) throw new Error(`a kind that is not known: ${kind}`)
      expect({ id, found: answer(input) }).toStrictEqual({ id, found: expected })
      seen[kind] = (seen[kind] ?? 0) + 1
    }
    expect(seen).toStrictEqual({ percentage: 6, flat: 2, "payout-fee-waiver": 4, "percentage-float-trap": 20 })
  })

  it("rounds as the commissions do", () => {
    const roundings = new Set(oracle.cases.flatMap(({ input }: any) => input.rounding ?? []))
    expect([...roundings].map((name) => ROUNDINGS[name as string])).toStrictEqual([Commission.ROUNDING_MODE])
  })
})
