import { describe, expect, it } from "vitest"
import { idOf, json } from "./rows.ts"

describe("rows", () => {
  describe("json", () => {
    it.each([
      ["nothing", undefined, "null"],
      ["null", null, "null"],
      ["a value", { a: ["1", 2] }, '{"a":["1",2]}'],
      ["a zero character", "a\u0000b\u0000", '"a\\ufffdb\\ufffd"'],
      ["a zero character in a name", { "\u0000": 1 }, '{"\\ufffd":1}'],
      ["half a character", "\ud83d and \ude00", '"\\ufffd and \\ufffd"'],
      ["a whole character", "\ud83d\ude00", '"😀"'],
      ["the text of an escape", "\\u0000", '"\\\\u0000"'],
      ["the text of an escape before a zero character", "\\\u0000", '"\\\\\\ufffd"'],
      ["other control characters", "\u0001\n", '"\\u0001\\n"']
    ])("writes %s as the server takes it", (_, value, written) => {
      expect(json(value)).toBe(written)
    })
  })

  describe("idOf", () => {
    it.each([
      ["7", 7n],
      ["999999999999999999", 999_999_999_999_999_999n],
      ["9999999999999999999", -1n],
      ["", -1n],
      ["-7", -1n],
      ["7 ", -1n],
      ["seven", -1n]
    ])("reads %j", (text, id) => {
      expect(idOf(text)).toBe(id)
    })
  })
})
