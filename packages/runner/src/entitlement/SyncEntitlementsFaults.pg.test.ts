import { PlainDate } from "@reckoner/core"
import type { StoreReason } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { randomBytes } from "node:crypto"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest"
import { createDatabase, dropDatabase } from "../../../adapters-pg/src/testing/databases.ts"
import * as gym from "../../chaos/entitlements/gym.ts"
import * as inProcess from "../../chaos/entitlements/inProcess.ts"
import type * as SyncEntitlements from "./SyncEntitlements.ts"
import { withClient } from "../testing/onServer.ts"

// What the database does to a run in its middle. `gym.prepare` knows what must come out by a set-based statement.

const INVOICES = 8_000
const SEED = 11

// 600,000 rows to read for 10,000 invoices: more than the batches under way and all buffers in between can hold.
const WIDE = [
  "INSERT INTO gym.sif_pod VALUES (1, 'Company', true)",
  "INSERT INTO gym.sif_oj VALUES (1, 1, 'Department', true)",
  "INSERT INTO gym.osn_setoj VALUES (1, 1, 'OJ_CLAN', 'F')",
  "INSERT INTO gym.m_kupljeno VALUES (1, 1, 50)",
  "INSERT INTO gym.sif_art VALUES (1, 'Article', 'N')",
  "INSERT INTO gym.osn_zad SELECT i, 1, 1, date '2026-01-01' + i, 'M', 1 FROM generate_series(1, 60) i",
  "INSERT INTO gym.dok SELECT i, 1, 1, '2026-06-15' FROM generate_series(1, 10000) i",
  "INSERT INTO gym.dok_items SELECT i, i, 1, 1 FROM generate_series(1, 10000) i",
  "VACUUM (ANALYZE)"
]

const nameOf = (purpose: string) => `reckoner_${purpose}_${process.pid}_${randomBytes(6).toString("hex")}`

interface Prepared {
  readonly name: string
  readonly expected: gym.Digest
}

const prepare = async (purpose: string, fill: ReadonlyArray<string>): Promise<Prepared> => {
  const name = nameOf(purpose)
  const url = await createDatabase(inject("adminUrl"), name, inject("templateDatabase"))
  const expected = await gym.prepare(url, fill, () => inProcess.run(url))
  await gym.untilQuiet(url)
  return { name, expected }
}

let many: Prepared
let wide: Prepared
beforeAll(async () => {
  many = await prepare("many", gym.generated(INVOICES, SEED))
  wide = await prepare("wide", WIDE)
})
afterAll(async () => {
  for (const { name } of [many, wide]) await dropDatabase(inject("adminUrl"), name)
})

let name: string
let url: string
const copyOf = async (prepared: Prepared) => {
  name = nameOf("copy")
  url = await createDatabase(inject("adminUrl"), name, prepared.name)
}
beforeEach(() => copyOf(many))
afterEach(() => dropDatabase(inject("adminUrl"), name))

const query = async (sql: string): Promise<ReadonlyArray<Record<string, unknown>>> =>
  withClient(url, async (client) => (await client.query(sql)).rows)

const connections = (which: string) =>
  query(`SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'reckoner%' AND (${which})`)

const READER = "query LIKE '%COPY (%' AND state = 'active'"
const WRITERS = "application_name = 'reckoner-bulk' AND query NOT LIKE '%COPY (%'"
const LOCK = "application_name = 'reckoner-lock'"
const BLOCKED = "wait_event_type = 'Lock'"

const until = async (what: string, condition: () => Promise<boolean>) => {
  for (let attempt = 0; !(await condition()); attempt++) {
    if (attempt > 2_000) throw new Error(`this did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const terminate = async (which: string) => {
  const pids = (await connections(which)).map(({ pid }) => pid)
  if (pids.length === 0) throw new Error(`there is no connection with ${which}`)
  await query(`SELECT pg_terminate_backend(pid) FROM unnest('{${pids.join(",")}}'::int[]) pid`)
  await until("the end of a connection", async () => (await connections(`pid IN (${pids.join(",")})`)).length === 0)
}

/** Lets a function act on the n-th write of items, inside its transaction. */
const onWrite = async (n: number, action: string) => {
  await query("CREATE SEQUENCE chaos.writes")
  await query(`CREATE FUNCTION chaos.fault() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF nextval('chaos.writes') >= ${n} THEN ${action} END IF; RETURN NEW; END $$`)
}

const lastRun = async () => (await query("SELECT state, error FROM reckoner.run ORDER BY id DESC LIMIT 1"))[0]!

/** The run failed for that reason, left whole invoices of a part of the set, and said so in its record. */
const mustHaveFailed = async (
  outcome: Awaited<ReturnType<typeof inProcess.attempt>>,
  reason: StoreReason,
  expected: gym.Digest,
  minimum = 1
) => {
  const failure = Result.isFailure(outcome) ? outcome.failure : undefined
  expect(failure?._tag === "StoreError" ? failure.reason : outcome).toBe(reason)
  await gym.untilQuiet(url)
  expect(await gym.brokenInvoices(url)).toBe(0)
  const { entitlements } = await gym.digest(url)
  expect([entitlements >= minimum, entitlements < expected.entitlements]).toStrictEqual([true, true])
  expect(await lastRun()).toStrictEqual({ state: "failed", error: failure?.message })
}

const mustComplete = async (expected: gym.Digest): Promise<SyncEntitlements.Report> => {
  const report = await inProcess.run(url)
  expect(await gym.digest(url)).toStrictEqual(expected)
  expect(await lastRun()).toStrictEqual({ state: "complete", error: null })
  return report
}

describe("a connection that is lost in mid-run", () => {
  it("of the reader: only whole invoices are stored, and the next run completes the set", async () => {
    await dropDatabase(inject("adminUrl"), name)
    await copyOf(wide)
    const outcome = await inProcess.attempt(
      url,
      inProcess.afterBatches(1, () => terminate(READER))
    )
    await mustHaveFailed(outcome, "ConnectionLost", wide.expected)
    expect((await mustComplete(wide.expected)).entitlements).toBeGreaterThan(0)
  })

  it("of the writers", async () => {
    const outcome = await inProcess.attempt(
      url,
      inProcess.afterBatches(1, () => terminate(WRITERS))
    )
    await mustHaveFailed(outcome, "ConnectionLost", many.expected)
    expect((await mustComplete(many.expected)).entitlements).toBeGreaterThan(0)
  })

  it("of a writer, behind the rows of its open transaction", async () => {
    await onWrite(3, "PERFORM pg_terminate_backend(pg_backend_pid());")
    await query("CREATE TRIGGER fault AFTER INSERT ON gym.gym_quotad FOR EACH STATEMENT EXECUTE FUNCTION chaos.fault()")
    const outcome = await inProcess.attempt(url)
    await mustHaveFailed(outcome, "ConnectionLost", many.expected)
    await query("DROP TRIGGER fault ON gym.gym_quotad")
    expect((await mustComplete(many.expected)).entitlements).toBeGreaterThan(0)
  })

  it("of the run lock: the run stops, since another may begin", async () => {
    const outcome = await inProcess.attempt(
      url,
      inProcess.afterBatches(1, () => terminate(LOCK))
    )
    const failure = Result.isFailure(outcome) ? outcome.failure : undefined
    expect(failure?._tag === "StoreError" ? failure.reason : outcome).toBe("ConnectionLost")
    await gym.untilQuiet(url)
    expect(await gym.brokenInvoices(url)).toBe(0)
    expect((await gym.digest(url)).entitlements).toBeLessThan(many.expected.entitlements)
    expect(await lastRun()).toStrictEqual({
      state: "failed",
      error: expect.stringMatching(/^the connection to .+ was lost/)
    })
    await mustComplete(many.expected)
  })
})

describe("a full disk", () => {
  it("stops the run with nothing half-written, and the next run completes the set", async () => {
    await onWrite(6_000, "RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file: No space left on device';")
    await query("CREATE TRIGGER fault BEFORE INSERT ON gym.gym_quotad FOR EACH ROW EXECUTE FUNCTION chaos.fault()")
    await mustHaveFailed(await inProcess.attempt(url), "StorageFull", many.expected)
    await mustHaveFailed(await inProcess.attempt(url), "StorageFull", many.expected)
    await query("DROP TRIGGER fault ON gym.gym_quotad")
    expect((await mustComplete(many.expected)).entitlements).toBeGreaterThan(0)
  })

  it("before the first row leaves nothing at all", async () => {
    await onWrite(1, "RAISE SQLSTATE '53100';")
    await query("CREATE TRIGGER fault BEFORE INSERT ON gym.gym_quotad FOR EACH ROW EXECUTE FUNCTION chaos.fault()")
    await mustHaveFailed(await inProcess.attempt(url), "StorageFull", many.expected, 0)
    expect(await gym.digest(url)).toMatchObject({ entitlements: 0, items: 0, notes: 0 })
  })
})

describe("somebody else writes the same invoices in mid-run", () => {
  // In the middle of the set, so that the run has batches before and behind them.
  const FOREIGN = "e.dok BETWEEN 4000 AND 4400"
  const headers = (condition: string) =>
    `INSERT INTO gym.gym_quota (member, art, sdate, edate, dok)
     SELECT DISTINCT member, art, sdate, edate, dok FROM chaos.expected e WHERE ${condition}`
  const items = (condition: string) =>
    `INSERT INTO gym.gym_quotad (quota, art, qty)
     SELECT q.id, e.component, e.qty FROM chaos.expected e JOIN gym.gym_quota q ON q.dok = e.dok AND q.art = e.art WHERE ${condition}`

  /** Runs the job while a transaction with these rows is open, which ends when the job waits for it. */
  const runAgainst = (statements: ReadonlyArray<string>, end: "COMMIT" | "ROLLBACK") =>
    withClient(url, async (foreign) => {
      await foreign.query("BEGIN")
      const written: Array<number | null> = []
      for (const statement of statements) written.push((await foreign.query(statement)).rowCount)
      const running = inProcess.run(url)
      await until("the job waits", async () => (await connections(BLOCKED)).length > 0)
      await foreign.query(end)
      return { report: await running, headers: written[0]! }
    })

  it("and commits: their rows and ours make the set, each once", async () => {
    const done = await runAgainst([headers(FOREIGN), items(FOREIGN)], "COMMIT")
    expect(done.headers).toBeGreaterThan(200)
    expect(done.report.entitlements).toBe(many.expected.entitlements - done.headers)
    expect(await gym.digest(url)).toStrictEqual(many.expected)
  })

  it("and rolls back: all rows are ours", async () => {
    const done = await runAgainst([headers(FOREIGN), items(FOREIGN)], "ROLLBACK")
    expect(done.report.entitlements).toBe(many.expected.entitlements)
    expect(await gym.digest(url)).toStrictEqual(many.expected)
  })

  it("and completes one article of an invoice: the whole invoice is theirs", async () => {
    const [several] = await query(
      `SELECT dok, count(DISTINCT art)::int AS articles, min(art) AS art FROM chaos.expected e
       WHERE ${FOREIGN} GROUP BY dok HAVING count(DISTINCT art) > 1 ORDER BY dok LIMIT 1`
    )
    const { art, articles, dok } = several as { art: number; articles: number; dok: string }
    const done = await runAgainst([headers(`e.dok = ${dok} AND e.art = ${art}`)], "COMMIT")
    expect(done.report.entitlements).toBe(many.expected.entitlements - articles)
    expect(await query(`SELECT art FROM gym.gym_quota WHERE dok = ${dok}`)).toStrictEqual([{ art }])
    await query(`DELETE FROM gym.gym_quota WHERE dok = ${dok}`)
    expect((await mustComplete(many.expected)).entitlements).toBe(articles)
  })
})

describe("two runs at the same instant", () => {
  it("give the rows of one: the second waits and finds nothing left", async () => {
    let waits = 0
    const onLockWait = Effect.sync(() => void waits++)
    const reports = await Promise.all([1, 2].map(() => inProcess.run(url, { onLockWait })))
    expect(reports.map((report) => report.entitlements).toSorted((a, b) => a - b)).toStrictEqual([
      0,
      many.expected.entitlements
    ])
    expect(waits).toBe(1)
    expect(await gym.digest(url)).toStrictEqual(many.expected)
  })

  it("give the rows of one without the lock as well, by the unique key", async () => {
    const outcomes = await Promise.all([1, 2].map(() => inProcess.attempt(url, { withoutLock: true })))
    // Without the lock the server may have to choose between the two; then the one it refused says so.
    const refused = outcomes.filter(Result.isFailure).map(({ failure }) => "reason" in failure && failure.reason)
    expect(refused.filter((reason) => reason !== "Conflict")).toStrictEqual([])
    const granted = outcomes.filter(Result.isSuccess).reduce((sum, { success }) => sum + success.entitlements, 0)
    if (refused.length === 0) expect(granted).toBe(many.expected.entitlements)
    expect(await gym.brokenInvoices(url)).toBe(0)
    await inProcess.run(url)
    expect(await gym.digest(url)).toStrictEqual(many.expected)
  })
})

describe("scope", () => {
  it.each([
    ["every department is inactive", "UPDATE gym.sif_oj SET fl_akt = false"],
    ["every company is inactive", "UPDATE gym.sif_pod SET fl_akt = false"],
    ["no company has the module", "UPDATE gym.m_kupljeno SET modul = 51 WHERE modul = 50"],
    ["no department has the setting", "UPDATE gym.osn_setoj SET val = 'f' WHERE sett = 'OJ_CLAN'"],
    ["there are no departments with settings at all", "TRUNCATE gym.osn_setoj, gym.m_kupljeno"]
  ])("is empty when %s", async (_, statement) => {
    await query(statement)
    const report = await inProcess.run(url)
    expect(report.invoices).toStrictEqual({ read: 0, granted: 0, held: 0, nothingToGrant: 0 })
    expect(await gym.digest(url)).toMatchObject({ entitlements: 0, items: 0, notes: 0 })
    expect(await lastRun()).toStrictEqual({ state: "complete", error: null })
  })

  it("is the same when modules are bought twice and settings are stored twice", async () => {
    await query("INSERT INTO gym.m_kupljeno SELECT id + 10000, pod, modul FROM gym.m_kupljeno")
    await query("INSERT INTO gym.osn_setoj SELECT id + 10000, oj, sett, val FROM gym.osn_setoj")
    expect((await mustComplete(many.expected)).entitlements).toBe(many.expected.entitlements)
  })

  it("begins with the first date, and a later run without one does the rest", async () => {
    const fromDate = PlainDate.parseUnsafe("2025-06-01")
    const report = await inProcess.run(url, { fromDate })
    const [inScope] = await query(
      `SELECT count(DISTINCT (e.dok, e.art))::int AS n FROM chaos.expected e JOIN gym.dok d ON d.id = e.dok WHERE d.dat >= '${fromDate}'`
    )
    expect(report.entitlements).toBe(inScope!["n"])
    expect([report.entitlements > 0, report.entitlements < many.expected.entitlements]).toStrictEqual([true, true])
    const early = await query(
      `SELECT q.dok FROM gym.gym_quota q JOIN gym.dok d ON d.id = q.dok WHERE d.dat < '${fromDate}'
       UNION ALL SELECT n.dok FROM chaos.noted n JOIN gym.dok d ON d.id = n.dok WHERE d.dat < '${fromDate}'`
    )
    expect(early).toStrictEqual([])
    expect(await gym.brokenInvoices(url)).toBe(0)
    expect((await mustComplete(many.expected)).entitlements).toBe(many.expected.entitlements - report.entitlements)
  })
})
