/** The side of the process under test: it does what the parent says, and tells how far it is and what it used. */
import pg from "pg"

/** What the parent tells a process. `start` goes to one of them, when all are ready. */
export interface Order {
  readonly keys: number
  readonly batch: number
}

/** What a process tells at its end: memory at its highest since it was started, and the rest since the work began. */
export interface Usage {
  readonly peakMiB: number
  readonly meanMiB: number
  readonly cpuSeconds: number
}

export type Told =
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Ended"; readonly count: number }
  | { readonly _tag: "Bye"; readonly usage: Usage }

export type Said =
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Start"; readonly order: Order }
  | { readonly _tag: "Stop" }

/** A way to do the work. */
export interface Contender {
  /** Brings all keys on their way; the work may go on after it. */
  readonly start: (order: Order) => Promise<void>
  readonly stop: () => Promise<void>
}

const SAMPLE_INTERVAL_MS = 200
const TELL_INTERVAL_MS = 20
const MIB = 1024 * 1024
const OUTSIDE_CONNECTIONS_MAX = 4

const tell = (message: Told): void => void process.send?.(message)

/** What the parent says of the data. */
export const databaseUrl = (): string => process.env["DATABASE_URL"] ?? ""

/** The connections of the outside system, apart from all others. */
export const outsidePool = (): pg.Pool =>
  new pg.Pool({ connectionString: databaseUrl(), max: OUTSIDE_CONNECTIONS_MAX, application_name: "bench-outside" })

const sampling = () => {
  const sample = () => process.memoryUsage.rss() / MIB
  const samples = [sample()]
  const before = process.cpuUsage()
  const timer = setInterval(() => samples.push(sample()), SAMPLE_INTERVAL_MS)
  return (): Usage => {
    clearInterval(timer)
    const { system, user } = process.cpuUsage(before)
    return {
      peakMiB: process.resourceUsage().maxRSS / 1024,
      meanMiB: samples.reduce((total, one) => total + one, 0) / samples.length,
      cpuSeconds: (system + user) / 1e6
    }
  }
}

/** Serves one run. `open` is given what counts keys that have reached their end. */
export const serve = async (open: (ended: (count: number) => void) => Promise<Contender>): Promise<void> => {
  let untold = 0
  const telling = setInterval(() => {
    if (untold > 0) tell({ _tag: "Ended", count: untold })
    untold = 0
  }, TELL_INTERVAL_MS)
  const contender = await open((count) => void (untold += count))
  let usage: (() => Usage) | undefined
  process.on("message", (said: Said) => {
    if (said._tag === "Begin") usage = sampling()
    if (said._tag === "Start") {
      contender.start(said.order).catch((error: unknown) => {
        console.error(error)
        process.exit(1)
      })
    }
    if (said._tag === "Stop") {
      const used = (usage ?? sampling())()
      clearInterval(telling)
      void contender.stop().then(() => {
        tell({ _tag: "Bye", usage: used })
        process.disconnect()
      })
    }
  })
  tell({ _tag: "Ready" })
}
