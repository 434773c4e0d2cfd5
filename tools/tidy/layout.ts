/** Files that belong together: code and its tests, laws and their use, and files nobody imports. */
import path from "node:path"
import {
  importsOf,
  isPackageSource,
  isTypeScript,
  kindOf,
  lineAt,
  parse,
  problem,
  resolveRelative,
  walk
} from "../repository.ts"
import type { Check, Problem, SourceFile, SyntaxNode } from "../repository.ts"

const TYPES_ONLY = /^(Import|TSInterface|TSTypeAlias|ExportAll)/

/** The statement does something when the program runs. */
const isRunTime = (statement: SyntaxNode): boolean => {
  if (statement.type !== "ExportNamedDeclaration") return !TYPES_ONLY.test(statement.type)
  const declaration = statement.declaration as SyntaxNode | null
  return declaration !== null && !TYPES_ONLY.test(declaration.type) && declaration.declare !== true
}

const isPort = (file: SourceFile): boolean => file.path.startsWith("packages/core/src/ports/")

const isForTesting = (file: SourceFile): boolean => file.path.startsWith("packages/core/src/testing/")

const importsFile = (file: SourceFile, target: string): boolean =>
  importsOf(file).some(({ from }) => from.startsWith(".") && resolveRelative(file.path, from) === target)

/** A module has `X.test.ts` beside it; a codec may share the test of its module; a port has a contract. */
export const modulesHaveTests: Check = (files) => {
  const paths = new Set(files.map((file) => file.path))
  return files
    .filter((file) => isPackageSource(file, "core") && !isForTesting(file))
    .filter((file) => ["code", "schema"].includes(kindOf(file.path)) && parse(file.text).body.some(isRunTime))
    .flatMap((file) => {
      const stem = file.path.replace(/\.ts$/, "")
      if (paths.has(`${stem}.test.ts`)) return []
      const besides = files.filter((other) =>
        isPort(file)
          ? other.path.startsWith("packages/core/src/testing/contracts/")
          : kindOf(file.path) === "schema" && kindOf(other.path) === "test"
      )
      if (besides.some((other) => importsFile(other, file.path))) return []
      const wanted = isPort(file) ? "a suite in testing/contracts/ or a test" : `${path.posix.basename(stem)}.test.ts`
      return [problem(file.path, 1, `has run-time code and no test: write ${wanted}`)]
    })
}

/** The names of the functions a laws module exports. */
const lawsOf = (file: SourceFile): ReadonlyArray<{ readonly name: string; readonly line: number }> =>
  parse(file.text).body.flatMap((statement) => {
    if (statement.type !== "ExportNamedDeclaration") return []
    const declaration = statement.declaration as SyntaxNode | null
    const line = lineAt(file.text, statement.start)
    if (declaration?.type === "FunctionDeclaration") return [{ name: declaration.id.name as string, line }]
    if (declaration?.type !== "VariableDeclaration") return []
    return (declaration.declarations as ReadonlyArray<SyntaxNode>)
      .filter(({ init }) => init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression")
      .map(({ id }) => ({ name: id.name as string, line }))
  })

/** The names a file uses in code, comments and texts left out. */
const identifiersOf = (file: SourceFile): ReadonlySet<string> => {
  const used = new Set<string>()
  for (const statement of parse(file.text).body) {
    walk(statement, (node, ancestors) => {
      const imported = ancestors.some((outer) => outer.type === "ImportDeclaration")
      if (node.type === "Identifier" && !imported) used.add(node.name as string)
    })
  }
  return used
}

/** Every law is checked by a test and named where a reader looks for it. */
export const lawsAreUsed: Check = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const problems: Array<Problem> = []
  for (const laws of files.filter((file) => isPackageSource(file) && kindOf(file.path) === "laws")) {
    const stem = laws.path.replace(/\.laws\.ts$/, "")
    const tests = [`${stem}.test.ts`, `${stem}.laws.test.ts`].flatMap((name) => byPath.get(name) ?? [])
    const code = byPath.get(`${stem}.ts`)
    const docs = code === undefined ? "" : docstrings(code).join("\n")
    for (const { name, line } of lawsOf(laws)) {
      if (!tests.some((test) => identifiersOf(test).has(name))) {
        problems.push(problem(laws.path, line, `no test uses the law ${name}`))
      }
      if (!docs.includes(`\`${name}\``)) {
        problems.push(
          problem(laws.path, line, `no docstring of ${path.posix.basename(stem)}.ts names the law \`${name}\``)
        )
      }
    }
  }
  return problems
}

const docstrings = (file: SourceFile): ReadonlyArray<string> =>
  parse(file.text)
    .comments.filter(({ type, value }) => type === "Block" && value.startsWith("*"))
    .map(({ value }) => value)

/** The texts of a file, comments left out. */
const textsOf = (file: SourceFile): ReadonlyArray<string> => {
  if (!isTypeScript(file)) return [...file.text.matchAll(/["']([\w./-]+\.(?:ts|js))["']/g)].map(([, text = ""]) => text)
  const texts: Array<string> = []
  for (const statement of parse(file.text).body) {
    walk(statement, (node) => {
      if (node.type === "Literal" && typeof node.value === "string") texts.push(node.value)
    })
  }
  return texts
}

/** The files a file names: imports, programs started as their own process, set-up files, entries of a package. */
const pathsNamed = (file: SourceFile): ReadonlyArray<string> =>
  textsOf(file).flatMap((text) => {
    const [, name, inside] = /^@reckoner\/([a-z-]+)\/(.+)$/.exec(text) ?? []
    if (name !== undefined) return [`packages/${name}/src/${inside}.ts`]
    if (!/\.[tj]s$/.test(text)) return []
    const source = text.replace(/^((?:\.\.?\/)*)dist\//, "$1src/")
    return [resolveRelative(file.path, source), source.replace(/^\.\//, "")]
  })

/** Laws and generators live for tests, and so does what stands in `testing/`; the rest is for the program. */
const livesForTests = (file: string): boolean =>
  ["laws", "arbitrary"].includes(kindOf(file)) || /\/(testing|bench)\//.test(file)

/** Source files that no entry of a package, program or other file leads to. */
export const unusedFiles: Check = (files) => {
  const named = new Set<string>()
  const namedByTests = new Set<string>()
  for (const file of files) {
    if (!/\.(ts|js|json)$/.test(file.path)) continue
    const target = kindOf(file.path) === "test" ? namedByTests : named
    for (const name of pathsNamed(file)) if (name !== file.path) target.add(name)
  }
  return files
    .filter((file) => isPackageSource(file) && isTypeScript(file) && kindOf(file.path) !== "test")
    .filter((file) => !named.has(file.path) && !(livesForTests(file.path) && namedByTests.has(file.path)))
    .map((file) => problem(file.path, 1, "nobody imports this file: export it from index.ts or delete it"))
}
