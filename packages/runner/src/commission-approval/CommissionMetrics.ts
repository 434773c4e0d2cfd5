/**
 * What is counted about notices that are to be sent.
 *
 * @since 0.1.0
 */
import { CommissionNotice } from "@reckoner/core"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const notices = Metric.gauge("reckoner_commission_notices", {
  description: "Notices about released commissions, by state; SentUnknown and Held wait for a person"
})

/**
 * Notes how many notices there are of each state.
 *
 * @category metrics
 * @since 0.1.0
 */
export const noteNotices = (counts: ReadonlyMap<CommissionNotice.NoticeState["_tag"], number>): Effect.Effect<void> =>
  Effect.forEach(
    CommissionNotice.STATE_NAMES,
    (state) => Metric.update(Metric.withAttributes(notices, { state }), counts.get(state) ?? 0),
    { discard: true }
  )
