/**
 * Where the business keeps its calendar: a named time zone that turns instants
 * into civil dates and back. The zone is always an argument; the machine's own
 * zone is never read.
 *
 * Instants are milliseconds since 1970-01-01T00:00Z.
 *
 * **Laws**
 *
 * - `tiling`: a day's end is the next day's start.
 * - `eachInstantInExactlyOne`: an instant lies in the day window of its own civil
 *   date, and not in that of the day before or after.
 * - `wallTimeRoundTrip`: the instant of what the wall shows is shown as that, and
 *   is not later.
 *
 * Stated in `BusinessZone.laws.ts`, checked in `BusinessZone.test.ts`.
 *
 * @since 0.1.0
 */
import type * as Brand from "effect/Brand"
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as PlainDate from "./PlainDate.ts"

/**
 * The name of a time zone in the IANA database, such as `America/Santiago`.
 *
 * @category models
 * @since 0.1.0
 */
export type BusinessZone = Brand.Branded<string, "BusinessZone">

/**
 * What calendar and clock on the wall show, to the second.
 *
 * @category models
 * @since 0.1.0
 */
export interface WallTime {
  readonly date: PlainDate.PlainDate
  readonly secondOfDay: number
}

/**
 * One civil day as instants, `[startMs, endExclusiveMs)`.
 *
 * @category models
 * @since 0.1.0
 */
export interface DayWindow {
  readonly startMs: number
  readonly endExclusiveMs: number
}

/**
 * The time zone database of this platform has no zone of that name.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownZone extends /* @__PURE__ */ Data.TaggedError("UnknownZone")<{ readonly input: string }> {}

const MS_PER_DAY = 86_400_000
const MS_PER_SECOND = 1000
const OFFSET_MS_MAX = 2 * MS_PER_DAY // wider than any offset from UTC that ever was

// `Brand.nominal` would bring the schema machinery into every bundle for this.
const brand = (text: string): BusinessZone => text as BusinessZone
const formatters = new Map<string, Intl.DateTimeFormat>()

const formatterOf = (zone: string): Intl.DateTimeFormat => {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric"
  })
  formatters.set(zone, made)
  return made
}

/**
 * Coordinated universal time, the zone without an offset.
 *
 * @category constants
 * @since 0.1.0
 */
export const UTC: BusinessZone = brand("UTC")

/**
 * Reads the name of a time zone.
 *
 * **Errors**
 *
 * - `UnknownZone`: the platform's time zone database has no such name.
 *
 * **Example** (A zone of Chile)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BusinessZone } from "@reckoner/core"
 *
 * Result.isSuccess(BusinessZone.parse("America/Santiago")) // => true
 * Result.isSuccess(BusinessZone.parse("Chile Time")) // => false
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (input: string): Result.Result<BusinessZone, UnknownZone> =>
  Result.mapError(
    Result.try(() => {
      formatterOf(input)
      return brand(input)
    }),
    () => new UnknownZone({ input })
  )

/** What a clock on the wall shows, to the second, as if that were UTC, in milliseconds. */
const wallMs = (zone: BusinessZone, instantMs: number): number => {
  const fields: Record<string, string> = {}
  for (const { type, value } of formatterOf(zone).formatToParts(instantMs)) fields[type] = value
  const year = fields["era"] === "BC" || fields["era"] === "B" ? 1 - Number(fields["year"]) : Number(fields["year"])
  const wall = new Date(0)
  wall.setUTCFullYear(year, Number(fields["month"]) - 1, Number(fields["day"]))
  wall.setUTCHours(Number(fields["hour"]), Number(fields["minute"]), Number(fields["second"]))
  return wall.getTime()
}

/** For an instant of a whole second. */
const offsetMs = (zone: BusinessZone, instantMs: number): number => wallMs(zone, instantMs) - instantMs

const epochDayAt = (zone: BusinessZone, instantMs: number): number => Math.floor(wallMs(zone, instantMs) / MS_PER_DAY)

/**
 * The civil date that a calendar on the wall of the zone shows at an instant.
 *
 * **Units**
 *
 * `instantMs` is milliseconds since 1970-01-01T00:00Z.
 *
 * **Example** (Late evening in Santiago is the next day in UTC)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BusinessZone } from "@reckoner/core"
 *
 * const santiago = Result.getOrThrow(BusinessZone.parse("America/Santiago"))
 *
 * BusinessZone.civilDate(santiago, Date.UTC(2026, 10, 22, 1, 30)) // => "2026-11-21"
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const civilDate = (zone: BusinessZone, instantMs: number): PlainDate.PlainDate =>
  PlainDate.fromEpochDay(epochDayAt(zone, instantMs))

/**
 * What calendar and clock on the wall of the zone show at an instant.
 *
 * **Units**
 *
 * `instantMs` is milliseconds since 1970-01-01T00:00Z, `secondOfDay` seconds
 * since midnight on the wall.
 *
 * **Example** (Half past ten in the evening)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BusinessZone } from "@reckoner/core"
 *
 * const santiago = Result.getOrThrow(BusinessZone.parse("America/Santiago"))
 *
 * BusinessZone.wallTime(santiago, Date.UTC(2026, 10, 22, 1, 30)) // => { date: "2026-11-21", secondOfDay: 81_000 }
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const wallTime = (zone: BusinessZone, instantMs: number): WallTime => {
  const wall = wallMs(zone, instantMs)
  const day = Math.floor(wall / MS_PER_DAY)
  return { date: PlainDate.fromEpochDay(day), secondOfDay: (wall - day * MS_PER_DAY) / MS_PER_SECOND }
}

/**
 * The instant at which a clock on the wall of the zone shows a time of day on a
 * civil date.
 *
 * **Units**
 *
 * `secondOfDay` is seconds since midnight on the wall, 0 to 86,399; the result
 * is milliseconds since 1970-01-01T00:00Z.
 *
 * **Gotchas**
 *
 * A time that the clocks skip is the first instant after the gap: 02:30 on the
 * morning when they go from 02:00 to 03:00 is 03:00. A time that they show
 * twice is the first of the two.
 *
 * **Example** (A nightly job on the mornings when clocks change)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BusinessZone, PlainDate } from "@reckoner/core"
 *
 * const paris = Result.getOrThrow(BusinessZone.parse("Europe/Paris"))
 * const at = (date: string) =>
 *   new Date(BusinessZone.instantAt(paris, PlainDate.parseUnsafe(date), 2.5 * 3600)).toISOString()
 *
 * at("2026-03-28") // => "2026-03-28T01:30:00.000Z"
 * at("2026-03-29") // => "2026-03-29T01:00:00.000Z"
 * at("2026-10-25") // => "2026-10-25T00:30:00.000Z"
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const instantAt = (zone: BusinessZone, date: PlainDate.PlainDate, secondOfDay: number): number => {
  const wall = PlainDate.epochDay(date) * MS_PER_DAY + secondOfDay * MS_PER_SECOND
  const before = offsetMs(zone, wall - OFFSET_MS_MAX)
  const after = offsetMs(zone, wall + OFFSET_MS_MAX)
  const candidates = [wall - before, wall - after].filter((at) => wallMs(zone, at) === wall)
  if (candidates.length > 0) return Math.min(...candidates)
  return firstInstantShowing(zone, wall, wall - Math.max(before, after) - MS_PER_DAY)
}

/** The clocks skip that time: finds the jump, by halving, to the second. */
const firstInstantShowing = (zone: BusinessZone, wall: number, fromMs: number): number => {
  let low = Math.floor(fromMs / MS_PER_SECOND)
  let high = low + Math.ceil((3 * MS_PER_DAY) / MS_PER_SECOND)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (wallMs(zone, middle * MS_PER_SECOND) >= wall) high = middle
    else low = middle
  }
  return high * MS_PER_SECOND
}

/**
 * The first instant of a civil date in the zone.
 *
 * **Units**
 *
 * Milliseconds since 1970-01-01T00:00Z.
 *
 * **Gotchas**
 *
 * Where clocks skip midnight (Santiago, São Paulo before 2019) the day begins
 * at the first instant that exists, 01:00 on the wall. Where they show midnight
 * twice (Havana) it begins at the first. A date that a zone skipped altogether
 * (Apia, 2011-12-30) begins and ends with the next day.
 *
 * **Example** (The day on which Santiago skips midnight)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BusinessZone, PlainDate } from "@reckoner/core"
 *
 * const santiago = Result.getOrThrow(BusinessZone.parse("America/Santiago"))
 * const start = BusinessZone.startOfDay(santiago, PlainDate.parseUnsafe("2026-09-06"))
 *
 * new Date(start).toISOString() // => "2026-09-06T04:00:00.000Z"
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const startOfDay = (zone: BusinessZone, date: PlainDate.PlainDate): number => instantAt(zone, date, 0)

/**
 * A civil day as a half-open range of instants: 23, 24 or 25 hours, or whatever
 * the zone decreed.
 *
 * **Units**
 *
 * Milliseconds since 1970-01-01T00:00Z; the end is the first instant of the next day.
 *
 * **Example** (A day of 25 hours in New York)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BusinessZone, PlainDate } from "@reckoner/core"
 *
 * const newYork = Result.getOrThrow(BusinessZone.parse("America/New_York"))
 * const { endExclusiveMs, startMs } = BusinessZone.dayWindow(newYork, PlainDate.parseUnsafe("2026-11-01"))
 * const hours = (endExclusiveMs - startMs) / 3_600_000
 *
 * hours // => 25
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const dayWindow = (zone: BusinessZone, date: PlainDate.PlainDate): DayWindow => ({
  startMs: startOfDay(zone, date),
  endExclusiveMs: startOfDay(zone, PlainDate.addDays(date, 1))
})
