/**
 * Telling an affiliate that a commission was released: what becomes of a notice
 * after an attempt to send it. A person gets it at most once: where nobody
 * knows whether it arrived, it is not sent again.
 *
 * **Laws**
 *
 * - `neverTwice`: a notice that was sent, or may have been, is never due again by itself.
 * - `delaysGrow`: of two attempts that failed in passing, the later waits no shorter for the next.
 * - `endsSomewhere`: after {@link ATTEMPTS_MAX} attempts a notice is never due again by itself, however they ended.
 *
 * Stated in `CommissionNotice.laws.ts`, checked in `CommissionNotice.test.ts`.
 *
 * @since 0.1.0
 */
import * as BusinessZone from "../calendar/BusinessZone.ts"
import * as PlainDate from "../calendar/PlainDate.ts"

/**
 * Attempts after which a notice is no more sent by itself.
 *
 * @category constants
 * @since 0.1.0
 */
export const ATTEMPTS_MAX = 10

/**
 * The delay before the second attempt, in milliseconds; each further one is
 * twice as long, up to {@link DELAY_MAX_MS}.
 *
 * @category constants
 * @since 0.1.0
 */
export const DELAY_FIRST_MS = 60_000

/**
 * The longest delay, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const DELAY_MAX_MS = 3_600_000

/**
 * When notices that may not be sent at night are sent: seconds since midnight,
 * in the zone of the business.
 *
 * @category constants
 * @since 0.1.0
 */
export const MORNING_SECOND = 8 * 3_600

/**
 * How an attempt ended.
 *
 * - `Sent`: the service took it; `receipt` is its name for it.
 * - `TryLater`: nothing was sent, and the same may work later.
 * - `NotAtNight`: nothing was sent, for it is night.
 * - `Recipient`: this person cannot, or does not want to, be told.
 * - `NeedsOperator`: nothing is sent until somebody mends the account, the quota or our message.
 * - `Unknown`: no answer came; it may have been sent.
 *
 * @category models
 * @since 0.1.0
 */
export type Attempt =
  | { readonly _tag: "Sent"; readonly receipt: string }
  | { readonly _tag: "TryLater"; readonly reason: string }
  | { readonly _tag: "NotAtNight"; readonly reason: string }
  | { readonly _tag: "Recipient"; readonly reason: string }
  | { readonly _tag: "NeedsOperator"; readonly reason: string }
  | { readonly _tag: "Unknown"; readonly reason: string }

/**
 * Where a notice stands. Instants are in milliseconds since 1970.
 *
 * - `Queued`: it is sent once it is due.
 * - `Sending`: somebody sends it now, or died while doing so.
 * - `Sent`: the service took it.
 * - `SentUnknown`: it may have been sent. Only a person may send it again.
 * - `Undeliverable`: this person cannot be told.
 * - `Held`: it waits for a person, who may send it again.
 *
 * @category models
 * @since 0.1.0
 */
export type NoticeState =
  | { readonly _tag: "Queued"; readonly dueAt: number; readonly reason: string | undefined }
  | { readonly _tag: "Sending"; readonly since: number }
  | { readonly _tag: "Sent"; readonly at: number; readonly receipt: string }
  | { readonly _tag: "SentUnknown"; readonly reason: string }
  | { readonly _tag: "Undeliverable"; readonly reason: string }
  | { readonly _tag: "Held"; readonly reason: string }

/**
 * The names of the states.
 *
 * @category constants
 * @since 0.1.0
 */
export const STATE_NAMES = ["Queued", "Sending", "Sent", "SentUnknown", "Undeliverable", "Held"] as const

/**
 * The state of a notice after an attempt. `attempts` counts that one too.
 *
 * **Source**: section 7 of the facts about remote systems.
 *
 * @category decisions
 * @since 0.1.0
 */
export const afterAttempt = (
  attempt: Attempt,
  { at, attempts, zone }: { readonly at: number; readonly attempts: number; readonly zone: BusinessZone.BusinessZone }
): NoticeState => {
  switch (attempt._tag) {
    case "Sent":
      return { _tag: "Sent", at, receipt: attempt.receipt }
    case "Unknown":
      return { _tag: "SentUnknown", reason: attempt.reason }
    case "Recipient":
      return { _tag: "Undeliverable", reason: attempt.reason }
    case "NeedsOperator":
      return { _tag: "Held", reason: attempt.reason }
    case "NotAtNight":
    case "TryLater": {
      const { reason } = attempt
      // A service that says "night" for ever is wrong about the hour, or we are about the zone.
      if (attempts >= ATTEMPTS_MAX) return { _tag: "Held", reason: `${reason} (after ${attempts} attempts)` }
      const dueAt = attempt._tag === "NotAtNight" ? nextMorning(zone, at) : at + delayMs(attempts)
      return { _tag: "Queued", dueAt, reason }
    }
  }
}

/**
 * How long a notice waits after so many attempts, in milliseconds.
 *
 * @category queries
 * @since 0.1.0
 */
export const delayMs = (attempts: number): number =>
  Math.min(DELAY_FIRST_MS * 2 ** Math.min(attempts - 1, 30), DELAY_MAX_MS)

/** The next moment at which the business's clock shows the morning hour. */
const nextMorning = (zone: BusinessZone.BusinessZone, at: number): number => {
  const today = BusinessZone.civilDate(zone, at)
  const morning = BusinessZone.instantAt(zone, today, MORNING_SECOND)
  return morning > at ? morning : BusinessZone.instantAt(zone, PlainDate.addDays(today, 1), MORNING_SECOND)
}
