/**
 * Laws of `SyncWindow`, as plain predicates. Instants are milliseconds since
 * 1970-01-01T00:00Z, seconds count from the same moment.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as BusinessZone from "../calendar/BusinessZone.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as SyncWindow from "./SyncWindow.ts"

const DATES_AROUND = [-2, -1, 0, 1, 2, 3]

const dateAt = (zone: BusinessZone.BusinessZone, seconds: number): PlainDate.PlainDate =>
  BusinessZone.civilDate(zone, seconds * 1000)

/** A date that a zone left out, as it went to the other side of the date line, shows at no instant. */
const isLeftOut = (zone: BusinessZone.BusinessZone, date: PlainDate.PlainDate): boolean =>
  BusinessZone.civilDate(zone, BusinessZone.startOfDay(zone, date)) !== date

/** What a run on that date takes for yesterday. */
const yesterdayOn = (zone: BusinessZone.BusinessZone, date: PlainDate.PlainDate): SyncWindow.SyncWindow =>
  SyncWindow.yesterday({ now: BusinessZone.startOfDay(zone, date), zone })

/** Yesterday's window ends where that of the next day begins, and whatever the hour of the run, it is the same. */
export const daysTile = (zone: BusinessZone.BusinessZone, now: number): boolean => {
  const window = SyncWindow.yesterday({ now, zone })
  const today = BusinessZone.civilDate(zone, now)
  const tomorrow = PlainDate.addDays(today, 1)
  const early = yesterdayOn(zone, today)
  return (
    window.fromEpochSeconds <= window.untilEpochSeconds &&
    window.untilEpochSeconds * 1000 <= now &&
    early.fromEpochSeconds === window.fromEpochSeconds &&
    early.untilEpochSeconds === window.untilEpochSeconds &&
    (isLeftOut(zone, tomorrow) || yesterdayOn(zone, tomorrow).fromEpochSeconds === window.untilEpochSeconds)
  )
}

/** Of the runs of the days around, that of the day after a second has it in its window, and no other. */
export const eachSecondInOneDay = (zone: BusinessZone.BusinessZone, second: number): boolean => {
  const date = dateAt(zone, second)
  const nextDay = PlainDate.addDays(date, 1)
  const holding = DATES_AROUND.map((days) => PlainDate.addDays(date, days)).filter((day) => {
    if (isLeftOut(zone, day)) return false
    const { fromEpochSeconds, untilEpochSeconds } = yesterdayOn(zone, day)
    return fromEpochSeconds <= second && second < untilEpochSeconds
  })
  // No run takes place on a date that was left out; a catch-up covers the day before it.
  return isLeftOut(zone, nextDay) ? holding.length === 0 : holding.length === 1 && holding[0] === nextDay
}

/** A month begins with its first day and ends with its last. */
export const monthIsItsDays = (zone: BusinessZone.BusinessZone, date: PlainDate.PlainDate): boolean => {
  const month = Result.getOrThrow(SyncWindow.month({ month: date.slice(0, 7), zone }))
  const first = PlainDate.addDays(date, 1 - PlainDate.dayOfMonth(date))
  const last = PlainDate.addDays(first, PlainDate.lengthOfMonth(date) - 1)
  const day = (of: PlainDate.PlainDate) => BusinessZone.dayWindow(zone, of)
  return (
    month.fromEpochSeconds * 1000 === day(first).startMs && month.untilEpochSeconds * 1000 === day(last).endExclusiveMs
  )
}

/** The windows follow each other without gap or overlap, up to today's midnight. */
export const catchUpTiles = (options: SyncWindow.CatchUp): boolean => {
  const windows = SyncWindow.catchUp(options)
  const { now, zone } = options
  return (
    windows.every(
      ({ fromEpochSeconds, untilEpochSeconds }, at) =>
        fromEpochSeconds <= untilEpochSeconds && (at === 0 || windows[at - 1]?.untilEpochSeconds === fromEpochSeconds)
    ) && windows.at(-1)?.untilEpochSeconds === SyncWindow.yesterday({ now, zone }).untilEpochSeconds
  )
}

/**
 * They begin no later than the last window ended, less the overlap, and no later
 * than yesterday, and not earlier than needed; without a last window there is
 * only yesterday.
 */
export const catchUpMissesNothing = (options: SyncWindow.CatchUp): boolean => {
  const { lastUntilEpochSeconds, now, overlapDays, zone } = options
  const yesterday = SyncWindow.yesterday({ now, zone })
  const windows = SyncWindow.catchUp(options)
  const from = windows[0]?.fromEpochSeconds
  if (from === undefined) return false
  if (lastUntilEpochSeconds === undefined) return windows.length === 1 && from === yesterday.fromEpochSeconds
  const repeated = PlainDate.addDays(dateAt(zone, lastUntilEpochSeconds), -overlapDays)
  const overlap = BusinessZone.startOfDay(zone, repeated) / 1000
  return from <= lastUntilEpochSeconds && from === Math.min(overlap, yesterday.fromEpochSeconds)
}

/** No window has more than `daysMax` midnights after that of the day on which the last window ended. */
export const catchUpIsInPortions = (options: SyncWindow.CatchUp): boolean => {
  const { daysMax, lastUntilEpochSeconds, zone } = options
  if (lastUntilEpochSeconds === undefined) return true
  const covered = PlainDate.epochDay(dateAt(zone, lastUntilEpochSeconds))
  const days = (seconds: number) => Math.max(0, PlainDate.epochDay(dateAt(zone, seconds)) - covered)
  return SyncWindow.catchUp(options).every(
    ({ fromEpochSeconds, untilEpochSeconds }) =>
      days(untilEpochSeconds) - days(fromEpochSeconds) <= daysMax ||
      isLeftOut(zone, PlainDate.addDays(dateAt(zone, untilEpochSeconds), -1))
  )
}
