/**
 * `reckoner schedule`: when jobs are started by themselves next.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Config from "../Config.ts"
import * as Schedule from "../schedule/Schedule.ts"
import type * as ScheduleTable from "../schedule/ScheduleTable.ts"
import * as Worker from "../Worker.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

const COUNT_DEFAULT = 3
const COUNT_MAX = 1_000
const ISO_MINUTES = 16

/**
 * The next ticks of a line, by the clock on the wall of its zone and as instants.
 *
 * @category models
 * @since 0.1.0
 */
export interface NextTicks {
  readonly job: string
  readonly cron: string
  readonly zone: string
  readonly missed: Schedule.CatchUpPolicy
  readonly next: ReadonlyArray<{ readonly local: string; readonly utc: string }>
}

/**
 * The next ticks of each line after an instant, in milliseconds since 1970-01-01T00:00Z.
 *
 * @category queries
 * @since 0.1.0
 */
export const nextTicks = (
  lines: ReadonlyArray<ScheduleTable.Line>,
  afterMs: number,
  count: number
): ReadonlyArray<NextTicks> =>
  lines.map(({ job, schedule }) => ({
    job,
    cron: schedule.line,
    zone: schedule.zone,
    missed: schedule.policy,
    next: Schedule.nextTicks(schedule, afterMs, count).map((tickMs) => ({
      local: Schedule.wallTextOf(schedule, tickMs),
      utc: new Date(tickMs).toISOString()
    }))
  }))

const MISSED: Readonly<Record<Schedule.CatchUpPolicy, string>> = {
  latest: "missed ticks: one run for the latest",
  catchUp: "missed ticks: a run for each"
}

/**
 * The same as text.
 *
 * @category formatting
 * @since 0.1.0
 */
export const lines = (
  ticks: ReadonlyArray<NextTicks>,
  leftOut: Worker.ScheduleInEffect["leftOut"] = []
): ReadonlyArray<string> => {
  if (ticks.length + leftOut.length === 0) return ["No job is started by itself: RECKONER_SCHEDULE is off."]
  const notes = leftOut.map(({ job, missingSetting }) => `${job}  left out: ${missingSetting} is not set`)
  const shown = ticks.flatMap(({ cron, job, missed, next, zone }, at) => [
    ...(at === 0 ? [] : [""]),
    `${job}  ${cron}  ${zone}  (${MISSED[missed]})`,
    ...Output.table(
      next.map(({ local, utc }) => [`${local} ${zone}`, `${utc.slice(0, ISO_MINUTES).replace("T", " ")} UTC`]),
      { indent: "  " }
    )
  ])
  return notes.length === 0 || shown.length === 0 ? [...shown, ...notes] : [...shown, "", ...notes]
}

/**
 * The command.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "schedule",
  {
    count: Flag.Int("count").pipe(
      Flag.withMetavar("COUNT"),
      Flag.withDescription(`How many runs of each line (default ${COUNT_DEFAULT})`),
      Flag.filter(
        (value) => value >= 1 && value <= COUNT_MAX,
        () => `Expected a whole number from 1 to ${COUNT_MAX}`
      ),
      Flag.withDefault(COUNT_DEFAULT)
    ),
    at: Flags.at.pipe(Flag.withDescription("Runs after this instant, with offset (default now)")),
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ at, count, json }) {
    const values = yield* Config.load
    const { leftOut, lines: table } = yield* Worker.scheduleInEffect(values, Worker.tasks(values))
    const afterMs = Option.isSome(at) ? at.value : yield* Clock.currentTimeMillis
    const ticks = nextTicks(table, afterMs, count)
    yield* json ? Output.json({ schedule: ticks, leftOut }) : Output.lines(lines(ticks, leftOut))
  })
).pipe(Command.withDescription("Print when jobs are started by themselves next, in their zones and in UTC"))
