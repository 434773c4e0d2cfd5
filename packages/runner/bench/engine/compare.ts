/** One run of a contender: its processes, from their start to the check of what they have done. */
import { freePort } from "../../src/engine/testing/freePort.ts"
import * as chain from "./chain.ts"
import { withClient } from "../../src/testing/onServer.ts"
import { prepare } from "./database.ts"
import * as processes from "./processes.ts"
import { serverCpu } from "./serverCpu.ts"

export const NAMES = ["limit", "ours", "pg-boss", "pg-boss-batches"] as const
/** `pg-boss-batches` has as many keys in a job as ours in an execution. */
export type Name = (typeof NAMES)[number]

export interface Plan {
  readonly name: Name
  readonly processes: number
  readonly keys: number
  readonly batch: number
  readonly seed: number
  readonly execArgv: ReadonlyArray<string>
}

export interface Measured {
  readonly name: Name
  readonly processes: number
  readonly keys: number
  /** From the first start until all keys have ended and nothing is left in the queue. */
  readonly seconds: number
  readonly keysPerSecond: number
  /** Until the last key had ended that was never to fail. */
  readonly smoothSeconds: number
  readonly cpuSeconds: number
  readonly serverCpuSeconds: number | null
  readonly peakMiB: ReadonlyArray<number>
  readonly meanMiB: ReadonlyArray<number>
}

const POLL_INTERVAL_MS = 5
const QUEUE_POLL_INTERVAL_MS = 50
/** After so long without a key that ended, something is wrong. */
const PATIENCE_MS = 120_000
/** Until processes that were started together have shared the work. */
const SETTLE_MS = 3_000

const programOf = async ({ batch, name, processes }: Plan): Promise<processes.Program> => {
  if (name === "limit") return { file: "limit.ts", words: [] }
  if (name === "pg-boss") return { file: "pgBoss.ts", words: ["1"] }
  if (name === "pg-boss-batches") return { file: "pgBoss.ts", words: [String(batch)] }
  return { file: "ours.ts", words: processes === 1 ? ["embedded"] : ["cluster", String(await freePort())] }
}

/** What is still on its way, apart from the keys. */
const leftSql = (name: Name): string => {
  if (name === "limit") return "SELECT 0 AS left"
  if (name === "ours") {
    return "SELECT count(*)::int AS left FROM reckoner.execution WHERE state IN ('pending', 'running', 'waiting')"
  }
  return `SELECT count(*)::int AS left FROM pgboss.job
    WHERE name IN ('collect', 'decide', 'pay', 'settle') AND state IN ('created', 'retry', 'active')`
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const check = (url: string, name: Name): Promise<void> =>
  withClient(url, async (client) => {
    const found: Record<string, number> = (await client.query(chain.faultsSql)).rows[0]
    const wrong = Object.entries(found).filter(([, count]) => count > 0)
    if (wrong.length > 0) {
      throw new Error(`${name}: ${wrong.map(([what, count]) => `${count} keys ${what}`).join(", ")}`)
    }
    if (name !== "ours") return
    const failed = "SELECT count(*)::int AS n FROM reckoner.execution WHERE state <> 'succeeded'"
    const { n } = (await client.query(failed)).rows[0]
    if (n > 0) throw new Error(`ours: ${n} executions have not succeeded`)
  })

const smoothSeconds = (url: string, startedAtMs: number): Promise<number> =>
  withClient(url, async (client) => (await client.query(chain.smoothSecondsSql, [startedAtMs / 1000])).rows[0].seconds)

/** Runs one contender on a fresh database. */
export const measure = async (adminUrl: string, plan: Plan): Promise<Measured> => {
  const { batch, execArgv, keys, name, seed } = plan
  const url = await prepare(adminUrl, chain.prepareSql(keys, seed))
  const running: Array<processes.Running> = []
  for (let index = 0; index < plan.processes; index += 1) {
    running.push(await processes.run(await programOf(plan), url, execArgv))
  }
  const crashed = Promise.race(running.map((process) => process.crashed))
  crashed.catch(() => {})
  await Promise.race([pause(SETTLE_MS), crashed])
  const cpu = await serverCpu(url)
  for (const process of running) process.begin()
  const cpuBefore = cpu()

  const startedAt = performance.now()
  const startedAtMs = Date.now()
  running.at(0)?.start({ keys, batch })
  const ended = () => running.reduce((sum, process) => sum + process.ended(), 0)
  let [seen, seenAt] = [0, startedAt]
  const patience = (count: number) => {
    if (count !== seen) [seen, seenAt] = [count, performance.now()]
    if (performance.now() - seenAt > PATIENCE_MS)
      throw new Error(`${name} stands still with ${ended()} of ${keys} keys`)
  }
  while (ended() < keys) {
    await Promise.race([pause(POLL_INTERVAL_MS), crashed])
    patience(ended())
  }
  await withClient(url, async (client) => {
    const left = async (): Promise<number> => (await client.query(leftSql(name))).rows[0].left
    for (let count = await left(); count > 0; count = await left()) {
      await Promise.race([pause(QUEUE_POLL_INTERVAL_MS), crashed])
      patience(-count)
    }
  })
  const seconds = (performance.now() - startedAt) / 1000
  const cpuAfter = cpu()
  const smooth = await smoothSeconds(url, startedAtMs)
  const usages = await Promise.all(running.map((process) => process.stop()))
  await check(url, name)
  return {
    name,
    processes: plan.processes,
    keys,
    seconds,
    keysPerSecond: keys / seconds,
    smoothSeconds: smooth,
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    serverCpuSeconds: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
    peakMiB: usages.map(({ peakMiB }) => peakMiB),
    meanMiB: usages.map(({ meanMiB }) => meanMiB)
  }
}
