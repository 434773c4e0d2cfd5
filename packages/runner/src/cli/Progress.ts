/**
 * How far a run is: one line on a terminal that is written over and over.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import * as Output from "./Output.ts"

const REDRAW_INTERVAL_MS = 100
const CLEAR_LINE = "\r\u001b[K"

/**
 * Where progress and notices go.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  readonly show: (progress: SyncEntitlements.Progress) => Effect.Effect<void>
  readonly notice: (text: string) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
}

/**
 * The line itself.
 *
 * **Units**
 *
 * `elapsedMs` is in milliseconds since the first invoice was asked for.
 *
 * @category formatting
 * @since 0.1.0
 */
export const line = (
  { entitlements, invoicesEstimate, invoicesRead }: SyncEntitlements.Progress,
  elapsedMs: number
): string => {
  const rate = elapsedMs < 1 ? 0 : Math.round((invoicesRead * 1000) / elapsedMs)
  const total = Math.max(invoicesEstimate, invoicesRead)
  return (
    `${Output.count(invoicesRead)} of about ${Output.count(total)} invoices, ` +
    `${Output.count(entitlements)} entitlements, ${Output.count(rate)} invoices/s`
  )
}

/**
 * Progress on a stream that may be a terminal. On anything else only notices are written.
 *
 * @category constructors
 * @since 0.1.0
 */
export const to = (stream: { readonly isTTY?: boolean; readonly write: (text: string) => unknown }): Progress => {
  const isTerminal = stream.isTTY === true
  const startedAt = performance.now()
  let drawnAt = Number.NEGATIVE_INFINITY
  const write = (text: string) => Effect.sync(() => void stream.write(text))
  const clear = Effect.suspend(() => (isTerminal && drawnAt > 0 ? write(CLEAR_LINE) : Effect.void))
  return {
    clear,
    notice: (text) => Effect.andThen(clear, write(`${text}\n`)),
    show: (progress) =>
      Effect.suspend(() => {
        const now = performance.now()
        if (!isTerminal || now - drawnAt < REDRAW_INTERVAL_MS) return Effect.void
        drawnAt = now
        return write(`${CLEAR_LINE}${line(progress, now - startedAt)}`)
      })
  }
}
