/**
 * One run of an execution: the job's code over what is recorded.
 *
 * A run ends when the job ends, when nothing is left to do before something
 * comes (it parks, and a later run goes on from the records), when its process
 * is to stop (it gives the execution back between two steps), or when it has
 * lost its lease or the store (it is abandoned: it writes nothing more, and the
 * sweeper sees to the rest).
 *
 * @since 0.1.0
 */
import type {
  Begun,
  ExecutionQueue,
  ExecutionRecord,
  ExecutionRecorder,
  Lease,
  StoreError,
  Wait
} from "@reckoner/core/ports"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as EngineMetrics from "./EngineMetrics.ts"
import { decode, decodeFailure, encode, encodeFailure } from "./ExecutionResult.ts"
import * as Job from "./Job.ts"
import * as RetryPolicy from "./RetryPolicy.ts"

/**
 * A run in this process. Completing `over` ends it without a further write.
 *
 * @category models
 * @since 0.1.0
 */
export interface Run {
  readonly lease: Lease
  readonly over: Deferred.Deferred<void>
  progress: unknown
}

/**
 * What a run needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly recorder: ExecutionRecorder["Service"]
  readonly queue: ExecutionQueue["Service"]
  readonly policies: RetryPolicy.Policies
  /** So often an execution may be begun without recording anything before it counts as one that kills its process. */
  readonly beginsMax: number
  readonly jobs: ReadonlyMap<string, Job.Any>
  /** Told of the run while it is in memory. */
  readonly residents: Set<Run>
  /** Whether the process is to stop: runs end before their next step. */
  readonly isStopping: () => boolean
  /** Told of what a job reports, in addition to the store. */
  readonly onReport?: (progress: unknown) => Effect.Effect<void>
}

/** A transaction that is not to be kept: its effect failed, or its lease does not count any more. */
class Undone<E> extends Data.TaggedError("Undone")<{ readonly error: Option.Option<E> }> {}

type StepOptions<A, E> = Job.SureStepOptions<A> & Partial<Job.StepOptions<A, E>>

const STORE_PATIENCE: RetryPolicy.Policies = {
  ...RetryPolicy.POLICIES,
  transient: { triesMax: 9, firstDelayMs: 100, delayMaxMs: 5_000, jitterPercent: 50 }
}

const RELEASE_TIMEOUT_MS = 2_000

const keyOf = ({ kind, name }: Pick<ExecutionRecord, "kind" | "name">): string => `${kind} ${name}`

/**
 * Asks the store with patience. Without an answer the run is abandoned; what the store refuses for good (a text that
 * it cannot hold, say) is a bug, for the same would come of every further run.
 */
const keeping =
  (over: Deferred.Deferred<void>) =>
  <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A> =>
    RetryPolicy.retry<StoreError>(
      STORE_PATIENCE,
      RetryPolicy.kindOf
    )(effect).pipe(
      Effect.catch((error) =>
        error.isRetryable
          ? Effect.logWarning("a run is abandoned: the store did not answer", error.message).pipe(
              Effect.andThen(Deferred.succeed(over, undefined)),
              Effect.andThen(Effect.never)
            )
          : Effect.die(error)
      )
    )

/** The service that the job's code is given, over the records of one run. */
const executionOf = (
  self: Run,
  { execution, nowMs, records: recorded }: Begun,
  { isStopping, onReport, policies, queue, recorder }: Options,
  scope: Scope.Scope
): Job.Execution["Service"] => {
  const { lease, over } = self
  const records = new Map(recorded.map((record) => [keyOf(record), record]))
  const waits = new Map<string, { readonly wait: Wait; readonly come: Deferred.Deferred<unknown> }>()
  let busy = 0

  const end: Effect.Effect<never> = Effect.andThen(Deferred.succeed(over, undefined), Effect.never)
  const kept = keeping(over)
  const heldOrEnd = (isHeld: boolean): Effect.Effect<void> => (isHeld ? Effect.void : end)
  const remember = (record: ExecutionRecord) => Effect.sync(() => void records.set(keyOf(record), record))

  const write = (record: ExecutionRecord): Effect.Effect<void> =>
    kept(recorder.record(lease, record)).pipe(Effect.flatMap(heldOrEnd), Effect.andThen(remember(record)))

  /** Ends the run when all that is left to do is to wait. Steps beside the wait are finished first. */
  const parkWhenIdle: Effect.Effect<void> = Effect.gen(function* () {
    // What runs beside gets its turn, and may begin its next step.
    yield* Effect.sleep(0)
    if (busy > 0 || waits.size === 0) return
    const asked = [...waits.values()].map(({ wait }) => wait)
    const { come, isHeld } = yield* kept(recorder.wait(lease, asked))
    if (!isHeld || come.length === 0) return yield* end
    for (const one of come) {
      const waiting = waits.get(keyOf(one))
      waits.delete(keyOf(one))
      if (waiting !== undefined) yield* Deferred.succeed(waiting.come, one.value)
    }
    yield* parkLater
  })
  const parkLater = Effect.suspend(() => Effect.forkIn(parkWhenIdle, scope))

  /** The run does not park meanwhile, and may do so after it, also when the job's code has cut it off. */
  const keepingBusy = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      busy += 1
      const rest = Effect.suspend(() => {
        busy -= 1
        return waits.size > 0 ? parkLater : Effect.void
      })
      return Effect.ensuring(effect, rest)
    })

  /** Gives what comes, in this run or a later one. What the job's code gives up is waited for no more. */
  const waitFor = (wait: Wait): Effect.Effect<unknown> =>
    Effect.suspend(() => {
      const waiting = { wait, come: Deferred.makeUnsafe<unknown>() }
      const key = keyOf(wait)
      waits.set(key, waiting)
      const giveUp = Effect.sync(() => {
        if (waits.get(key) === waiting) waits.delete(key)
      })
      return Effect.ensuring(Effect.andThen(parkLater, Deferred.await(waiting.come)), giveUp)
    })

  /** The record is part of the effect's transaction. Where it is refused, nothing of both is kept. */
  const atomically = <E>(made: Effect.Effect<ExecutionRecord, E>): Effect.Effect<ExecutionRecord, E> => {
    const body = Effect.mapError(made, (error) => new Undone<E>({ error: Option.some(error) })).pipe(
      Effect.tap((record) =>
        Effect.flatMap(recorder.record(lease, record), (isHeld) =>
          isHeld ? Effect.void : Effect.fail(new Undone<E>({ error: Option.none() }))
        )
      )
    )
    const ended = recorder.transaction(body).pipe(
      Effect.map((record) => Result.succeed(record)),
      Effect.catchTag("Undone", ({ error }) => Effect.succeed(Result.fail(error)))
    )
    return Effect.flatMap(kept(ended), (result) => {
      if (Result.isSuccess(result)) return Effect.succeed(result.success)
      return Option.isSome(result.failure) ? Effect.fail(result.failure.value) : end
    })
  }

  const runStep = <A, E>(name: string, options: StepOptions<A, E>, effect: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      if (isStopping()) {
        yield* kept(queue.release(lease))
        return yield* end
      }
      yield* Effect.flatMap(kept(recorder.beginStep(lease, name)), heldOrEnd)
      let tries = 0
      const made = Effect.suspend(() => {
        tries += 1
        return Effect.flatMap(effect, (value) => encode(options.success, value))
      }).pipe(Effect.map((value): ExecutionRecord => ({ kind: "step", name, state: "succeeded", value, tries })))
      const isAtomic = options.atomic === true
      yield* RetryPolicy.retry<E>(
        policies,
        options.kindOf ?? RetryPolicy.kindOf
      )(isAtomic ? atomically(made) : made).pipe(
        Effect.matchCauseEffect({
          onSuccess: (record) => (isAtomic ? remember(record) : write(record)),
          onFailure: (cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.failCause(cause as Cause.Cause<never>)
              : Effect.flatMap(encodeFailure(options.error, cause), (value) =>
                  write({ kind: "step", name, state: "failed", value, tries })
                )
        }),
        Effect.ensuring(Effect.suspend(() => EngineMetrics.retried(execution.job, name, tries - 1)))
      )
    }).pipe(
      EngineMetrics.timed(execution.job, name),
      Effect.annotateLogs({ step: name }),
      Effect.withSpan(`step ${name}`, { attributes: { executionId: execution.id } }),
      Effect.raceFirst(Deferred.await(over))
    )

  const replay = <A, E>({ state, value }: ExecutionRecord, options: StepOptions<A, E>): Effect.Effect<A, E> =>
    state === "succeeded"
      ? decode(options.success, value)
      : Effect.flatMap(decodeFailure(options.error, value), (failure) =>
          failure._tag === "Error" ? Effect.fail(failure.error) : Effect.die(new Error(failure.message))
        )

  const step = <A, E, R>(
    name: string,
    options: StepOptions<A, E>,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.gen(function* () {
      const found = () => records.get(keyOf({ kind: "step", name }))
      if (found() === undefined) {
        // It runs in this fiber and finds there what it requires. Given to it anew, that would hide the step's span.
        yield* keepingBusy(runStep(name, options, effect as Effect.Effect<A, E>))
      }
      const record = found()
      return yield* record === undefined ? end : replay(record, options)
    })

  return {
    id: execution.id,
    attempt: execution.attempt,

    step: step as Job.Execution["Service"]["step"],

    sleepUntil: (name, instantMs) =>
      Effect.gen(function* () {
        const record = records.get(keyOf({ kind: "sleep", name }))
        const wakesAtMs = record === undefined ? instantMs : (record.value as { untilMs: number }).untilMs
        if (record === undefined) {
          yield* keepingBusy(
            write({ kind: "sleep", name, state: "succeeded", value: { untilMs: wakesAtMs }, tries: 1 })
          )
        }
        if (nowMs < wakesAtMs) yield* waitFor({ kind: "sleep", name, wakesAtMs })
      }),

    awaitSignal: (name, schema) =>
      Effect.gen(function* () {
        const record = records.get(keyOf({ kind: "signal", name }))
        const value = record === undefined ? yield* waitFor({ kind: "signal", name }) : record.value
        return yield* decode(schema, value)
      }),

    report: (progress) =>
      Effect.suspend(() => {
        self.progress = progress
        return onReport === undefined ? Effect.void : onReport(progress)
      })
  }
}

/** Runs the job's code, and writes how it ended. */
const runJob = (self: Run, begun: Begun, job: Job.Any, options: Options): Effect.Effect<void> => {
  const { businessKey, id: executionId, input } = begun.execution
  const kept = keeping(self.over)
  const finish = (end: Parameters<Options["recorder"]["finish"]>[1]) =>
    Effect.flatMap(kept(options.recorder.finish(self.lease, end)), (isHeld) =>
      isHeld ? EngineMetrics.ended(job.name, end.state) : Effect.void
    )
  return Effect.scoped(
    Effect.gen(function* () {
      const execution = executionOf(self, begun, options, yield* Effect.scope)
      const output = yield* decode(job.input, input).pipe(
        Effect.flatMap((decoded) => job.run(decoded)),
        Effect.provideService(Job.Execution, execution)
      )
      yield* finish({ state: "succeeded", output: yield* encode(job.output, output) })
    })
  ).pipe(
    // Interruption is how its process ends, or the run itself.
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause as Cause.Cause<never>)
        : Effect.gen(function* () {
            const error = yield* encodeFailure(job.error, cause)
            yield* error._tag === "Defect"
              ? Effect.logError("execution failed by a bug", cause)
              : Effect.logWarning("execution failed").pipe(Effect.annotateLogs({ error: JSON.stringify(error.error) }))
            yield* finish({ state: "failed", error })
          })
    ),
    Effect.annotateLogs({ executionId, job: job.name, businessKey }),
    Effect.withSpan(`job ${job.name}`, { attributes: { executionId, businessKey } })
  )
}

/** One that was begun so often and never recorded anything ends its process each time. */
const givenUp = ({ beginsInVain }: Begun["execution"]): unknown => ({
  _tag: "Defect",
  message: `it was begun ${beginsInVain} times and its process ended each time: find out why, then retry it`
})

/**
 * Runs an execution until it ends, parks, is given back or is abandoned.
 *
 * @category constructors
 * @since 0.1.0
 */
export const run = (lease: Lease, options: Options): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { jobs, queue, recorder, residents } = options
    const self: Run = { lease, over: Deferred.makeUnsafe(), progress: undefined }
    const kept = keeping(self.over)

    const live = Effect.gen(function* () {
      const begun = yield* kept(recorder.begin(lease))
      if (Option.isNone(begun)) return
      // Not before: a heartbeat would take a run whose lease is not written yet for one that has lost it.
      residents.add(self)
      const { execution } = begun.value
      const job = jobs.get(execution.job)
      if (job === undefined) {
        yield* Effect.logWarning(`this process does not know the job ${execution.job}, and gives it back`)
        return yield* kept(queue.release(lease))
      }
      if (execution.beginsInVain > options.beginsMax) {
        yield* EngineMetrics.ended(job.name, "failed")
        return yield* Effect.asVoid(kept(recorder.finish(lease, { state: "failed", error: givenUp(execution) })))
      }
      yield* runJob(self, begun.value, job, options)
    })

    yield* Effect.raceFirst(live, Deferred.await(self.over)).pipe(
      // Whoever takes it next need not wait for the sweeper. Where the lease is over already, nothing happens.
      Effect.onInterrupt(() => Effect.ignore(Effect.timeout(queue.release(lease), RELEASE_TIMEOUT_MS))),
      Effect.ensuring(Effect.sync(() => residents.delete(self)))
    )
  })
