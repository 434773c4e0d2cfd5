/**
 * A half-open range of civil dates, `[start, endExclusive)`: the first day is
 * in it, the end is the first day that is not.
 *
 * **Laws**
 *
 * - `tiling`: the days of a range, each as its own window, follow one another
 *   without gap or overlap.
 * - `eachDateInExactlyOne`: cut at any date, a window's dates lie in exactly one
 *   of the two parts.
 * - `intersectionIsCommon`: a date is in the intersection exactly when it is in
 *   both windows.
 *
 * Stated in `DateWindow.laws.ts`, checked in `DateWindow.test.ts`.
 *
 * @see docs/adr/0005-ranges-are-half-open.md
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as PlainDate from "./PlainDate.ts"

/**
 * At least one day, from `start` up to but without `endExclusive`.
 *
 * @category models
 * @since 0.1.0
 */
export interface DateWindow {
  readonly start: PlainDate.PlainDate
  readonly endExclusive: PlainDate.PlainDate
}

/**
 * The end is not after the start, so no day is inside.
 *
 * @category errors
 * @since 0.1.0
 */
export class WindowWithoutDays
  extends /* @__PURE__ */ Data.TaggedError("WindowWithoutDays")<{
    readonly start: PlainDate.PlainDate
    readonly endExclusive: PlainDate.PlainDate
  }> {}

/**
 * Checks that a range holds at least one day.
 *
 * **Errors**
 *
 * - `WindowWithoutDays`: the end is not after the start.
 *
 * **Example** (The month of February)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { DateWindow, PlainDate } from "@reckoner/core"
 *
 * const february = Result.getOrThrow(
 *   DateWindow.make({ start: PlainDate.parseUnsafe("2026-02-01"), endExclusive: PlainDate.parseUnsafe("2026-03-01") })
 * )
 *
 * DateWindow.lengthDays(february) // => 28
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (fields: DateWindow): Result.Result<DateWindow, WindowWithoutDays> =>
  PlainDate.isBefore(fields.start, fields.endExclusive)
    ? Result.succeed({ start: fields.start, endExclusive: fields.endExclusive })
    : Result.fail(new WindowWithoutDays({ start: fields.start, endExclusive: fields.endExclusive }))

/**
 * Says whether a date is in the window; the end is not.
 *
 * **Example** (The last day and the day after)
 *
 * ```ts doctest
 * import { DateWindow, PlainDate } from "@reckoner/core"
 *
 * const window = { start: PlainDate.parseUnsafe("2026-02-01"), endExclusive: PlainDate.parseUnsafe("2026-03-01") }
 *
 * DateWindow.contains(window, PlainDate.parseUnsafe("2026-02-28")) // => true
 * DateWindow.contains(window, PlainDate.parseUnsafe("2026-03-01")) // => false
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const contains = (self: DateWindow, date: PlainDate.PlainDate): boolean =>
  !PlainDate.isBefore(date, self.start) && PlainDate.isBefore(date, self.endExclusive)

/**
 * Number of days in the window.
 *
 * @category queries
 * @since 0.1.0
 */
export const lengthDays = (self: DateWindow): number =>
  PlainDate.daysBetween({ from: self.start, to: self.endExclusive })

/**
 * The days that two windows share, or `undefined` where they share none.
 *
 * **Example** (Two memberships that overlap)
 *
 * ```ts doctest
 * import { DateWindow, PlainDate } from "@reckoner/core"
 *
 * const window = (start: string, endExclusive: string) => ({
 *   start: PlainDate.parseUnsafe(start),
 *   endExclusive: PlainDate.parseUnsafe(endExclusive)
 * })
 *
 * DateWindow.intersection(window("2026-01-01", "2026-02-10"), window("2026-02-01", "2026-03-01")) // => { start: "2026-02-01", endExclusive: "2026-02-10" }
 * DateWindow.intersection(window("2026-01-01", "2026-02-01"), window("2026-02-01", "2026-03-01")) // => undefined
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const intersection = (self: DateWindow, that: DateWindow): DateWindow | undefined => {
  const start = PlainDate.isBefore(self.start, that.start) ? that.start : self.start
  const endExclusive = PlainDate.isBefore(self.endExclusive, that.endExclusive) ? self.endExclusive : that.endExclusive
  return PlainDate.isBefore(start, endExclusive) ? { start, endExclusive } : undefined
}

/**
 * The dates of the window, first to last.
 *
 * @category queries
 * @since 0.1.0
 */
export const dates = function* (self: DateWindow): Generator<PlainDate.PlainDate> {
  for (let date = self.start; PlainDate.isBefore(date, self.endExclusive); date = PlainDate.addDays(date, 1)) yield date
}
