/**
 * Runs of the job that are killed, again and again, and what must hold after
 * each: only whole invoices.
 */
import * as gym from "./gym.ts"
import * as jobProcess from "./jobProcess.ts"

/** Where the job works, how it is started, and how long an undisturbed run takes there. */
export interface Arena {
  readonly url: string
  readonly program: jobProcess.Program
  readonly expected: gym.Digest
  readonly undisturbedMs: number
  /** From 0 to 1, without 1. */
  readonly random: () => number
  readonly say: (text: string) => void
}

/** What came of the kills. `inMidRun` found a run begun and not ended, `withRowsMissing` the set partly there. */
export interface Outcome {
  readonly kills: number
  readonly inMidRun: number
  readonly withRowsMissing: number
  readonly completedFirst: number
}

const settingsOf = ({ url }: Arena) => ({ DATABASE_URL: url })
const sleep = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms))

/** Numbers that look random and are the same for the same seed (mulberry32). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const mustBeWhole = async ({ url }: Arena, when: string): Promise<void> => {
  const broken = await gym.brokenInvoices(url)
  if (broken > 0) throw new Error(`${broken} invoices are not whole ${when}`)
}

/** The whole set, and nothing else. */
export const mustBeComplete = async ({ expected, url }: Arena, when: string): Promise<gym.Digest> => {
  const found = await gym.digest(url)
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`not the expected rows ${when}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`)
  }
  return found
}

/** Kills the job so many times, each at a random moment of its expected life. Work done before a kill stays. */
export const endure = async (arena: Arena, wanted: number): Promise<Outcome> => {
  const { expected, program, random, say, undisturbedMs, url } = arena
  let inMidRun = 0
  let withRowsMissing = 0
  let completedFirst = 0
  for (let kills = 0; kills < wanted;) {
    const earlierRun = await gym.latestRun(url)
    const job = jobProcess.start(program, settingsOf(arena))
    const afterMs = random() * undisturbedMs
    const ended = await Promise.race([job.ended, sleep(afterMs)])
    if (ended !== undefined) {
      jobProcess.wellEnded(ended)
      await mustBeComplete(arena, "after a run that was not killed")
      await gym.empty(url)
      completedFirst++
      continue
    }
    job.kill()
    const { code } = await job.ended
    // It may have ended well at the very last moment; it counts as a kill only when it did not.
    if (code === 0) continue
    kills++
    await mustBeWhole(arena, `at once after kill ${kills}`)
    await gym.untilQuiet(url)
    await mustBeWhole(arena, `after kill ${kills}`)
    const wasOpen = await gym.isRunOpenSince(url, earlierRun)
    const { items } = await gym.digest(url)
    if (wasOpen) inMidRun++
    if (wasOpen && items > 0 && items < expected.items) withRowsMissing++
    say(
      `kill ${kills} after ${afterMs.toFixed(0)} ms: ${wasOpen ? "in mid-run" : "no run open"}, ${items} of ${expected.items} items`
    )
    if (items === expected.items) await gym.empty(url)
  }
  await jobProcess.complete(program, settingsOf(arena))
  await mustBeComplete(arena, "at the end")
  return { kills: wanted, inMidRun, withRowsMissing, completedFirst }
}

/** Two processes at the same instant give the rows of one; when one of them is killed, the other sees it through. */
export const race = async (arena: Arena, killsOne: boolean): Promise<void> => {
  const { program, random, undisturbedMs, url } = arena
  await gym.empty(url)
  const one = jobProcess.start(program, settingsOf(arena))
  const other = jobProcess.start(program, settingsOf(arena))
  if (killsOne) {
    await sleep(random() * undisturbedMs)
    const victim = random() < 0.5 ? one : other
    victim.kill()
  }
  const codes = [(await one.ended).code, (await other.ended).code]
  const survivors = codes.filter((code) => code === 0).length
  if (survivors < (killsOne ? 1 : 2)) throw new Error(`two jobs at once ended with ${codes.join(" and ")}`)
  await gym.untilQuiet(url)
  await mustBeComplete(arena, killsOne ? "when one of two was killed" : "after two at once")
}
