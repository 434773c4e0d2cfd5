/**
 * What becomes of old executions in every `ExecutionReport`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { expect, it } from "vitest"
import type { Retention } from "../../ports/ExecutionReport.ts"
import {
  ended,
  type ExecutionsForEachTest,
  FAILURE,
  got,
  HOUR_MS,
  JOB,
  pending,
  ports,
  running,
  SUCCESS,
  waiting
} from "./ExecutionSetup.ts"

const DECISION = { kind: "signal", name: "decision" } as const
const FORGETFUL = "sync-entitlements"
const ROUNDS = 15
const RACERS = 8

/**
 * Adds the tests to the suite of a report.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionPurgeContract = ({ age, race, run }: ExecutionsForEachTest): void => {
  const purge = (retention: Partial<Retention> = {}) =>
    Effect.flatMap(ports, ({ report }) =>
      report.purge({ finishedMs: HOUR_MS, failedMs: 3 * HOUR_MS, forgetful: [FORGETFUL], limit: 99, ...retention })
    )

  const old = (id: string, ms = 2 * HOUR_MS) => Effect.as(age(id, ms), id)

  it("empties what finished too long ago, and keeps its key", () =>
    run(
      Effect.gen(function* () {
        const { report, store } = yield* ports
        const id = yield* Effect.flatMap(ended("a", SUCCESS), old)
        const before = yield* got(id)
        expect(yield* purge()).toStrictEqual({ emptied: 1, removed: 0 })
        expect(yield* got(id)).toStrictEqual({
          ...before,
          state: "purged",
          input: null,
          progress: undefined,
          output: undefined,
          error: undefined
        })
        expect(yield* report.steps(id)).toStrictEqual([])
        expect(yield* store.create({ job: JOB, businessKey: "a" }, "again")).toStrictEqual({ id, isNew: false })
        expect(yield* purge()).toStrictEqual({ emptied: 0, removed: 0 })
      })
    ))

  it("removes what finished too long ago together with its key, for a job that forgets", () =>
    run(
      Effect.gen(function* () {
        const { report, store } = yield* ports
        const id = yield* Effect.flatMap(ended("a", SUCCESS, FORGETFUL), old)
        const kept = yield* Effect.flatMap(ended("a", FAILURE), (failed) => old(failed, 4 * HOUR_MS))
        expect(yield* purge()).toStrictEqual({ emptied: 1, removed: 1 })
        expect(yield* store.get(id)).toStrictEqual(Option.none())
        expect(yield* store.find({ job: FORGETFUL, businessKey: "a" })).toStrictEqual(Option.none())
        expect(yield* report.steps(id)).toStrictEqual([])
        expect((yield* got(kept)).state).toBe("purged")
        const again = yield* store.create({ job: FORGETFUL, businessKey: "a" }, null)
        expect(again.isNew).toBe(true)
        expect(again.id).not.toBe(id)
        expect(yield* report.steps(again.id)).toStrictEqual([])
      })
    ))

  it.each([
    ["succeeded", SUCCESS, 1, 2],
    ["cancelled", "cancelled", 1, 2],
    ["failed", FAILURE, 3, 4]
  ] as const)("keeps what %s for its time", (_, end, hours, tooLong) =>
    run(
      Effect.gen(function* () {
        const { report } = yield* ports
        const id = yield* ended("a", end)
        yield* age(id, hours * HOUR_MS - HOUR_MS / 2)
        const before = [yield* got(id), yield* report.steps(id)]
        expect(yield* purge()).toStrictEqual({ emptied: 0, removed: 0 })
        expect([yield* got(id), yield* report.steps(id)]).toStrictEqual(before)
        yield* age(id, (tooLong - hours) * HOUR_MS)
        expect(yield* purge()).toStrictEqual({ emptied: 1, removed: 0 })
      })
    )
  )

  it("counts from the end, not from the begin", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        yield* age(lease.id, 9 * HOUR_MS)
        yield* recorder.finish(lease, SUCCESS)
        expect(yield* purge()).toStrictEqual({ emptied: 0, removed: 0 })
      })
    ))

  it.each([JOB, FORGETFUL])("never touches what may go on: %s", (job) =>
    run(
      Effect.gen(function* () {
        const { store } = yield* ports
        const retried = yield* ended("retried", FAILURE, job)
        yield* age(retried, 9 * HOUR_MS)
        yield* store.retry(retried)
        const ids = [
          retried,
          yield* pending("pending", job),
          (yield* running("running", { job })).id,
          (yield* waiting("waiting", [DECISION], job)).id
        ]
        for (const id of ids) yield* age(id, 9 * HOUR_MS)
        const before = yield* Effect.all(ids.map(got))
        expect(yield* purge()).toStrictEqual({ emptied: 0, removed: 0 })
        expect(yield* Effect.all(ids.map(got))).toStrictEqual(before)
      })
    )
  )

  it("purges at most so many in one call", () =>
    run(
      Effect.gen(function* () {
        for (const [key, job] of [...Array(5).keys()].map((index) => [`${index}`, index % 2 ? JOB : FORGETFUL])) {
          yield* Effect.flatMap(ended(key!, SUCCESS, job), old)
        }
        const totals: Array<number> = []
        for (let call = 0; call < 4; call += 1) {
          const { emptied, removed } = yield* purge({ limit: 2 })
          totals.push(emptied + removed)
        }
        expect(totals).toStrictEqual([2, 2, 1, 0])
      })
    ))

  it("leaves nothing that a retry, a cancellation or a signal could change", () =>
    run(
      Effect.gen(function* () {
        const { report, store } = yield* ports
        const id = yield* Effect.flatMap(ended("a", FAILURE), (failed) => old(failed, 4 * HOUR_MS))
        yield* purge()
        const execution = yield* got(id)
        const tries = [store.retry(id), store.cancel(id), store.signal(id, "decision", 1)]
        for (const made of yield* Effect.all(tries)) {
          expect(Option.getOrThrow(made)).toStrictEqual({ execution, isChanged: false })
        }
        expect([yield* report.steps(id), yield* report.takeAlerts(9)]).toStrictEqual([[], []])
      })
    ))

  it("and a retry at the same moment leave an execution whole, or purge it whole", () =>
    run(
      Effect.gen(function* () {
        const { report, store } = yield* ports
        for (let round = 0; round < ROUNDS; round += 1) {
          const ids: Array<string> = []
          for (let index = 0; index < RACERS; index += 1) {
            const id = yield* ended(`${round} ${index}`, FAILURE, index % 2 === 0 ? JOB : FORGETFUL)
            ids.push(yield* old(id, 4 * HOUR_MS))
          }
          const retries = Effect.flatMap(ports, ({ store }) => Effect.all(ids.map(store.retry), { concurrency: 4 }))
          const purges = [purge({ limit: 3 }), purge({ limit: 3 }), purge()].map((purged) => Effect.as(purged, []))
          const retried = (yield* race([...purges, retries])).flat()
          for (const [index, id] of ids.entries()) {
            const isRetried = Option.exists(retried[index]!, ({ isChanged }) => isChanged)
            const found = Option.getOrUndefined(yield* store.get(id))
            const steps = (yield* report.steps(id)).map(({ name }) => name)
            const whole = { state: "pending", attempt: 2, input: { for: `${round} ${index}` }, progress: { done: 1 } }
            if (isRetried) expect([found, steps]).toMatchObject([whole, ["pay"]])
            else if (index % 2 === 1) expect([found, steps]).toStrictEqual([undefined, []])
            else expect([found, steps]).toMatchObject([{ state: "purged", attempt: 1, input: null }, []])
          }
        }
      })
    ))
}
