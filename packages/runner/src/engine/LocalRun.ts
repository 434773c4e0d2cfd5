/**
 * Runs a job in this process at once, as an execution like any other: recorded,
 * listed, and taken over by a server should this process be killed.
 *
 * For whoever waits for the result: a command, a request.
 *
 * @since 0.1.0
 */
import { ExecutionQueue, ExecutionRecorder, ExecutionStore, type StoreError } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import * as Admission from "./Admission.ts"
import * as ExecutionResult from "./ExecutionResult.ts"
import * as ExecutionRun from "./ExecutionRun.ts"
import * as Job from "./Job.ts"
import * as RetryPolicy from "./RetryPolicy.ts"
import * as Settings from "./Settings.ts"

const CANCEL_TIMEOUT_MS = 2_000

/** Whoever waits decides about further tries. */
const POLICIES: RetryPolicy.Policies = {
  transient: RetryPolicy.POLICIES.permanent,
  "rate-limited": RetryPolicy.POLICIES.permanent,
  permanent: RetryPolicy.POLICIES.permanent
}

/**
 * What a run may be told.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly onReport?: (progress: unknown) => Effect.Effect<void>
  readonly settings?: Settings.Settings
}

/**
 * The execution of a run, and how far it is after it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ran<Output, Error> {
  readonly executionId: string
  readonly result: Job.Result<Output, Error>
}

/**
 * Runs a job here unless its key has an execution already; then it gives
 * `None`. When it is interrupted the execution is cancelled.
 *
 * **Errors**
 *
 * - `StoreError`: the store failed. What is recorded stays, and a server goes on from there.
 *
 * @category constructors
 * @since 0.1.0
 */
export const run = <Input, Output, Error, R>(
  job: Job.Job<Input, Output, Error, R>,
  input: Input,
  { onReport, settings = Settings.DEFAULTS }: Options = {}
): Effect.Effect<
  Option.Option<Ran<Output, Error>>,
  StoreError,
  ExecutionStore | ExecutionRecorder | ExecutionQueue | R
> =>
  Effect.gen(function* () {
    const store = yield* ExecutionStore
    const queue = yield* ExecutionQueue
    const recorder = yield* ExecutionRecorder
    const runner = randomUUID()
    const key = { job: job.name, businessKey: job.businessKey(input) }
    const { id, isNew } = yield* store.create(key, yield* ExecutionResult.encode(job.input, input), { runner })
    if (!isNew) return Option.none()

    const residents = new Set<ExecutionRun.Run>()
    const options: ExecutionRun.Options = {
      recorder,
      queue,
      policies: POLICIES,
      beginsMax: settings.beginsMax,
      jobs: new Map([[job.name, Job.provide(job, yield* Effect.context<R>())]]),
      residents,
      isStopping: () => false,
      ...(onReport === undefined ? {} : { onReport })
    }
    yield* Effect.scoped(
      Effect.andThen(
        Admission.keepAlive({ queue, residents }, settings.heartbeatIntervalMs),
        ExecutionRun.run({ id, handover: 1, runner }, options)
      )
    ).pipe(Effect.onInterrupt(() => Effect.ignore(Effect.timeout(store.cancel(id), CANCEL_TIMEOUT_MS))))

    const after = yield* store.get(id)
    if (Option.isNone(after)) return Option.some({ executionId: id, result: { _tag: "Unknown" } as const })
    return Option.some({ executionId: id, result: yield* ExecutionResult.of(job, after.value) })
  })

/**
 * Runs a job here that is asked for now, under a key of its own: `inputAt` is given the instant of asking, which its
 * business key must hold. Where that instant has a run already, the next millisecond is taken.
 *
 * **Errors**
 *
 * - `StoreError`: the store failed. What is recorded stays, and a server goes on from there.
 *
 * @category constructors
 * @since 0.1.0
 */
export const runAsked = <Input, Output, Error, R>(
  job: Job.Job<Input, Output, Error, R>,
  inputAt: (askedAt: string) => Input,
  options: Options = {}
): Effect.Effect<Ran<Output, Error>, StoreError, ExecutionStore | ExecutionRecorder | ExecutionQueue | R> =>
  Effect.gen(function* () {
    for (let askedAtMs = yield* Clock.currentTimeMillis; ; askedAtMs += 1) {
      const ran = yield* run(job, inputAt(new Date(askedAtMs).toISOString()), options)
      if (Option.isSome(ran)) return ran.value
    }
  })
