/**
 * Calls to external systems, held to limits that count over all processes.
 *
 * A call first takes a slot, then its place in time, so that no slot is idle
 * and no place grows old while the other is awaited. In each process one call
 * per system asks at a time and the others queue behind it: a process that dies
 * takes one place with it, and however many calls wait, the store is asked
 * rarely. A slot that was left is open to every process.
 *
 * @since 0.1.0
 */
import { RateLimiter, type Slot, type StoreError } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Semaphore from "effect/Semaphore"
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import * as RetryPolicy from "./RetryPolicy.ts"

/**
 * What a system allows; `undefined` is any number.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limit {
  readonly perSecond: number | undefined
  readonly inFlightMax: number | undefined
}

/**
 * Limits by the name of the system. One that is missing has none.
 *
 * @category models
 * @since 0.1.0
 */
export type Limits = ReadonlyMap<string, Limit>

/**
 * The numbers that waiting goes by. Tests use shorter ones.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** For so long a slot outlives its process. It is renewed while the process lives. */
  readonly leaseMs: number
  /** How long giving a slot back may take; after that it is left to its lease. */
  readonly leaveMaxMs: number
}

/**
 * The settings of a server.
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULTS: Settings = { leaseMs: 30_000, leaveMaxMs: 5_000 }

const COUNT_MAX = 1_000

/** A timer may be so early, and a call is made no later than this after its place. */
const EARLY_MS_MAX = 1
const LATE_MS_MAX = 99

/** So many places in a row are given up for being late; the next is taken as it comes, for the store is slow. */
const LATE_PLACES_MAX = 5

/** How often a full system is asked for a slot. */
const POLL: RetryPolicy.RetryPolicy = {
  triesMax: Number.POSITIVE_INFINITY,
  firstDelayMs: 10,
  delayMaxMs: 100,
  jitterPercent: 50
}

const WAIT_BOUNDARIES_S = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300]
const RENEWALS_PER_LEASE = 3
const MS_PER_SECOND = 1_000
const NANOS_PER_MS = 1_000_000

const waitSeconds = Metric.histogram("reckoner_rate_limit_wait_seconds", {
  description: "How long calls to an external system waited for their turn",
  boundaries: WAIT_BOUNDARIES_S
})

/**
 * What `parse` takes, in words.
 *
 * @category constants
 * @since 0.1.0
 */
export const ALLOWED =
  `limits like netsuite=any,4; fpay=10/s,2; bank=5/s: ` +
  `calls per second, or any, and then how many may be in flight, each from 1 to ${COUNT_MAX}`

const ONE_LIMIT = /^([a-z][a-z0-9-]{0,62})=(?:any|(\d{1,4})\/s)(?:,(\d{1,4}))?$/

const isCount = (count: number | undefined): boolean => count === undefined || (count >= 1 && count <= COUNT_MAX)

/**
 * Reads limits, separated by semicolons: `system=rate` or `system=rate,inFlightMax`, where the rate is `10/s` or `any`.
 * Spaces are welcome around semicolons. A system comes once, and has one limit at least.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (text: string): Option.Option<Limits> => {
  const limits = new Map<string, Limit>()
  for (const part of text.split(";")) {
    const [whole, system = "", rate, inFlight] = ONE_LIMIT.exec(part.trim()) ?? []
    const perSecond = rate === undefined ? undefined : Number(rate)
    const inFlightMax = inFlight === undefined ? undefined : Number(inFlight)
    const isLimited = perSecond !== undefined || inFlightMax !== undefined
    if (whole === undefined || limits.has(system) || !isLimited) return Option.none()
    if (!isCount(perSecond) || !isCount(inFlightMax)) return Option.none()
    limits.set(system, { perSecond, inFlightMax })
  }
  return Option.some(limits)
}

/**
 * Writes limits as `parse` reads them.
 *
 * @category queries
 * @since 0.1.0
 */
export const format = (self: Limits): string =>
  [...self]
    .map(([system, { inFlightMax, perSecond }]) => {
      const rate = perSecond === undefined ? "any" : `${perSecond}/s`
      return inFlightMax === undefined ? `${system}=${rate}` : `${system}=${rate},${inFlightMax}`
    })
    .join("; ")

/**
 * Holds calls to the limits of their systems.
 *
 * @category services
 * @since 0.1.0
 */
export class RateLimits extends Context.Service<
  RateLimits,
  {
    /**
     * Waits for a slot and for a place in time, as far as the system has limits, and then makes the call. The slot is
     * given back however the call ends.
     *
     * No second sees more calls begin than the system allows, for calls are spaced as if it were a tenth longer. The
     * wait has no end of its own, but may be interrupted. When the store fails, there is no call. A slot that is lost
     * during a call, because the store was away or the process stood still for longer than the lease, is warned of;
     * the call goes on, for the other system would work on it even if it was cut off. Calls do not nest: an inner one
     * may wait for the slot of the outer.
     */
    readonly limited: (system: string) => <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>
  }
>()("@reckoner/runner/RateLimits") {}

type Limiter = RateLimiter["Service"]
type Wrap = <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>

const nowMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / NANOS_PER_MS)

const unlimited: Wrap = (call) => call

/** Makes what waits until a call may be made: not before its place, and little after it. */
const placesOf = Effect.fnUntraced(function* (limiter: Limiter, system: string, perSecond: number) {
  // However early or late each of them is, no more than `perSecond` calls begin within one second.
  const intervalMs = (MS_PER_SECOND + EARLY_MS_MAX + LATE_MS_MAX) / perSecond
  const place = Effect.gen(function* () {
    for (let late = 0; late <= LATE_PLACES_MAX; late += 1) {
      const askedMs = yield* nowMs
      const { waitMs } = yield* limiter.reserve(system, intervalMs)
      yield* Effect.sleep(waitMs)
      if ((yield* nowMs) - askedMs - waitMs <= LATE_MS_MAX) return
    }
    yield* Effect.logWarning("calls may come closer together than they should: their places are given late", { system })
  })
  const turn = yield* Semaphore.make(1)
  return turn.withPermit(place)
})

const jittered = (delayMs: number) =>
  Effect.map(Random.nextIntBetween(0, 1_000), (permille) => RetryPolicy.jittered(POLL, delayMs, permille))

/** Makes what makes calls within slots. */
const slotsOf = Effect.fnUntraced(function* (
  limiter: Limiter,
  system: string,
  inFlightMax: number,
  { leaseMs, leaveMaxMs }: Settings
) {
  const turn = yield* Semaphore.make(1)
  const departures = yield* Queue.sliding<void>(1)
  const processName = `${hostname()} ${process.pid} ${randomUUID()}`
  let calls = 0

  /** After a call of this process the next is quick to ask, but not so quick that other processes have no chance. */
  const pause = Effect.fnUntraced(function* (refusals: number) {
    const delayMs = yield* jittered(RetryPolicy.delayMs(POLL, refusals))
    const departure = yield* Effect.timeoutOption(Queue.take(departures), delayMs)
    if (Option.isNone(departure)) return refusals + 1
    yield* Effect.sleep(yield* jittered(POLL.firstDelayMs))
    return 1
  })
  const leave = (slot: Slot) =>
    limiter.leave(slot).pipe(
      Effect.timeout(leaveMaxMs),
      Effect.catchCause((cause) =>
        Effect.logWarning("a slot is not given back before its lease ends", { system }, cause)
      ),
      Effect.andThen(Queue.offer(departures, undefined))
    )
  const renew = (slot: Slot) =>
    Effect.catch(limiter.renew(slot, leaseMs), (error) =>
      Effect.as(Effect.logWarning("a slot could not be renewed", { system }, error), true)
    )
  const keepRenewing = Effect.fnUntraced(function* (slot: Slot) {
    do yield* Effect.sleep(leaseMs / RENEWALS_PER_LEASE)
    while (yield* renew(slot))
    yield* Effect.logWarning("a slot was lost during its call: one call too many may be in flight", { system })
  })

  const inSlot: Wrap = (call) =>
    Effect.suspend(() => {
      const slot: Slot = { system, holder: `${processName} ${(calls += 1)}` }
      // From the moment it is asked for: when the answer does not arrive, the slot may be taken all the same.
      let mayBeHeld = false
      const enter = Effect.gen(function* () {
        for (let refusals = 1; ; refusals = yield* pause(refusals)) {
          mayBeHeld = true
          mayBeHeld = yield* limiter.enter(slot, { inFlightMax, leaseMs })
          if (mayBeHeld) return
        }
      })
      const renewed = Effect.acquireUseRelease(Effect.forkChild(keepRenewing(slot)), () => call, Fiber.interrupt)
      return Effect.ensuring(
        Effect.andThen(turn.withPermit(enter), renewed),
        Effect.suspend(() => (mayBeHeld ? leave(slot) : Effect.void))
      )
    })
  return inSlot
})

const limitedBy = Effect.fnUntraced(function* (limiter: Limiter, system: string, limit: Limit, settings: Settings) {
  const { inFlightMax, perSecond } = limit
  const inSlot = inFlightMax === undefined ? unlimited : yield* slotsOf(limiter, system, inFlightMax, settings)
  const place = perSecond === undefined ? Effect.void : yield* placesOf(limiter, system, perSecond)
  const waited = Metric.withAttributes(waitSeconds, { system })
  const limited: Wrap = (call) =>
    Effect.flatMap(nowMs, (startedMs) => {
      const countWait = Effect.flatMap(nowMs, (atMs) => Metric.update(waited, (atMs - startedMs) / MS_PER_SECOND))
      return inSlot(place.pipe(Effect.andThen(countWait), Effect.andThen(call)))
    })
  return limited
})

/**
 * The limits, counted by the `RateLimiter`. Calls to systems without a limit are made at once.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (limits: Limits, settings: Settings = DEFAULTS): Layer.Layer<RateLimits, never, RateLimiter> =>
  Layer.effect(
    RateLimits,
    Effect.gen(function* () {
      const limiter = yield* RateLimiter
      const wraps = new Map<string, Wrap>()
      for (const [system, limit] of limits) wraps.set(system, yield* limitedBy(limiter, system, limit, settings))
      return RateLimits.of({ limited: (system) => wraps.get(system) ?? unlimited })
    })
  )
