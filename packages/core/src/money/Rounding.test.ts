import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as laws from "./Rounding.laws.ts"
import * as Rounding from "./Rounding.ts"

const mode = fc.constantFrom(...Rounding.modes)
const numerator = fc.oneof(fc.bigInt({ min: -40n, max: 40n }), fc.bigInt())
const denominator = fc.oneof(fc.bigInt({ min: 1n, max: 12n }), fc.bigInt({ min: 1n, max: 10n ** 30n }))

describe("Rounding", () => {
  describe("divide", () => {
    // Quarters from -1.5 to 1.5: the nearer side, the tie and the exact value, on both sides of zero.
    const quarters = [-6n, -5n, -4n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 4n, 5n, 6n]
    it.each([
      ["ceil", [-1n, -1n, -1n, 0n, 0n, 0n, 0n, 1n, 1n, 1n, 1n, 2n, 2n]],
      ["floor", [-2n, -2n, -1n, -1n, -1n, -1n, 0n, 0n, 0n, 0n, 1n, 1n, 1n]],
      ["expand", [-2n, -2n, -1n, -1n, -1n, -1n, 0n, 1n, 1n, 1n, 1n, 2n, 2n]],
      ["trunc", [-1n, -1n, -1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n, 1n, 1n]],
      ["halfCeil", [-1n, -1n, -1n, -1n, 0n, 0n, 0n, 0n, 1n, 1n, 1n, 1n, 2n]],
      ["halfFloor", [-2n, -1n, -1n, -1n, -1n, 0n, 0n, 0n, 0n, 1n, 1n, 1n, 1n]],
      ["halfExpand", [-2n, -1n, -1n, -1n, -1n, 0n, 0n, 0n, 1n, 1n, 1n, 1n, 2n]],
      ["halfTrunc", [-1n, -1n, -1n, -1n, 0n, 0n, 0n, 0n, 0n, 1n, 1n, 1n, 1n]],
      ["halfEven", [-2n, -1n, -1n, -1n, 0n, 0n, 0n, 0n, 0n, 1n, 1n, 1n, 2n]]
    ] as const)("rounds quarters by %s", (rounding, expected) => {
      expect(quarters.map((quarter) => Rounding.divide(quarter, 4n, rounding))).toStrictEqual(expected)
    })

    it.each(Rounding.modes)("agrees with the platform's own %s", (roundingMode) => {
      const platform = new Intl.NumberFormat("en", {
        maximumFractionDigits: 0,
        useGrouping: false,
        roundingMode
      } as object)
      for (let tenths = -45; tenths <= 45; tenths++) {
        // Only ties must be exact in a double for this comparison, and halves are.
        const expected = BigInt(platform.format(tenths / 10))
        expect([tenths, Rounding.divide(BigInt(tenths), 10n, roundingMode)]).toStrictEqual([tenths, expected])
      }
    })

    it("does not lose digits that a double would", () => {
      expect(Rounding.divide(2n ** 200n + 1n, 2n, "ceil")).toBe(2n ** 199n + 1n)
      expect(Rounding.divide(2n ** 200n + 1n, 2n, "halfTrunc")).toBe(2n ** 199n)
    })
  })

  describe("mirror", () => {
    it("swaps up and down and keeps the rest", () => {
      expect(Rounding.modes.map((each) => [each, Rounding.mirror(each)])).toStrictEqual([
        ["ceil", "floor"],
        ["floor", "ceil"],
        ["expand", "expand"],
        ["trunc", "trunc"],
        ["halfCeil", "halfFloor"],
        ["halfFloor", "halfCeil"],
        ["halfExpand", "halfExpand"],
        ["halfTrunc", "halfTrunc"],
        ["halfEven", "halfEven"]
      ])
    })
  })

  describe("laws", () => {
    it("withinOneUnit: the result is less than one away from the exact quotient", () => {
      fc.assert(fc.property(numerator, denominator, mode, laws.withinOneUnit))
    })
    it("withinHalfUnit: a half mode is at most one half away", () => {
      fc.assert(fc.property(numerator, denominator, mode, laws.withinHalfUnit))
    })
    it("exactWhenDivisible: nothing is rounded when the division comes out even", () => {
      fc.assert(fc.property(numerator, denominator, mode, laws.exactWhenDivisible))
    })
    it("monotone: a greater numerator never gives a smaller result", () => {
      fc.assert(fc.property(numerator, numerator, denominator, mode, laws.monotone))
    })
    it("symmetric: negating the numerator negates the result of the mirrored mode", () => {
      fc.assert(fc.property(numerator, denominator, mode, laws.symmetric))
    })
  })
})
