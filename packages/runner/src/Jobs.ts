/**
 * The jobs that can be run, by name.
 *
 * @since 0.1.0
 */
import * as PurgeExecutions from "./engine/PurgeExecutions.ts"
import * as SyncEntitlements from "./entitlement/SyncEntitlements.ts"
import * as BackfillReferralOrders from "./referral-commission/BackfillReferralOrders.ts"
import * as ImportLegacyCommissions from "./referral-commission/ImportLegacyCommissions.ts"
import * as SyncReferralOrders from "./referral-commission/SyncReferralOrders.ts"

/**
 * A job as it is listed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Job {
  readonly name: string
  readonly description: string
}

/**
 * Every job.
 *
 * @category constants
 * @since 0.1.0
 */
export const JOBS: ReadonlyArray<Job> = [
  { name: SyncEntitlements.JOB, description: SyncEntitlements.DESCRIPTION },
  { name: SyncReferralOrders.JOB, description: SyncReferralOrders.DESCRIPTION },
  { name: BackfillReferralOrders.JOB, description: BackfillReferralOrders.DESCRIPTION },
  { name: ImportLegacyCommissions.JOB, description: ImportLegacyCommissions.DESCRIPTION },
  { name: PurgeExecutions.JOB, description: PurgeExecutions.DESCRIPTION }
]

/**
 * The names of all jobs, for a message.
 *
 * @category queries
 * @since 0.1.0
 */
export const names = (): string => JOBS.map(({ name }) => name).join(", ")
