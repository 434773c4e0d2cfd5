/**
 * What every `ExecutionRecorder` must do with records.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import {
  atOnce,
  beginning,
  claimed,
  type ExecutionsForEachTest,
  FAILURE,
  HOUR_MS,
  ports,
  running,
  step
} from "./ExecutionSetup.ts"

const VALUES = [null, "", "null", "a 'quoted' \"č\" \\", 0, -1, false, [], [1, [null]], {}, { a: { b: "\n" } }]
const RACERS = 10

/**
 * Adds the tests to the suite of a recorder.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionRecordContract = ({ age, run }: ExecutionsForEachTest): void => {
  it.each(VALUES)("keeps the value %j", (value) =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        const records = [
          step("done", { value, tries: 3 }),
          step("refused", { value, state: "failed", tries: 2 }),
          step("night", { kind: "sleep", value })
        ]
        for (const record of records) expect(yield* recorder.record(lease, record)).toBe(true)
        const begun = yield* beginning(lease)
        expect(begun.records.toSorted((one, other) => (one.name < other.name ? -1 : 1))).toStrictEqual([
          records[0],
          records[2],
          records[1]
        ])
      })
    )
  )

  it("counts once for a name, and no step begins under it again", () =>
    run(
      Effect.gen(function* () {
        const { recorder, report } = yield* ports
        const lease = yield* running("a")
        yield* recorder.record(lease, step("pay"))
        yield* recorder.record(lease, step("post", { state: "failed" }))
        const before = yield* report.steps(lease.id)
        for (const name of ["pay", "post"]) {
          expect(yield* recorder.beginStep(lease, name)).toBe(false)
          expect(yield* recorder.record(lease, step(name, { value: "other" }))).toBe(false)
          expect(yield* recorder.record(lease, step(name, { state: "failed" }))).toBe(false)
        }
        expect(yield* report.steps(lease.id)).toStrictEqual(before)
      })
    ))

  it("counts once for a name, however many come at once", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        const all = yield* atOnce(RACERS, (value) => recorder.record(lease, step("pay", { value })))
        const first = all.indexOf(true)
        expect(all.filter((isFirst) => isFirst).length).toBe(1)
        expect((yield* beginning(lease)).records).toStrictEqual([step("pay", { value: first })])
      })
    ))

  it("keeps steps, sleeps and signals of one name apart", () =>
    run(
      Effect.gen(function* () {
        const { recorder, store } = yield* ports
        const lease = yield* running("a")
        yield* store.signal(lease.id, "pay", "signal")
        expect(yield* recorder.record(lease, step("pay", { kind: "sleep", value: "sleep" }))).toBe(true)
        expect(yield* recorder.beginStep(lease, "pay")).toBe(true)
        expect(yield* recorder.record(lease, step("pay", { value: "step" }))).toBe(true)
        const { records } = yield* beginning(lease)
        expect(new Set(records.map(({ kind, value }) => [kind, value].join()))).toStrictEqual(
          new Set(["signal,signal", "sleep,sleep", "step,step"])
        )
      })
    ))

  it("is none while a step has only begun, and the step may begin again", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        expect([yield* recorder.beginStep(lease, "pay"), yield* recorder.beginStep(lease, "pay")]).toStrictEqual([
          true,
          true
        ])
        expect((yield* beginning(lease)).records).toStrictEqual([])
        expect(yield* recorder.record(lease, step("pay"))).toBe(true)
      })
    ))

  it("of a success lasts over attempts; that of a failure does not, so its step runs again", () =>
    run(
      Effect.gen(function* () {
        const { recorder, store } = yield* ports
        const lease = yield* running("a")
        yield* recorder.record(lease, step("pay"))
        yield* recorder.record(lease, step("post", { state: "failed" }))
        yield* recorder.beginStep(lease, "cut off")
        yield* recorder.finish(lease, FAILURE)
        yield* store.retry(lease.id)
        yield* claimed("one", 1)
        const next = { ...lease, handover: 2 }
        expect((yield* beginning(next)).records).toStrictEqual([step("pay")])
        expect([
          yield* recorder.beginStep(next, "pay"),
          yield* recorder.record(next, step("pay", { value: "other" })),
          yield* recorder.record(next, step("pay", { state: "failed" }))
        ]).toStrictEqual([false, false, false])
        for (const name of ["post", "cut off"]) {
          expect(yield* recorder.beginStep(next, name)).toBe(true)
          expect(yield* recorder.record(next, step(name, { tries: 2 }))).toBe(true)
        }
        const { records } = yield* beginning(next)
        expect(new Set(records)).toStrictEqual(
          new Set([step("pay"), step("post", { tries: 2 }), step("cut off", { tries: 2 })])
        )
      })
    ))

  it("is a sign of life", () =>
    run(
      Effect.gen(function* () {
        const { queue, recorder } = yield* ports
        const lease = yield* running("a")
        yield* age(lease.id, 2 * HOUR_MS)
        yield* recorder.record(lease, step("pay"))
        expect(yield* queue.sweep({ stalledMs: HOUR_MS })).toBe(0)
      })
    ))
}
