/**
 * One run of the job in a process of its own, so that its peak memory is its
 * own. Prints one line of JSON.
 */
import { Database, PgEntitlementStore, PgRunJournal, PgRunLock } from "@reckoner/adapters-pg"
import { BusinessZone } from "@reckoner/core"
import * as SyncEntitlements from "../../dist/entitlement/SyncEntitlements.js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(process.env["DATABASE_URL"] ?? "")))
const sql = Layer.provideMerge(Database.SqlLive, database)
const ports = Layer.mergeAll(PgEntitlementStore.layer, PgRunJournal.layer, PgRunLock.layer).pipe(Layer.provide(sql))

const job = Effect.gen(function* () {
  const startedAt = performance.now()
  const report = yield* SyncEntitlements.run({
    atMs: Date.now(),
    zone: BusinessZone.UTC,
    fromDate: undefined,
    dryRun: false,
    lockWaitMs: 0,
    onLockWait: Effect.void,
    onProgress: () => Effect.void
  })
  return { seconds: (performance.now() - startedAt) / 1000, report }
})

const { report, seconds } = await Effect.runPromise(Effect.provide(job, ports))
const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage()
console.log(
  JSON.stringify({ seconds, peakMiB: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, report })
)
