/**
 * The job as what it is in operation: a process of its own, which can be killed.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface JobProcess {
  readonly ended: Promise<Ended>
  /** `kill -9`: nothing of the process gets to know. */
  readonly kill: () => void
}

/** The words with which Node runs the program. */
export type Program = ReadonlyArray<string>

/** The program as it is built and installed. */
export const built: Program = [fileURLToPath(new URL("../../bin/reckoner.js", import.meta.url))]

const running = new Set<ChildProcess>()

/** Ends whatever is still running, when a test failed in between. */
export const killAll = (): void => {
  for (const child of running) child.kill("SIGKILL")
}

/** Starts the job. The environment says which database it works on. */
export const start = (program: Program, settings: Readonly<Record<string, string>>): JobProcess => {
  const { DATABASE_URL: _server, NODE_OPTIONS: _options, ...environment } = process.env
  const child = spawn(process.execPath, [...program, "job", "run", "sync-entitlements", "--json"], {
    env: { ...environment, RECKONER_LOG_LEVEL: "none", ...settings },
    stdio: ["ignore", "pipe", "pipe"]
  })
  running.add(child)
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (data) => (stdout += data))
  child.stderr.on("data", (data) => (stderr += data))
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code) => {
      running.delete(child)
      resolve({ code, stdout, stderr })
    })
  )
  return { ended, kill: () => child.kill("SIGKILL") }
}

/** Runs the job to its end, which must be a good one, and says how long it took. */
export const complete = async (program: Program, settings: Readonly<Record<string, string>>): Promise<number> => {
  const startedAt = performance.now()
  const { ended } = start(program, settings)
  wellEnded(await ended)
  return performance.now() - startedAt
}

/** Throws what a process said, unless it ended well. */
export const wellEnded = ({ code, stderr, stdout }: Ended): void => {
  if (code !== 0) throw new Error(`the job ended with ${code}: ${stdout}${stderr}`)
}
