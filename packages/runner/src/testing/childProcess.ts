/**
 * Runs the program as a user does, in a process of its own, for tests.
 *
 * @since 0.1.0
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const REPOSITORY = fileURLToPath(new URL("../../../..", import.meta.url))
const MAIN = path.join(REPOSITORY, "packages/runner/src/main.ts")
const FROM_SOURCE = ["--import", "tsx", "--conditions=@reckoner/source", MAIN]
const BUILT = [path.join(REPOSITORY, "packages/runner/bin/reckoner.js")]

/**
 * The words with which Node runs the program. From its source it is never older
 * than what is tested, but starts slowly; whoever runs all suites builds it
 * first and sets `RECKONER_TEST_BUILT`.
 *
 * @category testing
 * @since 0.1.0
 */
export const PROGRAM: ReadonlyArray<string> = process.env["RECKONER_TEST_BUILT"] === "1" ? BUILT : FROM_SOURCE

/**
 * How the program ended.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * The program while it runs. `sees` waits until a text has come on stderr.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly sees: (pattern: RegExp) => Promise<RegExpExecArray>
}

/**
 * Starts the program. Of the environment it knows only what is given here.
 *
 * @category testing
 * @since 0.1.0
 */
export const startReckoner = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Started => {
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    cwd: REPOSITORY,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  const ended = once(child, "close").then(([code]: Array<number | null>): Ended => ({
    code: code ?? null,
    stdout,
    stderr
  }))
  const sees = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(stderr)
      if (found !== null) return found
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before ${pattern}: ${stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { child, ended, sees }
}

/**
 * Runs the program to its end.
 *
 * @category testing
 * @since 0.1.0
 */
export const reckoner = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  startReckoner(args, env).ended
