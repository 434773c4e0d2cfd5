/**
 * The rate limiter within one process, for tests. It goes by Effect's clock, so
 * a test may move its time.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { RateLimiter, type Slot } from "../ports/RateLimiter.ts"

/**
 * A slot as it is kept. It counts until `expiresAtMs`, in milliseconds since 1970.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeptSlot extends Slot {
  readonly expiresAtMs: number
}

/**
 * A limiter with its contents: the slots that nobody has left or taken over.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryRateLimiter {
  readonly layer: Layer.Layer<RateLimiter>
  readonly slots: () => ReadonlyArray<KeptSlot>
}

/**
 * Makes a limiter that nobody has asked yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): MemoryRateLimiter => {
  const places = new Map<string, number>()
  const slots = new Map<string, KeptSlot>()
  const now = Clock.currentTimeMillis
  const keep = (slot: Slot, expiresAtMs: number) => slots.set(slot.holder, { ...slot, expiresAtMs })
  const isHeld = ({ holder, system }: Slot) => slots.get(holder)?.system === system
  return {
    layer: Layer.succeed(
      RateLimiter,
      RateLimiter.of({
        reserve: (system, intervalMs) =>
          Effect.map(now, (nowMs) => {
            const placeMs = Math.max(nowMs, (places.get(system) ?? Number.NEGATIVE_INFINITY) + intervalMs)
            places.set(system, placeMs)
            return { waitMs: Math.ceil(placeMs - nowMs) }
          }),
        enter: (slot, { inFlightMax, leaseMs }) =>
          Effect.map(now, (nowMs) => {
            const others = [...slots.values()].filter(({ system }) => system === slot.system)
            const expired = others.filter(({ expiresAtMs }) => expiresAtMs <= nowMs)
            if (others.length - expired.length >= inFlightMax) return false
            // A slot that has expired is its holder's to renew until its room is needed.
            const tooMany = Math.max(0, others.length + 1 - inFlightMax)
            for (const { holder } of expired.slice(0, tooMany)) slots.delete(holder)
            keep(slot, nowMs + leaseMs)
            return true
          }),
        renew: (slot, leaseMs) => Effect.map(now, (nowMs) => isHeld(slot) && keep(slot, nowMs + leaseMs).size > 0),
        leave: (slot) => Effect.sync(() => void (isHeld(slot) && slots.delete(slot.holder)))
      })
    ),
    slots: () => [...slots.values()]
  }
}
