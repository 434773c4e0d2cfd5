/**
 * The store of shipments in memory, for tests: it is given shipments, and rows
 * of the table of commissions that was used before.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Money from "../money/Money.ts"
import { asUnread, type ShipmentScope, ShipmentStore } from "../ports/ShipmentStore.ts"
import * as ShipmentOrder from "../referral-commission/ShipmentOrder.ts"

const ROWS_PER_BLOCK_MAX = 100

/**
 * A row of the old table, without what the store works out.
 *
 * @category models
 * @since 0.1.0
 */
export type OldRow = Omit<ShipmentOrder.OldCommission, "rowKey" | "copies" | "shipment">

/**
 * What the store reads from. Shipments have distinct numbers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sources {
  readonly shipments: ReadonlyArray<ShipmentOrder.ShipmentOrder>
  readonly oldCommissions: ReadonlyArray<OldRow>
}

/**
 * A store with its contents. `load` replaces the sources it names and leaves
 * the others as they are.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryShipmentStore {
  readonly layer: Layer.Layer<ShipmentStore>
  readonly load: (sources: Partial<Sources>) => void
}

const happened = (at: number | undefined): number | undefined => (ShipmentOrder.hasHappened(at) ? at : undefined)

const delivered = (shipment: ShipmentOrder.ShipmentOrder): ShipmentOrder.ShipmentOrder => ({
  ...shipment,
  dispatchedAt: happened(shipment.dispatchedAt),
  deliveredAt: happened(shipment.deliveredAt),
  returnedAt: happened(shipment.returnedAt)
})

type Comparable = string | number | bigint | undefined

/** What is missing comes last, in whichever direction. */
const compare = (one: Comparable, other: Comparable, sign: 1 | -1 = 1): number => {
  if (one === other) return 0
  if (one === undefined || other === undefined) return one === undefined ? 1 : -1
  return one < other ? -sign : sign
}

const whole = (id: string | undefined): bigint | undefined => (id === undefined ? undefined : BigInt(id))
const minor = (amount: Money.Money | undefined): bigint | undefined => amount?.minor

/** The row dispatched last comes first. */
const precedence = (one: OldRow, other: OldRow): number =>
  compare(one.dispatchedAt, other.dispatchedAt, -1) ||
  compare(one.deliveredAt, other.deliveredAt, -1) ||
  compare(whole(one.memberId), whole(other.memberId)) ||
  compare(whole(one.affiliateId), whole(other.affiliateId)) ||
  compare(one.courierId, other.courierId) ||
  compare(one.rateName, other.rateName) ||
  compare(one.rateCode, other.rateCode) ||
  compare(minor(one.shippingPrice), minor(other.shippingPrice)) ||
  compare(minor(one.cashback), minor(other.cashback)) ||
  compare(minor(one.estimatedCommission), minor(other.estimatedCommission))

const isUsable = ({ affiliateId, memberId, orderNo }: OldRow): boolean =>
  orderNo !== undefined && memberId !== undefined && affiliateId !== undefined

/** The same for the same contents. */
const keyOf = (row: OldRow): string =>
  JSON.stringify(row, (_, field: unknown) => (typeof field === "bigint" ? String(field) : field))

const oldCommissions = ({ oldCommissions: given, shipments }: Sources): ReadonlyArray<ShipmentOrder.OldCommission> => {
  const shipmentOf = new Map(shipments.map((one) => [one.orderNo, one]))
  const read = (row: OldRow, rowKey: string, copies: number): ShipmentOrder.OldCommission => {
    const found = row.orderNo === undefined ? undefined : shipmentOf.get(row.orderNo)
    return {
      ...row,
      rowKey,
      copies,
      dispatchedAt: happened(row.dispatchedAt),
      deliveredAt: happened(row.deliveredAt),
      shipment: found && {
        statusId: found.statusId,
        statusName: found.statusName,
        returnedAt: happened(found.returnedAt)
      }
    }
  }
  const byOrder = new Map<string, Array<OldRow>>()
  for (const row of given.filter(isUsable)) {
    const others = byOrder.get(row.orderNo!)
    if (others === undefined) byOrder.set(row.orderNo!, [row])
    else others.push(row)
  }
  return [
    ...[...byOrder].map(([orderNo, rows]) => read(rows.toSorted(precedence)[0]!, orderNo, rows.length)),
    ...given.filter((row) => !isUsable(row)).map((row) => read(row, keyOf(row), 1))
  ]
}

/**
 * Makes a store; what it is not given is empty.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (initial: Partial<Sources> = {}): MemoryShipmentStore => {
  let sources: Sources = { shipments: [], oldCommissions: [], ...initial }
  const inScope = ({ by, window }: ShipmentScope) =>
    sources.shipments.filter((one) => ShipmentOrder.isInWindow(one, window, by)).map(delivered)
  const blocks = <A>(read: () => ReadonlyArray<A>) =>
    Stream.suspend(() => Stream.fromIterable(read())).pipe(Stream.grouped(ROWS_PER_BLOCK_MAX))

  return {
    layer: Layer.succeed(
      ShipmentStore,
      ShipmentStore.of({
        shipments: (scope) => blocks(() => inScope(scope).map(asUnread)),
        shipmentEstimate: (scope) => Effect.sync(() => inScope(scope).length),
        shipment: (orderNo) =>
          Effect.sync(() => {
            const found = sources.shipments.find((one) => one.orderNo === orderNo)
            return found === undefined ? Option.none() : Option.some(delivered(found))
          }),
        oldCommissions: blocks(() => oldCommissions(sources)),
        oldCommissionEstimate: Effect.sync(() => sources.oldCommissions.length)
      })
    ),
    load: (changed) => void (sources = { ...sources, ...changed })
  }
}
