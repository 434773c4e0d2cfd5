/**
 * `reckoner serve` with one job more. It prints `ready` when it takes requests.
 *
 * The stand-in is in `CHAOS_BANK`, other numbers of the engine than its own in `CHAOS_SETTINGS`, both as JSON.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type { SqlClient } from "effect/sql"
import * as Server from "../../src/api/Server.ts"
import * as Config from "../../src/Config.ts"
import * as Settings from "../../src/engine/Settings.ts"
import * as Logs from "../../src/Logs.ts"
import { live, type Ports } from "../../src/Stores.ts"
import * as Worker from "../../src/Worker.ts"
import * as payout from "./payout.ts"

const given = <A>(name: string): Partial<A> => JSON.parse(process.env[name] ?? "{}") as Partial<A>

const bank = given<payout.Bank>("CHAOS_BANK") as payout.Bank
const settings: Settings.Settings = { ...Settings.DEFAULTS, ...given<Settings.Settings>("CHAOS_SETTINGS") }
let isReady = false

const serve = Effect.gen(function* () {
  const host = yield* Server.listenAddress
  const values = yield* Config.load
  const ready = () =>
    Effect.sync(() => {
      isReady = true
      console.log("ready")
    })
  const tasks: ReadonlyArray<Worker.Task<Ports | HttpClient.HttpClient | SqlClient.SqlClient>> = [
    ...Worker.tasks(values),
    payout.task(bank)
  ]
  const worker = Worker.layer(values, tasks, settings)
  yield* Effect.provide(
    Server.run({ host, ready }),
    Layer.provideMerge(worker, Layer.merge(live, FetchHttpClient.layer))
  )
})

serve.pipe(
  Effect.provide(Logs.layer("json", "Info")),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit) => {
      const isStop = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
      if (Exit.isFailure(exit) && !isStop) console.error(Cause.pretty(exit.cause))
      process.exit(isStop && isReady ? 0 : 1)
    }
  })
)
