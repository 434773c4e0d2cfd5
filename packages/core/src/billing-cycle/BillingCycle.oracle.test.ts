import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as BillingCycle from "./BillingCycle.ts"

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../oracles/${name}.json`, import.meta.url), "utf8"))
const date = PlainDate.parseUnsafe

/** `P3M`, `P2W`, `P1Y`, `P10D`: a rhythm of the core. Hours are not: its days are civil. */
const rhythm = (period: string): { unit: BillingCycle.IntervalUnit; intervalCount: number } | undefined => {
  const [, count, letter] = /^PT?(\d+)([HDWMY])$/.exec(period) ?? []
  const n = Number(count)
  switch (letter) {
    case "D":
      return { unit: "day", intervalCount: n }
    case "W":
      return { unit: "day", intervalCount: 7 * n }
    case "M":
      return { unit: "month", intervalCount: n }
    case "Y":
      return { unit: "month", intervalCount: 12 * n }
    default:
      return undefined
  }
}

describe("oracle month-index-traps", () => {
  const { cases, count } = read("month-index-traps")
  it("agrees in every case", () => {
    expect(cases).toHaveLength(count)
    for (const { id, kind, input, expected } of cases) {
      expect({ id, kind }).toStrictEqual({ id, kind: "cycle-index" })
      const cycle = Result.getOrThrow(BillingCycle.make({ anchorDate: date(input.anchor), ...rhythm(input.period)! }))
      const {
        index,
        start,
        endExclusive: end
      } = Result.getOrThrow(BillingCycle.periodContaining(cycle, date(input.at)))
      expect({ id, index, start, end }).toStrictEqual({ id, ...expected })
    }
  })
})

describe("oracle cycle-autumn", () => {
  const { cases, count } = read("cycle-autumn")
  const MS_PER_DAY = 86_400_000
  const utc = (text: string) => Date.parse(`${text}Z`)

  /** The origin's cycles begin at the anchor's time of day. Moved back by that time, they begin at midnight: civil days. */
  const answer = (input: { anchor: string; now: string; period: string; floor?: string }) => {
    const parts = rhythm(input.period)
    if (parts === undefined) return undefined
    const shift = utc(input.anchor) % MS_PER_DAY
    const civil = (text: string) => PlainDate.fromEpochDay(Math.floor((utc(text) - shift) / MS_PER_DAY))
    const instant = (day: PlainDate.PlainDate) =>
      new Date(PlainDate.epochDay(day) * MS_PER_DAY + shift).toISOString().slice(0, 19)
    const cycle = Result.getOrThrow(BillingCycle.make({ anchorDate: civil(input.anchor), ...parts }))
    const period = BillingCycle.periodAround(cycle, civil(input.now))
    return { index: period.index, start: instant(period.start), end: instant(period.endExclusive) }
  }

  // The origin also cuts windows at a floor (a free trial's end, say). The core has no floor: the policy is
  // applied here, to our window, so that these cases count too.
  const floored = (at: string, floor: string | undefined) => (floor !== undefined && floor > at ? floor : at)

  it("agrees in every case of days, weeks, months and years; cycles of hours are not the core's", () => {
    expect(cases).toHaveLength(count)
    const outOfScope: Array<string> = []
    const answered: Record<string, number> = {}
    for (const { id, input, expected, kind } of cases) {
      const ours = answer(input)
      if (ours === undefined) {
        outOfScope.push(id)
        continue
      }
      answered[kind] = (answered[kind] ?? 0) + 1
      if (kind === "cycle-window") expect({ id, ...ours }).toStrictEqual({ id, ...expected })
      else if (kind === "cycle-end")
        expect({ id, end: floored(ours.end, input.floor) }).toStrictEqual({ id, ...expected })
      else if (kind === "cycle-start")
        expect({ id, start: floored(ours.start, input.floor) }).toStrictEqual({ id, ...expected })
      else expect.fail(`${id}: unknown kind ${kind}`)
    }
    expect(outOfScope).toStrictEqual([51, 53, 55, 57, 59, 61, 63, 65].map((n) => `cycle-autumn-0${n}`))
    expect(answered).toStrictEqual({ "cycle-end": 25, "cycle-start": 12, "cycle-window": 2 })
  })
})
