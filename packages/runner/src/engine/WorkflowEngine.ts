/**
 * Jobs on Effect's workflow engine.
 *
 * The engine moves executions on: it gives each to one process, wakes it, and
 * calls it again after a crash. It knows only their numbers; what they are and
 * have done is in the `ExecutionStore`. One kind of workflow serves all jobs,
 * so that a process that does not know a job yet can still say so.
 *
 * @since 0.1.0
 */
import { ExecutionStore } from "@reckoner/adapters-pg"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { DurableClock, DurableDeferred, Workflow, WorkflowEngine } from "effect/workflow"
import { randomUUID } from "node:crypto"
import * as Admission from "./Admission.ts"
import * as ExecutionRun from "./ExecutionRun.ts"
import * as Job from "./Job.ts"
import * as Settings from "./Settings.ts"

/** A new handover is a new workflow, so whatever an older one left in the engine is of no account. */
const Handover = Workflow.make("Handover", {
  payload: { execution: Schema.String, handover: Schema.Int },
  idempotencyKey: ({ execution, handover }) => `${execution}/${handover}`
})

const payloadOf = ({ handover, id }: ExecutionStore.Claim) => ({ execution: id, handover })

const wakeName = (name: string) => DurableDeferred.make(`signal/${name}`)

/** Steps, clocks and deferreds of the workflow that is running. */
const parking: Effect.Effect<
  ExecutionRun.Parking,
  never,
  WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance
> = Effect.contextWith((context: Context.Context<WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance>) => {
  const engine = Context.pick(WorkflowEngine.WorkflowEngine, WorkflowEngine.WorkflowInstance)(context)
  return Effect.succeed({
    // Not an `Activity`: the record is ours already, and a second one in the engine costs half of the speed.
    attended: (effect) =>
      Effect.provideContext(
        Workflow.wrapActivityResult(effect, () => false),
        engine
      ),
    // Without a threshold of zero, up to a minute would be slept in memory and start from zero after a crash.
    sleep: (name, durationMs) =>
      Effect.provideContext(
        DurableClock.sleep({ name, duration: Duration.millis(durationMs), inMemoryThreshold: Duration.zero }),
        engine
      ),
    awaitWake: (name) => Effect.provideContext(DurableDeferred.await(wakeName(name)), engine)
  })
})

const resultOf = <Output, Error, R>(
  job: Job.Job<any, Output, Error, R>,
  row: ExecutionStore.Row
): Effect.Effect<Job.Result<Output, Error>> => {
  switch (row.state) {
    case "pending":
      return Effect.succeed({ _tag: "Pending" })
    case "running":
      return Effect.succeed({ _tag: "Running" })
    case "waiting":
      return Effect.succeed({ _tag: "Waiting", waitsFor: row.waitsFor ?? "" })
    case "succeeded":
      return Effect.map(ExecutionRun.decode(job.output, row.output), (output) => ({ _tag: "Succeeded", output }))
    case "failed":
      return Effect.map(ExecutionRun.decodeFailure(job.error, row.error), (failure) => ({ _tag: "Failed", failure }))
    case "cancelled":
      return Effect.succeed({ _tag: "Cancelled" })
  }
}

const make = Effect.fnUntraced(function* <R>(jobs: ReadonlyArray<Job.Any<R>>, settings: Settings.Settings) {
  const store = yield* ExecutionStore.ExecutionStore
  const workflows = yield* WorkflowEngine.WorkflowEngine
  const ports = yield* Effect.context<R>()
  const runner = randomUUID()
  const residents = new Set<ExecutionRun.Run>()
  const permits = Semaphore.makeUnsafe(settings.residentMax)
  const withPorts = ({ run, ...job }: Job.Any<R>): Job.Any => ({
    ...job,
    run: (input) => Effect.provideContext(run(input), ports) as Effect.Effect<unknown, unknown, Job.Execution>
  })
  const byName = new Map(jobs.map((job) => [job.name, withPorts(job)]))

  let poke: Effect.Effect<void> = Effect.void
  yield* workflows.register(Handover, ({ execution, handover }) =>
    Effect.gen(function* () {
      const options = { store, policies: settings.policies, jobs: byName, residents, parking: yield* parking }
      yield* permits.withPermits(1)(ExecutionRun.run({ id: execution, handover, runner }, options))
      yield* poke
    })
  )
  const admission = yield* Admission.start({
    store,
    settings,
    runner,
    jobs: byName,
    residents,
    handOver: (claim) =>
      Handover.execute(payloadOf(claim), { discard: true }).pipe(
        Effect.provideService(WorkflowEngine.WorkflowEngine, workflows)
      )
  })
  poke = admission.poke

  const wake = (row: ExecutionStore.Row, name: string): Effect.Effect<void> =>
    Effect.gen(function* () {
      const deferred = wakeName(name)
      const options = { workflow: Handover, payload: payloadOf(row) }
      const token = yield* DurableDeferred.tokenFromPayload(deferred, options)
      yield* DurableDeferred.succeed(deferred, { token, value: undefined })
    }).pipe(Effect.provideService(WorkflowEngine.WorkflowEngine, workflows))

  return Job.Engine.of({
    start: (job, input) =>
      Effect.gen(function* () {
        const key = { job: job.name, businessKey: job.businessKey(input) }
        const { id, isNew } = yield* store.create(key, yield* ExecutionRun.encode(job.input, input))
        if (isNew) yield* poke
        return { executionId: id, started: isNew }
      }),

    result: (job, businessKey) =>
      Effect.flatMap(
        store.find({ job: job.name, businessKey }),
        Option.match({
          onNone: () => Effect.succeed({ _tag: "Unknown" } as const),
          onSome: (row) => resultOf(job, row)
        })
      ),

    signal: (job, businessKey, name, value) =>
      Effect.gen(function* () {
        const signalled = yield* store.signal({ job: job.name, businessKey }, name, value)
        if (Option.isNone(signalled)) return "Unknown"
        const { isFirst, row } = signalled.value
        // Read anew: one that began to run since then may have looked for the signal before it was there.
        const now = Option.getOrElse(yield* store.find({ job: job.name, businessKey }), () => row)
        if (now.state === "running" || now.state === "waiting") yield* wake(now, name)
        if (isFirst) return "Accepted"
        return row.state === "pending" || row.state === "running" || row.state === "waiting" ? "Repeated" : "Finished"
      }),

    cancel: (job, businessKey) =>
      Effect.gen(function* () {
        const after = yield* store.cancel({ job: job.name, businessKey })
        if (Option.isNone(after) || after.value.state !== "cancelled") return false
        // A run in another process notices it by its heartbeat.
        for (const { lease, lost } of residents) {
          if (lease.id === after.value.id) yield* Deferred.succeed(lost, undefined)
        }
        const engineId = yield* Handover.executionId(payloadOf(after.value))
        yield* workflows.interrupt(Handover, engineId)
        return true
      }),

    retry: (job, businessKey) =>
      Effect.gen(function* () {
        const after = yield* store.retry({ job: job.name, businessKey })
        yield* poke
        return Option.isSome(after) && (after.value.state === "pending" || after.value.state === "running")
      })
  })
})

/**
 * The engine for these jobs, on any workflow engine of Effect's.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <R = never>(
  jobs: ReadonlyArray<Job.Any<R>>,
  settings: Settings.Settings = Settings.DEFAULTS
): Layer.Layer<Job.Engine, never, ExecutionStore.ExecutionStore | WorkflowEngine.WorkflowEngine | R> =>
  Layer.effect(Job.Engine, make(jobs, settings))
