/**
 * Laws of `ShipmentOrder`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as ShipmentOrder from "./ShipmentOrder.ts"
import type * as SyncWindow from "./SyncWindow.ts"

const NOTHING: ShipmentOrder.Milestones = { dispatchedAt: undefined, deliveredAt: undefined, returnedAt: undefined }

const NAMES = ["dispatchedAt", "deliveredAt", "returnedAt"] as const

/** Of windows that follow each other, exactly one has an order with one milestone between their ends. */
export const oneMilestoneOneWindow = (bounds: ReadonlyArray<number>, milestone: number | undefined): boolean => {
  const sorted = bounds.toSorted((one, other) => one - other)
  const windows = sorted.slice(1).map((untilEpochSeconds, at) => ({ fromEpochSeconds: sorted[at]!, untilEpochSeconds }))
  const isBetween = ShipmentOrder.hasHappened(milestone) && milestone >= sorted[0]! && milestone < sorted.at(-1)!
  return NAMES.every((name) => {
    const order = { ...NOTHING, [name]: milestone }
    const holding = windows.filter((window) => ShipmentOrder.isInWindow(order, window, "any-milestone"))
    const returned = windows.filter((window) => ShipmentOrder.isInWindow(order, window, "return"))
    const expected = isBetween ? 1 : 0
    return holding.length === expected && returned.length === (name === "returnedAt" ? expected : 0)
  })
}

/** An order is in a window exactly if it is in one of the two parts that the window is cut into. */
export const cutWindowKeepsOrders = (
  order: ShipmentOrder.Milestones,
  { fromEpochSeconds, untilEpochSeconds }: SyncWindow.SyncWindow,
  cut: number
): boolean => {
  const at = Math.min(Math.max(cut, fromEpochSeconds), untilEpochSeconds)
  return (["any-milestone", "return"] as const).every((by) => {
    const isIn = (from: number, until: number) =>
      ShipmentOrder.isInWindow(order, { fromEpochSeconds: from, untilEpochSeconds: until }, by)
    return isIn(fromEpochSeconds, untilEpochSeconds) === (isIn(fromEpochSeconds, at) || isIn(at, untilEpochSeconds))
  })
}

/** An order that returned in a window is in it by any milestone too. */
export const returnIsMilestone = (order: ShipmentOrder.Milestones, window: SyncWindow.SyncWindow): boolean =>
  !ShipmentOrder.isInWindow(order, window, "return") || ShipmentOrder.isInWindow(order, window, "any-milestone")
