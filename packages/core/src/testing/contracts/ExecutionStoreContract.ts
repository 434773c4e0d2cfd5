/**
 * What every `ExecutionStore` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { ExecutionStore } from "../../ports/ExecutionStore.ts"
import {
  atOnce,
  beginning,
  claimed,
  ended,
  type ExecutionSetup,
  executionsForEachTest,
  FAILURE,
  got,
  HOUR_MS,
  JOB,
  pending,
  ports,
  SUCCESS
} from "./ExecutionSetup.ts"
import { executionSteeringContract } from "./ExecutionSteeringContract.ts"

const KEY = { job: JOB, businessKey: "a" }
const NOBODY = ["999999999", "0", "-1", "no number", "", "99999999999999999999999"]
const STARTS = 20

/**
 * The suite of the store. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionStoreContract = (name: string, setup: () => Promise<ExecutionSetup>): void => {
  describe(`${name} as ExecutionStore`, () => {
    const executions = executionsForEachTest(setup)
    const { age, race, run } = executions

    describe("create", () => {
      it("makes a pending execution, of which nothing is known but its key and input", () =>
        run(
          Effect.gen(function* () {
            const { store } = yield* ports
            const { id, isNew } = yield* store.create(KEY, { amount: "12.50" })
            const execution = yield* got(id)
            expect(isNew).toBe(true)
            expect(execution).toStrictEqual({
              id,
              ...KEY,
              input: { amount: "12.50" },
              state: "pending",
              attempt: 1,
              handover: 1,
              beginsInVain: 0,
              waitsFor: undefined,
              wakesAtMs: undefined,
              progress: undefined,
              output: undefined,
              error: undefined,
              createdAtMs: expect.any(Number),
              startedAtMs: undefined,
              progressedAtMs: expect.any(Number),
              finishedAtMs: undefined
            })
            expect(Number.isInteger(execution.createdAtMs)).toBe(true)
            expect(execution.progressedAtMs).toBe(execution.createdAtMs)
          })
        ))

      it.each([
        null,
        "",
        "null",
        "a 'quoted' \"č\" \\",
        0,
        Number.MAX_SAFE_INTEGER,
        false,
        [],
        [1, [null]],
        {},
        { a: { b: "\n" } }
      ])("keeps the input %j", (input) =>
        run(
          Effect.gen(function* () {
            const { id } = yield* (yield* ports).store.create(KEY, input)
            expect((yield* got(id)).input).toStrictEqual(input)
          })
        )
      )

      it("keeps an input without content as null", () =>
        run(
          Effect.gen(function* () {
            const { id } = yield* (yield* ports).store.create(KEY, undefined)
            expect((yield* got(id)).input).toBeNull()
          })
        ))

      it("makes one for a key, however often and from wherever it is started at once", () =>
        run(
          Effect.gen(function* () {
            const { store } = yield* ports
            const start = (index: number) => Effect.flatMap(ExecutionStore, ({ create }) => create(KEY, { index }))
            const starts = yield* race([atOnce(STARTS, start), atOnce(STARTS, start), atOnce(STARTS, start)])
            expect(starts.flat().filter(({ isNew }) => isNew).length).toBe(1)
            expect(new Set(starts.flat().map(({ id }) => id)).size).toBe(1)
            expect(yield* store.create(KEY, "later")).toStrictEqual({ id: starts[0]![0]!.id, isNew: false })
          })
        ))

      it("keeps the first input, and what became of the execution", () =>
        run(
          Effect.gen(function* () {
            const { store } = yield* ports
            const id = yield* ended("a", FAILURE)
            const before = yield* got(id)
            expect(yield* store.create(KEY, "other", { runner: "two" })).toStrictEqual({ id, isNew: false })
            expect(yield* got(id)).toStrictEqual(before)
          })
        ))

      it("keeps jobs apart, and the parts of a key", () =>
        run(
          Effect.gen(function* () {
            const { store } = yield* ports
            const keys = [
              { job: "a", businessKey: "b c" },
              { job: "a b", businessKey: "c" },
              { job: "a", businessKey: "b C" },
              { job: "a", businessKey: "" },
              { job: "a", businessKey: "%'; -- \\" }
            ]
            for (const key of keys) expect((yield* store.create(key, null)).isNew).toBe(true)
            for (const key of keys) expect(Option.getOrThrow(yield* store.find(key))).toMatchObject(key)
          })
        ))

      it("makes one that runs in the process it is given, and is offered to nobody", () =>
        run(
          Effect.gen(function* () {
            const { recorder, store } = yield* ports
            const { id } = yield* store.create(KEY, null, { runner: "one" })
            expect(yield* got(id)).toMatchObject({ state: "running", handover: 1, startedAtMs: undefined })
            expect([yield* claimed("one", 9), yield* claimed("two", 9)]).toStrictEqual([[], []])
            const lease = { id, handover: 1, runner: "one" }
            yield* beginning(lease)
            expect(yield* recorder.finish(lease, SUCCESS)).toBe(true)
          })
        ))

      it("makes one whose process died before it began pending again, after a while", () =>
        run(
          Effect.gen(function* () {
            const { queue, store } = yield* ports
            const { id } = yield* store.create(KEY, null, { runner: "dead" })
            yield* age(id, 2 * HOUR_MS)
            expect(yield* queue.sweep({ stalledMs: HOUR_MS })).toBe(1)
            expect(yield* claimed("two", 9)).toStrictEqual([id])
          })
        ))
    })

    describe("find and get", () => {
      it("give the same execution, by its key and by its id", () =>
        run(
          Effect.gen(function* () {
            const { store } = yield* ports
            const id = yield* pending("a")
            yield* pending("b")
            expect(yield* store.find(KEY)).toStrictEqual(yield* store.get(id))
            expect((yield* got(id)).businessKey).toBe("a")
          })
        ))

      it("find nothing under a key that was never started", () =>
        run(
          Effect.gen(function* () {
            yield* pending("a")
            const none = yield* (yield* ports).store.find({ job: "other", businessKey: "a" })
            expect(none).toStrictEqual(Option.none())
          })
        ))

      it.each(NOBODY)("give none for the id %j, as do signal, cancel and retry", (id) =>
        run(
          Effect.gen(function* () {
            const { report, store } = yield* ports
            yield* ended("a", SUCCESS)
            expect([
              yield* store.get(id),
              yield* store.signal(id, "go", null),
              yield* store.cancel(id),
              yield* store.retry(id),
              yield* report.steps(id)
            ]).toStrictEqual([Option.none(), Option.none(), Option.none(), Option.none(), []])
          })
        )
      )
    })

    executionSteeringContract(executions)
  })
}
