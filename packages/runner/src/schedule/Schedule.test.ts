import { BusinessZone, PlainDate } from "@reckoner/core"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as laws from "./Schedule.laws.ts"
import * as Schedule from "./Schedule.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const LAW_TIMEOUT_MS = 30_000 // several times what a busy machine needs

const zone = (name: string) => Result.getOrThrow(BusinessZone.parse(name))
const schedule = (line: string, name = "UTC", policy: Schedule.CatchUpPolicy = "catchUp") =>
  Result.getOrThrow(Schedule.parse(line, zone(name), policy))
const at = (text: string) => Date.parse(text)
const iso = (ms: number) => new Date(ms).toISOString().replace(":00.000Z", "Z")

/** The ticks of the named dates on the wall, as instants and as the wall shows them. */
const ticksOn = (line: string, name: string, first: string, last = first) => {
  const self = schedule(line, name)
  const { startMs } = BusinessZone.dayWindow(zone(name), PlainDate.parseUnsafe(first))
  const { endExclusiveMs } = BusinessZone.dayWindow(zone(name), PlainDate.parseUnsafe(last))
  return Schedule.ticksBetween(self, { afterMs: startMs - 1, upToMs: endExclusiveMs - 1 }).map(
    (tick) => `${Schedule.wallTextOf(self, tick)} ${iso(tick)}`
  )
}

describe("Schedule", () => {
  describe("parse", () => {
    it.each([
      ["", "Expected 5 fields, found 0"],
      ["* * * *", "Expected 5 fields, found 4"],
      ["0 30 2 * * *", "Expected 5 fields, found 6"],
      ["@daily", "Expected 5 fields, found 1"],
      ["60 2 * * *", "Expected a value between 0 and 59: 60"],
      ["30 24 * * *", "Expected a value between 0 and 23: 24"],
      ["0 0 0 * *", "Expected a value between 1 and 31: 0"],
      ["0 0 * 13 *", "Expected a value between 1 and 12: 13"],
      ["0 0 * * 8", "Expected a value between 0 and 7: 8"],
      ["0 0 L * *", "Expected a positive integer: L"],
      ["0 17-9 * * *", "Invalid value range: 17-9"],
      ["*/0 * * * *", "Expected step value to be greater than 0: */0"]
    ])("fails with CronLineUnreadable when the line is %j", (line, reason) => {
      expect(Schedule.parse(line, BusinessZone.UTC, "latest")).toStrictEqual(
        Result.fail(new Schedule.CronLineUnreadable({ line, reason }))
      )
    })

    it.each(["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30 2 */2"])(
      "fails with CronLineNeverTicks when the line is %j",
      (line) => {
        expect(Schedule.parse(line, BusinessZone.UTC, "latest")).toStrictEqual(
          Result.fail(new Schedule.CronLineNeverTicks({ line }))
        )
      }
    )

    it("keeps line, zone and policy", () => {
      const { line, policy, zone: kept } = schedule(" 0  2 * * MON-fri ", "America/Santiago", "latest")
      expect({ line, zone: kept, policy }).toStrictEqual({
        line: " 0  2 * * MON-fri ",
        zone: "America/Santiago",
        policy: "latest"
      })
    })
  })

  describe("ticks on days when clocks change", () => {
    // Columns: what is special, line, zone, date, ticks as the wall shows them and as instants.
    it.each([
      ["skipped: the end of the gap", "30 2 * * *", "Europe/Paris", "2026-03-29", ["03:00 2026-03-29T01:00Z"]],
      ["before the gap", "59 1 * * *", "Europe/Paris", "2026-03-29", ["01:59 2026-03-29T00:59Z"]],
      ["at the end of the gap", "0 3 * * *", "Europe/Paris", "2026-03-29", ["03:00 2026-03-29T01:00Z"]],
      ["shown twice: the first", "30 2 * * *", "Europe/Paris", "2026-10-25", ["02:30 2026-10-25T00:30Z"]],
      ["after the second", "0 3 * * *", "Europe/Paris", "2026-10-25", ["03:00 2026-10-25T02:00Z"]],
      ["skipped", "30 2 * * *", "America/New_York", "2026-03-08", ["03:00 2026-03-08T07:00Z"]],
      ["shown twice", "30 1 * * *", "America/New_York", "2026-11-01", ["01:30 2026-11-01T05:30Z"]],
      [
        "oracle jobs-faults-035: shown twice",
        "30 23 * * *",
        "America/Santiago",
        "2024-04-06",
        ["23:30 2024-04-07T02:30Z"]
      ],
      ["midnight skipped", "0 0 * * *", "America/Santiago", "2026-09-06", ["01:00 2026-09-06T04:00Z"]],
      ["after midnight skipped", "30 0 * * *", "America/Sao_Paulo", "2018-11-04", ["01:00 2018-11-04T03:00Z"]],
      ["the last hour shown twice", "15 23 * * *", "America/Sao_Paulo", "2018-02-17", ["23:15 2018-02-18T01:15Z"]],
      ["midnight shown twice", "0 0 * * *", "America/Havana", "2026-11-01", ["00:00 2026-11-01T04:00Z"]],
      ["a gap of half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-04", ["02:30 2026-10-03T15:30Z"]],
      ["half an hour twice", "45 1 * * *", "Australia/Lord_Howe", "2026-04-05", ["01:45 2026-04-04T14:45Z"]],
      ["a gap of two hours", "30 1 * * *", "Antarctica/Troll", "2026-03-29", ["03:00 2026-03-29T01:00Z"]],
      ["no changes", "30 2 * * *", "UTC", "2026-03-29", ["02:30 2026-03-29T02:30Z"]],
      ["an offset of quarters", "0 2 * * *", "Asia/Kathmandu", "2026-03-29", ["02:00 2026-03-28T20:15Z"]],
      [
        "wall times of one gap and its end",
        "0,30 2-3 * * *",
        "Europe/Paris",
        "2026-03-29",
        ["03:00 2026-03-29T01:00Z", "03:30 2026-03-29T01:30Z"]
      ]
    ] as const)("%s: %s in %s on %s", (_, line, name, date, expected) => {
      expect(ticksOn(line, name, date)).toStrictEqual(expected.map((tick) => `${date} ${tick}`))
    })

    it("ticks on the next date, where a gap ends at midnight", () => {
      expect(ticksOn("30 23 * * *", "America/Nuuk", "2026-03-28", "2026-03-29")).toStrictEqual([
        "2026-03-29 00:00 2026-03-29T01:00Z",
        "2026-03-29 23:30 2026-03-30T00:30Z"
      ])
    })

    it("ticks at the start of the next date, where a date is skipped", () => {
      expect(ticksOn("0 10 * * *", "Pacific/Apia", "2011-12-29", "2011-12-31")).toStrictEqual([
        "2011-12-29 10:00 2011-12-29T20:00Z",
        "2011-12-31 00:00 2011-12-30T10:00Z",
        "2011-12-31 10:00 2011-12-30T20:00Z"
      ])
    })

    it("goes on as before, every quarter of an hour, across a gap", () => {
      const after = at("2026-03-29T00:30:00Z")
      expect(Schedule.nextTicks(schedule("*/15 * * * *", "Europe/Paris"), after, 4).map(iso)).toStrictEqual([
        "2026-03-29T00:45Z",
        "2026-03-29T01:00Z",
        "2026-03-29T01:15Z",
        "2026-03-29T01:30Z"
      ])
    })

    it("pauses, every quarter of an hour, while an hour is shown again", () => {
      const after = at("2026-10-25T00:15:00Z")
      expect(Schedule.nextTicks(schedule("*/15 * * * *", "Europe/Paris"), after, 4).map(iso)).toStrictEqual([
        "2026-10-25T00:30Z",
        "2026-10-25T00:45Z",
        "2026-10-25T02:00Z",
        "2026-10-25T02:15Z"
      ])
    })
  })

  describe("nextTicks", () => {
    // Columns: what is special, line, after, dates of the next ticks.
    it.each([
      ["weekdays", "0 9 * * 1-5", "2026-11-19", ["2026-11-19", "2026-11-20", "2026-11-23"]],
      ["Sunday is 0", "0 9 * * 0", "2026-11-19", ["2026-11-22", "2026-11-29"]],
      ["Sunday is 7", "0 9 * * 7", "2026-11-19", ["2026-11-22", "2026-11-29"]],
      ["the first of the month", "0 9 1 * *", "2026-11-19", ["2026-12-01", "2027-01-01"]],
      ["the 31st", "0 9 31 * *", "2026-11-19", ["2026-12-31", "2027-01-31", "2027-03-31"]],
      ["29 February", "0 9 29 2 *", "2096-03-01", ["2104-02-29"]],
      ["29 February, if a Sunday", "0 9 29 2 */7", "2088-03-01", ["2128-02-29"]],
      ["every 13th and every Friday", "0 9 13 * 5", "2026-11-08", ["2026-11-13", "2026-11-20", "2026-11-27"]],
      ["every 13th, if a Friday", "0 9 */12 * 5", "2026-11-08", ["2026-11-13", "2026-12-25"]]
    ] as const)("%s: %s", (_, line, after, dates) => {
      const ticks = Schedule.nextTicks(schedule(line), at(`${after}T00:00:00Z`), dates.length)
      expect(ticks.map(iso)).toStrictEqual(dates.map((date) => `${date}T09:00Z`))
    })

    it.each([
      ["a millisecond before a tick: that one", -1, "2026-03-29T12:00Z"],
      ["at a tick: the one after it", 0, "2026-03-29T12:05Z"],
      ["a millisecond after a tick: the one after it", 1, "2026-03-29T12:05Z"]
    ])("%s", (_, offsetMs, expected) => {
      const ticks = Schedule.nextTicks(schedule("*/5 * * * *"), at("2026-03-29T12:00:00Z") + offsetMs, 1)
      expect(ticks.map(iso)).toStrictEqual([expected])
    })

    it("gives none when none is asked for", () => {
      expect(Schedule.nextTicks(schedule("* * * * *"), 0, 0)).toStrictEqual([])
    })

    it("takes the weekday from the wall, not from UTC", () => {
      const ticks = Schedule.nextTicks(schedule("0 22 * * 5", "America/Santiago"), at("2026-11-19T00:00:00Z"), 1)
      expect(ticks.map(iso)).toStrictEqual(["2026-11-21T01:00Z"])
    })
  })

  describe("ticksBetween", () => {
    it.each([
      ["leaves the start out, keeps the end", "12:00:00", "12:10:00", ["12:05", "12:10"]],
      ["has none between two ticks", "12:00:00", "12:04:59.999", []],
      ["has none in an empty window", "12:05:00", "12:05:00", []],
      ["has none in a window that ends before it starts", "12:10:00", "12:00:00", []]
    ])("%s", (_, after, upTo, expected) => {
      const window = { afterMs: at(`2026-03-29T${after}Z`), upToMs: at(`2026-03-29T${upTo}Z`) }
      expect(Schedule.ticksBetween(schedule("*/5 * * * *"), window).map(iso)).toStrictEqual(
        expected.map((time) => `2026-03-29T${time}Z`)
      )
    })
  })

  describe("dueTicks", () => {
    const lastTickMs = at("2026-03-29T12:00:00Z")
    const due = (policy: Schedule.CatchUpPolicy, downMs: number, line = "*/5 * * * *", name = "UTC") =>
      Schedule.dueTicks(schedule(line, name, policy), { lastTickMs, nowMs: lastTickMs + downMs })

    it("oracle jobs-faults-031: runs once after an hour without a process, when the policy is latest", () => {
      expect(due("latest", HOUR_MS).map(iso)).toStrictEqual(["2026-03-29T13:00Z"])
    })

    it("runs each of the missed, the oldest first, when the policy is catchUp", () => {
      expect(due("catchUp", HOUR_MS)).toStrictEqual(
        Array.from({ length: 12 }, (_, index) => lastTickMs + (index + 1) * 5 * MINUTE_MS)
      )
    })

    it.each(["catchUp", "latest"] as const)("gives the tick of now, not the last one again: %s", (policy) => {
      expect(due(policy, 5 * MINUTE_MS)).toStrictEqual([lastTickMs + 5 * MINUTE_MS])
      expect(due(policy, 5 * MINUTE_MS - 1)).toStrictEqual([])
      expect(due(policy, 0)).toStrictEqual([])
    })

    it.each(["catchUp", "latest"] as const)("gives none when the clock was put back: %s", (policy) => {
      expect(due(policy, -1)).toStrictEqual([])
      expect(due(policy, -HOUR_MS)).toStrictEqual([])
    })

    it.each([
      [Schedule.CATCH_UP_TICKS_MAX - 1, Schedule.CATCH_UP_TICKS_MAX - 1],
      [Schedule.CATCH_UP_TICKS_MAX, Schedule.CATCH_UP_TICKS_MAX],
      [Schedule.CATCH_UP_TICKS_MAX + 1, Schedule.CATCH_UP_TICKS_MAX]
    ])("of %d missed ticks gives the oldest %d", (missed, given) => {
      expect(due("catchUp", missed * MINUTE_MS, "* * * * *")).toStrictEqual(
        Array.from({ length: given }, (_, index) => lastTickMs + (index + 1) * MINUTE_MS)
      )
    })

    // Going through the five million ticks before it would take minutes, and the test would run out of time.
    it("finds the newest of ten years of minutes at once, when the policy is latest", () => {
      const downMs = 3_652 * DAY_MS
      expect(due("latest", downMs, "* * * * *", "America/Santiago")).toStrictEqual([lastTickMs + downMs])
    })

    it("finds the newest, of an hour that is shown again", () => {
      const self = schedule("*/15 * * * *", "Europe/Paris", "latest")
      const from = at("2026-10-25T00:00:00Z")
      expect(
        ["00:44", "00:45", "01:00", "01:15", "01:59", "02:00"].map((time) =>
          Schedule.dueTicks(self, { lastTickMs: from, nowMs: at(`2026-10-25T${time}:00Z`) }).map(iso)
        )
      ).toStrictEqual([
        ["2026-10-25T00:30Z"],
        ["2026-10-25T00:45Z"],
        ["2026-10-25T00:45Z"],
        ["2026-10-25T00:45Z"],
        ["2026-10-25T00:45Z"],
        ["2026-10-25T02:00Z"]
      ])
    })
  })

  describe("wallTextOf", () => {
    it.each([
      ["Europe/Paris", "2026-03-29T01:00:00Z", "2026-03-29 03:00"],
      ["America/Santiago", "2024-04-07T02:30:00Z", "2024-04-06 23:30"],
      ["Asia/Kathmandu", "2026-01-01T00:20:59Z", "2026-01-01 06:05"],
      ["UTC", "2026-01-01T00:00:00Z", "2026-01-01 00:00"]
    ])("in %s at %s is %s", (name, instant, expected) => {
      expect(Schedule.wallTextOf(schedule("* * * * *", name), at(instant))).toBe(expected)
    })
  })

  describe("laws", { timeout: LAW_TIMEOUT_MS }, () => {
    // Zones with an instant at which their clocks change, so that windows lie around it.
    const changes = (
      [
        ["UTC", "2026-03-29T01:00:00Z"],
        ["Asia/Kathmandu", "2026-03-29T01:00:00Z"],
        ["Europe/Paris", "2026-03-29T01:00:00Z"],
        ["Europe/Paris", "2026-10-25T01:00:00Z"],
        ["America/New_York", "2026-03-08T07:00:00Z"],
        ["America/New_York", "2026-11-01T06:00:00Z"],
        ["America/Santiago", "2026-09-06T04:00:00Z"],
        ["America/Santiago", "2024-04-07T03:00:00Z"],
        ["America/Sao_Paulo", "2018-11-04T03:00:00Z"],
        ["America/Sao_Paulo", "2018-02-18T02:00:00Z"],
        ["America/Havana", "2026-11-01T05:00:00Z"],
        ["America/St_Johns", "2010-11-07T02:31:00Z"],
        ["America/Nuuk", "2026-03-29T01:00:00Z"],
        ["Australia/Lord_Howe", "2026-10-03T15:30:00Z"],
        ["Australia/Lord_Howe", "2026-04-04T15:00:00Z"],
        ["Antarctica/Troll", "2026-03-29T01:00:00Z"],
        ["Antarctica/Casey", "2023-03-08T16:00:00Z"],
        ["Pacific/Apia", "2011-12-30T10:00:00Z"]
      ] as const
    ).map(([name, change]) => ({ name, changeMs: at(change) }))

    const offsetMs = (maxMs: number) =>
      fc.oneof(
        fc.integer({ min: -maxMs, max: maxMs }),
        fc.integer({ min: -maxMs / MINUTE_MS, max: maxMs / MINUTE_MS }).map((minutes) => minutes * MINUTE_MS)
      )
    const instantAround = (changeMs: number) =>
      fc.oneof(
        { weight: 4, arbitrary: offsetMs(2 * HOUR_MS).map((ms) => changeMs + ms) },
        { weight: 4, arbitrary: offsetMs(30 * HOUR_MS).map((ms) => changeMs + ms) },
        { weight: 1, arbitrary: fc.integer({ min: at("2000-01-01"), max: at("2037-01-01") }) }
      )

    const line = fc
      .tuple(
        fc.constantFrom("*", "*/15", "*/7", "0", "30", "0,45", "10-12", "59"),
        fc.constantFrom("*", "*", "*/6", "0", "1", "2", "23", "1-3", "0,23"),
        fc.constantFrom("*", "*", "*", "1", "31", "*/2", "28-31"),
        fc.constantFrom("*", "*", "*", "2-4", "*/2"),
        fc.constantFrom("*", "*", "*", "0", "6,7", "1-5", "*/2")
      )
      .map((fields) => fields.join(" "))
    const dailyLine = fc
      .tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }))
      .map(([minute, hour]) => `${minute} ${hour} * * *`)

    const windowOf = (lines: fc.Arbitrary<string>, lengthMaxMs: number) =>
      fc.constantFrom(...changes).chain(({ changeMs, name }) =>
        fc.record({
          self: lines.map((text) => schedule(text, name)),
          window: fc
            .tuple(instantAround(changeMs), fc.integer({ min: 0, max: lengthMaxMs }), fc.boolean())
            .map(([oneMs, lengthMs, isEnd]) =>
              isEnd ? { afterMs: oneMs - lengthMs, upToMs: oneMs } : { afterMs: oneMs, upToMs: oneMs + lengthMs }
            ),
          permille: fc.integer({ min: 0, max: 1000 })
        })
      )
    const dense = windowOf(line, 1.5 * DAY_MS)
    const sparse = windowOf(dailyLine, 400 * DAY_MS)
    const any = fc.oneof({ weight: 3, arbitrary: dense }, { weight: 1, arbitrary: sparse })

    it("ascendingAndDistinct: each tick is later than the one before it", () => {
      fc.assert(
        fc.property(dense, fc.integer({ min: 0, max: 100 }), ({ self, window }, count) =>
          laws.ascendingAndDistinct(self, window.afterMs, count)
        ),
        { numRuns: 200 }
      )
    })
    it("everyMatchingWallTime: the ticks are the instants of the wall times that the line names", () => {
      fc.assert(
        fc.property(dense, ({ self, window }) => laws.everyMatchingWallTime(self, window)),
        { numRuns: 60 }
      )
    })
    it("tiling: the ticks of a window are those of its two parts", () => {
      fc.assert(
        fc.property(any, ({ permille, self, window }) => {
          const middleMs = window.afterMs + Math.floor(((window.upToMs - window.afterMs) * permille) / 1000)
          return laws.tiling(self, window, middleMs)
        }),
        { numRuns: 200 }
      )
    })
    it("eachTickOnce: catchUp gives each tick exactly once", () => {
      fc.assert(
        fc.property(any, ({ self, window }) => laws.eachTickOnce(self, window)),
        { numRuns: 100 }
      )
    })
    it("latestIsNewest: latest gives the last of the missed ticks", () => {
      fc.assert(
        fc.property(any, ({ self, window }) => laws.latestIsNewest(self, window)),
        { numRuns: 300 }
      )
    })
    it("oncePerDay: a daily line ticks once in each civil day", () => {
      const day = fc.constantFrom(...changes).chain(({ changeMs, name }) =>
        fc.record({
          daily: dailyLine.map((text) => schedule(text, name)),
          date: instantAround(changeMs).map((ms) => BusinessZone.civilDate(zone(name), ms))
        })
      )
      fc.assert(
        fc.property(day, ({ daily, date }) => laws.oncePerDay(daily, date)),
        { numRuns: 500 }
      )
    })
    it.each(changes)("oncePerDay: around the change of clocks in $name, at every half hour", ({ changeMs, name }) => {
      const date = BusinessZone.civilDate(zone(name), changeMs)
      for (let minute = 0; minute < 1440; minute += 30) {
        const daily = schedule(`${minute % 60} ${Math.floor(minute / 60)} * * *`, name)
        for (const day of [-1, 0, 1]) {
          const of = PlainDate.addDays(date, day)
          expect({ line: daily.line, of, holds: laws.oncePerDay(daily, of) }).toStrictEqual({
            line: daily.line,
            of,
            holds: true
          })
        }
      }
    })
  })
})
