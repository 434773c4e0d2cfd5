/**
 * Laws of `CommissionNotice`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as CommissionNotice from "./CommissionNotice.ts"

/** When an attempt ended, which one it was, and by whose clocks night is told. */
export type Circumstances = Parameters<typeof CommissionNotice.afterAttempt>[1]

/** An attempt after which the person may have the notice leaves it in a state that nothing sends it from. */
export const neverTwice = (attempt: CommissionNotice.Attempt, circumstances: Circumstances): boolean => {
  const mayHaveArrived = attempt._tag === "Sent" || attempt._tag === "Unknown"
  const state = CommissionNotice.afterAttempt(attempt, circumstances)
  return !mayHaveArrived || state._tag === "Sent" || state._tag === "SentUnknown"
}

/** The delay after a later attempt is no shorter; it is above zero, and bounded. */
export const delaysGrow = (one: number, other: number): boolean => {
  const [earlier, later] = one <= other ? [one, other] : [other, one]
  const [first, second] = [CommissionNotice.delayMs(earlier), CommissionNotice.delayMs(later)]
  return 0 < first && first <= second && second <= CommissionNotice.DELAY_MAX_MS
}

/** After the last attempt nothing is due; before it, what is due is due later than now. */
export const endsSomewhere = (attempt: CommissionNotice.Attempt, circumstances: Circumstances): boolean => {
  const state = CommissionNotice.afterAttempt(attempt, circumstances)
  return (
    state._tag !== "Queued" ||
    (circumstances.attempts < CommissionNotice.ATTEMPTS_MAX && state.dueAt > circumstances.at)
  )
}
