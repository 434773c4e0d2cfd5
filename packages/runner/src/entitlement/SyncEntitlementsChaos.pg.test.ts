import { Database } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { createDatabase, dropDatabase } from "../../../adapters-pg/src/testing/databases.ts"
import * as gym from "../../chaos/entitlements/gym.ts"
import * as jobProcess from "../../chaos/entitlements/jobProcess.ts"
import * as killing from "../../chaos/entitlements/killing.ts"
import { PROGRAM } from "../testing/childProcess.ts"
import { withClient } from "../testing/onServer.ts"

// The small form of `npm run chaos -- entitlements`: the job is a real process, and `kill -9` is real.
// Each transaction is held open for a while, so that a run is long enough to be hit in its middle.

const SEED = 3
const INVOICES = gym.generated(5_000, SEED)
const HELD_OPEN_S = 0.1
const KILLS = 3
const POLL_MS = 5

const program = PROGRAM
afterAll(jobProcess.killAll)

const until = async (what: string, condition: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; !(await condition()); attempt++) {
    if (attempt > 4_000) throw new Error(`this did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const entitlementsIn = async (url: string): Promise<number> =>
  withClient(url, async (client) => (await client.query("SELECT count(*)::int AS n FROM gym.gym_quota")).rows[0].n)

/** A transaction has written its rows and is being held open. */
const isWriting = (url: string): Promise<boolean> =>
  withClient(url, async (client) => {
    const { rows } = await client.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    return rows.length > 0
  })

describe("a job process on a server", () => {
  const name = `reckoner_chaos_${process.pid}_${randomBytes(6).toString("hex")}`
  let arena: killing.Arena
  beforeAll(async () => {
    const url = await createDatabase(inject("adminUrl"), name, inject("templateDatabase"))
    const settings = { DATABASE_URL: url }
    const expected = await gym.prepare(url, INVOICES, () => jobProcess.complete(program, settings))
    await gym.slowDown(url, HELD_OPEN_S)
    const undisturbedMs = await jobProcess.complete(program, settings)
    await gym.empty(url)
    arena = { url, program, expected, undisturbedMs, random: killing.randomOf(SEED), say: () => {} }
  })
  afterAll(() => dropDatabase(inject("adminUrl"), name))

  it("leaves whole invoices when it is killed at random moments, and completes the set", async () => {
    const { kills } = await killing.endure(arena, KILLS)
    expect(kills).toBe(KILLS)
    expect(await gym.digest(arena.url)).toStrictEqual(arena.expected)
  })

  it("leaves whole invoices when it is killed between two batches, and completes the set", async () => {
    await gym.empty(arena.url)
    const job = jobProcess.start(program, { DATABASE_URL: arena.url })
    await until("a first batch", async () => (await entitlementsIn(arena.url)) > 0)
    job.kill()
    await job.ended
    await gym.untilQuiet(arena.url)
    const { entitlements } = await gym.digest(arena.url)
    expect([entitlements > 0, entitlements < arena.expected.entitlements]).toStrictEqual([true, true])
    expect(await gym.brokenInvoices(arena.url)).toBe(0)
    await jobProcess.complete(program, { DATABASE_URL: arena.url })
    expect(await gym.digest(arena.url)).toStrictEqual(arena.expected)
  })

  it("gives the rows of one when two run at once", async () => {
    await killing.race(arena, false)
    expect(await gym.digest(arena.url)).toStrictEqual(arena.expected)
  })

  it("is seen through by a second one when it is killed", async () => {
    await killing.race(arena, true)
    expect(await gym.digest(arena.url)).toStrictEqual(arena.expected)
  })
})

describe("a job process with a server of its own", () => {
  let folder: string
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "reckoner-embedded-"))
    fs.chmodSync(folder, 0o711)
  })

  const dataDir = () => path.join(folder, "data")
  const postmaster = () => path.join(dataDir(), "pgdata", "postmaster.pid")

  /** Joins the folder's server, or starts it, as long as it is used. */
  const inFolder = <A>(use: (url: string) => Promise<A>): Promise<A> =>
    Effect.runPromise(
      Effect.flatMap(Database.Database, ({ url }) => Effect.promise(() => use(Redacted.value(url)))).pipe(
        Effect.provide(Database.layer({ url: Option.none(), dataDir: dataDir(), settings: { fsync: "off" } }))
      )
    )

  /** Looks at the running server from outside, without becoming one of its users. */
  const orphanUrl = (): string => {
    const port = fs.readFileSync(postmaster(), "utf8").split("\n")[3]
    return `postgres://postgres:${fs.readFileSync(path.join(dataDir(), "password"), "utf8")}@127.0.0.1:${port}/reckoner`
  }

  afterAll(async () => {
    jobProcess.killAll()
    // Whoever joins last takes over what was left, and stops it.
    if (fs.existsSync(postmaster())) await inFolder(async () => {})
    fs.rmSync(folder, { recursive: true, force: true })
  })

  it("is taken over by the next one after each kill, with whole invoices", async () => {
    const settings = { RECKONER_DATA: dataDir() }
    const expected = await inFolder(async (url) => {
      await gym.migrate(url)
      const found = await gym.prepare(url, INVOICES, () => jobProcess.complete(program, settings))
      await gym.slowDown(url, HELD_OPEN_S)
      return found
    })
    expect(fs.existsSync(postmaster())).toBe(false)

    const isUp = () => fs.existsSync(postmaster()) && fs.readFileSync(postmaster(), "utf8").includes("ready")
    const moments = {
      "between two batches": async () => isUp() && (await entitlementsIn(orphanUrl())) > 0,
      "in an open transaction": async () => isUp() && (await isWriting(orphanUrl()))
    }
    for (const [when, hasCome] of Object.entries(moments)) {
      const job = jobProcess.start(program, settings)
      await until(when, hasCome)
      job.kill()
      expect((await job.ended).code).toBe(null)
      const url = orphanUrl()
      expect(await gym.brokenInvoices(url)).toBe(0)
      await gym.untilQuiet(url)
      expect(await gym.brokenInvoices(url)).toBe(0)
      const stored = await entitlementsIn(url)
      expect([stored > 0, stored < expected.entitlements]).toStrictEqual([true, true])
    }

    await jobProcess.complete(program, settings)
    expect(fs.existsSync(postmaster())).toBe(false)
    expect(await inFolder(gym.digest)).toStrictEqual(expected)
  })
})
