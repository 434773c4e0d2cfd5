import { describe, expect, it } from "vitest"
import * as Output from "./Output.ts"

describe("Output", () => {
  describe("table", () => {
    it("sets rows in columns, without spaces at their ends", () => {
      const rows = [
        ["a", "1", ""],
        ["long name", "1,000", "note"]
      ]
      expect(Output.table(rows, { right: [1], indent: "  " })).toStrictEqual([
        "  a              1",
        "  long name  1,000  note"
      ])
    })
  })

  describe("duration", () => {
    it.each([
      [0, "0.00 s"],
      [1234, "1.23 s"],
      [12_345, "12.3 s"],
      [119_600, "2 min 0 s"],
      [3_600_000, "60 min 0 s"]
    ])("writes %d ms as %s", (durationMs, text) => {
      expect(Output.duration(durationMs)).toBe(text)
    })
  })

  describe("wrap", () => {
    it("breaks between words and sets the rest in under the text", () => {
      expect(Output.wrap("why   one two three four", 16, "  ")).toStrictEqual([
        "  why   one two",
        "        three",
        "        four"
      ])
    })

    it("leaves a word alone that is too long", () => {
      expect(Output.wrap("abcdefghij klm", 5, "")).toStrictEqual(["abcdefghij", "klm"])
    })
  })
})
