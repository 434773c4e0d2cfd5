/**
 * `sync-entitlements` as a durable job: by schedule once per business date,
 * and whenever somebody asks for a run.
 *
 * It is one step: `SyncEntitlements` itself finds what is done already, so a
 * run that was killed goes on when the step is repeated.
 *
 * @since 0.1.0
 */
import { BusinessZone, PlainDate } from "@reckoner/core"
import {
  type EntitlementStore,
  type ExecutionQueue,
  type ExecutionRecorder,
  type ExecutionStore,
  type RunJournal,
  type RunLock
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Job from "../engine/Job.ts"
import * as LocalRun from "../engine/LocalRun.ts"
import * as PortFailure from "../engine/PortFailure.ts"
import { metrics } from "./EntitlementMetrics.ts"
import * as SyncEntitlements from "./SyncEntitlements.ts"

const Counts = Schema.Record(Schema.String, Schema.Int)

const Input = Schema.Struct({
  businessDate: Schema.String,
  /** Tells runs of one date apart that somebody asked for; that of the schedule has none. */
  askedAt: Schema.NullOr(Schema.String),
  atMs: Schema.Int,
  zone: Schema.String,
  fromDate: Schema.NullOr(Schema.String),
  lockWaitMs: Schema.Int
})

const Output = Schema.Struct({
  runId: Schema.Int,
  businessDate: Schema.String,
  invoices: Schema.Struct({
    read: Schema.Int,
    granted: Schema.Int,
    held: Schema.Int,
    nothingToGrant: Schema.Int
  }),
  entitlements: Schema.Int,
  items: Schema.Int,
  releasedHolds: Schema.Int,
  findings: Counts,
  holds: Counts
})

/**
 * What a run is asked for.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = Pick<SyncEntitlements.Request, "atMs" | "zone" | "fromDate" | "lockWaitMs">

/**
 * How far a run is: how many invoices it has read, or that another run has to end first.
 *
 * @category models
 * @since 0.1.0
 */
export type Progress =
  | ({ readonly _tag: "Reading" } & SyncEntitlements.Progress)
  | { readonly _tag: "WaitsForOtherRun" }

const toReport = (output: typeof Output.Type): SyncEntitlements.Report => ({
  ...output,
  job: SyncEntitlements.JOB,
  dryRun: false,
  businessDate: PlainDate.parseUnsafe(output.businessDate)
})

/**
 * The input of a run for the date of its instant; without `askedAt`, that of the schedule.
 *
 * @category constructors
 * @since 0.1.0
 */
export const inputOf = ({ atMs, fromDate, lockWaitMs, zone }: Request, askedAt: string | null): typeof Input.Type => ({
  businessDate: BusinessZone.civilDate(zone, atMs),
  askedAt,
  atMs,
  zone,
  fromDate: fromDate ?? null,
  lockWaitMs
})

/**
 * The job.
 *
 * @category jobs
 * @since 0.1.0
 */
export const job = Job.make({
  name: SyncEntitlements.JOB,
  input: Input,
  output: Output,
  error: PortFailure.PortFailure,
  businessKey: ({ askedAt, businessDate }) => (askedAt === null ? businessDate : `${businessDate} asked ${askedAt}`),
  keyAfterPurge: "forgotten",
  run: ({ atMs, fromDate, lockWaitMs, zone }) =>
    Effect.gen(function* () {
      const { id: executionId, report, step } = yield* Job.Execution
      const say = (progress: Progress) => report({ ...progress })
      const startedAt = performance.now()
      const request: SyncEntitlements.Request = {
        atMs,
        zone: Result.getOrThrow(BusinessZone.parse(zone)),
        fromDate: fromDate === null ? undefined : PlainDate.parseUnsafe(fromDate),
        dryRun: false,
        lockWaitMs,
        onLockWait: say({ _tag: "WaitsForOtherRun" }),
        onProgress: (progress) => say({ _tag: "Reading", ...progress })
      }
      const synchronize = Effect.mapError(metrics.counted(SyncEntitlements.run(request)), PortFailure.from)
      const output = yield* step(
        "synchronize",
        { success: Output, error: PortFailure.PortFailure },
        Effect.map(synchronize, ({ runId, ...counts }) => ({ ...counts, runId: runId! }))
      )
      const { entitlements, invoices, items, runId } = output
      yield* Effect.logInfo("run complete").pipe(
        Effect.annotateLogs({
          job: SyncEntitlements.JOB,
          executionId,
          runId,
          invoicesRead: invoices.read,
          invoicesHeld: invoices.held,
          entitlements,
          items,
          durationMs: Math.round(performance.now() - startedAt)
        })
      )
      return output
    })
})

/**
 * Runs the job here and now, whatever ran for the date before.
 *
 * **Errors**
 *
 * - `RunLockBusy`: another run was going on for as long as this one waited.
 * - `StoreError`: the database failed. Batches written before stay, each whole.
 *
 * @category jobs
 * @since 0.1.0
 */
export const runNow = (
  request: Request,
  onProgress: (progress: Progress) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<
  SyncEntitlements.Report,
  PortFailure.PortError,
  ExecutionStore | ExecutionRecorder | ExecutionQueue | EntitlementStore | RunJournal | RunLock
> =>
  Effect.gen(function* () {
    const ran = yield* LocalRun.runAsked(job, (askedAt) => inputOf(request, askedAt), {
      onReport: (progress) => onProgress(progress as Progress)
    })
    return toReport(yield* PortFailure.outputOf(ran))
  })
