/**
 * How a run that did not come to its end is recorded.
 *
 * @since 0.1.0
 */
import type { RunEnd } from "@reckoner/core/ports"
import * as Cause from "effect/Cause"

/**
 * The end of a run that was stopped, or that failed, with the message of what stopped it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromCause = (cause: Cause.Cause<unknown>): RunEnd => {
  if (Cause.hasInterruptsOnly(cause)) return { state: "failed", error: "the run was stopped" }
  const error = Cause.squash(cause)
  return { state: "failed", error: error instanceof Error ? error.message : String(error) }
}
