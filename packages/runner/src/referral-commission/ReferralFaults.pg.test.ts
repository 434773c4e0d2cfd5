import { Database, ReferralTables } from "@reckoner/adapters-pg"
import type { ReferralDirectoryStandIn } from "@reckoner/adapters-http/stand-ins"
import type { ReferralDirectoryReason, StoreReason } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { randomBytes } from "node:crypto"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest"
import { createDatabase, dropDatabase } from "../../../adapters-pg/src/testing/databases.ts"
import * as orders from "../../chaos/referrals/orders.ts"
import type * as ReferralRun from "./ReferralRun.ts"
import { type Asked, type Places, ports, run, startUserService } from "./testing/referralJobs.ts"
import { withClient } from "../testing/onServer.ts"

// What the user service and the databases do to a run in its middle. A set-based statement says what must come out.

const ORDERS = 60_000
const MEMBERS_PER_CALL = 1_000
const DAILY: Asked = { _tag: "Daily", at: orders.AT }
const EXPECTED_ORDERS = orders.expectedOf(ORDERS)

const nameOf = (purpose: string) => `reckoner_${purpose}_${process.pid}_${randomBytes(6).toString("hex")}`

const queryOn = (at: string, sql: string) =>
  withClient(at, async (client) => (await client.query<Record<string, unknown>>(sql)).rows)

let template: string
beforeAll(async () => {
  template = nameOf("referrals")
  const at = await createDatabase(inject("adminUrl"), template, inject("templateDatabase"))
  await orders.execute(at, orders.generated(ORDERS))
})
afterAll(() => dropDatabase(inject("adminUrl"), template))

let name: string
let url: string
let userService: ReferralDirectoryStandIn.StandIn
beforeEach(async () => {
  name = nameOf("copy")
  url = await createDatabase(inject("adminUrl"), name, template)
  userService = await startUserService(url)
})
afterEach(async () => {
  await userService.close()
  await dropDatabase(inject("adminUrl"), name)
})

const query = (sql: string) => queryOn(url, sql)

interface Options {
  readonly asked?: Asked
  readonly places?: string | Places
  readonly request?: Partial<ReferralRun.Request>
  readonly attemptsMax?: number
}

const attempt = ({ asked = DAILY, attemptsMax = 2, places = url, request = {} }: Options = {}) =>
  Effect.runPromise(
    Effect.result(
      Effect.provide(
        run(asked, request),
        ports(places, { url: userService.url, deadlineMs: 1_000, attemptsMax, backoffMs: 1 })
      )
    )
  )

/** Does something once, when a number of batches has been written; the run waits for it. */
const afterBatches = (batches: number, act: () => Promise<unknown>): Pick<ReferralRun.Request, "onProgress"> => {
  let written = 0
  return { onProgress: () => Effect.promise(async () => void (++written === batches ? await act() : undefined)) }
}

const stored = () => orders.stored(url)

const lastRun = async () => (await query("SELECT state, error FROM reckoner.run ORDER BY id DESC LIMIT 1"))[0]

const mustBeComplete = async () => {
  expect(await stored()).toStrictEqual({ orders: EXPECTED_ORDERS, wrong: 0 })
  expect(await lastRun()).toStrictEqual({ state: "complete", error: null })
}

/** The next run makes the table what it must be. */
const mustComplete = async (options: Options = {}) => {
  const before = (await stored()).orders
  const [report] = Result.getOrThrow(await attempt(options))
  expect([report?.inserted, report?.changed]).toStrictEqual([EXPECTED_ORDERS - before, 0])
  await mustBeComplete()
}

/** The next run makes the table what it must be, and the one after it finds nothing to write. */
const mustRecover = async (options: Options = {}) => {
  await mustComplete(options)
  const [again] = Result.getOrThrow(await attempt(options))
  expect([again?.inserted, again?.changed]).toStrictEqual([0, 0])
}

type Reason = ReferralDirectoryReason | StoreReason

/** The run failed for that reason, and said so in its record; what it wrote is right. */
const mustHaveFailed = async (outcome: Awaited<ReturnType<typeof attempt>>, tag: string, reason: Reason) => {
  const failure = Result.isFailure(outcome) ? outcome.failure : undefined
  expect([failure?._tag, failure !== undefined && "reason" in failure && failure.reason]).toStrictEqual([tag, reason])
  expect(await lastRun()).toStrictEqual({
    state: "failed",
    error: failure?._tag === "RunLockBusy" ? "" : failure?.message
  })
  const found = await stored()
  expect([found.orders < EXPECTED_ORDERS, found.wrong]).toStrictEqual([true, 0])
  return found.orders
}

const anew = async () => {
  await userService.close()
  userService = await startUserService(url)
}

const many = (fault: ReferralDirectoryStandIn.Fault) => Array.from({ length: 200 }, () => fault)

describe("the user service", () => {
  it("is down: the run fails before it writes, and the next one makes the table", async () => {
    await userService.close()
    const outcome = await attempt()
    expect(await mustHaveFailed(outcome, "ReferralDirectoryError", "Unreachable")).toBe(0)
    expect(Result.isFailure(outcome) && "isRetryable" in outcome.failure && outcome.failure.isRetryable).toBe(true)
    userService = await startUserService(url)
    await mustRecover()
  })

  it.each([
    ["answers too late", { _tag: "Hang" }, "TooSlow"],
    ["answers what is no message of it", { _tag: "Garbage" }, "InvalidAnswer"],
    ["answers for somebody else", { _tag: "Stranger" }, "InvalidAnswer"],
    ["breaks off in the middle of its answers", { _tag: "DropHalfway" }, "Unreachable"],
    ["breaks off before it answers", { _tag: "DropAfter" }, "Unreachable"],
    ["refuses", { _tag: "Status", code: 7, message: "not for you" }, "Refused"],
    ["is overloaded", { _tag: "Status", code: 8, message: "too many" }, "Unreachable"]
  ] as const)("%s: the run fails before it writes, and the next one makes the table", async (_, fault, reason) => {
    userService.script(...many(fault))
    expect(await mustHaveFailed(await attempt(), "ReferralDirectoryError", reason)).toBe(0)
    await anew()
    await mustComplete()
  })

  it("answers twice for every member: that is one affiliate each, and no finding", async () => {
    userService.script(...many({ _tag: "Duplicate" }))
    const [report] = Result.getOrThrow(await attempt())
    expect(report?.findings["MemberWithSeveralReferrals"]).toBe(undefined)
    await mustBeComplete()
  })

  it("is away for a moment, more than once: the run does not even notice", async () => {
    const well = many({ _tag: "Delay", delayMs: 0 }).slice(0, 14)
    for (let calls = 0; calls < ORDERS / MEMBERS_PER_CALL; calls += 1 + well.length) {
      userService.script({ _tag: "DropBefore" }, ...well)
    }
    await mustComplete({ attemptsMax: 4 })
    expect(userService.calls().length).toBeGreaterThan(ORDERS / MEMBERS_PER_CALL)
  })

  it("goes away in the middle of a large run: whole batches stay, and the next run completes the table", async () => {
    let written = -1
    const outcome = await attempt({
      request: {
        onProgress: ({ ordersWritten }) =>
          Effect.promise(async () => {
            if (written < 0) await userService.close()
            written = ordersWritten
          })
      }
    })
    const kept = await mustHaveFailed(outcome, "ReferralDirectoryError", "Unreachable")
    expect(kept).toBe(written)
    expect(kept).toBeGreaterThan(0)
    userService = await startUserService(url)
    await mustRecover()
  })

  it("begins to answer nonsense in the middle of a large run", async () => {
    const outcome = await attempt({
      request: afterBatches(1, async () => userService.script(...many({ _tag: "Garbage" })))
    })
    expect(await mustHaveFailed(outcome, "ReferralDirectoryError", "InvalidAnswer")).toBeGreaterThan(0)
    await anew()
    await mustRecover()
  })

  it("is asked for each member once, in calls of at most a thousand", async () => {
    await mustRecover()
    const calls = userService.calls().map(({ memberIds }) => memberIds)
    expect(Math.max(...calls.map(({ length }) => length))).toBeLessThanOrEqual(MEMBERS_PER_CALL)
    // Two runs.
    expect(calls.flat()).toHaveLength(2 * ORDERS)
    expect(new Set(calls.flat()).size).toBe(ORDERS)
  })
})

const connections = (which: string) =>
  query(`SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'reckoner%' AND (${which})`)

const until = async (what: string, condition: () => Promise<boolean>) => {
  for (let times = 0; !(await condition()); times++) {
    if (times > 2_000) throw new Error(`this did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const terminate = async (which: string) => {
  const pids = (await connections(which)).map(({ pid }) => pid)
  if (pids.length === 0) throw new Error(`there is no connection with ${which}`)
  await query(`SELECT pg_terminate_backend(pid) FROM unnest('{${pids.join(",")}}'::int[]) pid`)
  await until("the end of a connection", async () => (await connections(`pid IN (${pids.join(",")})`)).length === 0)
}

describe("a connection that is lost in mid-run", () => {
  it.each([
    ["the writer", "application_name = 'reckoner-bulk' AND query NOT LIKE '%shipment_orders o%'"],
    ["the run lock", "application_name = 'reckoner-lock'"],
    ["everything", "true"]
  ])("of %s: whole batches stay, and the next run completes the table", async (_, which) => {
    const outcome = await attempt({ request: afterBatches(1, () => terminate(which)) })
    const failure = Result.isFailure(outcome) ? outcome.failure : undefined
    expect(failure).toMatchObject({ _tag: "StoreError", reason: "ConnectionLost", isRetryable: true })
    await until(
      "the end of all writers",
      async () => (await connections("application_name <> 'reckoner'")).length === 0
    )
    const found = await stored()
    expect([found.orders > 0, found.orders < EXPECTED_ORDERS, found.wrong]).toStrictEqual([true, true, 0])
    expect(await lastRun()).toStrictEqual({ state: "failed", error: failure?.message })
    await mustRecover()
  })

  it("behind the rows of an open transaction: none of them stays", async () => {
    await query(`CREATE FUNCTION chaos.lose() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT count(*) FROM everpro_data.affiliate_orders) > 10000 THEN
          PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        RETURN NULL;
      END $$`)
    await query(
      "CREATE TRIGGER lose AFTER INSERT ON everpro_data.affiliate_orders FOR EACH STATEMENT EXECUTE FUNCTION chaos.lose()"
    )
    const kept = await mustHaveFailed(await attempt(), "StoreError", "ConnectionLost")
    expect(kept).toBeLessThanOrEqual(10_000)
    await query("DROP TRIGGER lose ON everpro_data.affiliate_orders")
    await mustRecover()
  })

  it("by a full disk: none of the batch stays", async () => {
    await query(`CREATE FUNCTION chaos.fill() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.shipment_order_no = 'S30000' THEN RAISE SQLSTATE '53100' USING MESSAGE = 'No space left on device'; END IF;
        RETURN NEW;
      END $$`)
    await query(
      "CREATE TRIGGER fill BEFORE INSERT ON everpro_data.affiliate_orders FOR EACH ROW EXECUTE FUNCTION chaos.fill()"
    )
    const kept = await mustHaveFailed(await attempt(), "StoreError", "StorageFull")
    // The batches beside it may be written or not, each whole: they are decided side by side.
    expect(await mustHaveFailed(await attempt(), "StoreError", "StorageFull")).toBeGreaterThanOrEqual(kept)
    expect(await query("SELECT 1 FROM everpro_data.affiliate_orders WHERE shipment_order_no = 'S30000'")).toStrictEqual(
      []
    )
    await query("DROP TRIGGER fill ON everpro_data.affiliate_orders")
    await mustRecover()
  })
})

describe("two runs at the same instant", () => {
  const both = (one: Asked, other: Asked) => {
    let waits = 0
    const request = { onLockWait: Effect.sync(() => void waits++) }
    return Promise.all([attempt({ asked: one, request }), attempt({ asked: other, request })]).then((outcomes) => ({
      reports: outcomes.flatMap((outcome) => Result.getOrThrow(outcome)),
      waits
    }))
  }

  it.each([
    ["two daily runs", DAILY],
    ["a daily run and a backfill", { _tag: "Backfill", month: "2023-11", by: "any-milestone" }]
  ] as const)("%s: one waits for the other and finds nothing left", async (_, other) => {
    const { reports, waits } = await both(DAILY, other)
    expect(waits).toBe(1)
    expect(reports.map(({ inserted }) => inserted).toSorted((a, b) => a - b)).toStrictEqual([0, EXPECTED_ORDERS])
    expect(reports.map(({ changed }) => changed)).toStrictEqual([0, 0])
    await mustBeComplete()
  })
})

describe("three databases", () => {
  let everpro: string
  let own: string
  let places: Places
  const setUp = () =>
    Effect.runPromise(
      Effect.provide(
        ReferralTables.setUpTarget,
        Layer.provideMerge(
          Database.SqlLive,
          Layer.effect(Database.Database, Database.fromUrl(Redacted.make(places.everpro)))
        )
      )
    )
  const makeTarget = async () => {
    everpro = nameOf("everpro")
    places = { own: places.own, logistic: url, everpro: await createDatabase(inject("adminUrl"), everpro, "template0") }
    await setUp()
  }
  beforeEach(async () => {
    own = nameOf("own")
    const ownUrl = await createDatabase(inject("adminUrl"), own, inject("templateDatabase"))
    places = { own: ownUrl, logistic: url, everpro: "" }
    await makeTarget()
  })
  afterEach(async () => {
    await dropDatabase(inject("adminUrl"), everpro)
    await dropDatabase(inject("adminUrl"), own)
  })

  const storedIn = async (at: string) =>
    (await queryOn(at, "SELECT count(*)::int AS orders FROM everpro_data.affiliate_orders"))[0]!["orders"]
  const runs = () => queryOn(places.own, "SELECT state, error FROM reckoner.run ORDER BY id")

  it("hold shipments, orders and runs apart", async () => {
    Result.getOrThrow(await attempt({ places }))
    expect([await storedIn(places.everpro), await storedIn(url), await storedIn(places.own)]).toStrictEqual([
      EXPECTED_ORDERS,
      0,
      0
    ])
    expect(await runs()).toStrictEqual([{ state: "complete", error: null }])
    expect(await query("SELECT id FROM reckoner.run")).toStrictEqual([])
    const findings = await queryOn(places.own, "SELECT DISTINCT kind FROM reckoner.finding ORDER BY 1")
    expect(findings.map(({ kind }) => kind)).toContain("StatusNameMissing")
  })

  it("that of the orders is lost in mid-run, for good: the record says so, and a new one is filled", async () => {
    const outcome = await attempt({
      places,
      request: afterBatches(1, () => dropDatabase(inject("adminUrl"), everpro))
    })
    const failure = Result.isFailure(outcome) ? outcome.failure : undefined
    expect(failure?._tag).toBe("StoreError")
    const [failed] = await runs()
    expect(failed).toStrictEqual({
      state: "failed",
      error: failure !== undefined && "message" in failure && failure.message
    })

    const still = await attempt({ places })
    expect(Result.isFailure(still) && still.failure._tag).toBe("StoreError")
    await makeTarget()
    expect(Result.getOrThrow(await attempt({ places }))).toMatchObject([{ inserted: EXPECTED_ORDERS }])
    expect(await storedIn(places.everpro)).toBe(EXPECTED_ORDERS)
    expect((await runs()).at(-1)).toStrictEqual({ state: "complete", error: null })
  })

  it("two runs at once whose runs are recorded in two places serialise by the lock of the target", async () => {
    let waits = 0
    const request = { onLockWait: Effect.sync(() => void waits++) }
    const elsewhere = { ...places, own: url }
    const outcomes = await Promise.all([attempt({ places, request }), attempt({ places: elsewhere, request })])
    expect(waits).toBe(1)
    expect(outcomes.map((outcome) => Result.getOrThrow(outcome)[0]!.inserted).toSorted((a, b) => a - b)).toStrictEqual([
      0,
      EXPECTED_ORDERS
    ])
  })
})
