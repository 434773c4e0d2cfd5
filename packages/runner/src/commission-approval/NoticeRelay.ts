/**
 * Sends the notices that wait in the outbox. What goes wrong here never touches
 * what the notices are about.
 *
 * @since 0.1.0
 */
import { type BusinessZone, CommissionNotice } from "@reckoner/core"
import { AffiliateNotifier, type Notice, NoticeOutbox, type StoreError } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * Notices taken from the outbox at once.
 *
 * @category constants
 * @since 0.1.0
 */
export const NOTICES_PER_BATCH_MAX = 8

/**
 * How long somebody may take to send a notice before it counts as abandoned, in
 * milliseconds. Far more than a whole batch may take, with waits for tokens.
 *
 * @category constants
 * @since 0.1.0
 */
export const ABANDONED_MS = 600_000

const SENDS_AT_ONCE = 4

/**
 * How many notices an effort left in each state.
 *
 * @category models
 * @since 0.1.0
 */
export type Relayed = Readonly<Record<CommissionNotice.NoticeState["_tag"], number>>

const NONE: Relayed = { Queued: 0, Sending: 0, Sent: 0, SentUnknown: 0, Undeliverable: 0, Held: 0 }

const send = (
  notice: Notice,
  zone: BusinessZone.BusinessZone
): Effect.Effect<CommissionNotice.NoticeState, StoreError, AffiliateNotifier | NoticeOutbox> =>
  Effect.gen(function* () {
    const notifier = yield* AffiliateNotifier
    const outbox = yield* NoticeOutbox
    // Once it may have been sent, an interruption must not lose what came of it.
    return yield* Effect.uninterruptible(
      Effect.gen(function* () {
        const attempt = yield* notifier.send(notice)
        const at = yield* Clock.currentTimeMillis
        const state = CommissionNotice.afterAttempt(attempt, { at, attempts: notice.attempts, zone })
        yield* outbox.settle(notice.id, state)
        if (state._tag === "Held" || state._tag === "SentUnknown") {
          yield* Effect.annotateLogs(Effect.logWarning("a notice waits for a person"), {
            notice: notice.id,
            state: state._tag,
            reason: state.reason
          })
        }
        return state
      })
    )
  })

/**
 * Sends everything that is due, batch by batch.
 *
 * **Errors**
 *
 * - `StoreError`: the database failed. What was sent then and could not be settled becomes `SentUnknown`.
 *
 * @category actions
 * @since 0.1.0
 */
export const drain = (
  zone: BusinessZone.BusinessZone
): Effect.Effect<Relayed, StoreError, AffiliateNotifier | NoticeOutbox> =>
  Effect.gen(function* () {
    const outbox = yield* NoticeOutbox
    const relayed = { ...NONE }
    while (true) {
      const at = yield* Clock.currentTimeMillis
      const taken = yield* outbox.take({ at, limit: NOTICES_PER_BATCH_MAX, abandonedMs: ABANDONED_MS })
      const states = yield* Effect.forEach(taken, (notice) => send(notice, zone), { concurrency: SENDS_AT_ONCE })
      for (const { _tag } of states) relayed[_tag] += 1
      if (taken.length < NOTICES_PER_BATCH_MAX) return relayed
    }
  })
