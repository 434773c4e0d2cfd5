import { Database, PgExecutions } from "@reckoner/adapters-pg"
import { ExecutionStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest"
import { createDatabase, dropDatabase } from "../../../adapters-pg/src/testing/databases.ts"
import { check, type Findings } from "../../chaos/engine/check.ts"
import { makeFolder, type OwnServer, startOwnServer } from "../../chaos/engine/ownServer.ts"
import { JOB, type Payout, STEPS } from "../../chaos/engine/payout.ts"
import { fromSources } from "../../chaos/engine/programs.ts"
import * as processes from "../../chaos/engine/processes.ts"
import { migrate } from "../../chaos/entitlements/gym.ts"
import { freePort } from "./testing/freePort.ts"
import { withClient } from "../testing/onServer.ts"

// The small form of `npm run chaos -- engine`: the processes are those of `serve`, with its own timings, and so are
// the kills. What is waited for is looked up in the database and at the stand-in.

const POLL_MS = 50
const PATIENCE_MS = 60_000
/** Far below the time after which the sweeper finds an execution. */
const TAKEOVER_MS_MAX = 20_000
const ANSWER_MS = 150
const EXECUTIONS_MAX = 8

/** A database, a stand-in, and processes that work with both. */
interface Arena {
  readonly standIn: processes.RunningStandIn
  readonly query: <Row extends object>(text: string) => Promise<ReadonlyArray<Row>>
  readonly start: (mode: "cluster" | "alone") => Promise<processes.Running>
  readonly begin: (count: number, pauseMs?: number) => Promise<void>
  /** Waits until all have succeeded, and looks whether everything is as it must be. */
  readonly complete: () => Promise<Findings>
  readonly close: () => Promise<void>
}

const waitUntil = async (what: string, isSo: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> => {
  const deadlineMs = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const openArena = async (url: string, isDeduplicating = true): Promise<Arena> => {
  const folder = makeFolder()
  const standIn = await processes.startStandIn(
    fromSources,
    { seed: 3, answerMs: ANSWER_MS, isMoody: false, isDeduplicating },
    path.join(folder, "stand-in.log")
  )
  const store = PgExecutions.layer.pipe(
    Layer.provide(
      Layer.provideMerge(Database.SqlLive, Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url))))
    )
  )
  const started: Array<processes.Running> = []
  let begun = 0
  const query: Arena["query"] = (text) => withClient(url, async (client) => (await client.query(text)).rows)
  return {
    standIn,
    query,
    start: async (mode) => {
      const cluster = mode === "cluster" ? { RECKONER_CLUSTER: `127.0.0.1:${await freePort()}` } : {}
      const process = processes.startServing({
        programs: fromSources,
        settings: {
          ...cluster,
          DATABASE_URL: url,
          RECKONER_PORT: "0",
          RECKONER_EXECUTIONS_MAX: String(EXECUTIONS_MAX),
          RECKONER_SCHEDULE: "off",
          CHAOS_BANK: JSON.stringify({ url: standIn.url, timeoutMs: PATIENCE_MS })
        },
        logFile: path.join(folder, "serve.log")
      })
      started.push(process)
      await process.ready
      return process
    },
    begin: (count, pauseMs = 0) =>
      Effect.runPromise(
        ExecutionStore.use((store) =>
          Effect.forEach(Array.from({ length: count }), () => {
            const payout: Payout = { key: `balance-${begun++}`, pauseMs }
            return store.create({ job: JOB, businessKey: payout.key }, payout)
          })
        ).pipe(Effect.asVoid, Effect.provide(store))
      ),
    complete: async () => {
      await waitUntil("all have succeeded", async () => {
        const rows = await query("SELECT 1 FROM reckoner.execution WHERE state <> 'succeeded' LIMIT 1")
        return rows.length === 0
      })
      return withClient(url, async (client) => check(client, await standIn.ledger(), begun))
    },
    close: async () => {
      for (const process of started) process.signal("SIGKILL")
      await Promise.all(started.map(({ ended }) => ended))
      await standIn.end()
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** The keys of the executions for which a process waits for an answer. */
const askedBy = async ({ standIn }: Arena, { pid }: processes.Running): Promise<ReadonlyArray<string>> =>
  (await standIn.asking()).filter(({ process }) => process === pid).map(({ key }) => key.slice(0, key.lastIndexOf("/")))

/** Waits until a process works on several executions, and gives them with the name under which it does. */
const working = async (arena: Arena, process: processes.Running) => {
  let keys: ReadonlyArray<string> = []
  await waitUntil("the process works", async () => (keys = await askedBy(arena, process)).length >= 3)
  return keys
}

/** Waits until executions have moved on, or have been begun in another process than the one that ran them. */
const takenOver = async (arena: Arena, keys: ReadonlyArray<string>, from: string): Promise<void> => {
  const list = keys.map((key) => `'${key}'`).join(", ")
  await waitUntil(
    "others have taken over",
    async () => {
      const left = await arena.query(
        `SELECT 1 FROM reckoner.execution WHERE business_key IN (${list}) AND
           (runner = '${from}' OR runner IS NULL) AND state IN ('running', 'pending')`
      )
      return left.length === 0
    },
    TAKEOVER_MS_MAX
  )
}

/** The name under which a process runs an execution. */
const runnerOf = async (arena: Arena, [key]: ReadonlyArray<string>): Promise<string> => {
  const [row] = await arena.query<{ runner: string }>(
    `SELECT runner FROM reckoner.execution WHERE business_key = '${key}'`
  )
  return row!.runner
}

const onFreshDatabase = () => {
  const name = `reckoner_engine_${process.pid}_${randomBytes(6).toString("hex")}`
  return {
    create: () => createDatabase(inject("adminUrl"), name, inject("templateDatabase")),
    drop: () => dropDatabase(inject("adminUrl"), name)
  }
}

afterAll(processes.killAll)

describe("two processes", () => {
  const database = onFreshDatabase()
  let arena: Arena
  let pair: Array<processes.Running> = []

  beforeAll(async () => {
    arena = await openArena(await database.create())
  })
  beforeEach(async () => {
    pair = pair.filter(({ upForMs }) => upForMs() !== undefined)
    pair.push(...(await Promise.all(Array.from({ length: 2 - pair.length }, () => arena.start("cluster")))))
  })
  afterAll(async () => {
    await arena.close()
    await database.drop()
  })

  it("share the work, whatever the clock of one of them says", async () => {
    const [one, other] = pair as [processes.Running, processes.Running]
    await arena.begin(24, 2_000)
    await Promise.all([working(arena, one), working(arena, other)])
    one.signal("SIGUSR2")
    const ended = async () => (await arena.query(`SELECT 1 FROM reckoner.execution WHERE state = 'succeeded'`)).length
    await waitUntil("some have ended", async () => (await ended()) >= 6)
    one.signal("SIGUSR2")
    const found = await arena.complete()
    expect(found.violations).toStrictEqual([])
    expect(found.sleeps).toBe(24)
    expect(found.sleepLateMsMax).toBeLessThan(TAKEOVER_MS_MAX)
    // Nobody was killed, so nothing was asked for twice.
    expect(found.requests).toBe(24 * STEPS.length)
  })

  it("hand over at once when one of them is told to stop, and no step is cut off", async () => {
    const stopped = pair[0]!
    const before = await arena.complete()
    await arena.begin(24)
    const keys = await working(arena, stopped)
    const runner = await runnerOf(arena, keys)
    stopped.signal("SIGTERM")
    await takenOver(arena, keys, runner)
    expect(await stopped.ended).toStrictEqual({ code: 0, signal: null })
    const found = await arena.complete()
    expect(found.violations).toStrictEqual([])
    expect(found.requests - before.requests).toBe(24 * STEPS.length)
  })

  it("finish what one of them had begun when it was killed", async () => {
    const killed = pair[0]!
    await arena.begin(24, 500)
    const keys = await working(arena, killed)
    const runner = await runnerOf(arena, keys)
    killed.signal("SIGKILL")
    await takenOver(arena, keys, runner)
    expect((await arena.complete()).violations).toStrictEqual([])
  })

  it("take over from one that is frozen for longer than its lease, and it does no harm when it wakes", async () => {
    const frozen = pair[0]!
    await arena.begin(24)
    const keys = await working(arena, frozen)
    const runner = await runnerOf(arena, keys)
    frozen.signal("SIGSTOP")
    await takenOver(arena, keys, runner)
    frozen.signal("SIGCONT")
    expect((await arena.complete()).violations).toStrictEqual([])
  })
})

describe("one process", () => {
  const database = onFreshDatabase()
  let arena: Arena | undefined
  afterEach(async () => {
    await arena?.close()
    arena = undefined
    await database.drop()
  })

  it.each([
    ["does nothing twice where the outside system knows its keys", true],
    ["is found out where the outside system has forgotten its keys", false]
  ])("goes on where it was after it was killed, and %s", async (_, isDeduplicating) => {
    arena = await openArena(await database.create(), isDeduplicating)
    const killed = await arena.start("alone")
    await arena.begin(12, 1_000)
    await working(arena, killed)
    killed.signal("SIGKILL")
    await arena.start("alone")
    const { repeatedEffects, violations } = await arena.complete()
    if (isDeduplicating) return expect(violations).toStrictEqual([])
    expect(repeatedEffects).toBeGreaterThan(0)
    expect(violations).toHaveLength(1)
    expect(violations[0]).toContain("keys have more than one effect")
  })
})

describe("a server that stops in the middle", () => {
  let server: OwnServer
  let arena: Arena | undefined
  beforeAll(async () => {
    server = await startOwnServer({ fsync: "off" })
  })
  afterEach(() => arena?.close())
  afterAll(() => server.remove())

  it("loses nothing, and the processes go on by themselves when it is back", async () => {
    await migrate(server.adminUrl)
    arena = await openArena(server.adminUrl)
    const process = await arena.start("cluster")
    await arena.begin(16, 500)
    await working(arena, process)
    await server.stop()
    await server.start()
    expect((await arena.complete()).violations).toStrictEqual([])
    expect(process.upForMs()).toBeGreaterThan(0)
  })
})
