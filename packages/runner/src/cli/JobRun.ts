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
import type { PlainDate, ShipmentOrder } from "@reckoner/core"
import * as Config from "../Config.ts"
import * as LocalRun from "../engine/LocalRun.ts"
import * as PurgeExecutions from "../engine/PurgeExecutions.ts"
import * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import * as SyncEntitlementsJob from "../entitlement/SyncEntitlementsJob.ts"
import { UsageRefused } from "../ExitCode.ts"
import * as Jobs from "../Jobs.ts"
import * as BackfillReferralOrders from "../referral-commission/BackfillReferralOrders.ts"
import * as ImportLegacyCommissions from "../referral-commission/ImportLegacyCommissions.ts"
import * as SyncReferralOrders from "../referral-commission/SyncReferralOrders.ts"
import * as Worker from "../Worker.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"
import * as Progress from "./Progress.ts"
import * as ReferralJobRun from "./ReferralJobRun.ts"
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
  readonly from: Option.Option<PlainDate.PlainDate>
  readonly month: Option.Option<string>
  readonly by: Option.Option<ShipmentOrder.MilestoneFilter>
  readonly dryRun: boolean
  readonly noWait: boolean
  readonly json: boolean
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
  const request = {
    atMs: Option.isSome(input.at) ? input.at.value : yield* Clock.currentTimeMillis,
    zone,
    fromDate: Option.getOrUndefined(Option.orElse(input.from, () => fromDate)),
    lockWaitMs
  }
  const onLockWait = progress.notice(
    `reckoner: another run of ${SyncEntitlements.JOB} is in progress, ` +
      `waiting up to ${lockWaitSeconds} s for it to end (--no-wait gives up at once)`
  )
  const show = ({ entitlements, invoicesEstimate, invoicesRead }: SyncEntitlements.Progress) =>
    progress.show({
      read: invoicesRead,
      estimate: invoicesEstimate,
      readNoun: "invoices",
      written: entitlements,
      writtenNoun: "entitlements"
    })
  const run = input.dryRun
    ? SyncEntitlements.run({ ...request, dryRun: true, onLockWait, onProgress: show })
    : SyncEntitlementsJob.runNow(request, (said) => (said._tag === "WaitsForOtherRun" ? onLockWait : show(said)))
  const report = yield* Effect.ensuring(Output.quietly(run), progress.clear)
  const durationMs = performance.now() - startedAt
  yield* input.json
    ? Output.json(RunSummary.json(report, durationMs))
    : Output.lines(RunSummary.lines(report, durationMs))
})

/**
 * Runs `purge-executions` and prints what came of it.
 *
 * **Errors**
 *
 * - `StoreError`: the database failed. What was removed is removed.
 *
 * @category commands
 * @since 0.1.0
 */
export const purgeExecutions = Effect.fnUntraced(function* (input: Input) {
  const values = yield* Config.load
  const job = Worker.purgeExecutions(values)
  const { executionId, result } = yield* Output.quietly(
    LocalRun.runAsked(job, (askedAt) => ({ tick: `asked ${askedAt}` }))
  )
  if (result._tag === "Succeeded") {
    const { emptied, removed } = result.output
    return yield* input.json
      ? Output.json({ job: PurgeExecutions.JOB, executionId, emptied, removed })
      : Output.lines([
          `${PurgeExecutions.JOB}: ${Output.count(removed)} executions removed, ` +
            `${Output.count(emptied)} emptied whose keys are kept`
        ])
  }
  const isError = result._tag === "Failed" && result.failure._tag === "Error"
  return yield* isError
    ? Effect.fail(PurgeExecutions.storeError(result.failure.error))
    : Effect.die(new Error(`execution ${executionId} is ${result._tag}`))
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

type Choice = "at" | "from" | "month" | "by" | "dryRun"

/** What each job can be told besides `--no-wait` and `--json`. */
const CHOICES: Readonly<Record<string, ReadonlyArray<Choice>>> = {
  [SyncEntitlements.JOB]: ["at", "from", "dryRun"],
  [SyncReferralOrders.JOB]: ["at", "dryRun"],
  [BackfillReferralOrders.JOB]: ["month", "by", "dryRun"],
  [ImportLegacyCommissions.JOB]: ["dryRun"],
  [PurgeExecutions.JOB]: []
}

const FLAGS: Readonly<Record<Choice, string>> = {
  at: "--at",
  from: "--from",
  month: "--month",
  by: "--by",
  dryRun: "--dry-run"
}

/** A flag that were ignored would make somebody believe what is not so. */
const checkFlags = ({ name, ...input }: Input & { readonly name: string }): Effect.Effect<void, UsageRefused> => {
  const isGiven = (choice: Choice) => (choice === "dryRun" ? input.dryRun : Option.isSome<unknown>(input[choice]))
  const given = (Object.keys(FLAGS) as ReadonlyArray<Choice>).filter(isGiven)
  const wrong = given.filter((choice) => !CHOICES[name]?.includes(choice))
  return wrong.length === 0
    ? Effect.void
    : Effect.fail(new UsageRefused({ message: `${name} does not take ${wrong.map((one) => FLAGS[one]).join(", ")}` }))
}

/**
 * Runs the job of that name, which `checkName` has found to be there.
 *
 * **Errors**
 *
 * - `UsageRefused`: a flag is given that is not for this job, or one is missing that it needs.
 *
 * @category commands
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (input: Input & { readonly name: string }) {
  yield* checkFlags(input)
  switch (input.name) {
    case PurgeExecutions.JOB:
      return yield* purgeExecutions(input)
    case SyncReferralOrders.JOB:
      return yield* ReferralJobRun.sync(input)
    case BackfillReferralOrders.JOB:
      return yield* ReferralJobRun.backfill(input)
    case ImportLegacyCommissions.JOB:
      return yield* ReferralJobRun.legacy(input)
    default:
      return yield* syncEntitlements(input)
  }
})

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
  month: Flags.month,
  by: Flags.by,
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
  { command: "reckoner job run sync-entitlements --from 2026-01-01", description: "first run on an old database" },
  { command: "reckoner job run sync-referral-orders", description: "what happened since the last run" },
  { command: "reckoner job run backfill-referral-orders --month 2026-10", description: "repeat a month" },
  { command: "reckoner job run import-legacy-commissions --dry-run", description: "see what the old table would add" }
]
