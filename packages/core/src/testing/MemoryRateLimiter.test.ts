import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { RateLimiter } from "../ports/RateLimiter.ts"
import { rateLimiterContract } from "./contracts/RateLimiterContract.ts"
import * as MemoryRateLimiter from "./MemoryRateLimiter.ts"

rateLimiterContract("MemoryRateLimiter", async () => ({
  layer: MemoryRateLimiter.make().layer,
  close: async () => {}
}))

describe("MemoryRateLimiter contents", () => {
  it("shows the slots that nobody has left, and goes by Effect's clock", async () => {
    const { layer, slots } = MemoryRateLimiter.make()
    const waits = await Effect.runPromise(
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        yield* limiter.enter({ system: "bank", holder: "a" }, { inFlightMax: 2, leaseMs: 500 })
        yield* limiter.enter({ system: "bank", holder: "b" }, { inFlightMax: 2, leaseMs: 500 })
        yield* limiter.leave({ system: "bank", holder: "a" })
        const first = yield* limiter.reserve("bank", 1_000)
        const second = yield* limiter.reserve("bank", 1_000)
        yield* TestClock.adjust(2_500)
        return [first, second, yield* limiter.reserve("bank", 1_000)]
      }).pipe(Effect.provide([layer, TestClock.layer()]))
    )
    expect(waits).toStrictEqual([{ waitMs: 0 }, { waitMs: 1_000 }, { waitMs: 0 }])
    expect(slots()).toStrictEqual([{ system: "bank", holder: "b", expiresAtMs: 500 }])
  })
})
