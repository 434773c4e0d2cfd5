/**
 * The three referral jobs as durable jobs: the daily run by schedule once per
 * business date, and each of them whenever somebody asks for it.
 *
 * Each is one step: what was written is found again, and windows that were
 * covered are in the run records, so a run that was killed goes on when the
 * step is repeated.
 *
 * @since 0.1.0
 */
import { BusinessZone, PlainDate } from "@reckoner/core"
import type {
  ExecutionQueue,
  ExecutionRecorder,
  ExecutionStore,
  FindingStore,
  ReferralDirectory,
  ReferralOrderStore,
  RunJournal,
  ShipmentStore
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Config from "../Config.ts"
import * as Job from "../engine/Job.ts"
import * as LocalRun from "../engine/LocalRun.ts"
import * as PortFailure from "../engine/PortFailure.ts"
import * as BackfillReferralOrders from "./BackfillReferralOrders.ts"
import * as CashbackPolicyText from "./CashbackPolicyText.ts"
import * as ImportLegacyCommissions from "./ImportLegacyCommissions.ts"
import { metrics } from "./ReferralMetrics.ts"
import type * as ReferralRun from "./ReferralRun.ts"
import * as SyncReferralOrders from "./SyncReferralOrders.ts"

/** What every run is asked for. `askedAt` tells runs apart that somebody asked for; that of the schedule has none. */
const common = {
  askedAt: Schema.NullOr(Schema.String),
  atMs: Schema.Int,
  zone: Schema.String,
  lockWaitMs: Schema.Int
}

const SyncInput = Schema.Struct({ businessDate: Schema.String, ...common })
const BackfillInput = Schema.Struct({
  month: Schema.String,
  by: Schema.Literals(["any-milestone", "return"]),
  ...common
})
const ImportInput = Schema.Struct(common)

const Window = Schema.Struct({ fromEpochSeconds: Schema.Int, untilEpochSeconds: Schema.Int })

const Report = Schema.Struct({
  job: Schema.String,
  runId: Schema.Int,
  businessDate: Schema.String,
  window: Schema.NullOr(Window),
  read: Schema.Int,
  notReferred: Schema.Int,
  unusable: Schema.Int,
  inserted: Schema.Int,
  changed: Schema.Int,
  unchanged: Schema.Int,
  findings: Schema.Record(Schema.String, Schema.Int)
})

const Output = Schema.Array(Report)

/**
 * What a run is asked for: its instant, milliseconds since 1970-01-01T00:00Z,
 * the business zone, and how long it waits for another run to end.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = Pick<ReferralRun.Request, "atMs" | "zone" | "lockWaitMs">

/**
 * What a backfill is asked for.
 *
 * @category models
 * @since 0.1.0
 */
export type BackfillRequest = Request & Pick<BackfillReferralOrders.Request, "month" | "by">

/**
 * How far a run is: how many rows it has read, or that another run has to end first.
 *
 * @category models
 * @since 0.1.0
 */
export type Progress = ({ readonly _tag: "Reading" } & ReferralRun.Progress) | { readonly _tag: "WaitsForOtherRun" }

/**
 * What the jobs stand on.
 *
 * @category models
 * @since 0.1.0
 */
export type Ports = ShipmentStore | ReferralDirectory | ReferralOrderStore | RunJournal | FindingStore

const toOutput = (reports: ReadonlyArray<ReferralRun.Report>): typeof Output.Type =>
  reports.map((one) => {
    const { dryRun: _, runId, window, ...report } = one
    return { ...report, runId: runId!, window: window ?? null }
  })

const toReports = (output: typeof Output.Type): ReadonlyArray<ReferralRun.Report> =>
  output.map(({ businessDate, window, ...report }) => ({
    ...report,
    businessDate: PlainDate.parseUnsafe(businessDate),
    window: window ?? undefined,
    dryRun: false
  }))

const data = ({ atMs, lockWaitMs, zone }: Request, askedAt: string | null) => ({ askedAt, atMs, zone, lockWaitMs })

const keyOf = (parts: ReadonlyArray<string>, askedAt: string | null): string =>
  [...parts, ...(askedAt === null ? [] : [`asked ${askedAt}`])].join(" ")

/**
 * The input of a daily run for the date of its instant; without `askedAt`, that
 * of the schedule.
 *
 * @category constructors
 * @since 0.1.0
 */
export const syncInput = (request: Request, askedAt: string | null): typeof SyncInput.Type => ({
  businessDate: BusinessZone.civilDate(request.zone, request.atMs),
  ...data(request, askedAt)
})

/**
 * The input of a backfill; without a month that of the month before the
 * instant, by the returns.
 *
 * @category constructors
 * @since 0.1.0
 */
export const backfillInput = (
  { by = "return", month, ...request }: Request & Partial<Pick<BackfillRequest, "month" | "by">>,
  askedAt: string | null
): typeof BackfillInput.Type => ({
  month: month ?? monthBefore(request),
  by,
  ...data(request, askedAt)
})

const monthBefore = ({ atMs, zone }: Request): string => {
  const previous = PlainDate.addMonths(BusinessZone.civilDate(zone, atMs), -1)
  return previous.slice(0, previous.length - "-01".length)
}

/**
 * The input of an import.
 *
 * @category constructors
 * @since 0.1.0
 */
export const importInput = (request: Request, askedAt: string): typeof ImportInput.Type => data(request, askedAt)

/** Runs a flow as the one step of an execution, and says in one line what came of it. */
const asStep = (
  input: typeof ImportInput.Type,
  run: (request: ReferralRun.Request) => Effect.Effect<ReadonlyArray<ReferralRun.Report>, ReferralRun.RunError, Ports>
) =>
  Effect.gen(function* () {
    const { id: executionId, report, step } = yield* Job.Execution
    const say = (progress: Progress) => report({ ...progress })
    const request: ReferralRun.Request = {
      atMs: input.atMs,
      zone: Result.getOrThrow(BusinessZone.parse(input.zone)),
      dryRun: false,
      lockWaitMs: input.lockWaitMs,
      onLockWait: say({ _tag: "WaitsForOtherRun" }),
      onProgress: (progress) => say({ _tag: "Reading", ...progress })
    }
    const output = yield* step(
      "run",
      { success: Output, error: PortFailure.PortFailure },
      Effect.mapBoth(run(request), { onSuccess: toOutput, onFailure: PortFailure.from })
    )
    for (const { findings: _, window, ...counts } of output) {
      yield* Effect.annotateLogs(Effect.logInfo("run complete"), { executionId, ...counts, ...window })
    }
    return output
  })

/**
 * The jobs, by these settings.
 *
 * @category jobs
 * @since 0.1.0
 */
export const make = ({ cashbackPolicy, referralCatchUpDays, referralCurrency, referralOverlapDays }: Config.Values) => {
  const policy = Result.getOrThrow(CashbackPolicyText.parse(cashbackPolicy, referralCurrency))
  const kept = { output: Output, error: PortFailure.PortFailure, keyAfterPurge: "forgotten" } as const
  return {
    sync: Job.make({
      ...kept,
      name: SyncReferralOrders.JOB,
      input: SyncInput,
      businessKey: ({ askedAt, businessDate }) => keyOf([businessDate], askedAt),
      run: (input) =>
        asStep(input, (request) =>
          metrics.sync.counted(
            SyncReferralOrders.run({ ...request, overlapDays: referralOverlapDays, daysMax: referralCatchUpDays })
          )
        )
    }),
    backfill: Job.make({
      ...kept,
      name: BackfillReferralOrders.JOB,
      input: BackfillInput,
      businessKey: ({ askedAt, by, month }) => keyOf([month, by], askedAt),
      run: (input) =>
        asStep(input, (request) =>
          metrics.backfill.counted(
            BackfillReferralOrders.run({ ...request, month: input.month, by: input.by, policy }).pipe(
              // Whoever asks for a month has it checked first.
              Effect.catchTag("InvalidMonth", ({ input: month }) => Effect.die(new Error(`${month} is no month`))),
              Effect.map((report) => [report])
            )
          )
        )
    }),
    legacy: Job.make({
      ...kept,
      name: ImportLegacyCommissions.JOB,
      input: ImportInput,
      businessKey: ({ askedAt }) => keyOf(["all"], askedAt),
      run: (input) =>
        asStep(input, (request) =>
          metrics.legacy.counted(Effect.map(ImportLegacyCommissions.run(request), (report) => [report]))
        )
    })
  }
}

/**
 * The jobs of these settings.
 *
 * @category models
 * @since 0.1.0
 */
export type Jobs = ReturnType<typeof make>

type Ran = Effect.Effect<
  ReadonlyArray<ReferralRun.Report>,
  PortFailure.PortError,
  ExecutionStore | ExecutionRecorder | ExecutionQueue | Ports
>

type OnProgress = (progress: Progress) => Effect.Effect<void>

const ran = <Input>(
  job: Job.Job<Input, typeof Output.Type, PortFailure.PortFailure, Ports>,
  inputAt: (askedAt: string) => Input,
  onProgress: OnProgress
): Ran =>
  LocalRun.runAsked(job, inputAt, { onReport: (progress) => onProgress(progress as Progress) }).pipe(
    Effect.flatMap(PortFailure.outputOf),
    Effect.map(toReports)
  )

/**
 * Runs the daily job here and now, whatever ran for the date before.
 *
 * @category jobs
 * @since 0.1.0
 */
export const syncNow = (jobs: Jobs, request: Request, onProgress: OnProgress = () => Effect.void): Ran =>
  ran(jobs.sync, (askedAt) => syncInput(request, askedAt), onProgress)

/**
 * Runs a backfill here and now. Its month must be one.
 *
 * @category jobs
 * @since 0.1.0
 */
export const backfillNow = (jobs: Jobs, request: BackfillRequest, onProgress: OnProgress = () => Effect.void): Ran =>
  ran(jobs.backfill, (askedAt) => backfillInput(request, askedAt), onProgress)

/**
 * Runs the import here and now.
 *
 * @category jobs
 * @since 0.1.0
 */
export const importNow = (jobs: Jobs, request: Request, onProgress: OnProgress = () => Effect.void): Ran =>
  ran(jobs.legacy, (askedAt) => importInput(request, askedAt), onProgress)
