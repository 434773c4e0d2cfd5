/** A process of ours. Its words are `embedded`, or `cluster` and a port. */
import { Database, PgExecutions } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Job from "../../src/engine/Job.ts"
import * as WorkflowEngine from "../../src/engine/WorkflowEngine.ts"
import * as WorkflowEngineDeployment from "../../src/engine/WorkflowEngineDeployment.ts"
import * as Memory from "../../src/Memory.ts"
import * as chain from "./chain.ts"
import { databaseUrl, outsidePool, serve } from "./contender.ts"
import { payout } from "./payout.ts"

const STARTS_AT_ONCE = 8

const [mode, port] = process.argv.slice(2)
const deployment =
  mode === "cluster"
    ? WorkflowEngineDeployment.layerCluster({ host: "127.0.0.1", port: Number(port) })
    : WorkflowEngineDeployment.layerEmbedded
// As `serve` does.
Memory.keepSmall()

const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(databaseUrl())))

await serve(async (ended) => {
  const outside = outsidePool()
  const job = payout(outside, ended)
  const runtime = ManagedRuntime.make(
    WorkflowEngine.layer([job]).pipe(
      Layer.provide(deployment),
      Layer.provide(PgExecutions.layer),
      Layer.provide(Layer.provideMerge(Database.SqlLive, database)),
      Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Warn"))
    )
  )
  await runtime.context()
  return {
    start: ({ batch, keys }) =>
      runtime.runPromise(
        Effect.flatMap(Job.Engine, ({ start }) =>
          Effect.forEach(chain.rangesOf(keys, batch), (range) => start(job, range), {
            concurrency: STARTS_AT_ONCE,
            discard: true
          })
        )
      ),
    stop: async () => {
      await runtime.dispose()
      await outside.end()
    }
  }
})
