/**
 * Laws of `PlainDate`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as PlainDate from "./PlainDate.ts"

/** Adding days and taking them away again changes nothing, inside the calendar. */
export const addDaysRoundTrip = (date: PlainDate.PlainDate, days: number): boolean => {
  const moved = PlainDate.addDays(date, days)
  const inside = moved !== PlainDate.MIN && moved !== PlainDate.MAX
  return !inside || PlainDate.addDays(moved, -days) === date
}

/** Of two years with as many digits the earlier date is the smaller text. */
export const orderIsTextOrder = (one: PlainDate.PlainDate, other: PlainDate.PlainDate): boolean =>
  one.length !== other.length || one < other === PlainDate.epochDay(one) < PlainDate.epochDay(other)

/** One date is before another exactly when its day number is smaller. */
export const isBeforeIsDayOrder = (one: PlainDate.PlainDate, other: PlainDate.PlainDate): boolean =>
  PlainDate.isBefore(one, other) === PlainDate.epochDay(one) < PlainDate.epochDay(other)

/** Adding months lands in the month asked for, on the same day or on that month's last day. */
export const clampKeepsMonth = (date: PlainDate.PlainDate, months: number): boolean => {
  const moved = PlainDate.addMonths(date, months)
  const wanted = PlainDate.epochMonth(date) + months
  if (wanted < PlainDate.epochMonth(PlainDate.MIN)) return moved === PlainDate.MIN
  if (wanted > PlainDate.epochMonth(PlainDate.MAX)) return moved === PlainDate.MAX
  const day = PlainDate.dayOfMonth(moved)
  return (
    PlainDate.epochMonth(moved) === wanted &&
    day === Math.min(PlainDate.dayOfMonth(date), PlainDate.lengthOfMonth(moved))
  )
}

/** A date is the date of its own day number. */
export const epochDayRoundTrip = (date: PlainDate.PlainDate): boolean =>
  PlainDate.fromEpochDay(PlainDate.epochDay(date)) === date
