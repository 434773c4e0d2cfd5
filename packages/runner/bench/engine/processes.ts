/** The parent's side of the processes under test. */
import { fork, type ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Order, Said, Told, Usage } from "./contender.ts"

/** What runs: a file of this folder and its words. */
export interface Program {
  readonly file: string
  readonly words: ReadonlyArray<string>
}

export interface Running {
  readonly begin: () => void
  readonly start: (order: Order) => void
  /** How many keys it has brought to their end. */
  readonly ended: () => number
  /** Rejects when the process ends before it was told to. */
  readonly crashed: Promise<never>
  readonly stop: () => Promise<Usage>
}

const children = new Set<ChildProcess>()

/** Where Node.js reads TypeScript itself, the processes are spared a loader. */
const isTypeScriptNative = (): boolean => Boolean((process.features as { readonly typescript?: unknown }).typescript)
const loader = isTypeScriptNative() ? [] : ["--import", "tsx"]
const conditions = process.execArgv.filter((word) => word.startsWith("--conditions"))

/** Starts a program of this folder. */
export const launch = ({ file, words }: Program, url: string, execArgv: ReadonlyArray<string>): ChildProcess => {
  const { DATABASE_URL: _, NODE_OPTIONS: __, ...env } = process.env
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...words], {
    execArgv: [...loader, ...conditions, ...execArgv],
    env: { ...env, DATABASE_URL: url, NODE_ENV: "production" }
  })
  children.add(child)
  child.once("exit", () => children.delete(child))
  return child
}

/** Ends what still runs. */
export const killAll = (): void => {
  for (const child of children) child.kill("SIGKILL")
}

/** Starts a contender, and waits until it takes work. */
export const run = async (program: Program, url: string, execArgv: ReadonlyArray<string>): Promise<Running> => {
  const child = launch(program, url, execArgv)
  const say = (said: Said): void => void child.send(said)
  let ended = 0
  let ready: () => void
  let bye: (usage: Usage) => void
  const isReady = new Promise<void>((resolve) => (ready = resolve))
  const isOver = new Promise<Usage>((resolve) => (bye = resolve))
  let isToldToStop = false
  const crashed = new Promise<never>((_, reject) => {
    child.once("exit", (code, signal) => {
      if (!isToldToStop) reject(new Error(`${program.file} ended with ${code ?? signal} in the middle`))
    })
  })
  crashed.catch(() => {})
  const left = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  child.on("message", (told: Told) => {
    if (told._tag === "Ready") ready()
    if (told._tag === "Ended") ended += told.count
    if (told._tag === "Bye") bye(told.usage)
  })
  await Promise.race([isReady, crashed])
  return {
    begin: () => say({ _tag: "Begin" }),
    start: (order) => say({ _tag: "Start", order }),
    ended: () => ended,
    crashed,
    stop: async () => {
      isToldToStop = true
      say({ _tag: "Stop" })
      const usage = await Promise.race([isOver, left.then(() => undefined)])
      if (usage === undefined) throw new Error(`${program.file} ended before it said what it used`)
      await left
      return usage
    }
  }
}
