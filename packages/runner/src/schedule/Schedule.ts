/**
 * When a job runs: a cron line, read on the clock on the wall of its own time
 * zone, and what becomes of the runs that a stopped process missed.
 *
 * A *tick* is an instant at which the job is to run. The line names wall times;
 * `BusinessZone.instantAt` makes the tick of each. So on the days on which the
 * clocks change:
 *
 * - A wall time that the clocks skip ticks at the first instant after the gap,
 *   and all wall times of one gap are one tick: 02:30 in Paris on 2026-03-29 is
 *   03:00 there, and so are 02:15 and 03:00.
 * - A wall time that they show twice ticks once, the first time. A line with
 *   several ticks an hour has none while the hour is shown again: after 02:45
 *   the next tick of every quarter of an hour is 03:00, 75 minutes later.
 * - A gap may end at midnight (Nuuk, each spring). Its wall times then tick on
 *   the next date, at 00:00.
 *
 * Ticks and all other instants are milliseconds since 1970-01-01T00:00Z. Windows
 * of instants here are open at the start and closed at the end: a tick follows
 * what came before it, and is due at its own instant.
 *
 * **Laws**
 *
 * - `everyMatchingWallTime`: the ticks are the instants of the wall times that the line names, and no others.
 * - `tiling`: the ticks of a window are those of its two parts, one after the other.
 * - `oncePerDay`: a daily line ticks once in each civil day whose end the clocks show.
 *
 * Stated in `Schedule.laws.ts`, checked in `Schedule.test.ts`.
 *
 * @since 0.1.0
 */
import { BusinessZone, PlainDate } from "@reckoner/core"
import * as Cron from "effect/Cron"
import * as Data from "effect/Data"
import * as Result from "effect/Result"

/**
 * What becomes of the ticks that passed while nothing ran: `catchUp` runs each
 * of them, `latest` the newest alone.
 *
 * @category models
 * @since 0.1.0
 */
export type CatchUpPolicy = "catchUp" | "latest"

/**
 * A cron line with its time zone and its policy.
 *
 * @category models
 * @since 0.1.0
 */
export interface Schedule {
  /** As it was written. */
  readonly line: string
  /** Matches wall times, passed as if they were UTC. */
  readonly cron: Cron.Cron
  readonly zone: BusinessZone.BusinessZone
  readonly policy: CatchUpPolicy
}

/**
 * How many missed ticks one answer of `dueTicks` holds at most.
 *
 * @category constants
 * @since 0.1.0
 */
export const CATCH_UP_TICKS_MAX = 400

/**
 * The line is not a cron line of five fields.
 *
 * @category errors
 * @since 0.1.0
 */
export class CronLineUnreadable extends Data.TaggedError("CronLineUnreadable")<{
  readonly line: string
  readonly reason: string
}> {}

/**
 * The calendar has no day that the line names, such as 30 February.
 *
 * @category errors
 * @since 0.1.0
 */
export class CronLineNeverTicks extends Data.TaggedError("CronLineNeverTicks")<{ readonly line: string }> {}

const FIELDS = 5
const MS_PER_SECOND = 1000
const MS_PER_DAY = 86_400_000

/**
 * Reads a cron line: minute, hour, day of the month, month, day of the week.
 *
 * **Errors**
 *
 * - `CronLineUnreadable`: there are not five fields, or one of them means nothing.
 * - `CronLineNeverTicks`: no date of the calendar matches.
 *
 * **Gotchas**
 *
 * Where both days are given, one of them is enough: `0 9 13 * 5` is every 13th
 * and every Friday. If one of them starts with a star, both must match.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (
  line: string,
  zone: BusinessZone.BusinessZone,
  policy: CatchUpPolicy
): Result.Result<Schedule, CronLineUnreadable | CronLineNeverTicks> => {
  const fields = line.split(/\s+/).filter((field) => field !== "").length
  if (fields !== FIELDS) {
    return Result.fail(new CronLineUnreadable({ line, reason: `Expected ${FIELDS} fields, found ${fields}` }))
  }
  const cron = Cron.parse(line, "UTC")
  if (Result.isFailure(cron)) {
    const { input, message } = cron.failure
    return Result.fail(new CronLineUnreadable({ line, reason: `${message}: ${input ?? line}` }))
  }
  return hasTick(cron.success)
    ? Result.succeed({ line, cron: cron.success, zone, policy })
    : Result.fail(new CronLineNeverTicks({ line }))
}

/** `Cron.next` gives up, by throwing, after many more years than the rarest date needs (29 February on a Sunday, 40). */
const hasTick = (cron: Cron.Cron): boolean => Result.isSuccess(Result.try(() => Cron.next(cron, 0)))

/**
 * The next ticks strictly after an instant, the earliest first.
 *
 * **Units**
 *
 * `afterMs` and the ticks are milliseconds since 1970-01-01T00:00Z.
 *
 * **Laws**
 *
 * - `ascendingAndDistinct`: there are as many as asked for, each later than the one before it.
 *
 * @category queries
 * @since 0.1.0
 */
export const nextTicks = (self: Schedule, afterMs: number, count: number): ReadonlyArray<number> =>
  firstTicks(self, { afterMs, upToMs: Number.POSITIVE_INFINITY, countMax: count })

/**
 * All ticks later than `afterMs` and not later than `upToMs`, the earliest first.
 *
 * **Units**
 *
 * All are milliseconds since 1970-01-01T00:00Z.
 *
 * **Gotchas**
 *
 * The answer has no bound: a year of a line that ticks every minute is half a million ticks.
 *
 * @category queries
 * @since 0.1.0
 */
export const ticksBetween = (
  self: Schedule,
  window: { readonly afterMs: number; readonly upToMs: number }
): ReadonlyArray<number> => firstTicks(self, { ...window, countMax: Number.POSITIVE_INFINITY })

/**
 * The ticks to run now, the oldest first: those after the last one that was run,
 * as far as the policy wants them.
 *
 * For `catchUp` it is at most `CATCH_UP_TICKS_MAX` of them. The rest comes with
 * the next call, when `lastTickMs` is the last tick of this answer. For `latest`
 * it is one at most, and finding it takes no longer after ten years than after
 * an hour.
 *
 * **Units**
 *
 * All are milliseconds since 1970-01-01T00:00Z. For a job that never ran,
 * `lastTickMs` is the instant from which it is to run.
 *
 * **Laws**
 *
 * - `eachTickOnce`: asked until it has no more, `catchUp` gives each tick exactly once, in order.
 * - `latestIsNewest`: `latest` gives the last of those.
 *
 * **Gotchas**
 *
 * Nothing is due while the clock shows less than `lastTickMs`, because it was put back.
 *
 * @category queries
 * @since 0.1.0
 */
export const dueTicks = (
  self: Schedule,
  at: { readonly lastTickMs: number; readonly nowMs: number }
): ReadonlyArray<number> => {
  if (self.policy === "catchUp") {
    return firstTicks(self, { afterMs: at.lastTickMs, upToMs: at.nowMs, countMax: CATCH_UP_TICKS_MAX })
  }
  const newest = newestTick(self, at.nowMs)
  return newest > at.lastTickMs ? [newest] : []
}

/**
 * What calendar and clock on the wall of the schedule's zone show at a tick, such as `2026-03-29 03:00`.
 *
 * **Units**
 *
 * `tickMs` is milliseconds since 1970-01-01T00:00Z.
 *
 * @category queries
 * @since 0.1.0
 */
export const wallTextOf = (self: Schedule, tickMs: number): string => {
  const { date, secondOfDay } = BusinessZone.wallTime(self.zone, tickMs)
  const twoDigits = (value: number): string => String(Math.floor(value)).padStart(2, "0")
  return `${date} ${twoDigits(secondOfDay / 3600)}:${twoDigits((secondOfDay % 3600) / 60)}`
}

/** What the wall shows at an instant, as if that were UTC: what the cron line is matched with. */
const wallMsAt = (zone: BusinessZone.BusinessZone, instantMs: number): number => {
  const { date, secondOfDay } = BusinessZone.wallTime(zone, instantMs)
  return PlainDate.epochDay(date) * MS_PER_DAY + secondOfDay * MS_PER_SECOND
}

/** The tick of a wall time. A later wall time never has an earlier tick. */
const tickOf = (zone: BusinessZone.BusinessZone, wallMs: number): number => {
  const day = Math.floor(wallMs / MS_PER_DAY)
  return BusinessZone.instantAt(zone, PlainDate.fromEpochDay(day), (wallMs - day * MS_PER_DAY) / MS_PER_SECOND)
}

/** All ticks after an instant, without end. */
const ticksAfter = function* (self: Schedule, afterMs: number): Generator<number> {
  let newest = afterMs
  let wall = wallMsAt(self.zone, afterMs)
  while (true) {
    wall = Cron.next(self.cron, wall).getTime()
    const tick = tickOf(self.zone, wall)
    // While an hour is shown again, its ticks are in the past; in a gap, they are the same.
    if (tick > newest) {
      newest = tick
      yield tick
    }
  }
}

const firstTicks = (
  self: Schedule,
  range: { readonly afterMs: number; readonly upToMs: number; readonly countMax: number }
): ReadonlyArray<number> => {
  const ticks: Array<number> = []
  for (const tick of ticksAfter(self, range.afterMs)) {
    if (tick > range.upToMs || ticks.length >= range.countMax) break
    ticks.push(tick)
  }
  return ticks
}

/** The newest tick that is not later than an instant. */
const newestTick = (self: Schedule, upToMs: number): number => {
  // While an hour is shown again, the wall has already shown later times than it
  // shows now. They are those that it would show had the clocks not been put back.
  const shown = wallMsAt(self.zone, upToMs)
  const shownWithoutChange = wallMsAt(self.zone, upToMs - MS_PER_DAY) + MS_PER_DAY
  let wall = Math.max(shown, shownWithoutChange) + MS_PER_SECOND
  let tick: number
  do {
    wall = Cron.prev(self.cron, wall).getTime()
    tick = tickOf(self.zone, wall)
  } while (tick > upToMs)
  return tick
}
