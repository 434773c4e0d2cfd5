/**
 * The endpoints of the commissions on stores in memory, for tests.
 *
 * @since 0.1.0
 */
import { BusinessZone } from "@reckoner/core"
import { AnswerStore, CommissionStore } from "@reckoner/core/ports"
import { MemoryAnswerStore, MemoryCommissionStore } from "@reckoner/core/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import { fromWeb, HttpServerRequest } from "effect/http/HttpServerRequest"
import { toWeb } from "effect/http/HttpServerResponse"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Actor from "../../commission-approval/Actor.ts"
import * as ActorToken from "../ActorToken.ts"
import * as AnsweredOnce from "../AnsweredOnce.ts"
import * as CommissionGroup from "../CommissionGroup.ts"
import * as Commissions from "../Commissions.ts"
import * as Requests from "../Requests.ts"
import * as Routes from "../Routes.ts"

/**
 * What is sent: a token is the name of somebody and their roles, like
 * `mai:approver`, and a header that is not to be sent is `undefined`.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Asking {
  readonly body?: unknown
  readonly key?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Ends when the caller goes away. */
  readonly signal?: AbortSignal
}

/**
 * What came back.
 *
 * @category testing
 * @since 0.1.0
 */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: any
}

/**
 * A server without a socket.
 *
 * @category testing
 * @since 0.1.0
 */
export interface CommissionServer {
  readonly ask: (method: string, path: string, asking?: Asking) => Promise<Answer>
  readonly store: MemoryCommissionStore.MemoryCommissionStore
}

/**
 * Whom the tokens of tests are from.
 *
 * @category testing
 * @since 0.1.0
 */
export const verify: ActorToken.Verify = (token) => {
  const [id = "", roles = ""] = token.split(":")
  return id === "nobody"
    ? Effect.fail(new ActorToken.TokenRefused({ message: "The token has expired." }))
    : Effect.succeed({ id, roles: new Set(roles.split(",").filter((role) => role !== "")) as Set<Actor.Role> })
}

/**
 * Serves for as long as the work takes. Either store can be wrapped, to fail or
 * to wait.
 *
 * @category testing
 * @since 0.1.0
 */
export const serving = async (
  sources: Partial<MemoryCommissionStore.CommissionSources>,
  work: (server: CommissionServer) => Promise<void>,
  {
    aroundAnswers = (store) => store,
    aroundCommissions = (store) => store
  }: {
    readonly aroundAnswers?: (store: AnswerStore["Service"]) => AnswerStore["Service"]
    readonly aroundCommissions?: (store: CommissionStore["Service"]) => CommissionStore["Service"]
  } = {}
): Promise<void> => {
  const store = MemoryCommissionStore.make(sources)
  await Effect.runPromise(
    Effect.gen(function* () {
      const commissions = Context.get(yield* Layer.build(store.layer), CommissionStore)
      const answers = Context.get(yield* Layer.build(MemoryAnswerStore.make().layer), AnswerStore)
      const ports = Layer.provideMerge(
        AnsweredOnce.AnsweredOnce.layer,
        Layer.mergeAll(
          Layer.succeed(CommissionStore, aroundCommissions(commissions)),
          Layer.succeed(AnswerStore, aroundAnswers(answers))
        )
      )
      const api = HttpApi.make("reckoner").add(CommissionGroup.Group)
      const zone = Result.getOrThrow(BusinessZone.parse("Asia/Ho_Chi_Minh"))
      const app = yield* HttpRouter.toHttpEffect(
        HttpApiBuilder.layer(api).pipe(
          Layer.provide(Commissions.handlers({ affiliateZone: zone })),
          Layer.provide(ports),
          Layer.provide(HttpServer.layerServices)
        )
      ).pipe(Effect.provideService(HttpRouter.RouterConfig, Routes.ROUTER_CONFIG))
      const handled = Requests.handled({ api: Option.none(), private: Option.none() }, Option.some(verify))(app)
      const ask = async (
        method: string,
        path: string,
        { body, headers = {}, key, signal, token = "mai:approver" }: Asking = {}
      ): Promise<Answer> => {
        const request = new Request(`http://localhost${path}`, {
          method,
          headers: {
            "content-type": "application/json",
            authorization: `Bearer ${token}`,
            ...(key === undefined ? {} : { "idempotency-key": key }),
            ...headers
          },
          body:
            body === undefined
              ? null
              : typeof body === "string" || body instanceof Uint8Array
                ? body
                : JSON.stringify(body)
        })
        const response = await Effect.runPromise(
          handled.pipe(
            Effect.provideService(HttpServerRequest, fromWeb(request)),
            Effect.provide(Logger.layer([])),
            Effect.scoped
          ),
          signal === undefined ? {} : { signal }
        )
        const web = toWeb(response)
        const text = await web.text()
        return { status: web.status, headers: web.headers, text, json: text === "" ? undefined : JSON.parse(text) }
      }
      yield* Effect.promise(() => work({ ask, store }))
    }).pipe(Effect.scoped)
  )
}
