import { ExecutionRecorder, ExecutionStore, StoreError } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { describe, expect, it } from "vitest"
import * as Job from "./Job.ts"
import {
  AWAY,
  BEGINS_MAX,
  type Changes,
  endsInAnHour,
  type Line,
  metricOf,
  onStage,
  type Ports,
  Refused,
  staged,
  type Staged,
  TRIES_MAX
} from "./testing/stagedRun.ts"

const done = { success: Schema.Void }
const orRefused = { success: Schema.Never, error: Refused }

const step = (name: string, effect: Effect.Effect<void> = Effect.void) =>
  Job.Execution.use((execution) => execution.step(name, done, effect))
const signal = (name: string) => Job.Execution.use(({ awaitSignal }) => awaitSignal(name, Schema.String))

/** The execution that the code runs in is cancelled by somebody else. */
const cancelled = Effect.gen(function* () {
  const { id } = yield* Job.Execution
  yield* Effect.orDie((yield* ExecutionStore).cancel(id))
})

/** Where turns of fibers count: the clock of `onStage` gives them their turns in another order. */
const inPlainTime = <A, E>(effect: Effect.Effect<A, E, Ports>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, MemoryExecutions.make().layer))

/** Fails so often, and then does what it should. */
const awayFor = (times: number) => {
  let left = times
  return <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.suspend((): Effect.Effect<A, E | StoreError> => (left-- > 0 ? Effect.fail(AWAY) : effect))
}

describe("ExecutionRun", () => {
  describe("run, and the store", () => {
    it("asks a store that is away for a while again, and does no step twice for it", () => {
      let steps = 0
      const away = awayFor(8)
      return onStage(
        Effect.gen(function* () {
          const { run, stored } = yield* staged(
            step(
              "pay",
              Effect.sync(() => void (steps += 1))
            ),
            {
              recorder: ({ record }) => ({ record: (...args) => away(record(...args)) })
            }
          )
          expect(yield* endsInAnHour(run)).toBe(true)
          expect([(yield* stored).state, steps]).toStrictEqual(["succeeded", 1])
        })
      )
    })

    it.each([
      ["begin", "running", []],
      ["beginStep", "running", []],
      ["record", "running", ["step"]],
      ["wait", "running", ["step", "beside"]],
      ["finish", "running", ["step", "beside", "after"]]
    ] as const)("is abandoned when the store does not answer to %s, and says so", async (asked, state, did) => {
      const lines: Array<Line> = []
      const hits: Array<string> = []
      const hit = (what: string) => Effect.sync(() => void hits.push(what))
      await onStage(
        Effect.gen(function* () {
          const body = Effect.gen(function* () {
            yield* step("pay", hit("step"))
            yield* hit("beside")
            if (asked !== "wait") return yield* hit("after")
            yield* signal("decision")
          })
          const stage = yield* staged(body, { recorder: () => ({ [asked]: () => Effect.fail(AWAY) }) })
          expect(yield* endsInAnHour(stage.run)).toBe(true)
          expect([(yield* stage.stored).state, stage.residents.size]).toStrictEqual([state, 0])
        }),
        lines
      )
      expect(hits).toStrictEqual(did)
      expect(lines.map(({ level, text }) => [level, text])).toStrictEqual([
        ["Warn", "a run is abandoned: the store did not answer nobody answers"]
      ])
    })

    it("fails by a bug where the store refuses a record for good", () => {
      const refusal = new StoreError({ reason: "Other", message: "it cannot hold that", isRetryable: false })
      let asked = 0
      return onStage(
        Effect.gen(function* () {
          const { run, stored } = yield* staged(step("pay"), {
            recorder: () => ({ record: () => Effect.suspend(() => ((asked += 1), Effect.fail(refusal))) })
          })
          expect(yield* endsInAnHour(run)).toBe(true)
          const { error, state } = yield* stored
          expect([state, error]).toStrictEqual(["failed", { _tag: "Defect", message: "it cannot hold that" }])
          expect(asked).toBe(1)
        })
      )
    })
  })

  describe("run, and its lease", () => {
    let hits: Array<string> = []
    const hit = (what: string) => Effect.sync(() => void hits.push(what))

    it.each([
      ["before a step", Effect.andThen(cancelled, step("pay", hit("pay"))), []],
      ["while a step is recorded", Effect.andThen(step("pay", hit("pay")), hit("after")), ["pay"]],
      [
        "before a sleep",
        Effect.gen(function* () {
          const { sleepUntil } = yield* Job.Execution
          yield* cancelled
          yield* sleepUntil("night", 1)
          yield* hit("after")
        }),
        []
      ],
      ["before a wait", Effect.andThen(cancelled, Effect.andThen(signal("decision"), hit("after"))), []],
      ["before its end", Effect.andThen(hit("last"), cancelled), ["last"]]
    ] as const)("ends without a further write when it has lost it %s", async (when, body, did) => {
      hits = []
      await onStage(
        Effect.gen(function* () {
          const store = yield* ExecutionStore
          const stage = yield* staged(body, {
            recorder: ({ record }) => ({
              record: (lease, made) =>
                when === "while a step is recorded"
                  ? Effect.andThen(Effect.orDie(store.cancel(lease.id)), record(lease, made))
                  : record(lease, made)
            })
          })
          expect(yield* endsInAnHour(stage.run)).toBe(true)
          const { output, state } = yield* stage.stored
          expect([state, output, stage.residents.size]).toStrictEqual(["cancelled", undefined, 0])
          expect((yield* stage.steps).filter(({ state }) => state !== "running")).toStrictEqual([])
          expect(yield* metricOf("reckoner_executions_ended_total")).toBe(undefined)
        })
      )
      expect(hits).toStrictEqual(did)
    })

    it("keeps nothing of an atomic step when it has lost it in the meantime", () =>
      onStage(
        Effect.gen(function* () {
          const store = yield* ExecutionStore
          const begun = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          const writing = Effect.gen(function* () {
            yield* Effect.orDie(store.create({ job: "written", businessKey: "key" }, null))
            yield* Deferred.succeed(begun, undefined)
            yield* Deferred.await(go)
          })
          const stage = yield* staged(
            Job.Execution.use((execution) => execution.step("write", { ...done, atomic: true }, writing))
          )
          const fiber = yield* Effect.forkChild(stage.run)
          yield* Deferred.await(begun)
          yield* stage.cancel
          yield* Deferred.succeed(go, undefined)
          expect(yield* endsInAnHour(Fiber.join(fiber))).toBe(true)
          expect(yield* store.find({ job: "written", businessKey: "key" })).toStrictEqual(Option.none())
          expect((yield* stage.stored).state).toBe("cancelled")
        })
      ))

    it("does not begin where the handover is over", async () => {
      const lines: Array<Line> = []
      hits = []
      await onStage(
        Effect.gen(function* () {
          const stage = yield* staged(hit("body"))
          yield* stage.cancel
          expect(yield* endsInAnHour(stage.run)).toBe(true)
          expect((yield* stage.stored).state).toBe("cancelled")
        }),
        lines
      )
      expect([hits, lines]).toStrictEqual([[], []])
    })

    it("is resident from when its lease is written until it ends", () =>
      onStage(
        Effect.gen(function* () {
          const sizes: Array<number> = []
          const stage: Staged = yield* staged(
            step(
              "look",
              Effect.sync(() => void sizes.push(stage.residents.size))
            ),
            {
              recorder: ({ begin }) => ({
                begin: (lease) => Effect.suspend(() => (sizes.push(stage.residents.size), begin(lease)))
              })
            }
          )
          yield* stage.run
          expect([...sizes, stage.residents.size]).toStrictEqual([0, 1, 0])
        })
      ))

    it("ends at once when `over` is completed, though a step runs", () =>
      onStage(
        Effect.gen(function* () {
          const begun = yield* Deferred.make<void>()
          const stage = yield* staged(step("endless", Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)))
          const fiber = yield* Effect.forkChild(stage.run)
          yield* Deferred.await(begun)
          for (const { over } of stage.residents) yield* Deferred.succeed(over, undefined)
          expect(yield* endsInAnHour(Fiber.join(fiber))).toBe(true)
          expect([(yield* stage.stored).state, stage.residents.size]).toStrictEqual(["running", 0])
        })
      ))
  })

  describe("run, in a process that is to stop", () => {
    it("gives the execution back before the next step, and another process goes on", async () => {
      const hits: Array<string> = []
      const hit = (what: string) => Effect.sync(() => void hits.push(what))
      let stopping = false
      await onStage(
        Effect.gen(function* () {
          const body = Effect.gen(function* () {
            yield* step(
              "first",
              Effect.andThen(
                hit("first"),
                Effect.sync(() => void (stopping = true))
              )
            )
            yield* step("second", hit("second"))
          })
          const stage = yield* staged(body, { isStopping: () => stopping })
          expect(yield* endsInAnHour(stage.run)).toBe(true)
          const { handover, state } = yield* stage.stored
          expect([state, handover, stage.residents.size]).toStrictEqual(["pending", 2, 0])
          expect((yield* stage.steps).map(({ name }) => name)).toStrictEqual(["first"])
          expect(hits).toStrictEqual(["first"])

          stopping = false
          yield* stage.runAgain
          expect((yield* stage.stored).state).toBe("succeeded")
        })
      )
      expect(hits).toStrictEqual(["first", "second"])
    })

    it("gives the execution back when a step is cut off, and records nothing of it", () =>
      onStage(
        Effect.gen(function* () {
          const begun = yield* Deferred.make<void>()
          const stage = yield* staged(step("endless", Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)))
          const fiber = yield* Effect.forkChild(stage.run)
          yield* Deferred.await(begun)
          yield* Fiber.interrupt(fiber)
          expect((yield* stage.stored).state).toBe("pending")
          expect((yield* stage.steps).map(({ state }) => state)).toStrictEqual(["running"])
          expect(stage.residents.size).toBe(0)
        })
      ))

    it("does not wait long for a store that does not answer to the return", () =>
      onStage(
        Effect.gen(function* () {
          const begun = yield* Deferred.make<void>()
          const stage = yield* staged(
            step("endless", Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)),
            { queue: () => ({ release: () => Effect.never }) }
          )
          const fiber = yield* Effect.forkChild(stage.run)
          yield* Deferred.await(begun)
          expect(yield* endsInAnHour(Fiber.interrupt(fiber))).toBe(true)
          expect(stage.residents.size).toBe(0)
        })
      ))

    it("gives back an execution whose job it does not know", async () => {
      const lines: Array<Line> = []
      await onStage(
        Effect.gen(function* () {
          const stage = yield* staged(Effect.void, { knows: false })
          expect(yield* endsInAnHour(stage.run)).toBe(true)
          expect([(yield* stage.stored).state, stage.residents.size]).toStrictEqual(["pending", 0])
        }),
        lines
      )
      expect(lines.map(({ text }) => text)).toStrictEqual([
        "this process does not know the job staged, and gives it back"
      ])
    })
  })

  describe("run, and what it waits for", () => {
    /** Notes what the store is asked to wait for. */
    const noting = (asked: Array<ReadonlyArray<string>>): Changes => ({
      recorder: ({ wait }) => ({
        wait: (lease, waits) => Effect.suspend(() => (asked.push(waits.map(({ name }) => name)), wait(lease, waits)))
      })
    })
    const turns = Effect.asVoid(Effect.repeat(Effect.yieldNow, { times: 10 }))
    const together = { concurrency: "unbounded" } as const

    it("goes on with what has come during a step, and parks for the rest alone, once", () =>
      inPlainTime(
        Effect.gen(function* () {
          const asked: Array<ReadonlyArray<string>> = []
          const beside = step(
            "beside",
            Effect.suspend(() => Effect.andThen(stage.signal("left", "L"), turns))
          )
          const body = Effect.map(Effect.all([signal("left"), signal("right"), beside], together), ([left, right]) => [
            left,
            right
          ])
          const stage: Staged = yield* staged(body, noting(asked))
          yield* stage.run
          const { state, waitsFor } = yield* stage.stored
          expect([state, waitsFor]).toStrictEqual(["waiting", "signal right"])
          expect(asked).toStrictEqual([["left", "right"], ["right"]])

          yield* stage.signal("right", "R")
          yield* stage.runAgain
          expect(yield* stage.stored).toMatchObject({ state: "succeeded", output: ["L", "R"] })
        })
      ))

    it("does not park for nothing while the job's code takes its time", () =>
      inPlainTime(
        Effect.gen(function* () {
          const asked: Array<ReadonlyArray<string>> = []
          const body = Effect.gen(function* () {
            yield* step(
              "before",
              Effect.suspend(() => stage.signal("decision", "yes"))
            )
            const decision = yield* signal("decision")
            yield* turns
            return decision
          })
          const stage: Staged = yield* staged(body, noting(asked))
          yield* stage.run
          expect(yield* stage.stored).toMatchObject({ state: "succeeded", output: "yes" })
          expect(asked).toStrictEqual([["decision"]])
        })
      ))

    it("lets what runs beside begin its step before it parks", () =>
      inPlainTime(
        Effect.gen(function* () {
          const beside = Effect.andThen(Effect.yieldNow, step("beside"))
          const stage = yield* staged(Effect.all([signal("decision"), beside], together))
          yield* stage.run
          expect((yield* stage.stored).state).toBe("waiting")
          expect((yield* stage.steps).map(({ name, state }) => [name, state])).toStrictEqual([["beside", "succeeded"]])
        })
      ))

    it("parks after a step that failed", () =>
      onStage(
        Effect.gen(function* () {
          const failing = Job.Execution.use((execution) =>
            execution.step("pay", orRefused, Effect.fail(new Refused({ isRetryable: false })))
          )
          const stage = yield* staged(Effect.andThen(Effect.flip(failing), signal("decision")))
          expect(yield* endsInAnHour(stage.run)).toBe(true)
          expect((yield* stage.stored).state).toBe("waiting")
        })
      ))

    it("waits for a sleep as well, however long its record takes", () =>
      onStage(
        Effect.gen(function* () {
          const body = Effect.flatMap(Job.Execution, ({ sleepUntil }) =>
            Effect.raceFirst(signal("decision"), sleepUntil("deadline", 10_000))
          )
          const stage = yield* staged(body, {
            recorder: ({ record }) => ({ record: (...args) => Effect.delay(record(...args), 5_000) })
          })
          expect(yield* endsInAnHour(stage.run)).toBe(true)
          const { state, waitsFor, wakesAtMs } = yield* stage.stored
          expect([state, waitsFor, wakesAtMs]).toStrictEqual([
            "waiting",
            "signal decision, deadline until 1970-01-01T00:00:10.000Z",
            10_000
          ])
          yield* stage.runAgain
          expect((yield* stage.stored).state).toBe("succeeded")
        })
      ))

    it("does not park for what the job's code has given up", () =>
      inPlainTime(
        Effect.gen(function* () {
          const asked: Array<ReadonlyArray<string>> = []
          const body = Effect.gen(function* () {
            yield* Effect.raceFirst(signal("decision"), Effect.yieldNow)
            yield* turns
            yield* step("after")
          })
          const stage = yield* staged(body, noting(asked))
          yield* stage.run
          expect([(yield* stage.stored).state, asked]).toStrictEqual(["succeeded", []])
        })
      ))

    const endless = Effect.andThen(Effect.never, Effect.void)
    const slowToEnd = Effect.onInterrupt(endless, () => Effect.sleep("1 second"))

    it.each([
      ["before the wait", Effect.andThen(Effect.timeoutOption(step("slow", endless), "1 second"), signal("decision"))],
      [
        "beside the wait",
        Effect.all([signal("decision"), Effect.timeoutOption(step("slow", endless), "1 second")], together)
      ],
      [
        "beside the wait, slowly",
        Effect.all([signal("decision"), Effect.raceFirst(step("slow", slowToEnd), step("quick"))], together)
      ]
    ] as ReadonlyArray<readonly [string, Effect.Effect<unknown, never, Job.Execution>]>)(
      "parks although the job's code has cut off a step, %s",
      (_, body) =>
        onStage(
          Effect.gen(function* () {
            const stage = yield* staged(body)
            expect(yield* endsInAnHour(stage.run)).toBe(true)
            expect((yield* stage.stored).state).toBe("waiting")
          })
        )
    )

    it("sleeps until the instant that it recorded first, and no longer", () =>
      onStage(
        Effect.gen(function* () {
          const store = yield* ExecutionStore
          // Not pure, as a job should be: the record makes up for it.
          let untilMs = 1_000
          const body = Effect.flatMap(Job.Execution, ({ sleepUntil }) =>
            Effect.andThen(
              Effect.suspend(() => sleepUntil("night", untilMs)),
              step("after")
            )
          )
          const stage = yield* staged(body)
          yield* stage.run
          expect(yield* stage.stored).toMatchObject({ state: "waiting", wakesAtMs: 1_000 })
          untilMs = 1e12
          yield* TestClock.adjust(999)
          yield* stage.runAgain
          expect((yield* store.get(stage.id)).pipe(Option.getOrThrow).state).toBe("waiting")
          yield* TestClock.adjust(1)
          yield* stage.runAgain
          expect((yield* stage.stored).state).toBe("succeeded")
        })
      ))

    it.each([
      ["in the past", -1, 0],
      ["now", 0, 0],
      ["in a moment", 1, 1]
    ])("asks the store for a sleep that ends %s so often: %d ms, %d times", (_, afterMs, times) =>
      onStage(
        Effect.gen(function* () {
          yield* TestClock.adjust(5_000)
          let asked = 0
          const stage = yield* staged(
            Job.Execution.use(({ sleepUntil }) => sleepUntil("night", 5_000 + afterMs)),
            {
              recorder: ({ wait }) => ({
                wait: (lease, waits) => Effect.suspend(() => ((asked += 1), wait(lease, waits)))
              })
            }
          )
          yield* stage.run
          expect(asked).toBe(times)
        })
      )
    )
  })

  describe("run, and its steps", () => {
    const refusing = (execution: Job.Execution["Service"], isRetryable: boolean) =>
      execution.step("pay", orRefused, Effect.fail(new Refused({ isRetryable })))

    it("records how often a step was tried, counts further tries, and times it once", () =>
      onStage(
        Effect.gen(function* () {
          const stage = yield* staged(Job.Execution.use((execution) => refusing(execution, true)))
          expect(yield* endsInAnHour(stage.run)).toBe(true)
          const steps = yield* stage.steps
          expect(steps.map(({ name, state, tries }) => [name, state, tries])).toStrictEqual([
            ["pay", "failed", TRIES_MAX]
          ])
          const of = { job: "staged", step: "pay" }
          expect(yield* metricOf("reckoner_step_retries_total", of)).toBe(TRIES_MAX - 1)
          expect(yield* metricOf("reckoner_step_duration_seconds", of)).toBe(1)
          expect(yield* metricOf("reckoner_executions_ended_total", { job: "staged", state: "failed" })).toBe(1)
        })
      ))

    it("tells a step, a sleep and a signal of one name apart", () =>
      onStage(
        Effect.gen(function* () {
          const hits: Array<string> = []
          const stage = yield* staged(
            Effect.gen(function* () {
              const { sleepUntil } = yield* Job.Execution
              yield* sleepUntil("night", 0)
              const value = yield* signal("night")
              yield* step(
                "night",
                Effect.sync(() => void hits.push(value))
              )
            })
          )
          yield* stage.signal("night", "begins")
          yield* stage.run
          expect([(yield* stage.stored).state, hits]).toStrictEqual(["succeeded", ["begins"]])
        })
      ))

    it("shows a step while it runs", () =>
      onStage(
        Effect.gen(function* () {
          const states: Array<string> = []
          const look = Effect.suspend(() =>
            Effect.map(stage.steps, (steps) => states.push(...steps.map(({ state }) => state)))
          )
          const stage: Staged = yield* staged(step("look", Effect.asVoid(Effect.orDie(look))))
          yield* stage.run
          expect(states).toStrictEqual(["running"])
        })
      ))

    it("keeps what a step wrote that is not atomic, though it fails", () =>
      onStage(
        Effect.gen(function* () {
          const store = yield* ExecutionStore
          const writing = Effect.andThen(
            Effect.orDie(store.create({ job: "written", businessKey: "key" }, null)),
            Effect.fail(new Refused({ isRetryable: false }))
          )
          const stage = yield* staged(Job.Execution.use((execution) => execution.step("write", orRefused, writing)))
          yield* stage.run
          expect((yield* stage.stored).state).toBe("failed")
          expect(Option.isSome(yield* store.find({ job: "written", businessKey: "key" }))).toBe(true)
        })
      ))

    it("gives a recorded failure again as it was, and does not repeat the step", () =>
      onStage(
        Effect.gen(function* () {
          let tries = 0
          const failing = Job.Execution.use((execution) =>
            execution.step(
              "pay",
              orRefused,
              Effect.suspend(() => ((tries += 1), Effect.fail(new Refused({ isRetryable: false }))))
            )
          )
          const stage = yield* staged(
            Effect.gen(function* () {
              const error = yield* Effect.flip(failing)
              yield* signal("decision")
              return error instanceof Refused
            })
          )
          yield* stage.run
          yield* stage.signal("decision", "go on")
          yield* stage.runAgain
          expect(yield* stage.stored).toMatchObject({ state: "succeeded", output: true })
          expect(tries).toBe(1)
        })
      ))

    it("gives a recorded bug again as a bug", () =>
      onStage(
        Effect.gen(function* () {
          const buggy = Job.Execution.use((execution) =>
            execution.step("pay", orRefused, Effect.die(new Error("a bug on purpose")))
          )
          const stage = yield* staged(
            Effect.gen(function* () {
              yield* Effect.ignoreCause(buggy)
              yield* signal("decision")
              return yield* buggy
            })
          )
          yield* stage.run
          yield* stage.signal("decision", "go on")
          yield* stage.runAgain
          expect(yield* stage.stored).toMatchObject({
            state: "failed",
            error: { _tag: "Defect", message: "a bug on purpose" }
          })
        })
      ))
  })

  describe("run, again and again without a record", () => {
    it.each([
      [BEGINS_MAX - 1, "succeeded"],
      [BEGINS_MAX, "failed"]
    ] as const)("after %d begins in vain it has %s", async (begins, state) => {
      await onStage(
        Effect.gen(function* () {
          const recorder = yield* ExecutionRecorder
          const stage = yield* staged(Effect.void)
          for (let begun = 0; begun < begins; begun += 1) {
            yield* recorder.begin({ id: stage.id, handover: 1, runner: "dead" })
          }
          yield* stage.run
          expect((yield* stage.stored).state).toBe(state)
          expect(yield* metricOf("reckoner_executions_ended_total", { job: "staged", state })).toBe(1)
        })
      )
    })
  })

  describe("run, for whoever looks", () => {
    it.each([
      ["a bug", Effect.die(new Error("a bug on purpose")), "Error", "execution failed by a bug", 1],
      ["an error of the job", Effect.fail(new Refused({ isRetryable: false })), "Warn", "execution failed", 0]
    ] as const)("logs %s with what it happened to", async (_, body, level, text, cause) => {
      const lines: Array<Line> = []
      await onStage(
        Effect.gen(function* () {
          const stage = yield* staged(Effect.andThen(step("first", Effect.logInfo("in the step")), body))
          yield* stage.run
        }),
        lines
      )
      const about = { executionId: "1", job: "staged", businessKey: "key" }
      expect(lines[0]).toStrictEqual({
        level: "Info",
        text: "in the step",
        cause: 0,
        fields: { ...about, step: "first" }
      })
      expect(lines.slice(1)).toMatchObject([{ level, text, cause, fields: about }])
    })

    it("has a span with a child for each step that it does, and none for what was recorded before", async () => {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const shown = () =>
        spans.splice(0).map(({ attributes, name, parent }) => [
          name,
          parent.pipe(
            Option.map((above) => (above._tag === "Span" ? above.name : "")),
            Option.getOrNull
          ),
          attributes.get("executionId")
        ])
      await onStage(
        Effect.gen(function* () {
          const stage = yield* staged(
            Effect.gen(function* () {
              yield* step("first", Effect.withSpan(Effect.void, "call"))
              yield* signal("decision")
              yield* step("last")
            })
          )
          const traced = Effect.withTracer(tracer)
          yield* traced(stage.run)
          expect(shown()).toStrictEqual([
            ["job staged", null, "1"],
            ["step first", "job staged", "1"],
            ["call", "step first", undefined]
          ])
          yield* stage.signal("decision", "go on")
          yield* traced(stage.runAgain)
          expect(shown()).toStrictEqual([
            ["job staged", null, "1"],
            ["step last", "job staged", "1"]
          ])
        })
      )
    })
  })
})
