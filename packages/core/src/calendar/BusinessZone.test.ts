import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as laws from "./BusinessZone.laws.ts"
import * as BusinessZone from "./BusinessZone.ts"
import * as PlainDate from "./PlainDate.ts"

const zone = (name: string) => Result.getOrThrow(BusinessZone.parse(name))
const iso = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z")

describe("BusinessZone", () => {
  it.each(["", "Mars/Olympus", "Chile Time"])("fails with UnknownZone when the name is %j", (input) => {
    expect(BusinessZone.parse(input)).toStrictEqual(Result.fail(new BusinessZone.UnknownZone({ input })))
  })

  // Columns: zone, date, first instant, what is special about it.
  it.each([
    ["UTC", "2026-11-21", "2026-11-21T00:00:00Z", "no offset"],
    ["Asia/Jakarta", "2023-10-25", "2023-10-24T17:00:00Z", "ahead of UTC"],
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "midnight skipped"],
    ["America/Santiago", "2026-04-05", "2026-04-05T04:00:00Z", "clocks went back at midnight the evening before"],
    ["America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "midnight skipped"],
    ["America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z", "clocks went back at midnight the evening before"],
    ["America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "a day of 23 hours"],
    ["America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "a day of 25 hours"],
    ["America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "midnight twice"],
    ["Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z", "an offset of quarters"],
    ["Africa/Monrovia", "1960-01-01", "1960-01-01T00:44:30Z", "an offset with seconds"],
    ["Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z", "14 hours ahead"],
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "a date that the zone skipped"],
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "the date after it"],
    ["Atlantic/Azores", "2026-03-29", "2026-03-29T01:00:00Z", "midnight skipped to 01:00"],
    ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "midnight skipped"]
  ])("a day of %s, %s, starts at %s: %s", (name, date, start) => {
    expect(iso(BusinessZone.startOfDay(zone(name), PlainDate.parseUnsafe(date)))).toBe(start)
  })

  // Columns: zone, date, time on the wall, instant, what is special about it.
  it.each([
    ["Asia/Jakarta", "2026-11-21", "00:30", "2026-11-20T17:30:00Z", "a fixed offset"],
    ["Europe/Paris", "2026-03-29", "01:59:59", "2026-03-29T00:59:59Z", "the last second before the gap"],
    ["Europe/Paris", "2026-03-29", "02:00", "2026-03-29T01:00:00Z", "the gap itself"],
    ["Europe/Paris", "2026-03-29", "02:30", "2026-03-29T01:00:00Z", "inside the gap"],
    ["Europe/Paris", "2026-03-29", "03:00", "2026-03-29T01:00:00Z", "after the gap"],
    ["Europe/Paris", "2026-10-25", "02:30", "2026-10-25T00:30:00Z", "shown twice: the first"],
    ["Europe/Paris", "2026-10-25", "03:00", "2026-10-25T02:00:00Z", "after the hour that is shown twice"],
    ["America/Santiago", "2024-04-06", "23:30", "2024-04-07T02:30:00Z", "shown twice: the first"],
    ["Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00Z", "a gap of half an hour"],
    ["America/New_York", "2026-03-08", "23:59:59", "2026-03-09T03:59:59Z", "the end of a day of 23 hours"]
  ])("in %s on %s at %s it is %s: %s", (name, date, time, instant) => {
    const [hours, minutes, seconds = 0] = time.split(":").map(Number) as [number, number, number?]
    const secondOfDay = hours * 3600 + minutes * 60 + seconds
    expect(iso(BusinessZone.instantAt(zone(name), PlainDate.parseUnsafe(date), secondOfDay))).toBe(instant)
  })

  it.each([
    ["America/Santiago", "2026-11-22T01:30:00Z", "2026-11-21"],
    ["America/Santiago", "2026-11-22T03:00:00Z", "2026-11-22"],
    ["America/Santiago", "2026-11-22T02:59:59.999Z", "2026-11-21"],
    ["Asia/Jakarta", "2023-10-24T17:00:00Z", "2023-10-25"],
    ["UTC", "1969-12-31T23:59:59.999Z", "1969-12-31"],
    ["UTC", "0001-01-01T00:00:00Z", "0001-01-01"]
  ])("in %s the date at %s is %s", (name, instant, date) => {
    expect(BusinessZone.civilDate(zone(name), Date.parse(instant))).toBe(date)
  })

  describe("laws", () => {
    const zones = fc.constantFrom(
      ...[
        "UTC",
        "America/Santiago",
        "America/Sao_Paulo",
        "America/New_York",
        "Asia/Ho_Chi_Minh",
        "Asia/Jakarta",
        "Europe/Zagreb",
        "Australia/Lord_Howe",
        "Asia/Beirut",
        "Pacific/Apia"
      ].map(zone)
    )
    const date = fc.integer({ min: -3_650, max: 36_500 }).map(PlainDate.fromEpochDay)
    const instant = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2037, 0, 1) })
    it("tiling: a day's end is the next day's start", () => {
      fc.assert(fc.property(zones, date, laws.tiling), { numRuns: 500 })
    })
    it("eachInstantInExactlyOne: an instant lies in the window of its own date only", () => {
      fc.assert(fc.property(zones, instant, laws.eachInstantInExactlyOne), { numRuns: 500 })
    })
    it("wallTimeRoundTrip: the instant of what the wall shows is shown as that", () => {
      fc.assert(fc.property(zones, instant, laws.wallTimeRoundTrip), { numRuns: 500 })
    })
    it("eachInstantInExactlyOne: on every day on which Santiago or São Paulo moved its clocks", () => {
      for (const name of ["America/Santiago", "America/Sao_Paulo", "America/New_York"]) {
        for (let day = Date.UTC(2000, 0, 1); day < Date.UTC(2030, 0, 1); day += 86_400_000) {
          const window = BusinessZone.dayWindow(zone(name), PlainDate.fromEpochDay(day / 86_400_000))
          if (window.endExclusiveMs - window.startMs === 86_400_000) continue
          for (const at of [window.startMs - 1, window.startMs, window.endExclusiveMs - 1, window.endExclusiveMs]) {
            expect({ name, at: iso(at), holds: laws.eachInstantInExactlyOne(zone(name), at) }).toStrictEqual({
              name,
              at: iso(at),
              holds: true
            })
          }
        }
      }
    })
  })
})
