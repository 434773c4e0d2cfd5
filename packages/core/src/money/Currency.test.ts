import { createRequire } from "node:module"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Currency from "./Currency.ts"

interface ListedCurrency {
  readonly code: string
  readonly digits: number
}

const listed = (createRequire(import.meta.url)("currency-codes") as { readonly data: ReadonlyArray<ListedCurrency> })
  .data

const currency = (code: string) => Result.getOrThrow(Currency.parse(code))

describe("Currency", () => {
  describe("parse", () => {
    it.each(["USD", "VND", "EUR", "RSD", "BRL", "XCG", "CLF"])("accepts %s", (code) => {
      expect(Currency.parse(code)).toStrictEqual(Result.succeed(currency(code)))
      expect(currency(code)).toBe(code)
    })

    it.each([
      ["lower case", "usd"],
      ["mixed case", "Usd"],
      ["space around it", " USD"],
      ["empty text", ""],
      ["a withdrawn code", "BGN"],
      ["a metal", "XAU"],
      ["the code for no currency", "XXX"],
      ["a name every object has", "constructor"]
    ])("fails with UnknownCurrency when given %s", (_, input) => {
      expect(Currency.parse(input)).toStrictEqual(Result.fail(new Currency.UnknownCurrency({ input })))
    })
  })

  describe("minorUnits", () => {
    it.each([
      ["JPY", 0],
      ["VND", 0],
      ["USD", 2],
      ["RSD", 2],
      ["MGA", 2],
      ["KWD", 3],
      ["CLF", 4]
    ])("gives %s %d decimals", (code, decimals) => {
      expect(Currency.minorUnits(currency(code))).toBe(decimals)
    })
  })

  describe("codes", () => {
    it("lists each code once, in alphabetical order, and parse accepts each", () => {
      expect(Currency.codes).toStrictEqual([...new Set(Currency.codes)].toSorted())
      expect(Currency.codes.map(currency)).toStrictEqual(Currency.codes)
      expect(Currency.codes).toHaveLength(165)
    })
  })

  // The package follows the list of 2024-06-25. Every difference is ours on purpose and is named here.
  describe("beside the package currency-codes", () => {
    const theirs = new Map(listed.map(({ code, digits }) => [code, digits]))
    const ours = new Map<string, number>(Currency.codes.map((code) => [code, Currency.minorUnits(code)]))

    const withoutMinorUnit = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX".split(" ")
    const withdrawnSince = ["ANG", "BGN", "CUC"] // amendments 176, 180 and 178
    const addedSince = ["XAD", "XCG"] // amendments 179 and 176

    it("leaves out 13 codes without a minor unit and 3 withdrawn since", () => {
      expect([...theirs.keys()].filter((code) => !ours.has(code)).toSorted()).toStrictEqual(
        [...withoutMinorUnit, ...withdrawnSince].toSorted()
      )
      expect([withoutMinorUnit.length, withdrawnSince.length]).toStrictEqual([13, 3])
    })

    it("adds 2 codes registered since", () => {
      expect([...ours.keys()].filter((code) => !theirs.has(code))).toStrictEqual(addedSince)
      expect(addedSince).toHaveLength(2)
    })

    it("has the same number of decimals for the other 163", () => {
      const shared = [...ours].filter(([code]) => theirs.has(code))
      expect(shared).toHaveLength(163)
      expect(shared).toStrictEqual(shared.map(([code]) => [code, theirs.get(code)]))
    })
  })
})
