import { describe, expect, it } from "vitest"
import type { Check } from "./repository.ts"
import { decisionsWithoutGaps, linksLeadSomewhere, oneTitle } from "./tidy/documents.ts"
import { errorsAreDocumented, exportsAreDocumented } from "./tidy/docstrings.ts"
import { sourceNames } from "./tidy/glossary.ts"
import { importEdges, packageDependencies } from "./tidy/imports.ts"
import { lawsAreUsed, modulesHaveTests, unusedFiles } from "./tidy/layout.ts"
import { bannedCalls, emptyNames, longFiles, machinePaths } from "./tidy/names.ts"

type Files = Readonly<Record<string, string>>

const CORE = "packages/core/src"

/** What a check says of some files, as `path:line message`. */
const saysOf = (check: Check, files: Files): ReadonlyArray<string> =>
  check(Object.entries(files).map(([path, text]) => ({ path, text }))).map(
    ({ path, line, message }) => `${path}:${line} ${message}`
  )

const docstring = (...lines: ReadonlyArray<string>): string =>
  ["/**", ...lines.map((line) => ` * ${line}`), " */"].join("\n")

const DONE = ["", "@category queries", "@since 0.1.0"]

describe("importEdges", () => {
  it.each([
    ["a concept before it", `${CORE}/billing-cycle/A.ts`, "../calendar/PlainDate.ts"],
    ["its own folder", `${CORE}/money/Money.ts`, "./Currency.ts"],
    ["a pure module of effect", `${CORE}/money/Money.ts`, "effect/Result"],
    ["Schema in a codec", `${CORE}/money/Money.schema.ts`, "effect/Schema"],
    ["fast-check in a generator", `${CORE}/money/Money.arbitrary.ts`, "fast-check"],
    ["another generator in a generator", `${CORE}/entitlement/A.arbitrary.ts`, "../money/Money.arbitrary.ts"],
    ["effects in a port", `${CORE}/ports/SellerStore.ts`, "effect/Effect"],
    ["a concept in a port", `${CORE}/ports/SellerStore.ts`, "../seller-payout/SellerBalance.ts"],
    ["all ports in their index", `${CORE}/ports/index.ts`, "./SellerStore.ts"],
    ["anything of core in testing", `${CORE}/testing/index.ts`, "../money/Money.laws.ts"],
    ["vitest in contracts", `${CORE}/testing/contracts/SellerStore.ts`, "vitest"],
    ["vitest in a test", `${CORE}/money/Money.test.ts`, "vitest"],
    ["the driver in adapters-pg", "packages/adapters-pg/src/Bulk.ts", "pg-copy-streams"],
    ["core in adapters-pg", "packages/adapters-pg/src/Bulk.ts", "@reckoner/core/ports"],
    ["node in adapters-http", "packages/adapters-http/src/netsuite/A.ts", "node:crypto"],
    ["an adapter in runner", "packages/runner/src/main.ts", "@reckoner/adapters-pg"]
  ])("allows %s", (_, path, from) => {
    expect(saysOf(importEdges, { [path]: `import { a } from "${from}"` })).toStrictEqual([])
  })

  it.each([
    ["a concept after it", `${CORE}/calendar/A.ts`, "../billing-cycle/B.ts", "calendar may not import billing-cycle"],
    ["a sibling concept", `${CORE}/ranking/A.ts`, "../entitlement/B.ts", "ranking may not import entitlement"],
    ["an unknown folder", `${CORE}/gym/A.ts`, "../money/Money.ts", "not in the order of concepts"],
    ["a port in a concept", `${CORE}/money/A.ts`, "../ports/B.ts", "may not import ports/"],
    ["testing in a concept", `${CORE}/money/A.ts`, "../testing/B.ts", "only tests import testing/"],
    ["the barrel of effect", `${CORE}/money/A.ts`, "effect", "may import only effect/Result"],
    ["effects in a concept", `${CORE}/money/A.ts`, "effect/Effect", "core decides and has no effects"],
    ["Schema in a concept", `${CORE}/money/A.ts`, "effect/Schema", "move the codec to X.schema.ts"],
    ["node in a concept", `${CORE}/money/A.ts`, "node:fs", "belongs to an adapter"],
    ["fast-check in laws", `${CORE}/money/A.laws.ts`, "fast-check", "only tests, X.arbitrary.ts and testing/"],
    ["vitest in a generator", `${CORE}/money/A.arbitrary.ts`, "vitest", "only tests and testing/contracts"],
    ["vitest in testing", `${CORE}/testing/A.ts`, "vitest", "only tests and testing/contracts"],
    ["a generator in code", `${CORE}/money/A.ts`, "./A.arbitrary.ts", "only tests and other generators"],
    ["laws in code", `${CORE}/money/A.ts`, "./A.laws.ts", "laws are for tests"],
    ["sql in a port", `${CORE}/ports/A.ts`, "effect/sql", "a port may import only"],
    ["an adapter in testing", `${CORE}/testing/A.ts`, "@reckoner/adapters-pg", "core depends on effect only"],
    ["another package by path", `${CORE}/money/A.ts`, "../../../runner/src/B.ts", "may not leave its package"],
    ["the other adapters", "packages/adapters-pg/src/A.ts", "@reckoner/adapters-http", "may not import"],
    ["runner in an adapter", "packages/adapters-http/src/A.ts", "@reckoner/runner", "may not import"],
    ["vitest in a program", "packages/runner/src/A.ts", "vitest", "only tests import vitest"],
    ["an unknown package", "packages/extra/src/A.ts", "effect", "not in the order of packages"]
  ])("refuses %s", (_, path, from, message) => {
    const says = saysOf(importEdges, { [path]: `\nexport { a } from "${from}"` })
    expect(says).toHaveLength(1)
    expect(says[0]).toContain(`${path}:2 `)
    expect(says[0]).toContain(message)
  })
})

describe("importEdges between ports", () => {
  const port = (name: string) => `export class ${name} extends Context.Service<${name}, {}>()("${name}") {}`
  const files = (shared: string): Files => ({
    [`${CORE}/ports/A.ts`]: `import * as B from "./B.ts"\n${port("A")}`,
    [`${CORE}/ports/B.ts`]: shared
  })

  it("allows an error that ports share", () => {
    expect(saysOf(importEdges, files("export class StoreError {}"))).toStrictEqual([])
  })

  it("refuses another port", () => {
    expect(saysOf(importEdges, files(port("B")))).toStrictEqual([
      `${CORE}/ports/A.ts:1 a port may not import another port`
    ])
  })
})

describe("packageDependencies", () => {
  const manifests = {
    "package.json": '{ "devDependencies": { "vitest": "1", "@types/pg": "1" } }',
    "packages/core/package.json": '{ "name": "@reckoner/core", "peerDependencies": { "effect": "1" } }'
  }
  const of = (path: string, code: string) => saysOf(packageDependencies, { ...manifests, [path]: code })

  it.each([
    ["a listed package", `${CORE}/A.ts`, 'import * as Result from "effect/Result"'],
    ["a module of node", `${CORE}/A.ts`, 'import "node:fs"'],
    ["itself", `${CORE}/A.ts`, 'import { A } from "@reckoner/core"'],
    ["in a test, what the root lists", `${CORE}/A.test.ts`, 'import { it } from "vitest"'],
    ["in what serves tests, what the root lists", "packages/adapters-pg/src/testing/A.ts", 'import "vitest/node"'],
    ["types that the root lists", `${CORE}/A.ts`, 'import type { Pool } from "pg"']
  ])("allows %s", (_, path, code) => {
    expect(of(path, code)).toStrictEqual([])
  })

  it.each([
    ["what nobody lists", `${CORE}/A.ts`, 'import { x } from "left-pad/x"', "left-pad"],
    ["in code, what only the root lists", `${CORE}/A.ts`, 'import { it } from "vitest"', "vitest"],
    ["in a test, what nobody lists", `${CORE}/A.test.ts`, 'import { x } from "@a/b/c"', "@a/b"]
  ])("refuses %s", (_, path, code, name) => {
    expect(of(path, code)).toStrictEqual([`${path}:1 imports "${name}", which its package.json does not list`])
  })
})

describe("emptyNames", () => {
  it("allows names that say something", () => {
    expect(
      saysOf(emptyNames, { [`${CORE}/money/Money.ts`]: "/** @category queries */", "docs/A.md": "" })
    ).toStrictEqual([])
  })

  it.each([`${CORE}/utils/A.ts`, `${CORE}/money/common.ts`, `${CORE}/money/Money.helpers.ts`, "docs/Misc.md"])(
    "refuses %s",
    (path) => {
      expect(saysOf(emptyNames, { [path]: "" })).toHaveLength(1)
    }
  )

  it("refuses a category that says nothing, on its line", () => {
    const text = docstring("A.", "", "@category utils", "@since 0.1.0")
    expect(saysOf(emptyNames, { "packages/core/src/money/A.ts": text })).toStrictEqual([
      'packages/core/src/money/A.ts:4 category "utils" says nothing: use constructors, queries, errors, …'
    ])
  })
})

describe("bannedCalls", () => {
  it.each([
    ["new Date with an argument", "export const a = new Date(0)"],
    ["throw in …Unsafe", 'export const parseUnsafe = () => { throw new Error("a") }'],
    ["throw in absurd", 'export function absurd(_: never): never { throw new Error("a") }'],
    ["a banned word in a comment", "// console.log(Date.now())"],
    ["a field with a banned name", "export const a = (b: { process: number }) => b.process"]
  ])("allows %s", (_, code) => {
    expect(saysOf(bannedCalls, { [`${CORE}/money/A.ts`]: code })).toStrictEqual([])
  })

  it.each([
    ["Date.now", "export const a = () => Date.now()", "take the instant as an argument"],
    ["new Date()", "export const a = () => new Date()", "take the instant as an argument"],
    ["Date()", "export const a = () => Date()", "take the instant as an argument"],
    ["Math.random", "export const a = () => Math.random()", "take the number as an argument"],
    ["console", "export const a = () => console.log(1)", "the runner logs it"],
    ["process", "export const a = process.env.A", "the runner reads the environment"],
    ["fetch", 'export const a = () => fetch("b")', "write a port"],
    ["throw", 'export const a = () => { throw new Error("b") }', "return Result.fail"]
  ])("refuses %s in core", (_, code, replacement) => {
    const says = saysOf(bannedCalls, { [`${CORE}/money/A.ts`]: code })
    expect(says).toHaveLength(1)
    expect(says[0]).toContain(replacement)
  })

  it("lets other packages, tests and testing/ use them", () => {
    const code = "export const a = () => Date.now()"
    const files = {
      "packages/runner/src/A.ts": code,
      [`${CORE}/money/A.test.ts`]: code,
      [`${CORE}/testing/A.ts`]: code
    }
    expect(saysOf(bannedCalls, files)).toStrictEqual([])
  })

  it("refuses assert.deepStrictEqual in tests and contracts", () => {
    const code = "assert.deepStrictEqual(a, b)"
    const says = saysOf(bannedCalls, {
      "packages/runner/src/A.test.ts": code,
      [`${CORE}/testing/contracts/A.ts`]: code
    })
    expect(says).toHaveLength(2)
    expect(says[0]).toContain("expect(x).toStrictEqual(y)")
  })
})

describe("longFiles", () => {
  it.each([
    [300, 0],
    [301, 1]
  ])("of %d lines: %d warnings", (lines, warnings) => {
    const text = `/** A docstring does not count.\n *\n */\n\n${"a\n".repeat(lines)}`
    const found = longFiles([{ path: `${CORE}/money/A.ts`, text }])
    expect(found.map(({ severity }) => severity)).toStrictEqual(Array.from({ length: warnings }, () => "warning"))
  })
})

describe("machinePaths", () => {
  // Written in pieces, so that this file does not contain what it tests for.
  const path = (...parts: ReadonlyArray<string>) => ["", ...parts].join("/")

  it.each(["src/work/a", "https://example.org/root/a", "the /workspace folder", "/tmp/reckoner"])(
    "allows %s",
    (text) => {
      expect(saysOf(machinePaths, { "docs/A.md": text })).toStrictEqual([])
    }
  )

  it.each([
    path("work", "main"),
    `cd ${path("root", "a")}`,
    path("tmp", "bash_jobs.0"),
    ["https://registry", "example.org/a"].join(".")
  ])("refuses %s", (text) => {
    expect(saysOf(machinePaths, { "docs/A.md": `a\n${text}` })).toHaveLength(1)
    expect(saysOf(machinePaths, { "docs/A.md": `a\n${text}` })[0]).toContain("docs/A.md:2 ")
  })
})

describe("modulesHaveTests", () => {
  it.each<[string, Files]>([
    ["a module with its test", { [`${CORE}/a/A.ts`]: "export const a = 1", [`${CORE}/a/A.test.ts`]: "" }],
    ["a module of types", { [`${CORE}/a/A.ts`]: 'import type { B } from "./B.ts"\nexport interface A { b: B }' }],
    ["an index", { [`${CORE}/index.ts`]: 'export * as A from "./a/A.ts"' }],
    [
      "laws and generators",
      { [`${CORE}/a/A.laws.ts`]: "export const a = 1", [`${CORE}/a/A.arbitrary.ts`]: "export const a = 1" }
    ],
    [
      "a codec tested with its module",
      { [`${CORE}/a/A.schema.ts`]: "export const a = 1", [`${CORE}/a/A.test.ts`]: 'import "./A.schema.ts"' }
    ],
    [
      "a port with a contract",
      {
        [`${CORE}/ports/P.ts`]: "export class P {}",
        [`${CORE}/testing/contracts/P.ts`]: 'import { P } from "../../ports/P.ts"'
      }
    ],
    ["other packages", { "packages/runner/src/A.ts": "export const a = 1" }]
  ])("allows %s", (_, files) => {
    expect(saysOf(modulesHaveTests, files)).toStrictEqual([])
  })

  it.each<[string, Files, string]>([
    ["a module without", { [`${CORE}/a/A.ts`]: "export const a = 1" }, "write A.test.ts"],
    ["a codec without", { [`${CORE}/a/A.schema.ts`]: "export const a = 1" }, "write A.schema.test.ts"],
    ["a port without a contract", { [`${CORE}/ports/P.ts`]: "export class P {}" }, "a suite in testing/contracts/"]
  ])("refuses %s", (_, files, message) => {
    const says = saysOf(modulesHaveTests, files)
    expect(says).toHaveLength(1)
    expect(says[0]).toContain(message)
  })
})

describe("lawsAreUsed", () => {
  const files = (test: string, code: string): Files => ({
    [`${CORE}/a/A.laws.ts`]: "const own = 1\nexport const tiling = (a: number): boolean => a > own",
    [`${CORE}/a/A.test.ts`]: test,
    [`${CORE}/a/A.ts`]: code
  })
  const named = `${docstring("**Laws**", "", "- `tiling`: no gaps.")}\nexport const a = 1`

  it("allows a law that is tested and named", () => {
    expect(saysOf(lawsAreUsed, files('import * as laws from "./A.laws.ts"\nlaws.tiling(1)', named))).toStrictEqual([])
  })

  it("allows a law tested in X.laws.test.ts", () => {
    expect(saysOf(lawsAreUsed, { ...files("", named), [`${CORE}/a/A.laws.test.ts`]: "laws.tiling(1)" })).toStrictEqual(
      []
    )
  })

  it.each([
    ["a law only imported", 'import { tiling } from "./A.laws.ts"', named, "no test uses the law tiling"],
    ["a law only in a comment", "// tiling", named, "no test uses the law tiling"],
    ["a law only in a title", 'it("tiling", () => {})', named, "no test uses the law tiling"],
    [
      "a law not named",
      "laws.tiling(1)",
      "// `tiling`\nexport const a = 1",
      "no docstring of A.ts names the law `tiling`"
    ]
  ])("refuses %s", (_, test, code, message) => {
    expect(saysOf(lawsAreUsed, files(test, code))).toStrictEqual([`${CORE}/a/A.laws.ts:2 ${message}`])
  })
})

describe("unusedFiles", () => {
  const entry = { "packages/core/package.json": '{ "exports": { ".": { "@reckoner/source": "./src/index.ts" } } }' }

  it.each<[string, Files]>([
    ["what an entry leads to", { [`${CORE}/index.ts`]: 'export * as A from "./a/A.ts"', [`${CORE}/a/A.ts`]: "" }],
    ["a program started by path", { [`${CORE}/index.ts`]: 'new URL("./worker.ts", u)', [`${CORE}/worker.ts`]: "" }],
    [
      "the program of a bin",
      { "packages/runner/bin/r.js": 'import "../dist/main.js"', "packages/runner/src/main.ts": "" }
    ],
    [
      "laws used by a test",
      { [`${CORE}/index.ts`]: "", [`${CORE}/a/A.test.ts`]: 'import "./A.laws.ts"', [`${CORE}/a/A.laws.ts`]: "" }
    ],
    [
      "a codec that another package imports by the name of its package",
      {
        "packages/adapters-pg/src/index.ts": 'import * as A from "@reckoner/core/a/A.schema"',
        "packages/adapters-pg/package.json": '{ "exports": { ".": { "@reckoner/source": "./src/index.ts" } } }',
        [`${CORE}/a/A.schema.ts`]: ""
      }
    ],
    [
      "a set-up file of the test runner",
      { "vitest.config.ts": '["packages/a/src/testing/setup.ts"]', "packages/a/src/testing/setup.ts": "" }
    ]
  ])("allows %s", (_, files) => {
    expect(saysOf(unusedFiles, { ...entry, ...files })).toStrictEqual([])
  })

  it.each<[string, Files]>([
    ["a file nobody names", { [`${CORE}/a/A.ts`]: "" }],
    ["a file that only its test imports", { [`${CORE}/a/A.ts`]: "", [`${CORE}/a/A.test.ts`]: 'import "./A.ts"' }],
    ["a file named in a comment only", { [`${CORE}/a/A.ts`]: "", [`${CORE}/index.ts`]: "// see `./a/A.ts`" }]
  ])("refuses %s", (_, files) => {
    expect(saysOf(unusedFiles, { ...entry, ...files })).toStrictEqual([
      `${CORE}/a/A.ts:1 nobody imports this file: export it from index.ts or delete it`
    ])
  })
})

describe("exportsAreDocumented", () => {
  const of = (code: string) => saysOf(exportsAreDocumented, { [`${CORE}/a/A.ts`]: code })

  it.each([
    ["a complete docstring", `${docstring("Adds.", ...DONE)}\nexport const add = 1`],
    ["a private function", "const add = 1"],
    ["a type and its value with one docstring", `${docstring("A.", ...DONE)}\nexport type A = 1\nexport const A = 1`]
  ])("allows %s", (_, code) => {
    expect(of(code)).toStrictEqual([])
  })

  it.each([
    ["no docstring", "export const add = 1", "docstring"],
    ["another comment", "// Adds.\nexport const add = 1", "docstring"],
    ["a docstring of something else", `${docstring("Adds.", ...DONE)}\nconst a = 1\nexport const add = a`, "docstring"],
    ["no summary", `${docstring("@category a", "@since 0.1.0")}\nexport const add = 1`, "summary"],
    ["no category", `${docstring("Adds.", "", "@since 0.1.0")}\nexport const add = 1`, "@category"],
    ["no version", `${docstring("Adds.", "", "@category queries")}\nexport const add = 1`, "@since"]
  ])("refuses %s", (_, code, part) => {
    expect(of(code).map((text) => text.replace(/:\d+/, ""))).toStrictEqual([`${CORE}/a/A.ts add has no ${part}`])
  })

  it("leaves tests, laws, generators and other packages alone", () => {
    const code = "export const add = 1"
    const files = {
      [`${CORE}/a/A.laws.ts`]: code,
      [`${CORE}/a/A.arbitrary.ts`]: code,
      "packages/runner/src/A.ts": code
    }
    expect(saysOf(exportsAreDocumented, files)).toStrictEqual([])
  })
})

describe("errorsAreDocumented", () => {
  const of = (signature: string, ...lines: ReadonlyArray<string>) =>
    saysOf(errorsAreDocumented, { [`${CORE}/a/A.ts`]: `${docstring("Parses.", "", ...lines, ...DONE)}\n${signature}` })

  const parse = "export const parse = (): Result.Result<A, NotADate | Money.CurrencyMismatch> => f()"

  it.each([
    ["every error named", parse, ["**Errors**", "", "- `NotADate`: no.", "- `CurrencyMismatch`: no."]],
    ["no Result", "export const parse = (): A => f()", []],
    ["a Result that cannot fail", "export const parse = (): Result.Result<A, never> => f()", []],
    ["the error of the caller", "export const map = <E>(a: E): Result.Result<A, E> => f(a)", []],
    [
      "a named union by its members",
      `type E = X | Y\n${docstring("P.", "**Errors**", "", "- `X` and `Y`", ...DONE)}\nexport const p = (): Result.Result<A, E> => f()`,
      []
    ]
  ])("allows %s", (_, signature, lines) => {
    expect(of(signature, ...lines)).toStrictEqual([])
  })

  it.each([
    ["no section", parse, [], ["parse returns Result and has no **Errors** section"]],
    [
      "an error left out",
      parse,
      ["**Errors**", "", "- `NotADate`: no."],
      ["**Errors** of parse does not name `CurrencyMismatch`"]
    ],
    [
      "an error named in another section",
      "export function parse(): Result<A, NotADate> { return f() }",
      ["**Errors**", "", "- none", "", "**Laws**", "", "- `NotADate`"],
      ["**Errors** of parse does not name `NotADate`"]
    ]
  ])("refuses %s", (_, signature, lines, messages) => {
    expect(of(signature, ...lines).map((text) => text.replace(/^\S+ /, ""))).toStrictEqual(messages)
  })
})

describe("sourceNames", () => {
  const glossary = [
    "| Source | Their name | Ours | Meaning |",
    "| --- | --- | --- | --- |",
    "| 003 | `kol` | `quantity` | amount |",
    "| 003 | `dm` = `D` | `unit` | rhythm |",
    "| 001 | `invoices` | `invoices` | receivable |",
    "| 000 | `member` | `referredMember` | referred |",
    "",
    "## Words both sides use",
    "",
    "- `member`",
    "",
    "## Fixed texts",
    "",
    "- `close-dm`",
    ""
  ].join("\n")
  const of = (path: string, code: string) => saysOf(sourceNames, { "docs/GLOSSARY.md": glossary, [path]: code })

  it.each([
    ["our names", `${CORE}/a/A.ts`, "const quantity = unit"],
    ["a name that is ours too", `${CORE}/a/A.ts`, "const invoices = 1"],
    ["a word both sides use", `${CORE}/a/A.ts`, "// the member"],
    ["a longer name that holds it", `${CORE}/a/A.ts`, "const kolkata = admin"],
    ["the path of an endpoint", "packages/runner/src/api/A.ts", 'get("/sync/kol")'],
    ["a fixed text", "packages/runner/src/A.ts", 'job("close-dm")'],
    ["an adapter", "packages/adapters-pg/src/a/rows.ts", "const kol = 1"],
    ["a test of results computed elsewhere", `${CORE}/a/A.oracle.test.ts`, "const kol = 1"],
    ["a suite on a real server", "packages/runner/src/A.pg.test.ts", "sql`select kol`"]
  ])("allows %s", (_, path, code) => {
    expect(of(path, code)).toStrictEqual([])
  })

  it.each([
    ["code of core", `${CORE}/a/A.ts`, "const kol = 1", '"kol" is a source name; ours is: quantity'],
    ["a comment", `${CORE}/a/A.ts`, "// from dm", '"dm" is a source name; ours is: unit'],
    ["runner", "packages/runner/src/A.ts", 'const a = "kol"', '"kol" is a source name; ours is: quantity']
  ])("refuses it in %s", (_, path, code, message) => {
    expect(of(path, code)).toStrictEqual([`${path}:1 ${message}`])
  })

  it("fails when the glossary is missing, or has no table", () => {
    expect(saysOf(sourceNames, {})).toStrictEqual(["docs/GLOSSARY.md:1 is missing"])
    expect(saysOf(sourceNames, { "docs/GLOSSARY.md": "# Glossary" })).toHaveLength(1)
  })
})

describe("oneTitle", () => {
  it.each([
    ["one title", "# A\n\n## B\n"],
    ["another one inside a fence", "# A\n\n```sh\n# a comment\n```\n"]
  ])("allows %s", (_, text) => {
    expect(saysOf(oneTitle, { "docs/A.md": text })).toStrictEqual([])
  })

  it.each([
    ["none", "## B\n", 0],
    ["two", "# A\n\n# B\n", 2]
  ])("refuses %s", (_, text, titles) => {
    expect(saysOf(oneTitle, { "docs/A.md": text })).toStrictEqual([
      `docs/A.md:1 has ${titles} titles of level one; a document has exactly one`
    ])
  })
})

describe("decisionsWithoutGaps", () => {
  const records = (...names: ReadonlyArray<string>): Files =>
    Object.fromEntries(names.map((name) => [`docs/adr/${name}.md`, `# ${name.slice(0, 4)} A\n`]))

  it("allows numbers in a row", () => {
    expect(saysOf(decisionsWithoutGaps, records("0001-a", "0002-b"))).toStrictEqual([])
  })

  it.each([
    ["a gap", records("0001-a", "0003-c"), "docs/adr:1 the decision record 0002 is missing"],
    ["a number twice", records("0001-a", "0001-b"), "docs/adr/0001-b.md:1 has the number of docs/adr/0001-a.md"],
    [
      "a name without number",
      records("decision"),
      "docs/adr/decision.md:1 a decision record is named NNNN-lower-case-title.md"
    ],
    [
      "a title without number",
      { "docs/adr/0001-a.md": "# A\n" },
      'docs/adr/0001-a.md:1 its title must start with "# 0001 "'
    ]
  ])("refuses %s", (_, files, message) => {
    expect(saysOf(decisionsWithoutGaps, files)).toStrictEqual([message])
  })
})

describe("linksLeadSomewhere", () => {
  const record = { "docs/adr/0001-a.md": "# 0001 A" }

  it.each([
    ["a file beside it", "docs/adr/README.md", "[a](0001-a.md#context)"],
    ["a folder", "README.md", "[a](docs/adr/)"],
    ["another site", "README.md", "[a](https://example.org/a.md)"],
    ["a heading of its own", "README.md", "[a](#b)"],
    ["a record named by code", `${CORE}/a/A.ts`, "/** @see docs/adr/0001-a.md */"]
  ])("allows %s", (_, path, text) => {
    expect(saysOf(linksLeadSomewhere, { ...record, [path]: text })).toStrictEqual([])
  })

  it.each([
    ["a file that is not there", "docs/A.md", "[a](adr/0002-b.md)"],
    ["a record that is not there", `${CORE}/a/A.ts`, "/** @see docs/adr/0002-b.md */"]
  ])("refuses %s", (_, path, text) => {
    expect(saysOf(linksLeadSomewhere, { ...record, [path]: text })).toStrictEqual([
      `${path}:1 links to docs/adr/0002-b.md, which does not exist`
    ])
  })
})
