import { RunLockBusy, StoreError } from "@reckoner/core/ports"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import { afterEach, describe, expect, it, vi } from "vitest"
import { metricOf } from "./engine/testing/stagedRun.ts"
import * as RunMetrics from "./RunMetrics.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

interface Report {
  readonly read: number
  readonly findings: Readonly<Record<string, number>>
}

const make = (job: string) =>
  RunMetrics.make<Report>({
    job,
    counters: { rows_read_total: "Rows read", rows_written_total: "Rows written" },
    findingKinds: ["Odd", "Even"],
    figuresOf: ({ findings, read }) => ({ counts: { rows_read_total: read }, findings })
  })

const metrics = make("sync")

const REPORT: Report = { read: 3, findings: { Odd: 2 } }

const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.provideService(effect, Metric.MetricRegistry, new Map()))

/** How many runs ended in each way. */
const outcomes = Effect.all(
  ["complete", "failed", "busy", "stopped"].map((outcome) => metricOf("reckoner_runs_total", { job: "sync", outcome }))
)

const findings = (job: string) =>
  Effect.all(["Odd", "Even"].map((kind) => metricOf("reckoner_findings_total", { job, kind })))

const rows = (job: string) =>
  Effect.all(["rows_read_total", "rows_written_total"].map((name) => metricOf(name, { job })))

describe("RunMetrics", () => {
  it("makes every series be there before the first run, at zero", () =>
    run(
      Effect.gen(function* () {
        yield* metrics.register
        expect(yield* outcomes).toStrictEqual([0, 0, 0, 0])
        expect(yield* findings("sync")).toStrictEqual([0, 0])
        expect(yield* rows("sync")).toStrictEqual([0, 0])
      })
    ))

  it("counts what complete runs report, each job for itself", () =>
    run(
      Effect.gen(function* () {
        const other = make("other")
        yield* Effect.all([metrics.register, other.register])
        expect(yield* metrics.counted(Effect.succeed(REPORT))).toBe(REPORT)
        yield* metrics.counted(Effect.succeed({ read: 4, findings: { Odd: 1, Even: 5 } }))
        yield* other.counted(Effect.succeed({ read: 100, findings: {} }))
        expect(yield* outcomes).toStrictEqual([2, 0, 0, 0])
        expect(yield* rows("sync")).toStrictEqual([7, 0])
        expect(yield* findings("sync")).toStrictEqual([3, 5])
        expect(yield* rows("other")).toStrictEqual([100, 0])
        expect(yield* findings("other")).toStrictEqual([0, 0])
      })
    ))

  it("says in seconds how long complete runs took, and when the last one ended", () =>
    run(
      Effect.gen(function* () {
        vi.spyOn(performance, "now").mockReturnValueOnce(1_000).mockReturnValueOnce(3_500)
        vi.spyOn(Date, "now").mockReturnValue(1_700_000_000_500)
        yield* metrics.counted(Effect.succeed(REPORT))
        const all = yield* Metric.snapshot
        const found = all.find(({ id }) => id === "reckoner_run_duration_seconds")
        expect(found?.type === "Histogram" && [found.attributes, found.state.count, found.state.sum]).toStrictEqual([
          { job: "sync" },
          1,
          2.5
        ])
        const last = yield* metricOf("reckoner_last_complete_run_timestamp_seconds", { job: "sync" })
        expect(last).toBe(1_700_000_000.5)
      })
    ))

  const gone = new StoreError({ reason: "Unreachable", message: "gone", isRetryable: true })
  const busy = new RunLockBusy({ name: "sync", waitedMs: 0 })

  it.each([
    ["failed, of an error", Effect.fail(gone), [0, 1, 0, 0]],
    ["failed, of a defect", Effect.die(new Error("oh")), [0, 1, 0, 0]],
    ["busy", Effect.fail(busy), [0, 0, 1, 0]],
    ["stopped", Effect.interrupt, [0, 0, 0, 1]],
    [
      "failed, while it was being stopped",
      Effect.failCause(Cause.combine(Cause.interrupt(1), Cause.fail(gone))),
      [0, 1, 0, 0]
    ]
  ] as const)("counts a run that was %s, and nothing else of it", (_, effect, expected) =>
    run(
      Effect.gen(function* () {
        yield* metrics.register
        const given: Effect.Effect<Report, StoreError | RunLockBusy> = effect
        const exit = yield* Effect.exit(metrics.counted(given))
        expect(Exit.isFailure(exit)).toBe(true)
        expect(yield* outcomes).toStrictEqual(expected)
        expect(yield* rows("sync")).toStrictEqual([0, 0])
        expect(yield* metricOf("reckoner_last_complete_run_timestamp_seconds", { job: "sync" })).toBe(undefined)
      })
    )
  )

  it("counts a run that is interrupted from outside as stopped", () =>
    run(
      Effect.gen(function* () {
        yield* metrics.register
        const begun = yield* Deferred.make<void>()
        const endless = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
        const fiber = yield* Effect.forkChild(metrics.counted(endless))
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        expect(yield* outcomes).toStrictEqual([0, 0, 0, 1])
      })
    ))
})
