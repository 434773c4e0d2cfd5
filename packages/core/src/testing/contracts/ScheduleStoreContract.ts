/**
 * What every `ScheduleStore` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ScheduleStore } from "../../ports/ScheduleStore.ts"

/**
 * A store that nobody else uses. The layer may be built several times, as by several processes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheduleSetup {
  readonly layer: Layer.Layer<ScheduleStore, unknown>
  readonly close: () => Promise<void>
}

const CLOCKS_APART_MS = 60_000

/**
 * The suite of the store. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const scheduleStoreContract = (name: string, setup: () => Promise<ScheduleSetup>): void => {
  describe(`${name} as ScheduleStore`, () => {
    let current: ScheduleSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    /** Each call builds the layer anew, so each is a process of its own. */
    const use = <A, E>(ask: (store: ScheduleStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
      Effect.runPromise(Effect.provide(ScheduleStore.use(ask), current.layer, { local: true }))

    it("begins now with a job that it does not know, and remembers that", async () => {
      const before = Date.now()
      const first = await use(({ state }) => state("sync"))
      expect(first.lastTickMs).toBe(first.nowMs)
      expect(Math.abs(first.nowMs - before)).toBeLessThan(CLOCKS_APART_MS)
      const second = await use(({ state }) => state("sync"))
      expect(second.lastTickMs).toBe(first.lastTickMs)
      expect(second.nowMs).toBeGreaterThanOrEqual(first.nowMs)
    })

    it("gives the last tick that was noted, to the millisecond, and never goes back", async () => {
      const { lastTickMs } = await use(({ state }) => state("sync"))
      const tickMs = lastTickMs + 86_400_123
      await use(({ advance }) => advance("sync", tickMs))
      await use(({ advance }) => advance("sync", tickMs - 1))
      expect((await use(({ state }) => state("sync"))).lastTickMs).toBe(tickMs)
    })

    it("keeps jobs apart", async () => {
      const { lastTickMs } = await use(({ state }) => state("one"))
      await use(({ advance }) => advance("other", lastTickMs + 5_000))
      expect((await use(({ state }) => state("one"))).lastTickMs).toBe(lastTickMs)
      expect((await use(({ state }) => state("other"))).lastTickMs).toBe(lastTickMs + 5_000)
    })

    it("gives all processes the same begin", async () => {
      const states = await Promise.all(Array.from({ length: 8 }, () => use(({ state }) => state("sync"))))
      expect(new Set(states.map(({ lastTickMs }) => lastTickMs)).size).toBe(1)
    })
  })
}
