/**
 * The last ticks in memory, for tests.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ScheduleStore } from "../ports/ScheduleStore.ts"

/**
 * A store that knows no job yet. Its clock is that of whoever asks. The layer may be built several times.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): { readonly layer: Layer.Layer<ScheduleStore> } => {
  const lastTicks = new Map<string, number>()
  return {
    layer: Layer.succeed(
      ScheduleStore,
      ScheduleStore.of({
        state: (job) =>
          Effect.map(Clock.currentTimeMillis, (nowMs) => {
            const lastTickMs = lastTicks.get(job) ?? nowMs
            lastTicks.set(job, lastTickMs)
            return { lastTickMs, nowMs }
          }),
        advance: (job, tickMs) =>
          Effect.sync(() => void lastTicks.set(job, Math.max(tickMs, lastTicks.get(job) ?? tickMs)))
      })
    )
  }
}
