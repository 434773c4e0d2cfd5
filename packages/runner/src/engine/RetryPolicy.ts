/**
 * How often and how soon something is tried again, by the kind of its failure.
 *
 * Delays grow exponentially up to a bound, and are shortened by chance, so that
 * callers that failed together do not come back together.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/**
 * What a failure says about trying again: `transient` may be gone in a moment,
 * `rate-limited` asks for patience, `permanent` stays as it is.
 *
 * @category models
 * @since 0.1.0
 */
export type FailureKind = "transient" | "rate-limited" | "permanent"

/**
 * A bounded number of tries with growing delays. All times are in milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetryPolicy {
  /** The first try included. */
  readonly triesMax: number
  readonly firstDelayMs: number
  readonly delayMaxMs: number
  /** By how many percent, at most, chance shortens a delay. */
  readonly jitterPercent: number
}

/**
 * A policy per kind of failure.
 *
 * @category models
 * @since 0.1.0
 */
export type Policies = Readonly<Record<FailureKind, RetryPolicy>>

/**
 * The policies of every step that names none.
 *
 * @category constants
 * @since 0.1.0
 */
export const POLICIES: Policies = {
  transient: { triesMax: 6, firstDelayMs: 200, delayMaxMs: 10_000, jitterPercent: 50 },
  "rate-limited": { triesMax: 10, firstDelayMs: 1_000, delayMaxMs: 60_000, jitterPercent: 25 },
  permanent: { triesMax: 1, firstDelayMs: 0, delayMaxMs: 0, jitterPercent: 0 }
}

/**
 * The delay after a number of failed tries, before chance shortens it.
 *
 * **Units**
 *
 * `failedTries` counts from 1. The delay is in milliseconds.
 *
 * **Laws**
 *
 * - `nonDecreasing`: one more failed try never shortens the delay.
 * - `bounded`: no delay is negative or above `delayMaxMs`.
 *
 * Stated in `RetryPolicy.laws.ts`, checked in `RetryPolicy.test.ts`.
 *
 * @category queries
 * @since 0.1.0
 */
export const delayMs = (self: RetryPolicy, failedTries: number): number => {
  let delay = self.firstDelayMs
  for (let failed = 1; failed < failedTries && delay < self.delayMaxMs; failed += 1) delay *= 2
  return Math.min(delay, self.delayMaxMs)
}

/**
 * A delay shortened by chance: `chancePermille` of the policy's jitter is taken off.
 *
 * **Laws**
 *
 * - `jitterBounded`: it is not above the delay, nor shorter than the jitter allows.
 *
 * @category queries
 * @since 0.1.0
 */
export const jittered = (self: RetryPolicy, delay: number, chancePermille: number): number =>
  delay - Math.floor((delay * self.jitterPercent * chancePermille) / 100_000)

/**
 * The kind of a failure by the error's own `isRetryable`; an error without it is `permanent`.
 *
 * @category queries
 * @since 0.1.0
 */
export const kindOf = (error: unknown): FailureKind =>
  typeof error === "object" && error !== null && "isRetryable" in error && error.isRetryable === true
    ? "transient"
    : "permanent"

/**
 * Tries an effect until it succeeds or the policy of its last failure allows no more; then it fails with that one.
 *
 * @category combinators
 * @since 0.1.0
 */
export const retry =
  <E>(policies: Policies, kind: (error: E) => FailureKind) =>
  <A, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const attempt = (failedTries: number): Effect.Effect<A, E, R> =>
      Effect.catch(effect, (error: E) => {
        const policy = policies[kind(error)]
        if (failedTries + 1 >= policy.triesMax) return Effect.fail(error)
        return Effect.flatMap(Random.nextIntBetween(0, 1000), (chancePermille) =>
          Effect.delay(attempt(failedTries + 1), jittered(policy, delayMs(policy, failedTries + 1), chancePermille))
        )
      })
    return attempt(0)
  }
