/**
 * The job `sync-referral-orders`: shipments that went out, arrived or came back
 * since the last successful run become orders of their members' affiliates.
 *
 * @since 0.1.0
 */
import { CommissionEstimate, SyncWindow } from "@reckoner/core"
import {
  type FindingStore,
  type ReferralDirectory,
  type ReferralOrderStore,
  RunJournal,
  ShipmentStore
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ReferralRun from "./ReferralRun.ts"
import * as ShipmentDecisions from "./ShipmentDecisions.ts"

/**
 * The name of the job.
 *
 * @category constants
 * @since 0.1.0
 */
export const JOB = "sync-referral-orders"

/**
 * What the job does, for a list.
 *
 * @category constants
 * @since 0.1.0
 */
export const DESCRIPTION = "copies yesterday's shipments of referred members, with their estimated commission"

/**
 * What a run is asked for. Every run goes back by `overlapDays` days that were
 * covered before, for milestones that were written late, and after a longer
 * break it covers at most `daysMax` new days per window.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request extends ReferralRun.Request {
  readonly overlapDays: number
  readonly daysMax: number
}

const flowOf = (window: SyncWindow.SyncWindow) =>
  Effect.gen(function* () {
    const shipments = yield* ShipmentStore
    const scope = { window, by: "any-milestone" } as const
    return {
      job: JOB,
      window,
      estimate: shipments.shipmentEstimate(scope),
      rows: shipments.shipments(scope),
      decide: yield* ShipmentDecisions.make({ source: "daily", policy: CommissionEstimate.NO_POLICY })
    }
  })

type Flow = Effect.Success<ReturnType<typeof flowOf>>

const windowsOf = ({ atMs, daysMax, overlapDays, zone }: Request) =>
  Effect.gen(function* () {
    const journal = yield* RunJournal
    const lastUntilEpochSeconds = Option.getOrUndefined(yield* journal.lastWindowEnd(JOB))
    return SyncWindow.catchUp({ now: atMs, zone, lastUntilEpochSeconds, overlapDays, daysMax })
  })

/**
 * Runs the job once: a run with a record of its own for each window that is
 * due, the oldest first; most often that is one.
 *
 * **Errors**: those of `ReferralRun.RunError`.
 *
 * @category jobs
 * @since 0.1.0
 */
export const run = (
  request: Request
): Effect.Effect<
  ReadonlyArray<ReferralRun.Report>,
  ReferralRun.RunError,
  ShipmentStore | ReferralDirectory | ReferralOrderStore | RunJournal | FindingStore
> => {
  const eachWindow = <E, R>(cover: (flow: Flow) => Effect.Effect<ReferralRun.Report, E, R>) =>
    Effect.gen(function* () {
      const reports: Array<ReferralRun.Report> = []
      for (const window of yield* windowsOf(request)) reports.push(yield* cover(yield* flowOf(window)))
      return reports
    })
  return request.dryRun
    ? eachWindow((flow) => ReferralRun.preview(request, flow))
    : ReferralRun.exclusively(request, (onRecord) =>
        eachWindow((flow) => ReferralRun.recorded(request, flow, onRecord))
      )
}
