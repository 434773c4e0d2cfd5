/**
 * Processes of the daily job that are killed, again and again, and what must
 * hold after each kill: whatever is stored is right, and the next run completes it.
 */
import { type ChildProcess, spawn } from "node:child_process"
import type { Program } from "../entitlements/jobProcess.ts"
import * as orders from "./orders.ts"

/** Where the job works, how it is started, and how long an undisturbed process takes there. */
export interface Arena {
  readonly url: string
  readonly userServiceUrl: string
  readonly program: Program
  readonly expected: number
  readonly undisturbedMs: number
  /** From 0 to 1, without 1. */
  readonly random: () => number
  readonly say: (text: string) => void
}

/** What came of the kills: how many of them found the table partly written. */
export interface Outcome {
  readonly kills: number
  readonly partly: number
  readonly completedFirst: number
}

interface Ended {
  readonly code: number | null
  readonly output: string
}

const running = new Set<ChildProcess>()

/** Ends whatever is still running, when a test failed in between. */
export const killAll = (): void => {
  for (const child of running) child.kill("SIGKILL")
}

const start = ({ program, url, userServiceUrl }: Pick<Arena, "program" | "url" | "userServiceUrl">) => {
  const { DATABASE_URL: _server, NODE_OPTIONS: _options, ...environment } = process.env
  const settings = { DATABASE_URL: url, EVERPRO_USER_URL: userServiceUrl, RECKONER_LOG_LEVEL: "none" }
  const args = ["job", "run", "sync-referral-orders", "--at", orders.AT, "--json"]
  const child = spawn(process.execPath, [...program, ...args], {
    env: { ...environment, ...settings },
    stdio: ["ignore", "pipe", "pipe"]
  })
  running.add(child)
  let output = ""
  child.stdout.on("data", (data) => (output += data))
  child.stderr.on("data", (data) => (output += data))
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code) => {
      running.delete(child)
      resolve({ code, output })
    })
  )
  return { ended, kill: () => child.kill("SIGKILL") }
}

const wellEnded = ({ code, output }: Ended): void => {
  if (code !== 0) throw new Error(`the job ended with ${code}: ${output}`)
}

/** Runs the job to its end, which must be a good one, and says how long it took. */
export const complete = async (arena: Pick<Arena, "program" | "url" | "userServiceUrl">): Promise<number> => {
  const startedAt = performance.now()
  wellEnded(await start(arena).ended)
  return performance.now() - startedAt
}

const sleep = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms))

const mustBeRight = async ({ url }: Arena, when: string): Promise<number> => {
  const found = await orders.stored(url)
  if (found.wrong > 0) throw new Error(`${found.wrong} orders are not what they must be ${when}`)
  return found.orders
}

const mustBeComplete = async (arena: Arena, when: string): Promise<void> => {
  const found = await mustBeRight(arena, when)
  if (found !== arena.expected) throw new Error(`${found} of ${arena.expected} orders are stored ${when}`)
}

/** Kills the job so many times, each at a random moment of its expected life. Work done before a kill stays. */
export const endure = async (arena: Arena, wanted: number): Promise<Outcome> => {
  const { expected, random, say, undisturbedMs, url } = arena
  let partly = 0
  let completedFirst = 0
  for (let kills = 0; kills < wanted;) {
    const job = start(arena)
    const afterMs = random() * undisturbedMs
    const ended = await Promise.race([job.ended, sleep(afterMs)])
    if (ended !== undefined) {
      wellEnded(ended)
      await mustBeComplete(arena, "after a run that was not killed")
      await orders.empty(url)
      completedFirst++
      continue
    }
    job.kill()
    const { code } = await job.ended
    // It may have ended well at the very last moment; it counts as a kill only when it did not.
    if (code === 0) continue
    kills++
    await mustBeRight(arena, `at once after kill ${kills}`)
    await orders.untilQuiet(url)
    const found = await mustBeRight(arena, `after kill ${kills}`)
    if (found > 0 && found < expected) partly++
    say(`kill ${kills} after ${afterMs.toFixed(0)} ms: ${found} of ${expected} orders`)
    if (found === expected) await orders.empty(url)
  }
  await complete(arena)
  await mustBeComplete(arena, "at the end")
  return { kills: wanted, partly, completedFirst }
}

/** Two processes at the same instant give the rows of one; when one of them is killed, the other sees it through. */
export const race = async (arena: Arena, killsOne: boolean): Promise<void> => {
  await orders.empty(arena.url)
  const both = [start(arena), start(arena)]
  if (killsOne) {
    await sleep(arena.random() * arena.undisturbedMs)
    both[arena.random() < 0.5 ? 0 : 1]!.kill()
  }
  const ends = await Promise.all(both.map(({ ended }) => ended))
  const survivors = ends.filter(({ code }) => code === 0).length
  if (survivors < (killsOne ? 1 : 2)) {
    throw new Error(`two jobs at once: ${ends.map(({ code, output }) => `${code} ${output}`).join(" and ")}`)
  }
  await orders.untilQuiet(arena.url)
  await mustBeComplete(arena, killsOne ? "when one of two was killed" : "after two at once")
}
