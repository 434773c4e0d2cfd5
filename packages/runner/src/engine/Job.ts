/**
 * What a durable job is, and what it may ask of whatever runs it. Jobs know
 * this file and ports; they know no engine.
 *
 * A job may be run from its start again at any time, after a crash or a wait,
 * and gets recorded steps back as they were. So everything between two steps
 * must be a pure function of the input and of what steps returned.
 *
 * @since 0.1.0
 */
import type { StoreError } from "@reckoner/core/ports"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { FailureKind } from "./RetryPolicy.ts"

/**
 * How a value is written as JSON and read back, without help of a service.
 *
 * @category models
 * @since 0.1.0
 */
// The written form is of no interest to anybody, so it is `any` as in the schemas' own types.
export type Codec<A> = Schema.Codec<A, any>

/**
 * How the results of a step are recorded. `kindOf` says which retry policy a
 * failure follows; without it the error's own `isRetryable` decides.
 *
 * @category models
 * @since 0.1.0
 */
export interface StepOptions<A, E> extends SureStepOptions<A> {
  readonly error: Codec<E>
  readonly kindOf?: (error: E) => FailureKind
}

/**
 * How the result of a step that cannot fail is recorded. What an `atomic` step writes to the database of the
 * executions is kept together with its record or not at all, so a crash never repeats it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SureStepOptions<A> {
  readonly success: Codec<A>
  readonly atomic?: boolean
}

/**
 * The execution a job runs in. Names are unique within it and stay the same
 * over releases: what is recorded is found by its name.
 *
 * @category services
 * @since 0.1.0
 */
export class Execution extends Context.Service<
  Execution,
  {
    readonly id: string
    /** 1, and one more for every retry by a person. */
    readonly attempt: number
    /**
     * Runs an effect and records how it ended; what is recorded is returned and not run again. Failures are retried
     * by their policy first. A crash before the record repeats the effect: give what it calls an idempotency key made
     * of business facts.
     */
    readonly step: {
      <A, R>(name: string, options: SureStepOptions<A>, effect: Effect.Effect<A, never, R>): Effect.Effect<A, never, R>
      <A, E, R>(name: string, options: StepOptions<A, E>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
    }
    /**
     * Sleeps until an instant, in milliseconds since 1970 by the database's clock, without holding memory or a
     * connection.
     */
    readonly sleepUntil: (name: string, instantMs: number) => Effect.Effect<void>
    /** Waits for a signal in the same way; one that came before is returned at once. */
    readonly awaitSignal: <A>(name: string, schema: Codec<A>) => Effect.Effect<A>
    /** Says how far the job is, for whoever looks; only the latest is kept. */
    readonly report: (progress: Schema.Json) => Effect.Effect<void>
  }
>()("@reckoner/runner/Execution") {}

/**
 * A job that survives the process that runs it. `R` are the ports it needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Job<Input, Output, Error, R> {
  readonly name: string
  readonly input: Codec<Input>
  readonly output: Codec<Output>
  readonly error: Codec<Error>
  /** What the job is done for. Two inputs with the same key are the same work. */
  readonly businessKey: (input: Input) => string
  /**
   * What becomes of the key when an old execution is purged: `kept`, and it can never be started again, or
   * `forgotten`, and a further start is a new execution.
   */
  readonly keyAfterPurge: "kept" | "forgotten"
  readonly run: (input: Input) => Effect.Effect<Output, Error, R | Execution>
}

/**
 * Any job whose ports are in `R`.
 *
 * @category models
 * @since 0.1.0
 */
export type Any<R = never> = Job<any, any, any, R>

/**
 * Defines a job. Its keys are kept when its executions are purged, unless it says otherwise.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <Input, Output, Error, R>(definition: {
  readonly name: string
  readonly input: Codec<Input>
  readonly output: Codec<Output>
  readonly error: Codec<Error>
  readonly businessKey: (input: Input) => string
  readonly keyAfterPurge?: "kept" | "forgotten"
  readonly run: (input: Input) => Effect.Effect<Output, Error, R>
}): Job<Input, Output, Error, Exclude<R, Execution>> =>
  ({ keyAfterPurge: "kept", ...definition }) as Job<Input, Output, Error, Exclude<R, Execution>>

/**
 * The same job with its ports given to it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const provide = <R>({ run, ...job }: Any<R>, ports: Context.Context<R>): Any => ({
  ...job,
  run: (input) => Effect.provideContext(run(input), ports) as Effect.Effect<unknown, unknown, Execution>
})

/**
 * Why an execution failed: an error of the job, or a bug.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure<Error> =
  | { readonly _tag: "Error"; readonly error: Error }
  | { readonly _tag: "Defect"; readonly message: string }

/**
 * How far the execution of a key is.
 *
 * @category models
 * @since 0.1.0
 */
export type Result<Output, Error> =
  | { readonly _tag: "Unknown" }
  | { readonly _tag: "Pending" }
  | { readonly _tag: "Running" }
  | { readonly _tag: "Waiting"; readonly waitsFor: string }
  | { readonly _tag: "Succeeded"; readonly output: Output }
  | { readonly _tag: "Failed"; readonly failure: Failure<Error> }
  | { readonly _tag: "Cancelled" }
  | { readonly _tag: "Purged" }

/**
 * What became of a signal: `Accepted`; `Repeated`, one of that name came
 * before and counts; `Finished`, nobody waits any more; `Unknown`, there is no
 * such execution.
 *
 * @category models
 * @since 0.1.0
 */
export type SignalAnswer = "Accepted" | "Repeated" | "Finished" | "Unknown"

/**
 * Starts and steers executions, from any process.
 *
 * @category services
 * @since 0.1.0
 */
export class Engine extends Context.Service<
  Engine,
  {
    /** Starts the job unless its business key has an execution already; it returns before the job runs. */
    readonly start: <Input, Output, Error, R>(
      job: Job<Input, Output, Error, R>,
      input: Input
    ) => Effect.Effect<{ readonly executionId: string; readonly started: boolean }, StoreError>
    readonly result: <Input, Output, Error, R>(
      job: Job<Input, Output, Error, R>,
      key: string
    ) => Effect.Effect<Result<Output, Error>, StoreError>
    /** Hands a JSON value to an execution, once per name: the first counts, whether it is awaited already or not. */
    readonly signal: <R>(
      job: Any<R>,
      key: string,
      name: string,
      value: Schema.Json
    ) => Effect.Effect<SignalAnswer, StoreError>
    /** Ends an execution; a step that runs is interrupted. True if it is cancelled now. */
    readonly cancel: <R>(job: Any<R>, key: string) => Effect.Effect<boolean, StoreError>
    /** Resumes a failed or cancelled execution after its last recorded step. True if it is on its way now. */
    readonly retry: <R>(job: Any<R>, key: string) => Effect.Effect<boolean, StoreError>
  }
>()("@reckoner/runner/Engine") {}
