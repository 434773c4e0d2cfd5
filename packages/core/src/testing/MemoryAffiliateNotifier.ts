/**
 * Telling affiliates, in memory, for tests.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as CommissionNotice from "../commission-approval/CommissionNotice.ts"
import { type AffiliateMessage, AffiliateNotifier } from "../ports/AffiliateNotifier.ts"

/**
 * A notifier with what it was asked.
 *
 * - `sent`: the messages that reached their affiliates, in order.
 * - `script`: how the next attempts end, after those that are still to come; all others succeed. One that ends as
 *   `Unknown` reached its affiliate.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryAffiliateNotifier {
  readonly layer: Layer.Layer<AffiliateNotifier>
  readonly sent: () => ReadonlyArray<AffiliateMessage>
  readonly script: (...attempts: ReadonlyArray<CommissionNotice.Attempt>) => void
}

/**
 * Makes a notifier; its receipts are numbered from 1.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): MemoryAffiliateNotifier => {
  const sent: Array<AffiliateMessage> = []
  const scripted: Array<CommissionNotice.Attempt> = []
  return {
    sent: () => [...sent],
    script: (...attempts) => void scripted.push(...attempts),
    layer: Layer.succeed(
      AffiliateNotifier,
      AffiliateNotifier.of({
        send: (message) =>
          Effect.sync(() => {
            if (message.phone === undefined) return { _tag: "Recipient", reason: "no phone number" }
            const attempt = scripted.shift() ?? { _tag: "Sent", receipt: `${sent.length + 1}` }
            if (attempt._tag === "Sent" || attempt._tag === "Unknown") sent.push(message)
            return attempt
          })
      })
    )
  }
}
