/**
 * Whoever tells affiliates about their commission.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as CommissionNotice from "../commission-approval/CommissionNotice.ts"
import type * as Money from "../money/Money.ts"

/**
 * What an affiliate is told. `id` is ours and names the message in the logs of
 * the service.
 *
 * @category models
 * @since 0.1.0
 */
export interface AffiliateMessage {
  readonly id: string
  readonly phone: string | undefined
  readonly affiliateName: string
  readonly invoiceCode: string
  readonly orderCode: string
  readonly amount: Money.Money
}

/**
 * Sends messages.
 *
 * - `send` makes one attempt, and says how it ended. It never fails: what went wrong is part of the answer.
 *
 * @category ports
 * @since 0.1.0
 */
export class AffiliateNotifier extends Context.Service<
  AffiliateNotifier,
  {
    readonly send: (message: AffiliateMessage) => Effect.Effect<CommissionNotice.Attempt>
  }
>()("@reckoner/core/ports/AffiliateNotifier") {}
