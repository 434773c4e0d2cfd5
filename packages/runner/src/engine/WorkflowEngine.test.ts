import { ExecutionQueue, ExecutionRecorder, ExecutionReport, ExecutionStore } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import { WorkflowEngine as EffectWorkflowEngine } from "effect/workflow/WorkflowEngine"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Job from "./Job.ts"
import * as Settings from "./Settings.ts"
import * as WorkflowEngine from "./WorkflowEngine.ts"
import * as WorkflowEngineDeployment from "./WorkflowEngineDeployment.ts"

const PATIENCE_MS = 5_000
const POLL = { timeout: PATIENCE_MS }

/** Nothing happens by itself: whatever is done at once is done because somebody said so. */
const NEVER_MS = 3_600_000
const SETTINGS: Settings.Settings = {
  ...Settings.DEFAULTS,
  residentMax: 1,
  admissionIntervalMs: NEVER_MS,
  heartbeatIntervalMs: NEVER_MS,
  sweepIntervalMs: NEVER_MS
}

type Services = Job.Engine | ExecutionStore | ExecutionRecorder | ExecutionQueue | ExecutionReport

let memory: MemoryExecutions.MemoryExecutions
let events: Array<string>
let gates: Map<string, Deferred.Deferred<void>>
let processes: Array<ManagedRuntime.ManagedRuntime<Services, never>>
beforeEach(() => {
  memory = MemoryExecutions.make()
  events = []
  gates = new Map()
  processes = []
})
afterEach(async () => {
  for (const key of gates.keys()) open(key)
  await Promise.all(processes.map((process) => process.dispose()))
})

const event = (what: string) => Effect.sync(() => void events.push(what))
const gate = (key: string): Deferred.Deferred<void> => {
  const made = gates.get(key) ?? Deferred.makeUnsafe<void>()
  gates.set(key, made)
  return made
}
const open = (key: string) => Deferred.doneUnsafe(gate(key), Effect.void)

/** A step that goes on until its gate is opened, a signal, and a step. */
const gated = Job.make({
  name: "gated",
  input: Schema.String,
  output: Schema.String,
  error: Schema.Never,
  businessKey: (key) => key,
  run: (key) =>
    Effect.gen(function* () {
      const { awaitSignal, step } = yield* Job.Execution
      const done = { success: Schema.Void }
      const waiting = Effect.onInterrupt(Deferred.await(gate(key)), () => event(`${key} cut off`))
      yield* step(
        "first",
        done,
        event(`${key} begun`).pipe(Effect.andThen(waiting), Effect.andThen(event(`${key} done`)))
      )
      yield* step("second", done, event(`${key} second`))
      return yield* awaitSignal("decision", Schema.String)
    })
})

/** A process with an engine; gives what asks it. */
const started = async (
  settings: Partial<Settings.Settings> = {},
  deployment = WorkflowEngineDeployment.layerMemory,
  ports = memory.layer
) => {
  const layer = WorkflowEngine.layer([gated], { ...SETTINGS, ...settings }).pipe(
    Layer.provide(deployment),
    Layer.provideMerge(ports),
    Layer.provideMerge(Logger.layer([]))
  )
  const runtime = ManagedRuntime.make(layer)
  processes.push(runtime)
  await runtime.context()
  return <A, E>(use: (engine: Job.Engine["Service"]) => Effect.Effect<A, E>) => runtime.runPromise(Job.Engine.use(use))
}

const stateOf = (key: string) => memory.executions().find(({ businessKey }) => businessKey === key)?.state
const untilEvent = async (what: string): Promise<void> => {
  await expect.poll(() => events, POLL).toContain(what)
}

describe("WorkflowEngine", { timeout: 4 * PATIENCE_MS }, () => {
  describe("layer, with no time for anything by itself", () => {
    it("takes in at once what is started, and the next when a place is free", async () => {
      for (const key of ["a", "b", "c"]) open(key)
      const engine = await started()
      await Promise.all(["a", "b", "c"].map((key) => engine(({ start }) => start(gated, key))))
      for (const key of ["a", "b", "c"]) await expect.poll(() => stateOf(key), POLL).toBe("waiting")
    })

    it("takes in at once what a signal wakes", async () => {
      open("a")
      const engine = await started()
      await engine(({ start }) => start(gated, "a"))
      await expect.poll(() => stateOf("a"), POLL).toBe("waiting")
      await engine(({ signal }) => signal(gated, "a", "decision", "yes"))
      await expect.poll(() => stateOf("a"), POLL).toBe("succeeded")
    })

    it("takes in at once what is retried", async () => {
      open("a")
      await Effect.runPromise(
        Effect.gen(function* () {
          const store = yield* ExecutionStore
          const { id } = yield* store.create({ job: gated.name, businessKey: "a" }, "a")
          yield* store.cancel(id)
        }).pipe(Effect.provide(memory.layer))
      )
      const engine = await started({ residentMax: 2 })
      await engine(({ start }) => start(gated, "b"))
      await untilEvent("b begun")
      expect(await engine(({ retry }) => retry(gated, "a"))).toBe(true)
      await expect.poll(() => stateOf("a"), POLL).toBe("waiting")
    })

    it("ends a run at once when it is cancelled here, and no other", async () => {
      const engine = await started({ residentMax: 2 })
      for (const key of ["a", "b"]) {
        await engine(({ start }) => start(gated, key))
        await untilEvent(`${key} begun`)
      }
      expect(await engine(({ cancel }) => cancel(gated, "a"))).toBe(true)
      await untilEvent("a cut off")
      expect([stateOf("a"), stateOf("b"), events]).toStrictEqual([
        "cancelled",
        "running",
        ["a begun", "b begun", "a cut off"]
      ])
    })

    it("runs no more at a time than it may, though one that was cancelled elsewhere does not know it yet", async () => {
      const engine = await started()
      await engine(({ start }) => start(gated, "a"))
      await untilEvent("a begun")
      const { id } = memory.executions()[0]!
      await Effect.runPromise(ExecutionStore.use((store) => store.cancel(id)).pipe(Effect.provide(memory.layer)))
      // It has a place in the store, and waits for one in memory.
      await engine(({ start }) => start(gated, "b"))
      await expect.poll(() => stateOf("b"), POLL).toBe("running")
      open("a")
      await untilEvent("b begun")
      expect(events).toStrictEqual(["a begun", "a done", "b begun"])
    })
  })

  describe("layer, of several processes", () => {
    /** The executions of this test, where the names are noted by which processes take in and begin. */
    const noting = () => {
      const names: Array<string> = []
      const ports = Layer.effectContext(
        Effect.gen(function* () {
          const queue = yield* ExecutionQueue
          const recorder = yield* ExecutionRecorder
          return Context.make(ExecutionStore, yield* ExecutionStore).pipe(
            Context.add(ExecutionReport, yield* ExecutionReport),
            Context.add(
              ExecutionQueue,
              ExecutionQueue.of({ ...queue, claim: (options) => (names.push(options.runner), queue.claim(options)) })
            ),
            Context.add(
              ExecutionRecorder,
              ExecutionRecorder.of({ ...recorder, begin: (lease) => (names.push(lease.runner), recorder.begin(lease)) })
            )
          )
        })
      )
      return { names, ports: Layer.provide(ports, memory.layer) }
    }

    it("begins under the name that it takes in by, which no other process has", async () => {
      const one = noting()
      const other = noting()
      await started({}, WorkflowEngineDeployment.layerMemory, other.ports)
      const engine = await started({}, WorkflowEngineDeployment.layerMemory, one.ports)
      await engine(({ start }) => start(gated, "a"))
      await untilEvent("a begun")
      expect(one.names.length).toBeGreaterThan(1)
      expect([new Set(one.names).size, new Set([...one.names, ...other.names]).size]).toStrictEqual([1, 2])
    })

    it("does not wait for the end of what it has handed over", async () => {
      const discards: Array<unknown> = []
      const watched = Layer.effect(
        EffectWorkflowEngine,
        Effect.map(EffectWorkflowEngine, (engine) => ({
          ...engine,
          execute: ((workflow, options) => {
            discards.push(options.discard)
            return engine.execute(workflow, options)
          }) as typeof engine.execute
        }))
      )
      const engine = await started({}, Layer.provide(watched, WorkflowEngineDeployment.layerMemory))
      await engine(({ start }) => start(gated, "a"))
      await untilEvent("a begun")
      expect(discards).toStrictEqual([true])
    })
  })
})
