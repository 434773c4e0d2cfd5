import { Database, PgRunLock, ReferralTables } from "@reckoner/adapters-pg"
import { ReferralOrderStore, RunLock, ShipmentStore } from "@reckoner/core/ports"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import * as Stores from "../Stores.ts"
import { type Ended, reckoner } from "../testing/childProcess.ts"
import * as ReferralRun from "./ReferralRun.ts"
import { startUserService } from "./testing/referralJobs.ts"
import { load, type OrderRow, storedOrders, type Tables } from "./testing/referralTables.ts"
import { withClient } from "../testing/onServer.ts"

// The program as it is used, with shipments, orders and runs in three databases.

interface Oracle {
  readonly now: string
  readonly input: Tables
  readonly steps: ReadonlyArray<{ readonly step: string; readonly rows: ReadonlyArray<OrderRow> }>
}

const oracle = JSON.parse(
  readFileSync(new URL("../../../core/oracles/referral-dataset-1k.json", import.meta.url), "utf8")
) as Oracle

const DAILY = ["job", "run", "sync-referral-orders"]
const AT = ["--at", oracle.now]
const BACKFILL = ["job", "run", "backfill-referral-orders"]
const IMPORT = ["job", "run", "import-legacy-commissions"]

const urlOf = (database: FreshDatabase): string => Redacted.value(database.url)

const connectionTo = (database: FreshDatabase) =>
  Layer.provideMerge(Layer.fresh(Database.SqlLive), Layer.fresh(database.layer))

let own: FreshDatabase
let logistic: FreshDatabase
let everpro: FreshDatabase
let userService: Awaited<ReturnType<typeof startUserService>>
let env: Record<string, string>
beforeAll(async () => {
  own = await freshDatabase()
  logistic = await freshDatabase()
  everpro = await freshDatabase({ migrated: false })
  await Effect.runPromise(Effect.provide(ReferralTables.setUpTarget, connectionTo(everpro)))
  await load(urlOf(logistic), oracle.input)
  userService = await startUserService(urlOf(logistic))
})
beforeEach(async () => {
  env = {
    DATABASE_URL: urlOf(own),
    LOGISTIC_DATABASE_URL: urlOf(logistic),
    EVERPRO_DATABASE_URL: urlOf(everpro),
    EVERPRO_USER_URL: userService.url,
    RECKONER_REFERRAL_OVERLAP_DAYS: "0",
    RECKONER_LOG_LEVEL: "none"
  }
  await query(everpro, "TRUNCATE everpro_data.affiliate_orders")
  await query(own, "TRUNCATE reckoner.run RESTART IDENTITY CASCADE")
})
afterAll(async () => {
  await userService.close()
  for (const database of [own, logistic, everpro]) await database.drop()
})

const query = (database: FreshDatabase, sql: string) =>
  withClient(urlOf(database), async (client) => (await client.query<Record<string, unknown>>(sql)).rows)

const rowsAfter = (step: string): ReadonlyArray<OrderRow> =>
  oracle.steps
    .find((one) => one.step === step)!
    .rows.map((row): OrderRow => ({
      ...row,
      member_id: `${row["member_id"]}`,
      affiliator_id: `${row["affiliator_id"]}`
    }))
    .toSorted((one, other) => (String(one["shipment_order_no"]) < String(other["shipment_order_no"]) ? -1 : 1))

interface Answer {
  readonly job: string
  readonly runs: ReadonlyArray<ReferralRun.Report>
  readonly durationMs: number
}

/** What a run says as JSON, which must be one line and nothing else. */
const answerOf = ({ code, stderr, stdout }: Ended): Answer => {
  expect([code, stderr, stdout.trimEnd().includes("\n")]).toStrictEqual([0, "", false])
  return JSON.parse(stdout) as Answer
}

const expectRefusal = ({ code, stderr, stdout }: Ended, exitCode: number, ...texts: ReadonlyArray<string>) => {
  expect(stderr).toMatch(/^reckoner: .*\n$/)
  for (const text of texts) expect(stderr).toContain(text)
  expect([code, stdout]).toStrictEqual([exitCode, ""])
}

const elsewhere = (url: string, change: (url: URL) => void) => {
  const changed = new URL(url)
  change(changed)
  return changed.href
}
const unreachable = (url: string) =>
  elsewhere(url, (changed) => {
    changed.port = "1"
    changed.password = "wrong-secret"
  })

describe("reckoner job run, for the referral jobs", () => {
  it("says beforehand what a run does, and leaves no trace", async () => {
    const dry = answerOf(await reckoner([...DAILY, ...AT, "--dry-run", "--json"], env))
    expect(dry.job).toBe("sync-referral-orders")
    expect(dry.runs).toMatchObject([
      { dryRun: true, runId: null, businessDate: "2023-11-05", inserted: 37, changed: 0, unchanged: 0 }
    ])
    expect([await storedOrders(urlOf(everpro)), await query(own, "SELECT id FROM reckoner.run")]).toStrictEqual([
      [],
      []
    ])
    expect(await query(own, "SELECT kind FROM reckoner.finding")).toStrictEqual([])
    const real = answerOf(await reckoner([...DAILY, ...AT, "--json"], env))
    expect(real.runs).toStrictEqual(dry.runs.map((report) => ({ ...report, dryRun: false, runId: 1 })))
  })

  it("runs the three flows to the rows of the dataset, and says so in words and as JSON", async () => {
    const first = await reckoner([...DAILY, ...AT], env)
    expect([first.code, first.stderr]).toStrictEqual([0, ""])
    expect(first.stdout).toMatch(/^sync-referral-orders for 2023-11-04 \(Asia\/Jakarta\), run 1: complete\n/)
    expect(first.stdout).toMatch(/\n {2} *inserted +37\b/)
    expect(first.stdout).toMatch(/\n {2}findings recorded +\d+ {2}see `reckoner finding list`\n/)
    expect(first.stdout).toMatch(/\nduration [^\n]+\n$/)
    expect(await storedOrders(urlOf(everpro))).toStrictEqual(rowsAfter("daily"))

    const again = answerOf(await reckoner([...DAILY, ...AT, "--json"], env))
    expect(again.runs).toMatchObject([{ runId: 2, inserted: 0, changed: 0, unchanged: 37 }])

    const backfill = answerOf(await reckoner([...BACKFILL, "--month", "2023-10", "--json"], env))
    expect(backfill.runs).toMatchObject([{ job: "backfill-referral-orders", runId: 3 }])
    expect(await storedOrders(urlOf(everpro))).toStrictEqual(rowsAfter("backfill 2023-10"))

    const moved = await reckoner(IMPORT, env)
    expect([moved.code, moved.stderr]).toStrictEqual([0, ""])
    expect(moved.stdout).toMatch(/^import-legacy-commissions, run 4: complete\n/)
    expect(moved.stdout).toMatch(/\n {2} *inserted +225\b/)
    expect(await storedOrders(urlOf(everpro))).toStrictEqual(rowsAfter("move"))

    // Everything went where it belongs.
    expect(await storedOrders(urlOf(own))).toStrictEqual([])
    expect(await storedOrders(urlOf(logistic))).toStrictEqual([])
    expect(await query(own, "SELECT job, state FROM reckoner.run ORDER BY id")).toStrictEqual(
      ["sync-referral-orders", "sync-referral-orders", "backfill-referral-orders", "import-legacy-commissions"].map(
        (job) => ({ job, state: "complete" })
      )
    )

    const counted = await query(
      own,
      "SELECT count(*)::int AS n FROM reckoner.finding f JOIN reckoner.run r ON r.id = f.first_run WHERE r.job = 'sync-referral-orders'"
    )
    const found = await reckoner(["finding", "list", "--job", "sync-referral-orders", "--limit", "1000", "--json"], env)
    const { findings, hasMore } = JSON.parse(found.stdout) as {
      readonly findings: ReadonlyArray<Record<string, unknown>>
      readonly hasMore: boolean
    }
    expect([found.code, hasMore, findings.length]).toStrictEqual([0, false, counted[0]!["n"]])
    expect(new Set(findings.map(({ job }) => job))).toStrictEqual(new Set(["sync-referral-orders"]))
    const [one] = findings
    const shown = await reckoner(["finding", "list", "--subject", String(one!["subject"])], env)
    expect(shown.stdout).toMatch(/^JOB +SUBJECT +LINE +KIND +RUN +DETAIL\n/)
    expect(shown.stdout).toContain(`${String(one!["subject"])}     -  ${String(one!["kind"])}`)
  })

  it("waits for a run on the target, or ends with 75", async () => {
    await Effect.runPromise(
      Effect.flatMap(RunLock, (lock) =>
        lock.exclusively(
          ReferralRun.LOCK,
          { waitMs: 0, onWait: Effect.void },
          Effect.promise(async () => {
            expectRefusal(await reckoner([...DAILY, ...AT, "--no-wait"], env), 75, "another run of referral-orders")
            const waited = await reckoner([...IMPORT, "--json"], { ...env, RECKONER_LOCK_WAIT_SECONDS: "1" })
            expect(waited.code).toBe(75)
            expect(waited.stderr).toContain("waiting up to 1 s for it to end")
            expect(JSON.parse(waited.stdout)).toMatchObject({ error: { code: "RunInProgress" } })
          })
        )
      ).pipe(Effect.provide(Layer.provide(PgRunLock.layer, connectionTo(everpro))))
    )
  })

  it("ends with 6 when the user service is not set or does not answer, and writes nothing", async () => {
    const { EVERPRO_USER_URL: _service, ...without } = env
    expectRefusal(await reckoner([...DAILY, ...AT], without), 6, "set EVERPRO_USER_URL")
    const away = await reckoner([...DAILY, ...AT, "--json"], { ...env, EVERPRO_USER_URL: "http://127.0.0.1:1" })
    expect(away.code).toBe(6)
    expect(JSON.parse(away.stdout)).toMatchObject({ error: { code: "Unreachable" } })
    expect(away.stderr).toContain("127.0.0.1:1")
    expect(await storedOrders(urlOf(everpro))).toStrictEqual([])
    expect(await query(own, "SELECT state, error FROM reckoner.run ORDER BY id")).toMatchObject([
      { state: "failed", error: expect.stringContaining("set EVERPRO_USER_URL") },
      { state: "failed", error: expect.stringContaining("127.0.0.1:1") }
    ])
    // The import asks nobody.
    expect(answerOf(await reckoner([...IMPORT, "--json"], without)).runs).toMatchObject([{ runId: 3 }])
  })

  it("ends with 3 when a database is away, and names it without its password", async () => {
    for (const name of ["LOGISTIC_DATABASE_URL", "EVERPRO_DATABASE_URL"]) {
      const ended = await reckoner([...DAILY, ...AT], { ...env, [name]: unreachable(env[name]!) })
      expectRefusal(ended, 3, "no PostgreSQL server answers at 127.0.0.1:1/")
      expect(ended.stderr).not.toContain("wrong-secret")
    }
    // Whoever does not need them does not notice.
    const away = {
      ...env,
      LOGISTIC_DATABASE_URL: unreachable(urlOf(own)),
      EVERPRO_DATABASE_URL: unreachable(urlOf(own))
    }
    expect((await reckoner(["finding", "list"], away)).code).toBe(0)
  })

  it("says which database lacks its tables", async () => {
    const empty = await freshDatabase({ migrated: false })
    const { pathname } = new URL(urlOf(empty))
    for (const name of ["LOGISTIC_DATABASE_URL", "EVERPRO_DATABASE_URL"]) {
      expectRefusal(await reckoner([...DAILY, ...AT], { ...env, [name]: urlOf(empty) }), 4, pathname, "table")
    }
    await empty.drop()
  })

  it("ends with 2 for what cannot be used, and asks nobody", async () => {
    const calls = userService.calls().length
    const cases = [
      [BACKFILL, {}, "--month"],
      [[...BACKFILL, "--month", "2023-13"], {}, "month"],
      [[...DAILY, "--at", "2999-01-01T00:00:00Z"], {}, "future"],
      [[...DAILY, "--month", "2023-10"], {}, "--month"],
      [DAILY, { EVERPRO_USER_URL: "ftp://127.0.0.1" }, "EVERPRO_USER_URL"],
      [DAILY, { EVERPRO_USER_CA: "/no/such/file.pem" }, "EVERPRO_USER_CA"],
      [DAILY, { EVERPRO_DATABASE_URL: "http://wrong-secret" }, "EVERPRO_DATABASE_URL"]
    ] as const
    for (const [args, change, text] of cases) {
      const ended = await reckoner(args, { ...env, ...change })
      expectRefusal(ended, 2, text)
      expect(ended.stderr).not.toContain("wrong-secret")
    }
    expect([userService.calls().length, await query(own, "SELECT id FROM reckoner.run")]).toStrictEqual([calls, []])
  })
})

describe("the ports by the settings", () => {
  it("read shipments and orders each from the database of their setting", async () => {
    const stored = {
      ...rowsAfter("daily")[0]!,
      shipment_order_no: "ONLY THERE",
      dispatch_at: null,
      delivered_at: null,
      return_at: null
    }
    await withClient(urlOf(everpro), (client) =>
      client.query(
        `INSERT INTO everpro_data.affiliate_orders
         SELECT * FROM json_populate_record(NULL::everpro_data.affiliate_orders, $1)`,
        [JSON.stringify(stored)]
      )
    )
    const found = await Effect.runPromise(
      Effect.gen(function* () {
        const shipments = yield* ShipmentStore
        const orders = yield* ReferralOrderStore
        return [
          Option.isSome(yield* shipments.shipment("SO000000000001")),
          Option.isSome(yield* orders.order("ONLY THERE")),
          (yield* orders.stored(["ONLY THERE"])).size
        ]
      }).pipe(
        Effect.provide(Layer.provideMerge(Stores.ports, connectionTo(own))),
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
      )
    )
    expect(found).toStrictEqual([true, true, 1])
  })

  it("keep a cashback that only an earlier run knew", async () => {
    const [order] = await query(
      logistic,
      `SELECT o.shipment_order_no AS no FROM popaket_logistic.shipment_orders o
       JOIN everpro_user.user_referral u ON u.user_id = o.created_by
       JOIN everpro_user.referral r ON r.entity_id = u.referral_id
       WHERE o.shipment_price > 0 AND (o.return_at BETWEEN 1696093200 AND 1698771599)
         AND o.shipment_order_no NOT IN (
           SELECT shipment_order_no FROM popaket_logistic.shipment_orders_cashback
           WHERE affiliator_total_cashback IS NOT NULL) LIMIT 1`
    )
    const policy = { ...env, RECKONER_CASHBACK_POLICY: "*=10%" }
    await reckoner([...BACKFILL, "--month", "2023-10"], policy)
    const filled = await storedOrders(urlOf(everpro))
    const repeated = answerOf(await reckoner([...BACKFILL, "--month", "2023-10", "--json"], env))
    expect([order === undefined, repeated.runs[0]?.changed]).toStrictEqual([false, 0])
    expect(await storedOrders(urlOf(everpro))).toStrictEqual(filled)
  })
})
