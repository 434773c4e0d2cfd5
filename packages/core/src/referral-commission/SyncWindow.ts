/**
 * Which shipments a run reads: those with a milestone in a half-open range of
 * seconds, cut at midnights of the business zone.
 *
 * **Laws**
 *
 * - `daysTile`: yesterday's window ends where that of the next day begins.
 * - `eachSecondInOneDay`: a second lies in the window of its own day, and in that of no other.
 * - `monthIsItsDays`: a month begins with its first day and ends with its last.
 * - `catchUpTiles`: the windows of a catch-up follow each other without gap or overlap, up to today's midnight.
 * - `catchUpMissesNothing`: they begin where the last window ended, less the overlap, or with yesterday, if that is earlier.
 * - `catchUpIsInPortions`: none of them has more new days than a window may have.
 *
 * Stated in `SyncWindow.laws.ts`, checked in `SyncWindow.test.ts`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as BusinessZone from "../calendar/BusinessZone.ts"
import * as PlainDate from "../calendar/PlainDate.ts"

/**
 * The range `[fromEpochSeconds, untilEpochSeconds)`, in whole seconds since
 * 1970-01-01T00:00Z.
 *
 * @category models
 * @since 0.1.0
 */
export interface SyncWindow {
  readonly fromEpochSeconds: number
  readonly untilEpochSeconds: number
}

/**
 * The text is no month of the form `YYYY-MM`, like `2023-10`.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidMonth extends /* @__PURE__ */ Data.TaggedError("InvalidMonth")<{ readonly input: string }> {}

const MS_PER_SECOND = 1000

/** Offsets are whole seconds, so a midnight is one too. */
const midnight = (zone: BusinessZone.BusinessZone, date: PlainDate.PlainDate): number =>
  Math.floor(BusinessZone.startOfDay(zone, date) / MS_PER_SECOND)

const between = (
  zone: BusinessZone.BusinessZone,
  from: PlainDate.PlainDate,
  untilExclusive: PlainDate.PlainDate
): SyncWindow => ({ fromEpochSeconds: midnight(zone, from), untilEpochSeconds: midnight(zone, untilExclusive) })

/**
 * The day before that of an instant, in the business zone.
 *
 * **Units**
 *
 * `now` is milliseconds since 1970-01-01T00:00Z; the window counts seconds.
 *
 * **Gotchas**
 *
 * A zone may leave out a date, as Pacific/Apia did with 2011-12-30: the day
 * after, yesterday is a window without a second, and the day before it was
 * nobody's yesterday. {@link catchUp} covers it.
 *
 * **Source**: rule 1 of the referral commissions.
 *
 * **Example** (The day on which Santiago went to summer time has 23 hours)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BusinessZone, SyncWindow } from "@reckoner/core"
 *
 * const zone = Result.getOrThrow(BusinessZone.parse("America/Santiago"))
 * const { fromEpochSeconds, untilEpochSeconds } = SyncWindow.yesterday({ now: Date.UTC(2024, 8, 9, 12), zone })
 * const hours = (untilEpochSeconds - fromEpochSeconds) / 3600
 *
 * hours // => 23
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const yesterday = ({
  now,
  zone
}: {
  readonly now: number
  readonly zone: BusinessZone.BusinessZone
}): SyncWindow => {
  const today = BusinessZone.civilDate(zone, now)
  return between(zone, PlainDate.addDays(today, -1), today)
}

/**
 * A month of the business zone.
 *
 * **Errors**
 *
 * - `InvalidMonth`: the text is not of the form `YYYY-MM`, or there is no such month.
 *
 * **Source**: rule 2 of the referral commissions.
 *
 * **Example** (October 2023 in Jakarta)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BusinessZone, SyncWindow } from "@reckoner/core"
 *
 * const zone = Result.getOrThrow(BusinessZone.parse("Asia/Jakarta"))
 * const month = Result.getOrThrow(SyncWindow.month({ month: "2023-10", zone }))
 *
 * new Date(month.fromEpochSeconds * 1000).toISOString() // => "2023-09-30T17:00:00.000Z"
 * Result.isFailure(SyncWindow.month({ month: "2023-13", zone })) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const month = ({
  month: text,
  zone
}: {
  readonly month: string
  readonly zone: BusinessZone.BusinessZone
}): Result.Result<SyncWindow, InvalidMonth> => {
  const first = /^\d{4}-\d{2}$/.test(text) ? PlainDate.parse(`${text}-01`) : undefined
  if (first === undefined || Result.isFailure(first)) return Result.fail(new InvalidMonth({ input: text }))
  return Result.succeed(between(zone, first.success, PlainDate.addMonths(first.success, 1)))
}

/**
 * What a catch-up needs to know. `now` is milliseconds since 1970-01-01T00:00Z;
 * `lastUntilEpochSeconds` is where the last successful window ended, if there
 * was one; a window covers at most `daysMax` days, 1 or more, that none has
 * covered yet. `overlapDays` is 0 or more.
 *
 * @category models
 * @since 0.1.0
 */
export interface CatchUp {
  readonly now: number
  readonly zone: BusinessZone.BusinessZone
  readonly lastUntilEpochSeconds: number | undefined
  readonly overlapDays: number
  readonly daysMax: number
}

/**
 * The windows that a daily run has to cover, the oldest first: exactly
 * yesterday when none was covered before, and afterwards everything from the
 * end of the last successful window, less the overlap, to today's midnight.
 *
 * Yesterday is always among them, so a run may be repeated.
 *
 * **Source**: rule 9 of the referral commissions.
 *
 * **Example** (Two nights were missed, three days overlap)
 *
 * ```ts doctest
 * import { BusinessZone, SyncWindow } from "@reckoner/core"
 *
 * const at = (text: string) => Date.parse(text) / 1000
 * const [only] = SyncWindow.catchUp({
 *   now: Date.parse("2026-11-21T00:30:00Z"),
 *   zone: BusinessZone.UTC,
 *   lastUntilEpochSeconds: at("2026-11-18T00:00:00Z"),
 *   overlapDays: 3,
 *   daysMax: 31
 * })
 *
 * only?.fromEpochSeconds === at("2026-11-15T00:00:00Z") // => true
 * only?.untilEpochSeconds === at("2026-11-21T00:00:00Z") // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const catchUp = (options: CatchUp): ReadonlyArray<SyncWindow> => {
  const { daysMax, lastUntilEpochSeconds, now, overlapDays, zone } = options
  const today = BusinessZone.civilDate(zone, now)
  const previousDay = PlainDate.addDays(today, -1)
  if (lastUntilEpochSeconds === undefined) return [between(zone, previousDay, today)]
  const covered = BusinessZone.civilDate(zone, lastUntilEpochSeconds * MS_PER_SECOND)
  const overlapping = PlainDate.addDays(covered, -overlapDays)
  let from = PlainDate.isBefore(overlapping, previousDay) ? overlapping : previousDay
  let until = covered
  const windows: Array<SyncWindow> = []
  do {
    const next = PlainDate.addDays(until, Math.max(1, daysMax))
    until = PlainDate.isBefore(next, today) ? next : today
    windows.push(between(zone, from, until))
    from = until
  } while (PlainDate.isBefore(until, today))
  return windows
}
