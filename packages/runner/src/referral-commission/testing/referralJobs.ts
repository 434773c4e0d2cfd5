/**
 * The referral jobs in this process, on the tables of a database and with the
 * stand-in of the user service over a real socket.
 *
 * @since 0.1.0
 */
import { GrpcReferralDirectory } from "@reckoner/adapters-http"
import { ReferralDirectoryStandIn } from "@reckoner/adapters-http/stand-ins"
import { Database, PgFindingStore, PgReferralOrderStore, PgRunJournal, PgShipmentStore } from "@reckoner/adapters-pg"
import { BusinessZone, CommissionEstimate, Currency, type ShipmentOrder, type SyncWindow } from "@reckoner/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import pg from "pg"
import * as BackfillReferralOrders from "../BackfillReferralOrders.ts"
import * as ImportLegacyCommissions from "../ImportLegacyCommissions.ts"
import type { Ports } from "../ReferralJobs.ts"
import type * as ReferralRun from "../ReferralRun.ts"
import * as SyncReferralOrders from "../SyncReferralOrders.ts"

/**
 * The zone of the business.
 *
 * @category testing
 * @since 0.1.0
 */
export const ZONE: BusinessZone.BusinessZone = Result.getOrThrow(BusinessZone.parse("Asia/Jakarta"))

const currency = Result.getOrThrow(Currency.parse("IDR"))

/**
 * A user service that answers from the tables `everpro_user` of a database, and
 * as it is told.
 *
 * @category testing
 * @since 0.1.0
 */
export const startUserService = async (
  url: string,
  options: Partial<ReferralDirectoryStandIn.Options> = {}
): Promise<ReferralDirectoryStandIn.StandIn> => {
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: "user-service" })
  pool.on("error", () => {})
  const answers: ReferralDirectoryStandIn.Answers = async (memberIds) => {
    const found = await pool.query<Record<keyof ReferralDirectoryStandIn.AffiliatorRow, string>>(
      ReferralDirectoryStandIn.answersSql,
      [memberIds.map(String)]
    )
    return found.rows.map(({ affiliatorId, memberId, referralId, userReferralId }) => ({
      memberId: BigInt(memberId),
      affiliatorId: BigInt(affiliatorId),
      referralId: BigInt(referralId),
      userReferralId: BigInt(userReferralId)
    }))
  }
  const standIn = await ReferralDirectoryStandIn.start({ answers, ...options })
  return { ...standIn, close: () => Promise.all([standIn.close(), pool.end()]).then(() => undefined) }
}

/**
 * Where everything lies: the runs, the shipments and the orders.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Places {
  readonly own: string
  readonly logistic: string
  readonly everpro: string
}

// Layers are shared by their identity: without `fresh` all three would have the client of the first.
const connectionTo = (url: string) =>
  Layer.provideMerge(
    Layer.fresh(Database.SqlWhenUsed),
    Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url)))
  )

/**
 * The ports on one database, or on three, and a user service.
 *
 * @category testing
 * @since 0.1.0
 */
export const ports = (places: string | Places, userService: GrpcReferralDirectory.Options): Layer.Layer<Ports> => {
  const { everpro, logistic, own } =
    typeof places === "string" ? { own: places, logistic: places, everpro: places } : places
  const stores = Layer.mergeAll(
    Layer.provide(PgShipmentStore.layer({ currency }), connectionTo(logistic)),
    Layer.provide(PgReferralOrderStore.layer({ currency }), connectionTo(everpro)),
    Layer.provide(Layer.merge(PgRunJournal.layer, PgFindingStore.layer), connectionTo(own))
  )
  return Layer.orDie(Layer.merge(stores, GrpcReferralDirectory.layer({ backoffMs: 5, ...userService })))
}

/**
 * A run of one of the jobs. `at` is the instant of a daily run as text.
 *
 * @category testing
 * @since 0.1.0
 */
export type Asked =
  | { readonly _tag: "Daily"; readonly at: string; readonly overlapDays?: number; readonly daysMax?: number }
  | {
      readonly _tag: "Backfill"
      readonly month: string
      readonly by?: ShipmentOrder.MilestoneFilter
      readonly policy?: CommissionEstimate.CashbackPolicy
    }
  | { readonly _tag: "Import" }

/**
 * Runs a job once, on whichever ports.
 *
 * @category testing
 * @since 0.1.0
 */
export const run = (
  asked: Asked,
  change: Partial<ReferralRun.Request> = {}
): Effect.Effect<ReadonlyArray<ReferralRun.Report>, ReferralRun.RunError, Ports> => {
  const request: ReferralRun.Request = {
    atMs: Date.parse(asked._tag === "Daily" ? asked.at : "2023-12-01T00:00:00Z"),
    zone: ZONE,
    dryRun: false,
    lockWaitMs: 60_000,
    onLockWait: Effect.void,
    onProgress: () => Effect.void,
    ...change
  }
  switch (asked._tag) {
    case "Daily": {
      const { daysMax = 31, overlapDays = 0 } = asked
      return SyncReferralOrders.run({ ...request, overlapDays, daysMax })
    }
    case "Backfill": {
      const { by = "return", month, policy = CommissionEstimate.NO_POLICY } = asked
      return BackfillReferralOrders.run({ ...request, month, by, policy }).pipe(
        Effect.catchTag("InvalidMonth", Effect.die),
        Effect.map((report) => [report])
      )
    }
    case "Import":
      return Effect.map(ImportLegacyCommissions.run(request), (report) => [report])
  }
}

/**
 * How many rows runs wrote.
 *
 * @category testing
 * @since 0.1.0
 */
export const rowsWritten = (reports: ReadonlyArray<ReferralRun.Report>): number =>
  reports.reduce((sum, { changed, inserted }) => sum + changed + inserted, 0)

/**
 * A window from one instant to another, given as text.
 *
 * @category testing
 * @since 0.1.0
 */
export const windowOf = (from: string, until: string): SyncWindow.SyncWindow => ({
  fromEpochSeconds: Date.parse(from) / 1000,
  untilEpochSeconds: Date.parse(until) / 1000
})
