/**
 * What every `ExecutionRecorder` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { type ExecutionEnd, type Lease } from "../../ports/Execution.ts"
import {
  beginning,
  claimed,
  ended,
  type ExecutionSetup,
  executionsForEachTest,
  expectNoWrite,
  FAILURE,
  got,
  HOUR_MS,
  JOB,
  pending,
  ports,
  running,
  step,
  SUCCESS,
  waiting
} from "./ExecutionSetup.ts"
import { executionRecordContract } from "./ExecutionRecordContract.ts"
import { executionTransactionContract } from "./ExecutionTransactionContract.ts"
import { executionWaitContract } from "./ExecutionWaitContract.ts"

const DECISION = { kind: "signal", name: "decision" } as const

/** Leases that are not the one that counts. */
const strangersOf = (lease: Lease): ReadonlyArray<Lease> => [
  { ...lease, runner: "other" },
  { ...lease, handover: lease.handover - 1 },
  { ...lease, handover: lease.handover + 1 },
  { ...lease, id: "999999999" }
]

/**
 * The suite of the recorder. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionRecorderContract = (name: string, setup: () => Promise<ExecutionSetup>): void => {
  describe(`${name} as ExecutionRecorder`, () => {
    const executions = executionsForEachTest(setup)
    const { age, run } = executions

    describe("begin", () => {
      it("gives the execution as it is now, what is recorded, and the store's clock", () =>
        run(
          Effect.gen(function* () {
            const id = yield* pending("a")
            yield* claimed("one", 1)
            const { execution, nowMs, records } = yield* beginning({ id, handover: 1, runner: "one" })
            expect(execution).toStrictEqual(yield* got(id))
            expect(execution).toMatchObject({ state: "running", handover: 1, input: { for: "a" }, beginsInVain: 1 })
            expect(records).toStrictEqual([])
            expect(Number.isInteger(nowMs)).toBe(true)
            const { createdAtMs, progressedAtMs, startedAtMs } = execution
            const instants = [createdAtMs, startedAtMs!, progressedAtMs, nowMs]
            expect(instants.toSorted((one, other) => one - other)).toStrictEqual(instants)
            const later = yield* got(yield* pending("b"))
            expect(later.createdAtMs).toBeGreaterThanOrEqual(nowMs)
          })
        ))

      it("by another process takes the lease over: the first may write nothing any more", () =>
        run(
          Effect.gen(function* () {
            const { queue, recorder } = yield* ports
            const one = yield* running("a")
            expect(yield* recorder.beginStep(one, "pay")).toBe(true)
            const two = { ...one, runner: "two" }
            yield* beginning(two)
            yield* expectNoWrite(one)
            const touched = yield* queue.touch([one, two].map((lease) => ({ lease, progress: null })))
            expect(touched).toStrictEqual(new Set([one.id]))
            expect(yield* queue.touch([{ lease: one, progress: "one" }])).toStrictEqual(new Set())
            expect([yield* recorder.record(two, step("pay")), yield* recorder.finish(two, SUCCESS)]).toStrictEqual([
              true,
              true
            ])
          })
        ))

      it("gives none for another handover than the present one", () =>
        run(
          Effect.gen(function* () {
            const { queue, recorder } = yield* ports
            const lease = yield* running("a")
            yield* queue.release(lease)
            yield* claimed("one", 1)
            for (const handover of [0, 1, 3]) {
              expect(yield* recorder.begin({ ...lease, handover })).toStrictEqual(Option.none())
            }
            yield* beginning({ ...lease, handover: 2 })
          })
        ))

      it("gives none for one that is pending, waits or has finished, nor where nothing is", () =>
        run(
          Effect.gen(function* () {
            const { recorder } = yield* ports
            const ids = [
              yield* pending("pending"),
              (yield* waiting("waiting", [DECISION])).id,
              yield* ended("succeeded", SUCCESS),
              yield* ended("failed", FAILURE),
              yield* ended("cancelled", "cancelled"),
              "999999999"
            ]
            for (const id of ids) {
              expect(yield* recorder.begin({ id, handover: 1, runner: "one" })).toStrictEqual(Option.none())
            }
          })
        ))

      it("counts begins in vain, over handovers, until something is recorded", () =>
        run(
          Effect.gen(function* () {
            const { queue, recorder, store } = yield* ports
            const lease = yield* running("a")
            const begins = [(yield* got(lease.id)).beginsInVain]
            begins.push((yield* beginning(lease)).execution.beginsInVain)
            yield* age(lease.id, 2 * HOUR_MS)
            yield* queue.sweep({ stalledMs: HOUR_MS })
            yield* claimed("two", 1)
            const next = { id: lease.id, handover: 2, runner: "two" }
            begins.push((yield* beginning(next)).execution.beginsInVain)
            yield* recorder.beginStep(next, "pay")
            yield* store.signal(next.id, "decision", 1)
            begins.push((yield* got(next.id)).beginsInVain)
            yield* recorder.record(next, step("pay"))
            begins.push((yield* got(next.id)).beginsInVain)
            begins.push((yield* beginning(next)).execution.beginsInVain)
            yield* recorder.wait(next, [{ kind: "signal", name: "other" }])
            begins.push((yield* got(next.id)).beginsInVain)
            expect(begins).toStrictEqual([1, 2, 3, 3, 0, 1, 0])
          })
        ))

      it("notes the first time as the start", () =>
        run(
          Effect.gen(function* () {
            const lease = yield* running("a")
            yield* age(lease.id, HOUR_MS)
            const { startedAtMs } = yield* got(lease.id)
            const { execution } = yield* beginning(lease)
            expect(execution.startedAtMs).toBe(startedAtMs)
            expect(execution.progressedAtMs).toBeGreaterThanOrEqual(startedAtMs! + HOUR_MS)
          })
        ))
    })

    describe("record", () => {
      executionRecordContract(executions)
    })

    describe("a lease that does not count", () => {
      it("may write nothing", () =>
        run(
          Effect.gen(function* () {
            const { recorder } = yield* ports
            const lease = yield* running("a")
            for (const stranger of strangersOf(lease)) yield* expectNoWrite(stranger)
            expect(yield* recorder.finish(lease, SUCCESS)).toBe(true)
            yield* expectNoWrite(lease)
          })
        ))

      it("is that of an execution that a process has and has not begun", () =>
        run(
          Effect.gen(function* () {
            const { queue, store } = yield* ports
            const { id: created } = yield* store.create({ job: JOB, businessKey: "created" }, null, { runner: "one" })
            yield* expectNoWrite({ id: created, handover: 1, runner: "one" })
            const claim = yield* pending("claimed")
            yield* claimed("one", 9)
            yield* expectNoWrite({ id: claim, handover: 1, runner: "one" })
            const lease = yield* running("claimed again")
            yield* queue.release(lease)
            yield* claimed("one", 9)
            yield* expectNoWrite({ ...lease, handover: 2 })
          })
        ))
    })

    describe("wait", () => {
      executionWaitContract(executions)
    })

    describe("finish", () => {
      it.each<readonly [ExecutionEnd, object]>([
        [SUCCESS, { state: "succeeded", output: { paid: "12.50" }, error: undefined }],
        [FAILURE, { state: "failed", output: undefined, error: { _tag: "Defect", message: "no" } }]
      ])("ends the execution, once: %j", (end, expected) =>
        run(
          Effect.gen(function* () {
            const { recorder } = yield* ports
            const lease = yield* running("a")
            expect(yield* recorder.finish(lease, end)).toBe(true)
            const after = yield* got(lease.id)
            expect(after).toMatchObject({ ...expected, handover: 1, attempt: 1, waitsFor: undefined })
            expect(after.finishedAtMs).toBeGreaterThanOrEqual(after.startedAtMs!)
            for (const again of [SUCCESS, FAILURE]) expect(yield* recorder.finish(lease, again)).toBe(false)
            expect(yield* got(lease.id)).toStrictEqual(after)
          })
        )
      )
    })

    describe("transaction", () => {
      executionTransactionContract(executions)
    })
  })
}
