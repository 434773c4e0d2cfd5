import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as laws from "./RetryPolicy.laws.ts"
import * as RetryPolicy from "./RetryPolicy.ts"

const HOUR_MS = 3_600_000

const policy: fc.Arbitrary<RetryPolicy.RetryPolicy> = fc
  .record({
    triesMax: fc.integer({ min: 1, max: 100 }),
    firstDelayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: HOUR_MS })),
    extraMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 24 * HOUR_MS })),
    jitterPercent: fc.integer({ min: 0, max: 100 })
  })
  .map(({ extraMs, ...fields }) => ({ ...fields, delayMaxMs: fields.firstDelayMs + extraMs }))
const failedTries = fc.integer({ min: 1, max: 2_000 })

const constant = (triesMax: number): RetryPolicy.RetryPolicy => ({
  triesMax,
  firstDelayMs: 100,
  delayMaxMs: 100,
  jitterPercent: 0
})
const policies: RetryPolicy.Policies = {
  transient: constant(3),
  "rate-limited": constant(5),
  permanent: constant(1)
}

/** How often an effect is tried that always fails with the given kind. */
const triesOf = (kind: RetryPolicy.FailureKind) =>
  Effect.runPromise(
    Effect.gen(function* () {
      let tries = 0
      const failing = Effect.suspend(() => {
        tries += 1
        return Effect.fail(kind)
      })
      const fiber = yield* Effect.forkChild(
        Effect.flip(RetryPolicy.retry<RetryPolicy.FailureKind>(policies, (error) => error)(failing))
      )
      yield* TestClock.adjust("1 hour")
      return [yield* Fiber.join(fiber), tries]
    }).pipe(Effect.provide(TestClock.layer()))
  )

describe("RetryPolicy", () => {
  it.each([
    [1, 200],
    [2, 400],
    [6, 6_400],
    [7, 10_000],
    [1_000, 10_000]
  ])("waits after %d failed tries: %d ms", (failed, expected) => {
    expect(RetryPolicy.delayMs(RetryPolicy.POLICIES.transient, failed)).toBe(expected)
  })

  it.each(["transient", "rate-limited", "permanent"] as const)(
    "tries as often as the policy says: %s",
    async (kind) => {
      expect(await triesOf(kind)).toStrictEqual([kind, policies[kind].triesMax])
    }
  )

  /** The delays, in milliseconds, between the tries of an effect that always fails. */
  const delaysOf = (change: Partial<RetryPolicy.RetryPolicy>) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const triedMs: Array<number> = []
        const policy = { ...constant(6), firstDelayMs: 100, delayMaxMs: 1_000, ...change }
        const failing = Effect.flatMap(Clock.currentTimeMillis, (nowMs) => Effect.fail(void triedMs.push(nowMs)))
        const retried = RetryPolicy.retry<void>({ ...policies, transient: policy }, () => "transient")(failing)
        yield* Effect.forkChild(Effect.ignore(retried))
        yield* TestClock.adjust("1 hour")
        return triedMs.slice(1).map((atMs, at) => atMs - triedMs[at]!)
      }).pipe(Random.withSeed("the same every time"), Effect.provide(TestClock.layer()))
    )

  it("waits longer after each failed try, up to the longest", async () => {
    expect(await delaysOf({})).toStrictEqual([100, 200, 400, 800, 1_000])
  })

  it("shortens delays by chance, over all of the jitter", async () => {
    const delays = await delaysOf({ triesMax: 1_001, firstDelayMs: 1_000, jitterPercent: 50 })
    const shares = [0.5, 0.6, 0.7, 0.8, 0.9].map(
      (from) => delays.filter((delayMs) => delayMs > from * 1_000 && delayMs <= (from + 0.1) * 1_000).length
    )
    expect(shares.every((share) => share > 100)).toBe(true)
    expect([delays.length, Math.min(...delays) >= 500, Math.max(...delays) <= 1_000]).toStrictEqual([1_000, true, true])
  })

  it("tries unless told otherwise six times what may be gone in a moment, ten times what asks for patience", () => {
    const tries = Object.entries(RetryPolicy.POLICIES).map(([kind, { triesMax }]) => [kind, triesMax])
    expect(tries).toStrictEqual([
      ["transient", 6],
      ["rate-limited", 10],
      ["permanent", 1]
    ])
  })

  it("follows the error's own word on retrying", () => {
    expect(RetryPolicy.kindOf({ isRetryable: true })).toBe("transient")
    expect(RetryPolicy.kindOf({ isRetryable: false })).toBe("permanent")
    expect(RetryPolicy.kindOf({ isRetryable: "yes" })).toBe("permanent")
    expect(RetryPolicy.kindOf("no word")).toBe("permanent")
    expect(RetryPolicy.kindOf(null)).toBe("permanent")
  })

  describe("laws", () => {
    it("nonDecreasing: one more failed try never shortens the delay", () => {
      fc.assert(fc.property(policy, failedTries, laws.nonDecreasing))
    })
    it("bounded: no delay is above the longest", () => {
      fc.assert(fc.property(policy, failedTries, laws.bounded))
    })
    it("jitterBounded: chance only shortens, within the jitter", () => {
      fc.assert(fc.property(policy, failedTries, fc.integer({ min: 0, max: 1_000 }), laws.jitterBounded))
    })
  })
})
