/**
 * The problem for a port that failed.
 *
 * @since 0.1.0
 */
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as PortFailure from "../engine/PortFailure.ts"
import * as Problem from "./Problem.ts"

const STORE_RETRY_AFTER_SECONDS = 10
const RUN_RETRY_AFTER_SECONDS = 30

/**
 * What is answered: which problem, why, and after how many seconds asking again
 * may help, if it may.
 *
 * @category models
 * @since 0.1.0
 */
export interface PortProblem {
  readonly kind: Problem.Kind
  readonly detail: string
  readonly retryAfterSeconds: number | undefined
}

/**
 * Finds the problem for an error.
 *
 * @category encoding
 * @since 0.1.0
 */
export const from = (error: PortFailure.PortError): PortProblem => {
  switch (error._tag) {
    case "RunLockBusy":
      return {
        kind: "RunInProgress",
        detail: "Another run is in progress: try again when it has ended.",
        retryAfterSeconds: RUN_RETRY_AFTER_SECONDS
      }
    case "ReferralDirectoryError":
      return {
        kind: "SystemUnavailable",
        detail: error.message,
        retryAfterSeconds: error.isRetryable ? RUN_RETRY_AFTER_SECONDS : undefined
      }
    case "StoreError":
      return {
        kind: "StoreUnavailable",
        detail: error.message,
        retryAfterSeconds: error.isRetryable ? STORE_RETRY_AFTER_SECONDS : undefined
      }
  }
}

/**
 * The headers of an answer.
 *
 * @category encoding
 * @since 0.1.0
 */
export const headers = ({ retryAfterSeconds }: PortProblem): Readonly<Record<string, string>> =>
  retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }

/**
 * The answer for an error, as a problem.
 *
 * @category encoding
 * @since 0.1.0
 */
export const response = (error: PortFailure.PortError): HttpServerResponse => {
  const problem = from(error)
  return Problem.response(problem.kind, problem.detail, headers(problem))
}
