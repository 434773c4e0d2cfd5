/**
 * `reckoner job run` for the referral jobs.
 *
 * @since 0.1.0
 */
import type { ShipmentOrder } from "@reckoner/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Config from "../Config.ts"
import { UsageRefused } from "../ExitCode.ts"
import * as BackfillReferralOrders from "../referral-commission/BackfillReferralOrders.ts"
import * as CashbackPolicyText from "../referral-commission/CashbackPolicyText.ts"
import * as ImportLegacyCommissions from "../referral-commission/ImportLegacyCommissions.ts"
import * as ReferralJobs from "../referral-commission/ReferralJobs.ts"
import type * as ReferralRun from "../referral-commission/ReferralRun.ts"
import * as SyncReferralOrders from "../referral-commission/SyncReferralOrders.ts"
import * as Output from "./Output.ts"
import * as Progress from "./Progress.ts"
import * as ReferralSummary from "./ReferralSummary.ts"

const MS_PER_SECOND = 1000

/**
 * What a run is asked for on the command line.
 *
 * @category models
 * @since 0.1.0
 */
export interface Input {
  readonly at: Option.Option<number>
  readonly month: Option.Option<string>
  readonly by: Option.Option<ShipmentOrder.MilestoneFilter>
  readonly dryRun: boolean
  readonly noWait: boolean
  readonly json: boolean
}

type Reports = ReadonlyArray<ReferralRun.Report>

/** A job in its two ways: kept as an execution, and as a dry run, which leaves no trace. */
interface Ways<E, R, E2, R2> {
  readonly name: string
  readonly readNoun: string
  readonly now: (
    jobs: ReferralJobs.Jobs,
    request: ReferralJobs.Request,
    onProgress: (progress: ReferralJobs.Progress) => Effect.Effect<void>
  ) => Effect.Effect<Reports, E, R>
  readonly dryRun: (request: ReferralRun.Request) => Effect.Effect<Reports, E2, R2>
}

/** Runs a job, shows how far it is, and prints what came of it. */
const run = Effect.fnUntraced(function* <E, R, E2, R2>(
  { at, dryRun, json, noWait }: Input,
  values: Config.Values,
  ways: Ways<E, R, E2, R2>
) {
  const { lockWaitSeconds, referralZone: zone } = values
  const nowMs = yield* Clock.currentTimeMillis
  const atMs = Option.getOrElse(at, () => nowMs)
  if (atMs > nowMs) {
    return yield* new UsageRefused({ message: "--at lies in the future: days that are not over cannot be covered" })
  }
  const progress = Progress.to(process.stderr)
  const request = { atMs, zone, lockWaitMs: noWait ? 0 : lockWaitSeconds * MS_PER_SECOND }
  const onLockWait = progress.notice(
    "reckoner: another run that writes referral orders is in progress, " +
      `waiting up to ${lockWaitSeconds} s for it to end (--no-wait gives up at once)`
  )
  const onProgress = ({ ordersWritten, rowsEstimate, rowsRead }: ReferralRun.Progress) =>
    progress.show({
      read: rowsRead,
      estimate: rowsEstimate,
      readNoun: ways.readNoun,
      written: ordersWritten,
      writtenNoun: "orders written"
    })
  const startedAt = performance.now()
  const effect: Effect.Effect<Reports, E | E2, R | R2> = dryRun
    ? ways.dryRun({ ...request, dryRun: true, onLockWait, onProgress })
    : ways.now(ReferralJobs.make(values), request, (said) =>
        said._tag === "WaitsForOtherRun" ? onLockWait : onProgress(said)
      )
  const reports = yield* Effect.ensuring(Output.quietly(effect), progress.clear)
  const durationMs = performance.now() - startedAt
  yield* json
    ? Output.json(ReferralSummary.json(ways.name, reports, durationMs))
    : Output.lines(ReferralSummary.lines(reports, zone, durationMs))
})

/**
 * Runs `sync-referral-orders` and prints what came of it.
 *
 * **Errors**
 *
 * - `UsageRefused`: `--at` lies in the future.
 * - `PortError`: a database or the user service failed.
 *
 * @category commands
 * @since 0.1.0
 */
export const sync = Effect.fnUntraced(function* (input: Input) {
  const values = yield* Config.load
  const { referralCatchUpDays: daysMax, referralOverlapDays: overlapDays } = values
  yield* run(input, values, {
    name: SyncReferralOrders.JOB,
    readNoun: "shipments",
    now: ReferralJobs.syncNow,
    dryRun: (request) => SyncReferralOrders.run({ ...request, daysMax, overlapDays })
  })
})

/**
 * Runs `backfill-referral-orders` and prints what came of it.
 *
 * **Errors**
 *
 * - `UsageRefused`: there is no month.
 * - `PortError`: a database or the user service failed.
 *
 * @category commands
 * @since 0.1.0
 */
export const backfill = Effect.fnUntraced(function* (input: Input) {
  if (Option.isNone(input.month)) {
    return yield* new UsageRefused({ message: `${BackfillReferralOrders.JOB} needs --month, like --month 2026-01` })
  }
  const values = yield* Config.load
  const month = input.month.value
  const by = Option.getOrElse(input.by, () => "return" as const)
  const policy = Result.getOrThrow(CashbackPolicyText.parse(values.cashbackPolicy, values.referralCurrency))
  yield* run(input, values, {
    name: BackfillReferralOrders.JOB,
    readNoun: "shipments",
    now: (jobs, request, onProgress) => ReferralJobs.backfillNow(jobs, { ...request, month, by }, onProgress),
    dryRun: (request) =>
      BackfillReferralOrders.run({ ...request, month, by, policy }).pipe(
        Effect.catchTag("InvalidMonth", Effect.die), // the flag has been checked
        Effect.map((report) => [report])
      )
  })
})

/**
 * Runs `import-legacy-commissions` and prints what came of it.
 *
 * **Errors**
 *
 * - `PortError`: a database failed.
 *
 * @category commands
 * @since 0.1.0
 */
export const legacy = Effect.fnUntraced(function* (input: Input) {
  const values = yield* Config.load
  yield* run(input, values, {
    name: ImportLegacyCommissions.JOB,
    readNoun: "old rows",
    now: ReferralJobs.importNow,
    dryRun: (request) => Effect.map(ImportLegacyCommissions.run(request), (report) => [report])
  })
})
