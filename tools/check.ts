/**
 * `npm run check`: everything that can be said without running the suites, in
 * seconds. `npm run check -- --only lint,size` runs the named steps alone.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { formatProblem, readFiles } from "./repository.ts"
import { installed, mapLimited, run, seconds } from "./run.ts"
import { formatSizes, isTooLarge, measure } from "./size.ts"
import { packageDependencies } from "./tidy/imports.ts"
import { tidy } from "./tidy.ts"

interface Outcome {
  readonly ok: boolean
  readonly output: string
}

interface Step {
  readonly name: string
  /** It reads `dist`, so the build comes first. */
  readonly needsBuild: boolean
  readonly run: () => Promise<Outcome>
}

const STEPS_AT_A_TIME = 2
const FORMATTED = ["packages", "examples", "tools", "vitest.config.ts"]
const PACKAGES = ["core", "adapters-pg", "adapters-http", "runner"]

const program = async (name: string, ...args: ReadonlyArray<string>): Promise<Outcome> => {
  const { code, output } = await run(installed(name), args, { env: { ...process.env, NO_COLOR: "1" } })
  return { ok: code === 0, output }
}

/** House rules; the dependencies of packages have a step of their own. */
const houseRules = async (): Promise<Outcome> => {
  const files = readFiles()
  const dependencies = new Set(packageDependencies(files).map(formatProblem))
  const problems = tidy(files).filter((found) => !dependencies.has(formatProblem(found)))
  const ok = problems.every(({ severity }) => severity === "warning")
  return { ok, output: problems.map(formatProblem).join("\n") }
}

const dependencies = async (): Promise<Outcome> => {
  const problems = packageDependencies(readFiles())
  return { ok: problems.length === 0, output: problems.map(formatProblem).join("\n") }
}

/** Packs one package as it would be published, and lints the tarball and its types. */
const published = async (folder: string, name: string): Promise<Outcome> => {
  const packed = await run("npm", [
    "pack",
    "--silent",
    "--pack-destination",
    folder,
    "--workspace",
    `@reckoner/${name}`
  ])
  const tarball = path.join(folder, packed.stdout.trim().split("\n").at(-1) ?? "")
  if (packed.code !== 0 || !existsSync(tarball)) return { ok: false, output: `npm pack: ${packed.output}` }
  const lint = await program("publint", "run", tarball, "--level", "warning", "--strict")
  const attwArgs = [tarball, "--profile", "esm-only", "--format", "ascii", "--no-emoji", "--no-color"]
  const types = await program("attw", ...attwArgs, "--no-definitely-typed")
  const failures = [lint, types].filter(({ ok }) => !ok).map(({ output }) => output.trim())
  return {
    ok: failures.length === 0,
    output: failures.length === 0 ? "" : [`@reckoner/${name}`, ...failures].join("\n")
  }
}

const packages = async (): Promise<Outcome> => {
  const folder = mkdtempSync(path.join(tmpdir(), "reckoner-pack-"))
  try {
    const outcomes = await mapLimited(PACKAGES, STEPS_AT_A_TIME, (name) => published(folder, name))
    return {
      ok: outcomes.every(({ ok }) => ok),
      output: outcomes.flatMap(({ output }) => (output === "" ? [] : [output])).join("\n\n")
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const size = async (): Promise<Outcome> => {
  const sizes = await measure()
  return { ok: sizes.length > 0 && !sizes.some(isTooLarge), output: formatSizes(sizes).join("\n") }
}

const steps: ReadonlyArray<Step> = [
  {
    name: "lint",
    needsBuild: false,
    run: () => program("oxlint", "--format=unix", "--report-unused-disable-directives", ...FORMATTED)
  },
  { name: "format", needsBuild: false, run: () => program("oxfmt", "--check", ...FORMATTED) },
  { name: "types", needsBuild: false, run: () => program("tsc", "-p", "tsconfig.check.json") },
  { name: "tidy", needsBuild: false, run: houseRules },
  { name: "dependencies", needsBuild: false, run: dependencies },
  { name: "unused", needsBuild: false, run: () => program("knip", "--no-progress", "--no-config-hints") },
  { name: "packages", needsBuild: true, run: packages },
  { name: "size", needsBuild: true, run: size }
]

/** The steps of `--only a,b`, or all of them; undefined when a name is unknown. */
const selected = (args: ReadonlyArray<string>): ReadonlyArray<Step> | undefined => {
  const at = args.findIndex((arg) => arg === "--only" || arg.startsWith("--only="))
  if (at === -1) return args.length === 0 ? steps : undefined
  const names = (args[at]?.split("=")[1] ?? args[at + 1] ?? "").split(",")
  const known = names.every((name) => steps.some((step) => step.name === name))
  return known ? steps.filter(({ name }) => names.includes(name)) : undefined
}

const attempt = async (work: () => Promise<Outcome>): Promise<Outcome> => {
  try {
    return await work()
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) }
  }
}

const report = async (step: Step): Promise<boolean> => {
  const startedAt = performance.now()
  const { ok, output } = await attempt(step.run)
  const lines = output.trim() === "" || (ok && ["lint", "format", "unused"].includes(step.name)) ? [] : [output.trim()]
  const time = seconds(performance.now() - startedAt)
  console.log([`${ok ? "ok    " : "failed"} ${step.name.padEnd(14)}${time}`, ...lines].join("\n"))
  return ok
}

const chosen = selected(process.argv.slice(2))
if (chosen === undefined) {
  console.error(`usage: npm run check [-- --only ${steps.map(({ name }) => name).join(",")}]`)
  process.exit(2)
}
const build: Step = { name: "build", needsBuild: false, run: () => program("tsc", "-b") }
const built = chosen.some(({ needsBuild }) => needsBuild) ? [await report(build)] : []
const results = [...built, ...(await mapLimited(chosen, STEPS_AT_A_TIME, report))]
const failed = results.filter((ok) => !ok).length
console.log(failed === 0 ? "\nall checks passed" : `\n${failed} of ${results.length} checks failed`)
process.exitCode = failed === 0 ? 0 : 1
