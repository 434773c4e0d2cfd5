import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as DecimalText from "./DecimalText.ts"

describe("DecimalText", () => {
  // Columns: rule, text, decimals, scaled integer.
  const rows = [
    ["whole number", "12", 0, 12n],
    ["fewer decimals than allowed", "12.3", 2, 1230n],
    ["all decimals", "12.34", 2, 1234n],
    ["negative below one", "-0.05", 2, -5n],
    ["no decimals where some are allowed", "7", 3, 7000n],
    ["negative zero", "-0.00", 2, 0n],
    ["leading zeros", "007.50", 2, 750n],
    ["more digits than a double holds", "90071992547409931.01", 2, 9007199254740993101n]
  ] as const

  describe("parse", () => {
    it.each(rows)("reads %s", (_, text, decimals, scaled) => {
      expect(DecimalText.parse(text, decimals)).toStrictEqual(Result.succeed(scaled))
    })

    it.each(["", "-", ".", ".5", "5.", "+5", "1e3", "1,000", " 1", "1\n", "--1", "1.2.3", "0x10", "NaN", "１"])(
      "refuses %j as malformed",
      (text) => {
        expect(DecimalText.parse(text, 2)).toStrictEqual(Result.fail("malformed"))
      }
    )

    it.each([
      ["1.234", 2],
      ["1.230", 2],
      ["1.0", 0]
    ] as const)("refuses %s where %d decimals are allowed", (text, decimals) => {
      expect(DecimalText.parse(text, decimals)).toStrictEqual(Result.fail("tooManyDecimals"))
    })
  })

  describe("format", () => {
    it.each([
      [0n, 2, "0.00"],
      [5n, 2, "0.05"],
      [-5n, 2, "-0.05"],
      [1230n, 2, "12.30"],
      [-123456n, 4, "-12.3456"],
      [5n, 0, "5"],
      [-5n, 0, "-5"]
    ] as const)("writes %d with %d decimals as %s", (scaled, decimals, text) => {
      expect(DecimalText.format(scaled, decimals)).toBe(text)
    })

    it("is read back by parse", () => {
      fc.assert(
        fc.property(fc.bigInt(), fc.nat(6), (scaled, decimals) => {
          expect(DecimalText.parse(DecimalText.format(scaled, decimals), decimals)).toStrictEqual(
            Result.succeed(scaled)
          )
        })
      )
    })
  })
})
