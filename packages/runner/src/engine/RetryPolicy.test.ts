import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
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

  it("follows the error's own word on retrying", () => {
    expect(RetryPolicy.kindOf({ isRetryable: true })).toBe("transient")
    expect(RetryPolicy.kindOf({ isRetryable: false })).toBe("permanent")
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
