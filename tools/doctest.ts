/**
 * Turns every ` ```ts doctest ` fence of a docstring or a document into a test.
 * `expression // => literal` becomes `expect(expression).toStrictEqual(literal)`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { ROOT, isPackageSource, lineAt, parse, readFiles } from "./repository.ts"
import type { SourceFile, SyntaxNode } from "./repository.ts"

/** One example, as its author wrote it. */
export interface Fence {
  readonly title: string
  readonly code: string
  /** The line of the file on which the code starts. */
  readonly line: number
}

/** A value bound by an import: `import { Result as R } from "effect"` binds `R`. */
interface Binding {
  readonly local: string
  readonly from: string
  readonly clause: string
}

/** A fence as the pieces of a test. */
export interface Example {
  readonly bindings: ReadonlyArray<Binding>
  readonly body: string
  readonly expectations: number
}

/** The example is written in a way that no test can be made of. */
export class DoctestError extends Error {}

const OPENING = /^([ \t]*)(`{3,})ts doctest(?:[ \t]+(.+?))?[ \t]*$/

/** Finds the fences in lines of markdown; `firstLine` is the number of the first one. */
const fencesOfLines = (lines: ReadonlyArray<string>, firstLine: number): ReadonlyArray<Fence> => {
  const fences: Array<Fence> = []
  let heading = ""
  let other: string | undefined // the mark that opened a fence of another kind
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ""
    const opening = other === undefined ? OPENING.exec(line) : null
    if (opening === null) {
      const mark = /^\s*(`{3,})/.exec(line)?.[1]
      if (mark !== undefined) other = other === undefined ? mark : mark.length >= other.length ? undefined : other
      const title = /^\*\*Example\*\*\s*\((.+)\)/.exec(line.trim())?.[1] ?? /^#+ (.+)$/.exec(line)?.[1]
      if (other === undefined && title !== undefined) heading = title
      continue
    }
    const [, indent = "", mark = "```", info] = opening
    const closing = lines.findIndex((text, index) => index > at && text.trim() === mark)
    if (closing === -1) throw new DoctestError(`line ${firstLine + at}: the fence is not closed`)
    const code = lines
      .slice(at + 1, closing)
      .map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text))
    const title = info ?? (heading === "" ? `example on line ${firstLine + at + 1}` : heading)
    fences.push({ title, code: code.join("\n"), line: firstLine + at + 1 })
    at = closing
  }
  return fences
}

/** The fences of a markdown document, or of the docstrings of a TypeScript file, in order. */
export const fencesOf = (file: SourceFile): ReadonlyArray<Fence> => {
  if (!file.text.includes("ts doctest")) return []
  if (file.path.endsWith(".md")) return fencesOfLines(file.text.split("\n"), 1)
  return parse(file.text)
    .comments.filter(({ type, value }) => type === "Block" && value.startsWith("*"))
    .flatMap(({ value, start }) => {
      const lines = value.split("\n").map((line) => line.replace(/^[ \t]*\*[ \t]?/, ""))
      return fencesOfLines(lines, lineAt(file.text, start))
    })
}

const bindingsOf = (statement: SyntaxNode, code: string): ReadonlyArray<Binding> => {
  const from = statement.source.value as string
  const type = statement.importKind === "type" ? "type " : ""
  const specifiers = statement.specifiers as ReadonlyArray<SyntaxNode>
  if (specifiers.length === 0) return [{ local: from, from, clause: "" }]
  return specifiers.map((specifier) => {
    const local = specifier.local.name as string
    if (specifier.type === "ImportNamespaceSpecifier") return { local, from, clause: `${type}* as ${local}` }
    if (specifier.type === "ImportDefaultSpecifier") return { local, from, clause: `${type}${local}` }
    return { local, from, clause: `${type}{ ${code.slice(specifier.start, specifier.end)} }` }
  })
}

const isExpression = (text: string): boolean => text.trim() !== "" && parse(`;(${text}\n)`).errors.length === 0

interface Expected {
  readonly start: number
  readonly end: number
  readonly literal: string
}

/** The `// =>` comments; a literal that is not complete goes on in the comment lines after it. */
const expectedOf = (code: string, line: number): ReadonlyArray<Expected> => {
  const { comments } = parse(code)
  const found: Array<Expected> = []
  for (let at = 0; at < comments.length; at++) {
    const comment = comments[at]
    const opening = comment?.type === "Line" ? /^\s*=>\s?(.*)$/.exec(comment.value) : null
    if (comment === undefined || opening === null) continue
    let literal = opening[1] ?? ""
    let end = comment.end
    for (let next = comments[at + 1]; !isExpression(literal); next = comments[at + 1]) {
      const goesOn = next?.type === "Line" && /^\s*$/.test(code.slice(end, next.start)) && !/^\s*=>/.test(next.value)
      if (next === undefined || !goesOn) {
        throw new DoctestError(
          `line ${line + lineAt(code, comment.start) - 1}: "${literal.trim()}" is not an expression`
        )
      }
      literal += `\n${next.value}`
      end = next.end
      at++
    }
    found.push({ start: comment.start, end, literal: literal.trim() })
  }
  return found
}

/** What a statement shows: the value of an expression, or of the one constant it declares. */
const shownBy = (
  statement: SyntaxNode,
  code: string
): { readonly before: string; readonly value: string } | undefined => {
  const text = code.slice(statement.start, statement.end)
  if (statement.type === "ExpressionStatement") {
    return { before: "", value: code.slice(statement.expression.start, statement.expression.end) }
  }
  const [declarator, ...others] = (statement.declarations ?? []) as ReadonlyArray<SyntaxNode>
  if (declarator?.id.type !== "Identifier" || others.length > 0) return undefined
  return { before: `${text}\n`, value: declarator.id.name as string }
}

/** Makes the pieces of a test of one fence. */
export const toExample = (fence: Fence): Example => {
  const { code, line } = fence
  const { body, errors } = parse(code)
  if (errors.length > 0) throw new DoctestError(`line ${line}: ${errors[0]}`)
  const imports = body.filter(({ type }) => type === "ImportDeclaration")
  const statements = body.filter(({ type }) => type !== "ImportDeclaration")
  const expected = expectedOf(code, line)
  const edits: Array<{ readonly start: number; readonly end: number; readonly text: string }> = imports.map(
    ({ start, end }) => ({ start, end, text: "" })
  )
  const shown = new Set<SyntaxNode>()
  for (const { start, end, literal } of expected) {
    const statement = statements.findLast((candidate) => candidate.end <= start)
    const isInside = statements.some((candidate) => candidate.start < start && start < candidate.end)
    const value = statement === undefined || isInside || shown.has(statement) ? undefined : shownBy(statement, code)
    // Nothing but white space may stand between the statement and what is expected of it.
    const isDirect = statement !== undefined && /^\s*$/.test(code.slice(statement.end, start))
    if (statement === undefined || value === undefined || !isDirect) {
      throw new DoctestError(`line ${line + lineAt(code, start) - 1}: "// =>" must follow a statement that has a value`)
    }
    shown.add(statement)
    edits.push({
      start: statement.start,
      end,
      text: `${value.before}__expect(${value.value}\n).toStrictEqual(${literal}\n)`
    })
  }
  let text = ""
  let at = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    text += code.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return {
    bindings: imports.flatMap((statement) => bindingsOf(statement, code)),
    body: (text + code.slice(at)).replace(/^export (?=const|let|type|interface|class|function|enum)/gm, "").trim(),
    expectations: expected.length
  }
}

interface TestFile {
  readonly bindings: Map<string, Binding>
  readonly tests: Array<string>
}

/**
 * The test files of one source file. Examples share their imports; one that
 * binds a name differently than those before it starts a file of its own.
 */
export const testFilesOf = (file: SourceFile): ReadonlyArray<SourceFile> => {
  const testFiles: Array<TestFile> = []
  for (const fence of fencesOf(file)) {
    const example = makeExample(file, fence)
    const fits = testFiles.find(({ bindings }) =>
      example.bindings.every((binding) => {
        const known = bindings.get(binding.local)
        return known === undefined || (known.from === binding.from && known.clause === binding.clause)
      })
    )
    const target: TestFile = fits ?? { bindings: new Map(), tests: [] }
    if (fits === undefined) testFiles.push(target)
    for (const binding of example.bindings) target.bindings.set(binding.local, binding)
    target.tests.push(`__it(${JSON.stringify(fence.title)}, async () => {\n${example.body}\n})`)
  }
  return testFiles.map(({ bindings, tests }, index) => {
    const imports = [...bindings.values()].map(({ clause, from }) =>
      clause === "" ? `import ${JSON.stringify(from)}` : `import ${clause} from ${JSON.stringify(from)}`
    )
    const suite = [`__describe(${JSON.stringify(file.path)}, () => {`, ...tests, "})"]
    const head = `import { describe as __describe, expect as __expect, it as __it } from "vitest"`
    const stem = file.path.replace(/\.(ts|md)$/, "")
    const name = `${stem}${index === 0 ? "" : `.${index + 1}`}.test.ts`
    return { path: name, text: [head, ...imports, "", ...suite, ""].join("\n") }
  })
}

const makeExample = (file: SourceFile, fence: Fence): Example => {
  try {
    return toExample(fence)
  } catch (error) {
    throw new DoctestError(`${file.path}, "${fence.title}", ${error instanceof Error ? error.message : String(error)}`)
  }
}

const hasExamples = (file: SourceFile): boolean =>
  (isPackageSource(file) && !file.path.endsWith(".test.ts")) ||
  file.path === "README.md" ||
  /^docs\/.*\.md$/.test(file.path)

export const FOLDER = ".doctest"

/** Types of examples are checked like those of other tests, but an example need not use all it declares. */
const tsconfigOf = (testFiles: ReadonlyArray<SourceFile>) => ({
  extends: "../tsconfig.check.json",
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
  // TypeScript's patterns pass over folders that start with a point, so the files are listed.
  include: [],
  files: testFiles.map((file) => file.path)
})

/** Writes the tests of the whole repository and answers how many examples and files there are. */
export const writeDoctests = (root: string = ROOT): { readonly examples: number; readonly files: number } => {
  const sources = readFiles(root).filter(hasExamples)
  const testFiles = sources.flatMap(testFilesOf)
  const folder = path.join(root, FOLDER)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  writeFileSync(path.join(folder, "tsconfig.json"), `${JSON.stringify(tsconfigOf(testFiles), undefined, 2)}\n`)
  for (const file of testFiles) {
    const target = path.join(folder, file.path)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, file.text)
  }
  return { examples: sources.reduce((sum, file) => sum + fencesOf(file).length, 0), files: testFiles.length }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { examples, files } = writeDoctests()
  console.log(`${examples} examples in ${files} files, written to ${FOLDER}/`)
}
