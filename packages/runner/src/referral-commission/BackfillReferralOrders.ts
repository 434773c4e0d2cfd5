/**
 * The job `backfill-referral-orders`: repeats a past month, and works out the
 * affiliate's cashback from the cashback policy where nothing else says it.
 *
 * @since 0.1.0
 */
import { type CommissionEstimate, type ShipmentOrder, SyncWindow } from "@reckoner/core"
import {
  type FindingStore,
  type ReferralDirectory,
  type ReferralOrderStore,
  type RunJournal,
  ShipmentStore
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as ReferralRun from "./ReferralRun.ts"
import * as ShipmentDecisions from "./ShipmentDecisions.ts"

/**
 * The name of the job.
 *
 * @category constants
 * @since 0.1.0
 */
export const JOB = "backfill-referral-orders"

/**
 * What the job does, for a list.
 *
 * @category constants
 * @since 0.1.0
 */
export const DESCRIPTION = "repeats a past month of shipments, and fills in commissions by the cashback policy"

/**
 * What a run is asked for: a month like `2023-10`, and whether the return of a
 * shipment alone brings it into the month or any of its milestones.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request extends ReferralRun.Request {
  readonly month: string
  readonly by: ShipmentOrder.MilestoneFilter
  readonly policy: CommissionEstimate.CashbackPolicy
}

/**
 * Runs the job once.
 *
 * **Errors**
 *
 * - `InvalidMonth`: the month is not of the form `YYYY-MM`; nothing was begun.
 * - those of `ReferralRun.RunError`.
 *
 * @category jobs
 * @since 0.1.0
 */
export const run = (
  request: Request
): Effect.Effect<
  ReferralRun.Report,
  ReferralRun.RunError | SyncWindow.InvalidMonth,
  ShipmentStore | ReferralDirectory | ReferralOrderStore | RunJournal | FindingStore
> =>
  Effect.gen(function* () {
    const { by, dryRun, month, policy, zone } = request
    const window = yield* Effect.fromResult(SyncWindow.month({ month, zone }))
    const shipments = yield* ShipmentStore
    const flow = {
      job: JOB,
      window,
      estimate: shipments.shipmentEstimate({ window, by }),
      rows: shipments.shipments({ window, by }),
      decide: yield* ShipmentDecisions.make({ source: "backfill", policy })
    }
    return yield* dryRun
      ? ReferralRun.preview(request, flow)
      : ReferralRun.exclusively(request, (onRecord) => ReferralRun.recorded(request, flow, onRecord))
  })
