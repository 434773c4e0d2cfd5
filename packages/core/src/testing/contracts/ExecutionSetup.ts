/**
 * How a suite gets executions to test, and what the suites on them share.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import { afterEach, beforeEach, expect } from "vitest"
import type { Execution, ExecutionEnd, ExecutionRecord, Lease, Wait } from "../../ports/Execution.ts"
import { ExecutionQueue } from "../../ports/ExecutionQueue.ts"
import { type Begun, ExecutionRecorder } from "../../ports/ExecutionRecorder.ts"
import { ExecutionReport } from "../../ports/ExecutionReport.ts"
import { ExecutionStore } from "../../ports/ExecutionStore.ts"
import type { StoreError } from "../../ports/StoreError.ts"

/**
 * The ports on executions.
 *
 * @category models
 * @since 0.1.0
 */
export type Executions = ExecutionStore | ExecutionRecorder | ExecutionQueue | ExecutionReport

/**
 * Executions that nobody else uses, none at first. The layer may be built
 * several times, as by several processes. `age` makes one execution so many
 * milliseconds older, as if that time had passed for it alone: when it was
 * created, begun, last progressed and finished, and when it wakes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExecutionSetup {
  readonly layer: Layer.Layer<Executions, unknown>
  readonly age: (id: string, ms: number) => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Fresh executions for each test of a suite.
 *
 * @category testing
 * @since 0.1.0
 */
export const executionsForEachTest = (setup: () => Promise<ExecutionSetup>) => {
  let current: ExecutionSetup
  let runtime: ManagedRuntime.ManagedRuntime<Executions, unknown>
  beforeEach(async () => {
    current = await setup()
    runtime = ManagedRuntime.make(current.layer)
  })
  afterEach(async () => {
    await runtime.dispose()
    await current.close()
  })
  /** As in a process of its own. */
  const elsewhere = <A, E>(effect: Effect.Effect<A, E, Executions>): Effect.Effect<A> =>
    Effect.orDie(Effect.provide(effect, current.layer, { local: true }))
  return {
    run: <A, E>(effect: Effect.Effect<A, E, Executions>): Promise<A> => runtime.runPromise(effect),
    /** Each in a process of its own; none begins before all are ready. */
    race: <A, E>(effects: ReadonlyArray<Effect.Effect<A, E, Executions>>): Effect.Effect<ReadonlyArray<A>> =>
      Effect.gen(function* () {
        const isStarted = yield* Deferred.make<void>()
        let ready = 0
        const isReady = Effect.suspend(() =>
          ++ready === effects.length ? Deferred.succeed(isStarted, undefined) : Effect.void
        )
        // A first call makes the connection.
        const line = Effect.andThen(
          Effect.flatMap(ExecutionStore, (store) => store.get("0")),
          isReady
        )
        const racers = effects.map((effect) =>
          elsewhere(Effect.andThen(line, Effect.andThen(Deferred.await(isStarted), effect)))
        )
        return yield* Effect.all(racers, { concurrency: "unbounded" })
      }),
    age: (id: string, ms: number): Effect.Effect<void> => Effect.promise(() => current.age(id, ms))
  }
}

/**
 * What a suite does with its executions.
 *
 * @category testing
 * @since 0.1.0
 */
export type ExecutionsForEachTest = ReturnType<typeof executionsForEachTest>

/**
 * The services themselves.
 *
 * @category testing
 * @since 0.1.0
 */
export const ports = Effect.all({
  store: ExecutionStore,
  recorder: ExecutionRecorder,
  queue: ExecutionQueue,
  report: ExecutionReport
})

/**
 * The job of executions for which a test gives none.
 *
 * @category testing
 * @since 0.1.0
 */
export const JOB = "pay-sellers"

/**
 * So long nothing takes in these suites.
 *
 * @category testing
 * @since 0.1.0
 */
export const HOUR_MS = 3_600_000

/**
 * Creates a pending execution and gives its id.
 *
 * @category testing
 * @since 0.1.0
 */
export const pending = (businessKey: string, job = JOB): Effect.Effect<string, StoreError, ExecutionStore> =>
  Effect.flatMap(ExecutionStore, (store) =>
    Effect.map(store.create({ job, businessKey }, { for: businessKey }), ({ id }) => id)
  )

/**
 * Begins a run that must be there to begin.
 *
 * @category testing
 * @since 0.1.0
 */
export const beginning = (lease: Lease): Effect.Effect<Begun, StoreError, ExecutionRecorder> =>
  Effect.flatMap(ExecutionRecorder, (recorder) => Effect.map(recorder.begin(lease), Option.getOrThrow))

/**
 * Creates an execution that has begun in a process, and gives the lease.
 *
 * @category testing
 * @since 0.1.0
 */
export const running = (
  businessKey: string,
  { job = JOB, runner = "one" } = {}
): Effect.Effect<Lease, StoreError, ExecutionStore | ExecutionRecorder> =>
  Effect.gen(function* () {
    const store = yield* ExecutionStore
    const { id } = yield* store.create({ job, businessKey }, { for: businessKey }, { runner })
    const lease = { id, handover: 1, runner }
    yield* beginning(lease)
    return lease
  })

/**
 * Creates an execution that waits, and gives the lease that it had.
 *
 * @category testing
 * @since 0.1.0
 */
export const waiting = (
  businessKey: string,
  waits: ReadonlyArray<Wait>,
  job = JOB
): Effect.Effect<Lease, StoreError, ExecutionStore | ExecutionRecorder> =>
  Effect.gen(function* () {
    const lease = yield* running(businessKey, { job })
    yield* (yield* ExecutionRecorder).wait(lease, waits)
    return lease
  })

/**
 * Creates an execution that sleeps for an hour by the store's clock, unless a signal comes; gives the lease it had.
 *
 * @category testing
 * @since 0.1.0
 */
export const sleeping = (businessKey: string): Effect.Effect<Lease, StoreError, ExecutionStore | ExecutionRecorder> =>
  Effect.gen(function* () {
    const lease = yield* running(businessKey)
    const { nowMs } = yield* beginning(lease)
    const waits: ReadonlyArray<Wait> = [
      { kind: "sleep", name: "hour", wakesAtMs: nowMs + HOUR_MS },
      { kind: "signal", name: "decision" }
    ]
    yield* (yield* ExecutionRecorder).wait(lease, waits)
    return lease
  })

/**
 * Creates an execution with one recorded step that has ended, and gives its id.
 *
 * @category testing
 * @since 0.1.0
 */
export const ended = (
  businessKey: string,
  end: ExecutionEnd | "cancelled",
  job = JOB
): Effect.Effect<string, StoreError, ExecutionStore | ExecutionRecorder | ExecutionQueue> =>
  Effect.gen(function* () {
    const { queue, recorder, store } = yield* Effect.all({
      store: ExecutionStore,
      recorder: ExecutionRecorder,
      queue: ExecutionQueue
    })
    const lease = yield* running(businessKey, { job })
    yield* recorder.record(lease, step("pay"))
    yield* queue.touch([{ lease, progress: { done: 1 } }])
    yield* end === "cancelled" ? store.cancel(lease.id) : recorder.finish(lease, end)
    return lease.id
  })

/**
 * The record of a step that succeeded, unless it is changed.
 *
 * @category testing
 * @since 0.1.0
 */
export const step = (name: string, change: Partial<ExecutionRecord> = {}): ExecutionRecord => ({
  kind: "step",
  name,
  state: "succeeded",
  value: { of: name },
  tries: 1,
  ...change
})

/**
 * The end of a run that succeeded.
 *
 * @category testing
 * @since 0.1.0
 */
export const SUCCESS: ExecutionEnd = { state: "succeeded", output: { paid: "12.50" } }

/**
 * The end of a run that failed.
 *
 * @category testing
 * @since 0.1.0
 */
export const FAILURE: ExecutionEnd = { state: "failed", error: { _tag: "Defect", message: "no" } }

/**
 * An execution that must be there.
 *
 * @category testing
 * @since 0.1.0
 */
export const got = (id: string): Effect.Effect<Execution, StoreError, ExecutionStore> =>
  Effect.flatMap(ExecutionStore, (store) => Effect.map(store.get(id), Option.getOrThrow))

/**
 * Claims executions of the job for a process that may have so many, and gives their ids.
 *
 * @category testing
 * @since 0.1.0
 */
export const claimed = (
  runner: string,
  residentMax: number,
  jobs: ReadonlyArray<string> = [JOB]
): Effect.Effect<ReadonlyArray<string>, StoreError, ExecutionQueue> =>
  Effect.flatMap(ExecutionQueue, (queue) =>
    Effect.map(queue.claim({ runner, jobs, residentMax }), (claims) => claims.map(({ id }) => id))
  )

/**
 * The effect for each number from 0 on, all at the same moment.
 *
 * @category testing
 * @since 0.1.0
 */
export const atOnce = <A, E, R>(
  times: number,
  effect: (index: number) => Effect.Effect<A, E, R>
): Effect.Effect<ReadonlyArray<A>, E, R> =>
  Effect.all(
    Array.from({ length: times }, (_, index) => effect(index)),
    { concurrency: "unbounded" }
  )

/** What each kind of write says under a lease. */
const writes = (lease: Lease) =>
  Effect.gen(function* () {
    const { recorder } = yield* ports
    return [
      yield* recorder.beginStep(lease, "late"),
      yield* recorder.record(lease, step("late")),
      (yield* recorder.wait(lease, [{ kind: "signal", name: "decision" }])).isHeld,
      yield* recorder.finish(lease, SUCCESS)
    ]
  })

/**
 * Writes under a lease that does not count, which must change nothing.
 *
 * @category testing
 * @since 0.1.0
 */
export const expectNoWrite = (lease: Lease) =>
  Effect.gen(function* () {
    const { report, store } = yield* ports
    const look = Effect.all([store.get(lease.id), report.steps(lease.id)])
    const before = yield* look
    expect(yield* writes(lease)).toStrictEqual([false, false, false, false])
    expect(yield* look).toStrictEqual(before)
  })
