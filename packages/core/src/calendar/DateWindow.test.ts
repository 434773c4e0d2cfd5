import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { dateWindow, dateWindowWithDate } from "./DateWindow.arbitrary.ts"
import * as laws from "./DateWindow.laws.ts"
import * as DateWindow from "./DateWindow.ts"
import * as PlainDate from "./PlainDate.ts"

const date = PlainDate.parseUnsafe
const window = (start: string, endExclusive: string) => ({ start: date(start), endExclusive: date(endExclusive) })

describe("DateWindow", () => {
  it("make accepts a single day", () => {
    expect(DateWindow.make(window("2026-01-31", "2026-02-01"))).toStrictEqual(
      Result.succeed(window("2026-01-31", "2026-02-01"))
    )
  })

  it.each([
    ["2026-01-31", "2026-01-31"],
    ["2026-02-01", "2026-01-31"]
  ])("fails with WindowWithoutDays when the window is [%s, %s)", (start, endExclusive) => {
    expect(DateWindow.make(window(start, endExclusive))).toStrictEqual(
      Result.fail(new DateWindow.WindowWithoutDays(window(start, endExclusive)))
    )
  })

  it.each([
    ["2026-01-31", false],
    ["2026-02-01", true],
    ["2026-02-28", true],
    ["2026-03-01", false]
  ])("[2026-02-01, 2026-03-01) with %s in it: %s", (text, inside) => {
    expect(DateWindow.contains(window("2026-02-01", "2026-03-01"), date(text))).toBe(inside)
  })

  it("windows that only touch share nothing", () => {
    expect(
      DateWindow.intersection(window("2026-01-01", "2026-02-01"), window("2026-02-01", "2026-03-01"))
    ).toBeUndefined()
  })

  it("dates lists each day once", () => {
    expect([...DateWindow.dates(window("2024-02-28", "2024-03-02"))]).toStrictEqual([
      "2024-02-28",
      "2024-02-29",
      "2024-03-01"
    ])
  })

  describe("laws", () => {
    it("tiling: the days of a window follow one another", () => {
      fc.assert(fc.property(dateWindow, laws.tiling))
    })
    it("eachDateInExactlyOne: a cut puts each date in one part", () => {
      fc.assert(
        fc.property(dateWindowWithDate, dateWindowWithDate, ([w, d], [, cut]) => laws.eachDateInExactlyOne(w, cut, d))
      )
      fc.assert(
        fc.property(dateWindowWithDate, fc.nat(400), ([w, d], n) =>
          laws.eachDateInExactlyOne(w, PlainDate.addDays(w.start, n), d)
        )
      )
    })
    it("intersectionIsCommon: in the intersection exactly when in both", () => {
      fc.assert(
        fc.property(
          dateWindowWithDate,
          fc.integer({ min: -400, max: 400 }),
          fc.integer({ min: 1, max: 400 }),
          ([one, d], shift, days) => {
            const start = PlainDate.addDays(one.start, shift)
            return laws.intersectionIsCommon(one, { start, endExclusive: PlainDate.addDays(start, days) }, d)
          }
        )
      )
    })
  })
})
