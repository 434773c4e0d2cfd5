/**
 * What every `ExecutionRecorder` must do when a run waits.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { expect, it } from "vitest"
import { type Wait, waitsFor } from "../../ports/Execution.ts"
import {
  beginning,
  claimed,
  expectNoWrite,
  type ExecutionsForEachTest,
  got,
  HOUR_MS,
  ports,
  running,
  step,
  SUCCESS,
  waiting
} from "./ExecutionSetup.ts"

const DECISION = { kind: "signal", name: "decision" } as const

/**
 * Adds the tests to the suite of a recorder.
 *
 * @category contracts
 * @since 0.1.0
 */
export const executionWaitContract = ({ run }: ExecutionsForEachTest): void => {
  const at = (nowMs: number, ms: number): Wait => ({ kind: "sleep", name: `in ${ms}`, wakesAtMs: nowMs + ms })

  it("ends the run and its lease; the execution waits for the signals or the earliest sleep", () =>
    run(
      Effect.gen(function* () {
        const { queue, recorder } = yield* ports
        const lease = yield* running("a")
        const { nowMs } = yield* beginning(lease)
        const waits = [at(nowMs, 2 * HOUR_MS), DECISION, at(nowMs, HOUR_MS), { ...DECISION, name: "other" }]
        expect(yield* recorder.wait(lease, waits)).toStrictEqual({ isHeld: true, come: [] })
        expect(yield* got(lease.id)).toMatchObject({
          state: "waiting",
          handover: 1,
          waitsFor: waitsFor(waits),
          wakesAtMs: nowMs + HOUR_MS
        })
        yield* expectNoWrite(lease)
        expect(yield* queue.touch([{ lease, progress: 1 }])).toStrictEqual(new Set())
        expect(yield* recorder.begin(lease)).toStrictEqual(Option.none())
      })
    ))

  it("for signals alone has no instant", () =>
    run(
      Effect.gen(function* () {
        const { id } = yield* waiting("a", [DECISION])
        expect(yield* got(id)).toMatchObject({ waitsFor: "signal decision", wakesAtMs: undefined })
      })
    ))

  it("gives signals that came before, and the run goes on", () =>
    run(
      Effect.gen(function* () {
        const { recorder, store } = yield* ports
        const lease = yield* running("a")
        const { nowMs } = yield* beginning(lease)
        yield* store.signal(lease.id, "decision", { ok: true })
        yield* store.signal(lease.id, "no wait for this", 1)
        const waits = [{ ...DECISION, name: "other" }, DECISION, at(nowMs, HOUR_MS)]
        expect(yield* recorder.wait(lease, waits)).toStrictEqual({
          isHeld: true,
          come: [{ ...DECISION, value: { ok: true } }]
        })
        expect(yield* got(lease.id)).toMatchObject({ state: "running", waitsFor: undefined, wakesAtMs: undefined })
        expect(yield* recorder.finish(lease, SUCCESS)).toBe(true)
      })
    ))

  it("gives sleeps that are over, and the run goes on", () =>
    run(
      Effect.gen(function* () {
        const { recorder } = yield* ports
        const lease = yield* running("a")
        const { nowMs } = yield* beginning(lease)
        const [over, lasting] = [at(nowMs, 0), at(nowMs, HOUR_MS)]
        for (const { kind, name } of [over, lasting]) yield* recorder.record(lease, step(name, { kind }))
        const { come } = yield* recorder.wait(lease, [lasting, over])
        expect(come.map(({ name }) => name)).toStrictEqual([over.name])
        expect(yield* recorder.finish(lease, SUCCESS)).toBe(true)
      })
    ))

  it("gives all that came", () =>
    run(
      Effect.gen(function* () {
        const { recorder, store } = yield* ports
        const lease = yield* running("a")
        const { nowMs } = yield* beginning(lease)
        const over = at(nowMs, -HOUR_MS)
        yield* recorder.record(lease, step(over.name, { kind: "sleep" }))
        for (const name of ["decision", "other"]) yield* store.signal(lease.id, name, name)
        const waits = [over, DECISION, { ...DECISION, name: "other" }, { ...DECISION, name: "never" }]
        const { come } = yield* recorder.wait(lease, waits)
        expect(new Set(come.map(({ name }) => name))).toStrictEqual(new Set([over.name, "decision", "other"]))
      })
    ))

  it.each(["decision", "other"])("for several signals ends with any of them: %s", (first) =>
    run(
      Effect.gen(function* () {
        const { store } = yield* ports
        const { id } = yield* waiting("a", [DECISION, { ...DECISION, name: "other" }])
        yield* store.signal(id, first, 1)
        expect(yield* got(id)).toMatchObject({ state: "pending", handover: 2 })
      })
    )
  )

  it("lasts, or begins again, when something else comes", () =>
    run(
      Effect.gen(function* () {
        const { recorder, store } = yield* ports
        const { id } = yield* waiting("a", [DECISION])
        expect(Option.getOrThrow(yield* store.signal(id, "other", 1)).isChanged).toBe(true)
        const { handover, state } = yield* got(id)
        if (state === "pending") {
          yield* claimed("one", 1)
          const lease = { id, handover, runner: "one" }
          yield* beginning(lease)
          expect(yield* recorder.wait(lease, [DECISION])).toStrictEqual({ isHeld: true, come: [] })
        }
        expect(yield* got(id)).toMatchObject({ state: "waiting", waitsFor: "signal decision" })
      })
    ))
}
