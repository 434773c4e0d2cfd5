/**
 * `reckoner job run`: runs a job once.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Config from "../Config.ts"
import * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import { UsageRefused } from "../ExitCode.ts"
import * as Jobs from "../Jobs.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"
import * as Progress from "./Progress.ts"
import * as RunSummary from "./RunSummary.ts"

const MS_PER_SECOND = 1000

/**
 * What a run is asked for on the command line.
 *
 * @category models
 * @since 0.1.0
 */
export interface Input {
  readonly at: Option.Option<number>
  readonly from: SyncInput["from"]
  readonly dryRun: boolean
  readonly noWait: boolean
  readonly json: boolean
}

interface SyncInput {
  readonly from: Config.Values["fromDate"]
}

/**
 * Runs `sync-entitlements` and prints what came of it.
 *
 * @category commands
 * @since 0.1.0
 */
export const syncEntitlements = Effect.fnUntraced(function* (input: Input) {
  const { fromDate, lockWaitSeconds, zone } = yield* Config.load
  const progress = Progress.to(process.stderr)
  const lockWaitMs = input.noWait ? 0 : lockWaitSeconds * MS_PER_SECOND
  const startedAt = performance.now()
  const report = yield* SyncEntitlements.run({
    atMs: Option.isSome(input.at) ? input.at.value : yield* Clock.currentTimeMillis,
    zone,
    fromDate: Option.getOrUndefined(Option.orElse(input.from, () => fromDate)),
    dryRun: input.dryRun,
    lockWaitMs,
    onLockWait: progress.notice(
      `reckoner: another run of ${SyncEntitlements.JOB} is in progress, ` +
        `waiting up to ${lockWaitSeconds} s for it to end (--no-wait gives up at once)`
    ),
    onProgress: progress.show
  }).pipe(Effect.ensuring(progress.clear))
  const durationMs = performance.now() - startedAt
  yield* input.json
    ? Output.json(RunSummary.json(report, durationMs))
    : Output.lines(RunSummary.lines(report, durationMs))
})

/**
 * Refuses a name that no job has.
 *
 * **Errors**
 *
 * - `UsageRefused`: there is no such job; the message lists those there are.
 *
 * @category decisions
 * @since 0.1.0
 */
export const checkName = (name: string): Effect.Effect<void, UsageRefused> =>
  Jobs.JOBS.some((job) => job.name === name)
    ? Effect.void
    : Effect.fail(new UsageRefused({ message: `there is no job ${JSON.stringify(name)}; there is: ${Jobs.names()}` }))

/**
 * The command's arguments and flags.
 *
 * @category flags
 * @since 0.1.0
 */
export const flags = {
  name: Argument.String("job").pipe(
    Argument.withMetavar("JOB"),
    Argument.withDescription(`Name of the job: ${Jobs.names()}`)
  ),
  at: Flags.at,
  from: Flags.from,
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Decide and count, and write nothing"),
    Flag.withDefault(false)
  ),
  noWait: Flag.Boolean("no-wait").pipe(
    Flag.withDescription("Give up at once when another run is in progress (exit code 75)"),
    Flag.withDefault(false)
  ),
  json: Flags.json
}

/**
 * What the help says about the command.
 *
 * @category commands
 * @since 0.1.0
 */
export const description =
  "Run a job once. It may be run as often as wanted: what is done already is left alone. " +
  "One run at a time: another one is waited for, up to RECKONER_LOCK_WAIT_SECONDS"

/**
 * Ways to run it, for the help.
 *
 * @category commands
 * @since 0.1.0
 */
export const examples: ReadonlyArray<Command.Command.Example> = [
  { command: "reckoner job run sync-entitlements", description: "grant what is due now" },
  { command: "reckoner job run sync-entitlements --dry-run", description: "see what it would do" },
  { command: "reckoner job run sync-entitlements --from 2026-01-01", description: "first run on an old database" }
]
