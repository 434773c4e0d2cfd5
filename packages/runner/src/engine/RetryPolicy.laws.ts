/**
 * Laws of `RetryPolicy`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as RetryPolicy from "./RetryPolicy.ts"

/** One more failed try never shortens the delay. */
export const nonDecreasing = (policy: RetryPolicy.RetryPolicy, failedTries: number): boolean =>
  RetryPolicy.delayMs(policy, failedTries) <= RetryPolicy.delayMs(policy, failedTries + 1)

/** No delay is negative or above the policy's longest. */
export const bounded = (policy: RetryPolicy.RetryPolicy, failedTries: number): boolean => {
  const delay = RetryPolicy.delayMs(policy, failedTries)
  return Number.isSafeInteger(delay) && delay >= 0 && delay <= policy.delayMaxMs
}

/** Chance only shortens, and by no more than the jitter allows. */
export const jitterBounded = (
  policy: RetryPolicy.RetryPolicy,
  failedTries: number,
  chancePermille: number
): boolean => {
  const delay = RetryPolicy.delayMs(policy, failedTries)
  const shortened = RetryPolicy.jittered(policy, delay, chancePermille)
  return shortened <= delay && shortened * 100 >= delay * (100 - policy.jitterPercent)
}
