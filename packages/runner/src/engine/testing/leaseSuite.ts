/**
 * What every `ExecutionStore` owes to the process that holds a lease, and to nobody else.
 *
 * @since 0.1.0
 */
import { ExecutionStore } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"

type Lease = ExecutionStore.Lease

/**
 * Adds the tests to a suite that has a store.
 *
 * @category testing
 * @since 0.1.0
 */
export const leaseSuite = (
  run: <A, E>(effect: Effect.Effect<A, E, ExecutionStore.ExecutionStore>) => Promise<A>
): void => {
  describe("a lease", () => {
    it("ends when another process begins the same handover", async () => {
      const written = await run(
        Effect.gen(function* () {
          const store = yield* ExecutionStore.ExecutionStore
          // No process runs jobs of this name.
          const { id } = yield* store.create({ job: "lease", businessKey: "any" }, null)
          yield* store.claim({ runner: "one", jobs: ["lease"], residentMax: 1 })
          const [one, other] = ["one", "other"].map((runner) => ({ id, handover: 1, runner })) as [Lease, Lease]
          const record = { kind: "step", name: "a", state: "succeeded", value: 1, tries: 1 } as const
          yield* store.begin(one)
          const before = [yield* store.beginStep(one, "a")]
          yield* store.begin(other)
          const after = [
            yield* store.beginStep(one, "b"),
            yield* store.record(one, record),
            (yield* store.wait(one, { kind: "signal", name: "c" })).isHeld,
            yield* store.finish(one, { state: "succeeded", output: null }),
            (yield* store.touch([one, other])).size === 1,
            yield* store.record(other, record),
            yield* store.finish(other, { state: "succeeded", output: null })
          ]
          return [...before, ...after]
        })
      )
      expect(written).toStrictEqual([true, false, false, false, false, true, true, true])
    })

    it("is not given for a handover that a later one has replaced", async () => {
      const begun = await run(
        Effect.gen(function* () {
          const store = yield* ExecutionStore.ExecutionStore
          const key = { job: "replaced", businessKey: "any" }
          const { id } = yield* store.create(key, null)
          const claim = store.claim({ runner: "one", jobs: [key.job], residentMax: 1 })
          yield* claim
          const lease = { id, handover: 1, runner: "one" }
          yield* store.begin(lease)
          yield* store.finish(lease, { state: "failed", error: null })
          yield* store.retry(key)
          yield* claim
          const [older, newer] = [yield* store.begin(lease), yield* store.begin({ ...lease, handover: 2 })]
          return [Option.isSome(older), Option.isSome(newer)]
        })
      )
      expect(begun).toStrictEqual([false, true])
    })

    it("can be had for so many at a time, the oldest first", async () => {
      const claimed = await run(
        Effect.gen(function* () {
          const store = yield* ExecutionStore.ExecutionStore
          const ids: Array<string> = []
          for (const businessKey of ["a", "b", "c"])
            ids.push((yield* store.create({ job: "many", businessKey }, null)).id)
          const claim = Effect.map(store.claim({ runner: "busy", jobs: ["many"], residentMax: 2 }), (claims) =>
            claims.map(({ id }) => ids.indexOf(id)).sort((one, other) => one - other)
          )
          const rounds = [yield* claim, yield* claim]
          yield* store.cancel({ job: "many", businessKey: "a" })
          return [...rounds, yield* claim]
        })
      )
      expect(claimed).toStrictEqual([[0, 1], [], [2]])
    })
  })
}
