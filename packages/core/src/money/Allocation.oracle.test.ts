import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as laws from "./Allocation.laws.ts"
import * as Allocation from "./Allocation.ts"
import * as Currency from "./Currency.ts"
import * as Money from "./Money.ts"
import * as Quantity from "./Quantity.ts"
import * as Rate from "./Rate.ts"

/** Cases taken over from other libraries' own tests, each with its source. Integers are minor units. */
interface OracleCase {
  readonly id: string
  readonly kind: string
  readonly anchorSpecificRounding?: boolean
  readonly input: {
    readonly amountMinor: number
    readonly amount: string
    readonly currency?: string
    readonly ratios: ReadonlyArray<string>
    readonly policy?: string
    readonly n: number
    readonly portions: ReadonlyArray<string>
    readonly sources?: ReadonlyArray<number>
    readonly parts: ReadonlyArray<string>
    readonly precision?: number
    readonly feePercent: string
    readonly feeCapMinor: number
  }
  readonly expected: {
    readonly parts: ReadonlyArray<number | string>
    readonly sum: string
    readonly error: string
    readonly feeMinor: number
    readonly netMinor: number
    readonly sumMinor: number
    readonly sourcesConsumed?: ReadonlyArray<number>
  }
}

const oracle = JSON.parse(readFileSync(new URL("../../oracles/allocation.json", import.meta.url), "utf8")) as {
  readonly count: number
  readonly cases: ReadonlyArray<OracleCase>
}

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))
const money = (minor: number, code = "USD") => Money.make(BigInt(minor), currency(code))
const weightsOf = (texts: ReadonlyArray<string>) => texts.map((text) => Result.getOrThrow(Quantity.parse(text)))
const portionsOf = (texts: ReadonlyArray<string>) =>
  texts.map((text) => Result.getOrThrow(Allocation.parsePortion(text)))
const minorsOf = (parts: ReadonlyArray<Money.Money>) => parts.map((part) => Number(part.minor))

// "First non-zero" is the label of the source; what its library does is to serve the largest weights first
// (allocation-029: 5 by 1 and 3 is 1 and 4, where the first part would otherwise have got the unit).
const POLICIES: Readonly<Record<string, Allocation.RemainderPolicy>> = {
  "largest-remainder (moneyphp)": "largestRemainder",
  "remainder to first non-zero (dinero)": "largestWeight"
}

const ERRORS: Readonly<Record<string, string>> = {
  "no ratios": "NoWeights",
  "negative ratio": "NegativeWeight"
}

// The source rounds by a rule of its own. Its leftover unit goes to the first part: our `firstNonZero`.
const OTHER_ROUNDING = ["allocation-039", "allocation-041", "allocation-043"]

// Drawing an amount on several accounts in turn is a ledger's work: these fields are not answered by the core.
const WITH_SOURCES = ["allocation-035"]

/** What the core answers to a case, and what the source expects. */
interface Answer {
  readonly ours: unknown
  readonly theirs: unknown
}

const answers: Readonly<Record<string, (each: OracleCase) => Answer>> = {
  "allocate-ratios": ({ expected, input }) => {
    const remainder = POLICIES[input.policy ?? ""]
    if (remainder === undefined) return { ours: "no such policy", theirs: input.policy }
    const amount = money(input.amountMinor, input.currency)
    const parts = Allocation.allocate(amount, weightsOf(input.ratios), { remainder })
    return { ours: minorsOf(Result.getOrThrow(parts)), theirs: expected.parts }
  },
  "allocate-n": ({ expected, input }) => {
    const parts = Allocation.allocateEqually(money(input.amountMinor), input.n)
    return { ours: minorsOf(Result.getOrThrow(parts)), theirs: expected.parts }
  },
  "allocate-invalid": ({ expected, input }) => {
    const parts = Allocation.allocate(money(input.amountMinor), weightsOf(input.ratios))
    return { ours: Result.isFailure(parts) && parts.failure._tag, theirs: ERRORS[expected.error] }
  },
  allot: ({ expected, input }) => {
    const parts = Allocation.allot(money(input.amountMinor), portionsOf(input.portions))
    return { ours: minorsOf(Result.getOrThrow(parts)), theirs: expected.parts }
  },
  split: ({ expected, input }) => {
    // The source counts in units of 1/precision, cents unless it says otherwise.
    const precision = Quantity.fromBigInt(BigInt(input.precision ?? 100))
    const scaled = (text: string) => {
      const units = Quantity.multiply(Result.getOrThrow(Quantity.parse(text)), precision)
      return Number(Quantity.format(units)) // a fraction of a unit would stay visible
    }
    const portions = portionsOf(input.parts.map((text) => (text === "left" ? "remaining" : text)))
    const parts = minorsOf(Result.getOrThrow(Allocation.allot(money(scaled(input.amount)), portions)))
    return {
      ours: { parts, sum: parts.reduce((sum, part) => sum + part, 0) },
      theirs: { parts: expected.parts.map((text) => scaled(String(text))), sum: scaled(expected.sum) }
    }
  },
  "fee-cap": ({ expected, input }) => {
    const amount = money(input.amountMinor)
    const rate = Result.getOrThrow(Rate.parsePercent(input.feePercent))
    // The source serves the fee first, so a unit that is left over is the fee's.
    const limits = { cap: money(input.feeCapMinor), mode: "ceil" } as const
    const fee = Result.getOrThrow(Rate.applyCapped(rate, amount, limits))
    const net = Result.getOrThrow(Money.subtract(amount, fee))
    return { ours: minorsOf([fee, net]), theirs: [expected.feeMinor, expected.netMinor] }
  },
  "law-sum": ({ expected, input }) => {
    const amount = money(input.amountMinor)
    const weights = weightsOf(input.ratios)
    const parts = minorsOf(Result.getOrThrow(Allocation.allocate(amount, weights)))
    return {
      ours: {
        sumMinor: parts.reduce((sum, part) => sum + part, 0),
        isWithinOneUnit: laws.withinOneUnitOfExact(amount, weights, "largestRemainder")
      },
      theirs: { sumMinor: expected.sumMinor, isWithinOneUnit: true }
    }
  }
}

describe("Allocation beside its oracle", () => {
  it("has an answer for every kind of case, so none is out of scope", () => {
    const counts = Object.fromEntries(
      Object.keys(answers).map((kind) => [kind, oracle.cases.filter((each) => each.kind === kind).length])
    )
    expect(counts).toStrictEqual({
      "allocate-ratios": 11,
      "allocate-n": 2,
      "allocate-invalid": 2,
      allot: 3,
      split: 3,
      "fee-cap": 1,
      "law-sum": 12
    })
    expect(oracle.cases.map((each) => each.kind).filter((kind) => answers[kind] === undefined)).toStrictEqual([])
    expect(oracle.cases).toHaveLength(oracle.count)
  })

  it("names every case that follows another rounding or has a field the core does not answer", () => {
    const idsOf = (cases: ReadonlyArray<OracleCase>) => cases.map(({ id }) => id)
    expect(idsOf(oracle.cases.filter((each) => each.anchorSpecificRounding === true))).toStrictEqual(OTHER_ROUNDING)
    expect(idsOf(oracle.cases.filter(({ input }) => input.sources !== undefined))).toStrictEqual(WITH_SOURCES)
  })

  it.each(oracle.cases.map((each) => [each.id, each.kind, each] as const))("answers %s, %s", (_, kind, each) => {
    const answer = answers[kind]?.(each)
    expect(answer?.ours).toBeDefined()
    expect(answer?.ours).toStrictEqual(answer?.theirs)
  })
})
