import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { quantity } from "./Quantity.arbitrary.ts"
import * as laws from "./Quantity.laws.ts"
import * as Quantity from "./Quantity.ts"
import * as Rounding from "./Rounding.ts"

const read = (text: string) => Result.getOrThrow(Quantity.parse(text))
const decimals = fc.nat(8)
const mode = fc.constantFrom(...Rounding.modes)

describe("Quantity", () => {
  describe("parse", () => {
    it.each([
      ["whole number", "12", 12n, 1n],
      ["negative whole number", "-12", -12n, 1n],
      ["zero", "0", 0n, 1n],
      ["negative zero", "-0", 0n, 1n],
      ["negative zero with decimals", "-0.000", 0n, 1n],
      ["zeros at the end", "1.000", 1n, 1n],
      ["zeros in the middle", "1.0010", 1001n, 1000n],
      ["ten", "10.0", 10n, 1n],
      ["negative decimals", "-0.086", -43n, 500n],
      ["leading zeros", "007.5", 15n, 2n],
      ["fraction", "3/4", 3n, 4n],
      ["fraction not in lowest terms", "-6/8", -3n, 4n],
      ["fraction of zero", "0/5", 0n, 1n],
      ["fraction that is whole", "6/3", 2n, 1n],
      ["longest short text", "0.1234567890123", 1234567890123n, 10_000_000_000_000n],
      ["shortest long text", "0.12345678901234", 6172839450617n, 50_000_000_000_000n],
      ["fifteen digits", "999999999999999", 999_999_999_999_999n, 1n],
      ["more digits than a double holds", "9007199254740993.5", 18014398509481987n, 2n],
      ["long text of a whole number", "-12345678901234567890.000", -12345678901234567890n, 1n],
      ["long fraction", "20000000000000000001/20000000000000000002", 20000000000000000001n, 20000000000000000002n]
    ] as const)("reads a %s", (_, text, numerator, denominator) => {
      expect(Quantity.parse(text)).toStrictEqual(Result.succeed({ numerator, denominator }))
    })

    it.each([
      ["empty text", ""],
      ["only a sign", "-"],
      ["only a point", "."],
      ["nothing before the point", ".5"],
      ["nothing between sign and point", "-.5"],
      ["nothing after the point", "5."],
      ["nothing after the point of long text", "12345678901234567890."],
      ["a plus", "+5"],
      ["two signs", "--1"],
      ["a sign inside", "1-2"],
      ["a sign after the point", "1.-2"],
      ["an exponent", "1e3"],
      ["a comma", "1,5"],
      ["two points", "1.2.3"],
      ["a space before", " 1"],
      ["a space after", "1 "],
      ["a line end", "1\n"],
      ["a letter after long text", "1.00000000000000000x"],
      ["a letter before long text", "x2345678901234567890"],
      ["hexadecimal", "0x10"],
      ["digits of another script", "１"],
      ["no number", "NaN"],
      ["infinity", "Infinity"],
      ["a fraction of zero parts", "3/0"],
      ["a fraction of zero parts, twice", "3/00"],
      ["a sign below the line", "3/-4"],
      ["nothing above the line", "/4"],
      ["nothing below the line", "3/"],
      ["a point in a fraction", "1.5/2"],
      ["two lines", "3/4/5"]
    ])("fails with QuantityTextMalformed when given %s", (_, input) => {
      expect(Quantity.parse(input)).toStrictEqual(Result.fail(new Quantity.QuantityTextMalformed({ input })))
    })

    it("reads short and long text of one number alike", () => {
      fc.assert(
        fc.property(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.nat(8), (scaled, places) => {
          const digits = Math.abs(scaled)
            .toString()
            .padStart(places + 1, "0")
          const point = digits.length - places
          const text = `${scaled < 0 ? "-" : ""}${digits.slice(0, point)}${places > 0 ? "." : ""}${digits.slice(point)}`
          const expected = Quantity.make(BigInt(scaled), 10n ** BigInt(places))
          const padded = `${text}${places > 0 ? "" : "."}${"0".repeat(20)}`
          expect([Quantity.parse(text), Quantity.parse(padded)]).toStrictEqual([expected, expected])
        })
      )
    })
  })

  describe("make", () => {
    it.each([
      [6n, 8n, "0.75"],
      [6n, -8n, "-0.75"],
      [3n, -2n, "-1.5"],
      [-3n, -2n, "1.5"],
      [1n, -3n, "-1/3"],
      [-6n, -8n, "0.75"],
      [0n, -8n, "0"]
    ])("reduces %d/%d to %s", (numerator, denominator, text) => {
      expect(Quantity.make(numerator, denominator)).toStrictEqual(Result.succeed(read(text)))
    })

    it("fails with QuantityDivisionByZero when the denominator is zero", () => {
      expect(Quantity.make(3n, 0n)).toStrictEqual(
        Result.fail(new Quantity.QuantityDivisionByZero({ dividend: Quantity.fromBigInt(3n) }))
      )
    })
  })

  describe("add, subtract, multiply, divide, negate", () => {
    // Columns: two operands, then their sum, difference, product and quotient.
    it.each([
      ["2", "3", "5", "-1", "6", "2/3"],
      ["0.1", "0.2", "0.3", "-0.1", "0.02", "0.5"],
      ["1/3", "1/6", "0.5", "1/6", "1/18", "2"],
      ["1/3", "2/3", "1", "-1/3", "2/9", "0.5"],
      ["-0.5", "2", "1.5", "-2.5", "-1", "-0.25"],
      ["0.5", "-2", "-1.5", "2.5", "-1", "-0.25"],
      ["10", "0.001", "10.001", "9.999", "0.01", "10000"]
    ])("computes with %s and %s", (one, other, ...expected) => {
      const [a, b] = [read(one), read(other)]
      expect([
        Quantity.add(a, b),
        Quantity.subtract(a, b),
        Quantity.multiply(a, b),
        Result.getOrThrow(Quantity.divide(a, b))
      ]).toStrictEqual(expected.map(read))
    })

    it("fails with QuantityDivisionByZero when dividing by zero", () => {
      expect(Quantity.divide(read("1.5"), Quantity.zero)).toStrictEqual(
        Result.fail(new Quantity.QuantityDivisionByZero({ dividend: read("1.5") }))
      )
    })

    it("negates", () => {
      expect([read("0.5"), read("-3"), Quantity.zero].map(Quantity.negate)).toStrictEqual(["-0.5", "3", "0"].map(read))
    })
  })

  describe("compare, equals", () => {
    it.each([
      ["1", "2", -1],
      ["2", "1", 1],
      ["1.000", "1", 0],
      ["1/3", "0.333", 1],
      ["-1/3", "-0.333", -1],
      ["-1", "1/7", -1],
      ["2/7", "3/7", -1]
    ])("compares %s with %s as %d", (one, other, expected) => {
      expect(Quantity.compare(read(one), read(other))).toBe(expected)
      expect(Quantity.equals(read(one), read(other))).toBe(expected === 0)
    })

    it("tells quantities apart that differ only below or above the line", () => {
      expect(Quantity.equals(read("1/3"), read("2/3"))).toBe(false)
      expect(Quantity.equals(read("1/3"), read("1/2"))).toBe(false)
    })
  })

  describe("isZero, isPositive, isNegative", () => {
    it.each([
      ["0.00", [true, false, false]],
      ["0.001", [false, true, false]],
      ["-1/3", [false, false, true]]
    ] as const)("tells the sign of %s", (text, expected) => {
      const value = read(text)
      expect([Quantity.isZero(value), Quantity.isPositive(value), Quantity.isNegative(value)]).toStrictEqual(expected)
    })
  })

  describe("roundToDecimals", () => {
    it.each([
      ["2/3", 3, "halfEven", 667n],
      ["2/3", 0, "floor", 0n],
      ["2", 3, "floor", 2000n],
      ["-0.0865", 3, "halfExpand", -87n],
      ["-0.0865", 3, "halfEven", -86n],
      ["1/3", 20, "trunc", 33333333333333333333n]
    ] as const)("rounds %s to %d decimals by %s", (text, places, rounding, expected) => {
      expect(Quantity.roundToDecimals(read(text), places, rounding)).toBe(expected)
    })

    it.each([-1, 0.5, Number.NaN])("treats %d decimals as a defect", (places) => {
      expect(() => Quantity.roundToDecimals(read("2/3"), places, "trunc")).toThrow(RangeError)
      expect(() => Quantity.toFixed(read("2/3"), places, "trunc")).toThrow(RangeError)
      expect(() => Quantity.toFixed(read("2"), places, "trunc")).toThrow(RangeError)
    })
  })

  describe("toFixed", () => {
    it.each([
      ["3/2", 3, "1.500"],
      ["2", 3, "2.000"],
      ["-2", 3, "-2.000"],
      ["2", 0, "2"],
      ["0", 2, "0.00"],
      ["-0.001", 2, "0.00"],
      ["-0.086", 3, "-0.086"],
      ["2.5", 0, "3"],
      ["12345678901234567890", 1, "12345678901234567890.0"]
    ])("writes %s with %d decimals as %s", (text, places, expected) => {
      expect(Quantity.toFixed(read(text), places, "halfExpand")).toBe(expected)
    })

    it("writes what roundToDecimals gives", () => {
      fc.assert(
        fc.property(quantity, decimals, mode, (value, places, rounding) => {
          const scaled = Quantity.roundToDecimals(value, places, rounding)
          expect(Quantity.parse(Quantity.toFixed(value, places, rounding))).toStrictEqual(
            Quantity.make(scaled, 10n ** BigInt(places))
          )
        })
      )
    })
  })

  describe("format", () => {
    it.each([
      ["1.000", "1"],
      ["-0.50", "-0.5"],
      ["1/8", "0.125"],
      ["1/5", "0.2"],
      ["1/40", "0.025"],
      ["7/50", "0.14"],
      ["2/6", "1/3"],
      ["-7/6", "-7/6"],
      ["1/15", "1/15"],
      ["0/3", "0"]
    ])("writes %s as %s", (text, expected) => {
      expect(Quantity.format(read(text))).toBe(expected)
    })
  })

  describe("laws", () => {
    it("canonical: every result is in lowest terms with a positive denominator", () => {
      fc.assert(fc.property(quantity, quantity, laws.canonical))
    })
    it("addAssociates: how a sum is grouped does not matter", () => {
      fc.assert(fc.property(quantity, quantity, quantity, laws.addAssociates))
    })
    it("addCommutes: nor does the order of its quantities", () => {
      fc.assert(fc.property(quantity, quantity, laws.addCommutes))
    })
    it("zeroIsNeutral: adding zero changes nothing", () => {
      fc.assert(fc.property(quantity, laws.zeroIsNeutral))
    })
    it("negateIsInverse: a quantity and its negation add up to zero", () => {
      fc.assert(fc.property(quantity, laws.negateIsInverse))
    })
    it("subtractUndoesAdd: taking away what was added changes nothing", () => {
      fc.assert(fc.property(quantity, quantity, laws.subtractUndoesAdd))
    })
    it("multiplyAssociates: how a product is grouped does not matter", () => {
      fc.assert(fc.property(quantity, quantity, quantity, laws.multiplyAssociates))
    })
    it("multiplyCommutes: nor does the order of its factors", () => {
      fc.assert(fc.property(quantity, quantity, laws.multiplyCommutes))
    })
    it("oneIsNeutral: multiplying by one changes nothing", () => {
      fc.assert(fc.property(quantity, laws.oneIsNeutral))
    })
    it("multiplyDistributes: multiplying a sum is adding the products", () => {
      fc.assert(fc.property(quantity, quantity, quantity, laws.multiplyDistributes))
    })
    it("divideUndoesMultiply: dividing by what was multiplied with changes nothing", () => {
      fc.assert(fc.property(quantity, quantity, laws.divideUndoesMultiply))
    })
    it("compareIsTotalOrder: quantities are totally ordered", () => {
      fc.assert(fc.property(quantity, quantity, quantity, laws.compareIsTotalOrder))
    })
    it("parseFormatRoundTrip: text written by format is read back unchanged", () => {
      fc.assert(fc.property(quantity, laws.parseFormatRoundTrip))
    })
    it("roundingWithinHalfUnit: a half mode changes at most half a unit of the last decimal", () => {
      fc.assert(fc.property(quantity, decimals, mode, laws.roundingWithinHalfUnit))
    })
  })
})
