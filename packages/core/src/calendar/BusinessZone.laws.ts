/**
 * Laws of `BusinessZone`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as BusinessZone from "./BusinessZone.ts"
import * as PlainDate from "./PlainDate.ts"

/** A day's end is the next day's start, and no day ends before it begins. */
export const tiling = (zone: BusinessZone.BusinessZone, date: PlainDate.PlainDate): boolean => {
  const day = BusinessZone.dayWindow(zone, date)
  const next = BusinessZone.dayWindow(zone, PlainDate.addDays(date, 1))
  return day.endExclusiveMs === next.startMs && day.startMs <= day.endExclusiveMs
}

/** An instant lies in the window of its own civil date, and not in that of the day before or after. */
export const eachInstantInExactlyOne = (zone: BusinessZone.BusinessZone, instantMs: number): boolean => {
  const date = BusinessZone.civilDate(zone, instantMs)
  const holds = (day: PlainDate.PlainDate): boolean => {
    const window = BusinessZone.dayWindow(zone, day)
    return window.startMs <= instantMs && instantMs < window.endExclusiveMs
  }
  return holds(date) && !holds(PlainDate.addDays(date, -1)) && !holds(PlainDate.addDays(date, 1))
}

/** The instant of what the wall shows is shown as that, and is not later. */
export const wallTimeRoundTrip = (zone: BusinessZone.BusinessZone, instantMs: number): boolean => {
  const wall = BusinessZone.wallTime(zone, instantMs)
  const first = BusinessZone.instantAt(zone, wall.date, wall.secondOfDay)
  const again = BusinessZone.wallTime(zone, first)
  return again.date === wall.date && again.secondOfDay === wall.secondOfDay && first <= instantMs
}
