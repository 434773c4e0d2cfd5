/**
 * A process that runs executions of one job until it is stopped, for tests that need several.
 *
 * It takes `embedded`, or `cluster` and a port, as its words and the database from `DATABASE_URL`, and prints `ready`.
 * Every step asks a stand-in for an effect, under an idempotency key; the stand-in counts requests and effects apart.
 *
 * @since 0.1.0
 */
import { Database, PgExecutions } from "@reckoner/adapters-pg"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql"
import * as Job from "../Job.ts"
import * as Settings from "../Settings.ts"
import * as WorkflowEngine from "../WorkflowEngine.ts"
import * as WorkflowEngineDeployment from "../WorkflowEngineDeployment.ts"

const STEPS = ["collect", "decide", "pay", "settle", "report"]
const ANSWER_MS = 40
const SETTINGS: Settings.Settings = {
  ...Settings.DEFAULTS,
  residentMax: 8,
  heartbeatIntervalMs: 1_000,
  sweepIntervalMs: 1_000,
  stalledMs: 6_000
}

/** The effect is there before the answer is, so that a kill in between repeats the request. */
const request = (idempotencyKey: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`INSERT INTO public.request (idempotency_key, process) VALUES (${idempotencyKey}, ${process.pid})`
    yield* sql`INSERT INTO public.effect (idempotency_key) VALUES (${idempotencyKey}) ON CONFLICT DO NOTHING`
    yield* Effect.sleep(ANSWER_MS)
  }).pipe(Effect.orDie)

const payout = Job.make({
  name: "payout",
  input: Schema.Struct({ key: Schema.String, pauseMs: Schema.Int }),
  output: Schema.Int,
  error: Schema.Never,
  businessKey: ({ key }) => key,
  run: ({ key, pauseMs }) =>
    Effect.gen(function* () {
      const { sleepUntil, step } = yield* Job.Execution
      for (const name of STEPS) {
        yield* step(name, { success: Schema.Void }, request(`${key}/${name}`))
        if (name === "decide" && pauseMs > 0) {
          const nowMs = yield* step("clock", { success: Schema.Int }, Clock.currentTimeMillis)
          yield* sleepUntil("pause", nowMs + pauseMs)
        }
      }
      return STEPS.length
    })
})

const [mode, port] = process.argv.slice(2)
const database = Layer.effect(Database.Database, Database.fromUrl(Redacted.make(process.env["DATABASE_URL"] ?? "")))
const deployment =
  mode === "cluster"
    ? WorkflowEngineDeployment.layerCluster({ host: "127.0.0.1", port: Number(port) })
    : WorkflowEngineDeployment.layerEmbedded

const live = WorkflowEngine.layer([payout], SETTINGS).pipe(
  Layer.provide(deployment),
  Layer.provide(PgExecutions.layer),
  Layer.provide(Layer.provideMerge(Database.SqlLive, database)),
  Layer.tap(() => Effect.sync(() => console.log("ready")))
)

Effect.runFork(Layer.launch(live))
