import { Database, Migrations, PgRunLock } from "@reckoner/adapters-pg"
import { RunLock } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { rowsOf } from "../../../adapters-pg/src/testing/gymData.ts"
import * as SampleData from "../demo/SampleData.ts"
import { JOB } from "../entitlement/SyncEntitlements.ts"
import { type Ended, reckoner, startReckoner } from "../testing/childProcess.ts"

const RUN = ["job", "run", JOB]

let database: FreshDatabase
let env: Record<string, string>

const use = async (fresh: Promise<FreshDatabase>) => {
  database = await fresh
  env = { DATABASE_URL: Redacted.value(database.url) }
}

const load = () =>
  Effect.runPromise(Effect.provide(SampleData.load, Layer.provideMerge(Database.SqlLive, database.layer)))

const granted = () =>
  rowsOf<{ row: string }>(
    env["DATABASE_URL"]!,
    `SELECT concat_ws('|', q.dok, q.art, q.sdate, q.edate, d.art, d.qty) AS row
     FROM gym.gym_quota q JOIN gym.gym_quotad d ON d.quota = q.id ORDER BY q.dok, q.art, d.art`
  ).then((rows) => rows.map(({ row }) => row))

const counted = async (table: string) => (await rowsOf(env["DATABASE_URL"]!, `SELECT 1 FROM ${table}`)).length

/** Holds the job's lock for as long as the work takes. */
const whileLocked = (work: () => Promise<void>) =>
  Effect.runPromise(
    Effect.flatMap(RunLock, (lock) =>
      lock.exclusively(JOB, { waitMs: 0, onWait: Effect.void }, Effect.promise(work))
    ).pipe(Effect.provide(Layer.provide(PgRunLock.layer, database.layer)))
  )

const expectRefusal = ({ code, stderr, stdout }: Ended, exitCode: number, text: string) => {
  expect(stderr).toMatch(/^reckoner: .*\n$/)
  expect(stderr).toContain(text)
  expect([code, stdout]).toStrictEqual([exitCode, ""])
}

const ROWS = [
  "1001|100|2026-02-12|2026-03-12|100|1.000",
  "1002|100|2026-02-28|2026-03-31|100|1.000",
  "1003|104|2026-02-15|2026-05-15|104|10.000",
  "1004|106|2026-03-05|2026-03-06|106|1.000",
  "1005|110|2026-02-20|2026-03-20|100|2.000",
  "1005|110|2026-02-20|2026-03-20|101|8.000",
  "1005|110|2026-02-20|2026-03-20|102|8.000",
  "1006|101|2026-03-01|2026-04-01|101|5.000",
  "1007|103|2026-03-10|2026-04-10|103|4.000",
  "1008|108|2026-03-05|2026-04-05|108|1.000",
  "1009|105|2026-03-01|2026-04-01|105|5.000",
  "1012|111|2026-02-28|2026-03-28|101|1.000",
  "1012|111|2026-02-28|2026-03-28|103|0.500",
  "1012|111|2026-02-28|2026-03-28|105|3.000"
]

afterEach(() => database.drop())

describe("reckoner on migrated tables", () => {
  beforeEach(() => use(freshDatabase()))

  it("grants what is due, once", async () => {
    await load()
    const expected = {
      job: JOB,
      businessDate: "2026-03-05",
      invoices: { read: 11, granted: 10, held: 1, nothingToGrant: 0 },
      entitlements: 10,
      items: 14,
      releasedHolds: 0,
      findings: { InvoiceBeforeAnchor: 1, LineWithoutSubscription: 1, RhythmUndefined: 1, SeveralSubscriptions: 1 },
      holds: { EmptyPackage: 1 }
    }
    const at = ["--at", "2026-03-06T01:30:00+05:30", "--json"]

    const dry = await reckoner([...RUN, ...at, "--dry-run"], env)
    const { durationMs: _dry, ...planned } = JSON.parse(dry.stdout) as Record<string, unknown>
    expect([dry.code, dry.stderr, dry.stdout.trimEnd().includes("\n")]).toStrictEqual([0, "", false])
    expect(planned).toStrictEqual({ ...expected, dryRun: true, runId: null })
    expect([await granted(), await counted("reckoner.run")]).toStrictEqual([[], 0])

    const first = await reckoner([...RUN, ...at], env)
    const { durationMs, ...report } = JSON.parse(first.stdout) as Record<string, unknown>
    expect([first.code, first.stderr, typeof durationMs]).toStrictEqual([0, "", "number"])
    expect(report).toStrictEqual({ ...expected, dryRun: false, runId: 1 })
    expect(await granted()).toStrictEqual(ROWS)

    const second = await reckoner(RUN, env)
    expect([second.code, second.stderr]).toStrictEqual([0, ""])
    expect(second.stdout).toMatch(/^sync-entitlements for \d{4}-\d\d-\d\d, run 2: complete\n/)
    expect(second.stdout).toMatch(/\n {2}entitlements written +0\n/)
    expect(await granted()).toStrictEqual(ROWS)
  })

  it("leaves invoices before the first date alone, the flag before the setting", async () => {
    await load()
    const late = { ...env, RECKONER_FROM_DATE: "2026-03-06" }
    const none = await reckoner([...RUN, "--dry-run", "--json"], late)
    expect(JSON.parse(none.stdout)).toMatchObject({ invoices: { read: 0 } })
    const all = await reckoner([...RUN, "--dry-run", "--json", "--from", "2026-03-05"], late)
    expect(JSON.parse(all.stdout)).toMatchObject({ invoices: { read: 11 } })
  })

  it("lists findings and held invoices", async () => {
    await load()
    await reckoner(RUN, env)
    const one = await reckoner(["finding", "list", "--kind", "LineWithoutSubscription", "--json"], env)
    expect(JSON.parse(one.stdout)).toStrictEqual({
      findings: [
        {
          job: JOB,
          kind: "LineWithoutSubscription",
          subject: "1009",
          lineId: "11",
          detail: { articleId: 107 },
          firstRun: 1
        }
      ],
      hasMore: false
    })
    const two = await reckoner(["finding", "list", "--invoice", "1009", "--limit", "1"], env)
    expect(two.stdout).toMatch(
      /^JOB +SUBJECT {2}LINE {2}KIND +RUN {2}DETAIL\nsync-entitlements +1009 .*\nThere are more: raise --limit\.\n$/
    )
    for (const asked of [
      ["--invoice", "0001009"],
      ["--subject", "1009"],
      ["--job", JOB, "--subject", "1009"]
    ]) {
      const same = await reckoner(["finding", "list", ...asked, "--limit", "1"], env)
      expect(same.stdout).toBe(two.stdout)
    }
    const other = await reckoner(["finding", "list", "--job", "sync-referral-orders"], env)
    expect(other.stdout).toBe("No findings.\n")
    const held = await reckoner(["invoice", "held"], env)
    expect(held.stdout).toContain(
      '1010          1         1            -  line 12: EmptyPackage {"path":[112],"articleId":112}'
    )
    const heldJson = await reckoner(["invoice", "held", "--all", "--json"], env)
    expect(JSON.parse(heldJson.stdout)).toStrictEqual({
      held: [
        {
          invoiceId: "1010",
          reasons: [{ lineId: "12", kind: "EmptyPackage", path: [112], articleId: 112 }],
          firstRun: 1,
          lastRun: 1,
          releasedRun: null
        }
      ],
      hasMore: false
    })
  })

  it("writes the same rows when two processes run at once", async () => {
    await load()
    const ended = await Promise.all([reckoner([...RUN, "--json"], env), reckoner([...RUN, "--json"], env)])
    expect(ended.map(({ code }) => code)).toStrictEqual([0, 0])
    const written = ended.map(({ stdout }) => (JSON.parse(stdout) as { entitlements: number }).entitlements)
    expect(written.toSorted((one, other) => one - other)).toStrictEqual([0, 10])
    expect(await granted()).toStrictEqual(ROWS)
  })

  it("ends with 75 when another run is in progress", async () => {
    await whileLocked(async () => {
      expectRefusal(await reckoner([...RUN, "--no-wait"], env), 75, `another run of ${JOB} is in progress`)
      const waited = await reckoner([...RUN, "--json"], { ...env, RECKONER_LOCK_WAIT_SECONDS: "1" })
      expect(waited.code).toBe(75)
      expect(waited.stderr).toContain("waiting up to 1 s for it to end")
      expect(JSON.parse(waited.stdout)).toStrictEqual({
        error: {
          code: "RunInProgress",
          message: `another run of ${JOB} is in progress, and had not ended after 1 s: try again when it has ended`
        }
      })
    })
  })

  it.each(["SIGINT", "SIGTERM"] as const)("stops with 130 on %s", async (signal) => {
    await whileLocked(async () => {
      const waiting = startReckoner(RUN, env)
      await waiting.sees(/waiting up to 600 s/)
      waiting.child.kill(signal)
      const { code, stderr, stdout } = await waiting.ended
      expect([code, stdout]).toStrictEqual([130, ""])
      expect(stderr.split("\n").slice(1)).toStrictEqual(["reckoner: interrupted", ""])
    })
  })

  it("refuses tables of a newer release", async () => {
    await rowsOf(
      env["DATABASE_URL"]!,
      "INSERT INTO reckoner.schema_migrations (migration_id, name) VALUES (999, 'from_the_future')"
    )
    for (const args of [RUN, ["finding", "list"], ["serve"], ["migrate"]]) {
      expectRefusal(await reckoner(args, env), 4, "use a newer release")
    }
  })
})

describe("reckoner on an empty database", () => {
  beforeEach(() => use(freshDatabase({ migrated: false })))

  it("asks for the tables, then makes them", async () => {
    for (const args of [RUN, ["invoice", "held"], ["serve"]]) {
      expectRefusal(await reckoner(args, env), 4, "run `reckoner migrate`")
    }
    const made = await reckoner(["migrate", "--json"], env)
    expect(made.code).toBe(0)
    expect(JSON.parse(made.stdout)).toMatchObject({
      applied: [
        "0001_gym",
        "0002_reckoner",
        "0003_engine",
        "0004_rate_limits",
        "0005_operations",
        "0006_findings_and_windows",
        "0007_referral_commissions",
        "0008_commission_approvals"
      ],
      version: Migrations.LATEST
    })
    const again = await reckoner(["migrate"], env)
    expect([again.code, again.stderr]).toStrictEqual([0, ""])
    expect(again.stdout).toMatch(/^Nothing to do: the tables in .* are at version \d+\.\n$/)
  })

  it("refuses what cannot be reached, with one line and no password", async () => {
    const { hostname, port } = new URL(env["DATABASE_URL"]!)
    const cases = [
      ["postgres://nobody:wrong-secret@127.0.0.1:1/x", 3, "no PostgreSQL server answers at 127.0.0.1:1/x"],
      ["postgres://nobody:wrong-secret@nowhere.invalid/x", 3, "no PostgreSQL server answers at nowhere.invalid:5432/x"],
      [`postgres://nobody:wrong-secret@${hostname}:${port}/postgres`, 3, "refused the login"],
      [env["DATABASE_URL"]!.replace(/[^/]+$/, "no_such_database"), 3, "there is no such database"],
      ["http://wrong-secret", 2, "DATABASE_URL holds a value that cannot be used"]
    ] as const
    for (const [url, exitCode, text] of cases) {
      const ended = await reckoner(RUN, { DATABASE_URL: url })
      expectRefusal(ended, exitCode, text)
      expect(ended.stderr).not.toContain("wrong-secret")
    }
  })
})
