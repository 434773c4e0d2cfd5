/**
 * The commission approvals for other services: a client of `/affiliate/v1`,
 * derived from the contract that the server answers by.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as Redacted from "effect/Redacted"
import type { SchemaError } from "effect/Schema"
import * as CommissionGroup from "../api/CommissionGroup.ts"
import type * as Problem from "../api/Problem.ts"
import type * as CommissionView from "../commission-approval/CommissionView.ts"

const Contract = HttpApi.make("reckoner").add(CommissionGroup.Group)

/**
 * Where the server is, and who acts: a JWT with the role that the calls need,
 * or an effect that has one that is still good.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly baseUrl: string
  readonly token: Redacted.Redacted | Effect.Effect<Redacted.Redacted>
}

/**
 * The name of one request over all its attempts. Without one each call makes
 * its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Once {
  readonly idempotencyKey?: string
}

/**
 * What no answer of the contract tells: nobody answers, or somebody else does.
 *
 * @category errors
 * @since 0.1.0
 */
export type TransportError = HttpClientError | SchemaError

/**
 * Why something is not read.
 *
 * @category errors
 * @since 0.1.0
 */
export type ReadError =
  | Problem.BadRequest
  | Problem.Unauthorized
  | Problem.Forbidden
  | Problem.InternalError
  | Problem.StoreUnavailable
  | Problem.IssuerUnavailable
  | TransportError

/**
 * Why a request to change something is not answered with what became of it.
 *
 * @category errors
 * @since 0.1.0
 */
export type ChangeError =
  | ReadError
  | Problem.RequestInProgress
  | Problem.ContentTooLarge
  | Problem.UnsupportedMediaType
  | Problem.KeyReused

/**
 * Why one change is refused: `code` says it to programs.
 *
 * @category errors
 * @since 0.1.0
 */
export type Refused = Problem.CommissionUnknown | Problem.CommissionState

/**
 * The parameters of a list, as texts.
 *
 * @category models
 * @since 0.1.0
 */
export type ListQuery = Readonly<
  Partial<
    Record<"status" | "affiliateId" | "from" | "to" | "walletType" | "text" | "limit" | "cursor" | "summary", string>
  >
>

/**
 * The calls.
 *
 * - `changeStatus`, `changePercent` and `changeWallet` are done once for each call: retrying the effect that a call
 *   gives sends the same key again. Name a key where a call is made anew for the same change, after a restart say.
 * - `orders` and `invoices` give a page; `cursor` is `next` of the page before.
 * - `order` is one order with its audit trail.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionClient {
  readonly changeStatus: (
    input: typeof CommissionGroup.StatusChangeInput.Type,
    once?: Once
  ) => Effect.Effect<typeof CommissionView.StatusChangeView.Type, ChangeError>
  readonly changePercent: (
    input: typeof CommissionGroup.PercentChangeInput.Type,
    once?: Once
  ) => Effect.Effect<typeof CommissionView.ChangeView.Type, ChangeError | Refused>
  readonly changeWallet: (
    input: typeof CommissionGroup.WalletChangeInput.Type,
    once?: Once
  ) => Effect.Effect<typeof CommissionView.ChangeView.Type, ChangeError | Refused>
  readonly orders: (query?: ListQuery) => Effect.Effect<typeof CommissionView.OrderListView.Type, ReadError>
  readonly invoices: (query?: ListQuery) => Effect.Effect<typeof CommissionView.InvoiceListView.Type, ReadError>
  readonly order: (
    id: string
  ) => Effect.Effect<typeof CommissionView.OrderDetailsView.Type, ReadError | Problem.CommissionUnknown>
}

const withToken =
  ({ baseUrl, token }: Options) =>
  (client: HttpClient.HttpClient): HttpClient.HttpClient =>
    client.pipe(
      HttpClient.mapRequest(HttpClientRequest.prependUrl(baseUrl.replace(/\/+$/, ""))),
      HttpClient.mapRequestEffect((request) =>
        Effect.map(Effect.isEffect(token) ? token : Effect.succeed(token), (found) =>
          HttpClientRequest.bearerToken(request, Redacted.value(found))
        )
      )
    )

/** Made when a call is made, not when it is sent, so that sending it again sends the same key. */
const headersOf = ({ idempotencyKey = globalThis.crypto.randomUUID() }: Once = {}) => ({
  [CommissionGroup.KEY_HEADER]: idempotencyKey
})

/**
 * Makes a client on the `HttpClient` of the context. It retries nothing by
 * itself.
 *
 * **Example** (Approve two invoices, and retry until the answer is there)
 *
 * ```ts
 * import { Effect, Redacted, Schedule } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { CommissionClient } from "@reckoner/runner/commission-client"
 *
 * const approve = Effect.gen(function* () {
 *   const commissions = yield* CommissionClient.make({
 *     baseUrl: "http://127.0.0.1:8080",
 *     token: Redacted.make(process.env["TOKEN"] ?? "")
 *   })
 *   const answer = yield* commissions
 *     .changeStatus({ type: "invoice", newStatus: "approve", ids: ["301", "302"] })
 *     .pipe(Effect.retry({ times: 5, schedule: Schedule.spaced("5 seconds") }))
 *   return answer.results.filter(({ outcome }) => outcome === "refused")
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<CommissionClient, never, HttpClient.HttpClient> =>
  Effect.map(HttpApiClient.make(Contract, { transformClient: withToken(options) }), ({ commissions }) => ({
    changeStatus: (payload, once) => commissions.changeCommissionStatus({ payload, headers: headersOf(once) }),
    changePercent: (payload, once) => commissions.changeCommissionPercent({ payload, headers: headersOf(once) }),
    changeWallet: (payload, once) => commissions.changeCommissionWallet({ payload, headers: headersOf(once) }),
    orders: (query = {}) => commissions.listCommissionOrders({ query }),
    invoices: (query = {}) => commissions.listCommissionInvoices({ query }),
    order: (id) => commissions.showCommissionOrder({ params: { id } })
  }))
