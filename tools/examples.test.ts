import { describe, expect, it } from "vitest"
import { differences, expectedOutput, printedLines } from "./examples.ts"

describe("examples", () => {
  describe("expectedOutput", () => {
    it.each([
      ["the block", "run()\n\n// Output:\n// one\n//   two\n", ["one", "  two"]],
      ["an empty line in it", "run()\n// Output:\n// one\n//\n// two", ["one", "", "two"]],
      ["an empty block", "run()\n// Output:\n", []],
      ["the last of two blocks", "// Output:\nrun()\n// Output:\n// one\n", ["one"]]
    ])("reads %s", (_, text, expected) => {
      expect(expectedOutput(text)).toStrictEqual(expected)
    })

    it.each([
      ["there is no block", "run()\n"],
      ["code follows the block", "// Output:\n// one\nrun()\n"]
    ])("is undefined when %s", (_, text) => {
      expect(expectedOutput(text)).toBeUndefined()
    })
  })

  it("printedLines: white space at ends is left out", () => {
    expect(printedLines("one  \n\n two\n\n")).toStrictEqual(["one", "", " two"])
  })

  describe("differences", () => {
    it.each([
      ["equal lines", ["a", "b"], ["a", "b"], []],
      ["a changed line", ["a", "b"], ["a", "c"], ["- 2: b", "+ 2: c"]],
      ["a line too few", ["a", "b"], ["a"], ["- 2: b"]],
      ["a line too many", ["a"], ["a", "b"], ["+ 2: b"]]
    ])("shows %s", (_, expected, printed, shown) => {
      expect(differences(expected, printed)).toStrictEqual(shown)
    })
  })
})
