/**
 * What the referral rules read: a shipment with the names around it, its
 * cashback and its milestones; and a row of the table that was used before.
 *
 * Instants are seconds since 1970-01-01T00:00Z; those of the old table may have
 * a fraction down to the microsecond.
 *
 * **Laws**
 *
 * - `oneMilestoneOneWindow`: of windows that tile, exactly one has an order with one milestone between their ends.
 * - `cutWindowKeepsOrders`: an order is in a window exactly if it is in one of the two parts that it is cut into.
 * - `returnIsMilestone`: an order that returned in a window is in it by any milestone too.
 *
 * Stated in `ShipmentOrder.laws.ts`, checked in `ShipmentOrder.test.ts`.
 *
 * @since 0.1.0
 */
import type * as Money from "../money/Money.ts"
import type * as Referral from "./Referral.ts"
import type * as SyncWindow from "./SyncWindow.ts"

/**
 * The latest instant that is taken for a milestone, exclusive: the year 10000.
 * A number beyond it counts in another unit.
 *
 * @category constants
 * @since 0.1.0
 */
export const MILESTONE_MAX_EXCLUSIVE_SECONDS = 253_402_300_800

/**
 * The cashback of an order as its newest cashback row has it.
 *
 * @category models
 * @since 0.1.0
 */
export interface CashbackRow {
  readonly memberCashback: Money.Money | undefined
  readonly affiliateCashback: Money.Money | undefined
}

/**
 * A field of a source row that held no value of its kind, and what it held.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnreadableField {
  readonly field: string
  readonly found: string
}

/**
 * When a shipment went out, arrived and came back, in seconds since
 * 1970-01-01T00:00Z; what has not happened is missing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Milestones {
  readonly dispatchedAt: number | undefined
  readonly deliveredAt: number | undefined
  readonly returnedAt: number | undefined
}

/**
 * A shipment. Names are missing where their table has no row for the key.
 *
 * @category models
 * @since 0.1.0
 */
export interface ShipmentOrder extends Milestones {
  readonly orderNo: string
  readonly memberId: Referral.MemberId | undefined
  readonly statusId: number | undefined
  readonly statusName: string | undefined
  readonly courierId: number | undefined
  readonly courierName: string | undefined
  readonly rateId: number | undefined
  readonly rateName: string | undefined
  readonly rateCode: string | undefined
  readonly shippingPrice: Money.Money | undefined
  /** What the order itself says of the member's cashback. */
  readonly cashback: Money.Money | undefined
  /** The newest of its cashback rows. */
  readonly cashbackRow: CashbackRow | undefined
  readonly unreadable: ReadonlyArray<UnreadableField>
}

/**
 * A row of the table that was used before, with what its shipment adds. `rowKey`
 * tells rows without an order number apart; `copies` is how many usable rows the
 * order has there, of which this one was dispatched last.
 *
 * @category models
 * @since 0.1.0
 */
export interface OldCommission {
  readonly rowKey: string
  readonly copies: number
  readonly orderNo: string | undefined
  readonly memberId: Referral.MemberId | undefined
  readonly affiliateId: Referral.AffiliateId | undefined
  readonly dispatchedAt: number | undefined
  readonly deliveredAt: number | undefined
  readonly courierId: number | undefined
  readonly courierName: string | undefined
  readonly rateName: string | undefined
  readonly rateCode: string | undefined
  readonly shippingPrice: Money.Money | undefined
  readonly cashback: Money.Money | undefined
  readonly estimatedCommission: Money.Money | undefined
  /** Missing where there is no shipment of that number any more. */
  readonly shipment:
    | {
        readonly statusId: number | undefined
        readonly statusName: string | undefined
        readonly returnedAt: number | undefined
      }
    | undefined
  readonly unreadable: ReadonlyArray<UnreadableField>
}

/**
 * Which milestones bring an order into a window: any of the three, or its return.
 *
 * @category models
 * @since 0.1.0
 */
export type MilestoneFilter = "any-milestone" | "return"

/**
 * Says whether a source's number is an instant at which something happened:
 * nothing and 0 stand for what has not happened.
 *
 * **Example** (Two ways to say "not yet")
 *
 * ```ts doctest
 * import { ShipmentOrder } from "@reckoner/core"
 *
 * ShipmentOrder.hasHappened(0) // => false
 * ShipmentOrder.hasHappened(undefined) // => false
 * ShipmentOrder.hasHappened(1_698_655_999) // => true
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const hasHappened = (seconds: number | undefined): seconds is number => seconds !== undefined && seconds !== 0

/**
 * Says whether a source's number can be an instant of a shipment: not before
 * 1970, and before {@link MILESTONE_MAX_EXCLUSIVE_SECONDS}.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isInstant = (seconds: number): boolean => seconds >= 0 && seconds < MILESTONE_MAX_EXCLUSIVE_SECONDS

/**
 * Says whether one of the milestones that count lies in a window.
 *
 * **Example** (Delivered yesterday, dispatched long ago)
 *
 * ```ts doctest
 * import { ShipmentOrder } from "@reckoner/core"
 *
 * const milestones = { dispatchedAt: 10, deliveredAt: 150, returnedAt: undefined }
 * const window = { fromEpochSeconds: 100, untilEpochSeconds: 200 }
 *
 * ShipmentOrder.isInWindow(milestones, window, "any-milestone") // => true
 * ShipmentOrder.isInWindow(milestones, window, "return") // => false
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const isInWindow = (
  { deliveredAt, dispatchedAt, returnedAt }: Milestones,
  window: SyncWindow.SyncWindow,
  by: MilestoneFilter
): boolean => {
  const isIn = (at: number | undefined) =>
    hasHappened(at) && at >= window.fromEpochSeconds && at < window.untilEpochSeconds
  return by === "return" ? isIn(returnedAt) : isIn(dispatchedAt) || isIn(deliveredAt) || isIn(returnedAt)
}
