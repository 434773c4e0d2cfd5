import { Database, PgEntitlementStore, PgRunJournal, PgRunLock } from "@reckoner/adapters-pg"
import { BusinessZone } from "@reckoner/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { type GymTables, loadGym, rowsOf } from "../../../adapters-pg/src/testing/gymData.ts"
import * as SyncEntitlements from "./SyncEntitlements.ts"

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

const url = () => Redacted.value(database.url)

const request: SyncEntitlements.Request = {
  atMs: Date.UTC(2026, 10, 21),
  zone: BusinessZone.UTC,
  fromDate: undefined,
  dryRun: false,
  lockWaitMs: 60_000,
  onLockWait: Effect.void,
  onProgress: () => Effect.void
}

const run = (change: Partial<SyncEntitlements.Request> = {}) => {
  const sql = Layer.provideMerge(Database.SqlLive, database.layer)
  const ports = Layer.mergeAll(PgEntitlementStore.layer, PgRunJournal.layer, PgRunLock.layer).pipe(Layer.provide(sql))
  return Effect.runPromise(SyncEntitlements.run({ ...request, ...change }).pipe(Effect.provide(ports)))
}

const stored = async () => {
  const found = await rowsOf<{ row: string }>(
    url(),
    `SELECT concat_ws('|', q.dok, q.member, q.art, q.sdate, q.edate, d.art, sum(d.qty)) AS row
     FROM gym.gym_quota q JOIN gym.gym_quotad d ON d.quota = q.id GROUP BY q.id, d.art`
  )
  return found.map(({ row }) => row).toSorted((one, other) => (one < other ? -1 : 1))
}

describe("oracle entitlement-dataset-1k", () => {
  const { input, issues, result, rows } = JSON.parse(
    readFileSync(new URL("../../../core/oracles/entitlement-dataset-1k.json", import.meta.url), "utf8")
  )
  it("gives its rows and digest exactly, and a second run nothing", async () => {
    await loadGym(url(), input as GymTables)
    const earlier = new Set(await stored())
    const report = await run()
    const added = (await stored()).filter((row) => !earlier.has(row))
    expect(added).toStrictEqual(rows.toSorted((one: string, other: string) => (one < other ? -1 : 1)))
    expect(createHash("md5").update(added.join("\n")).digest("hex")).toBe(result.md5)
    expect([report.entitlements, report.invoices.granted]).toStrictEqual([result.headers, result.invoices])
    expect(report.findings).toStrictEqual({
      InvoiceBeforeAnchor: issues.before_poc,
      RhythmUndefined: issues.fallback_dm + issues.fallback_frek,
      LineWithoutSubscription: issues.line_without_subscription,
      SeveralSubscriptions: issues.several_subscriptions,
      MemberMissing: 3
    })
    expect([report.invoices.held, report.holds]).toStrictEqual([
      issues.invoice_held,
      { EmptyPackage: issues.empty_package }
    ])
    expect(report.invoices.nothingToGrant).toBe(issues.invoice_without_subscription + 3)
    const again = await run()
    expect([again.entitlements, again.items]).toStrictEqual([0, 0])
    expect((await stored()).filter((row) => !earlier.has(row))).toStrictEqual(added)
  })
})
