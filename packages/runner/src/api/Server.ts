/**
 * The HTTP server: where it listens, what it serves and how it stops.
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import type { ServeError } from "effect/http/HttpServerError"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiScalar from "effect/http-api/HttpApiScalar"
import * as Layer from "effect/Layer"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { SqlClient } from "effect/sql/SqlClient"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import * as Config from "../Config.ts"
import { ListenRefused } from "../ExitCode.ts"
import type { Ports } from "../Stores.ts"
import * as Access from "./Access.ts"
import * as ActorToken from "./ActorToken.ts"
import * as AnsweredOnce from "./AnsweredOnce.ts"
import { Api } from "./Api.ts"
import * as Commissions from "./Commissions.ts"
import * as Health from "./Health.ts"
import * as Operations from "./Operations.ts"
import * as PortProblem from "./PortProblem.ts"
import * as Requests from "./Requests.ts"
import * as Routes from "./Routes.ts"
import * as SyncAffiliateOrder from "./SyncAffiliateOrder.ts"
import * as SyncQuotas from "./SyncQuotas.ts"

/**
 * How long requests under way may go on once the server is told to stop, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const STOP_WAIT_MS = 10_000

const syncHandlers = HttpApiBuilder.group(
  Api,
  "sync",
  Effect.fnUntraced(function* (handlers) {
    const { run } = yield* SyncQuotas.SyncRunner
    return handlers.handle("syncQuotas", () =>
      run.pipe(
        Effect.map(SyncQuotas.answer),
        Effect.catch((error) => Effect.succeed(PortProblem.response(error)))
      )
    )
  })
)

const healthHandlers = HttpApiBuilder.group(
  Api,
  "health",
  Effect.fnUntraced(function* (handlers) {
    const sql = yield* SqlClient
    return handlers.handle("healthz", () => Health.check(sql))
  })
)

const routes = (values: Config.Values) =>
  Layer.mergeAll(
    HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }).pipe(
      Layer.provide(syncHandlers),
      Layer.provide(SyncAffiliateOrder.handlers),
      Layer.provide(Commissions.handlers(values)),
      Layer.provide(Operations.handlers),
      Layer.provide(healthHandlers)
    ),
    HttpApiScalar.layer(Api, { path: "/docs" }),
    PrometheusMetrics.layerHttp({ path: "/metrics" })
  )

const listenRefused = ({ cause }: ServeError, { host, port }: Config.Values): ListenRefused => {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === "EADDRINUSE") {
    return new ListenRefused({
      reason: "PortInUse",
      message: `port ${port} of ${host} is in use: stop the program that has it, or set RECKONER_PORT to another`
    })
  }
  return new ListenRefused({
    reason: "AddressUnusable",
    message: `the server cannot listen on port ${port} of ${host} (${message}): set RECKONER_HOST or RECKONER_PORT`
  })
}

const tokensOf = ({ apiToken, privateToken }: Config.Values): Access.Tokens => ({
  api: apiToken,
  private: privateToken
})

const urlOf = (server: Server): string => {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`
}

/**
 * The address to listen on, checked before anything is started.
 *
 * **Errors**
 *
 * - `SettingRefused`: a setting cannot be used.
 * - `ListenRefused`: it may not listen there.
 *
 * @category queries
 * @since 0.1.0
 */
export const listenAddress: Effect.Effect<string, Config.SettingRefused | ListenRefused> = Effect.flatMap(
  Config.load,
  (values) => Access.addressFor(values.host, tokensOf(values))
)

/**
 * What a server is made from: the address it listens on, what is done once it
 * takes requests, and how long a request waits for another run, in milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly host: string
  readonly ready: (url: string) => Effect.Effect<unknown>
  readonly lockWaitMs?: number
}

/**
 * Serves until it is interrupted.
 *
 * When it is told to stop it takes no more connections; requests under way, and
 * the run they wait for, may end within `STOP_WAIT_MS` and are cut off then.
 *
 * **Errors**
 *
 * - `SettingRefused`: a setting cannot be used.
 * - `ListenRefused`: the address cannot be used, or the port is taken.
 *
 * @category constructors
 * @since 0.1.0
 */
export const run = (options: Options): Effect.Effect<never, Config.SettingRefused | ListenRefused, Ports | SqlClient> =>
  Effect.scoped(
    Effect.gen(function* () {
      const values = yield* Config.load
      const server = createServer()
      const listening = NodeHttpServer.layer(() => server, {
        host: options.host,
        port: values.port,
        gracefulShutdownTimeout: STOP_WAIT_MS
      })
      const app = Layer.unwrap(
        HttpRouter.toHttpEffect(routes(values)).pipe(
          Effect.provideService(HttpRouter.RouterConfig, Routes.ROUTER_CONFIG),
          Effect.map((app) =>
            HttpServer.serve(Requests.handled(tokensOf(values), ActorToken.fromSettings(values))(app))
          )
        )
      )
      yield* Layer.build(
        Layer.merge(app, AnsweredOnce.sweeping).pipe(
          Layer.provide(AnsweredOnce.AnsweredOnce.layer),
          Layer.provide(SyncQuotas.SyncRunner.layer(values, options.lockWaitMs)),
          Layer.provide(SyncAffiliateOrder.ReferralRunner.layer(values, options.lockWaitMs)),
          Layer.provide(
            Layer.catch(listening, (error) => Layer.effectContext(Effect.fail(listenRefused(error, values))))
          )
        )
      )
      yield* Effect.addFinalizer(() =>
        Effect.andThen(
          Effect.logInfo("stopping"),
          // A connection that says nothing would keep the server from closing.
          Effect.sync(() => setTimeout(() => server.closeAllConnections(), STOP_WAIT_MS).unref())
        )
      )
      const url = urlOf(server)
      yield* options.ready(url)
      yield* Effect.annotateLogs(Effect.logInfo("listening"), { url })
      return yield* Effect.never
    })
  )
