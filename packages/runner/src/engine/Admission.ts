/**
 * Lets executions in, a bounded number at a time, keeps those of this process
 * alive in the table, and starts again what does not progress.
 *
 * @since 0.1.0
 */
import type { ExecutionStore } from "@reckoner/adapters-pg"
import type { StoreError } from "@reckoner/core/ports"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Run } from "./ExecutionRun.ts"
import type { Settings } from "./Settings.ts"

const HANDOVER_TIMEOUT_MS = 30_000

type Store = ExecutionStore.ExecutionStore["Service"]

/**
 * Starts executions that did not progress for too long again. Gives how many.
 *
 * **Errors**
 *
 * - `StoreError`: the store failed; the next sweep finds the same.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sweep = (
  store: Store,
  { overdueMs, stalledMs }: Pick<Settings, "overdueMs" | "stalledMs">
): Effect.Effect<number, StoreError> =>
  Effect.tap(store.sweep({ overdueMs, stalledMs }), (swept) =>
    swept === 0 ? Effect.void : Effect.logWarning("executions did not progress and are started again", { swept })
  )

/**
 * What the loops work with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly store: Store
  readonly settings: Settings
  /** The name of this process, which no other has or had. */
  readonly runner: string
  readonly jobs: ReadonlyMap<string, unknown>
  readonly residents: ReadonlySet<Run>
  /** Hands an execution to the engine. */
  readonly handOver: (claim: ExecutionStore.Claim) => Effect.Effect<unknown>
}

/** A failed round is told and tried again: the store may be away for a while. */
const round = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<void> =>
  Effect.catchCause(Effect.asVoid(effect), (cause) => Effect.logWarning("the engine could not reach its store", cause))

/**
 * Starts the loops, which run as long as the scope; `poke` makes them look for pending executions at once.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = ({
  handOver,
  jobs,
  residents,
  runner,
  settings,
  store
}: Options): Effect.Effect<{ readonly poke: Effect.Effect<void> }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const pokes = yield* Queue.sliding<void>(1)
    const poke = Effect.asVoid(Queue.offer(pokes, undefined))
    const names = [...jobs.keys()]
    const scope = yield* Effect.scope

    /** One that cannot be handed over now is found by the sweeper. */
    const hand = (claim: ExecutionStore.Claim) =>
      Effect.catchCause(Effect.timeout(handOver(claim), HANDOVER_TIMEOUT_MS), (cause) =>
        Effect.logWarning("an execution could not be handed to the engine", { executionId: claim.id }, cause)
      )
    const admit = Effect.gen(function* () {
      const claims = yield* store.claim({ runner, jobs: names, residentMax: settings.residentMax })
      for (const claim of claims) yield* Effect.forkIn(hand(claim), scope)
    })
    const beat = Effect.gen(function* () {
      const runs = [...residents]
      const alive = yield* store.touch(runs.map(({ lease }) => lease))
      for (const { lease, lost } of runs) {
        if (!alive.has(lease.id)) yield* Deferred.succeed(lost, undefined)
      }
    })

    const admissions = Effect.andThen(
      round(admit),
      Effect.timeoutOption(Queue.take(pokes), settings.admissionIntervalMs)
    )
    const every = (intervalMs: number, effect: Effect.Effect<unknown, StoreError>) =>
      Effect.forever(Effect.delay(round(effect), intervalMs))

    yield* Effect.forkScoped(Effect.forever(admissions))
    yield* Effect.forkScoped(every(settings.heartbeatIntervalMs, beat))
    yield* Effect.forkScoped(every(settings.sweepIntervalMs, Effect.andThen(sweep(store, settings), poke)))
    return { poke }
  })
