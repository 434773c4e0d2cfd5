import { describe, expect, it } from "vitest"
import { DoctestError, fencesOf, testFilesOf, toExample } from "./doctest.ts"

const fence = (...lines: ReadonlyArray<string>) => ({ title: "t", code: lines.join("\n"), line: 10 })

/** The body on one line, so that a row of a table can hold it. */
const body = (...lines: ReadonlyArray<string>) => toExample(fence(...lines)).body.replace(/\s*\n\s*/g, " ")

describe("doctest", () => {
  describe("fencesOf", () => {
    it("reads the fences of a docstring, each with the title before it", () => {
      const text = [
        "/**",
        " * Adds.",
        " *",
        " * **Example** (Two coins)",
        " *",
        " * ```ts doctest",
        " * add(1, 1) // => 2",
        " * ```",
        " *",
        " * ```ts",
        " * not an example",
        " * ```",
        " */",
        "export const add = (a: number, b: number) => a + b"
      ].join("\n")
      expect(fencesOf({ path: "packages/core/src/a/A.ts", text })).toStrictEqual([
        { title: "Two coins", code: "add(1, 1) // => 2", line: 7 }
      ])
    })

    it("reads the fences of a document, titled by their info string or the heading above", () => {
      const text = "# T\n\n## Money\n\n```ts doctest\na // => 1\n```\n\n```ts doctest Split a bill\nb // => 2\n```\n"
      expect(fencesOf({ path: "README.md", text })).toStrictEqual([
        { title: "Money", code: "a // => 1", line: 6 },
        { title: "Split a bill", code: "b // => 2", line: 10 }
      ])
    })

    it("leaves a fence alone that is quoted inside a longer one", () => {
      const text = "````md\n```ts doctest\na // => 1\n```\n````\n"
      expect(fencesOf({ path: "README.md", text })).toStrictEqual([])
    })

    it("fails when a fence is not closed", () => {
      expect(() => fencesOf({ path: "README.md", text: "```ts doctest\na" })).toThrow(DoctestError)
    })
  })

  describe("toExample", () => {
    it.each([
      ["an expression", ["1 + 1 // => 2"], "__expect(1 + 1 ).toStrictEqual(2 )"],
      ["over several lines", ["add(", "  1,", "  2", ") // => 3"], "__expect(add( 1, 2 ) ).toStrictEqual(3 )"],
      ["a mark on its own line", ["add(1, 2)", "// => 3"], "__expect(add(1, 2) ).toStrictEqual(3 )"],
      [
        "a literal over several lines",
        ["f()", "// => {", "//   a: 1", "// }"],
        "__expect(f() ).toStrictEqual({ a: 1 } )"
      ],
      ["an object literal", ["f() // => { a: 1n }"], "__expect(f() ).toStrictEqual({ a: 1n } )"],
      ["a constant", ["const a = f() // => 1"], "const a = f() __expect(a ).toStrictEqual(1 )"],
      ["an awaited value", ["await f() // => 1"], "__expect(await f() ).toStrictEqual(1 )"],
      ["a mark inside a text", ['f("// => 2") // => 1'], '__expect(f("// => 2") ).toStrictEqual(1 )'],
      [
        "other comments",
        ["// add", "f() // => 1", "// => is not one"].slice(0, 2),
        "// add __expect(f() ).toStrictEqual(1 )"
      ],
      ["an exported declaration", ["export const a = 1", "a // => 1"], "const a = 1 __expect(a ).toStrictEqual(1 )"],
      ["statements without a mark", ["const a = 1", "g(a)"], "const a = 1 g(a)"]
    ])("handles %s", (_, lines, expected) => {
      expect(body(...lines)).toBe(expected)
    })

    it("takes the imports out of the body", () => {
      const example = toExample(
        fence('import { Result } from "effect"', 'import type { A } from "a"', "Result.f() // => 1")
      )
      expect(example.body.startsWith("__expect(Result.f()")).toBe(true)
      expect(example.bindings).toStrictEqual([
        { local: "Result", from: "effect", clause: "{ Result }" },
        { local: "A", from: "a", clause: "type { A }" }
      ])
    })

    it.each([
      ["a mark without a statement", ["// => 1"]],
      ["a mark inside a function", ["const f = () => {", "  g() // => 1", "}"]],
      ["a mark after a statement without a value", ["if (a) b()", "// => 1"]],
      ["two marks for one statement", ["f() // => 1", "// => 2"]],
      ["a literal that is none", ["f() // => one two"]],
      ["text that does not parse", ["const = 1"]]
    ])("refuses %s", (_, lines) => {
      expect(() => toExample(fence(...lines))).toThrow(DoctestError)
    })

    it("says on which line", () => {
      expect(() => toExample(fence("const a = 1", "f() // => one two"))).toThrow("line 11:")
    })
  })

  describe("testFilesOf", () => {
    const file = (...codes: ReadonlyArray<string>) => ({
      path: "docs/guides/a.md",
      text: codes.map((code) => `\`\`\`ts doctest ${code.length}\n${code}\n\`\`\`\n`).join("\n")
    })

    it("puts the examples of a file into one test file, each import once", () => {
      const [only, ...others] = testFilesOf(
        file('import { A } from "a"\nA // => 1', 'import { A } from "a"\nA.b // => 2')
      )
      expect(others).toStrictEqual([])
      expect(only?.path).toBe("docs/guides/a.test.ts")
      expect(only?.text.match(/from "a"/g)).toHaveLength(1)
      expect(only?.text.match(/__it\(/g)).toHaveLength(2)
    })

    it("starts a second file when a name is bound differently", () => {
      const files = testFilesOf(file('import { A } from "a"\nA // => 1', 'import { A } from "b"\nA // => 2'))
      expect(files.map(({ path }) => path)).toStrictEqual(["docs/guides/a.test.ts", "docs/guides/a.2.test.ts"])
    })

    it("names the file and the example that cannot be made", () => {
      expect(() => testFilesOf(file("f() // => one two"))).toThrow('docs/guides/a.md, "17", line 2:')
    })
  })
})
