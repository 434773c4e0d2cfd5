/** Kills, stops, freezes and confuses, one after the other and one during another, and measures what comes of it. */
import type { Fleet, Place } from "./fleet.ts"
import { type Disturbance, DOWN_MS_MAX, FREEZE_MS, type Kind, STOP_DEADLINE_MS } from "./plan.ts"
import type { Recovery, Watch } from "./watch.ts"

/** What is disturbed. */
export interface Arena {
  readonly fleet: Fleet
  readonly watch: Watch
  /** Whether the database is that of the one process, and ends with it. */
  readonly isEmbedded: boolean
  /** Stops the database at once, and starts it after so long, or lets the process do so. */
  readonly stopDatabase: (downMs: number) => Promise<void>
  /** From 0 to 1, without 1. */
  readonly random: () => number
  readonly say: (text: string) => void
}

/** One disturbance: how those executions that it hit went on. */
export interface Done {
  readonly kind: Kind
  readonly recovery: Recovery
  /** When all of it was as before, as far as it is known: until then others are measured with it. */
  endMs: number
}

export interface Outcome {
  readonly done: ReadonlyArray<Done>
  readonly violations: ReadonlyArray<string>
  /** Disturbances that found no work left. */
  readonly tooLate: number
}

const CLOCK_JUMPS = 3
const CLOCK_JUMP_EVERY_MS = 4_000
const MS_PER_SECOND = 1000

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const exclusively = async (place: Place, act: () => Promise<void>): Promise<void> => {
  const { process } = place
  place.isBusy = true
  try {
    await act()
  } finally {
    if (place.process === process) place.isBusy = false
  }
}

/** Carries out disturbances at their times, as long as there is work. */
export const disturb = async (
  { fleet, isEmbedded, random, say, stopDatabase, watch }: Arena,
  planned: ReadonlyArray<Disturbance>,
  isWorkLeft: () => boolean
): Promise<Outcome> => {
  const done: Array<Done> = []
  const violations: Array<string> = []
  const beside: Array<Promise<void>> = []
  const startedAtMs = performance.now()
  let tooLate = 0

  const note = (kind: Kind, recovery: Recovery, what: string): Done => {
    const one = { kind, recovery, endMs: Number.POSITIVE_INFINITY }
    done.push(one)
    const seconds = ((performance.now() - startedAtMs) / MS_PER_SECOND).toFixed(1).padStart(6)
    say(`${seconds} s  ${what}, ${recovery.executions} executions under way; ${watch.counts().ended} have ended`)
    return one
  }
  const nameOf = ({ number, process }: Place): string => `process ${process.pid} of place ${number}`

  const kill = async (): Promise<void> => {
    const place = await fleet.choose()
    const { process } = place
    const victims = watch.runningIn(process.pid)
    process.signal("SIGKILL")
    const one = note("kill", watch.follow(victims), `kill -9 of ${nameOf(place)}`)
    await process.ended
    one.endMs = performance.now()
  }

  const stop = async (): Promise<void> => {
    const downMs = Math.round(random() * DOWN_MS_MAX)
    const what = isEmbedded ? "process and database stopped at once" : `database stopped at once, for ${downMs} ms`
    const one = note("database stop", watch.follow(watch.running()), what)
    beside.push(stopDatabase(downMs).then(() => void (one.endMs = performance.now())))
  }

  const freeze = async (): Promise<void> => {
    const place = await fleet.choose()
    const { process } = place
    const one = note("freeze", watch.follow(watch.runningIn(process.pid)), `${nameOf(place)} frozen`)
    const thaw = exclusively(place, async () => {
      process.signal("SIGSTOP")
      await sleep(FREEZE_MS)
      process.signal("SIGCONT")
      one.endMs = performance.now()
    })
    beside.push(thaw)
  }

  const jump = async (): Promise<void> => {
    const place = await fleet.choose()
    const { process } = place
    const under = watch.follow(watch.runningIn(process.pid))
    const one = note("clock jump", under, `the clock of ${nameOf(place)} jumps by an hour, and back twice`)
    const jumps = async () => {
      for (let count = 0; count < CLOCK_JUMPS && place.process === process; count += 1) {
        process.signal("SIGUSR2")
        await sleep(CLOCK_JUMP_EVERY_MS)
      }
      one.endMs = performance.now()
    }
    beside.push(jumps())
  }

  const terminate = async (): Promise<void> => {
    const place = await fleet.choose()
    const { process } = place
    const name = nameOf(place)
    const one = note("termination", watch.follow(watch.runningIn(process.pid)), `${name} told to stop`)
    const stopping = async () => {
      place.isBusy = true
      process.signal("SIGTERM")
      const ended = await Promise.race([process.ended, sleep(STOP_DEADLINE_MS)])
      if (ended === undefined) {
        violations.push(`${name} had not stopped after ${STOP_DEADLINE_MS} ms`)
        process.signal("SIGKILL")
      } else if (ended.code !== 0) violations.push(`${name} ended with ${ended.code ?? ended.signal} when told to stop`)
      one.endMs = performance.now()
    }
    beside.push(stopping())
  }

  const acts: Readonly<Record<Kind, () => Promise<void>>> = {
    kill,
    "database stop": stop,
    freeze,
    "clock jump": jump,
    termination: terminate
  }
  // One that had to wait for a process to be there puts off the others: none is made up for at once.
  let lateMs = 0
  for (const { atMs, kind } of planned) {
    const dueMs = startedAtMs + atMs + lateMs
    await sleep(Math.max(0, dueMs - performance.now()))
    if (isWorkLeft()) await acts[kind]()
    else tooLate += 1
    lateMs += Math.max(0, performance.now() - dueMs)
  }
  await Promise.all(beside)
  return { done, violations, tooLate }
}

/** How long it took until the first, and until all, of the executions that were hit went on. */
export interface Recovered {
  readonly count: number
  readonly firstMs: Spread | undefined
  readonly allMs: Spread | undefined
}

export interface Figures {
  readonly count: number
  /** How long the disturbance itself lasted: the database was away, the process took to stop. */
  readonly lastedMs: Spread | undefined
  /** Of all that hit something. */
  readonly recovered: Recovered
  /** Of those into which no stop of the database and no freeze fell. */
  readonly recoveredAlone: Recovered
}

export interface Spread {
  readonly median: number
  readonly max: number
}

const spreadOf = (values: ReadonlyArray<number>): Spread | undefined => {
  const sorted = [...values].sort((one, other) => one - other)
  if (sorted.length === 0) return undefined
  return { median: Math.round(sorted.at(sorted.length / 2)!), max: Math.round(sorted.at(-1)!) }
}

const recoveredOf = (measured: ReadonlyArray<Done>): Recovered => ({
  count: measured.length,
  firstMs: spreadOf(measured.map(({ recovery }) => recovery.firstMs!)),
  allMs: spreadOf(measured.map(({ recovery }) => recovery.lastMs!))
})

/** The figures of a kind. */
export const figuresOf = (all: ReadonlyArray<Done>, kind: Kind): Figures => {
  const ofKind = all.filter((one) => one.kind === kind)
  const measured = ofKind.filter(({ recovery }) => recovery.lastMs !== undefined)
  const long = all.filter((one) => one.kind === "database stop" || one.kind === "freeze")
  const isAlone = (one: Done) =>
    long.every(
      (other) =>
        other === one ||
        other.recovery.atMs >= one.recovery.atMs + one.recovery.lastMs! ||
        one.recovery.atMs >= other.endMs
    )
  return {
    count: ofKind.length,
    lastedMs: spreadOf(ofKind.map(({ endMs, recovery }) => endMs - recovery.atMs)),
    recovered: recoveredOf(measured),
    recoveredAlone: recoveredOf(measured.filter(isAlone))
  }
}
