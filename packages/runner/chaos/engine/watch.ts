/** Looks at the executions from outside, ten times a second, and says how soon those that were disturbed go on. */
import * as fs from "node:fs"
import pg from "pg"
import { JOB } from "./payout.ts"
import type { RunningStandIn } from "./processes.ts"

const POLL_MS = 100
const COUNT_EVERY_POLLS = 10

/** An execution at one moment. */
export interface Seen {
  readonly id: string
  readonly key: string
  readonly state: string
  readonly runner: string | null
  readonly handover: number
  readonly begins: number
  readonly recorded: number
}

/** What became of executions that ran in a place of disturbance. Times are in milliseconds since then. */
export interface Recovery {
  readonly atMs: number
  readonly executions: number
  firstMs: number | undefined
  lastMs: number | undefined
}

export interface Counts {
  readonly known: number
  readonly ended: number
  readonly succeeded: number
}

export interface Watch {
  /** What runs, as it was seen last. */
  readonly running: () => ReadonlyArray<Seen>
  /** What runs in a process, as it was seen last. */
  readonly runningIn: (pid: number) => ReadonlyArray<Seen>
  /** Watches until each of them is begun by another process, has recorded something, or runs no more. */
  readonly follow: (victims: ReadonlyArray<Seen>) => Recovery
  readonly counts: () => Counts
  readonly end: () => Promise<void>
}

const SEEN_SQL = `
  SELECT id::text, business_key AS key, state, runner, handover, begins_in_vain AS begins,
    (SELECT count(*)::int FROM reckoner.execution_step s WHERE s.execution = e.id AND s.state = 'succeeded') AS recorded
  FROM reckoner.execution e WHERE job = '${JOB}' AND (state = 'running' OR id = ANY ($1::bigint[]))`
const COUNTS_SQL = `
  SELECT count(*)::int AS known, count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded,
    count(*) FILTER (WHERE state IN ('succeeded', 'failed', 'cancelled'))::int AS ended
  FROM reckoner.execution WHERE job = '${JOB}'`

const hasGoneOn = (before: Seen, now: Seen): boolean =>
  now.recorded > before.recorded ||
  ["waiting", "succeeded", "failed", "cancelled"].includes(now.state) ||
  (now.runner !== null && now.runner !== before.runner)

interface Followed {
  readonly recovery: Recovery
  readonly open: Map<string, Seen>
}

/** Watches the database of a URL, which may change, and be away. What is seen to change is written to a file. */
export const startWatch = (urlNow: () => string | undefined, standIn: RunningStandIn, traceFile: string): Watch => {
  const trace = fs.createWriteStream(traceFile)
  let traced: ReadonlyMap<string, string> = new Map()
  let client: pg.Client | undefined
  let running: ReadonlyArray<Seen> = []
  let counts: Counts = { known: 0, ended: 0, succeeded: 0 }
  let isOver = false
  let followed: Array<Followed> = []
  const votes = new Map<number, Map<string, number>>()

  const connected = async (): Promise<pg.Client> => {
    if (client !== undefined) return client
    const url = urlNow()
    if (url === undefined) throw new Error("no server runs")
    const made = new pg.Client({ connectionString: url, application_name: "chaos", connectionTimeoutMillis: 2_000 })
    made.on("error", () => {})
    await made.connect()
    return (client = made)
  }

  /** Whoever asks for a key now runs its execution: so the process of a runner is known. */
  const vote = (asking: Awaited<ReturnType<RunningStandIn["asking"]>>): void => {
    const runners = new Map(running.map(({ key, runner }) => [key, runner]))
    for (const { key, process } of asking) {
      const runner = runners.get(key.slice(0, key.lastIndexOf("/")))
      if (runner === undefined || runner === null) continue
      const of = votes.get(process) ?? new Map<string, number>()
      votes.set(process, of.set(runner, (of.get(runner) ?? 0) + 1))
    }
  }

  const settle = (seen: ReadonlyMap<string, Seen>): void => {
    for (const { open, recovery } of followed) {
      for (const [id, before] of open) {
        const now = seen.get(id)
        if (now === undefined || !hasGoneOn(before, now)) continue
        open.delete(id)
        recovery.firstMs ??= performance.now() - recovery.atMs
        if (open.size === 0) recovery.lastMs = performance.now() - recovery.atMs
      }
    }
    followed = followed.filter(({ open }) => open.size > 0)
  }

  const tell = (rows: ReadonlyArray<Seen>): void => {
    const now = new Map(
      rows.map(({ begins, handover, key, recorded, runner, state }) => [
        key,
        `${state} in ${runner ?? "no process"}, handover ${handover}, ${recorded} recorded, ${begins} times begun since`
      ])
    )
    const at = new Date().toISOString()
    for (const [key, text] of now) if (traced.get(key) !== text) trace.write(`${at} ${key} ${text}\n`)
    for (const key of traced.keys()) if (!now.has(key)) trace.write(`${at} ${key} does not run\n`)
    traced = now
  }

  const poll = async (polls: number): Promise<void> => {
    const database = await connected()
    const ids = followed.flatMap(({ open }) => [...open.keys()])
    const { rows } = await database.query<Seen>(SEEN_SQL, [ids])
    running = rows.filter(({ state }) => state === "running")
    tell(rows)
    settle(new Map(rows.map((row) => [row.id, row])))
    vote(await standIn.asking())
    if (polls % COUNT_EVERY_POLLS === 0) counts = (await database.query<Counts>(COUNTS_SQL)).rows.at(0)!
  }

  const loop = async (): Promise<void> => {
    for (let polls = 0; ; polls += 1) {
      if (isOver) break
      try {
        await poll(polls)
      } catch {
        await client?.end().catch(() => {})
        client = undefined
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    await client?.end().catch(() => {})
  }
  const over = loop()

  return {
    running: () => running,
    runningIn: (pid) => {
      const [best] = [...(votes.get(pid) ?? [])].sort(([, one], [, other]) => other - one)
      return best === undefined ? [] : running.filter(({ runner }) => runner === best[0])
    },
    follow: (victims) => {
      const recovery: Recovery = {
        atMs: performance.now(),
        executions: victims.length,
        firstMs: undefined,
        lastMs: undefined
      }
      if (victims.length > 0) followed.push({ recovery, open: new Map(victims.map((one) => [one.id, one])) })
      return recovery
    },
    counts: () => counts,
    end: async () => {
      isOver = true
      await over
      trace.end()
    }
  }
}
