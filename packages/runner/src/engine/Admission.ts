/**
 * The loops of a process that runs executions: they let executions in, a
 * bounded number at a time, keep those of this process alive in the store,
 * start again what does not progress, and tell of what has failed.
 *
 * @since 0.1.0
 */
import type { Claim, ExecutionQueue, ExecutionReport, StoreError } from "@reckoner/core/ports"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as EngineMetrics from "./EngineMetrics.ts"
import type { Run } from "./ExecutionRun.ts"
import type { Settings } from "./Settings.ts"

const HANDOVER_TIMEOUT_MS = 30_000
const ALERTS_AT_ONCE_MAX = 100
const STOP_POLL_INTERVAL_MS = 50

/**
 * What the loops work with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly queue: ExecutionQueue["Service"]
  readonly report: ExecutionReport["Service"]
  readonly settings: Settings
  /** The name of this process, which no other has or had. */
  readonly runner: string
  readonly jobs: ReadonlyArray<string>
  readonly residents: ReadonlySet<Run>
  readonly isStopping: () => boolean
  /** Hands an execution to the engine. */
  readonly handOver: (claim: Claim) => Effect.Effect<unknown>
}

/** A failed round is told and tried again: the store may be away for a while. */
const round = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<void> =>
  Effect.catchCause(Effect.asVoid(effect), (cause) => Effect.logWarning("the engine could not reach its store", cause))

const every = (intervalMs: number, effect: Effect.Effect<unknown, StoreError>) =>
  Effect.forkScoped(Effect.forever(Effect.delay(round(effect), intervalMs)))

/**
 * Gives signs of life for runs, every so often, and ends those whose lease does not count any more.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keepAlive = (
  { queue, residents }: Pick<Options, "queue" | "residents">,
  intervalMs: number
): Effect.Effect<unknown, never, Scope.Scope> =>
  every(
    intervalMs,
    Effect.gen(function* () {
      const runs = [...residents]
      const alive = yield* queue.touch(runs)
      for (const { lease, over } of runs) {
        if (!alive.has(lease.id)) yield* Deferred.succeed(over, undefined)
      }
    })
  )

const tellFailures = ({ jobs, report }: Pick<Options, "jobs" | "report">): Effect.Effect<void, StoreError> =>
  Effect.gen(function* () {
    for (const { attempt, businessKey, error, id, job } of yield* report.takeAlerts(ALERTS_AT_ONCE_MAX)) {
      yield* EngineMetrics.alerted(job)
      yield* Effect.logError("an execution has failed and waits for somebody").pipe(
        Effect.annotateLogs({ executionId: id, job, businessKey, attempt, error: JSON.stringify(error) })
      )
    }
    yield* EngineMetrics.showBacklog(yield* report.backlog, jobs)
  })

/**
 * Starts the loops, which run as long as the scope; `poke` makes them look for pending executions at once.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = (options: Options): Effect.Effect<{ readonly poke: Effect.Effect<void> }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { handOver, isStopping, jobs, queue, runner, settings } = options
    const pokes = yield* Queue.sliding<void>(1)
    const poke = Effect.asVoid(Queue.offer(pokes, undefined))
    const scope = yield* Effect.scope

    /** One that cannot be handed over now is found by the sweeper. */
    const hand = (claim: Claim) =>
      Effect.catchCause(Effect.timeout(handOver(claim), HANDOVER_TIMEOUT_MS), (cause) =>
        Effect.logWarning("an execution could not be handed to the engine", { executionId: claim.id }, cause)
      )
    const admit = Effect.gen(function* () {
      if (isStopping()) return
      const claims = yield* queue.claim({ runner, jobs, residentMax: settings.residentMax })
      for (const claim of claims) yield* Effect.forkIn(hand(claim), scope)
    })
    const sweep = Effect.gen(function* () {
      const swept = yield* queue.sweep(settings)
      if (swept > 0) yield* Effect.logWarning("executions did not progress and are started again", { swept })
      yield* poke
    })

    const admissions = Effect.andThen(
      round(admit),
      Effect.timeoutOption(Queue.take(pokes), settings.admissionIntervalMs)
    )
    yield* Effect.forkScoped(Effect.forever(admissions))
    yield* keepAlive(options, settings.heartbeatIntervalMs)
    yield* every(settings.sweepIntervalMs, Effect.andThen(sweep, tellFailures(options)))
    return { poke }
  })

/**
 * Waits until no run is left in this process, or so many milliseconds. Gives how many are left.
 *
 * @category constructors
 * @since 0.1.0
 */
export const drain = (residents: ReadonlySet<Run>, waitMs: number): Effect.Effect<number> =>
  Effect.sleep(STOP_POLL_INTERVAL_MS).pipe(
    Effect.repeat({ while: () => residents.size > 0 }),
    Effect.timeoutOption(waitMs),
    Effect.map(() => residents.size)
  )
