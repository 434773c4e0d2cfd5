/**
 * Jobs on Effect's workflow engine.
 *
 * The engine moves executions on: it gives each run to one process, and calls
 * it again in another when that process is gone. It knows only their numbers;
 * what they are, have done and wait for is in the store. An execution that
 * waits is no workflow: what it waits for makes it pending, and it is let in
 * again like a new one, so that any number may wait at no cost, and any number
 * may wake at once. One kind of workflow serves all jobs, so that a process
 * that does not know a job yet can still say so.
 *
 * @since 0.1.0
 */
import {
  type Claim,
  ExecutionQueue,
  ExecutionRecorder,
  ExecutionReport,
  ExecutionStore,
  isOpenExecution
} from "@reckoner/core/ports"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { Workflow, WorkflowEngine } from "effect/workflow"
import { randomUUID } from "node:crypto"
import * as Admission from "./Admission.ts"
import * as ExecutionResult from "./ExecutionResult.ts"
import * as ExecutionRun from "./ExecutionRun.ts"
import * as Job from "./Job.ts"
import * as Settings from "./Settings.ts"

/** A new handover is a new workflow, so whatever an older one left in the engine is of no account. */
const Handover = Workflow.make("Handover", {
  payload: { execution: Schema.String, handover: Schema.Int },
  idempotencyKey: ({ execution, handover }) => `${execution}/${handover}`
})

const payloadOf = ({ handover, id }: Claim) => ({ execution: id, handover })

const CUT_OFF_WAIT_MS = 2_000

/** Stops the process in good order: no more is let in, and runs may go on to the end of their step. */
const stop = (
  residents: ReadonlySet<ExecutionRun.Run>,
  queue: ExecutionQueue["Service"],
  { stopWaitMs }: Settings.Settings
) =>
  Effect.gen(function* () {
    if (residents.size > 0) yield* Effect.logInfo("waiting for steps to end", { executions: residents.size })
    const left = yield* Admission.drain(residents, stopWaitMs)
    if (left === 0) return
    yield* Effect.logWarning("steps did not end in time and are cut off", { executions: left })
    // Here, for a cluster would wait for them once more before it interrupts them.
    const cutOff = ({ lease, over }: ExecutionRun.Run) =>
      Effect.andThen(
        Effect.ignore(Effect.timeout(queue.release(lease), CUT_OFF_WAIT_MS)),
        Deferred.succeed(over, undefined)
      )
    yield* Effect.forEach([...residents], cutOff, { concurrency: "unbounded", discard: true })
    yield* Admission.drain(residents, CUT_OFF_WAIT_MS)
  })

const make = Effect.fnUntraced(function* <R>(jobs: ReadonlyArray<Job.Any<R>>, settings: Settings.Settings) {
  const store = yield* ExecutionStore
  const queue = yield* ExecutionQueue
  const workflows = yield* WorkflowEngine.WorkflowEngine
  const ports = yield* Effect.context<R>()
  const runner = randomUUID()
  const residents = new Set<ExecutionRun.Run>()
  const permits = Semaphore.makeUnsafe(settings.residentMax)
  const byName = new Map(jobs.map((job) => [job.name, Job.provide(job, ports)]))
  let stopping = false
  const isStopping = () => stopping

  let poke: Effect.Effect<void> = Effect.void
  const { beginsMax, policies } = settings
  const options = {
    recorder: yield* ExecutionRecorder,
    queue,
    policies,
    beginsMax,
    jobs: byName,
    residents,
    isStopping
  }
  // In memory, runs end with the scope that they were registered in, so it must outlive the stop.
  const runs = yield* Effect.acquireRelease(Scope.make(), Scope.close)
  const registered = workflows.register(Handover, ({ execution, handover }) =>
    Effect.andThen(
      permits.withPermits(1)(ExecutionRun.run({ id: execution, handover, runner }, options)),
      Effect.suspend(() => poke)
    )
  )
  yield* Scope.provide(registered, runs)
  const admission = yield* Admission.start({
    queue,
    report: yield* ExecutionReport,
    settings,
    runner,
    jobs: [...byName.keys()],
    residents,
    isStopping,
    handOver: (claim) =>
      Handover.execute(payloadOf(claim), { discard: true }).pipe(
        Effect.provideService(WorkflowEngine.WorkflowEngine, workflows)
      )
  })
  poke = admission.poke
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      stopping = true
      return stop(residents, queue, settings)
    })
  )

  const found = <R>(job: Job.Any<R>, businessKey: string) => store.find({ job: job.name, businessKey })

  return Job.Engine.of({
    start: (job, input) =>
      Effect.gen(function* () {
        const key = { job: job.name, businessKey: job.businessKey(input) }
        const { id, isNew } = yield* store.create(key, yield* ExecutionResult.encode(job.input, input))
        if (isNew) yield* poke
        return { executionId: id, started: isNew }
      }),

    result: (job, businessKey) =>
      Effect.flatMap(
        found(job, businessKey),
        Option.match({
          onNone: () => Effect.succeed({ _tag: "Unknown" } as const),
          onSome: (execution) => ExecutionResult.of(job, execution)
        })
      ),

    signal: (job, businessKey, name, value) =>
      Effect.gen(function* () {
        const known = yield* found(job, businessKey)
        if (Option.isNone(known)) return "Unknown"
        const steered = yield* store.signal(known.value.id, name, value)
        if (Option.isNone(steered)) return "Unknown"
        const { execution, isChanged } = steered.value
        if (isChanged) yield* poke
        if (isChanged) return "Accepted"
        return isOpenExecution(execution.state) ? "Repeated" : "Finished"
      }),

    cancel: (job, businessKey) =>
      Effect.gen(function* () {
        const known = yield* found(job, businessKey)
        if (Option.isNone(known)) return false
        const steered = yield* store.cancel(known.value.id)
        // A run in another process notices it by its heartbeat.
        for (const { lease, over } of residents) {
          if (lease.id === known.value.id) yield* Deferred.succeed(over, undefined)
        }
        return Option.isSome(steered) && steered.value.execution.state === "cancelled"
      }),

    retry: (job, businessKey) =>
      Effect.gen(function* () {
        const known = yield* found(job, businessKey)
        if (Option.isNone(known)) return false
        const steered = yield* store.retry(known.value.id)
        yield* poke
        return Option.isSome(steered) && isOpenExecution(steered.value.execution.state)
      })
  })
})

/**
 * What the engine needs of the store.
 *
 * @category models
 * @since 0.1.0
 */
export type Stores = ExecutionStore | ExecutionRecorder | ExecutionQueue | ExecutionReport

/**
 * The engine for these jobs, on any workflow engine of Effect's. When it is told to stop it lets no more in, lets
 * runs go on to the end of their step, and gives the others back.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <R = never>(
  jobs: ReadonlyArray<Job.Any<R>>,
  settings: Settings.Settings = Settings.DEFAULTS
): Layer.Layer<Job.Engine, never, Stores | WorkflowEngine.WorkflowEngine | R> =>
  Layer.effect(Job.Engine, make(jobs, settings))
