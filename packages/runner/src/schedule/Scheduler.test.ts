import { BusinessZone } from "@reckoner/core"
import { ScheduleStore, StoreError } from "@reckoner/core/ports"
import { MemoryScheduleStore } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import * as Job from "../engine/Job.ts"
import * as Schedule from "./Schedule.ts"
import * as Scheduler from "./Scheduler.ts"

const MIDNIGHT_MS = Date.parse("2026-03-01T00:00:00Z")
const HOUR_MS = 3_600_000

const job = Job.make({
  name: "close-day",
  input: Schema.String,
  output: Schema.Null,
  error: Schema.Never,
  businessKey: (day) => day,
  run: () => Effect.succeed(null)
})

const scheduled = (line: string, policy: Schedule.CatchUpPolicy): Scheduler.ScheduledJob => ({
  job,
  schedule: Result.getOrThrow(Schedule.parse(line, BusinessZone.UTC, policy)),
  inputAt: (tickMs) => new Date(tickMs).toISOString()
})

/** An engine that starts each key once, and may be out of order. */
const recordingEngine = () => {
  const starts: Array<string> = []
  const keys: Array<string> = []
  let startsLeft = Number.POSITIVE_INFINITY
  const unused = () => Effect.die("not part of this test")
  const layer = Layer.succeed(
    Job.Engine,
    Job.Engine.of({
      start: (started, input) =>
        Effect.suspend(() => {
          if ((startsLeft -= 1) < 0)
            return new StoreError({ reason: "Unreachable", message: "down", isRetryable: true })
          const key = started.businessKey(input)
          starts.push(key)
          const isNew = !keys.includes(key)
          if (isNew) keys.push(key)
          return Effect.succeed({ executionId: String(keys.indexOf(key) + 1), started: isNew })
        }),
      result: unused,
      signal: unused,
      cancel: unused,
      retry: unused
    })
  )
  return {
    layer,
    starts,
    keys,
    setDown: (down: boolean, after = 0) => (startsLeft = down ? after : Number.POSITIVE_INFINITY)
  }
}

const run = <A, E>(
  engine: Layer.Layer<Job.Engine>,
  effect: Effect.Effect<A, E, Job.Engine | ScheduleStore>
): Promise<A> =>
  Effect.runPromise(
    Effect.gen(function* () {
      yield* TestClock.setTime(MIDNIGHT_MS)
      return yield* effect
    }).pipe(
      Effect.provide(Layer.mergeAll(engine, MemoryScheduleStore.make().layer, TestClock.layer(), Logger.layer([])))
    )
  )

const hour = (n: number) => new Date(MIDNIGHT_MS + n * HOUR_MS).toISOString()

describe("Scheduler", () => {
  describe("startDue", () => {
    it("begins with the first tick after it was asked for the first time", async () => {
      const engine = recordingEngine()
      const line = scheduled("0 * * * *", "catchUp")
      await run(
        engine.layer,
        Effect.gen(function* () {
          expect(yield* Scheduler.startDue(line)).toStrictEqual([])
          yield* TestClock.adjust(HOUR_MS - 1)
          expect(yield* Scheduler.startDue(line)).toStrictEqual([])
          yield* TestClock.adjust(1)
          expect(yield* Scheduler.startDue(line)).toStrictEqual([MIDNIGHT_MS + HOUR_MS])
          expect(yield* Scheduler.startDue(line)).toStrictEqual([])
        })
      )
      expect(engine.starts).toStrictEqual([hour(1)])
    })

    it.each([
      ["catchUp", [hour(1), hour(2), hour(3)]],
      ["latest", [hour(3)]]
    ] as const)("does after a downtime what the policy %s says", async (policy, expected) => {
      const engine = recordingEngine()
      const line = scheduled("0 * * * *", policy)
      await run(
        engine.layer,
        Effect.gen(function* () {
          yield* Scheduler.startDue(line)
          yield* TestClock.adjust(3.5 * HOUR_MS)
          yield* Scheduler.startDue(line)
          yield* Scheduler.startDue(line)
        })
      )
      expect(engine.starts).toStrictEqual(expected)
    })

    it("loses no tick when the store fails in between", async () => {
      const engine = recordingEngine()
      const line = scheduled("0 * * * *", "catchUp")
      await run(
        engine.layer,
        Effect.gen(function* () {
          yield* Scheduler.startDue(line)
          yield* TestClock.adjust(2 * HOUR_MS)
          engine.setDown(true)
          expect(yield* Effect.flip(Scheduler.startDue(line))).toBeInstanceOf(StoreError)
          engine.setDown(false)
          yield* Scheduler.startDue(line)
        })
      )
      expect(engine.keys).toStrictEqual([hour(1), hour(2)])
    })

    it("loses no tick when the store fails between two of them", async () => {
      const engine = recordingEngine()
      const line = scheduled("0 * * * *", "catchUp")
      await run(
        engine.layer,
        Effect.gen(function* () {
          yield* Scheduler.startDue(line)
          yield* TestClock.adjust(3 * HOUR_MS)
          engine.setDown(true, 1)
          expect(yield* Effect.flip(Scheduler.startDue(line))).toBeInstanceOf(StoreError)
          engine.setDown(false)
          expect(yield* Scheduler.startDue(line)).toStrictEqual([2, 3].map((n) => MIDNIGHT_MS + n * HOUR_MS))
        })
      )
      expect(engine.starts).toStrictEqual([hour(1), hour(2), hour(3)])
    })

    it("says what it has started, and not what another process has", async () => {
      const engine = recordingEngine()
      const line = scheduled("0 * * * *", "catchUp")
      const said: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ fiber, message }) => {
        said.push([message, fiber.getRef(References.CurrentLogAnnotations)])
      })
      await run(
        engine.layer,
        Effect.gen(function* () {
          yield* Scheduler.startDue(line)
          yield* TestClock.adjust(2 * HOUR_MS)
          yield* Effect.flatMap(Job.Engine, ({ start }) => start(job, hour(1)))
          yield* Scheduler.startDue(line)
        }).pipe(Effect.provide(Logger.layer([logger])))
      )
      expect(said).toStrictEqual([[["started by its schedule"], { job: "close-day", executionId: "2", tick: hour(2) }]])
    })

    it("starts a tick once, however many processes look at the same moment", async () => {
      const engine = recordingEngine()
      const line = scheduled("0 * * * *", "catchUp")
      await run(
        engine.layer,
        Effect.gen(function* () {
          yield* Scheduler.startDue(line)
          yield* TestClock.adjust(2 * HOUR_MS)
          yield* Effect.all(
            Array.from({ length: 5 }, () => Scheduler.startDue(line)),
            { concurrency: "unbounded" }
          )
        })
      )
      expect(engine.keys).toStrictEqual([hour(1), hour(2)])
    })
  })

  describe("start", () => {
    it("goes on by itself, also after a failure", async () => {
      const engine = recordingEngine()
      await run(
        engine.layer,
        Effect.scoped(
          Effect.gen(function* () {
            yield* Scheduler.start([scheduled("0 * * * *", "catchUp")])
            yield* TestClock.adjust(HOUR_MS)
            engine.setDown(true)
            yield* TestClock.adjust(HOUR_MS)
            engine.setDown(false)
            yield* TestClock.adjust(HOUR_MS)
          })
        )
      )
      expect(engine.keys).toStrictEqual([hour(1), hour(2), hour(3)])
    })

    it("looks at every line, at once and then each second, though one of them fails", async () => {
      const engine = recordingEngine()
      const failing: Scheduler.ScheduledJob = {
        ...scheduled("0 * * * *", "catchUp"),
        job: { ...job, name: "failing" },
        inputAt: () => {
          throw new Error("a bug on purpose")
        }
      }
      const line = scheduled("0 * * * *", "catchUp")
      await run(
        engine.layer,
        Effect.gen(function* () {
          yield* Effect.all([Scheduler.startDue(failing), Scheduler.startDue(line)])
          yield* TestClock.adjust(2 * HOUR_MS - 1_000)
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* Scheduler.start([failing, line])
              yield* TestClock.adjust(0)
              expect(engine.keys).toStrictEqual([hour(1)])
              yield* TestClock.adjust(1_000)
              expect(engine.keys).toStrictEqual([hour(1), hour(2)])
            })
          )
          yield* TestClock.adjust(HOUR_MS)
        })
      )
      // With its scope it has ended.
      expect(engine.keys).toStrictEqual([hour(1), hour(2)])
    })
  })
})
