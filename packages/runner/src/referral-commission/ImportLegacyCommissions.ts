/**
 * The job `import-legacy-commissions`: moves the table that was used before
 * into the orders, without touching what the other flows wrote.
 *
 * @since 0.1.0
 */
import { ReferralOrder, type ShipmentOrder } from "@reckoner/core"
import { type FindingStore, ReferralOrderStore, type RunJournal, ShipmentStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as ReferralRun from "./ReferralRun.ts"

/**
 * The name of the job.
 *
 * @category constants
 * @since 0.1.0
 */
export const JOB = "import-legacy-commissions"

/**
 * What the job does, for a list.
 *
 * @category constants
 * @since 0.1.0
 */
export const DESCRIPTION = "moves commissions of the old table, but for orders that another flow has written"

const decide = (old: ReadonlyArray<ShipmentOrder.OldCommission>) =>
  Effect.gen(function* () {
    const store = yield* ReferralOrderStore
    const stored = yield* store.stored(old.flatMap(({ orderNo }) => (orderNo === undefined ? [] : [orderNo])))
    return old.map((one) => ({
      subject: one.orderNo ?? one.rowKey,
      decision: ReferralOrder.fromOldCommission(one, stored.get(one.orderNo ?? ""))
    }))
  })

/**
 * Runs the job once.
 *
 * **Errors**: those of `ReferralRun.RunError`, but for the user service, which
 * is not asked.
 *
 * @category jobs
 * @since 0.1.0
 */
export const run = (
  request: ReferralRun.Request
): Effect.Effect<
  ReferralRun.Report,
  ReferralRun.RunError,
  ShipmentStore | ReferralOrderStore | RunJournal | FindingStore
> =>
  Effect.gen(function* () {
    const shipments = yield* ShipmentStore
    const flow = {
      job: JOB,
      window: undefined,
      estimate: shipments.oldCommissionEstimate,
      rows: shipments.oldCommissions,
      decide
    }
    return yield* request.dryRun
      ? ReferralRun.preview(request, flow)
      : ReferralRun.exclusively(request, (onRecord) => ReferralRun.recorded(request, flow, onRecord))
  })
