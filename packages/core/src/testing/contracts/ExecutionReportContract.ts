/**
 * What every `ExecutionReport` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { EXECUTION_STATES } from "../../ports/Execution.ts"
import { ExecutionReport } from "../../ports/ExecutionReport.ts"
import { executionPurgeContract } from "./ExecutionPurgeContract.ts"
import {
  beginning,
  claimed,
  ended,
  type ExecutionSetup,
  executionsForEachTest,
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
const CROWD = 23
const PAGE = 5

/**
 * The suite of the report. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionReportContract = (name: string, setup: () => Promise<ExecutionSetup>): void => {
  describe(`${name} as ExecutionReport`, () => {
    const executions = executionsForEachTest(setup)
    const { age, race, run } = executions

    describe("list", () => {
      const keys = (filter: Parameters<ExecutionReport["Service"]["list"]>[0]) =>
        Effect.flatMap(ExecutionReport, (report) =>
          Effect.map(report.list(filter), (found) => found.map(({ businessKey }) => businessKey))
        )

      it("gives all, the newest first, as they are", () =>
        run(
          Effect.gen(function* () {
            const { report } = yield* ports
            expect(yield* report.list({ limit: 9 })).toStrictEqual([])
            const ids = [yield* pending("a"), yield* ended("b", FAILURE), (yield* waiting("c", [DECISION])).id]
            expect(yield* report.list({ limit: 9 })).toStrictEqual(yield* Effect.all(ids.toReversed().map(got)))
          })
        ))

      it("gives those of the states, the job and the time that are asked for", () =>
        run(
          Effect.gen(function* () {
            yield* pending("old")
            yield* age(yield* pending("older"), HOUR_MS)
            yield* running("running")
            yield* waiting("waiting", [DECISION])
            yield* ended("succeeded", SUCCESS)
            yield* ended("failed", FAILURE, "other-job")
            const { createdAtMs } = yield* got(yield* pending("new", "other-job"))
            const limit = 9
            expect(yield* keys({ states: ["waiting"], limit })).toStrictEqual(["waiting"])
            expect(yield* keys({ states: ["failed", "running"], limit })).toStrictEqual(["failed", "running"])
            expect(yield* keys({ states: ["purged"], limit })).toStrictEqual([])
            expect((yield* keys({ states: EXECUTION_STATES, limit })).length).toBe(7)
            expect(yield* keys({ job: "other-job", limit })).toStrictEqual(["new", "failed"])
            expect(yield* keys({ job: "other-job", states: ["pending"], limit })).toStrictEqual(["new"])
            expect(yield* keys({ states: ["pending"], sinceMs: createdAtMs - HOUR_MS / 2, limit })).toStrictEqual([
              "new",
              "old"
            ])
            expect(yield* keys({ sinceMs: createdAtMs + HOUR_MS, limit })).toStrictEqual([])
          })
        ))

      it("takes an instant in as its first", () =>
        run(
          Effect.gen(function* () {
            const { report } = yield* ports
            for (let index = 0; index < CROWD; index += 1) {
              const { createdAtMs, id } = yield* got(yield* pending(`${index}`))
              expect((yield* report.list({ sinceMs: createdAtMs, limit: 1 }))[0]?.id).toBe(id)
            }
          })
        ))

      it("continues before an execution, without gap or repeat", () =>
        run(
          Effect.gen(function* () {
            const { report } = yield* ports
            for (let index = 0; index < CROWD; index += 1) yield* pending(`${index}`, index % 3 === 0 ? "rare" : "job")
            for (const job of [undefined, "rare", "job"]) {
              const paged: Array<string> = []
              let beforeId: string | undefined
              do {
                const page = yield* report.list({ job, beforeId, limit: PAGE })
                expect(page.length).toBeLessThanOrEqual(PAGE)
                paged.push(...page.map(({ id }) => id))
                beforeId = page.at(-1)?.id
                // What is created in between belongs to no page.
                yield* pending(`late ${paged.length}`, job ?? "late")
              } while (beforeId !== undefined)
              const all = yield* report.list({ job, limit: 99 })
              const early = all.filter(({ businessKey }) => !businessKey.startsWith("late"))
              expect(paged.filter((id) => early.some((one) => one.id === id))).toStrictEqual(early.map(({ id }) => id))
              expect(new Set(paged).size).toBe(paged.length)
            }
          })
        ))
    })

    describe("steps", () => {
      it("are given in the order in which they began, with those that run and earlier attempts", () =>
        run(
          Effect.gen(function* () {
            const { recorder, report, store } = yield* ports
            const lease = yield* running("a")
            const { nowMs } = yield* beginning(lease)
            yield* recorder.beginStep(lease, "z")
            yield* recorder.beginStep(lease, "y")
            yield* recorder.record(lease, step("y", { value: 1, tries: 3 }))
            yield* store.signal(lease.id, "x", "come")
            yield* recorder.record(lease, step("w", { kind: "sleep", value: 5 }))
            yield* recorder.beginStep(lease, "v")
            yield* recorder.record(lease, step("v", { state: "failed", value: "no", tries: 2 }))
            yield* recorder.finish(lease, FAILURE)
            yield* store.retry(lease.id)
            yield* claimed("one", 1)
            const next = { ...lease, handover: 2 }
            yield* beginning(next)
            yield* recorder.beginStep(next, "v")
            yield* recorder.record(next, step("v", { value: "yes" }))
            yield* recorder.beginStep(next, "u")
            const ended = { attempt: 1, startedAtMs: expect.any(Number), finishedAtMs: expect.any(Number) }
            const open = { kind: "step", state: "running", tries: 0, value: null, finishedAtMs: undefined }
            const steps = yield* report.steps(lease.id)
            expect(steps).toStrictEqual([
              { ...ended, ...open, name: "z" },
              { ...ended, ...step("y", { value: 1, tries: 3 }) },
              { ...ended, kind: "signal", name: "x", state: "succeeded", value: "come", tries: 0 },
              { ...ended, ...step("w", { kind: "sleep", value: 5 }) },
              { ...ended, ...step("v", { state: "failed", value: "no", tries: 2 }) },
              { ...ended, ...step("v", { value: "yes" }), attempt: 2 },
              { ...ended, ...open, name: "u", attempt: 2 }
            ])
            for (const { finishedAtMs, startedAtMs } of steps) {
              expect(startedAtMs).toBeGreaterThanOrEqual(nowMs)
              expect(finishedAtMs ?? startedAtMs).toBeGreaterThanOrEqual(startedAtMs)
            }
          })
        ))

      it("keep their place and their start, whichever ends first", () =>
        run(
          Effect.gen(function* () {
            const { recorder, report } = yield* ports
            const lease = yield* running("a")
            for (const name of ["b", "a", "c"]) yield* recorder.beginStep(lease, name)
            const begun = yield* report.steps(lease.id)
            for (const name of ["c", "a", "b"]) yield* recorder.record(lease, step(name))
            const ended = yield* report.steps(lease.id)
            const starts = (steps: typeof begun) => steps.map(({ name, startedAtMs }) => [name, startedAtMs])
            expect(begun.map(({ name }) => name)).toStrictEqual(["b", "a", "c"])
            expect(starts(ended)).toStrictEqual(starts(begun))
          })
        ))

      it("are none for an execution that has none, or that is not there", () =>
        run(
          Effect.gen(function* () {
            const { report } = yield* ports
            yield* ended("other", SUCCESS)
            const id = yield* pending("a")
            expect([yield* report.steps(id), yield* report.steps("999999999")]).toStrictEqual([[], []])
          })
        ))
    })

    describe("backlog", () => {
      it("is empty when nothing is to do", () =>
        run(
          Effect.gen(function* () {
            const { report } = yield* ports
            yield* ended("a", SUCCESS)
            yield* ended("b", "cancelled")
            yield* age(yield* ended("c", FAILURE), 2 * HOUR_MS)
            yield* report.purge({ finishedMs: HOUR_MS, failedMs: HOUR_MS, forgetful: [], limit: 9 })
            expect(yield* report.backlog).toStrictEqual({ counts: [], oldestPendingMs: 0 })
          })
        ))

      it("counts by job and state what has not succeeded, been cancelled or purged", () =>
        run(
          Effect.gen(function* () {
            const { report } = yield* ports
            for (const key of ["a", "b"]) yield* pending(key, "one-job")
            yield* running("c", { job: "one-job" })
            yield* waiting("d", [DECISION], "one-job")
            for (const key of ["e", "f", "g"]) yield* ended(key, FAILURE, "one-job")
            yield* ended("h", SUCCESS, "one-job")
            yield* pending("a", "other-job")
            const { counts } = yield* report.backlog
            const lines = counts.map(({ count, job, state }) => `${job} ${state} ${count}`)
            expect(lines.toSorted()).toStrictEqual([
              "one-job failed 3",
              "one-job pending 2",
              "one-job running 1",
              "one-job waiting 1",
              "other-job pending 1"
            ])
          })
        ))

      it("says how long the one that waits longest to be taken has waited since it became pending", () =>
        run(
          Effect.gen(function* () {
            const { queue, report } = yield* ports
            const lease = yield* running("released a moment ago")
            yield* age(lease.id, 4 * HOUR_MS)
            yield* queue.release(lease)
            yield* age((yield* running("running")).id, 4 * HOUR_MS)
            yield* age(yield* pending("two hours"), 2 * HOUR_MS)
            yield* age(yield* pending("one hour"), HOUR_MS)
            const { oldestPendingMs } = yield* report.backlog
            expect(Number.isInteger(oldestPendingMs)).toBe(true)
            expect(oldestPendingMs).toBeGreaterThanOrEqual(2 * HOUR_MS)
            expect(oldestPendingMs).toBeLessThan(3 * HOUR_MS)
          })
        ))
    })

    describe("takeAlerts", () => {
      const taken = (limit: number) =>
        Effect.flatMap(ExecutionReport, (report) =>
          Effect.map(report.takeAlerts(limit), (alerts) => alerts.map(({ id }) => id))
        )

      it("gives each failed execution once, as it is, and no other", () =>
        run(
          Effect.gen(function* () {
            const { report } = yield* ports
            yield* pending("pending")
            yield* running("running")
            yield* waiting("waiting", [DECISION])
            yield* ended("succeeded", SUCCESS)
            yield* ended("cancelled", "cancelled")
            expect(yield* report.takeAlerts(9)).toStrictEqual([])
            const id = yield* ended("failed", FAILURE)
            const failed = yield* got(id)
            expect(yield* report.takeAlerts(0)).toStrictEqual([])
            expect(yield* report.takeAlerts(9)).toStrictEqual([failed])
            expect(yield* report.takeAlerts(9)).toStrictEqual([])
            expect(yield* got(id)).toStrictEqual(failed)
          })
        ))

      it("gives at most so many at a time, and the others next", () =>
        run(
          Effect.gen(function* () {
            const ids = yield* Effect.all(["a", "b", "c"].map((key) => ended(key, FAILURE)))
            const [first, second] = [yield* taken(2), yield* taken(2)]
            expect([first.length, second.length]).toStrictEqual([2, 1])
            expect(new Set([...first, ...second])).toStrictEqual(new Set(ids))
          })
        ))

      it("gives an execution again when a later attempt fails, told of the earlier one or not", () =>
        run(
          Effect.gen(function* () {
            const { recorder, store } = yield* ports
            const [told, untold] = [yield* ended("told", FAILURE), yield* ended("untold", "cancelled")]
            expect(yield* taken(9)).toStrictEqual([told])
            for (const id of [told, untold]) yield* store.retry(id)
            expect(yield* taken(9)).toStrictEqual([])
            yield* claimed("one", 9)
            for (const id of [told, untold]) {
              const lease = { id, handover: 2, runner: "one" }
              yield* beginning(lease)
              yield* recorder.finish(lease, FAILURE)
            }
            expect(new Set(yield* taken(9))).toStrictEqual(new Set([told, untold]))
            expect(yield* taken(9)).toStrictEqual([])
          })
        ))

      it("shares them out between processes that ask at once", () =>
        run(
          Effect.gen(function* () {
            const ids: Array<string> = []
            for (let index = 0; index < CROWD; index += 1) ids.push(yield* ended(`${index}`, FAILURE))
            const all = Effect.gen(function* () {
              const alerts: Array<string> = []
              for (;;) {
                const more = yield* taken(2)
                if (more.length === 0) return alerts
                alerts.push(...more)
              }
            })
            // A process may have seen nothing while others took all that was left.
            const alerts = [...(yield* race([all, all, all])).flat(), ...(yield* taken(CROWD))]
            expect(alerts.length).toBe(CROWD)
            expect(new Set(alerts)).toStrictEqual(new Set(ids))
          })
        ))
    })

    describe("purge", () => {
      executionPurgeContract(executions)
    })
  })
}
