/**
 * The one dispatcher behind `npm test`.
 *
 * - no words: types, unit tests, laws, tidy, docstring examples, examples, and
 *   the suites on the embedded PostgreSQL
 * - words: unit tests whose file name holds one of them
 * - `--postgres`: the suites on the server of DATABASE_URL
 * - `--doctest`, `--examples`: that step alone
 *
 * The last lines name the tests that failed; the very last is always `N passed, N failed`.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { availableParallelism, tmpdir } from "node:os"
import path from "node:path"
import { writeDoctests } from "./doctest.ts"
import { runExamples } from "./examples.ts"
import type { Counts } from "./examples.ts"
import { installed, run, seconds } from "./run.ts"

/** What a step did: whether it went well, how many tests it ran if it runs tests, and what to read about them. */
interface Outcome extends Counts {
  readonly ok: boolean
  readonly notes?: ReadonlyArray<string>
}

interface Step {
  readonly name: string
  readonly run: () => Promise<Outcome>
}

const CONNECT_TIMEOUT_MS = 5_000

/** Tests never use a server by accident: only `--postgres` passes DATABASE_URL on. */
const { DATABASE_URL: databaseUrl, ...environment } = process.env

/** What suites run the program in processes of its own with, where it has just been built: that starts faster. */
const BUILT = { RECKONER_TEST_BUILT: "1" }

const withoutTests = (ok: boolean): Outcome => ({ ok, passed: 0, failed: 0 })

const program = async (name: string, args: ReadonlyArray<string>): Promise<Outcome> => {
  const { code } = await run(installed(name), args, { show: true, env: environment })
  return withoutTests(code === 0)
}

interface VitestFile {
  readonly name: string
  readonly status: string
  readonly assertionResults: ReadonlyArray<{ readonly status: string; readonly fullName: string }>
}

interface VitestReport {
  readonly testResults: ReadonlyArray<VitestFile>
}

const nameOf = ({ name }: VitestFile): string => path.relative(process.cwd(), name)

/** The tests of a file that failed; a file that did not even load counts as one. */
const failuresOf = (file: VitestFile): ReadonlyArray<string> => {
  const failed = file.assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName)
  return file.status === "failed" && failed.length === 0 ? ["(the file itself)"] : failed
}

const countsOf = (files: ReadonlyArray<VitestFile>): Counts => ({
  passed: files.flatMap((file) => file.assertionResults).filter(({ status }) => status === "passed").length,
  failed: files.flatMap(failuresOf).length
})

const listed = (word: string, files: ReadonlyArray<VitestFile>): ReadonlyArray<string> =>
  files.flatMap((file) => failuresOf(file).map((test) => `${word} ${nameOf(file)} > ${test}`))

/** The suites wait for servers and processes half of their time, so two at once are quicker also on two cores. */
const WORKERS_MIN = 2

/** Most files that are run a second time: more failures than that are no accident. */
const FILES_AGAIN_MAX = 3

const vitestOnce = async (
  projects: ReadonlyArray<string>,
  filters: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv
): Promise<{ readonly ok: boolean; readonly files: ReadonlyArray<VitestFile> }> => {
  const folder = mkdtempSync(path.join(tmpdir(), "reckoner-test-"))
  const reportFile = path.join(folder, "report.json")
  try {
    const selected = projects.flatMap((name) => ["--project", name])
    const workers = `--maxWorkers=${Math.max(availableParallelism() - 1, WORKERS_MIN)}`
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`]
    const { code } = await run(installed("vitest"), ["run", ...selected, workers, ...reporters, ...filters], {
      show: true,
      env
    })
    return { ok: code === 0, files: (JSON.parse(readFileSync(reportFile, "utf8")) as VitestReport).testResults }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Runs suites. Where `CI` is set, the few files in which a test failed are run
 * once more: a test that then passes is told as unsteady, and somebody should
 * find out why; one that fails again has failed.
 */
const vitest = async (
  projects: ReadonlyArray<string>,
  filters: ReadonlyArray<string> = [],
  env: NodeJS.ProcessEnv = environment
): Promise<Outcome> => {
  try {
    const first = await vitestOnce(projects, filters, env)
    const red = first.files.filter((file) => failuresOf(file).length > 0)
    const mayBeAccident = !first.ok && red.length > 0 && red.length <= FILES_AGAIN_MAX
    if (env["CI"] === undefined || !mayBeAccident) {
      return { ok: first.ok, ...countsOf(first.files), notes: listed("failed:", first.files) }
    }
    const second = await vitestOnce(projects, red.map(nameOf), env)
    const files = [...first.files.filter((file) => !red.includes(file)), ...second.files]
    const failedAgain = listed("failed:", second.files)
    const notes = second.ok ? listed("unsteady:", red) : [...listed("at first:", red), ...failedAgain]
    return { ok: second.ok, ...countsOf(files), notes }
  } catch {
    return withoutTests(false) // vitest ended before it could report, and has said why
  }
}

const generate = async (): Promise<Outcome> => {
  const { examples, files } = writeDoctests()
  console.log(`${examples} examples in ${files} files`)
  return files === 0 ? withoutTests(true) : program("tsc", ["-p", ".doctest/tsconfig.json"])
}

/** Whether something listens where the URL points. */
const isReachable = (url: URL): Promise<boolean> =>
  new Promise((resolve) => {
    const port = Number(url.port === "" ? "5432" : url.port)
    const folder = url.searchParams.get("host")
    const socket =
      folder !== null && folder.startsWith("/")
        ? connect(path.join(folder, `.s.PGSQL.${url.searchParams.get("port") ?? port}`))
        : connect(port, url.hostname === "" ? "localhost" : url.hostname.replace(/^\[|\]$/g, ""))
    const answer = (reachable: boolean) => (): void => {
      socket.destroy()
      resolve(reachable)
    }
    socket.setTimeout(CONNECT_TIMEOUT_MS, answer(false)).on("connect", answer(true)).on("error", answer(false))
  })

/** The suites on a server that is not ours: without it they fail, they are never skipped. */
const onServer = async (): Promise<Outcome> => {
  if (databaseUrl === undefined || databaseUrl === "") {
    console.error("DATABASE_URL is not set. Example: DATABASE_URL=postgresql://user@localhost:5432/postgres")
    return withoutTests(false)
  }
  if (!URL.canParse(databaseUrl)) {
    console.error("DATABASE_URL is not a URL")
    return withoutTests(false)
  }
  const url = new URL(databaseUrl)
  if (!(await isReachable(url))) {
    console.error(`No server answers at ${url.host === "" ? "the socket of DATABASE_URL" : url.host} (DATABASE_URL)`)
    return withoutTests(false)
  }
  return vitest(["postgres"], [], { ...process.env, ...BUILT })
}

const examples = async (): Promise<Outcome> => {
  const counts = await runExamples(environment)
  return { ok: counts.failed === 0, ...counts }
}

const withBuilt = { ...environment, ...BUILT }

const build: Step = { name: "build", run: () => program("tsc", ["-b"]) }

const everything: ReadonlyArray<Step> = [
  build,
  { name: "types", run: () => program("tsc", ["-p", "tsconfig.check.json"]) },
  { name: "docstring examples", run: generate },
  { name: "unit tests, laws, docstring examples", run: () => vitest(["unit", "doctest"], [], withBuilt) },
  { name: "examples", run: examples },
  { name: "suites on the embedded PostgreSQL", run: () => vitest(["postgres"], [], withBuilt) }
]

const stepsFor = (words: ReadonlyArray<string>): ReadonlyArray<Step> => {
  if (words.length === 0) return everything
  if (words.includes("--postgres")) return [build, { name: "suites on the server of DATABASE_URL", run: onServer }]
  if (words.includes("--examples")) return [{ name: "examples", run: examples }]
  if (words.includes("--doctest")) {
    return [
      { name: "docstring examples", run: generate },
      { name: "tests of docstring examples", run: () => vitest(["doctest"]) }
    ]
  }
  return [{ name: `unit tests of ${words.join(", ")}`, run: () => vitest(["unit"], words) }]
}

const attempt = async (step: Step): Promise<Outcome> => {
  try {
    return await step.run()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return withoutTests(false)
  }
}

const steps = stepsFor(process.argv.slice(2))
const summary: Array<string> = []
const notes: Array<string> = []
let passed = 0
let failed = 0
let allOk = true
for (const step of steps) {
  console.log(`\n▶ ${step.name}`)
  const startedAt = performance.now()
  const outcome = await attempt(step)
  const counts = outcome.passed + outcome.failed === 0 ? "" : `, ${outcome.passed} passed, ${outcome.failed} failed`
  summary.push(`${outcome.ok ? "ok    " : "failed"} ${step.name}${counts}, ${seconds(performance.now() - startedAt)}`)
  notes.push(...(outcome.notes ?? []))
  passed += outcome.passed
  // A step that fails without a failed test (types, a missing server) counts as one failure.
  failed += outcome.ok ? 0 : Math.max(outcome.failed, 1)
  allOk &&= outcome.ok
}
console.log(`\n${[...summary, ...notes].join("\n")}\n\n${passed} passed, ${failed} failed`)
process.exitCode = allOk ? 0 : 1
