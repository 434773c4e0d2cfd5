import { ExecutionQueue, ExecutionRecorder, ExecutionReport, ExecutionStore } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import * as ExecutionOperations from "./ExecutionOperations.ts"
import { endedExecution, runningExecution, waitingExecution } from "./testing/executions.ts"

type Ports = ExecutionStore | ExecutionQueue | ExecutionRecorder | ExecutionReport

const run = <A, E>(effect: Effect.Effect<A, E, Ports>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, MemoryExecutions.make().layer))

const pending = (businessKey: string) =>
  Effect.flatMap(ExecutionStore, (store) => Effect.map(store.create({ job: "job", businessKey }, 1), ({ id }) => id))

/** What an operation was refused with, and whether the execution stayed as it was. */
const refused = <E, R>(id: string, operation: Effect.Effect<unknown, E, R>) =>
  Effect.gen(function* () {
    const store = yield* ExecutionStore
    const before = yield* store.get(id)
    const error = yield* Effect.flip(operation)
    expect(yield* store.get(id)).toStrictEqual(before)
    return error
  })

describe("ExecutionOperations", () => {
  describe("list", () => {
    const ids = ({ executions }: { readonly executions: ReadonlyArray<{ readonly id: string }> }) =>
      executions.map(({ id }) => id)

    it("gives the newest first, and where it goes on", () =>
      run(
        Effect.gen(function* () {
          for (const key of ["a", "b", "c"]) yield* pending(key)
          const first = yield* ExecutionOperations.list({ limit: 2 })
          expect([ids(first), first.next]).toStrictEqual([["3", "2"], "2"])
          const second = yield* ExecutionOperations.list({ limit: 2, beforeId: "2" })
          expect([ids(second), second.next]).toStrictEqual([["1"], null])
          const all = yield* ExecutionOperations.list({ limit: 3 })
          expect([ids(all), all.next]).toStrictEqual([["3", "2", "1"], null])
        })
      ))

    it("is empty where there is nothing", async () => {
      expect(await run(ExecutionOperations.list({ limit: 1 }))).toStrictEqual({ executions: [], next: null })
    })
  })

  describe("show", () => {
    it("gives an execution with its steps", () =>
      run(
        Effect.gen(function* () {
          const id = yield* waitingExecution("a")
          const { state, steps, waitsFor } = yield* ExecutionOperations.show(id)
          expect([state, waitsFor]).toStrictEqual(["waiting", "signal decision"])
          expect(steps.map(({ kind, name, value }) => [kind, name, value])).toStrictEqual([
            ["step", "ask", { asked: 1 }]
          ])
        })
      ))

    it("fails with ExecutionUnknown when there is none", async () => {
      const error = await run(Effect.flip(ExecutionOperations.show("9")))
      expect(error).toStrictEqual(new ExecutionOperations.ExecutionUnknown({ id: "9" }))
      expect(error.message).toBe("there is no execution 9")
    })
  })

  describe("retry", () => {
    it.each(["failed", "cancelled"] as const)("makes one that is %s pending again", (state) =>
      run(
        Effect.gen(function* () {
          const id = yield* endedExecution("a", state)
          const { execution, isChanged } = yield* ExecutionOperations.retry(id)
          expect([isChanged, execution.id, execution.state, execution.attempt]).toStrictEqual([true, id, "pending", 2])
        })
      )
    )

    it("fails with ExecutionStateRefused when it is not over, or well", () =>
      run(
        Effect.gen(function* () {
          const open = [yield* pending("p"), yield* runningExecution("r"), yield* waitingExecution("w")]
          for (const id of open) {
            const { message } = yield* refused(id, ExecutionOperations.retry(id))
            expect(message).toMatch(/^execution \d is \w+ and cannot be retried: it can be cancelled or signalled$/)
          }
          const done = yield* endedExecution("s", "succeeded")
          const { message } = yield* refused(done, ExecutionOperations.retry(done))
          expect(message).toBe("execution 4 is succeeded and cannot be retried: nothing can be done to it any more")
        })
      ))

    it("fails with ExecutionUnknown when there is none", async () => {
      expect(await run(Effect.flip(ExecutionOperations.retry("9")))).toStrictEqual(
        new ExecutionOperations.ExecutionUnknown({ id: "9" })
      )
    })
  })

  describe("cancel", () => {
    it("ends what has not finished", () =>
      run(
        Effect.gen(function* () {
          for (const id of [yield* pending("p"), yield* runningExecution("r"), yield* waitingExecution("w")]) {
            const { execution, isChanged } = yield* ExecutionOperations.cancel(id)
            expect([isChanged, execution.state]).toStrictEqual([true, "cancelled"])
          }
        })
      ))

    it.each([
      ["failed", "it can be retried"],
      ["cancelled", "it can be retried"],
      ["succeeded", "nothing can be done to it any more"]
    ] as const)("fails with ExecutionStateRefused when it is %s", (state, possible) =>
      run(
        Effect.gen(function* () {
          const id = yield* endedExecution("a", state)
          const error = yield* refused(id, ExecutionOperations.cancel(id))
          expect(error).toStrictEqual(new ExecutionOperations.ExecutionStateRefused({ id, state, change: "cancel" }))
          expect(error.message).toBe(`execution 1 is ${state} and cannot be cancelled: ${possible}`)
        })
      )
    )
  })

  describe("signal", () => {
    it("wakes what waits, and counts once", () =>
      run(
        Effect.gen(function* () {
          const id = yield* waitingExecution("a")
          const first = yield* ExecutionOperations.signal(id, "decision", { yes: true })
          expect([first.isChanged, first.execution.state]).toStrictEqual([true, "pending"])
          const second = yield* ExecutionOperations.signal(id, "decision", { yes: false })
          expect([second.isChanged, second.execution.state]).toStrictEqual([false, "pending"])
          const { steps } = yield* ExecutionOperations.show(id)
          expect(steps.filter(({ kind }) => kind === "signal").map(({ value }) => value)).toStrictEqual([{ yes: true }])
        })
      ))

    it("is no error again when the execution has finished since", () =>
      run(
        Effect.gen(function* () {
          const id = yield* pending("a")
          yield* ExecutionOperations.signal(id, "decision", 1)
          yield* ExecutionOperations.cancel(id)
          const again = yield* ExecutionOperations.signal(id, "decision", 1)
          expect([again.isChanged, again.execution.state]).toStrictEqual([false, "cancelled"])
          const other = yield* refused(id, ExecutionOperations.signal(id, "other", 1))
          expect(other.message).toBe("execution 1 is cancelled and cannot be signalled: it can be retried")
        })
      ))

    it("takes a step of the same name for no signal", () =>
      run(
        Effect.gen(function* () {
          const id = yield* waitingExecution("a")
          yield* ExecutionOperations.cancel(id)
          const error = yield* refused(id, ExecutionOperations.signal(id, "ask", 1))
          expect(error._tag).toBe("ExecutionStateRefused")
        })
      ))

    it("fails with ExecutionUnknown when there is none", async () => {
      expect(await run(Effect.flip(ExecutionOperations.signal("9", "decision", 1)))).toStrictEqual(
        new ExecutionOperations.ExecutionUnknown({ id: "9" })
      )
    })
  })
})
