/** Runs programs for the tools. */
import { spawn } from "node:child_process"
import path from "node:path"
import { ROOT } from "./repository.ts"

export interface Ran {
  readonly code: number
  readonly stdout: string
  /** Both streams in the order in which they came. */
  readonly output: string
}

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Shows the output while it comes. */
  readonly show?: boolean
  readonly timeoutMs?: number
}

/** The program of a package installed in the workspace. */
export const installed = (name: string): string => path.join(ROOT, "node_modules", ".bin", name)

/** Runs a program to its end; one that cannot start, or takes too long, has a code that is not 0. */
export const run = (command: string, args: ReadonlyArray<string>, options: RunOptions = {}): Promise<Ran> =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: options.env ?? process.env,
      stdio: options.show === true ? "inherit" : ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32"
    })
    let stdout = ""
    let output = ""
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      output += text
    })
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    const kill = (): void => {
      output += `\nstopped after ${options.timeoutMs} ms\n`
      child.kill("SIGKILL")
    }
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(kill, options.timeoutMs)
    child.on("error", (error) => {
      clearTimeout(timer)
      resolve({ code: 127, stdout, output: `${output}${error.message}\n` })
    })
    child.on("close", (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? 1, stdout, output })
    })
  })

/** Maps a list with at most `limit` at work at a time; the answers keep the order of the list. */
export const mapLimited = async <A, B>(
  items: ReadonlyArray<A>,
  limit: number,
  f: (item: A) => Promise<B>
): Promise<ReadonlyArray<B>> => {
  const results: Array<B> = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await f(items[at] as A)
  }
  await Promise.all(Array.from({ length: limit }, worker))
  return results
}

/** Seconds with one decimal. */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
