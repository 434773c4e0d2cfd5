import { type Execution, ExecutionQueue, ExecutionRecorder, ExecutionStore, StoreError } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import * as Job from "./Job.ts"
import * as LocalRun from "./LocalRun.ts"
import * as Settings from "./Settings.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String, isRetryable: Schema.Boolean }) {}

/** A job whose only step is the given effect. */
const jobOf = (effect: Effect.Effect<string, Refused, Job.Execution>) =>
  Job.make({
    name: "local",
    input: Schema.Struct({ key: Schema.String }),
    output: Schema.String,
    error: Refused,
    businessKey: ({ key }) => key,
    run: () =>
      Effect.flatMap(Job.Execution, ({ step }) => step("only", { success: Schema.String, error: Refused }, effect))
  })

type Ports = ExecutionStore | ExecutionRecorder | ExecutionQueue

const run = <A, E>(effect: Effect.Effect<A, E, Ports>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, Layer.merge(MemoryExecutions.make().layer, Logger.layer([]))))

const stored = (id: string): Effect.Effect<Execution, StoreError, ExecutionStore> =>
  ExecutionStore.use((store) => Effect.map(store.get(id), Option.getOrThrow))

describe("LocalRun", () => {
  describe("run", () => {
    it("gives the output, and keeps the execution", async () => {
      const kept = await run(
        Effect.gen(function* () {
          const ran = Option.getOrThrow(yield* LocalRun.run(jobOf(Effect.succeed("done")), { key: "a" }))
          expect(ran.result).toStrictEqual({ _tag: "Succeeded", output: "done" })
          return yield* stored(ran.executionId)
        })
      )
      expect(kept).toMatchObject({ job: "local", businessKey: "a", state: "succeeded", output: "done", attempt: 1 })
    })

    it("gives None where the key has an execution, and does not run", async () => {
      let runs = 0
      const job = jobOf(Effect.sync(() => String(++runs)))
      const again = await run(Effect.andThen(LocalRun.run(job, { key: "a" }), LocalRun.run(job, { key: "a" })))
      expect([again, runs]).toStrictEqual([Option.none(), 1])
    })

    it("is offered to no other process", async () => {
      let claimed = -1
      await run(
        Effect.gen(function* () {
          const queue = yield* ExecutionQueue
          const claim = Effect.orDie(queue.claim({ runner: "other", jobs: ["local"], residentMax: 9 }))
          const claiming = Effect.map(claim, ({ length }) => ((claimed = length), "done"))
          yield* LocalRun.run(jobOf(claiming), { key: "a" })
        })
      )
      expect(claimed).toBe(0)
    })

    it("gives a failure at once, for whoever waits decides about further tries", async () => {
      let tries = 0
      const refused = new Refused({ why: "no", isRetryable: true })
      const job = jobOf(Effect.suspend(() => ((tries += 1), Effect.fail(refused))))
      const { result } = Option.getOrThrow(await run(LocalRun.run(job, { key: "a" })))
      expect(result).toStrictEqual({ _tag: "Failed", failure: { _tag: "Error", error: refused } })
      expect(tries).toBe(1)
    })

    it.each(["transient", "rate-limited", "permanent"] as const)(
      "tries a step once whose failure is %s",
      async (kind) => {
        let tries = 0
        const refused = new Refused({ why: "no", isRetryable: true })
        const failing = Effect.suspend(() => ((tries += 1), Effect.fail(refused)))
        const job = Job.make({
          ...jobOf(Effect.succeed("")),
          run: () =>
            Effect.flatMap(Job.Execution, ({ step }) =>
              step("only", { success: Schema.String, error: Refused, kindOf: () => kind }, failing)
            )
        })
        await run(LocalRun.run(job, { key: "a" }))
        expect(tries).toBe(1)
      }
    )

    it("hands on what the job reports, and keeps the latest", async () => {
      const told: Array<unknown> = []
      await run(
        Effect.gen(function* () {
          const store = yield* ExecutionStore
          const job = jobOf(
            Effect.gen(function* () {
              const { id, report } = yield* Job.Execution
              yield* report({ read: 1 })
              yield* report({ read: 2 })
              // Until a sign of life has brought it to the store.
              yield* Effect.delay(Effect.orDie(store.get(id)), 5).pipe(
                Effect.repeat({ until: (kept) => JSON.stringify(Option.getOrThrow(kept).progress) === '{"read":2}' })
              )
              return "done"
            })
          )
          const onReport = (progress: unknown) => Effect.sync(() => void told.push(progress))
          yield* LocalRun.run(
            job,
            { key: "a" },
            { onReport, settings: { ...Settings.DEFAULTS, heartbeatIntervalMs: 5 } }
          )
        })
      )
      expect(told).toStrictEqual([{ read: 1 }, { read: 2 }])
    })

    it("is cancelled when it is interrupted", async () => {
      const state = await run(
        Effect.gen(function* () {
          const begun = yield* Deferred.make<string>()
          const job = jobOf(
            Effect.flatMap(Job.Execution, ({ id }) => Effect.andThen(Deferred.succeed(begun, id), Effect.never))
          )
          const fiber = yield* Effect.forkChild(LocalRun.run(job, { key: "a" }))
          const id = yield* Deferred.await(begun)
          yield* Fiber.interrupt(fiber)
          return (yield* stored(id)).state
        })
      )
      expect(state).toBe("cancelled")
    })

    it.each([
      ["does not answer", Effect.never],
      ["fails", Effect.fail(new StoreError({ reason: "Unreachable", message: "gone", isRetryable: true }))]
    ] as ReadonlyArray<readonly [string, Effect.Effect<never, StoreError>]>)(
      "ends soon when it is interrupted, though the store %s",
      (_, answer) =>
        run(
          Effect.gen(function* () {
            const begun = yield* Deferred.make<void>()
            const store = yield* ExecutionStore
            const queue = yield* ExecutionQueue
            const job = jobOf(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
            const fiber = yield* LocalRun.run(job, { key: "a" }).pipe(
              Effect.provideService(ExecutionStore, ExecutionStore.of({ ...store, cancel: () => answer })),
              Effect.provideService(ExecutionQueue, ExecutionQueue.of({ ...queue, release: () => answer })),
              Effect.forkChild
            )
            yield* Deferred.await(begun)
            const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber))
            yield* TestClock.adjust("5 seconds")
            expect(interrupting.pollUnsafe()).toStrictEqual(Exit.void)
            const exit = fiber.pollUnsafe()
            expect(exit !== undefined && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)).toBe(true)
          }).pipe(Effect.provide(TestClock.layer()))
        )
    )
  })
})
