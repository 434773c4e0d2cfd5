/** The programs of a run as processes of their own: what starts them, what ends them, and what they said. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import type { Programs } from "./programs.ts"
import type { Options as StandInOptions, Ledger } from "./StandIn.ts"

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Running {
  readonly pid: number
  /** What it printed first, once it is ready; fails when it ends before that. */
  readonly ready: Promise<string>
  /** For how many milliseconds it has been taking work; `undefined` when it is not ready yet, or has ended. */
  readonly upForMs: () => number | undefined
  readonly ended: Promise<Ended>
  readonly signal: (signal: NodeJS.Signals) => void
}

/** The stand-in while it runs. */
export interface RunningStandIn {
  readonly url: string
  readonly ledger: () => Promise<Ledger>
  /** Who waits for an answer, and for which key. */
  readonly asking: () => Promise<ReadonlyArray<{ readonly key: string; readonly process: number }>>
  readonly end: () => Promise<void>
}

const running = new Set<ChildProcess>()

/** Ends whatever is still running, when a run failed in between. */
export const killAll = (): void => {
  for (const child of running) child.kill("SIGKILL")
}

const launch = (
  words: ReadonlyArray<string>,
  settings: Readonly<Record<string, string>>,
  onLine: (line: string) => void
): Running => {
  const child = spawn(process.execPath, [...words], {
    env: { PATH: process.env["PATH"] ?? "", ...settings },
    stdio: ["ignore", "pipe", "pipe"]
  })
  running.add(child)
  let upSinceMs: number | undefined
  const ended = once(child, "close").then(([code, signal]): Ended => {
    running.delete(child)
    upSinceMs = undefined
    return { code: code as number | null, signal: signal as NodeJS.Signals | null }
  })
  let rest = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n")
    rest = lines.pop()!
    for (const line of lines) onLine(line)
  })
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (!text.startsWith("ready")) return onLine(text.trim())
      upSinceMs = performance.now()
      resolve(text.trim())
    })
    void ended.then(({ code, signal }) => reject(new Error(`it ended with ${code ?? signal} before it was ready`)))
  })
  ready.catch(() => {})
  const send = (signal: NodeJS.Signals): void => {
    if (signal === "SIGKILL") upSinceMs = undefined
    child.kill(signal)
  }
  const upForMs = () => (upSinceMs === undefined ? undefined : performance.now() - upSinceMs)
  return { pid: child.pid!, ready, upForMs, ended, signal: send }
}

/** What a `serve` process is given. */
export interface Serving {
  readonly programs: Programs
  /** The settings of Reckoner, and where the stand-in is. */
  readonly settings: Readonly<Record<string, string>>
  readonly logFile: string
}

/** Starts a `serve` process, which adds what it logs to a file. SIGUSR2 makes its clock jump. */
export const startServing = ({ logFile, programs, settings }: Serving): Running => {
  const log = fs.createWriteStream(logFile, { flags: "a" })
  const words = [...programs.words, "--import", programs.clockJump, programs.servingProcess]
  const started = launch(words, settings, (line) => log.write(`${line}\n`))
  const note = (text: string) => `--- ${new Date().toISOString()} process ${started.pid} ${text}\n`
  log.write(note("starts"))
  void started.ended.then(({ code, signal }) => log.end(note(`ended: ${code ?? signal}`)))
  return started
}

const read = async <A>(url: string): Promise<A> => (await fetch(url)).json() as Promise<A>

/** Starts the stand-in, which adds what it says to a file, and waits until it answers. */
export const startStandIn = async (
  programs: Programs,
  options: StandInOptions,
  logFile: string
): Promise<RunningStandIn> => {
  const log = fs.createWriteStream(logFile, { flags: "a" })
  const started = launch([...programs.words, programs.standIn, JSON.stringify(options)], {}, (line) =>
    log.write(`${line}\n`)
  )
  const url = `http://127.0.0.1:${(await started.ready).slice("ready ".length)}`
  return {
    url,
    ledger: () => read(`${url}/ledger`),
    asking: () => read(`${url}/asking`),
    end: async () => {
      started.signal("SIGKILL")
      await started.ended
      log.end()
    }
  }
}
