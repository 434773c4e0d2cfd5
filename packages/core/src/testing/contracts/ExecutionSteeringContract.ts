/**
 * What every `ExecutionStore` must do to steer executions.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { isOpenExecution, isRetryableExecution } from "../../ports/Execution.ts"
import type { Steered } from "../../ports/ExecutionStore.ts"
import {
  atOnce,
  beginning,
  claimed,
  ended,
  type ExecutionsForEachTest,
  FAILURE,
  got,
  HOUR_MS,
  pending,
  ports,
  running,
  step,
  SUCCESS,
  waiting
} from "./ExecutionSetup.ts"

const DECISION = { kind: "signal", name: "decision" } as const
const STARTS = 20
const RACES = 15

const steered = (made: Option.Option<Steered>) => {
  const { execution, isChanged } = Option.getOrThrow(made)
  return [isChanged, execution.state]
}

/**
 * Adds the tests to the suite of a store.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionSteeringContract = ({ age, run }: ExecutionsForEachTest): void => {
  /** One execution in each state, by name. */
  const oneOfEach = Effect.gen(function* () {
    const { report } = yield* ports
    const ids = {
      purged: yield* ended("purged", SUCCESS),
      pending: yield* pending("pending"),
      running: (yield* running("running")).id,
      waiting: (yield* waiting("waiting", [DECISION])).id,
      succeeded: yield* ended("succeeded", SUCCESS),
      failed: yield* ended("failed", FAILURE),
      cancelled: yield* ended("cancelled", "cancelled")
    }
    yield* age(ids.purged, 2 * HOUR_MS)
    yield* report.purge({ finishedMs: HOUR_MS, failedMs: HOUR_MS, forgetful: [], limit: 100 })
    return Object.entries(ids)
  })

  describe("signal", () => {
    it("makes one that waits for it pending, for a new handover", () =>
      run(
        Effect.gen(function* () {
          const { store } = yield* ports
          const { id } = yield* waiting("a", [DECISION])
          const after = Option.getOrThrow(yield* store.signal(id, "decision", { ok: true }))
          expect(after).toStrictEqual({ execution: yield* got(id), isChanged: true })
          expect(after.execution).toMatchObject({
            state: "pending",
            handover: 2,
            waitsFor: undefined,
            wakesAtMs: undefined
          })
          yield* claimed("two", 1)
          const { records } = yield* beginning({ id, handover: 2, runner: "two" })
          expect(records).toStrictEqual([
            { kind: "signal", name: "decision", state: "succeeded", value: { ok: true }, tries: 0 }
          ])
        })
      ))

    it("is recorded for one that does not wait, and changes nothing else", () =>
      run(
        Effect.gen(function* () {
          const { recorder, store } = yield* ports
          const lease = yield* running("a")
          const early = yield* pending("b")
          expect(steered(yield* store.signal(lease.id, "decision", 1))).toStrictEqual([true, "running"])
          expect(steered(yield* store.signal(early, "decision", 2))).toStrictEqual([true, "pending"])
          expect([(yield* got(lease.id)).handover, (yield* got(early)).handover]).toStrictEqual([1, 1])
          expect(yield* recorder.record(lease, step("pay"))).toBe(true)
        })
      ))

    it("counts the first of a name, however many come at once", () =>
      run(
        Effect.gen(function* () {
          const { report, store } = yield* ports
          const { id } = yield* waiting("a", [DECISION])
          const all = yield* atOnce(STARTS, (index) => store.signal(id, "decision", index))
          const first = all.findIndex((one) => Option.getOrThrow(one).isChanged)
          expect(all.filter((one) => Option.getOrThrow(one).isChanged).length).toBe(1)
          expect(steered(yield* store.signal(id, "decision", "late"))).toStrictEqual([false, "pending"])
          expect((yield* report.steps(id)).map(({ value }) => value)).toStrictEqual([first])
          expect(yield* got(id)).toMatchObject({ handover: 2 })
        })
      ))

    it("does not wake twice: a repeat leaves one that waits for something else as it is", () =>
      run(
        Effect.gen(function* () {
          const { recorder, store } = yield* ports
          const lease = yield* running("a")
          yield* store.signal(lease.id, "decision", 1)
          yield* recorder.wait(lease, [{ kind: "signal", name: "other" }])
          expect(steered(yield* store.signal(lease.id, "decision", 2))).toStrictEqual([false, "waiting"])
        })
      ))

    it("is not recorded for one that has finished", () =>
      run(
        Effect.gen(function* () {
          const { report, store } = yield* ports
          for (const [state, id] of yield* oneOfEach) {
            if (isOpenExecution((yield* got(id)).state)) continue
            const before = yield* report.steps(id)
            expect(steered(yield* store.signal(id, "decision", 1))).toStrictEqual([false, state])
            expect(yield* report.steps(id)).toStrictEqual(before)
          }
        })
      ))

    it("is never missed by one that begins to wait at the same moment", () =>
      run(
        Effect.gen(function* () {
          const { recorder, store } = yield* ports
          const leases = yield* Effect.all(Array.from({ length: RACES }, (_, index) => running(`${index}`)))
          const waits = yield* atOnce(RACES * 2, (index) => {
            const lease = leases[index >> 1]!
            return index % 2 === 0
              ? Effect.map(recorder.wait(lease, [DECISION]), ({ come }) => come.length)
              : Effect.as(store.signal(lease.id, "decision", index), -1)
          })
          for (const [index, { id }] of leases.entries()) {
            expect((yield* got(id)).state).toBe(waits[index * 2] === 1 ? "running" : "pending")
          }
        })
      ))
  })

  describe("cancel", () => {
    it("ends what has not finished, and changes nothing else", () =>
      run(
        Effect.gen(function* () {
          const { store } = yield* ports
          for (const [state, id] of yield* oneOfEach) {
            const before = yield* got(id)
            const isOpen = isOpenExecution(before.state)
            const after = Option.getOrThrow(yield* store.cancel(id))
            expect(after).toStrictEqual({ execution: yield* got(id), isChanged: isOpen })
            if (!isOpen) expect([state, after.execution]).toStrictEqual([state, before])
            else {
              expect(after.execution).toMatchObject({ state: "cancelled", waitsFor: undefined, wakesAtMs: undefined })
              expect(after.execution.finishedAtMs).toBeGreaterThanOrEqual(before.createdAtMs)
            }
          }
          expect([yield* claimed("one", 99), yield* claimed("two", 99)]).toStrictEqual([[], []])
        })
      ))

    it("ends the lease", () =>
      run(
        Effect.gen(function* () {
          const { queue, recorder, store } = yield* ports
          const lease = yield* running("a")
          yield* store.cancel(lease.id)
          expect([
            yield* recorder.begin(lease),
            yield* recorder.beginStep(lease, "pay"),
            yield* recorder.record(lease, step("pay")),
            yield* recorder.wait(lease, [DECISION]),
            yield* recorder.finish(lease, SUCCESS),
            yield* queue.touch([{ lease, progress: null }])
          ]).toStrictEqual([Option.none(), false, false, { isHeld: false, come: [] }, false, new Set()])
          yield* queue.release(lease)
          expect((yield* got(lease.id)).state).toBe("cancelled")
        })
      ))

    it("and the end of a run exclude each other", () =>
      run(
        Effect.gen(function* () {
          const { recorder, store } = yield* ports
          for (let round = 0; round < RACES; round += 1) {
            const lease = yield* running(`${round}`)
            const race = [recorder.finish(lease, SUCCESS), Effect.map(store.cancel(lease.id), steered)] as const
            const [isFinished, [isCancelled]] = yield* Effect.all(race, { concurrency: "unbounded" })
            expect(isCancelled).toBe(!isFinished)
            expect((yield* got(lease.id)).state).toBe(isFinished ? "succeeded" : "cancelled")
          }
        })
      ))
  })

  describe("retry", () => {
    it("makes what failed or was cancelled pending for one more attempt, and changes nothing else", () =>
      run(
        Effect.gen(function* () {
          const { store } = yield* ports
          for (const [, id] of yield* oneOfEach) {
            const before = yield* got(id)
            const isRetryable = isRetryableExecution(before.state)
            const after = Option.getOrThrow(yield* store.retry(id))
            expect(after).toStrictEqual({ execution: yield* got(id), isChanged: isRetryable })
            if (!isRetryable) expect(after.execution).toStrictEqual(before)
            else {
              expect(after.execution).toStrictEqual({
                ...before,
                state: "pending",
                attempt: 2,
                handover: before.handover + 1,
                error: undefined,
                finishedAtMs: undefined,
                progressedAtMs: expect.any(Number)
              })
            }
          }
        })
      ))

    it("makes one pending that was cancelled while it waited, and it waits for nothing", () =>
      run(
        Effect.gen(function* () {
          const { store } = yield* ports
          const { id } = yield* waiting("a", [{ kind: "sleep", name: "night", wakesAtMs: 1e12 * 4 }])
          yield* store.cancel(id)
          const retried = Option.getOrThrow(yield* store.retry(id)).execution
          expect(retried).toMatchObject({ state: "pending", waitsFor: undefined, wakesAtMs: undefined })
          expect(yield* claimed("two", 9)).toStrictEqual([id])
        })
      ))

    it("forgets the begins in vain", () =>
      run(
        Effect.gen(function* () {
          const { recorder, store } = yield* ports
          const lease = yield* running("a")
          yield* beginning(lease)
          yield* recorder.finish(lease, FAILURE)
          yield* store.retry(lease.id)
          expect((yield* got(lease.id)).beginsInVain).toBe(0)
        })
      ))

    it("counts once, however many ask at once", () =>
      run(
        Effect.gen(function* () {
          const { store } = yield* ports
          const id = yield* ended("a", FAILURE)
          const all = yield* atOnce(STARTS, () => store.retry(id))
          expect(all.filter((one) => Option.getOrThrow(one).isChanged).length).toBe(1)
          expect(yield* got(id)).toMatchObject({ attempt: 2, handover: 2 })
        })
      ))
  })
}
