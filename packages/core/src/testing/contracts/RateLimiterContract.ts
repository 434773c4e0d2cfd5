/**
 * What every `RateLimiter` must do.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { RateLimiter, type SlotTerms } from "../../ports/RateLimiter.ts"

/**
 * A limiter that nobody has asked yet. The layer may be built several times, as
 * by several processes: it is one limiter all the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface LimiterSetup {
  readonly layer: Layer.Layer<RateLimiter, unknown>
  readonly close: () => Promise<void>
}

type Limiter = RateLimiter["Service"]

const LONG_LEASE_MS = 60_000
const SHORT_LEASE_MS = 800

const bank = (holder: string) => ({ system: "bank", holder })
const room = (inFlightMax: number, leaseMs = LONG_LEASE_MS): SlotTerms => ({ inFlightMax, leaseMs })
const nowMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

/** Reserves a place, and gives the first and the last moment at which it can be, however slow the answer was. */
const place = (limiter: Limiter, intervalMs: number) =>
  Effect.gen(function* () {
    const askedMs = yield* nowMs
    const waitMs = Math.max(0, (yield* limiter.reserve("bank", intervalMs)).waitMs)
    const answeredMs = yield* nowMs
    return { earliestMs: askedMs + waitMs - 1, latestMs: answeredMs + waitMs } // a wait is rounded up
  })

/** The spans, so widened, in which some places come closer together than the interval allows. */
const tooClose = (places: ReadonlyArray<Effect.Success<ReturnType<typeof place>>>, intervalMs: number) => {
  const earliest = places.map(({ earliestMs }) => earliestMs).toSorted((one, other) => one - other)
  const latest = places.map(({ latestMs }) => latestMs).toSorted((one, other) => one - other)
  return earliest.flatMap((from, first) =>
    latest.flatMap((to, last) => {
      const isTooClose = last > first && to - from < (last - first) * intervalMs
      return isTooClose ? [`${last - first + 1} places within ${to - from} ms`] : []
    })
  )
}

/**
 * The suite of the limiter. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const rateLimiterContract = (name: string, setup: () => Promise<LimiterSetup>): void => {
  describe(`${name} as RateLimiter`, () => {
    let current: LimiterSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    /** Two processes with the one limiter. */
    const run = <A, E>(act: (one: Limiter, other: Limiter) => Effect.Effect<A, E>): Promise<A> => {
      const limiter = Effect.map(Layer.build(Layer.fresh(current.layer)), Context.get(RateLimiter))
      return Effect.runPromise(
        Effect.scoped(Effect.flatMap(Effect.all([limiter, limiter]), ([one, other]) => act(one, other)))
      )
    }

    describe("places", () => {
      it("gives the first at once", async () => {
        expect(await run((one) => one.reserve("bank", 60_000))).toStrictEqual({ waitMs: 0 })
      })

      it("never gives more than fit into any stretch of time, however many ask at once", async () => {
        const intervalMs = 50
        const places = await run((one, other) =>
          Effect.all(
            Array.from({ length: 30 }, (_, index) => place(index % 2 === 0 ? one : other, intervalMs)),
            { concurrency: "unbounded" }
          )
        )
        expect(tooClose(places, intervalMs)).toStrictEqual([])
      })

      it("gives the next as soon as it may be", async () => {
        const places = await run((one, other) =>
          Effect.all([place(one, 500), place(other, 500), place(one, 500), place(other, 500)])
        )
        const [first, , , last] = places
        expect(last.earliestMs - first.latestMs).toBeLessThanOrEqual(1500)
      })

      it("saves up no time in which nobody asks", async () => {
        const places = await run((one, other) =>
          Effect.gen(function* () {
            yield* one.reserve("bank", 200)
            yield* Effect.sleep(600)
            return yield* Effect.all([place(one, 200), place(other, 200), place(one, 200)])
          })
        )
        expect(tooClose(places, 200)).toStrictEqual([])
      })

      it("keeps each call its own interval after the one before", async () => {
        const [waits, tookMs] = await run((one, other) =>
          Effect.gen(function* () {
            const startedMs = yield* nowMs
            yield* one.reserve("bank", 100_000)
            const short = yield* other.reserve("bank", 1_000)
            const long = yield* one.reserve("bank", 50_000)
            return [[short.waitMs, long.waitMs], (yield* nowMs) - startedMs] as const
          })
        )
        expect(waits.map((waitMs, index) => waitMs <= [1_000, 51_000][index]!)).toStrictEqual([true, true])
        expect(waits.map((waitMs, index) => waitMs >= [1_000, 51_000][index]! - tookMs)).toStrictEqual([true, true])
      })

      it("keeps systems apart", async () => {
        const found = await run((one, other) =>
          Effect.all([one.reserve("bank", 60_000), other.reserve("ledger", 60_000)])
        )
        expect(found).toStrictEqual([{ waitMs: 0 }, { waitMs: 0 }])
      })
    })

    describe("slots", () => {
      it("gives as many as may be in flight, and no more", async () => {
        const entered = await run((one, other) =>
          Effect.all([
            one.enter(bank("a"), room(3)),
            other.enter(bank("b"), room(3)),
            one.enter(bank("c"), room(3)),
            other.enter(bank("d"), room(3)),
            other.enter({ system: "ledger", holder: "e" }, room(3))
          ])
        )
        expect(entered).toStrictEqual([true, true, true, false, true])
      })

      it("never has more calls in flight than may be, however many come", async () => {
        let [inFlight, most] = [0, 0]
        const call = (limiter: Limiter, holder: string) =>
          Effect.gen(function* () {
            while (!(yield* limiter.enter(bank(holder), room(3)))) {
              yield* Effect.sleep(yield* Random.nextIntBetween(0, 20))
            }
            most = Math.max(most, ++inFlight)
            yield* Effect.sleep(yield* Random.nextIntBetween(0, 20))
            inFlight--
            yield* limiter.leave(bank(holder))
          })
        await run((one, other) =>
          Effect.all(
            Array.from({ length: 30 }, (_, index) => call(index % 2 === 0 ? one : other, `call ${index}`)),
            { concurrency: "unbounded" }
          )
        )
        expect([most, inFlight]).toStrictEqual([3, 0])
      })

      it("gives one that was left to the next, once, however often it is left", async () => {
        const entered = await run((one, other) =>
          Effect.gen(function* () {
            yield* one.enter(bank("a"), room(1))
            yield* one.leave(bank("a"))
            yield* one.leave(bank("a"))
            const next = yield* other.enter(bank("b"), room(1))
            yield* one.leave(bank("a"))
            return [next, yield* one.enter(bank("c"), room(1))]
          })
        )
        expect(entered).toStrictEqual([true, false])
      })

      it("is not left by somebody else, nor by its holder's name at another system", async () => {
        const entered = await run((one, other) =>
          Effect.gen(function* () {
            yield* one.enter(bank("a"), room(1))
            yield* other.leave(bank("b"))
            yield* other.leave({ system: "ledger", holder: "a" })
            return yield* other.enter(bank("b"), room(1))
          })
        )
        expect(entered).toBe(false)
      })

      it("gives one whose lease has ended to the next, and the late holder can do nothing about it", async () => {
        const found = await run((one, other) =>
          Effect.gen(function* () {
            yield* one.enter(bank("dead"), room(1, SHORT_LEASE_MS))
            const before = yield* other.enter(bank("next"), room(1))
            yield* Effect.sleep(SHORT_LEASE_MS + 50)
            const after = yield* other.enter(bank("next"), room(1))
            const renewed = yield* one.renew(bank("dead"), LONG_LEASE_MS)
            yield* one.leave(bank("dead"))
            return { before, after, renewed, third: yield* one.enter(bank("third"), room(1)) }
          })
        )
        expect(found).toStrictEqual({ before: false, after: true, renewed: false, third: false })
      })

      it("keeps one that is renewed", async () => {
        const found = await run((one, other) =>
          Effect.gen(function* () {
            yield* one.enter(bank("a"), room(1, SHORT_LEASE_MS))
            const renewed = yield* one.renew(bank("a"), LONG_LEASE_MS)
            yield* Effect.sleep(SHORT_LEASE_MS + 50)
            return { renewed, other: yield* other.enter(bank("b"), room(1)) }
          })
        )
        expect(found).toStrictEqual({ renewed: true, other: false })
      })

      it("lets a renewal count from now on, not from the end of the lease", async () => {
        const entered = await run((one, other) =>
          Effect.gen(function* () {
            yield* one.enter(bank("a"), room(1))
            yield* one.renew(bank("a"), 1)
            yield* Effect.sleep(50)
            return yield* other.enter(bank("b"), room(1))
          })
        )
        expect(entered).toBe(true)
      })

      it("renews one whose lease has ended as long as nobody else has it", async () => {
        const found = await run((one, other) =>
          Effect.gen(function* () {
            yield* one.enter(bank("a"), room(1, 1))
            yield* Effect.sleep(50)
            const renewed = yield* one.renew(bank("a"), LONG_LEASE_MS)
            return { renewed, other: yield* other.enter(bank("b"), room(1)) }
          })
        )
        expect(found).toStrictEqual({ renewed: true, other: false })
      })

      it("does not renew one that was left, or that never was", async () => {
        const renewed = await run((one, other) =>
          Effect.gen(function* () {
            yield* one.enter(bank("a"), room(2))
            yield* one.enter(bank("b"), room(2))
            yield* one.leave(bank("a"))
            return yield* Effect.all([
              one.renew(bank("a"), LONG_LEASE_MS),
              other.renew(bank("never"), LONG_LEASE_MS),
              other.renew({ system: "ledger", holder: "b" }, LONG_LEASE_MS),
              one.renew(bank("b"), LONG_LEASE_MS)
            ])
          })
        )
        expect(renewed).toStrictEqual([false, false, false, true])
      })

      it("holds whoever asks to its own number, when processes differ", async () => {
        const entered = await run((one, other) =>
          Effect.gen(function* () {
            for (const holder of ["a", "b", "c"]) yield* one.enter(bank(holder), room(3))
            const full = yield* other.enter(bank("d"), room(2))
            yield* one.leave(bank("a"))
            const stillFull = yield* other.enter(bank("d"), room(2))
            yield* one.leave(bank("b"))
            const hasRoom = yield* other.enter(bank("d"), room(2))
            return [full, stillFull, hasRoom, yield* one.enter(bank("e"), room(3))]
          })
        )
        expect(entered).toStrictEqual([false, false, true, true])
      })
    })
  })
}
