/**
 * One run of an execution: the job's code over what is recorded.
 *
 * The engine only calls and parks it; what counts is in the store. A run that
 * has lost its lease (cancelled, started again elsewhere) or the store itself
 * is abandoned: it writes nothing more, and the sweeper sees to the rest.
 *
 * @since 0.1.0
 */
import type { ExecutionStore } from "@reckoner/adapters-pg"
import type { StoreError } from "@reckoner/core/ports"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Job from "./Job.ts"
import * as RetryPolicy from "./RetryPolicy.ts"

/**
 * What a run asks of the engine it runs in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Parking {
  /** Keeps the run from parking beside an effect before that has ended. */
  readonly attended: (effect: Effect.Effect<void>) => Effect.Effect<void>
  /** Leaves memory, and calls the run anew after so many milliseconds. */
  readonly sleep: (name: string, durationMs: number) => Effect.Effect<void>
  /** Leaves memory, and calls the run anew when that name is woken. */
  readonly awaitWake: (name: string) => Effect.Effect<void>
}

/**
 * A run in this process. Completing `lost` abandons it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Run {
  readonly lease: ExecutionStore.Lease
  readonly lost: Deferred.Deferred<void>
}

type Store = ExecutionStore.ExecutionStore["Service"]
type StepRecord = ExecutionStore.StepRecord
type StepOptions<A, E> = Job.SureStepOptions<A> & Partial<Job.StepOptions<A, E>>

const STORE_PATIENCE: RetryPolicy.Policies = {
  ...RetryPolicy.POLICIES,
  transient: { triesMax: 9, firstDelayMs: 100, delayMaxMs: 5_000, jitterPercent: 50 }
}

const keyOf = (kind: StepRecord["kind"], name: string): string => `${kind} ${name}`

const messageOf = (defect: unknown): string => (defect instanceof Error ? defect.message : String(defect))

/** A failure as it is kept, `Job.Failure` in JSON. */
const encodeFailure = <E>(schema: Job.Codec<E> | undefined, cause: Cause.Cause<E>): Effect.Effect<unknown> => {
  const error = Cause.findErrorOption(cause)
  if (Option.isNone(error) || schema === undefined) {
    return Effect.succeed({ _tag: "Defect", message: messageOf(Cause.squash(cause)) })
  }
  return Effect.map(encode(schema, error.value), (encoded) => ({ _tag: "Error", error: encoded }))
}

/**
 * Writes a value as JSON. One that its own schema refuses is a bug.
 *
 * @category constructors
 * @since 0.1.0
 */
export const encode = <A>(schema: Job.Codec<A>, value: A): Effect.Effect<unknown> =>
  Effect.orDie(Schema.encodeEffect(Schema.toCodecJson(schema))(value))

/**
 * Reads a value that was written as JSON.
 *
 * @category constructors
 * @since 0.1.0
 */
export const decode = <A>(schema: Job.Codec<A>, value: unknown): Effect.Effect<A> =>
  Effect.orDie(Schema.decodeUnknownEffect(Schema.toCodecJson(schema))(value))

/**
 * Reads a failure that was kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const decodeFailure = <E>(schema: Job.Codec<E> | undefined, value: unknown): Effect.Effect<Job.Failure<E>> => {
  const failure = value as Job.Failure<unknown>
  if (failure._tag === "Defect" || schema === undefined) return Effect.succeed(failure as Job.Failure<E>)
  return Effect.map(decode(schema, failure.error), (error) => ({ _tag: "Error", error }))
}

/** The service that the job's code is given, over the records of one run. */
const executionOf = (
  { lease, lost }: Run,
  begun: { readonly row: ExecutionStore.Row; readonly records: ReadonlyArray<StepRecord> },
  { parking, policies, store }: Options
): Job.Execution["Service"] => {
  const records = new Map<string, StepRecord>()
  const remember = (found: ReadonlyArray<StepRecord>) => {
    for (const record of found) records.set(keyOf(record.kind, record.name), record)
  }
  remember(begun.records)

  const abandon: Effect.Effect<never> = Effect.andThen(Deferred.succeed(lost, undefined), Effect.never)
  const kept = keeping(lost)
  const heldOrAbandon = (isHeld: boolean): Effect.Effect<void> => (isHeld ? Effect.void : abandon)

  /** Reads what has been recorded since, and runs on. */
  const reload = Effect.flatMap(
    kept(store.begin(lease)),
    Option.match({ onNone: () => abandon, onSome: (again) => Effect.sync(() => remember(again.records)) })
  )

  const write = (record: StepRecord): Effect.Effect<void> =>
    kept(store.record(lease, record)).pipe(
      Effect.flatMap(heldOrAbandon),
      Effect.andThen(Effect.sync(() => remember([record])))
    )

  const runStep = <A, E>(name: string, options: StepOptions<A, E>, effect: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      yield* Effect.flatMap(kept(store.beginStep(lease, name)), heldOrAbandon)
      let tries = 0
      const counted = Effect.suspend(() => {
        tries += 1
        return effect
      })
      yield* RetryPolicy.retry<E>(
        policies,
        options.kindOf ?? RetryPolicy.kindOf
      )(counted).pipe(
        Effect.flatMap((value) => encode(options.success, value)),
        Effect.matchCauseEffect({
          onSuccess: (value) => write({ kind: "step", name, state: "succeeded", value, tries }),
          onFailure: (cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.failCause(cause as Cause.Cause<never>)
              : Effect.flatMap(encodeFailure(options.error, cause), (value) =>
                  write({ kind: "step", name, state: "failed", value, tries })
                )
        })
      )
    }).pipe(Effect.withSpan(`step ${name}`), Effect.raceFirst(Deferred.await(lost)))

  const replay = <A, E>({ state, value }: StepRecord, options: StepOptions<A, E>): Effect.Effect<A, E> =>
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
      const found = () => records.get(keyOf("step", name))
      if (found() === undefined) {
        const context = yield* Effect.context<R>()
        yield* parking.attended(runStep(name, options, Effect.provideContext(effect, context)))
      }
      const record = found()
      return yield* record === undefined ? abandon : replay(record, options)
    })

  return {
    id: begun.row.id,
    attempt: begun.row.attempt,

    step: step as Job.Execution["Service"]["step"],

    sleepUntil: (name, instantMs) =>
      Effect.gen(function* () {
        const recorded = records.get(keyOf("sleep", name))
        const untilMs = recorded === undefined ? instantMs : (recorded.value as { untilMs: number }).untilMs
        if (recorded === undefined) {
          yield* write({ kind: "sleep", name, state: "succeeded", value: { untilMs }, tries: 1 })
        }
        const nowMs = yield* Clock.currentTimeMillis
        if (nowMs >= untilMs) return
        const { isHeld } = yield* kept(store.wait(lease, { kind: "sleep", name, wakesAtMs: untilMs }))
        yield* heldOrAbandon(isHeld)
        yield* parking.sleep(name, untilMs - nowMs)
        yield* reload
      }),

    awaitSignal: (name, schema) =>
      Effect.gen(function* () {
        const found = () => records.get(keyOf("signal", name))
        if (found() === undefined) {
          const { come, isHeld } = yield* kept(store.wait(lease, { kind: "signal", name }))
          yield* heldOrAbandon(isHeld)
          if (Option.isSome(come)) remember([come.value])
        }
        if (found() === undefined) {
          yield* parking.awaitWake(name)
          yield* reload
        }
        const record = found()
        return yield* record === undefined ? abandon : decode(schema, record.value)
      })
  }
}

/**
 * Asks the store with patience. Without an answer the run is abandoned; what the store refuses for good (a text that
 * it cannot hold, say) is a bug, for the same would come of every further run.
 */
const keeping =
  (lost: Deferred.Deferred<void>) =>
  <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A> =>
    RetryPolicy.retry<StoreError>(
      STORE_PATIENCE,
      RetryPolicy.kindOf
    )(effect).pipe(
      Effect.catch((error) =>
        error.isRetryable
          ? Effect.logWarning("a run is abandoned: the store did not answer", error.message).pipe(
              Effect.andThen(Deferred.succeed(lost, undefined)),
              Effect.andThen(Effect.never)
            )
          : Effect.die(error)
      )
    )

/**
 * What a run needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly store: Store
  readonly parking: Parking
  readonly policies: RetryPolicy.Policies
  readonly jobs: ReadonlyMap<string, Job.Any>
  /** Told of the run while it is in memory. */
  readonly residents: Set<Run>
}

/**
 * Runs an execution until it ends, parks or is abandoned.
 *
 * @category constructors
 * @since 0.1.0
 */
export const run = (lease: ExecutionStore.Lease, options: Options): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { jobs, residents, store } = options
    const self: Run = { lease, lost: Deferred.makeUnsafe() }
    const kept = keeping(self.lost)

    const live = Effect.gen(function* () {
      const begun = yield* kept(store.begin(lease))
      if (Option.isNone(begun)) return
      // Not before: a heartbeat would take a run whose lease is not written yet for one that has lost it.
      residents.add(self)
      const { row } = begun.value
      const job = jobs.get(row.job)
      if (job === undefined) return yield* Effect.logWarning(`this process does not know the job ${row.job}`)
      yield* decode(job.input, row.input).pipe(
        Effect.flatMap((input) => job.run(input)),
        Effect.provideService(Job.Execution, executionOf(self, begun.value, options)),
        Effect.flatMap((output) => encode(job.output, output)),
        Effect.flatMap((output) => kept(store.finish(lease, { state: "succeeded", output }))),
        // Interruption is how a run parks, or how its process ends.
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause as Cause.Cause<never>)
            : Effect.flatMap(encodeFailure(job.error, cause), (error) =>
                kept(store.finish(lease, { state: "failed", error }))
              )
        ),
        Effect.annotateLogs({ executionId: row.id, job: row.job, businessKey: row.businessKey }),
        Effect.withSpan(`job ${row.job}`, { attributes: { executionId: row.id, businessKey: row.businessKey } })
      )
    })

    yield* Effect.raceFirst(live, Deferred.await(self.lost)).pipe(
      Effect.ensuring(Effect.sync(() => residents.delete(self)))
    )
  })
