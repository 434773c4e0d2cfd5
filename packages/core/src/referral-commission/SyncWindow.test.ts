import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as BusinessZone from "../calendar/BusinessZone.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import { catchUp, zoneWithDate, zoneWithInstant, zoneWithSecond } from "./SyncWindow.arbitrary.ts"
import * as laws from "./SyncWindow.laws.ts"
import * as SyncWindow from "./SyncWindow.ts"

const zone = (name: string) => Result.getOrThrow(BusinessZone.parse(name))
const seconds = (text: string) => Date.parse(text) / 1000
const iso = (second: number) => new Date(second * 1000).toISOString().replace(".000Z", "Z")
const texts = ({ fromEpochSeconds, untilEpochSeconds }: SyncWindow.SyncWindow) => [
  iso(fromEpochSeconds),
  iso(untilEpochSeconds)
]

/** Zones of which every day of these years is walked through, and those days that were not of 24 hours. */
const YEARS = [
  ["America/Santiago", 2024, ["2024-04-06 25", "2024-09-08 23"]],
  ["America/Santiago", 2026, ["2026-04-04 25", "2026-09-06 23"]],
  ["America/Sao_Paulo", 2018, ["2018-02-17 25", "2018-11-04 23"]],
  ["America/Sao_Paulo", 2019, ["2019-02-16 25"]],
  ["America/New_York", 2024, ["2024-03-10 23", "2024-11-03 25"]],
  ["America/Havana", 2026, ["2026-03-08 23", "2026-11-01 25"]],
  ["Australia/Lord_Howe", 2026, ["2026-04-05 24.5", "2026-10-04 23.5"]],
  ["Asia/Jakarta", 2023, []]
] as const

const yearOf = (year: number) => ({
  from: PlainDate.parseUnsafe(`${year}-01-01`),
  to: PlainDate.parseUnsafe(`${year + 1}-01-01`)
})

describe("SyncWindow", () => {
  describe("yesterday", () => {
    // Columns: what is special, zone, now, from, until.
    it.each([
      ["a zone ahead of UTC", "Asia/Jakarta", "2023-11-05T03:10:15Z", "2023-11-03T17:00:00Z", "2023-11-04T17:00:00Z"],
      [
        "the last moment of a day",
        "Asia/Jakarta",
        "2023-11-05T16:59:59.999Z",
        "2023-11-03T17:00:00Z",
        "2023-11-04T17:00:00Z"
      ],
      ["midnight", "Asia/Jakarta", "2023-11-05T17:00:00Z", "2023-11-04T17:00:00Z", "2023-11-05T17:00:00Z"],
      ["a leap day", "UTC", "2024-03-01T12:00:00Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"],
      ["a new year", "Asia/Jakarta", "2024-01-01T00:00:00Z", "2023-12-30T17:00:00Z", "2023-12-31T17:00:00Z"],
      [
        "a day of 23 hours, its midnight skipped",
        "America/Santiago",
        "2024-09-09T12:00:00Z",
        "2024-09-08T04:00:00Z",
        "2024-09-09T03:00:00Z"
      ],
      [
        "the first moment after a skipped midnight",
        "America/Santiago",
        "2024-09-08T04:00:00Z",
        "2024-09-07T04:00:00Z",
        "2024-09-08T04:00:00Z"
      ],
      ["a day of 25 hours", "America/Santiago", "2024-04-07T12:00:00Z", "2024-04-06T03:00:00Z", "2024-04-07T04:00:00Z"],
      [
        "the hour that is shown twice, the second time",
        "America/Santiago",
        "2024-04-07T03:30:00Z",
        "2024-04-05T03:00:00Z",
        "2024-04-06T03:00:00Z"
      ],
      [
        "a day of 23 hours, its midnight skipped",
        "America/Sao_Paulo",
        "2018-11-05T12:00:00Z",
        "2018-11-04T03:00:00Z",
        "2018-11-05T02:00:00Z"
      ],
      [
        "a day of 25 hours",
        "America/Sao_Paulo",
        "2019-02-17T12:00:00Z",
        "2019-02-16T02:00:00Z",
        "2019-02-17T03:00:00Z"
      ],
      ["a day of 23 hours", "America/New_York", "2024-03-11T12:00:00Z", "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z"],
      ["a day of 25 hours", "America/New_York", "2024-11-04T12:00:00Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"],
      [
        "a day whose midnight is shown twice",
        "America/Havana",
        "2026-11-02T12:00:00Z",
        "2026-11-01T04:00:00Z",
        "2026-11-02T05:00:00Z"
      ],
      [
        "a date that the zone left out: no second",
        "Pacific/Apia",
        "2011-12-30T10:00:00Z",
        "2011-12-30T10:00:00Z",
        "2011-12-30T10:00:00Z"
      ]
    ])("is %s (%s, %s)", (_, name, now, from, until) => {
      expect(texts(SyncWindow.yesterday({ now: Date.parse(now), zone: zone(name) }))).toStrictEqual([from, until])
    })

    it.each(YEARS)("gives windows that follow each other through every day of %s in %d", (name, year, unusual) => {
      const of = zone(name)
      const days = Array.from({ length: PlainDate.daysBetween(yearOf(year)) }, (_, at) =>
        PlainDate.addDays(yearOf(year).from, at)
      )
      const windows = days.map((day) =>
        SyncWindow.yesterday({ now: BusinessZone.startOfDay(of, PlainDate.addDays(day, 1)), zone: of })
      )
      const gaps = windows.filter((one, at) => at > 0 && windows[at - 1]?.untilEpochSeconds !== one.fromEpochSeconds)
      const hours = windows.map((one) => (one.untilEpochSeconds - one.fromEpochSeconds) / 3600)
      expect(gaps).toStrictEqual([])
      expect(days.flatMap((day, at) => (hours[at] === 24 ? [] : [`${day} ${hours[at]}`]))).toStrictEqual(unusual)
    })

    it.each(["America/Santiago", "America/Sao_Paulo", "America/New_York", "America/Havana", "Australia/Lord_Howe"])(
      "has each second at the bounds of an unusual day of %s in exactly one day",
      (name) => {
        const of = zone(name)
        for (const [, , unusual] of YEARS.filter(([known]) => known === name)) {
          for (const text of unusual) {
            const { endExclusiveMs, startMs } = BusinessZone.dayWindow(of, PlainDate.parseUnsafe(text.slice(0, 10)))
            for (const at of [startMs, endExclusiveMs].flatMap((ms) => [ms / 1000 - 1, ms / 1000])) {
              expect({ at: iso(at), holds: laws.eachSecondInOneDay(of, at) }).toStrictEqual({
                at: iso(at),
                holds: true
              })
            }
          }
        }
      }
    )
  })

  describe("month", () => {
    // Columns: zone, month, from, until, what is special about it.
    it.each([
      ["Asia/Jakarta", "2023-10", "2023-09-30T17:00:00Z", "2023-10-31T17:00:00Z", "31 days"],
      ["UTC", "2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "a leap February"],
      ["UTC", "2023-12", "2023-12-01T00:00:00Z", "2024-01-01T00:00:00Z", "the end of a year"],
      ["America/Santiago", "2024-09", "2024-09-01T04:00:00Z", "2024-10-01T03:00:00Z", "an hour less"],
      ["America/Sao_Paulo", "2018-11", "2018-11-01T03:00:00Z", "2018-12-01T02:00:00Z", "an hour less"],
      ["America/New_York", "2024-11", "2024-11-01T04:00:00Z", "2024-12-01T05:00:00Z", "an hour more"],
      ["Pacific/Apia", "2011-12", "2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z", "a date left out"],
      ["UTC", "9999-12", "9999-12-01T00:00:00Z", "+010000-01-01T00:00:00Z", "the last of four digits"]
    ])("in %s %s is [%s, %s): %s", (name, month, from, until) => {
      const found = SyncWindow.month({ month, zone: zone(name) })
      expect(Result.map(found, texts)).toStrictEqual(Result.succeed([from, until]))
    })

    it.each([
      "",
      "2023-13",
      "2023-00",
      "0000-01",
      "10-2023",
      "2023-1",
      "2023-10-01",
      " 2023-10",
      "2023-10\n",
      "２０２３-10",
      "23-10",
      "12023-10"
    ])("fails with InvalidMonth when given %j", (month) => {
      expect(SyncWindow.month({ month, zone: BusinessZone.UTC })).toStrictEqual(
        Result.fail(new SyncWindow.InvalidMonth({ input: month }))
      )
    })
  })

  describe("catchUp", () => {
    const run = (
      now: string,
      last: string | undefined,
      { days = 31, in: name = "UTC", overlap = 0 }: { days?: number; in?: string; overlap?: number } = {}
    ) =>
      SyncWindow.catchUp({
        now: Date.parse(now),
        zone: zone(name),
        lastUntilEpochSeconds: last === undefined ? undefined : seconds(last),
        overlapDays: overlap,
        daysMax: days
      }).map((window) => texts(window).join(" "))
    const midnights = (from: string, until: string) => `${from}T00:00:00Z ${until}T00:00:00Z`

    it.each([0, 3])("covers exactly yesterday when there is no earlier window, with an overlap of %d", (overlap) => {
      expect(run("2026-11-21T00:30:00Z", undefined, { overlap, days: 1 })).toStrictEqual([
        midnights("2026-11-20", "2026-11-21")
      ])
    })

    // Columns: what is special, now, end of the last window, options, windows.
    it.each([
      ["the day after, overlap 0", "2026-11-21T00:30:00Z", "2026-11-20", {}, [["2026-11-20", "2026-11-21"]]],
      [
        "the day after, overlap 3",
        "2026-11-21T00:30:00Z",
        "2026-11-20",
        { overlap: 3 },
        [["2026-11-17", "2026-11-21"]]
      ],
      ["again on the day, overlap 0", "2026-11-21T23:59:59Z", "2026-11-21", {}, [["2026-11-20", "2026-11-21"]]],
      [
        "again on the day, overlap 1",
        "2026-11-21T00:00:00Z",
        "2026-11-21",
        { overlap: 1 },
        [["2026-11-20", "2026-11-21"]]
      ],
      [
        "again on the day, overlap 3",
        "2026-11-21T00:30:00Z",
        "2026-11-21",
        { overlap: 3 },
        [["2026-11-18", "2026-11-21"]]
      ],
      ["three days missed", "2026-11-21T00:30:00Z", "2026-11-17", {}, [["2026-11-17", "2026-11-21"]]],
      [
        "as many days missed as a window may have",
        "2026-11-21T00:30:00Z",
        "2026-11-17",
        { days: 4 },
        [["2026-11-17", "2026-11-21"]]
      ],
      [
        "one day more, the oldest first",
        "2026-11-21T00:30:00Z",
        "2026-11-16",
        { days: 4 },
        [
          ["2026-11-16", "2026-11-20"],
          ["2026-11-20", "2026-11-21"]
        ]
      ],
      [
        "one day each; the overlap is not counted",
        "2026-11-21T00:30:00Z",
        "2026-11-18",
        { days: 1, overlap: 3 },
        [
          ["2026-11-15", "2026-11-19"],
          ["2026-11-19", "2026-11-20"],
          ["2026-11-20", "2026-11-21"]
        ]
      ],
      ["a clock set back a day", "2026-11-21T00:30:00Z", "2026-11-22", {}, [["2026-11-20", "2026-11-21"]]],
      [
        "a clock set back a day, overlap 3",
        "2026-11-21T00:30:00Z",
        "2026-11-22",
        { overlap: 3 },
        [["2026-11-19", "2026-11-21"]]
      ],
      [
        "a run for long ago",
        "2026-01-21T00:30:00Z",
        "2026-11-21",
        { overlap: 3, days: 1 },
        [["2026-01-20", "2026-01-21"]]
      ]
    ] as const)("covers %s", (_, now, last, options, windows) => {
      expect(run(now, `${last}T00:00:00Z`, options)).toStrictEqual(
        windows.map(([from, until]) => midnights(from, until))
      )
    })

    it("begins with the day in which the last window ended, when that was no midnight of this zone", () => {
      // Windows that ended at midnight of Jakarta, and the zone is another one now.
      expect(run("2026-11-21T12:00:00Z", "2026-11-19T17:00:00Z", { in: "America/New_York" })).toStrictEqual([
        "2026-11-19T05:00:00Z 2026-11-21T05:00:00Z"
      ])
      // And the other way round.
      expect(run("2026-11-21T12:00:00Z", "2026-11-20T05:00:00Z", { in: "Asia/Jakarta" })).toStrictEqual([
        "2026-11-19T17:00:00Z 2026-11-20T17:00:00Z"
      ])
    })

    it.each([
      [
        "America/Santiago",
        "2024-09-10T12:00:00Z",
        "2024-09-07T04:00:00Z",
        [
          "2024-09-07T04:00:00Z 2024-09-08T04:00:00Z",
          "2024-09-08T04:00:00Z 2024-09-09T03:00:00Z",
          "2024-09-09T03:00:00Z 2024-09-10T03:00:00Z"
        ]
      ],
      [
        "America/Sao_Paulo",
        "2019-02-18T12:00:00Z",
        "2019-02-16T02:00:00Z",
        ["2019-02-16T02:00:00Z 2019-02-17T03:00:00Z", "2019-02-17T03:00:00Z 2019-02-18T03:00:00Z"]
      ],
      [
        "America/New_York",
        "2024-11-05T12:00:00Z",
        "2024-11-03T04:00:00Z",
        ["2024-11-03T04:00:00Z 2024-11-04T05:00:00Z", "2024-11-04T05:00:00Z 2024-11-05T05:00:00Z"]
      ]
    ])("cuts at the midnights of %s, over a day that is not of 24 hours", (name, now, last, windows) => {
      expect(run(now, last, { in: name, days: 1 })).toStrictEqual(windows)
    })

    it("covers the day before a date that the zone left out", () => {
      expect(run("2011-12-30T12:00:00Z", "2011-12-29T10:00:00Z", { in: "Pacific/Apia" })).toStrictEqual([
        "2011-12-29T10:00:00Z 2011-12-30T10:00:00Z"
      ])
    })

    it("repeats a day that failed: the end of the last success is what counts", () => {
      const first = run("2026-11-20T00:30:00Z", "2026-11-19T00:00:00Z")
      const next = run("2026-11-21T00:30:00Z", "2026-11-19T00:00:00Z")
      expect(first).toStrictEqual([midnights("2026-11-19", "2026-11-20")])
      expect(next).toStrictEqual([midnights("2026-11-19", "2026-11-21")])
    })
  })

  describe("laws", () => {
    it("daysTile: yesterday's window ends where that of the next day begins", () => {
      fc.assert(
        fc.property(zoneWithInstant, ([of, now]) => laws.daysTile(of, now)),
        { numRuns: 300 }
      )
    })
    it("eachSecondInOneDay: a second lies in the window of its own day only", () => {
      fc.assert(
        fc.property(zoneWithSecond, ([of, second]) => laws.eachSecondInOneDay(of, second)),
        { numRuns: 300 }
      )
    })
    it("monthIsItsDays: a month begins with its first day and ends with its last", () => {
      fc.assert(
        fc.property(zoneWithDate, ([of, date]) => laws.monthIsItsDays(of, date)),
        { numRuns: 300 }
      )
    })
    it("catchUpTiles: the windows follow each other, up to today's midnight", () => {
      fc.assert(fc.property(catchUp, laws.catchUpTiles), { numRuns: 300 })
    })
    it("catchUpMissesNothing: they begin where the last one ended or earlier, and no later than yesterday", () => {
      fc.assert(fc.property(catchUp, laws.catchUpMissesNothing), { numRuns: 300 })
    })
    it("catchUpIsInPortions: none has more new days than it may", () => {
      fc.assert(fc.property(catchUp, laws.catchUpIsInPortions), { numRuns: 300 })
    })
  })
})
