import { Database, PgExecutions } from "@reckoner/adapters-pg"
import { ExecutionStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { freePort } from "./testing/freePort.ts"

const PROGRAM = fileURLToPath(new URL("testing/engineProcess.ts", import.meta.url))
const STEPS = 5
const POLL_INTERVAL_MS = 50
const PATIENCE_MS = 60_000
/** Longer than the lease of a shard, so that a process paused for so long has lost its share. */
const FREEZE_MS = 16_000

let database: FreshDatabase
let runtime: ManagedRuntime.ManagedRuntime<ExecutionStore | SqlClient.SqlClient, unknown>
let children: Array<ChildProcess> = []

const query = <Row extends object>(text: string) =>
  runtime.runPromise(SqlClient.SqlClient.use((sql) => sql.unsafe<Row>(text)))

beforeEach(async () => {
  database = await freshDatabase()
  const connection = Layer.provideMerge(Database.SqlLive, database.layer)
  runtime = ManagedRuntime.make(Layer.provideMerge(PgExecutions.layer, connection))
  await query("CREATE TABLE public.request (idempotency_key text NOT NULL, process integer NOT NULL)")
  await query("CREATE TABLE public.effect (idempotency_key text PRIMARY KEY)")
})
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL")
  children = []
  await runtime.dispose()
  await database.drop()
})

/** Starts a process, and waits until it takes work. */
const startProcess = async (...words: ReadonlyArray<string>): Promise<ChildProcess> => {
  const child = spawn(process.execPath, ["--import", "tsx", "--conditions=@reckoner/source", PROGRAM, ...words], {
    env: { PATH: process.env["PATH"] ?? "", DATABASE_URL: Redacted.value(database.url) },
    stdio: ["ignore", "pipe", "inherit"]
  })
  children.push(child)
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on("data", (text: Buffer) => text.includes("ready") && resolve())
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it was ready`)))
  })
  return child
}
const startInCluster = async () => startProcess("cluster", String(await freePort()))

/** What `start` writes: any process may do it. */
const begin = (count: number, pauseMs = 0) =>
  runtime.runPromise(
    Effect.gen(function* () {
      const store = yield* ExecutionStore
      for (let index = 0; index < count; index += 1) {
        const key = `balance-${index}`
        yield* store.create({ job: "payout", businessKey: key }, { key, pauseMs })
      }
    })
  )

const number = async (text: string): Promise<number> => Number((await query<{ n: bigint }>(text))[0]!.n)
const effects = () => number("SELECT count(*) AS n FROM public.effect")
const succeeded = () => number("SELECT count(*) AS n FROM reckoner.execution WHERE state = 'succeeded'")

const waitUntil = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  const deadlineMs = Date.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (Date.now() > deadlineMs) {
      const rows = await query("SELECT state, waits_for, count(*) FROM reckoner.execution GROUP BY 1, 2")
      throw new Error(`gave up waiting until ${what}: ${rows.map((row) => Object.values(row).join(" ")).join(", ")}`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS))
  }
}
const untilAllSucceeded = (count: number) => waitUntil("all have succeeded", async () => (await succeeded()) === count)

const expectOneEffectPerKey = async (count: number) => {
  expect(await effects()).toBe(count * STEPS)
  const recorded = await number(
    "SELECT count(*) AS n FROM reckoner.execution_step WHERE kind = 'step' AND name <> 'clock' AND state = 'succeeded'"
  )
  expect(recorded).toBe(count * STEPS)
  const others = await query("SELECT 1 FROM reckoner.execution_step WHERE state <> 'succeeded'")
  expect(others).toStrictEqual([])
}

const requestsByProcess = async (): Promise<ReadonlyMap<number, number>> => {
  const rows = await query<{ process: number; n: bigint }>(
    "SELECT process, count(*) AS n FROM public.request GROUP BY process"
  )
  return new Map(rows.map((row) => [row.process, Number(row.n)]))
}

describe("several processes", () => {
  it("share the work", async () => {
    const [one, other] = await Promise.all([startInCluster(), startInCluster()])
    await begin(60)
    await untilAllSucceeded(60)
    await expectOneEffectPerKey(60)
    const requests = await requestsByProcess()
    expect(new Set(requests.keys())).toStrictEqual(new Set([one.pid, other.pid]))
    // Nobody was killed, so nothing was asked for twice.
    expect([...requests.values()].reduce((sum, count) => sum + count, 0)).toBe(60 * STEPS)
  })

  it("finish what one of them had begun when it was killed", async () => {
    const [victim] = await Promise.all([startInCluster(), startInCluster()])
    await begin(60, 1_000)
    await waitUntil("the victim works", async () => ((await requestsByProcess()).get(victim.pid!) ?? 0) > 30)
    victim.kill("SIGKILL")
    expect(await succeeded()).toBeLessThan(60)
    await untilAllSucceeded(60)
    await expectOneEffectPerKey(60)
  })

  it("take over from one that is frozen for longer than its lease, and it does no harm when it wakes", async () => {
    const [frozen] = await Promise.all([startInCluster(), startInCluster()])
    await begin(60)
    await waitUntil("the victim works", async () => ((await requestsByProcess()).get(frozen.pid!) ?? 0) > 30)
    frozen.kill("SIGSTOP")
    await new Promise((resolve) => setTimeout(resolve, FREEZE_MS))
    frozen.kill("SIGCONT")
    await untilAllSucceeded(60)
    await expectOneEffectPerKey(60)
  })
})

describe("one process", () => {
  it("goes on where it was after it was killed", async () => {
    const victim = await startProcess("embedded")
    await begin(20, 2_000)
    await waitUntil("some run and some wait", async () => (await effects()) > 25)
    victim.kill("SIGKILL")
    expect(await succeeded()).toBeLessThan(20)
    await startProcess("embedded")
    await untilAllSucceeded(20)
    await expectOneEffectPerKey(20)
  })
})
