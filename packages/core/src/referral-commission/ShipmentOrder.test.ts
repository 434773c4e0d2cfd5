import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { boundsWithMilestone, milestones, window } from "./ShipmentOrder.arbitrary.ts"
import * as laws from "./ShipmentOrder.laws.ts"
import * as ShipmentOrder from "./ShipmentOrder.ts"

const at = (
  dispatchedAt: number | undefined,
  deliveredAt: number | undefined,
  returnedAt: number | undefined
): ShipmentOrder.Milestones => ({ dispatchedAt, deliveredAt, returnedAt })

describe("ShipmentOrder", () => {
  describe("hasHappened", () => {
    it.each([
      [undefined, false],
      [0, false],
      [1, true],
      [-1, true],
      [1_698_655_999, true]
    ])("of %s says %s", (seconds, expected) => {
      expect(ShipmentOrder.hasHappened(seconds)).toBe(expected)
    })
  })

  describe("isInstant", () => {
    it.each([
      [0, true],
      [-1, false],
      [1_698_655_999.000001, true],
      [253_402_300_799, true],
      [253_402_300_799.999, true],
      [253_402_300_800, false],
      [1_698_655_999_000, false],
      [Number.NaN, false],
      [Number.POSITIVE_INFINITY, false]
    ])("of %d says %s", (seconds, expected) => {
      expect(ShipmentOrder.isInstant(seconds)).toBe(expected)
    })

    it("knows the last second of the year 9999", () => {
      expect(ShipmentOrder.MILESTONE_MAX_EXCLUSIVE_SECONDS).toBe(Date.parse("+010000-01-01T00:00:00Z") / 1000)
    })
  })

  describe("isInWindow", () => {
    // Columns: what is special, milestones, in [100, 200) by any milestone, by its return.
    it.each([
      ["dispatched in it", at(150, undefined, undefined), true, false],
      ["delivered in it", at(10, 150, undefined), true, false],
      ["returned in it", at(10, 20, 150), true, true],
      ["all in it", at(110, 120, 130), true, true],
      ["none in it: before and after", at(10, 99, 200), false, false],
      ["at its first second", at(undefined, undefined, 100), true, true],
      ["a second before", at(99, 99, 99), false, false],
      ["at its last second", at(undefined, undefined, 199), true, true],
      ["at its end", at(200, 200, 200), false, false],
      ["nothing happened", at(undefined, 0, undefined), false, false]
    ])("an order %s", (_, order, any, returned) => {
      const of = { fromEpochSeconds: 100, untilEpochSeconds: 200 }
      expect([
        ShipmentOrder.isInWindow(order, of, "any-milestone"),
        ShipmentOrder.isInWindow(order, of, "return")
      ]).toStrictEqual([any, returned])
    })

    it("does not take 0 for the first second of 1970", () => {
      const of = { fromEpochSeconds: 0, untilEpochSeconds: 200 }
      expect(ShipmentOrder.isInWindow(at(0, 0, 0), of, "any-milestone")).toBe(false)
      expect(ShipmentOrder.isInWindow(at(0, 0, 0), of, "return")).toBe(false)
      expect(ShipmentOrder.isInWindow(at(0, 1, 0), of, "any-milestone")).toBe(true)
    })

    it("finds nothing in a window without a second", () => {
      const of = { fromEpochSeconds: 150, untilEpochSeconds: 150 }
      expect(ShipmentOrder.isInWindow(at(150, 150, 150), of, "any-milestone")).toBe(false)
    })
  })

  describe("laws", () => {
    it("oneMilestoneOneWindow: of windows that tile exactly one has an order with one milestone", () => {
      fc.assert(
        fc.property(boundsWithMilestone, ([bounds, milestone]) => laws.oneMilestoneOneWindow(bounds, milestone)),
        { numRuns: 500 }
      )
    })
    it("cutWindowKeepsOrders: cutting a window in two loses no order and adds none", () => {
      fc.assert(fc.property(milestones, window, fc.integer({ min: 0, max: 900 }), laws.cutWindowKeepsOrders))
    })
    it("returnIsMilestone: an order that returned in a window is in it by any milestone too", () => {
      fc.assert(fc.property(milestones, window, laws.returnIsMilestone))
    })
  })
})
