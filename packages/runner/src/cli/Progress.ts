/**
 * How far a run is: one line on a terminal that is written over and over.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Output from "./Output.ts"

const REDRAW_INTERVAL_MS = 100
const CLEAR_LINE = "\r\u001b[K"

/**
 * How many rows of about how many were read, and how many results were written,
 * each with what they are called.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counted {
  readonly read: number
  readonly estimate: number
  readonly readNoun: string
  readonly written: number
  readonly writtenNoun: string
}

/**
 * Where progress and notices go.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  readonly show: (progress: Counted) => Effect.Effect<void>
  readonly notice: (text: string) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
}

/**
 * The line itself.
 *
 * **Units**
 *
 * `elapsedMs` is in milliseconds since the first row was asked for.
 *
 * @category formatting
 * @since 0.1.0
 */
export const line = ({ estimate, read, readNoun, written, writtenNoun }: Counted, elapsedMs: number): string => {
  const rate = elapsedMs < 1 ? 0 : Math.round((read * 1000) / elapsedMs)
  const total = Math.max(estimate, read)
  return (
    `${Output.count(read)} of about ${Output.count(total)} ${readNoun}, ` +
    `${Output.count(written)} ${writtenNoun}, ${Output.count(rate)} ${readNoun}/s`
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
