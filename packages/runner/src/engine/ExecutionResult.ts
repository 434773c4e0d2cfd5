/**
 * Values of jobs as they are kept, in JSON, and what they are in the job's own types.
 *
 * @since 0.1.0
 */
import type { Execution } from "@reckoner/core/ports"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Job from "./Job.ts"

const messageOf = (defect: unknown): string => (defect instanceof Error ? defect.message : String(defect))

/**
 * Writes a failure as JSON: an error of the job, or a bug.
 *
 * @category constructors
 * @since 0.1.0
 */
export const encodeFailure = <E>(
  schema: Job.Codec<E> | undefined,
  cause: Cause.Cause<E>
): Effect.Effect<Job.Failure<unknown>> => {
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
  Effect.orDie(Schema.decodeUnknownEffect(Schema.toCodecJson(schema))(value ?? null))

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

/**
 * How far an execution is, in the types of its job.
 *
 * @category constructors
 * @since 0.1.0
 */
export const of = <Output, Error, R>(
  job: Job.Job<any, Output, Error, R>,
  execution: Execution
): Effect.Effect<Job.Result<Output, Error>> => {
  switch (execution.state) {
    case "pending":
      return Effect.succeed({ _tag: "Pending" })
    case "running":
      return Effect.succeed({ _tag: "Running" })
    case "waiting":
      return Effect.succeed({ _tag: "Waiting", waitsFor: execution.waitsFor ?? "" })
    case "succeeded":
      return Effect.map(decode(job.output, execution.output), (output) => ({ _tag: "Succeeded", output }))
    case "failed":
      return Effect.map(decodeFailure(job.error, execution.error), (failure) => ({ _tag: "Failed", failure }))
    case "cancelled":
      return Effect.succeed({ _tag: "Cancelled" })
    case "purged":
      return Effect.succeed({ _tag: "Purged" })
  }
}
