/**
 * The contract of `/logistic/private/v1/sync-affiliate-order`, in the envelope
 * that its callers know.
 *
 * @since 0.1.0
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import * as Problem from "./Problem.ts"

/**
 * The path.
 *
 * @category constants
 * @since 0.1.0
 */
export const PATH = "/logistic/private/v1/sync-affiliate-order"

/**
 * The parameter that holds a month to repeat.
 *
 * @category constants
 * @since 0.1.0
 */
export const MONTH = "backfill_month_year"

/**
 * The parameter that asks for the old table.
 *
 * @category constants
 * @since 0.1.0
 */
export const OLD_TABLE = "is_move_from_old_table"

const ProblemData = Schema.Struct({
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String
})

const envelope = <Data extends Schema.Top>(status: string, data: Data) =>
  Schema.Struct({
    status: Schema.Literal(status),
    status_code: Schema.Int,
    message: Schema.String,
    timestamp: Schema.String,
    data
  })

/**
 * The answer when the run has ended.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SyncOrderAnswer = envelope("Success", Schema.Null).annotate({ identifier: "SyncOrderAnswer" })

/**
 * The answer when it was refused or failed: `data` is the problem (RFC 9457).
 *
 * @category schemas
 * @since 0.1.0
 */
export const SyncOrderRefusal = envelope("Error", ProblemData).annotate({ identifier: "SyncOrderRefusal" })

const query = {
  [MONTH]: Schema.optionalKey(Schema.String.annotate({ description: "Repeats this month, like 2023-10 or 10-2023" })),
  [OLD_TABLE]: Schema.optionalKey(
    Schema.String.annotate({ description: "true moves the old table; not together with a month" })
  )
}

/**
 * The names of its parameters.
 *
 * @category constants
 * @since 0.1.0
 */
export const PARAMETERS: ReadonlyArray<string> = Object.keys(query)

const STATUSES = [400, 401, 403, 405, 409, 500, 502, 503] as const

const contract = {
  query,
  success: SyncOrderAnswer,
  error: STATUSES.map((httpApiStatus) => SyncOrderRefusal.annotate({ httpApiStatus }))
}

const documented = OpenApi.annotations({
  summary: "Synchronise orders of referred members",
  description:
    `Without parameters the daily run, with a month a backfill, with ${OLD_TABLE} the import of the old ` +
    "table. It answers when the run has ended; a caller that goes away does not stop it. Calling it again is safe. " +
    "It asks for RECKONER_PRIVATE_TOKEN as a bearer token."
})

/**
 * The endpoint, for both methods.
 *
 * @category contracts
 * @since 0.1.0
 */
export const Group = HttpApiGroup.make("logistic").add(
  HttpApiEndpoint.get("syncAffiliateOrder", PATH, contract).annotateMerge(documented),
  HttpApiEndpoint.post("syncAffiliateOrderByPost", PATH, contract).annotateMerge(documented)
)

const now = (): string => new Date().toISOString()

/**
 * The answer for a run that has ended.
 *
 * @category encoding
 * @since 0.1.0
 */
export const success = (): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe({
    status: "Success",
    status_code: 200,
    message: "success sync order",
    timestamp: now(),
    data: null
  })

/**
 * The answer for a problem, in the same envelope.
 *
 * @category encoding
 * @since 0.1.0
 */
export const refusal = (
  kind: Problem.Kind,
  detail: string,
  headers: Readonly<Record<string, string>> = {}
): HttpServerResponse.HttpServerResponse => {
  const data = Problem.body(kind, detail)
  return HttpServerResponse.jsonUnsafe(
    { status: "Error", status_code: data.status, message: detail, timestamp: now(), data },
    { status: data.status, headers }
  )
}
