import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as CopyText from "./CopyText.ts"

const split = (text: string, sizes: ReadonlyArray<number>) => {
  const bytes = Buffer.from(text)
  const splitter = new CopyText.RowSplitter()
  const found: Array<CopyText.Row> = []
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    found.push(...splitter.push(bytes.subarray(at, at + size)))
    at += size
  }
  return { found, isComplete: splitter.isComplete }
}

describe("CopyText", () => {
  describe("field", () => {
    it.each([
      ["a text", "Ana", "Ana"],
      ["an empty text", "", ""],
      ["a tab, a line end, a return", "a\tb\nc\rd", "a\\tb\\nc\\rd"],
      ["a backslash", "C:\\N", "C:\\\\N"],
      ["a text that looks like NULL", "\\N", "\\\\N"],
      ["a text that looks like the end of the data", "\\.", "\\\\."],
      ["null", null, "\\N"],
      ["undefined", undefined, "\\N"],
      ["a number", -1.5, "-1.5"],
      ["a bigint", 9007199254740993n, "9007199254740993"],
      ["true", true, "t"],
      ["false", false, "f"]
    ])("writes %s", (_, value, expected) => {
      expect(CopyText.field(value)).toBe(expected)
    })
  })

  describe("line", () => {
    it("joins fields with tabs and ends the line", () => {
      expect(CopyText.line([1, "a\tb", null])).toBe("1\ta\\tb\t\\N\n")
    })
  })

  describe("RowSplitter", () => {
    it("reads NULL, empty text and escapes", () => {
      const { found } = split("\\N\t\t\\\\N\ta\\tb\\nc\\rd\\be\\ff\\vg\n", [])
      expect(found).toStrictEqual([[null, "", "\\N", "a\tb\nc\rd\be\ff\vg"]])
    })

    it("reads one empty column", () => {
      expect(split("\n\n", []).found).toStrictEqual([[""], [""]])
    })

    it("keeps a line that is not complete, and says so", () => {
      expect(split("1\ta\n2\tb", [])).toStrictEqual({ found: [["1", "a"]], isComplete: false })
    })

    it("puts a character together that was torn between blocks", () => {
      const text = "1\tŽeljko 🏋\n2\tAna\n"
      for (let size = 0; size <= Buffer.byteLength(text); size++) {
        expect(split(text, [size, 1, 1])).toStrictEqual({
          found: [
            ["1", "Željko 🏋"],
            ["2", "Ana"]
          ],
          isComplete: true
        })
      }
    })

    it("roundTrip: rows written by line come back, wherever the blocks end", () => {
      const text = fc.oneof(
        fc.string({ unit: "binary" }).filter((value) => !value.includes("\0")),
        fc.string({ unit: fc.constantFrom("\\", "\t", "\n", "\r", "N", ".", "ž", "\b", "\v") })
      )
      const value = fc.option(text)
      const table = fc
        .integer({ min: 1, max: 5 })
        .chain((columns) => fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { minLength: 1 }))
      fc.assert(
        fc.property(table, fc.array(fc.nat(9)), (rows, sizes) => {
          const written = rows.map((row) => CopyText.line(row)).join("")
          expect(split(written, sizes)).toStrictEqual({ found: rows, isComplete: true })
        })
      )
    })
  })
})
