/**
 * `reckoner demo`: the job at work on one day of a small chain of gyms.
 *
 * It works in a database of its own on the embedded server, made anew every
 * time. It touches no other, also when the settings name a server.
 *
 * @since 0.1.0
 */
import { Database, DatabaseError, Migrations } from "@reckoner/adapters-pg"
import { BusinessZone, Eligibility, Entitlement } from "@reckoner/core"
import {
  EntitlementStore,
  type ReferralDirectoryError,
  RunLock,
  type RunLockBusy,
  type StoreError
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import * as Output from "../cli/Output.ts"
import * as Config from "../Config.ts"
import * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import type { Connection, OwnPorts } from "../Stores.ts"
import * as BusinessDay from "./BusinessDay.ts"
import * as CommissionStory from "./CommissionStory.ts"
import * as Narrative from "./Narrative.ts"
import * as ReferralStory from "./ReferralStory.ts"
import * as SampleData from "./SampleData.ts"

/**
 * The demo's own database.
 *
 * @category constants
 * @since 0.1.0
 */
export const DATABASE = "reckoner_demo"

const LOCK_WAIT_MS = 60_000

const NEXT = [
  "WHAT NEXT",
  "",
  "  npx reckoner job run sync-entitlements --dry-run   what the job would do on your own tables",
  "  npx reckoner job list                              all jobs; EVERPRO_USER_URL makes the referral ones work",
  "  npx reckoner commissions list                      commissions that wait for approval; `commissions approve` …",
  "  npx reckoner serve                                 runs them by schedule, and over HTTP: GET /sync-quotas",
  "  npx reckoner config                                all settings; DATABASE_URL names your own PostgreSQL",
  "  npx reckoner --help                                all commands and exit codes"
]

const request: SyncEntitlements.Request = {
  atMs: BusinessDay.RUN_AT_MS,
  zone: BusinessZone.UTC,
  fromDate: undefined,
  dryRun: false,
  lockWaitMs: LOCK_WAIT_MS,
  onLockWait: Effect.void,
  onProgress: () => Effect.void
}

/** What the core answers for every invoice in scope: the same answers that the run writes. */
const decisions = Effect.gen(function* () {
  const store = yield* EntitlementStore
  const catalog = yield* store.catalog
  const departments = yield* store.departments
  const departmentIds = departments.filter(Eligibility.isInScope).map((one) => one.departmentId)
  const blocks = yield* Stream.runCollect(store.pendingInvoices({ departmentIds, fromDate: undefined }))
  return new Map(
    blocks
      .flat()
      .map(({ invoice, subscriptions }) => [
        String(invoice.invoiceId),
        Entitlement.fromInvoice({ invoice, subscriptions, catalog })
      ])
  )
})

const orDatabaseError = <A, R>(
  effect: Effect.Effect<A, SqlError, R>
): Effect.Effect<A, DatabaseError.DatabaseError, R | Database.Database> =>
  Effect.flatMap(Database.Database, ({ describe: server }) =>
    Effect.mapError(effect, (cause) => DatabaseError.from(cause, { server }))
  )

const story = Effect.gen(function* () {
  yield* orDatabaseError(SampleData.clear)
  yield* Migrations.migrate
  yield* orDatabaseError(SampleData.load)
  const decided = yield* decisions
  const first = yield* SyncEntitlements.run(request)
  const second = yield* SyncEntitlements.run(request)
  yield* Output.lines([...Narrative.decided(decided), ...Narrative.runs(first, second), "", ""])
  yield* ReferralStory.tell
  yield* CommissionStory.tell
  yield* Output.lines(["", ...NEXT])
})

const opening = Effect.gen(function* () {
  const { databaseUrl } = yield* Config.load
  const { dataDir } = yield* Database.Database
  yield* Output.lines([
    `A chain of gyms on ${BusinessDay.DATE}: ${BusinessDay.invoices.length} invoices were paid, ` +
      "and now the members get what they paid for.",
    `The data is made up. It lives in the database ${DATABASE} of the embedded server (${dataDir}).`,
    ...(Option.isSome(databaseUrl) ? ["DATABASE_URL is set: the demo leaves that server alone."] : []),
    ""
  ])
})

/**
 * Makes the demo's database anew, runs the job twice and tells what happened.
 *
 * **Errors**
 *
 * - `RunLockBusy`: another demo has been running for too long.
 * - `StoreError`, `DatabaseError`, `SettingRefused`: the embedded server failed, or a setting cannot be used.
 *
 * @category commands
 * @since 0.1.0
 */
export const run = (
  ports: Layer.Layer<OwnPorts, never, Connection>
): Effect.Effect<
  void,
  Config.SettingRefused | DatabaseError.DatabaseError | RunLockBusy | StoreError | ReferralDirectoryError,
  Connection
> =>
  Effect.gen(function* () {
    yield* opening
    const lock = yield* RunLock
    yield* lock.exclusively("demo", { waitMs: LOCK_WAIT_MS, onWait: Effect.void }, story)
  }).pipe(Effect.provide(ports))
