/**
 * Laws of `Schedule`, as plain predicates.
 *
 * @since 0.1.0
 */
import { BusinessZone, PlainDate } from "@reckoner/core"
import * as Cron from "effect/Cron"
import * as Schedule from "./Schedule.ts"

const MINUTES_PER_DAY = 1440
const MS_PER_MINUTE = 60_000
const LAST_SECOND_OF_DAY = 86_399

type Window = Parameters<typeof Schedule.ticksBetween>[1]

const same = (ticks: ReadonlyArray<number>, others: ReadonlyArray<number>): boolean =>
  ticks.length === others.length && ticks.every((tick, index) => tick === others[index])

/** The next ticks are as many as asked for, each later than the one before it. */
export const ascendingAndDistinct = (schedule: Schedule.Schedule, afterMs: number, count: number): boolean => {
  const ticks = Schedule.nextTicks(schedule, afterMs, count)
  return ticks.length === count && ticks.every((tick, index) => tick > (ticks[index - 1] ?? afterMs))
}

/** The ticks of a window are the instants of the wall minutes that the line names, each once. */
export const everyMatchingWallTime = (schedule: Schedule.Schedule, window: Window): boolean => {
  const { cron, zone } = schedule
  const firstDay = PlainDate.epochDay(BusinessZone.civilDate(zone, window.afterMs)) - 1
  const lastDay = PlainDate.epochDay(BusinessZone.civilDate(zone, window.upToMs)) + 1
  const found = new Set<number>()
  for (let minute = firstDay * MINUTES_PER_DAY; minute < (lastDay + 1) * MINUTES_PER_DAY; minute += 1) {
    if (!Cron.match(cron, minute * MS_PER_MINUTE)) continue
    const day = Math.floor(minute / MINUTES_PER_DAY)
    const secondOfDay = (minute - day * MINUTES_PER_DAY) * 60
    const tick = BusinessZone.instantAt(zone, PlainDate.fromEpochDay(day), secondOfDay)
    if (window.afterMs < tick && tick <= window.upToMs) found.add(tick)
  }
  return same(Schedule.ticksBetween(schedule, window), [...found])
}

/** The ticks of a window are those of its first part, then those of its second. */
export const tiling = (schedule: Schedule.Schedule, window: Window, middleMs: number): boolean =>
  same(Schedule.ticksBetween(schedule, window), [
    ...Schedule.ticksBetween(schedule, { afterMs: window.afterMs, upToMs: middleMs }),
    ...Schedule.ticksBetween(schedule, { afterMs: middleMs, upToMs: window.upToMs })
  ])

/** Asked until it has no more, `catchUp` gives each tick exactly once, in order, and never too many at a time. */
export const eachTickOnce = (schedule: Schedule.Schedule, window: Window): boolean => {
  const catchUp: Schedule.Schedule = { ...schedule, policy: "catchUp" }
  const given: Array<number> = []
  while (true) {
    const lastTickMs = given.at(-1) ?? window.afterMs
    const due = Schedule.dueTicks(catchUp, { lastTickMs, nowMs: window.upToMs })
    if (due.length > Schedule.CATCH_UP_TICKS_MAX) return false
    if (due.length === 0) return same(given, Schedule.ticksBetween(schedule, window))
    given.push(...due)
  }
}

/** `latest` gives the last tick of the window, or none where there is none. */
export const latestIsNewest = (schedule: Schedule.Schedule, window: Window): boolean => {
  const latest: Schedule.Schedule = { ...schedule, policy: "latest" }
  const due = Schedule.dueTicks(latest, { lastTickMs: window.afterMs, nowMs: window.upToMs })
  return same(due, Schedule.ticksBetween(schedule, window).slice(-1))
}

/**
 * A line that names one wall time a day ticks once in each civil day. Only where the clocks skip the end of
 * a day may its tick be on the next, so of such a day and the one after it the law says nothing.
 */
export const oncePerDay = (daily: Schedule.Schedule, date: PlainDate.PlainDate): boolean => {
  const skipsItsEnd = (day: PlainDate.PlainDate): boolean =>
    BusinessZone.instantAt(daily.zone, day, LAST_SECOND_OF_DAY) >=
    BusinessZone.dayWindow(daily.zone, day).endExclusiveMs
  if (skipsItsEnd(date) || skipsItsEnd(PlainDate.addDays(date, -1))) return true
  const { endExclusiveMs, startMs } = BusinessZone.dayWindow(daily.zone, date)
  return Schedule.ticksBetween(daily, { afterMs: startMs - 1, upToMs: endExclusiveMs - 1 }).length === 1
}
