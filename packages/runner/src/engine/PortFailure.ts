/**
 * How failures of ports are kept with an execution: as plain data, in which
 * `isRetryable` says which of them may pass by themselves.
 *
 * @since 0.1.0
 */
import { ReferralDirectoryError, RunLockBusy, StoreError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as LocalRun from "./LocalRun.ts"

const RunLockBusyData = Schema.Struct({
  _tag: Schema.Literal("RunLockBusy"),
  name: Schema.String,
  waitedMs: Schema.Int
})

const StoreErrorData = Schema.Struct({
  _tag: Schema.Literal("StoreError"),
  reason: Schema.Literals([
    "Unreachable",
    "AccessDenied",
    "SchemaMissing",
    "SchemaOlder",
    "SchemaNewer",
    "ConnectionLost",
    "StorageFull",
    "Conflict",
    "Other"
  ]),
  message: Schema.String,
  isRetryable: Schema.Boolean
})

const ReferralDirectoryErrorData = Schema.Struct({
  _tag: Schema.Literal("ReferralDirectoryError"),
  reason: Schema.Literals(["Unreachable", "TooSlow", "Refused", "InvalidAnswer"]),
  message: Schema.String,
  isRetryable: Schema.Boolean
})

/**
 * A failure as it is kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const PortFailure = Schema.Union([RunLockBusyData, StoreErrorData, ReferralDirectoryErrorData])

/**
 * A failure as it is kept.
 *
 * @category models
 * @since 0.1.0
 */
export type PortFailure = typeof PortFailure.Type

/**
 * A failure as the ports give it.
 *
 * @category models
 * @since 0.1.0
 */
export type PortError = RunLockBusy | StoreError | ReferralDirectoryError

/**
 * Takes the data of an error.
 *
 * @category encoding
 * @since 0.1.0
 */
export const from = (error: PortError): PortFailure => {
  switch (error._tag) {
    case "RunLockBusy":
      return { _tag: error._tag, name: error.name, waitedMs: error.waitedMs }
    case "StoreError":
      return { _tag: error._tag, reason: error.reason, message: error.message, isRetryable: error.isRetryable }
    case "ReferralDirectoryError":
      return { _tag: error._tag, reason: error.reason, message: error.message, isRetryable: error.isRetryable }
  }
}

/**
 * The error for the data.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toError = (failure: PortFailure): PortError => {
  switch (failure._tag) {
    case "RunLockBusy":
      return new RunLockBusy({ name: failure.name, waitedMs: failure.waitedMs })
    case "StoreError":
      return new StoreError({ reason: failure.reason, message: failure.message, isRetryable: failure.isRetryable })
    case "ReferralDirectoryError":
      return new ReferralDirectoryError({
        reason: failure.reason,
        message: failure.message,
        isRetryable: failure.isRetryable
      })
  }
}

/**
 * What a job that keeps its failures so gave, once it was run here.
 *
 * **Errors**
 *
 * - the error of the port that failed.
 * - `StoreError` (`Other`): the execution was taken over or cancelled in between.
 *
 * @category decoding
 * @since 0.1.0
 */
export const outputOf = <Output>({
  executionId,
  result
}: LocalRun.Ran<Output, PortFailure>): Effect.Effect<Output, PortError> => {
  switch (result._tag) {
    case "Succeeded":
      return Effect.succeed(result.output)
    case "Failed":
      return result.failure._tag === "Error"
        ? Effect.fail(toError(result.failure.error))
        : Effect.die(new Error(result.failure.message))
    default:
      return Effect.fail(
        new StoreError({
          reason: "Other",
          message: `execution ${executionId} was taken over or cancelled: see \`reckoner execution show ${executionId}\``,
          isRetryable: false
        })
      )
  }
}
