import { RateLimiter, StoreError } from "@reckoner/core/ports"
import { MemoryRateLimiter } from "@reckoner/core/testing"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import * as RateLimits from "./RateLimits.ts"

type Limiter = RateLimiter["Service"]
type Limits = RateLimits.RateLimits["Service"]

const BROKEN = new StoreError({ reason: "Unreachable", message: "nobody answers", isRetryable: true })
const { leaseMs } = RateLimits.DEFAULTS

const at = (perSecond: number | undefined, inFlightMax: number | undefined): RateLimits.Limits =>
  new Map([["bank", { perSecond, inFlightMax }]])

/** The limiter in memory, some of it changed, and what is counted about it. */
const limiter = (change: (memory: Limiter) => Partial<Limiter> = () => ({})) => {
  const asked = { reserve: 0, enter: 0, renew: 0, leave: 0 }
  const memory = MemoryRateLimiter.make()
  const counted = Effect.map(RateLimiter, (given) => {
    const changed = { ...given, ...change(given) }
    const count = (name: keyof typeof asked) => Effect.sync(() => void (asked[name] += 1))
    return RateLimiter.of({
      reserve: (...args) => Effect.andThen(count("reserve"), changed.reserve(...args)),
      enter: (...args) => Effect.andThen(count("enter"), changed.enter(...args)),
      renew: (...args) => Effect.andThen(count("renew"), changed.renew(...args)),
      leave: (...args) => Effect.andThen(count("leave"), changed.leave(...args))
    })
  })
  return { asked, slots: memory.slots, layer: Layer.provide(Layer.effect(RateLimiter, counted), memory.layer) }
}

let warnings: Array<string> = []
beforeEach(() => {
  warnings = []
})
const collected = Logger.layer([Logger.make(({ message }) => warnings.push(String(message).slice(0, 20)))])

/** Runs in a time of its own, with the limits of two processes. */
const run = <A, E>(
  limits: RateLimits.Limits,
  layer: Layer.Layer<RateLimiter>,
  act: (one: Limits, other: Limits) => Effect.Effect<A, E>
): Promise<A> => {
  const service = Effect.map(Layer.build(Layer.fresh(RateLimits.layer(limits))), Context.get(RateLimits.RateLimits))
  const both = Effect.all([service, service])
  return Effect.runPromise(
    Effect.scoped(Effect.flatMap(both, ([one, other]) => act(one, other))).pipe(
      Random.withSeed("the same every time"),
      Effect.provide([layer, TestClock.layer(), collected])
    )
  )
}

/** Lets an hour go by, and gives what became of it. */
const inAnHour = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const together = <A, E>(effects: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.all(effects, { concurrency: "unbounded" })

/** Calls that say when they begin and how many of them are in flight. */
const callsOf = (tookMs: number) => {
  const beganMs: Array<number> = []
  let [inFlight, most] = [0, 0]
  const call = Effect.gen(function* () {
    beganMs.push(yield* Clock.currentTimeMillis)
    most = Math.max(most, ++inFlight)
    yield* Effect.sleep(tookMs)
    inFlight--
  })
  return { call, beganMs, most: () => most }
}

/** Answers so late, one time after the other, and then at once. */
const answeredLate =
  (lateMs: ReadonlyArray<number>) =>
  (memory: Limiter): Partial<Limiter> => {
    const rest = [...lateMs]
    return { reserve: (...args) => Effect.tap(memory.reserve(...args), () => Effect.sleep(rest.shift() ?? 0)) }
  }

const mostPerSecond = (beganMs: ReadonlyArray<number>): number =>
  Math.max(...beganMs.map((from) => beganMs.filter((one) => one >= from && one < from + 1_000).length))

describe("RateLimits", () => {
  describe("parse", () => {
    it.each([
      ["both", "netsuite=10/s,4", [["netsuite", 10, 4]]],
      ["calls per second alone", "fpay=5/s", [["fpay", 5, undefined]]],
      ["calls in flight alone", "netsuite=any,4", [["netsuite", undefined, 4]]],
      [
        "several, with spaces around semicolons",
        " netsuite=any,4 ;fpay=5/s;  bank-2=1/s,1 ",
        [
          ["netsuite", undefined, 4],
          ["fpay", 5, undefined],
          ["bank-2", 1, 1]
        ]
      ],
      ["the largest", "a=1000/s,1000", [["a", 1000, 1000]]]
    ] as ReadonlyArray<readonly [string, string, ReadonlyArray<readonly [string, number?, number?]>]>)(
      "reads %s",
      (_, text, limits) => {
        const expected = limits.map(([system, perSecond, inFlightMax]) => [system, { perSecond, inFlightMax }] as const)
        expect(RateLimits.parse(text)).toStrictEqual(Option.some(new Map(expected)))
      }
    )

    it.each([
      ["nothing", ""],
      ["a system alone", "netsuite"],
      ["no limit", "netsuite="],
      ["a number that may be either", "netsuite=4"],
      ["an empty rate", "netsuite=,4"],
      ["any rate and any number in flight", "netsuite=any"],
      ["another unit", "netsuite=10/min"],
      ["no calls per second", "netsuite=0/s"],
      ["no calls in flight", "netsuite=any,0"],
      ["one too many per second", "netsuite=1001/s"],
      ["one too many in flight", "netsuite=any,1001"],
      ["a fraction", "netsuite=0.5/s"],
      ["a sign", "netsuite=+5/s"],
      ["a third part", "netsuite=10/s,4,4"],
      ["in flight first", "netsuite=4,10/s"],
      ["spaces within a limit", "netsuite = 10/s, 4"],
      ["capital letters", "NetSuite=10/s"],
      ["a system twice", "netsuite=10/s; netsuite=any,4"],
      ["a semicolon too many", "netsuite=10/s;"],
      ["commas between systems", "netsuite=10/s,fpay=5/s"]
    ])("refuses %s", (_, text) => {
      expect(RateLimits.parse(text)).toStrictEqual(Option.none())
    })

    it("reads what format writes", () => {
      const count = fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined })
      const limit = fc
        .record({ perSecond: count, inFlightMax: count }, { noNullPrototype: true })
        .filter(({ inFlightMax, perSecond }) => perSecond !== undefined || inFlightMax !== undefined)
      const limits = fc.array(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,62}$/), limit), { minLength: 1 })
      fc.assert(
        fc.property(limits, (entries) => {
          const given = new Map(entries)
          expect(RateLimits.parse(RateLimits.format(given))).toStrictEqual(Option.some(given))
        })
      )
    })

    it("reads the examples that it names as allowed", () => {
      const examples = /^limits like (.+?): /.exec(RateLimits.ALLOWED)?.[1] ?? ""
      expect(RateLimits.format(Option.getOrThrow(RateLimits.parse(examples)))).toBe(examples)
    })
  })

  describe("limited", () => {
    it("makes a call to a system without a limit at once", async () => {
      const { asked, layer } = limiter()
      const found = await run(at(1, 1), layer, (one) =>
        together(Array.from({ length: 5 }, () => one.limited("ledger")(Effect.succeed("made"))))
      )
      expect([...new Set(found), asked]).toStrictEqual(["made", { reserve: 0, enter: 0, renew: 0, leave: 0 }])
    })

    it("lets no second see more calls begin than are allowed, and wastes no more than a tenth", async () => {
      const { beganMs, call } = callsOf(5_000)
      await run(at(10, undefined), limiter().layer, (one, other) =>
        inAnHour(together(Array.from({ length: 15 }, () => [one, other].map((by) => by.limited("bank")(call))).flat()))
      )
      expect(beganMs.length).toBe(30)
      expect(mostPerSecond(beganMs)).toBe(10)
      expect(Math.max(...beganMs)).toBe(29 * 110)
    })

    it("keeps so many calls in flight, and no more", async () => {
      const { beganMs, call, most } = callsOf(1_000)
      await run(at(undefined, 3), limiter().layer, (one, other) =>
        inAnHour(together(Array.from({ length: 15 }, () => [one, other].map((by) => by.limited("bank")(call))).flat()))
      )
      expect([beganMs.length, most()]).toStrictEqual([30, 3])
      expect(Math.max(...beganMs)).toBeLessThanOrEqual(9 * 1_100) // ten rounds, and a moment to notice each departure
    })

    it("makes the next call of a process soon after one has left", async () => {
      const { beganMs, call } = callsOf(1_000)
      await run(at(undefined, 1), limiter().layer, (one) =>
        inAnHour(together(Array.from({ length: 11 }, () => one.limited("bank")(call))))
      )
      expect(Math.max(...beganMs)).toBeLessThanOrEqual(10 * 1_010)
    })

    it("serves the calls of a process in their order, and another process gets its share", async () => {
      const order: Array<string> = []
      const call = (name: string) =>
        Effect.delay(
          Effect.sync(() => void order.push(name)),
          500
        )
      const callsBy = (limits: Limits, name: string) =>
        Array.from({ length: 100 }, (_, index) => limits.limited("bank")(call(`${name} ${index}`)))
      await run(at(undefined, 1), limiter().layer, (one, other) =>
        inAnHour(together([...callsBy(one, "one"), ...callsBy(other, "other")]))
      )
      const of = (name: string) => order.filter((entry) => entry.startsWith(`${name} `))
      expect(of("one")).toStrictEqual(Array.from({ length: 100 }, (_, index) => `one ${index}`))
      expect(of("other")).toStrictEqual(Array.from({ length: 100 }, (_, index) => `other ${index}`))
      const share = order.slice(0, 100).filter((entry) => entry.startsWith("other ")).length
      expect([share > 25, share < 75]).toStrictEqual([true, true])
    })

    it("asks rarely, however many calls wait", async () => {
      const { asked, layer } = limiter()
      await run(at(undefined, 1), layer, (one) =>
        Effect.gen(function* () {
          yield* Effect.forkChild(one.limited("bank")(Effect.never))
          yield* Effect.forkChild(together(Array.from({ length: 100 }, () => one.limited("bank")(Effect.void))))
          yield* TestClock.adjust(10_000)
        })
      )
      expect(asked.enter).toBeGreaterThan(100)
      expect(asked.enter).toBeLessThan(210)
    })

    it("holds one place at most, however many calls wait", async () => {
      const { asked, layer } = limiter()
      const { beganMs, call } = callsOf(0)
      await run(at(1, undefined), layer, (one) =>
        Effect.gen(function* () {
          yield* Effect.forkChild(together(Array.from({ length: 100 }, () => one.limited("bank")(call))))
          yield* TestClock.adjust(10_000)
        })
      )
      expect([asked.reserve, beganMs.length]).toStrictEqual([11, 10])
    })

    it.each([
      ["a success", Effect.succeed("yes")],
      ["a failure", Effect.fail("no")],
      ["a defect", Effect.die("oh")]
    ] as ReadonlyArray<readonly [string, Effect.Effect<string, string>]>)(
      "gives %s as it is, and the slot back",
      async (_, call) => {
        const { asked, layer, slots } = limiter()
        const exit = await run(at(10, 1), layer, (one) => inAnHour(Effect.exit(one.limited("bank")(call))))
        expect(exit).toStrictEqual(await Effect.runPromise(Effect.exit(call)))
        expect([slots(), asked]).toStrictEqual([[], { reserve: 1, enter: 1, renew: 0, leave: 1 }])
      }
    )

    it("gives the slot back when the call is interrupted, and interrupts it", async () => {
      const { layer, slots } = limiter()
      let wasInterrupted = false
      const call = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (wasInterrupted = true)))
      const held = await run(at(undefined, 1), layer, (one) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(one.limited("bank")(call))
          yield* TestClock.adjust(1)
          const held = slots().length
          yield* Fiber.interrupt(fiber)
          return held
        })
      )
      expect([held, slots(), wasInterrupted]).toStrictEqual([1, [], true])
    })

    it.each([
      ["a slot", at(undefined, 1), 1],
      ["its place", at(1, 2), 2]
    ] as const)("gives up waiting for %s when it is interrupted", async (_, limits, heldBefore) => {
      const { layer, slots } = limiter()
      let calls = 0
      const held = await run(limits, layer, (one, other) =>
        Effect.gen(function* () {
          yield* Effect.forkChild(one.limited("bank")(Effect.never))
          yield* TestClock.adjust(1)
          const waits = yield* Effect.forkChild(other.limited("bank")(Effect.sync(() => void (calls += 1))))
          yield* TestClock.adjust(500)
          const held = slots().length
          yield* Fiber.interrupt(waits)
          yield* TestClock.adjust(5_000)
          return [held, slots().length]
        })
      )
      expect([held, calls]).toStrictEqual([[heldBefore, 1], 0])
    })

    it("asks often again after a call of its own has left", async () => {
      const askedMs: Array<number> = []
      const { layer } = limiter(() => ({
        enter: () => Effect.map(Clock.currentTimeMillis, (nowMs) => askedMs.push(nowMs) === 1)
      }))
      await run(at(undefined, 1), layer, (one) =>
        Effect.gen(function* () {
          yield* Effect.forkChild(one.limited("bank")(Effect.sleep(5_000)))
          yield* Effect.forkChild(one.limited("bank")(Effect.void))
          yield* TestClock.adjust(6_000)
        })
      )
      const since = (fromMs: number) => askedMs.filter((atMs) => atMs > fromMs && atMs <= fromMs + 40).length
      expect([since(4_000) <= 1, since(5_000) >= 3]).toStrictEqual([true, true])
    })

    it("gives no slot back that it has not asked for", async () => {
      const { asked, layer } = limiter()
      const left = await run(at(undefined, 1), layer, (one) =>
        Effect.gen(function* () {
          yield* Effect.forkChild(one.limited("bank")(Effect.never))
          yield* Effect.forkChild(one.limited("bank")(Effect.never))
          const third = yield* Effect.forkChild(one.limited("bank")(Effect.never))
          yield* TestClock.adjust(1)
          yield* Fiber.interrupt(third)
          return asked.leave
        })
      )
      expect(left).toBe(0)
    })

    it("gives a slot back that it was given, but not told of", async () => {
      const { layer, slots } = limiter((memory) => ({
        enter: (...args) => Effect.andThen(memory.enter(...args), Effect.never)
      }))
      const held = await run(at(undefined, 1), layer, (one) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(one.limited("bank")(Effect.void))
          yield* TestClock.adjust(1)
          const held = slots().length
          yield* Fiber.interrupt(fiber)
          return held
        })
      )
      expect([held, slots()]).toStrictEqual([1, []])
    })

    it("keeps the slot of a long call, and asks no more after it", async () => {
      const { asked, layer, slots } = limiter()
      const entered = await run(at(undefined, 1), layer, (one, other) =>
        Effect.gen(function* () {
          const isDone = yield* Deferred.make<void>()
          const call = one.limited("bank")(Deferred.await(isDone))
          yield* Effect.forkChild(Effect.andThen(call, Effect.never)) // there is more to do after the call
          yield* TestClock.adjust(10 * leaseMs)
          const next = yield* Effect.forkChild(other.limited("bank")(Clock.currentTimeMillis))
          yield* TestClock.adjust(10 * leaseMs)
          yield* Deferred.succeed(isDone, undefined)
          yield* TestClock.adjust(10 * leaseMs)
          return yield* Fiber.join(next)
        })
      )
      expect(entered).toBeGreaterThan(20 * leaseMs)
      expect([asked.renew, slots(), warnings]).toStrictEqual([60, [], []])
    })

    it.each([
      ["cannot be renewed", Effect.fail(BROKEN), 8, "a slot could not be "],
      ["was lost", Effect.succeed(false), 1, "a slot was lost duri"]
    ] as const)("goes on with its call when the slot %s, and says so", async (_, renew, renewals, warning) => {
      const { asked, layer } = limiter(() => ({ renew: () => renew }))
      const call = Effect.as(Effect.sleep(2.9 * leaseMs), "done")
      expect(await run(at(undefined, 1), layer, (one) => inAnHour(one.limited("bank")(call)))).toBe("done")
      expect(asked.renew).toBe(renewals)
      expect(warnings).toStrictEqual(Array.from({ length: renewals }, () => warning))
    })

    it.each([
      ["a slot", { enter: () => Effect.fail(BROKEN) }],
      ["a place", { reserve: () => Effect.fail(BROKEN) }]
    ] as ReadonlyArray<readonly [string, Partial<Limiter>]>)(
      "fails with StoreError and makes no call when the store fails to give %s",
      async (_, change) => {
        const { layer, slots } = limiter(() => change)
        let calls = 0
        const failure = await run(at(10, 1), layer, (one) =>
          Effect.flip(one.limited("bank")(Effect.sync(() => void (calls += 1))))
        )
        expect(failure).toBe(BROKEN)
        expect([calls, slots()]).toStrictEqual([0, []])
      }
    )

    it.each([
      ["fails", Effect.fail(BROKEN), 0],
      ["hangs", Effect.never, RateLimits.DEFAULTS.leaveMaxMs]
    ] as const)("succeeds with the call even if giving the slot back %s", async (_, leave, tookMs) => {
      const { layer } = limiter(() => ({ leave: () => leave }))
      const found = await run(at(undefined, 1), layer, (one) =>
        inAnHour(Effect.zip(one.limited("bank")(Effect.succeed("paid")), Clock.currentTimeMillis))
      )
      expect(found).toStrictEqual(["paid", tookMs])
      expect(warnings).toStrictEqual(["a slot is not given "])
    })

    it.each([
      ["a place that it learns of in time", [99], 1, 0],
      ["no place that it learns of too late", [100], 2, 0],
      ["the sixth place when all are late", Array.from({ length: 10 }, () => 100), 6, 1]
    ] as const)("takes %s", async (_, lateMs, places, told) => {
      const { asked, layer } = limiter(answeredLate(lateMs))
      expect(await run(at(10, undefined), layer, (one) => inAnHour(one.limited("bank")(Effect.succeed("made"))))).toBe(
        "made"
      )
      expect([asked.reserve, warnings.length]).toStrictEqual([places, told])
    })

    it("lets no second see more calls begin than are allowed, however late it learns of its places", async () => {
      const late = fc.array(fc.constantFrom(0, 0, 0, 50, 99, 100), { maxLength: 30 })
      const isKept = async (lateMs: ReadonlyArray<number>) => {
        const { beganMs, call } = callsOf(0)
        await run(at(10, undefined), limiter(answeredLate(lateMs)).layer, (one, other) =>
          inAnHour(
            together(Array.from({ length: 15 }, () => [one, other].map((by) => by.limited("bank")(call))).flat())
          )
        )
        expect(beganMs.length).toBe(30)
        expect(mostPerSecond(beganMs)).toBeLessThanOrEqual(10)
      }
      await fc.assert(fc.asyncProperty(late, isKept), { numRuns: 30, examples: [[[99]]] })
    })

    it("counts how long calls waited, by system", async () => {
      const limits: RateLimits.Limits = new Map([
        ["slow-bank", { perSecond: 1, inFlightMax: undefined }],
        ["fast-bank", { perSecond: 1, inFlightMax: undefined }]
      ])
      const state = (system: string) =>
        Effect.map(Metric.snapshot, (all) => {
          const isAsked = (one: Metric.Metric.Snapshot) =>
            one.id === "reckoner_rate_limit_wait_seconds" && one.attributes?.["system"] === system
          const found = all.find(isAsked)
          return found?.type === "Histogram" ? [found.state.count, found.state.min, found.state.max] : []
        })
      const states = await run(limits, limiter().layer, (one) =>
        Effect.gen(function* () {
          yield* inAnHour(together(Array.from({ length: 3 }, () => one.limited("slow-bank")(Effect.sleep(7_000)))))
          yield* one.limited("fast-bank")(Effect.void)
          return [yield* state("slow-bank"), yield* state("fast-bank"), yield* state("ledger")]
        })
      )
      expect(states).toStrictEqual([[3, 0, 2.2], [1, 0, 0], []])
    })
  })
})
