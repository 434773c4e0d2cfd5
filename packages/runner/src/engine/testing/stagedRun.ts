/**
 * One execution in memory that a test runs itself: its ports may be changed, and its time is that of the test.
 *
 * @since 0.1.0
 */
import { ExecutionQueue, ExecutionRecorder, ExecutionReport, ExecutionStore, StoreError } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as ExecutionRun from "../ExecutionRun.ts"
import * as Job from "../Job.ts"
import type * as RetryPolicy from "../RetryPolicy.ts"

const JOB = "staged"
const RUNNER = "runner-of-a-test"
const BUSINESS_KEY = "key"
/** How often a step of a staged job is tried. */
export const TRIES_MAX = 3
/** How often a staged execution may be begun in vain. */
export const BEGINS_MAX = 3

const policy = (triesMax: number): RetryPolicy.RetryPolicy => ({
  triesMax,
  firstDelayMs: 1,
  delayMaxMs: 1,
  jitterPercent: 0
})

/** The store is away, for a while perhaps. */
export const AWAY = new StoreError({ reason: "Unreachable", message: "nobody answers", isRetryable: true })

/** What a staged job fails with. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { isRetryable: Schema.Boolean }) {}

/** The ports on executions, which a staged job may use as well. */
export type Ports = ExecutionStore | ExecutionRecorder | ExecutionQueue | ExecutionReport

/** A line of the log: its level, its text, and what it is about. */
export interface Line {
  readonly level: string
  readonly text: string
  readonly cause: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** What a test changes of a process. */
export interface Changes {
  readonly recorder?: (memory: ExecutionRecorder["Service"]) => Partial<ExecutionRecorder["Service"]>
  readonly queue?: (memory: ExecutionQueue["Service"]) => Partial<ExecutionQueue["Service"]>
  readonly isStopping?: () => boolean
  readonly knows?: boolean
}

/**
 * An execution that is on stage.
 *
 * @category models
 * @since 0.1.0
 */
export type Staged = Effect.Success<ReturnType<typeof staged>>

/**
 * Creates an execution whose job is the given effect, taken in by a process that `run` is of.
 *
 * @category testing
 * @since 0.1.0
 */
export const staged = Effect.fnUntraced(function* <A>(
  body: Effect.Effect<A, Refused, Job.Execution | Ports>,
  { isStopping = () => false, knows = true, queue: changeQueue, recorder: changeRecorder }: Changes = {}
) {
  const store = yield* ExecutionStore
  const report = yield* ExecutionReport
  const memoryQueue = yield* ExecutionQueue
  const memoryRecorder = yield* ExecutionRecorder
  const ports = yield* Effect.context<Ports>()
  const job = Job.make({
    name: JOB,
    input: Schema.Null,
    output: Schema.Unknown,
    error: Refused,
    businessKey: () => BUSINESS_KEY,
    run: () => Effect.map(body, (output) => output ?? null)
  })
  const { id } = yield* store.create({ job: JOB, businessKey: BUSINESS_KEY }, null, { runner: RUNNER })
  const residents = new Set<ExecutionRun.Run>()
  const options: ExecutionRun.Options = {
    recorder: ExecutionRecorder.of({ ...memoryRecorder, ...changeRecorder?.(memoryRecorder) }),
    queue: ExecutionQueue.of({ ...memoryQueue, ...changeQueue?.(memoryQueue) }),
    policies: { transient: policy(TRIES_MAX), "rate-limited": policy(TRIES_MAX), permanent: policy(1) },
    beginsMax: BEGINS_MAX,
    jobs: new Map(knows ? [[JOB, Job.provide(job, ports)]] : []),
    residents,
    isStopping
  }
  const runOf = (handover: number) => ExecutionRun.run({ id, handover, runner: RUNNER }, options)
  return {
    id,
    residents,
    run: runOf(1),
    /** Takes it in once more, and runs it. Nothing happens where it is not due. */
    runAgain: Effect.gen(function* () {
      const [claim] = yield* memoryQueue.claim({ runner: RUNNER, jobs: [JOB], residentMax: 1 })
      if (claim !== undefined) yield* runOf(claim.handover)
    }),
    stored: Effect.map(store.get(id), Option.getOrThrow),
    steps: report.steps(id),
    cancel: Effect.orDie(store.cancel(id)),
    signal: (name: string, value: unknown) => Effect.orDie(store.signal(id, name, value))
  }
})

/**
 * Runs a test with executions, time, metrics and a log of its own.
 *
 * @category testing
 * @since 0.1.0
 */
export const onStage = <A, E>(effect: Effect.Effect<A, E, Ports>, lines: Array<Line> = []): Promise<A> => {
  const logger = Logger.make<unknown, void>(({ cause, fiber, logLevel, message }) => {
    const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
    lines.push({
      level: logLevel,
      text,
      cause: cause.reasons.length,
      fields: fiber.getRef(References.CurrentLogAnnotations)
    })
  })
  return Effect.runPromise(
    effect.pipe(
      Effect.provide(Layer.mergeAll(MemoryExecutions.make().layer, TestClock.layer(), Logger.layer([logger]))),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  )
}

/**
 * Lets an hour go by, and says whether the effect has succeeded in it.
 *
 * @category testing
 * @since 0.1.0
 */
export const endsInAnHour = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<boolean, never, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    const exit = fiber.pollUnsafe()
    return exit !== undefined && Exit.isSuccess(exit)
  })

/**
 * Gives the state of a metric, by its name and attributes; undefined where nothing was counted.
 *
 * @category testing
 * @since 0.1.0
 */
export const metricOf = (id: string, attributes: Readonly<Record<string, string>> = {}) =>
  Effect.map(Metric.snapshot, (all) => {
    const found = all.find(
      (one) => one.id === id && Object.entries(attributes).every(([name, value]) => one.attributes?.[name] === value)
    )
    if (found === undefined) return undefined
    if (found.type === "Counter") return Number(found.state.count)
    if (found.type === "Gauge") return Number(found.state.value)
    return found.type === "Histogram" ? found.state.count : undefined
  })
