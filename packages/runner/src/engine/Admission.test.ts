import { type Claim, type Execution, ExecutionQueue, ExecutionReport } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import * as Admission from "./Admission.ts"
import type { Run } from "./ExecutionRun.ts"
import * as Settings from "./Settings.ts"
import { AWAY, type Line, metricOf, onStage } from "./testing/stagedRun.ts"

const RUNNER = "runner"
const JOBS = ["known", "idle"]
const HOUR_MS = 3_600_000

type Queue = ExecutionQueue["Service"]
type Report = ExecutionReport["Service"]

const NOTHING: Queue & Report = {
  claim: () => Effect.succeed([]),
  release: () => Effect.die("not part of this test"),
  touch: () => Effect.succeed(new Set()),
  sweep: () => Effect.succeed(0),
  list: () => Effect.die("not part of this test"),
  steps: () => Effect.die("not part of this test"),
  backlog: Effect.succeed({ counts: [], oldestPendingMs: 0 }),
  takeAlerts: () => Effect.succeed([]),
  purge: () => Effect.die("not part of this test")
}

/** The loops on ports that do nothing, except for what a test says. */
const started = (ports: Partial<Queue & Report> = {}, options: Partial<Admission.Options> = {}) =>
  Admission.start({
    queue: ExecutionQueue.of({ ...NOTHING, ...ports }),
    report: ExecutionReport.of({ ...NOTHING, ...ports }),
    settings: Settings.DEFAULTS,
    runner: RUNNER,
    jobs: JOBS,
    residents: new Set(),
    isStopping: () => false,
    handOver: () => Effect.void,
    ...options
  })

const inTime = <A, E>(effect: Effect.Effect<A, E>, lines: Array<Line> = []) => onStage(effect, lines)

/** Notes the times at which it is asked, in milliseconds. */
const noting = () => {
  const timesMs: Array<number> = []
  const note = Effect.map(Clock.currentTimeMillis, (nowMs) => void timesMs.push(nowMs))
  return { timesMs, note }
}

const runOf = (id: string): Run => ({
  lease: { id, handover: 1, runner: RUNNER },
  over: Deferred.makeUnsafe(),
  progress: undefined
})

const failed = (id: string): Execution => ({
  id,
  job: "known",
  businessKey: `key-${id}`,
  input: null,
  state: "failed",
  attempt: 2,
  handover: 1,
  beginsInVain: 0,
  waitsFor: undefined,
  wakesAtMs: undefined,
  progress: undefined,
  output: undefined,
  error: { _tag: "Error", error: { why: "no" } },
  createdAtMs: 0,
  startedAtMs: 0,
  progressedAtMs: 0,
  finishedAtMs: 0
})

describe("Admission", () => {
  describe("start", () => {
    it("asks for executions of its jobs within the bound, at once and then by the interval", async () => {
      const { note, timesMs } = noting()
      const asked: Array<unknown> = []
      await inTime(
        Effect.scoped(
          Effect.gen(function* () {
            yield* started({ claim: (options) => Effect.as(note, (asked.push(options), [])) })
            yield* TestClock.adjust(2_500)
          })
        )
      )
      expect(timesMs).toStrictEqual([0, 1_000, 2_000])
      expect(asked[0]).toStrictEqual({ runner: RUNNER, jobs: JOBS, residentMax: Settings.DEFAULTS.residentMax })
    })

    it("asks at once when it is poked, and not twice for pokes that come together", async () => {
      const { note, timesMs } = noting()
      await inTime(
        Effect.scoped(
          Effect.gen(function* () {
            const { poke } = yield* started({ claim: () => Effect.as(note, []) })
            yield* TestClock.adjust(100)
            yield* Effect.all([poke, poke, poke], { discard: true })
            yield* TestClock.adjust(0)
          })
        )
      )
      expect(timesMs).toStrictEqual([0, 100])
    })

    it("asks for none while its process is to stop", async () => {
      const { note, timesMs } = noting()
      let isStopping = false
      await inTime(
        Effect.scoped(
          Effect.gen(function* () {
            const { poke } = yield* started({ claim: () => Effect.as(note, []) }, { isStopping: () => isStopping })
            yield* TestClock.adjust(1_000)
            isStopping = true
            yield* poke
            yield* TestClock.adjust(5_000)
          })
        )
      )
      expect(timesMs).toStrictEqual([0, 1_000])
    })

    it("hands on what it was given side by side, and tells of what the engine does not take", async () => {
      const lines: Array<Line> = []
      const handed: Array<Claim> = []
      const claims = ["hangs", "breaks", "works"].map((id) => ({ id, handover: 7 }))
      await inTime(
        Effect.scoped(
          Effect.gen(function* () {
            const given = [claims]
            yield* started(
              { claim: () => Effect.sync(() => given.shift() ?? []) },
              {
                handOver: (claim) =>
                  Effect.suspend(() => {
                    handed.push(claim)
                    if (claim.id === "breaks") return Effect.die(new Error("broken"))
                    return claim.id === "hangs" ? Effect.never : Effect.void
                  })
              }
            )
            yield* TestClock.adjust(0)
            expect(handed).toStrictEqual(claims)
            yield* TestClock.adjust("1 minute")
          })
        ),
        lines
      )
      expect(lines.map(({ level, text }) => [level, text.slice(0, 48)])).toStrictEqual([
        ["Warn", "an execution could not be handed to the engine [".slice(0, 48)],
        ["Warn", "an execution could not be handed to the engine [".slice(0, 48)]
      ])
      expect(lines.every(({ cause }) => cause === 1)).toBe(true)
    })

    it.each(["claim", "touch", "sweep", "takeAlerts", "backlog"] as const)(
      "goes on after the store did not answer to %s, and says so",
      async (name) => {
        const lines: Array<Line> = []
        let asked = 0
        const away = Effect.suspend(() => ((asked += 1), Effect.fail(AWAY)))
        await inTime(
          Effect.scoped(
            Effect.gen(function* () {
              yield* started({ [name]: name === "backlog" ? away : () => away })
              yield* TestClock.adjust("1 minute")
            })
          ),
          lines
        )
        expect(asked).toBeGreaterThan(1)
        expect(lines.length).toBe(asked)
        expect(lines[0]).toMatchObject({ level: "Warn", text: "the engine could not reach its store", cause: 1 })
      }
    )

    it("gives signs of life for its runs, and ends those that have lost their lease", async () => {
      const { note, timesMs } = noting()
      const [alive, lost] = [runOf("1"), runOf("2")]
      await inTime(
        Effect.scoped(
          Effect.gen(function* () {
            const touch: Queue["touch"] = (runs) =>
              Effect.as(note, new Set(runs.map(({ lease }) => lease.id).filter((id) => id === "1")))
            yield* started({ touch }, { residents: new Set([alive, lost]) })
            yield* TestClock.adjust(4_999)
            expect(Deferred.isDoneUnsafe(lost.over)).toBe(false)
            yield* TestClock.adjust(5_001)
            expect([alive, lost].map(({ over }) => Deferred.isDoneUnsafe(over))).toStrictEqual([false, true])
          })
        )
      )
      expect(timesMs).toStrictEqual([5_000, 10_000])
    })

    it.each([
      [0, 0],
      [3, 1]
    ])(
      "sweeps by the interval; with %d found it says so %d times, and they are asked for at once",
      async (swept, said) => {
        const lines: Array<Line> = []
        const sweeps = noting()
        const claims = noting()
        const stalledMs: Array<number> = []
        await inTime(
          Effect.scoped(
            Effect.gen(function* () {
              yield* started(
                {
                  claim: () => Effect.as(claims.note, []),
                  sweep: (options) => Effect.as(sweeps.note, (stalledMs.push(options.stalledMs), swept))
                },
                { settings: { ...Settings.DEFAULTS, admissionIntervalMs: HOUR_MS } }
              )
              yield* TestClock.adjust(29_999)
            })
          ),
          lines
        )
        expect(sweeps.timesMs).toStrictEqual([15_000])
        expect(claims.timesMs).toStrictEqual([0, 15_000])
        expect(stalledMs).toStrictEqual([Settings.DEFAULTS.stalledMs])
        expect(lines.map(({ level }) => level)).toStrictEqual(Array.from({ length: said }, () => "Warn"))
      }
    )

    it("tells of each failure that the store gives it, and counts it", async () => {
      const lines: Array<Line> = []
      const limits: Array<number> = []
      await inTime(
        Effect.scoped(
          Effect.gen(function* () {
            const told = [[failed("7"), failed("8")]]
            yield* started({ takeAlerts: (limit) => Effect.sync(() => (limits.push(limit), told.shift() ?? [])) })
            yield* TestClock.adjust("31 seconds")
            expect(yield* metricOf("reckoner_execution_alerts_total", { job: "known" })).toBe(2)
          })
        ),
        lines
      )
      expect(limits).toStrictEqual([100, 100])
      expect(lines).toStrictEqual(
        ["7", "8"].map((executionId) => ({
          level: "Error",
          text: "an execution has failed and waits for somebody",
          cause: 0,
          fields: {
            executionId,
            job: "known",
            businessKey: `key-${executionId}`,
            attempt: 2,
            error: '{"_tag":"Error","error":{"why":"no"}}'
          }
        }))
      )
    })

    it("shows how much there is to do, and zero for a job of its own that has nothing", () =>
      inTime(
        Effect.scoped(
          Effect.gen(function* () {
            const counts = [{ job: "known", state: "waiting", count: 5 }] as const
            yield* started({ backlog: Effect.succeed({ counts, oldestPendingMs: 1_500 }) })
            yield* TestClock.adjust("15 seconds")
            expect(yield* metricOf("reckoner_executions", { job: "known", state: "waiting" })).toBe(5)
            expect(yield* metricOf("reckoner_executions", { job: "idle", state: "pending" })).toBe(0)
            expect(yield* metricOf("reckoner_queue_age_seconds")).toBe(1.5)
          })
        )
      ))

    it("ends with its scope", async () => {
      const { note, timesMs } = noting()
      await inTime(
        Effect.gen(function* () {
          yield* Effect.scoped(started({ claim: () => Effect.as(note, []), sweep: () => Effect.as(note, 0) }))
          const asked = timesMs.length
          yield* TestClock.adjust("1 hour")
          expect(timesMs.length).toBe(asked)
        })
      )
    })
  })

  describe("drain", () => {
    const left = (residents: ReadonlySet<Run>, waitMs: number) => Effect.forkChild(Admission.drain(residents, waitMs))

    it("waits until no run is left", () =>
      inTime(
        Effect.gen(function* () {
          const runs = [runOf("1"), runOf("2")]
          const residents = new Set(runs)
          const fiber = yield* left(residents, 10_000)
          for (const run of runs) {
            yield* TestClock.adjust(1_000)
            expect(fiber.pollUnsafe()).toBe(undefined)
            residents.delete(run)
          }
          yield* TestClock.adjust(1_000)
          expect(yield* Fiber.join(fiber)).toBe(0)
        })
      ))

    it("waits no longer than it may, and says how many are left", () =>
      inTime(
        Effect.gen(function* () {
          const fiber = yield* left(new Set([runOf("1"), runOf("2")]), 10_000)
          yield* TestClock.adjust(9_999)
          expect(fiber.pollUnsafe()).toBe(undefined)
          yield* TestClock.adjust(1)
          expect(yield* Fiber.join(fiber)).toBe(2)
        })
      ))
  })
})
