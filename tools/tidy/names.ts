/** Names and calls that are banned, each with what to write instead. */
import { isPackageSource, isTypeScript, kindOf, lineAt, parse, problem, walk } from "../repository.ts"
import type { Check, Problem, SourceFile, SyntaxNode } from "../repository.ts"

const EMPTY_NAMES = ["utils", "util", "common", "helpers", "helper", "types", "misc"]

/** No file, folder or category is called after nothing in particular. */
export const emptyNames: Check = (files) => {
  const problems: Array<Problem> = []
  for (const file of files) {
    for (const part of file.path.split("/").flatMap((segment) => segment.split("."))) {
      if (EMPTY_NAMES.includes(part.toLowerCase())) {
        problems.push(problem(file.path, 1, `"${part}" says nothing: name the file after the noun it holds`))
      }
    }
    if (!isTypeScript(file)) continue
    for (const comment of parse(file.text).comments) {
      for (const match of comment.value.matchAll(/@category[ \t]+(\w+)/g)) {
        if (!EMPTY_NAMES.includes((match[1] ?? "").toLowerCase())) continue
        const line = lineAt(file.text, comment.start + match.index)
        problems.push(
          problem(file.path, line, `category "${match[1]}" says nothing: use constructors, queries, errors, …`)
        )
      }
    }
  }
  return problems
}

const isMember = (node: SyntaxNode, object: string, property: string): boolean =>
  node.type === "MemberExpression" &&
  node.object?.type === "Identifier" &&
  node.object.name === object &&
  (node.property?.name === property || node.property?.value === property)

const GLOBALS: Readonly<Record<string, string>> = {
  console: "return the finding; the runner logs it",
  process: "take the setting as an argument; the runner reads the environment",
  fetch: "write a port; adapters-http calls it"
}

/** The global the node reads, or undefined when it is a property, a key or a name of its own. */
const globalRead = (node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined => {
  if (node.type !== "Identifier" || !(node.name in GLOBALS)) return undefined
  const isPart =
    (parent?.type === "MemberExpression" && parent.property === node && parent.computed !== true) ||
    ((parent?.type === "Property" || parent?.type === "PropertyDefinition") &&
      parent.key === node &&
      !parent.shorthand) ||
    /^(TSPropertySignature|TSMethodSignature|MethodDefinition)$/.test(parent?.type ?? "")
  return isPart ? undefined : (node.name as string)
}

/** The names declared around a node: `const parseUnsafe = () => { throw … }` gives `parseUnsafe`. */
const namesAround = (ancestors: ReadonlyArray<SyntaxNode>): ReadonlyArray<string> =>
  ancestors.flatMap((node) => {
    const named = node.type === "VariableDeclarator" || node.type === "FunctionDeclaration"
    const name: unknown = named ? node.id?.name : node.type === "MethodDefinition" ? node.key?.name : undefined
    return typeof name === "string" ? [name] : []
  })

const bannedInCore = (node: SyntaxNode, ancestors: ReadonlyArray<SyntaxNode>): string | undefined => {
  if (isMember(node, "Date", "now")) return "Date.now is banned in core: take the instant as an argument"
  if (node.type === "NewExpression" && node.callee?.name === "Date" && node.arguments.length === 0) {
    return "new Date() is banned in core: take the instant as an argument"
  }
  if (node.type === "CallExpression" && node.callee?.type === "Identifier" && node.callee.name === "Date") {
    return "Date() is banned in core: take the instant as an argument"
  }
  if (isMember(node, "Math", "random")) return "Math.random is banned in core: take the number as an argument"
  const global = globalRead(node, ancestors.at(-1))
  if (global !== undefined) return `${global} is banned in core: ${GLOBALS[global]}`
  if (node.type === "ThrowStatement") {
    const may = namesAround(ancestors).some((name) => name.endsWith("Unsafe") || name === "absurd")
    return may
      ? undefined
      : "throw is banned in core outside …Unsafe and absurd: return Result.fail with a tagged error"
  }
  return undefined
}

const bannedInTests = (node: SyntaxNode): string | undefined =>
  node.type === "MemberExpression" && /^deep(Strict)?Equal$/.test(node.property?.name ?? "")
    ? `${node.property.name} ignores the fields of tagged errors: use expect(x).toStrictEqual(y)`
    : undefined

const visitAll = (
  file: SourceFile,
  refuse: (node: SyntaxNode, ancestors: ReadonlyArray<SyntaxNode>) => string | undefined
): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  for (const statement of parse(file.text).body) {
    walk(statement, (node, ancestors) => {
      const refusal = refuse(node, ancestors)
      if (refusal !== undefined) problems.push(problem(file.path, lineAt(file.text, node.start), refusal))
    })
  }
  return problems
}

/** Calls that would make the core depend on more than its arguments, and assertions that cannot fail. */
export const bannedCalls: Check = (files) =>
  files.filter(isTypeScript).flatMap((file) => {
    const isTest = kindOf(file.path) === "test"
    const inCore = isPackageSource(file, "core") && !isTest && !file.path.startsWith("packages/core/src/testing/")
    return [
      ...(inCore ? visitAll(file, bannedInCore) : []),
      ...(isTest || file.path.includes("/testing/contracts/") ? visitAll(file, bannedInTests) : [])
    ]
  })

const SOURCE_LINES_MAX = 300

/** Lines of code: a docstring with its example helps to find one's way, however long it is. */
const codeLines = (text: string): number =>
  text
    .replace(/\/\*\*[\s\S]*?\*\//g, "")
    .split("\n")
    .filter((line) => line.trim() !== "").length

/** Long files are hard to see; reported, not refused. */
export const longFiles: Check = (files) =>
  files
    .filter((file) => isTypeScript(file) && /^(packages\/[a-z-]+\/src|examples\/src|tools)\//.test(file.path))
    .filter((file) => kindOf(file.path) !== "test")
    .flatMap((file) => {
      const lines = codeLines(file.text)
      return lines > SOURCE_LINES_MAX
        ? [problem(file.path, 1, `has ${lines} lines of code, more than ${SOURCE_LINES_MAX}`, "warning")]
        : []
    })

// Written in pieces, so that this file does not contain what it looks for.
const MACHINE_PATHS = [["work"], ["tmp", "bash_jobs"], ["root"]].map((parts) => `/${parts.join("/")}`)
const REGISTRY_HOST = /https?:\/\/[^\s"'`)]*(registry\.|artifactory|nexus|verdaccio)[^\s"'`)]*/i

/** Nothing in the repository knows the machine it was written on. */
export const machinePaths: Check = (files) => {
  const problems: Array<Problem> = []
  for (const file of files) {
    const mentionsRegistry = REGISTRY_HOST.test(file.text)
    const mentionsPath = MACHINE_PATHS.some((prefix) => file.text.includes(prefix))
    if (!mentionsRegistry && !mentionsPath) continue
    file.text.split("\n").forEach((line, index) => {
      for (const prefix of MACHINE_PATHS) {
        const at = new RegExp(`(?<![\\w.@-])${prefix}(?![\\w-])`).exec(line)
        if (at !== null && (line[at.index + prefix.length] === "/" || prefix.split("/").length > 2)) {
          problems.push(problem(file.path, index + 1, `holds the machine path ${prefix}/`))
        }
      }
      if (REGISTRY_HOST.test(line)) problems.push(problem(file.path, index + 1, "holds the host of a package registry"))
    })
  }
  return problems
}
