/** The repository as the tools see it: its text files, where they lie, and how a source file is parsed. */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { parseSync } from "oxc-parser"

/** A text file, its path relative to the root and with `/` on every system. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** One thing that is wrong, or only worth a look (`warning`). */
export interface Problem {
  readonly path: string
  readonly line: number
  readonly message: string
  readonly severity: "error" | "warning"
}

/** A node of the syntax tree. The tools look only at a few fields, so the tree stays untyped. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: any
}

/** A comment, its text without the marks around it. */
export interface SourceComment {
  readonly type: "Line" | "Block"
  readonly value: string
  readonly start: number
  readonly end: number
}

export interface ParsedSource {
  readonly body: ReadonlyArray<SyntaxNode>
  readonly comments: ReadonlyArray<SourceComment>
  readonly errors: ReadonlyArray<string>
}

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..")

const FOLDERS_SKIPPED = new Set([".git", "node_modules", "dist", ".doctest", ".reckoner", "coverage"])
const FILE_SIZE_MAX = 2_000_000
const BINARY_EXTENSIONS = new Set([
  ".png",
  ".jpg",
  ".gif",
  ".ico",
  ".gz",
  ".tgz",
  ".zip",
  ".wasm",
  ".tsbuildinfo",
  ".log"
])

/** Reads every text file below a folder, in a stable order, leaving out what is generated or installed. */
export const readFiles = (root: string = ROOT): ReadonlyArray<SourceFile> => {
  const files: Array<SourceFile> = []
  const visit = (folder: string): void => {
    const entries = readdirSync(path.join(root, folder), { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory() && !FOLDERS_SKIPPED.has(entry.name)) visit(name)
      if (!entry.isFile() || BINARY_EXTENSIONS.has(path.extname(entry.name))) continue
      const content = readFileSync(path.join(root, name))
      if (content.length <= FILE_SIZE_MAX && !content.subarray(0, 1_024).includes(0)) {
        files.push({ path: name, text: content.toString("utf8") })
      }
    }
  }
  visit("")
  return files
}

const parsedByText = new Map<string, ParsedSource>()

/** Parses TypeScript; the same text is parsed once. */
export const parse = (text: string): ParsedSource => {
  const known = parsedByText.get(text)
  if (known !== undefined) return known
  const result = parseSync("source.ts", text)
  const parsed: ParsedSource = {
    body: result.program.body,
    comments: result.comments,
    errors: result.errors.map((error) => error.message)
  }
  parsedByText.set(text, parsed)
  return parsed
}

/** The line of an offset, 1 is the first. */
export const lineAt = (text: string, offset: number): number => {
  let line = 1
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++
  return line
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"

/** Visits a node and everything below it, with the nodes around it, the outermost first. */
export const walk = (
  node: SyntaxNode,
  visit: (node: SyntaxNode, ancestors: ReadonlyArray<SyntaxNode>) => void,
  ancestors: ReadonlyArray<SyntaxNode> = []
): void => {
  visit(node, ancestors)
  const inner = [...ancestors, node]
  for (const value of Object.values(node)) {
    if (isNode(value)) walk(value, visit, inner)
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) walk(item, visit, inner)
  }
}

export interface ImportOf {
  readonly from: string
  readonly line: number
  readonly isType: boolean
}

/** Every module a file names in `import`, `export … from` and `import(…)`. */
export const importsOf = (file: SourceFile): ReadonlyArray<ImportOf> => {
  const found: Array<ImportOf> = []
  for (const statement of parse(file.text).body) {
    walk(statement, (node) => {
      const source: unknown =
        node.type === "ImportDeclaration" ||
        node.type === "ExportNamedDeclaration" ||
        node.type === "ExportAllDeclaration" ||
        node.type === "ImportExpression" ||
        node.type === "TSImportType"
          ? node.source
          : undefined
      if (!isNode(source) || typeof source.value !== "string") return
      const isType = node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type"
      found.push({ from: source.value, line: lineAt(file.text, node.start), isType })
    })
  }
  return found
}

/** The file a relative import points at, as a path from the root. */
export const resolveRelative = (importer: string, from: string): string =>
  path.posix.normalize(path.posix.join(path.posix.dirname(importer), from)).replace(/\.js$/, ".ts")

/** `src/money/Money.laws.ts` is of the kind `laws`; a file without such a word is `code`. */
export type Kind = "code" | "test" | "laws" | "arbitrary" | "schema" | "index"

export const kindOf = (file: string): Kind => {
  const name = path.posix.basename(file)
  if (name.endsWith(".test.ts")) return "test"
  if (name.endsWith(".laws.ts")) return "laws"
  if (name.endsWith(".arbitrary.ts")) return "arbitrary"
  if (name.endsWith(".schema.ts")) return "schema"
  return name === "index.ts" ? "index" : "code"
}

export const isTypeScript = (file: SourceFile): boolean => file.path.endsWith(".ts")

/** A source file of one package, or of any when no package is named. */
export const isPackageSource = (file: SourceFile, name = "[a-z-]+"): boolean =>
  isTypeScript(file) && new RegExp(`^packages/${name}/src/`).test(file.path)

export const problem = (
  file: string,
  line: number,
  message: string,
  severity: Problem["severity"] = "error"
): Problem => ({ path: file, line, message, severity })

export const formatProblem = (found: Problem): string =>
  `${found.severity === "warning" ? "warning " : ""}${found.path}:${found.line} ${found.message}`

/** A check is a function from the files to what is wrong with them. */
export type Check = (files: ReadonlyArray<SourceFile>) => ReadonlyArray<Problem>
