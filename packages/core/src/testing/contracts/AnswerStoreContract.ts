/**
 * What every `AnswerStore` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { AnswerStore, type Beginning, type KeyedRequest } from "../../ports/AnswerStore.ts"

/**
 * A store that nobody else uses, empty at first. The layer may be built several
 * times, as by several processes: it is one store all the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnswerSetup {
  readonly layer: Layer.Layer<AnswerStore, unknown>
  readonly close: () => Promise<void>
}

const AT = Date.UTC(2026, 2, 6, 9, 30, 0, 123)
const LEASE_MS = 30_000
const LEASE = { at: AT, leaseMs: LEASE_MS }
const AFTER = { at: AT + LEASE_MS, leaseMs: LEASE_MS }
const SENDERS = 12

const request: KeyedRequest = { actorId: "actor", key: "key", fingerprint: "print" }
const answer = { status: 201, body: '{"one":"größer \\u0000 — two"}\n' }
const otherAnswer = { status: 500, body: "" }

const IN_PROGRESS: Beginning = { _tag: "InProgress" }
const OTHER_REQUEST: Beginning = { _tag: "OtherRequest" }
const ANSWERED: Beginning = { _tag: "Answered", answer }

/**
 * The suite of the store of answers. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const answerStoreContract = (name: string, setup: () => Promise<AnswerSetup>): void => {
  describe(`${name} as AnswerStore`, () => {
    let current: AnswerSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const use = <A, E>(act: (store: AnswerStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
      Effect.runPromise(Effect.provide(Effect.flatMap(AnswerStore, act), current.layer))

    const begun = (store: AnswerStore["Service"], which = request, lease = LEASE) =>
      Effect.map(store.begin(which, lease), (beginning) => {
        if (beginning._tag !== "Begun") throw new Error(`it is ${beginning._tag}`)
        return beginning
      })

    it("lets the first sender begin", async () => {
      expect(await use((store) => store.begin(request, LEASE))).toStrictEqual({
        _tag: "Begun",
        requestKey: expect.stringMatching(/./),
        attempt: expect.stringMatching(/./)
      })
    })

    it("says that it is in progress until it ends, and then gives the answer, as often as it is asked", async () => {
      const found = await use((store) =>
        Effect.gen(function* () {
          const { attempt } = yield* begun(store)
          const meanwhile = yield* store.begin(request, { ...LEASE, at: AT + LEASE_MS - 1 })
          yield* store.end(request, attempt, answer)
          return [meanwhile, yield* store.begin(request, LEASE), yield* store.begin(request, AFTER)]
        })
      )
      expect(found).toStrictEqual([IN_PROGRESS, ANSWERED, ANSWERED])
    })

    it("keeps an empty answer", async () => {
      const found = await use((store) =>
        Effect.gen(function* () {
          yield* store.end(request, (yield* begun(store)).attempt, otherAnswer)
          return yield* store.begin(request, LEASE)
        })
      )
      expect(found).toStrictEqual({ _tag: "Answered", answer: otherAnswer })
    })

    it("lets one begin of many that come at once", async () => {
      const found = await use((store) =>
        Effect.all(
          Array.from({ length: SENDERS }, () => store.begin(request, LEASE)),
          { concurrency: "unbounded" }
        )
      )
      const others = found.filter(({ _tag }) => _tag !== "Begun")
      expect(others).toStrictEqual(Array.from({ length: SENDERS - 1 }, () => IN_PROGRESS))
    })

    it("lets one take over of many that come at once after the lease", async () => {
      const found = await use((store) =>
        Effect.andThen(
          store.begin(request, LEASE),
          Effect.all(
            Array.from({ length: SENDERS }, () => store.begin(request, AFTER)),
            { concurrency: "unbounded" }
          )
        )
      )
      expect(found.filter(({ _tag }) => _tag === "InProgress")).toHaveLength(SENDERS - 1)
    })

    it("lets another attempt take over once the lease is over, under the same request key", async () => {
      const [first, second, third] = await use((store) =>
        Effect.gen(function* () {
          return [yield* begun(store), yield* begun(store, request, AFTER), yield* store.begin(request, AFTER)] as const
        })
      )
      expect(second.requestKey).toBe(first.requestKey)
      expect(second.attempt).not.toBe(first.attempt)
      expect(third).toStrictEqual(IN_PROGRESS)
    })

    it("counts the lease from when it was taken over", async () => {
      const [before, after] = await use((store) =>
        Effect.gen(function* () {
          yield* begun(store)
          yield* begun(store, request, AFTER)
          const before = yield* store.begin(request, { at: AFTER.at + LEASE_MS - 1, leaseMs: LEASE_MS })
          return [before, yield* store.begin(request, { at: AFTER.at + LEASE_MS, leaseMs: LEASE_MS })] as const
        })
      )
      expect([before, after._tag]).toStrictEqual([IN_PROGRESS, "Begun"])
    })

    it("keeps the answer of an attempt whose lease is over while nobody took over", async () => {
      const found = await use((store) =>
        Effect.gen(function* () {
          const { attempt } = yield* begun(store)
          yield* store.end(request, attempt, answer)
          return yield* store.begin(request, AFTER)
        })
      )
      expect(found).toStrictEqual(ANSWERED)
    })

    it("takes nothing from an attempt that was relieved", async () => {
      const found = await use((store) =>
        Effect.gen(function* () {
          const first = yield* begun(store)
          const second = yield* begun(store, request, AFTER)
          yield* store.end(request, first.attempt, otherAnswer)
          yield* store.abandon(request, first.attempt)
          const meanwhile = yield* store.begin(request, AFTER)
          yield* store.end(request, second.attempt, answer)
          yield* store.end(request, first.attempt, otherAnswer)
          yield* store.abandon(request, first.attempt)
          return [meanwhile, yield* store.begin(request, AFTER)]
        })
      )
      expect(found).toStrictEqual([IN_PROGRESS, ANSWERED])
    })

    it("keeps the first answer", async () => {
      const found = await use((store) =>
        Effect.gen(function* () {
          const { attempt } = yield* begun(store)
          yield* store.end(request, attempt, answer)
          yield* store.end(request, attempt, otherAnswer)
          yield* store.abandon(request, attempt)
          return yield* store.begin(request, AFTER)
        })
      )
      expect(found).toStrictEqual(ANSWERED)
    })

    it("lets an abandoned request be begun again at once, under the same request key", async () => {
      const [first, second] = await use((store) =>
        Effect.gen(function* () {
          const first = yield* begun(store)
          yield* store.abandon(request, first.attempt)
          return [first, yield* begun(store)] as const
        })
      )
      expect(second.requestKey).toBe(first.requestKey)
      expect(second.attempt).not.toBe(first.attempt)
    })

    it("takes no answer from an attempt that has abandoned", async () => {
      const found = await use((store) =>
        Effect.gen(function* () {
          const { attempt } = yield* begun(store)
          yield* store.abandon(request, attempt)
          yield* store.end(request, attempt, answer)
          return yield* store.begin(request, LEASE)
        })
      )
      expect(found._tag).toBe("Begun")
    })

    it("knows another request under the same key, in progress, abandoned, overdue and answered", async () => {
      const other = { ...request, fingerprint: "another" }
      const found = await use((store) =>
        Effect.gen(function* () {
          const first = yield* begun(store)
          const inProgress = yield* store.begin(other, LEASE)
          const overdue = yield* store.begin(other, AFTER)
          yield* store.abandon(request, first.attempt)
          const abandoned = yield* store.begin(other, LEASE)
          const second = yield* begun(store)
          yield* store.end(request, second.attempt, answer)
          return [inProgress, overdue, abandoned, yield* store.begin(other, AFTER), yield* store.begin(request, AFTER)]
        })
      )
      expect(found).toStrictEqual([OTHER_REQUEST, OTHER_REQUEST, OTHER_REQUEST, OTHER_REQUEST, ANSWERED])
    })

    it.each([
      ["actors", { ...request, actorId: "another" }],
      ["keys", { ...request, key: "another" }],
      ["actors and keys that read the same together", { ...request, actorId: "act", key: "orkey" }]
    ])("keeps %s apart", async (_, other) => {
      const found = await use((store) =>
        Effect.gen(function* () {
          const first = yield* begun(store)
          const second = yield* begun(store, other)
          yield* store.end(other, first.attempt, otherAnswer)
          yield* store.abandon(other, first.attempt)
          const meanwhile = yield* store.begin(other, LEASE)
          yield* store.end(request, first.attempt, answer)
          return [first.requestKey === second.requestKey, meanwhile, yield* store.begin(other, LEASE)]
        })
      )
      expect(found).toStrictEqual([false, IN_PROGRESS, IN_PROGRESS])
    })

    it("forgets what was begun before an instant, whatever became of it, and nothing else", async () => {
      const at = (ms: number) => ({ at: AT + ms, leaseMs: LEASE_MS })
      const named = (key: string) => ({ ...request, key })
      const [count, again, ...left] = await use((store) =>
        Effect.gen(function* () {
          const ended = yield* begun(store, named("ended"), at(-1))
          yield* store.end(named("ended"), ended.attempt, answer)
          yield* begun(store, named("open"), at(-1))
          yield* begun(store, named("at the instant"), at(0))
          yield* begun(store, named("taken over"), at(-2 * LEASE_MS))
          yield* begun(store, named("taken over"), at(0))
          const count = yield* store.forget(AT)
          const again = yield* store.forget(AT)
          const left = yield* Effect.forEach(["ended", "open", "at the instant", "taken over"], (key) =>
            store.begin(named(key), at(1))
          )
          return [count, again, ...left.map(({ _tag }) => _tag)] as const
        })
      )
      expect([count, again]).toStrictEqual([2, 0])
      expect(left).toStrictEqual(["Begun", "Begun", "InProgress", "InProgress"])
    })

    it("gives a request that was forgotten another key", async () => {
      const [first, second] = await use((store) =>
        Effect.gen(function* () {
          const first = yield* begun(store)
          yield* store.forget(AT + 1)
          return [first, yield* begun(store)] as const
        })
      )
      expect(second.requestKey).not.toBe(first.requestKey)
    })
  })
}
