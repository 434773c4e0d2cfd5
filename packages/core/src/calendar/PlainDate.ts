/**
 * Civil calendar dates: a year, a month and a day, with no clock and no time
 * zone. A `PlainDate` is the ISO text `YYYY-MM-DD`, so up to the year 9999
 * string order is date order, and the value goes into a PostgreSQL `date`
 * column unchanged.
 *
 * The calendar is PostgreSQL's from the year 1 on: proleptic Gregorian, to the
 * last day that its `date` can hold. A year after 9999 has more digits, so
 * `isBefore` compares, not `<`. Arithmetic is integer arithmetic on day and
 * month numbers; no `Date` and no time zone is involved.
 *
 * **Laws**
 *
 * - `addDaysRoundTrip`: adding days and taking them away again changes nothing.
 * - `orderIsTextOrder`: of two years with as many digits the earlier date is the smaller text.
 * - `isBeforeIsDayOrder`: one date is before another exactly when its day number is smaller.
 * - `clampKeepsMonth`: adding months lands in the month asked for, on the same
 *   day or on that month's last day.
 * - `epochDayRoundTrip`: a date is the date of its own day number.
 *
 * Stated in `PlainDate.laws.ts`, checked in `PlainDate.test.ts`.
 *
 * @since 0.1.0
 */
import type * as Brand from "effect/Brand"
import * as Data from "effect/Data"
import * as Result from "effect/Result"

/**
 * A civil date as the text `YYYY-MM-DD`, with more digits in a year after 9999.
 *
 * @category models
 * @since 0.1.0
 */
export type PlainDate = Brand.Branded<string, "PlainDate">

/**
 * The text is not of the form `YYYY-MM-DD`, with more digits in a year after 9999.
 *
 * @category errors
 * @since 0.1.0
 */
export class DateTextMalformed
  extends /* @__PURE__ */ Data.TaggedError("DateTextMalformed")<{ readonly input: string }> {}

/**
 * The text has the right form but the calendar has no such day: 2026-02-30, the
 * year 0000, or a day after `MAX`.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoSuchDate extends /* @__PURE__ */ Data.TaggedError("NoSuchDate")<{ readonly input: string }> {}

const MONTHS_PER_YEAR = 12
const DAYS_BEFORE_EPOCH = 719_468 // from 0000-03-01 to 1970-01-01
const DAYS_PER_ERA = 146_097 // 400 years
const YEAR_MAX = 5_874_897
const TEXT_LENGTH_MIN = 10
const TEXT_LENGTH_MAX = 13
const DASH = 45
const DIGIT_0 = 48

// `Brand.nominal` would bring the schema machinery into every bundle for this.
const brand = (text: string): PlainDate => text as PlainDate

/**
 * The first day of the calendar.
 *
 * @category constants
 * @since 0.1.0
 */
export const MIN: PlainDate = brand("0001-01-01")

/**
 * The last day of the calendar, the last that PostgreSQL can hold.
 *
 * @category constants
 * @since 0.1.0
 */
export const MAX: PlainDate = brand("5874897-12-31")

const TWO_DIGITS: ReadonlyArray<string> = Array.from({ length: 32 }, (_, n) => String(n).padStart(2, "0"))

const format = (year: number, month: number, day: number): PlainDate =>
  brand(`${year > 999 ? year : String(year).padStart(4, "0")}-${TWO_DIGITS[month]}-${TWO_DIGITS[day]}`)

const digits = (text: string, from: number, count: number): number => {
  let value = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - DIGIT_0
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/**
 * Reads a date from the text `YYYY-MM-DD`.
 *
 * **Errors**
 *
 * - `DateTextMalformed`: the text is not a year of four digits or more, two and two, with dashes.
 * - `NoSuchDate`: the calendar has no such day.
 *
 * **Example** (Reading a day that a common year does not have)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { PlainDate } from "@reckoner/core"
 *
 * Result.isSuccess(PlainDate.parse("2024-02-29")) // => true
 * Result.isSuccess(PlainDate.parse("2023-02-29")) // => false
 * Result.isSuccess(PlainDate.parse("29.02.2024")) // => false
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (input: string): Result.Result<PlainDate, DateTextMalformed | NoSuchDate> => {
  const length = input.length
  const y = digits(input, 0, length - 6)
  const m = digits(input, length - 5, 2)
  const d = digits(input, length - 2, 2)
  const hasForm =
    length >= TEXT_LENGTH_MIN &&
    length <= TEXT_LENGTH_MAX &&
    input.charCodeAt(length - 3) === DASH &&
    input.charCodeAt(length - 6) === DASH &&
    (length === TEXT_LENGTH_MIN || input.charCodeAt(0) !== DIGIT_0) &&
    !Number.isNaN(y + m + d)
  if (!hasForm) return Result.fail(new DateTextMalformed({ input }))
  return y >= 1 && y <= YEAR_MAX && m >= 1 && m <= MONTHS_PER_YEAR && d >= 1 && d <= daysInMonth(y, m)
    ? Result.succeed(brand(input))
    : Result.fail(new NoSuchDate({ input }))
}

/**
 * Reads a date, or throws. For tests and constants.
 *
 * **Example** (A constant date)
 *
 * ```ts doctest
 * import { PlainDate } from "@reckoner/core"
 *
 * PlainDate.parseUnsafe("2026-11-21") // => "2026-11-21"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parseUnsafe = (input: string): PlainDate => Result.getOrThrow(parse(input))

/**
 * The year, from 1 on.
 *
 * @category getters
 * @since 0.1.0
 */
export const year = (self: PlainDate): number => digits(self, 0, self.length - 6)

/**
 * The month, 1..12.
 *
 * @category getters
 * @since 0.1.0
 */
export const month = (self: PlainDate): number => digits(self, self.length - 5, 2)

/**
 * The day of the month, 1..31.
 *
 * @category getters
 * @since 0.1.0
 */
export const dayOfMonth = (self: PlainDate): number => digits(self, self.length - 2, 2)

/**
 * Months since January of year 0, ignoring the day.
 *
 * @category getters
 * @since 0.1.0
 */
export const epochMonth = (self: PlainDate): number => year(self) * MONTHS_PER_YEAR + month(self) - 1

const isLeapYear = (y: number): boolean => y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0)

// February is month 2; of the others, the months 4, 6, 9 and 11 have 30 days.
const daysInMonth = (y: number, m: number): number => (m === 2 ? (isLeapYear(y) ? 29 : 28) : 30 | (m ^ (m >> 3)))

/**
 * Days in a month that is given by its number since year 0, 28..31.
 *
 * @category getters
 * @since 0.1.0
 */
export const lengthOfEpochMonth = (months: number): number => {
  const y = Math.floor(months / MONTHS_PER_YEAR)
  return daysInMonth(y, months - y * MONTHS_PER_YEAR + 1)
}

/**
 * Days in the month that holds the date, 28..31.
 *
 * @category getters
 * @since 0.1.0
 */
export const lengthOfMonth = (self: PlainDate): number => daysInMonth(year(self), month(self))

/**
 * Days since 1970-01-01, negative before it.
 *
 * **Example** (The day after the epoch)
 *
 * ```ts doctest
 * import { PlainDate } from "@reckoner/core"
 *
 * PlainDate.epochDay(PlainDate.parseUnsafe("1970-01-02")) // => 1
 * PlainDate.epochDay(PlainDate.parseUnsafe("1969-12-31")) // => -1
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const epochDay = (self: PlainDate): number => {
  // Howard Hinnant's days_from_civil: years start in March, so the leap day is the last of its year.
  const m = month(self)
  const y = year(self) - (m <= 2 ? 1 : 0)
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + dayOfMonth(self) - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * DAYS_PER_ERA + dayOfEra - DAYS_BEFORE_EPOCH
}

const EPOCH_DAY_MIN = epochDay(MIN)
const EPOCH_DAY_MAX = epochDay(MAX)
const EPOCH_MONTH_MIN = epochMonth(MIN)
const EPOCH_MONTH_MAX = epochMonth(MAX)

/**
 * The date that is a whole number of days after 1970-01-01.
 *
 * **Gotchas**
 *
 * A day outside the calendar gives `MIN` or `MAX`.
 *
 * **Example** (Day 20,000)
 *
 * ```ts doctest
 * import { PlainDate } from "@reckoner/core"
 *
 * PlainDate.fromEpochDay(20_000) // => "2024-10-04"
 * PlainDate.fromEpochDay(2_932_897) // => "10000-01-01"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromEpochDay = (days: number): PlainDate => {
  if (days <= EPOCH_DAY_MIN) return MIN
  if (days >= EPOCH_DAY_MAX) return MAX
  const z = days + DAYS_BEFORE_EPOCH
  const era = Math.floor(z / DAYS_PER_ERA)
  const dayOfEra = z - era * DAYS_PER_ERA
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1
  const m = shifted + (shifted < 10 ? 3 : -9)
  return format(yearOfEra + era * 400 + (m <= 2 ? 1 : 0), m, day)
}

/**
 * The date in a month (counted since year 0) on the given day, or on the
 * month's last day where the month is shorter.
 *
 * **Gotchas**
 *
 * A month outside the calendar gives `MIN` or `MAX`.
 *
 * **Example** (The 31st of a month with 30 days)
 *
 * ```ts doctest
 * import { PlainDate } from "@reckoner/core"
 *
 * PlainDate.fromEpochMonth(2026 * 12 + 3, 31) // => "2026-04-30"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromEpochMonth = (months: number, day: number): PlainDate => {
  if (months < EPOCH_MONTH_MIN) return MIN
  if (months > EPOCH_MONTH_MAX) return MAX
  const y = Math.floor(months / MONTHS_PER_YEAR)
  const m = months - y * MONTHS_PER_YEAR + 1
  const last = daysInMonth(y, m)
  return format(y, m, day < last ? day : last)
}

/**
 * Adds whole days, forwards or backwards.
 *
 * **Gotchas**
 *
 * A result outside the calendar is `MIN` or `MAX`.
 *
 * **Example** (Over a leap day)
 *
 * ```ts doctest
 * import { PlainDate } from "@reckoner/core"
 *
 * PlainDate.addDays(PlainDate.parseUnsafe("2024-02-28"), 2) // => "2024-03-01"
 * ```
 *
 * @category transforming
 * @since 0.1.0
 */
export const addDays = (self: PlainDate, days: number): PlainDate => fromEpochDay(epochDay(self) + days)

/**
 * Adds whole months, forwards or backwards. Where the target month is shorter,
 * its last day is returned.
 *
 * **Gotchas**
 *
 * Adding one month twice is not adding two: 31 January plus a month is 28
 * February, and that plus a month is 28 March, but 31 January plus two months
 * is 31 March. A result outside the calendar is `MIN` or `MAX`.
 *
 * **Example** (A month after the last of January)
 *
 * ```ts doctest
 * import { PlainDate } from "@reckoner/core"
 *
 * PlainDate.addMonths(PlainDate.parseUnsafe("2024-01-31"), 1) // => "2024-02-29"
 * PlainDate.addMonths(PlainDate.parseUnsafe("2024-01-31"), -2) // => "2023-11-30"
 * ```
 *
 * @category transforming
 * @since 0.1.0
 */
export const addMonths = (self: PlainDate, months: number): PlainDate =>
  fromEpochMonth(epochMonth(self) + months, dayOfMonth(self))

/**
 * Whole days from one date to another, negative when the other is earlier.
 *
 * **Example** (Nights between two dates)
 *
 * ```ts doctest
 * import { PlainDate } from "@reckoner/core"
 *
 * PlainDate.daysBetween({ from: PlainDate.parseUnsafe("2026-02-27"), to: PlainDate.parseUnsafe("2026-03-01") }) // => 2
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const daysBetween = (range: { readonly from: PlainDate; readonly to: PlainDate }): number =>
  epochDay(range.to) - epochDay(range.from)

/**
 * Says whether one date is earlier than another.
 *
 * **Gotchas**
 *
 * `<` on the texts is right up to the year 9999 only.
 *
 * **Example** (Over the year 9999)
 *
 * ```ts doctest
 * import { PlainDate } from "@reckoner/core"
 *
 * PlainDate.isBefore(PlainDate.parseUnsafe("9999-12-31"), PlainDate.parseUnsafe("10000-01-01")) // => true
 * PlainDate.isBefore(PlainDate.parseUnsafe("2026-11-21"), PlainDate.parseUnsafe("2026-11-21")) // => false
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const isBefore = (self: PlainDate, that: PlainDate): boolean =>
  self.length === that.length ? self < that : self.length < that.length
