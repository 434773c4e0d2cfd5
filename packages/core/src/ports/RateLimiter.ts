/**
 * Limits per external system that hold over all processes: how soon one call
 * may follow another, and how many may be in flight.
 *
 * Time is that of the store alone: no process's clock has a say.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreError } from "./StoreError.ts"

/**
 * One call in flight. `holder` names this one call, and no other call of any
 * process has or had the same name: only who knows it can renew or leave.
 *
 * @category models
 * @since 0.1.0
 */
export interface Slot {
  readonly system: string
  readonly holder: string
}

/**
 * How many calls may be in flight, and for how many milliseconds a slot is held
 * unless it is renewed.
 *
 * @category models
 * @since 0.1.0
 */
export interface SlotTerms {
  readonly inFlightMax: number
  readonly leaseMs: number
}

/**
 * Places in time, and slots for calls in flight, per system. Processes should
 * agree on the terms; where they differ, each is held to its own.
 *
 * @category ports
 * @since 0.1.0
 */
export class RateLimiter extends Context.Service<
  RateLimiter,
  {
    /**
     * Takes the next place in time, at least `intervalMs` after the one before it. Its call may be made once `waitMs`
     * have passed since the answer. Places cannot be given back: one that is not used is lost time, no more; and time
     * in which nobody asks is not saved up.
     */
    readonly reserve: (system: string, intervalMs: number) => Effect.Effect<{ readonly waitMs: number }, StoreError>
    /** Takes a slot. False when none is free now, or when somebody else was faster: ask again a little later. */
    readonly enter: (slot: Slot, terms: SlotTerms) => Effect.Effect<boolean, StoreError>
    /** Makes the lease last `leaseMs` from now. False when the slot was left, or had expired and was given away. */
    readonly renew: (slot: Slot, leaseMs: number) => Effect.Effect<boolean, StoreError>
    /** Gives a slot back. Whoever has none changes nothing. */
    readonly leave: (slot: Slot) => Effect.Effect<void, StoreError>
  }
>()("@reckoner/core/ports/RateLimiter") {}
