/**
 * An engine to test, with a key of its own for each test and short ways to ask it.
 *
 * @since 0.1.0
 */
import {
  type Execution,
  type ExecutionQueue,
  type ExecutionRecorder,
  type ExecutionReport,
  ExecutionStore
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import { afterAll, beforeAll, beforeEach } from "vitest"
import * as Job from "../Job.ts"
import type * as Settings from "../Settings.ts"
import * as SuiteJobs from "./SuiteJobs.ts"

const POLL_INTERVAL_MS = 20
/** How long a test waits for what must come. */
export const PATIENCE_MS = 30_000
/** How long a test may take. */
export const TEST_TIMEOUT_MS = 60_000
/** How many executions run at a time. */
export const RESIDENT_MAX = 4
/** How often an execution may be begun in vain. */
export const BEGINS_MAX = 3

const once = { firstDelayMs: 1, delayMaxMs: 2, jitterPercent: 0 }

/** Short times, so that the suite is quick. */
const SETTINGS: Settings.Settings = {
  residentMax: RESIDENT_MAX,
  admissionIntervalMs: 500,
  heartbeatIntervalMs: 300,
  sweepIntervalMs: 500,
  stalledMs: 3_000,
  beginsMax: BEGINS_MAX,
  stopWaitMs: 5_000,
  policies: {
    transient: { ...once, triesMax: SuiteJobs.TRANSIENT_TRIES_MAX },
    "rate-limited": { ...once, triesMax: SuiteJobs.RATE_LIMITED_TRIES_MAX },
    permanent: { ...once, triesMax: 1 }
  }
}

type Services = Job.Engine | ExecutionStore | ExecutionRecorder | ExecutionQueue | ExecutionReport

/**
 * How an engine is deployed for a suite.
 *
 * @category models
 * @since 0.1.0
 */
export type Deploy<E> = (
  jobs: ReadonlyArray<Job.Any<ExecutionStore>>,
  settings: Settings.Settings
) => Promise<{ readonly layer: Layer.Layer<Services, E>; readonly drop: () => Promise<void> }>

/**
 * What the tests of a suite use.
 *
 * @category models
 * @since 0.1.0
 */
export type EngineUnderTest = ReturnType<typeof engineUnderTest>

/**
 * Deploys an engine before the tests of the suite that this is called in.
 *
 * @category testing
 * @since 0.1.0
 */
export const engineUnderTest = <E>(name: string, deploy: Deploy<E>) => {
  let runtime: ManagedRuntime.ManagedRuntime<Services, E>
  let drop: () => Promise<void>
  let key = ""
  let number = 0

  beforeAll(async () => {
    const deployed = await deploy(SuiteJobs.ALL, SETTINGS)
    drop = deployed.drop
    runtime = ManagedRuntime.make(Layer.provideMerge(deployed.layer, Logger.layer([])))
  }, TEST_TIMEOUT_MS)
  afterAll(async () => {
    await runtime.dispose()
    await drop()
  }, TEST_TIMEOUT_MS)
  beforeEach(() => {
    number += 1
    key = `${name}-${number}`
  })

  const run = <A, E2>(effect: Effect.Effect<A, E2, Services>) => runtime.runPromise(effect)
  const engine = <A, E2>(use: (engine: Job.Engine["Service"]) => Effect.Effect<A, E2>) => run(Job.Engine.use(use))
  const start = <I, O, E2, R>(job: Job.Job<I, O, E2, R>, input: I) => engine(({ start }) => start(job, input))
  const result = <O, E2, R>(job: Job.Job<any, O, E2, R>, of: string = key) => engine(({ result }) => result(job, of))

  /** Waits until the execution is in a state, and gives its result. */
  const until = async <O, E2, R>(
    job: Job.Job<any, O, E2, R>,
    tags: ReadonlyArray<Job.Result<O, E2>["_tag"]> = ["Succeeded", "Failed", "Cancelled"],
    of: string = key
  ): Promise<Job.Result<O, E2>> => {
    const deadlineMs = Date.now() + PATIENCE_MS
    for (;;) {
      const found = await result(job, of)
      if (tags.includes(found._tag)) return found
      if (Date.now() > deadlineMs) throw new Error(`${of} is still ${found._tag}`)
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS))
    }
  }
  const stored = async (job: string, businessKey: string): Promise<Execution> =>
    Option.getOrThrow(await run(ExecutionStore.use((store) => store.find({ job, businessKey }))))
  const hits = (of: string) => SuiteJobs.hits.get(of) ?? 0

  return { key: () => key, run, engine, start, result, until, stored, hits }
}
