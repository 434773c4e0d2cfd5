/**
 * Generators for `PlainDate`. Month ends and leap days are drawn on purpose:
 * they are where the bugs live.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import * as PlainDate from "./PlainDate.ts"

const day = (text: string): number => PlainDate.epochDay(PlainDate.parseUnsafe(text))

const between = (first: string, last: string): fc.Arbitrary<PlainDate.PlainDate> =>
  fc.integer({ min: day(first), max: day(last) }).map(PlainDate.fromEpochDay)

const lastOfMonth = (date: PlainDate.PlainDate): PlainDate.PlainDate =>
  PlainDate.addDays(date, PlainDate.lengthOfMonth(date) - PlainDate.dayOfMonth(date))

const leapDay = fc
  .integer({ min: 475, max: 550 })
  .map((fourth) => fourth * 4)
  .filter((year) => year % 100 !== 0 || year % 400 === 0)
  .map((year) => PlainDate.parseUnsafe(`${year}-02-29`))

/** A date of business: 1900 to 2199, with month ends and leap days overdrawn. */
export const plainDate: fc.Arbitrary<PlainDate.PlainDate> = fc.oneof(
  { weight: 4, arbitrary: between("1900-01-01", "2199-12-31") },
  { weight: 3, arbitrary: between("1900-01-01", "2199-12-31").map(lastOfMonth) },
  { weight: 1, arbitrary: leapDay }
)

/** Any date of the calendar, its two ends included. */
export const anyPlainDate: fc.Arbitrary<PlainDate.PlainDate> = fc.oneof(
  { weight: 4, arbitrary: plainDate },
  { weight: 2, arbitrary: between("0001-01-01", "9999-12-31") },
  { weight: 1, arbitrary: between("9990-01-01", "10010-12-31") },
  { weight: 1, arbitrary: between(PlainDate.MIN, PlainDate.MAX) },
  { weight: 1, arbitrary: fc.constantFrom(PlainDate.MIN, PlainDate.MAX) }
)
