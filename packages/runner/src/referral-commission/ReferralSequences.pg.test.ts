import type { ShipmentOrder } from "@reckoner/core"
import { SyncWindow } from "@reckoner/core"
import { ReferralOrderLaws } from "@reckoner/core/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import type { Ports } from "./ReferralJobs.ts"
import { type Disturber, disturbed } from "./testing/disturbance.ts"
import { type Asked, ports, rowsWritten, run, startUserService, ZONE } from "./testing/referralJobs.ts"
import * as arbitrary from "./testing/referralTables.arbitrary.ts"
import {
  expectedOrders,
  load,
  rowVersions,
  storedOrders,
  type Tables,
  withoutFrozen,
  worldOf
} from "./testing/referralTables.ts"
import { withClient } from "../testing/onServer.ts"

// Rules 4, 8 and 9: daily and backfill runs in any order, any number of times, disturbed or not, and then the import,
// end in the table of each once in order of time, which the fold of the core gives.

const SEED = 20231105
const SEQUENCES = 16
const ORDERS_PER_WRITE_MAX = 3
const MS_PER_DAY = 86_400_000
const FIRST_DAY_MS = Date.parse("2023-10-28T00:00:00+07:00")
const MONTHS = ["2023-10", "2023-11"]

/**
 * What happens to a run at one of its calls, counted from 1, if it makes so
 * many: it is interrupted there or a little later, or connections are ended.
 */
type Fault =
  | { readonly _tag: "Interrupt"; readonly call: number; readonly turnsLater: number }
  | { readonly _tag: "Terminate"; readonly call: number; readonly which: string; readonly isAwaited: boolean }

interface Step {
  readonly asked: Asked
  readonly fault: Fault | undefined
  /** The referrals name other affiliates from here on. */
  readonly movesReferrals: boolean
}

interface Scenario {
  readonly tables: Tables
  readonly policy: ReferralOrderLaws.World["policy"]
  readonly steps: ReadonlyArray<Step>
  /** Which of the steps are done again, after all. */
  readonly again: ReadonlyArray<number>
}

const WRITER = "application_name = 'reckoner-bulk'"
const ANY = "application_name LIKE 'reckoner%'"

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    _tag: fc.constant("Interrupt" as const),
    call: fc.integer({ min: 1, max: 20 }),
    turnsLater: fc.constantFrom(0, 0, 1, 2, 4, 8)
  }),
  fc.record({
    _tag: fc.constant("Terminate" as const),
    call: fc.integer({ min: 1, max: 20 }),
    which: fc.constantFrom(WRITER, WRITER, ANY),
    isAwaited: fc.boolean()
  })
)

const scenario: fc.Arbitrary<Scenario> = fc
  .record({ overlapDays: fc.constantFrom(0, 0, 1, 3), daysMax: fc.constantFrom(1, 2, 31), policy: arbitrary.policy })
  .chain(({ daysMax, overlapDays, policy }) => {
    const daily = fc.tuple(fc.nat(arbitrary.DAYS), fc.nat(MS_PER_DAY - 1)).map(([day, ms]): Asked => {
      const at = new Date(FIRST_DAY_MS + day * MS_PER_DAY + ms).toISOString()
      return { _tag: "Daily", at, overlapDays, daysMax }
    })
    const backfill = fc
      .record({
        month: fc.constantFrom(...MONTHS),
        by: fc.constantFrom<ShipmentOrder.MilestoneFilter>("return", "any-milestone")
      })
      .map((asked): Asked => ({ _tag: "Backfill", ...asked, policy }))
    const step = fc.record({
      asked: fc.oneof({ weight: 2, arbitrary: daily }, { weight: 1, arbitrary: backfill }),
      fault: fc.option(fault, { nil: undefined, freq: 2 }),
      movesReferrals: fc.integer({ min: 0, max: 7 }).map((eighth) => eighth === 0)
    })
    return fc.record({
      tables: arbitrary.tables,
      policy: fc.constant(policy),
      steps: fc.array(step, { minLength: 3, maxLength: 6 }),
      again: fc.array(fc.nat(6), { maxLength: 2 })
    })
  })

let database: FreshDatabase
let url: string
let userService: Awaited<ReturnType<typeof startUserService>>
const disturber: Disturber = { onCall: Effect.void }
let runtime: ManagedRuntime.ManagedRuntime<Ports, never>
beforeAll(async () => {
  database = await freshDatabase()
  url = Redacted.value(database.url)
  userService = await startUserService(url)
  const options = { url: userService.url, backoffMs: 1 }
  runtime = ManagedRuntime.make(disturbed(ports(url, options), disturber, ORDERS_PER_WRITE_MAX))
})
afterAll(async () => {
  await runtime.dispose()
  await userService.close()
  await database.drop()
})

const terminate = (which: string) =>
  withClient(url, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND ${which}`
    )
  )

const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Runs a job while a fault befalls it, and says whether it came to a good end all the same. */
const attempt = (asked: Asked, fault: Fault): Promise<boolean> =>
  runtime.runPromise(
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      let calls = 0
      disturber.onCall = Effect.suspend(() => {
        if (++calls !== fault.call) return Effect.void
        if (fault._tag === "Interrupt") return Deferred.succeed(reached, undefined)
        const done = terminate(fault.which)
        return fault.isAwaited ? Effect.promise(() => done) : Effect.void
      })
      const fiber = yield* Effect.forkChild(run(asked))
      if (fault._tag === "Interrupt") {
        yield* Effect.raceFirst(Deferred.await(reached), Fiber.await(fiber))
        for (let turns = 0; turns < fault.turnsLater; turns++) yield* turn
        yield* Fiber.interrupt(fiber)
      }
      const exit = yield* Fiber.await(fiber)
      disturber.onCall = Effect.void
      return Exit.isSuccess(exit)
    })
  )

const undisturbed = (asked: Asked) => runtime.runPromise(run(asked))

const query = <Row extends object>(sql: string) =>
  withClient(url, async (client) => (await client.query<Row>(sql)).rows as ReadonlyArray<Row>)

/** The windows of runs that came to a good end, as their records have them. */
const windowsCovered = async (): Promise<ReadonlyArray<SyncWindow.SyncWindow>> =>
  (
    await query<{ readonly from: number; readonly until: number }>(
      `SELECT DISTINCT extract(epoch FROM window_from)::float8 AS from, extract(epoch FROM window_until)::float8 AS until
       FROM reckoner.run WHERE job = 'sync-referral-orders' AND state = 'complete'`
    )
  ).map(({ from, until }) => ({ fromEpochSeconds: from, untilEpochSeconds: until }))

const referenceRuns = async (steps: ReadonlyArray<Step>): Promise<ReadonlyArray<ReferralOrderLaws.WindowRun>> => {
  const daily = (await windowsCovered()).map((window) => ({ _tag: "Daily" as const, window }))
  const backfills = steps.flatMap(({ asked }): ReadonlyArray<ReferralOrderLaws.WindowRun> => {
    if (asked._tag !== "Backfill") return []
    const window = Result.getOrThrow(SyncWindow.month({ month: asked.month, zone: ZONE }))
    return [{ _tag: "Backfill", window, by: asked.by ?? "return" }]
  })
  const once = new Map([...daily, ...backfills].map((one) => [JSON.stringify(one), one]))
  return [...once.values()].toSorted((one, other) => one.window.untilEpochSeconds - other.window.untilEpochSeconds)
}

const yesterdayOf = (asked: Asked): ReadonlyArray<SyncWindow.SyncWindow> =>
  asked._tag === "Daily" ? [SyncWindow.yesterday({ now: Date.parse(asked.at), zone: ZONE })] : []

/** Whether each second of a window lies in one of the others. */
const isWithin = (window: SyncWindow.SyncWindow, others: ReadonlyArray<SyncWindow.SyncWindow>): boolean => {
  let until = window.fromEpochSeconds
  for (const other of others.toSorted((a, b) => a.fromEpochSeconds - b.fromEpochSeconds)) {
    if (other.fromEpochSeconds <= until) until = Math.max(until, other.untilEpochSeconds)
  }
  return until >= window.untilEpochSeconds
}

/** Looks whether member and affiliate of each order are still those of its first write. */
const ownersKept = () => {
  const first = new Map<unknown, string>()
  return async () => {
    for (const row of await storedOrders(url)) {
      const owners = `${row["member_id"]} ${row["affiliator_id"]}`
      const number = row["shipment_order_no"]
      if (!first.has(number)) first.set(number, owners)
      expect([number, owners]).toStrictEqual([number, first.get(number)])
    }
  }
}

const figures = { sequences: 0, faults: 0, cutShort: 0, partly: 0, orders: 0 }

/** Runs that are neither ended nor the latest of their job. */
const ABANDONED = `
  SELECT id FROM reckoner.run r
  WHERE state = 'running' AND id < (SELECT max(id) FROM reckoner.run WHERE job = r.job)`

const keyOf = (asked: Asked): string =>
  asked._tag === "Daily" ? asked.at : asked._tag === "Backfill" ? `${asked.month} ${asked.by}` : asked._tag

/** Does all of them, and says how many rows they wrote. */
const repeated = async (all: ReadonlyArray<Asked>): Promise<number> => {
  let written = 0
  for (const asked of all) written += rowsWritten(await undisturbed(asked))
  return written
}

const isSameWindows = (some: ReadonlyArray<SyncWindow.SyncWindow>, others: ReadonlyArray<SyncWindow.SyncWindow>) =>
  others.length === some.length

const holds = async ({ again: repetitions, policy, steps, tables }: Scenario): Promise<void> => {
  await load(url, tables)
  figures.sequences++
  const mustKeepOwners = ownersKept()
  const pending: Array<Asked> = []
  for (const { asked, fault, movesReferrals } of steps) {
    if (movesReferrals) await query("UPDATE everpro_user.referral SET user_id = user_id + 1000")
    await mustKeepOwners()
    if (fault === undefined) await undisturbed(asked)
    else {
      figures.faults++
      const versions = new Map((await rowVersions(url)).map((row) => [row["shipment_order_no"], row["xmin"]]))
      if (await attempt(asked, fault)) continue
      figures.cutShort++
      const written = (await rowVersions(url)).filter((row) => versions.get(row["shipment_order_no"]!) !== row["xmin"])
      if (written.length > 0) figures.partly++
      pending.unshift(asked)
    }
  }
  for (const asked of [...pending, ...repetitions.flatMap((at) => steps[at]?.asked ?? [])]) await undisturbed(asked)

  const world = worldOf(tables, policy)
  const mustBeAsInOrderOfTime = async () => {
    const runs = await referenceRuns(steps)
    const covered = runs.flatMap((one) => (one._tag === "Daily" ? [one.window] : []))
    expect(steps.flatMap(({ asked }) => yesterdayOf(asked)).filter((one) => !isWithin(one, covered))).toStrictEqual([])
    const table = new ReferralOrderLaws.Table()
    for (const one of runs) table.run(world, one)
    expect((await storedOrders(url)).map(withoutFrozen)).toStrictEqual(expectedOrders(table).map(withoutFrozen))
    return { table, covered }
  }
  const first = await mustBeAsInOrderOfTime()
  expect(await query(ABANDONED)).toStrictEqual([])

  const asked = [...new Map(steps.map(({ asked: one }) => [keyOf(one), one])).values()]
  // The first daily run went back by no overlap; when it is repeated it does.
  const again = await repeated(asked)
  const { covered, table } = await mustBeAsInOrderOfTime()
  if (isSameWindows(covered, first.covered)) expect(again).toBe(0)
  const before = await rowVersions(url)
  expect(await repeated(asked)).toBe(0)
  expect(await rowVersions(url)).toStrictEqual(before)

  table.run(world, { _tag: "Import" })
  await undisturbed({ _tag: "Import" })
  expect((await storedOrders(url)).map(withoutFrozen)).toStrictEqual(expectedOrders(table).map(withoutFrozen))
  const imported = await rowVersions(url)
  expect(rowsWritten(await undisturbed({ _tag: "Import" }))).toBe(0)
  expect(await rowVersions(url)).toStrictEqual(imported)
  figures.orders += imported.length

  // A window that is repeated after the import may take over what only the import had; then nothing moves any more.
  const everything = [...asked, { _tag: "Import" } as const]
  await repeated(everything)
  await mustKeepOwners()
  const settled = await rowVersions(url)
  expect(await repeated(everything)).toBe(0)
  expect(await rowVersions(url)).toStrictEqual(settled)
}

describe("any sequence of daily and backfill runs, and then the import", () => {
  it("ends in the table of each once in order of time, and a repeat of everything rewrites no row", async () => {
    await fc.assert(fc.asyncProperty(scenario, holds), { seed: SEED, numRuns: SEQUENCES, endOnFailure: true })
    // The sequences were really disturbed, runs were really cut short, and some of them half way.
    expect(figures.cutShort).toBeGreaterThan(SEQUENCES / 2)
    expect(figures.partly).toBeGreaterThan(SEQUENCES / 10)
    expect(figures.orders).toBeGreaterThan(SEQUENCES * 10)
  }, 300_000)
})
