import { Currency, Money } from "@reckoner/core"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as FieldText from "./FieldText.ts"

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))

describe("FieldText", () => {
  describe("amount", () => {
    it.each([
      ["0.00", "IDR", 0n],
      ["0", "IDR", 0n],
      ["-0.00", "IDR", 0n],
      ["0.05", "IDR", 5n],
      ["-0.05", "IDR", -5n],
      ["12", "IDR", 1200n],
      ["12.3", "IDR", 1230n],
      ["12.34", "IDR", 1234n],
      ["12.3400", "IDR", 1234n],
      ["9999999999999.99", "IDR", 999_999_999_999_999n],
      ["99999999999999.99", "IDR", 9_999_999_999_999_999n],
      ["999999999999.99", "IDR", 99_999_999_999_999n],
      ["-999999999999.99", "IDR", -99_999_999_999_999n],
      ["123456789012345678.9", "IDR", 12_345_678_901_234_567_890n],
      ["123456789012345678.9000", "IDR", 12_345_678_901_234_567_890n],
      ["-123456789012345678", "IDR", -12_345_678_901_234_567_800n],
      ["99999999999999.97000", "IDR", 9_999_999_999_999_997n],
      ["500.00", "JPY", 500n],
      ["999999999999999999.00", "JPY", 999_999_999_999_999_999n],
      ["1.50", "KWD", 1500n],
      ["1.505", "KWD", 1505n]
    ])("reads %s %s exactly", (text, code, minor) => {
      expect(FieldText.amount(text, currency(code))).toStrictEqual(Money.make(minor, currency(code)))
    })

    it.each([
      ["NaN", "IDR"],
      ["Infinity", "IDR"],
      ["-Infinity", "IDR"],
      ["", "IDR"],
      ["-", "IDR"],
      [".", "IDR"],
      [".5", "IDR"],
      ["1.2.3", "IDR"],
      ["1e2", "IDR"],
      ["+1", "IDR"],
      [" 1", "IDR"],
      ["--1", "IDR"],
      ["1.001", "IDR"],
      ["1.0010", "IDR"],
      ["500.50", "JPY"],
      ["500.01", "JPY"]
    ])("takes %j %s for no amount", (text, code) => {
      expect(FieldText.amount(text, currency(code))).toBe(undefined)
    })
  })

  describe("seconds", () => {
    it.each([
      ["1698655999", 1698655999],
      ["1698655999.000000", 1698655999],
      ["1698655999.123456", 1698655999.123456],
      ["-1.500000", -1.5],
      ["8589934591.999999", 8589934591.999999],
      ["9007199254740991", 9007199254740991]
    ])("reads %s", (text, expected) => {
      expect(FieldText.seconds(text)).toBe(expected)
    })

    it.each(["Infinity", "-Infinity", "NaN", "8589934592.000001", "9223372036854775807"])(
      "does not read %s",
      (text) => {
        expect(FieldText.seconds(text)).toBe(undefined)
      }
    )
  })

  describe("FieldReader", () => {
    it("tells what could not be read, once, and shares nothing between rows", () => {
      const reader = new FieldText.FieldReader(currency("IDR"))
      expect(reader.amount("cashback", "NaN")).toBe(undefined)
      expect(reader.instant("dispatchedAt", "Infinity")).toBe(undefined)
      expect(reader.unreadable()).toStrictEqual([
        { field: "cashback", found: "NaN" },
        { field: "dispatchedAt", found: "infinity" }
      ])
      expect(reader.unreadable()).toStrictEqual([])
      expect(reader.unreadable()).toBe(reader.unreadable())
    })

    it("takes nothing and 0 for an instant that has not come, and nothing for no amount", () => {
      const reader = new FieldText.FieldReader(currency("IDR"))
      expect([null, "0", "0.000000"].map((text) => reader.instant("returnedAt", text))).toStrictEqual([
        undefined,
        undefined,
        undefined
      ])
      expect(reader.amount("cashback", null)).toBe(undefined)
      expect(reader.unreadable()).toStrictEqual([])
    })
  })
})
