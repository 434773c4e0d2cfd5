/**
 * The cron table: when each job is started by itself, with its time zone.
 *
 * @since 0.1.0
 */
import { BusinessZone } from "@reckoner/core"
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as Schedule from "./Schedule.ts"

/**
 * When a job is started by itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface Line {
  readonly job: string
  readonly schedule: Schedule.Schedule
}

/**
 * The table as it is unless the settings say otherwise, in the form that they have. A job that is done for a date
 * catches up on every date that was missed; one that finds what is due by itself needs to run once.
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_TEXT =
  "sync-entitlements = 0 3 * * * latest; sync-referral-orders = 30 0 * * * latest; purge-executions = 17 * * * * latest"

/**
 * What may be written there, for a message.
 *
 * @category constants
 * @since 0.1.0
 */
export const ALLOWED =
  "`off`, or lines like `sync-entitlements = 30 2 * * 1-5 Europe/Paris catchUp` with `;` between them: a job, five " +
  "cron fields, and if wanted a time zone and what becomes of missed ticks (`latest`: one run, `catchUp`: all of them)"

/**
 * The table cannot be read. `part` is the part that is wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export class ScheduleTableUnreadable extends Data.TaggedError("ScheduleTableUnreadable")<{
  readonly part: string
  readonly reason: string
}> {}

const OFF = "off"
const CRON_FIELDS = 5

const isPolicy = (word: string): word is Schedule.CatchUpPolicy => word === "latest" || word === "catchUp"

const reasonOf = (error: Schedule.CronLineUnreadable | Schedule.CronLineNeverTicks): string =>
  error._tag === "CronLineUnreadable" ? error.reason : "no date of the calendar matches"

/**
 * Reads a table. A line without a time zone has the one that is given for its job.
 *
 * **Errors**
 *
 * - `ScheduleTableUnreadable`: a line is not of the form, its zone is unknown, or a job has two.
 *
 * @category decoding
 * @since 0.1.0
 */
export const parse = (
  text: string,
  zoneOf: (job: string) => BusinessZone.BusinessZone
): Result.Result<ReadonlyArray<Line>, ScheduleTableUnreadable> => {
  if (text.trim() === OFF) return Result.succeed([])
  const lines: Array<Line> = []
  for (const part of text.split(";").map((each) => each.trim())) {
    if (part === "") continue
    const refuse = (reason: string) => Result.fail(new ScheduleTableUnreadable({ part, reason }))
    const found = /^([a-z][a-z0-9-]*) *= *(.*)$/.exec(part)
    if (found === null) return refuse("Expected a job, `=` and a cron line")
    const job = found[1]!
    if (lines.some((line) => line.job === job)) return refuse("The job has a line already")
    const words = found[2]!.split(/\s+/)
    const rest = words.slice(CRON_FIELDS)
    const last = rest.at(-1)
    const policy = last !== undefined && isPolicy(last) ? last : "latest"
    const zones = last !== undefined && isPolicy(last) ? rest.slice(0, -1) : rest
    if (zones.length > 1) return refuse(`Expected a time zone and \`latest\` or \`catchUp\`, found ${rest.join(" ")}`)
    const parsedZone = zones[0] === undefined ? Result.succeed(zoneOf(job)) : BusinessZone.parse(zones[0])
    if (Result.isFailure(parsedZone)) return refuse(`There is no time zone ${zones[0]}`)
    const schedule = Schedule.parse(words.slice(0, CRON_FIELDS).join(" "), parsedZone.success, policy)
    if (Result.isFailure(schedule)) return refuse(reasonOf(schedule.failure))
    lines.push({ job, schedule: schedule.success })
  }
  return Result.succeed(lines)
}
