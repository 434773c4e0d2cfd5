/**
 * Notices that were queued together with what they tell, and are sent after it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as CommissionNotice from "../commission-approval/CommissionNotice.ts"
import type * as Money from "../money/Money.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * That the commission of an invoice was released. `id` also names the notice to
 * the service that sends it. Instants are in milliseconds since 1970;
 * `attempts` counts those that began.
 *
 * @category models
 * @since 0.1.0
 */
export interface Notice {
  readonly id: string
  readonly invoiceId: string
  readonly invoiceCode: string
  readonly orderCode: string
  readonly affiliateId: string
  readonly affiliateName: string
  readonly phone: string | undefined
  readonly amount: Money.Money
  readonly queuedAt: number
  readonly attempts: number
  readonly state: CommissionNotice.NoticeState
}

/**
 * Keeps notices.
 *
 * - `take` gives at most so many that are due at an instant, and makes them `Sending`, each to one taker alone; their
 *   `attempts` count this one. Those that somebody began to send `abandonedMs` ago or earlier and never settled become
 *   `SentUnknown`, and are not given.
 * - `settle` keeps what became of a notice that was taken, unless it is no longer `Sending`.
 * - `list` gives the newest notices of these states, or of all.
 * - `requeue` makes a notice due at an instant, its attempts counted anew, unless it is being sent or was sent; it says
 *   whether it did.
 * - `counts` says how many there are of each state.
 *
 * @category ports
 * @since 0.1.0
 */
export class NoticeOutbox extends Context.Service<
  NoticeOutbox,
  {
    readonly take: (options: {
      readonly at: number
      readonly limit: number
      readonly abandonedMs: number
    }) => Effect.Effect<ReadonlyArray<Notice>, StoreError>
    readonly settle: (id: string, state: CommissionNotice.NoticeState) => Effect.Effect<void, StoreError>
    readonly list: (options: {
      readonly states: ReadonlyArray<CommissionNotice.NoticeState["_tag"]>
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<Notice>, StoreError>
    readonly requeue: (id: string, at: number) => Effect.Effect<boolean, StoreError>
    readonly counts: Effect.Effect<ReadonlyMap<CommissionNotice.NoticeState["_tag"], number>, StoreError>
  }
>()("@reckoner/core/ports/NoticeOutbox") {}
