/**
 * One run of the job in a process of its own, so that its peak memory is its
 * own, with the user service in another. Prints one line of JSON.
 */
import { GrpcReferralDirectory } from "@reckoner/adapters-http"
import { Database, PgFindingStore, PgReferralOrderStore, PgRunJournal, PgShipmentStore } from "@reckoner/adapters-pg"
import { BusinessZone, Currency } from "@reckoner/core"
import * as SyncReferralOrders from "../../dist/referral-commission/SyncReferralOrders.js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"

const { DATABASE_URL = "", RUN_AT_MS = "", USER_SERVICE_URL = "" } = process.env
const currency = Result.getOrThrow(Currency.parse("IDR"))
const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(DATABASE_URL)))
const stores = Layer.mergeAll(
  PgShipmentStore.layer({ currency }),
  PgReferralOrderStore.layer({ currency }),
  PgFindingStore.layer,
  PgRunJournal.layer
).pipe(Layer.provide(Layer.provideMerge(Database.SqlLive, database)))
const ports = Layer.merge(stores, GrpcReferralDirectory.layer({ url: USER_SERVICE_URL }))

const job = Effect.gen(function* () {
  const startedAt = performance.now()
  const reports = yield* SyncReferralOrders.run({
    atMs: Number(RUN_AT_MS),
    zone: Result.getOrThrow(BusinessZone.parse("Asia/Jakarta")),
    overlapDays: 0,
    daysMax: 31,
    dryRun: false,
    lockWaitMs: 0,
    onLockWait: Effect.void,
    onProgress: () => Effect.void
  })
  return { seconds: (performance.now() - startedAt) / 1000, reports }
})

const { reports, seconds } = await Effect.runPromise(Effect.provide(job, ports))
const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage()
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6
console.log(JSON.stringify({ seconds, peakMiB: maxRSS / 1024, cpuSeconds, reports }))
