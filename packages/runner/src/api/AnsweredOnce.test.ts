import { AnswerStore, StoreError, type StoredAnswer } from "@reckoner/core/ports"
import { MemoryAnswerStore } from "@reckoner/core/testing"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import * as AnsweredOnce from "./AnsweredOnce.ts"

const REQUEST = { actorId: "mai", key: "a", fingerprint: "f" }
const DONE: StoredAnswer = { status: 200, body: "done" }

const run = <E>(
  work: Effect.Effect<void, E, AnsweredOnce.AnsweredOnce | AnswerStore>,
  answers: Layer.Layer<AnswerStore> = MemoryAnswerStore.make().layer
): Promise<void> =>
  Effect.runPromise(
    work.pipe(
      Effect.provide(Layer.provideMerge(AnsweredOnce.AnsweredOnce.layer, answers)),
      Effect.provide(TestClock.layer())
    )
  )

const answer = (work: (requestKey: string) => Effect.Effect<StoredAnswer, StoreError>, request = REQUEST) =>
  Effect.flatMap(AnsweredOnce.AnsweredOnce, (once) => once.answer(request, work))

const failed = new StoreError({ reason: "ConnectionLost", message: "it went away", isRetryable: true })

describe("AnsweredOnce", () => {
  it("does a request once, under one name", () =>
    run(
      Effect.gen(function* () {
        const names: Array<string> = []
        const work = (name: string) =>
          Effect.as(
            Effect.sync(() => names.push(name)),
            DONE
          )
        expect(yield* answer(work)).toStrictEqual({ ...DONE, isReplayed: false })
        expect(yield* answer(work)).toStrictEqual({ ...DONE, isReplayed: true })
        expect(names).toStrictEqual(["request 1"])
      })
    ))

  it("does a request that failed again, under the same name", () =>
    run(
      Effect.gen(function* () {
        const names: Array<string> = []
        const work = (ended: Effect.Effect<StoredAnswer, StoreError>) => (name: string) =>
          Effect.andThen(
            Effect.sync(() => names.push(name)),
            ended
          )
        expect(yield* Effect.flip(answer(work(Effect.fail(failed))))).toStrictEqual(failed)
        const died = yield* Effect.exit(answer(work(Effect.die(new Error("oh")))))
        expect(Exit.isFailure(died) && Cause.hasDies(died.cause)).toBe(true)
        expect(yield* answer(work(Effect.succeed(DONE)))).toStrictEqual({ ...DONE, isReplayed: false })
        expect(names).toStrictEqual(["request 1", "request 1", "request 1"])
      })
    ))

  it("knows a failure of the database by whatever it comes with", () =>
    run(
      Effect.gen(function* () {
        // Of two that work side by side, one fails, and the other cannot be stopped in order.
        const started = yield* Deferred.make<void>()
        const stopped = Effect.onInterrupt(Effect.andThen(Deferred.succeed(started, undefined), Effect.never), () =>
          Effect.die(new Error("no rollback"))
        )
        const work = Effect.all([stopped, Effect.andThen(Deferred.await(started), Effect.fail(failed))], {
          concurrency: 2
        })
        expect(yield* Effect.flip(answer(() => Effect.as(work, DONE)))).toStrictEqual(failed)
        expect(yield* answer(() => Effect.succeed(DONE))).toStrictEqual({ ...DONE, isReplayed: false })
      })
    ))

  it("takes over from somebody who died once the lease is over, and not before", () =>
    run(
      Effect.gen(function* () {
        const store = yield* AnswerStore
        // Somebody in another process, who never comes back.
        yield* store.begin(REQUEST, { at: 0, leaseMs: AnsweredOnce.LEASE_MS })
        const work = () => Effect.succeed(DONE)
        yield* TestClock.adjust(AnsweredOnce.LEASE_MS - 1)
        expect(yield* Effect.flip(answer(work))).toStrictEqual(new AnsweredOnce.KeyTaken({ reason: "InProgress" }))
        yield* TestClock.adjust(1)
        expect(yield* answer(work)).toStrictEqual({ ...DONE, isReplayed: false })
      })
    ))

  it("holds a request for its lease from the moment at which it begins", () =>
    run(
      Effect.gen(function* () {
        yield* TestClock.adjust("1 hour")
        const started = yield* Deferred.make<void>()
        yield* Effect.forkChild(answer(() => Effect.andThen(Deferred.succeed(started, undefined), Effect.never)))
        yield* Deferred.await(started)
        yield* TestClock.adjust(AnsweredOnce.LEASE_MS - 1)
        expect(yield* Effect.flip(answer(() => Effect.succeed(DONE)))).toMatchObject({ reason: "InProgress" })
        yield* TestClock.adjust(1)
        expect(yield* answer(() => Effect.succeed(DONE))).toStrictEqual({ ...DONE, isReplayed: false })
      })
    ))

  it("goes on when its caller goes away", () =>
    run(
      Effect.gen(function* () {
        const started = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const ended = yield* Deferred.make<void>()
        const caller = yield* Effect.forkChild(
          answer(() =>
            Effect.gen(function* () {
              yield* Deferred.succeed(started, undefined)
              yield* Deferred.await(goOn)
              yield* Deferred.succeed(ended, undefined)
              return DONE
            })
          )
        )
        yield* Deferred.await(started)
        yield* Fiber.interrupt(caller)
        yield* Deferred.succeed(goOn, undefined)
        yield* Deferred.await(ended)
        yield* Effect.yieldNow
        expect(yield* answer(() => Effect.die(new Error("done twice")))).toStrictEqual({ ...DONE, isReplayed: true })
      })
    ))

  it("gives a request back when the server is stopped", async () => {
    const answers = MemoryAnswerStore.make().layer
    await run(
      Effect.gen(function* () {
        const started = yield* Deferred.make<void>()
        yield* Effect.forkChild(answer(() => Effect.andThen(Deferred.succeed(started, undefined), Effect.never)))
        yield* Deferred.await(started)
      }),
      answers
    )
    await run(
      Effect.gen(function* () {
        expect(yield* answer(() => Effect.succeed(DONE))).toStrictEqual({ ...DONE, isReplayed: false })
      }),
      answers
    )
  })

  it("tells what can be sent again from what cannot", () =>
    run(
      Effect.gen(function* () {
        yield* answer(() => Effect.succeed(DONE))
        const work = () => Effect.die(new Error("done twice"))
        for (const other of [{ fingerprint: "g" }, { fingerprint: "" }]) {
          expect(yield* Effect.flip(answer(work, { ...REQUEST, ...other }))).toMatchObject({ reason: "OtherRequest" })
        }
      })
    ))

  it("forgets answers after seven days", () =>
    run(
      Effect.gen(function* () {
        yield* answer(() => Effect.succeed(DONE))
        yield* TestClock.adjust(AnsweredOnce.KEPT_MS)
        expect(yield* AnsweredOnce.forgetOld).toBe(0)
        yield* TestClock.adjust(1)
        expect(yield* AnsweredOnce.forgetOld).toBe(1)
        expect(AnsweredOnce.KEPT_MS).toBe(604_800_000)
      })
    ))

  it("sweeps every hour, whatever goes wrong", async () => {
    const swept: Array<number> = []
    const answers = Layer.succeed(
      AnswerStore,
      AnswerStore.of({
        begin: () => Effect.fail(failed),
        end: () => Effect.void,
        abandon: () => Effect.void,
        forget: (before) =>
          Effect.andThen(
            Effect.sync(() => swept.push(before)),
            Effect.fail(failed)
          )
      })
    )
    await Effect.runPromise(
      Effect.gen(function* () {
        yield* Layer.build(Layer.provide(AnsweredOnce.sweeping, answers))
        yield* TestClock.adjust("2 hours")
      }).pipe(Effect.scoped, Effect.provide(TestClock.layer()))
    )
    expect(swept).toStrictEqual([0, 3_600_000, 7_200_000].map((at) => at - AnsweredOnce.KEPT_MS))
  })

  describe("fingerprint", () => {
    it("is the same for the same, and another for another", () => {
      const of = (asked: unknown, path = "/a", method = "POST") => AnsweredOnce.fingerprint(method, path, asked)
      expect(of({ percent: 1n, ids: ["1", "2"] })).toBe(of({ percent: 1n, ids: ["1", "2"] }))
      const prints = [
        of({ percent: 1n, ids: ["1", "2"] }),
        of({ percent: 2n, ids: ["1", "2"] }),
        of({ percent: 1n, ids: ["2", "1"] }),
        of({ percent: 1n, ids: ["1,2"] }),
        of({ percent: 1n, ids: ["1", "2"] }, "/b"),
        of({ percent: 1n, ids: ["1", "2"] }, "/a", "PUT")
      ]
      expect(new Set(prints).size).toBe(prints.length)
    })
  })
})
