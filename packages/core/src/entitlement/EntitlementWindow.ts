/**
 * Until when a member may use what was paid: the membership cycle in which the
 * invoice falls, and on what grounds.
 *
 * @see docs/adr/0004-periods-are-counted-from-the-anchor.md
 * @see docs/adr/0006-an-undefined-rhythm-falls-back-to-one-month.md
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as BillingCycle from "../billing-cycle/BillingCycle.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as Invoice from "./Invoice.ts"

/**
 * A field of a subscription without which there is no rhythm.
 *
 * @category models
 * @since 0.1.0
 */
export type RhythmField = "anchorDate" | "unit" | "intervalCount"

/**
 * Why a window is what it is: the anniversary on or before the invoice date;
 * the first cycle, because the invoice is older than the anchor; or one month
 * from the invoice date, because the rhythm is not defined. `found` is what the
 * undefined field held, where it held anything.
 *
 * @category models
 * @since 0.1.0
 */
export type Basis =
  | { readonly _tag: "Anniversary"; readonly cycle: BillingCycle.BillingCycle; readonly index: number }
  | { readonly _tag: "FirstCycle"; readonly cycle: BillingCycle.BillingCycle }
  | { readonly _tag: "OneMonthFromInvoice"; readonly field: RhythmField; readonly found: string | undefined }

/**
 * The window of an entitlement, half-open, with its grounds.
 *
 * @category models
 * @since 0.1.0
 */
export interface EntitlementWindow {
  readonly start: PlainDate.PlainDate
  readonly endExclusive: PlainDate.PlainDate
  readonly basis: Basis
}

/**
 * The anchor date is there but lies outside the calendar (`infinity`, a year
 * before 1), so no cycle can be counted from it.
 *
 * @category errors
 * @since 0.1.0
 */
export class AnchorDateUnreadable
  extends /* @__PURE__ */ Data.TaggedError("AnchorDateUnreadable")<{ readonly found: string }> {}

/**
 * The window reaches the end of the calendar, so its true end cannot be told.
 *
 * @category errors
 * @since 0.1.0
 */
export class WindowLeavesCalendar
  extends /* @__PURE__ */ Data.TaggedError("WindowLeavesCalendar")<{
    readonly start: PlainDate.PlainDate
  }> {}

const undefinedField = (
  field: RhythmField,
  found: string | undefined,
  invoiceDate: PlainDate.PlainDate
): EntitlementWindow => ({
  start: invoiceDate,
  endExclusive: PlainDate.addMonths(invoiceDate, 1),
  basis: { _tag: "OneMonthFromInvoice", field, found }
})

/**
 * Finds the window for an invoice date and a subscription: the cycle of the
 * subscription that holds the date.
 *
 * An invoice before the anchor gets the first cycle. A subscription whose
 * rhythm is not defined (no anchor; a unit that is neither day nor month; no
 * interval, or one of zero or less) gives one month from the invoice date, and
 * the basis names the first undefined field in that order.
 *
 * **Errors**
 *
 * - `AnchorDateUnreadable`: the anchor date is outside the calendar.
 * - `IntervalCountOutOfRange`: the interval is no whole number, or one beyond `INTERVAL_COUNT_MAX`.
 * - `WindowLeavesCalendar`: the window reaches the end of the calendar.
 *
 * **Example** (A monthly membership, paid late)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { EntitlementWindow, PlainDate } from "@reckoner/core"
 *
 * const window = Result.getOrThrow(
 *   EntitlementWindow.forSubscription(
 *     { subscriptionId: 7, memberId: 1, articleId: 1, anchorDate: PlainDate.parseUnsafe("2026-01-31"), unit: "month", intervalCount: 1 },
 *     PlainDate.parseUnsafe("2026-03-05")
 *   )
 * )
 *
 * window.start // => "2026-02-28"
 * window.endExclusive // => "2026-03-31"
 * window.basis._tag // => "Anniversary"
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const forSubscription = (
  subscription: Invoice.Subscription,
  invoiceDate: PlainDate.PlainDate
): Result.Result<
  EntitlementWindow,
  AnchorDateUnreadable | BillingCycle.IntervalCountOutOfRange | WindowLeavesCalendar
> => {
  const { anchorDate, intervalCount, unit } = subscription
  if (Invoice.isUnreadable(anchorDate)) return Result.fail(new AnchorDateUnreadable({ found: anchorDate.unreadable }))
  if (anchorDate === undefined) return insideCalendar(undefinedField("anchorDate", undefined, invoiceDate))
  if (unit === undefined) return insideCalendar(undefinedField("unit", undefined, invoiceDate))
  if (typeof unit === "object") return insideCalendar(undefinedField("unit", unit.unreadable, invoiceDate))
  if (intervalCount === undefined || intervalCount <= 0) {
    return insideCalendar(undefinedField("intervalCount", intervalCount?.toString(), invoiceDate))
  }
  const made = BillingCycle.make({ anchorDate, unit, intervalCount })
  if (Result.isFailure(made)) return Result.fail(made.failure)
  const cycle = made.success
  if (PlainDate.isBefore(invoiceDate, anchorDate)) {
    const { endExclusive, start } = BillingCycle.periodAt(cycle, 0)
    return insideCalendar({ start, endExclusive, basis: { _tag: "FirstCycle", cycle } })
  }
  const { endExclusive, index, start } = BillingCycle.periodAround(cycle, invoiceDate)
  return insideCalendar({ start, endExclusive, basis: { _tag: "Anniversary", cycle, index } })
}

const insideCalendar = (window: EntitlementWindow): Result.Result<EntitlementWindow, WindowLeavesCalendar> =>
  window.endExclusive === PlainDate.MAX
    ? Result.fail(new WindowLeavesCalendar({ start: window.start }))
    : Result.succeed(window)
