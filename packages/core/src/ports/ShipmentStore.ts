/**
 * Where shipments come from, and the table of commissions that was used before.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type * as ShipmentOrder from "../referral-commission/ShipmentOrder.ts"
import type * as SyncWindow from "../referral-commission/SyncWindow.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * Which shipments are asked for: those with such a milestone in the window.
 *
 * @category models
 * @since 0.1.0
 */
export interface ShipmentScope {
  readonly window: SyncWindow.SyncWindow
  readonly by: ShipmentOrder.MilestoneFilter
}

/**
 * A shipment of which its number and its member are read, and the rest when it
 * is asked for: of the shipments of a day, half are of members whom nobody
 * referred.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnreadShipment extends Pick<ShipmentOrder.ShipmentOrder, "orderNo" | "memberId"> {
  readonly read: () => ShipmentOrder.ShipmentOrder
}

/**
 * A shipment that is read already, as one that is not.
 *
 * @category conversions
 * @since 0.1.0
 */
export const asUnread = (shipment: ShipmentOrder.ShipmentOrder): UnreadShipment => ({
  orderNo: shipment.orderNo,
  memberId: shipment.memberId,
  read: () => shipment
})

/**
 * Reads shipments.
 *
 * - `shipments` delivers each shipment of the scope once, in any order, as it
 *   stood when the stream began, without holding them all. A name, a courier or
 *   a rate that is missing keeps none back; of several cashback rows it brings
 *   the newest.
 * - `shipmentEstimate` says about how many those are, without counting them.
 * - `shipment` finds one by its number.
 * - `oldCommissions` delivers the rows of the old table: of those that are
 *   usable, for each order the one dispatched last; and each row that lacks
 *   order number, member or affiliate. `oldCommissionEstimate` says about how many.
 *
 * @category ports
 * @since 0.1.0
 */
export class ShipmentStore extends Context.Service<
  ShipmentStore,
  {
    readonly shipments: (scope: ShipmentScope) => Stream.Stream<ReadonlyArray<UnreadShipment>, StoreError>
    readonly shipmentEstimate: (scope: ShipmentScope) => Effect.Effect<number, StoreError>
    readonly shipment: (orderNo: string) => Effect.Effect<Option.Option<ShipmentOrder.ShipmentOrder>, StoreError>
    readonly oldCommissions: Stream.Stream<ReadonlyArray<ShipmentOrder.OldCommission>, StoreError>
    readonly oldCommissionEstimate: Effect.Effect<number, StoreError>
  }
>()("@reckoner/core/ports/ShipmentStore") {}
