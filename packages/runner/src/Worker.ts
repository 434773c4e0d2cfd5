/**
 * What `serve` does by itself: it runs executions of all jobs, alone or in a
 * cluster, and starts those whose time has come.
 *
 * @since 0.1.0
 */
import type { BusinessZone } from "@reckoner/core"
import type { RateLimiter, ScheduleStore } from "@reckoner/core/ports"
import type { DatabaseError } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { SocketServer } from "effect/socket"
import * as Config from "./Config.ts"
import type * as Job from "./engine/Job.ts"
import * as PurgeExecutions from "./engine/PurgeExecutions.ts"
import * as RateLimits from "./engine/RateLimits.ts"
import * as EngineSettings from "./engine/Settings.ts"
import * as WorkflowEngine from "./engine/WorkflowEngine.ts"
import * as WorkflowEngineDeployment from "./engine/WorkflowEngineDeployment.ts"
import * as SyncEntitlements from "./entitlement/SyncEntitlements.ts"
import * as SyncEntitlementsJob from "./entitlement/SyncEntitlementsJob.ts"
import { ListenRefused } from "./ExitCode.ts"
import * as BackfillReferralOrders from "./referral-commission/BackfillReferralOrders.ts"
import * as ImportLegacyCommissions from "./referral-commission/ImportLegacyCommissions.ts"
import * as ReferralJobs from "./referral-commission/ReferralJobs.ts"
import * as SyncReferralOrders from "./referral-commission/SyncReferralOrders.ts"
import * as ScheduleTable from "./schedule/ScheduleTable.ts"
import * as Scheduler from "./schedule/Scheduler.ts"
import type { Connection, Ports } from "./Stores.ts"

const MS_PER_SECOND = 1000
const MS_PER_DAY = 86_400_000

/**
 * A job with what a schedule gives it. Calls to other systems go through `RateLimits`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Task<R = Ports> {
  readonly job: Job.Any<R | RateLimits.RateLimits>
  readonly description: string
  /** The input for a tick of the schedule, in milliseconds since 1970-01-01T00:00Z. */
  readonly inputAt: (tickMs: number) => unknown
  /** The time zone of its line in the schedule, unless that names one; without it the business's. */
  readonly zone?: BusinessZone.BusinessZone
  /** A setting without which it cannot do anything, and which is not set: its line in the schedule is left out. */
  readonly missingSetting?: string | undefined
}

/**
 * The job `purge-executions`, by these settings.
 *
 * @category constructors
 * @since 0.1.0
 */
export const purgeExecutions = (values: Config.Values) => {
  const { failedRetentionDays, retentionDays } = values
  const jobs = [SyncEntitlementsJob.job, ...Object.values(ReferralJobs.make(values))]
  return PurgeExecutions.make(jobs, {
    finishedMs: retentionDays * MS_PER_DAY,
    failedMs: failedRetentionDays * MS_PER_DAY
  })
}

const referralTasks = (values: Config.Values): ReadonlyArray<Task> => {
  const { lockWaitSeconds, referralZone: zone, userServiceUrl } = values
  const jobs = ReferralJobs.make(values)
  const requestAt = (tickMs: number) => ({ atMs: tickMs, zone, lockWaitMs: lockWaitSeconds * MS_PER_SECOND })
  const missingSetting = Option.isNone(userServiceUrl) ? Config.settings.userServiceUrl.name : undefined
  return [
    {
      job: jobs.sync,
      description: SyncReferralOrders.DESCRIPTION,
      inputAt: (tickMs) => ReferralJobs.syncInput(requestAt(tickMs), null),
      zone,
      missingSetting
    },
    {
      job: jobs.backfill,
      description: BackfillReferralOrders.DESCRIPTION,
      inputAt: (tickMs) => ReferralJobs.backfillInput(requestAt(tickMs), null),
      zone,
      missingSetting
    },
    {
      job: jobs.legacy,
      description: ImportLegacyCommissions.DESCRIPTION,
      inputAt: (tickMs) => ReferralJobs.importInput(requestAt(tickMs), new Date(tickMs).toISOString()),
      zone
    }
  ]
}

/**
 * All jobs, by these settings.
 *
 * @category constructors
 * @since 0.1.0
 */
export const tasks = (values: Config.Values): ReadonlyArray<Task> => {
  const { fromDate, lockWaitSeconds, zone } = values
  const request = { zone, fromDate: Option.getOrUndefined(fromDate), lockWaitMs: lockWaitSeconds * MS_PER_SECOND }
  return [
    {
      job: SyncEntitlementsJob.job,
      description: SyncEntitlements.DESCRIPTION,
      inputAt: (tickMs) => SyncEntitlementsJob.inputOf({ ...request, atMs: tickMs }, null)
    },
    ...referralTasks(values),
    {
      job: purgeExecutions(values),
      description: PurgeExecutions.DESCRIPTION,
      inputAt: (tickMs) => ({ tick: new Date(tickMs).toISOString() })
    }
  ]
}

/**
 * The cron table in effect: its lines with their zones, and the jobs whose line
 * is left out because a setting is missing that they need.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheduleInEffect {
  readonly lines: ReadonlyArray<ScheduleTable.Line>
  readonly leftOut: ReadonlyArray<{ readonly job: string; readonly missingSetting: string }>
}

/**
 * The cron table of the settings.
 *
 * **Errors**
 *
 * - `SettingRefused`: a line is for a job that is not there.
 *
 * @category constructors
 * @since 0.1.0
 */
export const scheduleInEffect = (
  { schedule, zone }: Config.Values,
  tasks: ReadonlyArray<Task<any>>
): Effect.Effect<ScheduleInEffect, Config.SettingRefused> => {
  const taskOf = new Map(tasks.map((task) => [task.job.name, task]))
  const table = Result.getOrThrow(ScheduleTable.parse(schedule, (job) => taskOf.get(job)?.zone ?? zone))
  if (!table.every(({ job }) => taskOf.has(job))) {
    return Effect.fail(
      new Config.SettingRefused({
        name: Config.settings.schedule.name,
        value: schedule,
        allowed: `${ScheduleTable.ALLOWED}; the jobs are ${[...taskOf.keys()].join(", ")}`
      })
    )
  }
  const missingOf = (job: string) => taskOf.get(job)?.missingSetting
  return Effect.succeed({
    lines: table.filter(({ job }) => missingOf(job) === undefined),
    leftOut: table.flatMap(({ job }) => {
      const missingSetting = missingOf(job)
      return missingSetting === undefined ? [] : [{ job, missingSetting }]
    })
  })
}

const listenRefused = ({ message }: SocketServer.SocketServerError, address: string): ListenRefused =>
  new ListenRefused({
    reason: "AddressUnusable",
    message: `the cluster cannot listen on ${address} (${message}): set RECKONER_CLUSTER to another`
  })

/**
 * Runs executions of these jobs, and starts them by the schedule, as long as the scope. When it ends, nothing more is
 * let in, steps under way may end, and what is left is given back.
 *
 * **Errors**
 *
 * - `SettingRefused`: the schedule names a job that is not there.
 * - `DatabaseError`: the server cannot be reached or refuses the login.
 * - `ListenRefused`: other processes cannot reach this one at the address of the settings.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <R>(
  values: Config.Values,
  tasks: ReadonlyArray<Task<R>>,
  settings: EngineSettings.Settings = EngineSettings.DEFAULTS
): Layer.Layer<
  Job.Engine,
  Config.SettingRefused | DatabaseError.DatabaseError | ListenRefused,
  WorkflowEngine.Stores | ScheduleStore | RateLimiter | Connection | R
> => {
  const { cluster, executionsMax, rateLimits } = values
  const deployment: WorkflowEngineDeployment.Deployment = Option.match(cluster, {
    onNone: () => ({ _tag: "Embedded" }),
    onSome: (address) => ({ _tag: "Cluster", ...address })
  })
  const deployed = Layer.catch(WorkflowEngineDeployment.layer(deployment), (error) =>
    Layer.effectContext(
      error._tag === "ConfigError"
        ? Effect.die(error)
        : Effect.fail(
            error._tag === "SocketServerError"
              ? listenRefused(
                  error,
                  Option.match(cluster, { onNone: () => "", onSome: (at) => `${at.host}:${at.port}` })
                )
              : error
          )
    )
  )
  const engine = WorkflowEngine.layer(
    tasks.map(({ job }) => job),
    { ...settings, residentMax: executionsMax }
  ).pipe(Layer.provide(RateLimits.layer(rateLimits)))
  const scheduler = Layer.effectDiscard(
    Effect.gen(function* () {
      const { leftOut, lines } = yield* scheduleInEffect(values, tasks)
      for (const { job, missingSetting } of leftOut) {
        yield* Effect.logDebug(`not started by schedule, for ${missingSetting} is not set`).pipe(
          Effect.annotateLogs({ job })
        )
      }
      yield* Scheduler.start(
        lines.map(({ job, schedule }) => ({ ...tasks.find((task) => task.job.name === job)!, schedule }))
      )
    })
  )
  return scheduler.pipe(Layer.provideMerge(engine), Layer.provide(deployed))
}
