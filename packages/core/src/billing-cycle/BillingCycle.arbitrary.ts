/**
 * Generators for `BillingCycle`. Month ends are drawn on purpose: they are
 * where the bugs live.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { plainDate } from "../calendar/PlainDate.arbitrary.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as BillingCycle from "./BillingCycle.ts"

const DAYS_FROM_ANCHOR_MAX = 20_000 // about 55 years, enough for many leap years

/** A cycle of days or months, up to four years long. */
export const billingCycle: fc.Arbitrary<BillingCycle.BillingCycle> = fc
  .record({
    anchorDate: plainDate,
    unit: fc.constantFrom<BillingCycle.IntervalUnit>("day", "month"),
    intervalCount: fc.oneof(fc.constantFrom(1, 2, 3, 12), fc.integer({ min: 1, max: 48 }))
  })
  .map((fields) => Result.getOrThrow(BillingCycle.make(fields)))

/** A cycle together with two dates on or after its anchor; the second is often an anniversary or the day before one. */
export const billingCycleWithDates: fc.Arbitrary<
  readonly [BillingCycle.BillingCycle, PlainDate.PlainDate, PlainDate.PlainDate]
> = billingCycle.chain((cycle) =>
  fc.tuple(
    fc.constant(cycle),
    fc.nat(DAYS_FROM_ANCHOR_MAX).map((days) => PlainDate.addDays(cycle.anchorDate, days)),
    fc.oneof(
      fc.nat(DAYS_FROM_ANCHOR_MAX).map((days) => PlainDate.addDays(cycle.anchorDate, days)),
      fc.nat(400).map((index) => BillingCycle.periodAt(cycle, index).start),
      fc.nat(400).map((index) => PlainDate.addDays(BillingCycle.periodAt(cycle, index).endExclusive, -1))
    )
  )
)
