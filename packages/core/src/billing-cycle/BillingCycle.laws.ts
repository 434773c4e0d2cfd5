/**
 * Laws of `BillingCycle`, as plain predicates. They know nothing of a test
 * runner, so any caller can check its own cycles against them. They hold for
 * periods that lie inside the calendar.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as BillingCycle from "./BillingCycle.ts"

const periodOf = (cycle: BillingCycle.BillingCycle, date: PlainDate.PlainDate): BillingCycle.BillingPeriod =>
  Result.getOrThrow(BillingCycle.periodContaining(cycle, date))

/** The date lies inside the period found for it. */
export const containment = (cycle: BillingCycle.BillingCycle, date: PlainDate.PlainDate): boolean => {
  const period = periodOf(cycle, date)
  return !PlainDate.isBefore(date, period.start) && PlainDate.isBefore(date, period.endExclusive)
}

/** A period ends on the day the next one starts. */
export const tiling = (cycle: BillingCycle.BillingCycle, date: PlainDate.PlainDate): boolean => {
  const period = periodOf(cycle, date)
  const next = periodOf(cycle, period.endExclusive)
  return next.index === period.index + 1 && next.start === period.endExclusive
}

/** A monthly start keeps the anchor's day, or the last day of a shorter month. */
export const noDrift = (cycle: BillingCycle.BillingCycle, date: PlainDate.PlainDate): boolean => {
  const { index, start } = periodOf(cycle, date)
  if (cycle.unit === "day") {
    return PlainDate.epochDay(start) - PlainDate.epochDay(cycle.anchorDate) === index * cycle.intervalCount
  }
  const months = PlainDate.epochMonth(start) - PlainDate.epochMonth(cycle.anchorDate)
  const day = Math.min(PlainDate.dayOfMonth(cycle.anchorDate), PlainDate.lengthOfMonth(start))
  return months === index * cycle.intervalCount && PlainDate.dayOfMonth(start) === day
}

/** Of two dates, the later one is not in an earlier period. */
export const monotonicity = (
  cycle: BillingCycle.BillingCycle,
  one: PlainDate.PlainDate,
  other: PlainDate.PlainDate
): boolean => {
  const [earlier, later] = PlainDate.isBefore(other, one) ? [other, one] : [one, other]
  return periodOf(cycle, earlier).index <= periodOf(cycle, later).index
}
