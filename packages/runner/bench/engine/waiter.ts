/**
 * A process of ours for executions that wait: it starts them, does nothing, or signals some. It obeys one order after
 * another, and answers each.
 */
import { Database, PgExecutions } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Job from "../../src/engine/Job.ts"
import * as WorkflowEngine from "../../src/engine/WorkflowEngine.ts"
import * as WorkflowEngineDeployment from "../../src/engine/WorkflowEngineDeployment.ts"
import * as Memory from "../../src/Memory.ts"
import * as chain from "./chain.ts"
import { databaseUrl } from "./contender.ts"
import { type IdleCost, JOB, SIGNAL, type WaiterOrder } from "./waiterOrder.ts"

const STARTS_AT_ONCE = 16
const POLL_INTERVAL_MS = 1
const MS_PER_MINUTE = 60_000
const MIB = 1024 * 1024

const waiter = Job.make({
  name: JOB,
  input: Schema.Struct({ key: Schema.String }),
  output: Schema.String,
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: () => Effect.flatMap(Job.Execution, ({ awaitSignal }) => awaitSignal(SIGNAL, Schema.String))
})

const idle = async (seconds: number): Promise<IdleCost> => {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const { system, user } = process.cpuUsage(before)
  const minutes = (performance.now() - startedAt) / MS_PER_MINUTE
  return {
    cpuSecondsPerMinute: (system + user) / 1e6 / minutes,
    rssMiB: process.memoryUsage.rss() / MIB,
    peakMiB: process.resourceUsage().maxRSS / 1024
  }
}

/** Milliseconds from the signal until the execution is seen to have succeeded. */
const signal = (key: string) =>
  Effect.gen(function* () {
    const engine = yield* Job.Engine
    const startedAt = performance.now()
    yield* engine.signal(waiter, key, SIGNAL, "yes")
    while ((yield* engine.result(waiter, key))._tag !== "Succeeded") yield* Effect.sleep(POLL_INTERVAL_MS)
    return performance.now() - startedAt
  })

// As `serve` does.
Memory.keepSmall()

const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(databaseUrl())))
const runtime = ManagedRuntime.make(
  WorkflowEngine.layer([waiter]).pipe(
    Layer.provide(WorkflowEngineDeployment.layerEmbedded),
    Layer.provide(PgExecutions.layer),
    Layer.provide(Layer.provideMerge(Database.SqlLive, database)),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Warn"))
  )
)
const obey = async (order: WaiterOrder): Promise<unknown> => {
  if (order._tag === "Idle") return idle(order.seconds)
  if (order._tag === "Stop") return runtime.dispose()
  const keys = chain.keysOf(order.range)
  if (order._tag === "Signal") return runtime.runPromise(Effect.forEach(keys, signal))
  const start = (key: string) => Effect.flatMap(Job.Engine, (engine) => engine.start(waiter, { key }))
  return runtime.runPromise(Effect.forEach(keys, start, { concurrency: STARTS_AT_ONCE, discard: true }))
}
await runtime.context()
process.on("message", (order: WaiterOrder) => {
  obey(order).then(
    (answer) => {
      process.send?.({ answer: answer ?? null })
      if (order._tag === "Stop") process.disconnect()
    },
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    }
  )
})
process.send?.({ answer: "ready" })
