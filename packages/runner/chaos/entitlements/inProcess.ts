/**
 * The job in this process, with connections of its own per run, for faults that
 * are brought about at an exact place.
 */
import { Database, PgEntitlementStore, PgRunJournal, PgRunLock } from "@reckoner/adapters-pg"
import { BusinessZone } from "@reckoner/core"
import { RunLock, type RunLockBusy, type StoreError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Result from "effect/Result"
import * as SyncEntitlements from "../../src/entitlement/SyncEntitlements.ts"

/** What a run is asked differently; `withoutLock` lets it go while another is under way. */
export interface Change extends Partial<SyncEntitlements.Request> {
  readonly withoutLock?: boolean
}

const request: SyncEntitlements.Request = {
  atMs: Date.UTC(2026, 10, 21),
  zone: BusinessZone.UTC,
  fromDate: undefined,
  dryRun: false,
  lockWaitMs: 60_000,
  onLockWait: Effect.void,
  onProgress: () => Effect.void
}

const noLock = Layer.succeed(RunLock, RunLock.of({ exclusively: (_name, _wait, effect) => effect }))

const job = (url: string, { withoutLock = false, ...change }: Change) => {
  const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url)))
  const lock = withoutLock ? noLock : PgRunLock.layer
  const ports = Layer.mergeAll(PgEntitlementStore.layer, PgRunJournal.layer, lock).pipe(
    Layer.provide(Layer.provideMerge(Database.SqlLive, database))
  )
  return Effect.provide(SyncEntitlements.run({ ...request, ...change }), Layer.orDie(ports))
}

/** Runs the job, which must go well. */
export const run = (url: string, change: Change = {}): Promise<SyncEntitlements.Report> =>
  Effect.runPromise(job(url, change))

/** Runs the job and gives what came of it, a failure as well. */
export const attempt = (
  url: string,
  change: Change = {}
): Promise<Result.Result<SyncEntitlements.Report, StoreError | RunLockBusy>> =>
  Effect.runPromise(Effect.result(job(url, change)))

/** Does something once, when a number of batches has been written; the run waits for it. */
export const afterBatches = (
  batches: number,
  act: () => Promise<unknown>
): Pick<SyncEntitlements.Request, "onProgress"> => {
  let written = 0
  return { onProgress: () => Effect.promise(async () => void (++written === batches ? await act() : undefined)) }
}
