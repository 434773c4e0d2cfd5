/**
 * A recurring billing rhythm, and the period of it that holds a given date.
 *
 * A cycle is fixed by its anchor date: every period starts a whole number of
 * intervals after the anchor. Periods are half-open, `[start, endExclusive)`.
 * Finding one is a few integer operations, however far the date is from the
 * anchor.
 *
 * @see docs/adr/0004-periods-are-counted-from-the-anchor.md
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as PlainDate from "../calendar/PlainDate.ts"

/**
 * What an interval is counted in.
 *
 * @category models
 * @since 0.1.0
 */
export type IntervalUnit = "day" | "month"

/**
 * A rhythm of `intervalCount` days or months, counted from `anchorDate`.
 *
 * @category models
 * @since 0.1.0
 */
export interface BillingCycle {
  readonly anchorDate: PlainDate.PlainDate
  readonly unit: IntervalUnit
  readonly intervalCount: number
}

/**
 * One period of a cycle. `index` counts from the anchor: the anchor starts
 * period 0.
 *
 * @category models
 * @since 0.1.0
 */
export interface BillingPeriod {
  readonly index: number
  readonly start: PlainDate.PlainDate
  readonly endExclusive: PlainDate.PlainDate
}

/**
 * The largest interval: the largest that a source column of type `integer` holds.
 *
 * @category constants
 * @since 0.1.0
 */
export const INTERVAL_COUNT_MAX = 2_147_483_647

/**
 * The interval is not a whole number from 1 to `INTERVAL_COUNT_MAX`.
 *
 * @category errors
 * @since 0.1.0
 */
export class IntervalCountOutOfRange
  extends /* @__PURE__ */ Data.TaggedError("IntervalCountOutOfRange")<{
    readonly intervalCount: number
  }> {}

/**
 * The date is earlier than the anchor, so no period holds it.
 *
 * @category errors
 * @since 0.1.0
 */
export class DateBeforeAnchor
  extends /* @__PURE__ */ Data.TaggedError("DateBeforeAnchor")<{
    readonly date: PlainDate.PlainDate
    readonly anchorDate: PlainDate.PlainDate
  }> {}

/**
 * Checks the parts of a cycle.
 *
 * **Errors**
 *
 * - `IntervalCountOutOfRange`: the interval is not a whole number from 1 to
 *   `INTERVAL_COUNT_MAX`.
 *
 * **Example** (An interval of nothing)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BillingCycle, PlainDate } from "@reckoner/core"
 *
 * const anchorDate = PlainDate.parseUnsafe("2024-01-31")
 *
 * Result.isSuccess(BillingCycle.make({ anchorDate, unit: "month", intervalCount: 1 })) // => true
 * Result.isSuccess(BillingCycle.make({ anchorDate, unit: "month", intervalCount: 0 })) // => false
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (fields: BillingCycle): Result.Result<BillingCycle, IntervalCountOutOfRange> => {
  const { anchorDate, intervalCount, unit } = fields
  return Number.isInteger(intervalCount) && intervalCount >= 1 && intervalCount <= INTERVAL_COUNT_MAX
    ? Result.succeed({ anchorDate, unit, intervalCount })
    : Result.fail(new IntervalCountOutOfRange({ intervalCount }))
}

/**
 * Finds the period that holds a date: the one whose start is the latest
 * anniversary of the anchor on or before that date.
 *
 * **Units**
 *
 * `date` is a civil date. Turn an instant into one in the business's time
 * zone before calling.
 *
 * **Errors**
 *
 * - `DateBeforeAnchor`: the date is earlier than the anchor.
 *
 * **Laws**
 *
 * - `containment`: `start <= date < endExclusive`.
 * - `tiling`: a period ends where the next one starts, so none overlap and no
 *   date is left out.
 * - `noDrift`: every start is the anchor plus `index * intervalCount` units.
 * - `monotonicity`: a later date is never in an earlier period.
 *
 * Stated in `BillingCycle.laws.ts`, checked in `BillingCycle.test.ts`.
 *
 * **Gotchas**
 *
 * A period that would leave the calendar ends at `PlainDate.MAX`.
 *
 * **Example** (Invoice issued before this month's anniversary)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BillingCycle, PlainDate } from "@reckoner/core"
 *
 * const date = (text: string) => Result.getOrThrow(PlainDate.parse(text))
 * const quarterly = Result.getOrThrow(
 *   BillingCycle.make({ anchorDate: date("2024-01-15"), unit: "month", intervalCount: 3 })
 * )
 *
 * const period = Result.getOrThrow(BillingCycle.periodContaining(quarterly, date("2024-07-10")))
 *
 * period.start // => "2024-04-15"
 * period.endExclusive // => "2024-07-15"
 * ```
 *
 * @see {@link periodAt} to look a period up by number
 * @see {@link periodAround} for a date on either side of the anchor
 * @category queries
 * @since 0.1.0
 */
export const periodContaining = (
  self: BillingCycle,
  date: PlainDate.PlainDate
): Result.Result<BillingPeriod, DateBeforeAnchor> =>
  PlainDate.isBefore(date, self.anchorDate)
    ? Result.fail(new DateBeforeAnchor({ date, anchorDate: self.anchorDate }))
    : Result.succeed(periodAround(self, date))

/**
 * Finds the period that holds a date when the rhythm is continued backwards
 * too: before the anchor the index is negative.
 *
 * **Example** (An anchor that lies in the future)
 *
 * ```ts doctest
 * import { BillingCycle, PlainDate } from "@reckoner/core"
 *
 * const date = PlainDate.parseUnsafe
 * const monthly = { anchorDate: date("2025-04-28"), unit: "month", intervalCount: 1 } as const
 *
 * BillingCycle.periodAround(monthly, date("2025-01-15")) // => { index: -4, start: "2024-12-28", endExclusive: "2025-01-28" }
 * ```
 *
 * @see {@link periodContaining} for the rule that nothing lies before the anchor
 * @category queries
 * @since 0.1.0
 */
export const periodAround = (self: BillingCycle, date: PlainDate.PlainDate): BillingPeriod => {
  if (self.unit === "day") {
    const days = PlainDate.epochDay(date) - PlainDate.epochDay(self.anchorDate)
    return periodAt(self, Math.floor(days / self.intervalCount))
  }
  const anchorMonth = PlainDate.epochMonth(self.anchorDate)
  const month = PlainDate.epochMonth(date)
  // `candidate` is the last period that starts in the date's month or before it.
  // It may start later in that same month than the date; then the date still
  // belongs to the period before.
  const candidate = Math.floor((month - anchorMonth) / self.intervalCount)
  const startsInSameMonth = anchorMonth + candidate * self.intervalCount === month
  const startsLater =
    startsInSameMonth &&
    Math.min(PlainDate.dayOfMonth(self.anchorDate), PlainDate.lengthOfEpochMonth(month)) > PlainDate.dayOfMonth(date)
  return periodAt(self, startsLater ? candidate - 1 : candidate)
}

/**
 * The period with a given number. Period 0 starts on the anchor; negative
 * numbers continue the rhythm backwards.
 *
 * **Gotchas**
 *
 * Months are always added to the original anchor and clamped to the month's
 * last day, so a cycle that starts on the 31st comes back to the 31st after a
 * shorter month. A date that would leave the calendar is `PlainDate.MIN` or
 * `PlainDate.MAX`.
 *
 * **Example** (The second month after the last of January)
 *
 * ```ts doctest
 * import { BillingCycle, PlainDate } from "@reckoner/core"
 *
 * const monthly = { anchorDate: PlainDate.parseUnsafe("2024-01-31"), unit: "month", intervalCount: 1 } as const
 *
 * BillingCycle.periodAt(monthly, 1) // => { index: 1, start: "2024-02-29", endExclusive: "2024-03-31" }
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const periodAt = (self: BillingCycle, index: number): BillingPeriod => {
  const units = index * self.intervalCount
  if (self.unit === "day") {
    const day = PlainDate.epochDay(self.anchorDate) + units
    return {
      index,
      start: PlainDate.fromEpochDay(day),
      endExclusive: PlainDate.fromEpochDay(day + self.intervalCount)
    }
  }
  const month = PlainDate.epochMonth(self.anchorDate) + units
  const day = PlainDate.dayOfMonth(self.anchorDate)
  return {
    index,
    start: PlainDate.fromEpochMonth(month, day),
    endExclusive: PlainDate.fromEpochMonth(month + self.intervalCount, day)
  }
}
