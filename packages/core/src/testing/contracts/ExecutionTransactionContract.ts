/**
 * What the transaction of every `ExecutionRecorder` must do.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { expect, it } from "vitest"
import type { Lease } from "../../ports/Execution.ts"
import { StoreError } from "../../ports/StoreError.ts"
import { beginning, type ExecutionsForEachTest, got, pending, ports, running, step, SUCCESS } from "./ExecutionSetup.ts"

class Word extends Context.Service<Word, { readonly text: string }>()(
  "@reckoner/core/testing/contracts/ExecutionTransactionContract/Word"
) {}

/**
 * Adds the tests to the suite of a recorder.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionTransactionContract = ({ run }: ExecutionsForEachTest): void => {
  /** Writes of several kinds, to an execution that was there and to a new one. */
  const writesOf = (lease: Lease) =>
    Effect.gen(function* () {
      const { queue, recorder } = yield* ports
      yield* recorder.beginStep(lease, "post")
      yield* recorder.record(lease, step("pay"))
      yield* queue.touch([{ lease, progress: "half" }])
      return yield* pending("made within")
    })

  const look = (lease: Lease) =>
    Effect.gen(function* () {
      const { report, store } = yield* ports
      const made = yield* store.find({ job: "pay-sellers", businessKey: "made within" })
      return [yield* got(lease.id), yield* report.steps(lease.id), made] as const
    })

  it("gives the value of an effect with services of its own, and keeps what it wrote", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        const text = yield* recorder
          .transaction(
            Effect.andThen(
              writesOf(lease),
              Effect.map(Word, (word) => word.text)
            )
          )
          .pipe(Effect.provideService(Word, { text: "yes" }))
        const [execution, steps, made] = yield* look(lease)
        expect([text, execution.progress, steps.length, Option.isSome(made)]).toStrictEqual(["yes", "half", 2, true])
        expect(yield* recorder.record(lease, step("pay"))).toBe(false)
      })
    ))

  it.each([
    ["an error of its own", "no"],
    ["an error like those of a store", new StoreError({ reason: "Conflict", message: "busy", isRetryable: true })],
    ["an error with a tag", { _tag: "SqlError", cause: "none" }]
  ])("gives the failure of the effect as it is, and nothing that it wrote is kept: %s", (_, failure) =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        const before = yield* look(lease)
        const failed = recorder.transaction(Effect.andThen(writesOf(lease), Effect.fail(failure)))
        expect(yield* Effect.flip(failed)).toBe(failure)
        expect(yield* look(lease)).toStrictEqual(before)
        expect(yield* recorder.record(lease, step("pay"))).toBe(true)
      })
    )
  )

  it("keeps nothing after a defect, which it gives as it is", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        const before = yield* look(lease)
        const dying = recorder.transaction(Effect.andThen(writesOf(lease), Effect.die("oh")))
        expect(yield* Effect.catchDefect(dying, Effect.succeed)).toBe("oh")
        expect(yield* look(lease)).toStrictEqual(before)
      })
    ))

  it("keeps nothing after an interruption", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        const before = yield* look(lease)
        const hasWritten = yield* Deferred.make<void>()
        const body = writesOf(lease).pipe(
          Effect.andThen(Deferred.succeed(hasWritten, undefined)),
          Effect.andThen(Effect.never)
        )
        const fiber = yield* Effect.forkChild(recorder.transaction(body))
        yield* Deferred.await(hasWritten)
        yield* Fiber.interrupt(fiber)
        expect(yield* look(lease)).toStrictEqual(before)
      })
    ))

  it("undoes no more than its own: what was written before stays, and so does what others wrote elsewhere", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const [lease, other] = [yield* running("a"), yield* running("b")]
        yield* recorder.record(lease, step("before"))
        const hasWritten = yield* Deferred.make<void>()
        const mayFail = yield* Deferred.make<void>()
        const body = writesOf(lease).pipe(
          Effect.andThen(Deferred.succeed(hasWritten, undefined)),
          Effect.andThen(Deferred.await(mayFail)),
          Effect.andThen(Effect.fail("no"))
        )
        const fiber = yield* Effect.forkChild(Effect.flip(recorder.transaction(body)))
        yield* Deferred.await(hasWritten)
        expect(yield* recorder.finish(other, SUCCESS)).toBe(true)
        yield* Deferred.succeed(mayFail, undefined)
        yield* Fiber.join(fiber)
        expect((yield* beginning(lease)).records).toStrictEqual([step("before")])
        expect((yield* got(other.id)).state).toBe("succeeded")
      })
    ))

  it("may be one within another: the inner is undone alone, or with the outer", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        const record = (name: string) => recorder.record(lease, step(name))
        const inner = (name: string) => recorder.transaction(record(name))
        const failingInner = (name: string) =>
          Effect.flip(recorder.transaction(Effect.andThen(record(name), Effect.fail("no"))))
        yield* recorder.transaction(Effect.all([record("a"), failingInner("b"), inner("c")]))
        yield* Effect.flip(recorder.transaction(Effect.andThen(inner("d"), Effect.fail("no"))))
        expect(new Set((yield* beginning(lease)).records.map(({ name }) => name))).toStrictEqual(new Set(["a", "c"]))
      })
    ))

  it("holds a record that a lost lease was refused, so that its failure undoes the rest", () =>
    run(
      Effect.gen(function* () {
        const { recorder, store } = yield* ports
        const lease = yield* running("a")
        yield* store.cancel(lease.id)
        const step1 = Effect.flatMap(pending("made within"), () => recorder.record(lease, step("pay")))
        const atomic = recorder.transaction(
          Effect.filterOrFail(
            step1,
            (isHeld) => isHeld,
            () => "lost"
          )
        )
        expect(yield* Effect.flip(atomic)).toBe("lost")
        expect((yield* look(lease))[2]).toStrictEqual(Option.none())
      })
    ))
}
