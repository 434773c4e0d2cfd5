/** What executions cost that wait for a signal: memory, processor time, space, and the time of the engine's statements. */
import { Database, PgExecutions } from "@reckoner/adapters-pg"
import { ExecutionQueue, ExecutionReport, ExecutionStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import type { ChildProcess } from "node:child_process"
import * as Settings from "../../src/engine/Settings.ts"
import * as chain from "./chain.ts"
import { withClient } from "../../src/testing/onServer.ts"
import { prepare } from "./database.ts"
import { launch } from "./processes.ts"
import { serverCpu } from "./serverCpu.ts"
import { type IdleCost, JOB, SIGNAL, type WaiterOrder } from "./waiterOrder.ts"

export interface Waiting {
  readonly waiting: number
  /** From the first start until all wait. */
  readonly parkSeconds: number
  readonly parkPeakMiB: number
  /** From the start of a process until it takes work, with all of them there. */
  readonly startSeconds: number
  readonly idle: IdleCost
  readonly serverCpuSecondsPerMinute: number | null
  readonly bytesPerExecution: Readonly<Record<string, number>>
  /** Medians, in milliseconds. */
  readonly statementMs: Readonly<Record<"claim" | "sweep" | "backlog", number>>
  /** From a signal until the execution has succeeded: signalled in the process that runs it, and in another. */
  readonly latencyMs: { readonly here: ReadonlyArray<number>; readonly elsewhere: ReadonlyArray<number> }
}

const WARM_UP_SECONDS = 5
const POLL_INTERVAL_MS = 200
const LATENCY_POLL_INTERVAL_MS = 1
/** After so long without one more that waits, something is wrong. */
const PATIENCE_MS = 120_000
const REPEATS = 30
const SIGNALS = 10
/** Between signals from another process, so that they come at all moments between two looks of the engine. */
const SIGNAL_GAP_MS = 137
const SECONDS_PER_MINUTE = 60

const SIZES_SQL = `
  SELECT n.nspname || '.' || c.relname AS name, pg_table_size(c.oid)::float8 AS rows, pg_indexes_size(c.oid)::float8 AS indexes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND (n.nspname = 'reckoner_engine' OR (n.nspname = 'reckoner' AND c.relname IN ('execution', 'execution_step')))`

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const answerOf = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const crash = (code: number | null) => reject(new Error(`the process ended with ${code}`))
    child.once("exit", crash)
    child.once("message", ({ answer }: { readonly answer: unknown }) => {
      child.off("exit", crash)
      resolve(answer)
    })
  })
const ask = <Answer>(child: ChildProcess, order: WaiterOrder): Promise<Answer> => {
  const answer = answerOf(child)
  child.send(order)
  return answer as Promise<Answer>
}

const open = async (url: string, execArgv: ReadonlyArray<string>): Promise<ChildProcess> => {
  const child = launch({ file: "waiter.ts", words: [] }, url, execArgv)
  await answerOf(child)
  return child
}
const close = async (child: ChildProcess): Promise<void> => {
  const left = new Promise((resolve) => child.once("exit", resolve))
  await ask(child, { _tag: "Stop" })
  await left
}

/** The ports, in a process that runs nothing. */
const portsOn = (url: string) => {
  const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url)))
  return ManagedRuntime.make(Layer.provide(PgExecutions.layer, Layer.provideMerge(Database.SqlLive, database)))
}
type Ports = ReturnType<typeof portsOn>

const statementMs = (ports: Ports): Promise<Waiting["statementMs"]> => {
  const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.map(
      Effect.forEach(Array.from({ length: REPEATS }), () =>
        Effect.suspend(() => {
          const startedAt = performance.now()
          return Effect.map(effect, () => performance.now() - startedAt)
        })
      ),
      median
    )
  return ports.runPromise(
    Effect.gen(function* () {
      const queue = yield* ExecutionQueue
      const report = yield* ExecutionReport
      const claim = { runner: "nobody", jobs: [JOB], residentMax: Settings.DEFAULTS.residentMax }
      return {
        claim: yield* timed(queue.claim(claim)),
        sweep: yield* timed(queue.sweep(Settings.DEFAULTS)),
        backlog: yield* timed(report.backlog)
      }
    })
  )
}

const signalElsewhere = (ports: Ports, key: string): Promise<number> =>
  ports.runPromise(
    Effect.gen(function* () {
      const store = yield* ExecutionStore
      const found = yield* Effect.flatMap(store.find({ job: JOB, businessKey: key }), Effect.fromOption)
      const startedAt = performance.now()
      yield* store.signal(found.id, SIGNAL, "yes")
      const state = Effect.map(Effect.flatMap(store.get(found.id), Effect.fromOption), (execution) => execution.state)
      while ((yield* state) !== "succeeded") yield* Effect.sleep(LATENCY_POLL_INTERVAL_MS)
      return performance.now() - startedAt
    })
  )

const sizes = (url: string, waiting: number): Promise<Readonly<Record<string, number>>> =>
  withClient(url, async (client) => {
    await client.query("VACUUM (ANALYZE)")
    const { rows } = await client.query<{ name: string; rows: number; indexes: number }>(SIZES_SQL)
    const sum = (isCounted: (name: string) => boolean, part: "rows" | "indexes") =>
      Math.round(rows.filter(({ name }) => isCounted(name)).reduce((total, row) => total + row[part], 0) / waiting)
    const isOurs = (name: string) => name.startsWith("reckoner.")
    return {
      rows: sum(isOurs, "rows"),
      indexes: sum(isOurs, "indexes"),
      "of the workflow engine": sum((name) => !isOurs(name), "rows") + sum((name) => !isOurs(name), "indexes")
    }
  })

const untilAllWait = (url: string, count: number): Promise<void> =>
  withClient(url, async (client) => {
    const text = "SELECT count(*)::int AS n FROM reckoner.execution WHERE state = 'waiting'"
    let [seen, seenAt] = [0, performance.now()]
    while (seen < count) {
      await pause(POLL_INTERVAL_MS)
      const { n } = (await client.query(text)).rows[0]
      if (n !== seen) [seen, seenAt] = [n, performance.now()]
      if (performance.now() - seenAt > PATIENCE_MS) throw new Error(`${seen} of ${count} executions wait, and no more`)
    }
  })

const peakMiBOf = async (child: ChildProcess): Promise<number> =>
  (await ask<IdleCost>(child, { _tag: "Idle", seconds: 0 })).peakMiB

/** Starts so many executions, lets them wait, and measures. */
export const measureWaiting = async (
  adminUrl: string,
  waiting: number,
  idleSeconds: number,
  execArgv: ReadonlyArray<string>
): Promise<Waiting> => {
  const url = await prepare(adminUrl, [])
  const parking = await open(url, execArgv)
  const startedAt = performance.now()
  await ask(parking, { _tag: "Start", range: { from: 0, to: waiting } })
  await untilAllWait(url, waiting)
  const parkSeconds = (performance.now() - startedAt) / 1000
  const parkPeakMiB = await peakMiBOf(parking)
  await close(parking)
  const bytesPerExecution = await sizes(url, waiting)

  const openedAt = performance.now()
  const serving = await open(url, execArgv)
  const startSeconds = (performance.now() - openedAt) / 1000
  const ports = portsOn(url)
  try {
    await ask(serving, { _tag: "Idle", seconds: WARM_UP_SECONDS })
    const cpu = await serverCpu(url)
    const before = cpu()
    const idle = await ask<IdleCost>(serving, { _tag: "Idle", seconds: idleSeconds })
    const after = cpu()
    const here = await ask<ReadonlyArray<number>>(serving, { _tag: "Signal", range: { from: 0, to: SIGNALS } })
    const elsewhere: Array<number> = []
    for (const [index, key] of chain.keysOf({ from: SIGNALS, to: 2 * SIGNALS }).entries()) {
      await pause(index * SIGNAL_GAP_MS)
      elsewhere.push(await signalElsewhere(ports, key))
    }
    return {
      waiting,
      parkSeconds,
      parkPeakMiB,
      startSeconds,
      idle,
      serverCpuSecondsPerMinute:
        before === null || after === null ? null : ((after - before) * SECONDS_PER_MINUTE) / idleSeconds,
      bytesPerExecution,
      statementMs: await statementMs(ports),
      latencyMs: { here, elsewhere }
    }
  } finally {
    await ports.dispose()
    await close(serving)
  }
}
