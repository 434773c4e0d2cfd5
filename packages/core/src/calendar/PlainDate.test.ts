import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { anyPlainDate } from "./PlainDate.arbitrary.ts"
import * as laws from "./PlainDate.laws.ts"
import * as PlainDate from "./PlainDate.ts"

const date = PlainDate.parseUnsafe

/** Milliseconds; ECMAScript writes a year after 9999 as `+` and six digits. */
const platformDay = (text: string) =>
  Date.parse(`${text.length === 10 ? text : `+${text.padStart(12, "0")}`}T00:00:00Z`)

describe("PlainDate", () => {
  describe("parse", () => {
    it.each([
      "0001-01-01",
      "1900-02-28",
      "2000-02-29",
      "2024-02-29",
      "2026-04-30",
      "2026-12-31",
      "9999-12-31",
      "10000-01-01",
      "5874897-12-31"
    ])("reads %s", (text) => {
      expect(PlainDate.parse(text)).toStrictEqual(Result.succeed(text))
    })

    it.each([
      "",
      "2026-1-01",
      "2026-01-1",
      "20260101",
      "2026/01/01",
      "2026-01-01 ",
      " 2026-01-01",
      "2026-01-01T00",
      "a026-01-01",
      "2026-0a-01",
      "2026-01-0a",
      "2026-01+01",
      "+026-01-01",
      "infinity",
      "-infinity",
      "010000-01-01",
      "10000-1-01",
      "58748970-01-01",
      "0044-03-15 BC"
    ])("fails with DateTextMalformed when the text is %j", (input) => {
      expect(PlainDate.parse(input)).toStrictEqual(Result.fail(new PlainDate.DateTextMalformed({ input })))
    })

    it.each([
      "0000-01-01",
      "1900-02-29",
      "2023-02-29",
      "2026-00-10",
      "2026-13-01",
      "2026-04-31",
      "2026-06-31",
      "2026-09-31",
      "2026-11-31",
      "2026-01-32",
      "2026-01-00",
      "10001-02-29",
      "5874898-01-01"
    ])("fails with NoSuchDate when the calendar has no %s", (input) => {
      expect(PlainDate.parse(input)).toStrictEqual(Result.fail(new PlainDate.NoSuchDate({ input })))
    })
  })

  it("agrees with the platform's calendar on every day of four centuries and at both ends", () => {
    const spans = [
      ["1899-12-25", "2301-01-05"],
      ["0001-01-01", "0005-01-01"],
      ["9995-01-01", "9999-12-31"],
      ["270000-01-01", "270004-12-31"]
    ] as const
    for (const [first, last] of spans) {
      for (let day = platformDay(first) / 86_400_000; day <= platformDay(last) / 86_400_000; day++) {
        const text = new Date(day * 86_400_000).toISOString().slice(0, -14).replace(/^\+0*/, "")
        if (PlainDate.fromEpochDay(day) !== text || PlainDate.epochDay(date(text)) !== day) {
          expect({ day, ours: PlainDate.fromEpochDay(day), back: PlainDate.epochDay(date(text)) }).toStrictEqual({
            day,
            ours: text,
            back: day
          })
        }
      }
    }
  })

  it.each([
    ["2026-01-15", 31],
    ["2024-02-01", 29],
    ["2100-02-01", 28],
    ["2000-02-01", 29],
    ["2026-04-01", 30],
    ["2026-07-01", 31],
    ["2026-08-01", 31],
    ["2026-09-01", 30],
    ["2026-11-01", 30],
    ["2026-12-31", 31]
  ])("lengthOfMonth of %s is %d", (text, days) => {
    expect(PlainDate.lengthOfMonth(date(text))).toBe(days)
    expect(PlainDate.lengthOfEpochMonth(PlainDate.epochMonth(date(text)))).toBe(days)
  })

  it("reads year, month and day", () => {
    const at = date("2026-11-21")
    expect([PlainDate.year(at), PlainDate.month(at), PlainDate.dayOfMonth(at)]).toStrictEqual([2026, 11, 21])
  })

  it.each([
    ["9999-12-31", 1, "10000-01-01"],
    ["5874897-12-31", 1, "5874897-12-31"],
    ["5874897-12-30", 1, "5874897-12-31"],
    ["0001-01-01", -1, "0001-01-01"],
    ["0001-01-02", -1, "0001-01-01"]
  ])("stays inside the calendar: %s plus %d days", (from, days, to) => {
    expect(PlainDate.addDays(date(from), days)).toBe(to)
  })

  it.each([
    ["9999-12-15", 1, "10000-01-15"],
    ["5874897-12-15", 1, "5874897-12-31"],
    ["5874897-11-30", 1, "5874897-12-30"],
    ["0001-01-31", -1, "0001-01-01"],
    ["0001-02-28", -1, "0001-01-28"]
  ])("stays inside the calendar: %s plus %d months", (from, months, to) => {
    expect(PlainDate.addMonths(date(from), months)).toBe(to)
  })

  it("is not additive in months: a month twice is not two months", () => {
    const twice = PlainDate.addMonths(PlainDate.addMonths(date("2026-01-31"), 1), 1)
    expect([twice, PlainDate.addMonths(date("2026-01-31"), 2)]).toStrictEqual(["2026-03-28", "2026-03-31"])
  })

  it("agrees with the oracle plus-months-3engines in every case", () => {
    const oracle = JSON.parse(readFileSync(new URL("../../oracles/plus-months-3engines.json", import.meta.url), "utf8"))
    expect(oracle.cases).toHaveLength(oracle.count)
    for (const { id, input, expected } of oracle.cases) {
      expect({ id, date: PlainDate.addMonths(date(input.date), input.months) }).toStrictEqual({
        id,
        date: expected.date
      })
    }
  })

  describe("laws", () => {
    const days = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 })
    const months = fc.integer({ min: -80_000_000, max: 80_000_000 })
    it("addDaysRoundTrip: adding days and taking them away again changes nothing", () => {
      fc.assert(fc.property(anyPlainDate, fc.oneof(days, fc.integer({ min: -800, max: 800 })), laws.addDaysRoundTrip))
    })
    it("orderIsTextOrder: of years with as many digits the earlier date is the smaller text", () => {
      fc.assert(fc.property(anyPlainDate, anyPlainDate, laws.orderIsTextOrder))
    })
    it("isBeforeIsDayOrder: before exactly when the day number is smaller", () => {
      fc.assert(fc.property(anyPlainDate, anyPlainDate, laws.isBeforeIsDayOrder))
      fc.assert(fc.property(anyPlainDate, (one) => laws.isBeforeIsDayOrder(one, one)))
    })
    it("clampKeepsMonth: adding months lands in the month asked for", () => {
      fc.assert(fc.property(anyPlainDate, fc.oneof(months, fc.integer({ min: -50, max: 50 })), laws.clampKeepsMonth))
    })
    it("epochDayRoundTrip: a date is the date of its own day number", () => {
      fc.assert(fc.property(anyPlainDate, laws.epochDayRoundTrip))
    })
  })
})
