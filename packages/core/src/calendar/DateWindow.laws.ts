/**
 * Laws of `DateWindow`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as DateWindow from "./DateWindow.ts"
import * as PlainDate from "./PlainDate.ts"

/** The days of a window follow one another without gap or overlap, from its start to its end. */
export const tiling = (window: DateWindow.DateWindow): boolean => {
  let expected = window.start
  let days = 0
  for (const date of DateWindow.dates(window)) {
    if (date !== expected) return false
    expected = PlainDate.addDays(date, 1)
    days++
  }
  return expected === window.endExclusive && days === DateWindow.lengthDays(window)
}

/** Cut at a date, a window's dates lie in exactly one of the two parts. */
export const eachDateInExactlyOne = (
  window: DateWindow.DateWindow,
  cut: PlainDate.PlainDate,
  date: PlainDate.PlainDate
): boolean => {
  const before = DateWindow.intersection(window, { start: PlainDate.MIN, endExclusive: cut })
  const after = DateWindow.intersection(window, { start: cut, endExclusive: PlainDate.MAX })
  const parts = [before, after].filter((part) => part !== undefined && DateWindow.contains(part, date))
  return parts.length === (DateWindow.contains(window, date) ? 1 : 0)
}

/** A date is in the intersection exactly when it is in both windows. */
export const intersectionIsCommon = (
  one: DateWindow.DateWindow,
  other: DateWindow.DateWindow,
  date: PlainDate.PlainDate
): boolean => {
  const common = DateWindow.intersection(one, other)
  const inBoth = DateWindow.contains(one, date) && DateWindow.contains(other, date)
  return (common !== undefined && DateWindow.contains(common, date)) === inBoth
}
