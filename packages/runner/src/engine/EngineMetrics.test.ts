import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import { afterEach, describe, expect, it, vi } from "vitest"
import * as EngineMetrics from "./EngineMetrics.ts"
import { metricOf } from "./testing/stagedRun.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.provideService(effect, Metric.MetricRegistry, new Map()))

const executions = (job: string, state: string) => metricOf("reckoner_executions", { job, state })

describe("EngineMetrics", () => {
  describe("ended", () => {
    it("counts by job and state", () =>
      run(
        Effect.gen(function* () {
          yield* EngineMetrics.ended("payout", "succeeded")
          yield* EngineMetrics.ended("payout", "succeeded")
          yield* EngineMetrics.ended("payout", "failed")
          const ended = (job: string, state: string) => metricOf("reckoner_executions_ended_total", { job, state })
          expect(yield* ended("payout", "succeeded")).toBe(2)
          expect(yield* ended("payout", "failed")).toBe(1)
          expect(yield* ended("sync", "failed")).toBe(undefined)
        })
      ))
  })

  describe("retried", () => {
    it("counts further tries, and a step that needed none is not there", () =>
      run(
        Effect.gen(function* () {
          yield* EngineMetrics.retried("payout", "pay", 2)
          yield* EngineMetrics.retried("payout", "pay", 3)
          yield* EngineMetrics.retried("payout", "settle", 0)
          // A step that was cut off before its first try.
          yield* EngineMetrics.retried("payout", "report", -1)
          const retried = (step: string) => metricOf("reckoner_step_retries_total", { job: "payout", step })
          expect(yield* retried("pay")).toBe(5)
          expect(yield* retried("settle")).toBe(undefined)
          expect(yield* retried("report")).toBe(undefined)
        })
      ))
  })

  describe("timed", () => {
    const shown = Effect.map(Metric.snapshot, (all) => {
      const found = all.find(({ id }) => id === "reckoner_step_duration_seconds")
      return found?.type === "Histogram" ? [found.state.count, found.state.sum, found.attributes] : []
    })

    it("measures in seconds, by job and step", () =>
      run(
        Effect.gen(function* () {
          vi.spyOn(performance, "now").mockReturnValueOnce(1_000).mockReturnValueOnce(3_500)
          yield* EngineMetrics.timed("payout", "pay")(Effect.void)
          expect(yield* shown).toStrictEqual([1, 2.5, { job: "payout", step: "pay" }])
        })
      ))

    it.each(["fails", "is interrupted"])("measures what %s", (how) =>
      run(
        Effect.gen(function* () {
          const begun = yield* Deferred.make<void>()
          const ends = how === "fails" ? Effect.fail("no") : Effect.never
          const step = Effect.andThen(Deferred.succeed(begun, undefined), ends)
          const fiber = yield* Effect.forkChild(EngineMetrics.timed("payout", "pay")(step))
          yield* Deferred.await(begun)
          yield* how === "fails" ? Fiber.await(fiber) : Fiber.interrupt(fiber)
          expect((yield* shown)[0]).toBe(1)
        })
      )
    )
  })

  describe("showBacklog", () => {
    it("shows every state of every job, also of one that this process does not know", () =>
      run(
        Effect.gen(function* () {
          yield* EngineMetrics.showBacklog(
            {
              counts: [
                { job: "payout", state: "waiting", count: 3 },
                { job: "payout", state: "failed", count: 1 },
                { job: "of-another-release", state: "pending", count: 7 }
              ],
              oldestPendingMs: 2_500
            },
            ["payout", "sync"]
          )
          const shown = yield* Effect.forEach(["pending", "running", "waiting", "failed"], (state) =>
            executions("payout", state)
          )
          expect(shown).toStrictEqual([0, 0, 3, 1])
          expect(yield* executions("sync", "pending")).toBe(0)
          expect(yield* executions("of-another-release", "pending")).toBe(7)
          expect(yield* metricOf("reckoner_queue_age_seconds")).toBe(2.5)
        })
      ))

    it("shows zero once nothing is left", () =>
      run(
        Effect.gen(function* () {
          const counts = [{ job: "payout", state: "failed", count: 1 }] as const
          yield* EngineMetrics.showBacklog({ counts, oldestPendingMs: 1 }, ["payout"])
          yield* EngineMetrics.showBacklog({ counts: [], oldestPendingMs: 0 }, ["payout"])
          expect(yield* executions("payout", "failed")).toBe(0)
          expect(yield* metricOf("reckoner_queue_age_seconds")).toBe(0)
        })
      ))
  })
})
