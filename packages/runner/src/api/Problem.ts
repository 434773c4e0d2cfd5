/**
 * The errors of the HTTP endpoints, as problem details (RFC 9457).
 *
 * @since 0.1.0
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiError from "effect/http-api/HttpApiError"
import * as Schema from "effect/Schema"

const PLAIN = "about:blank"

/**
 * What goes wrong, with the fixed part of each answer.
 *
 * @category constants
 * @since 0.1.0
 */
export const KINDS = {
  BadRequest: { status: 400, title: "Bad Request", type: PLAIN },
  Unauthorized: { status: 401, title: "Unauthorized", type: PLAIN },
  Forbidden: { status: 403, title: "Forbidden", type: PLAIN },
  NotFound: { status: 404, title: "Not Found", type: PLAIN },
  MethodNotAllowed: { status: 405, title: "Method Not Allowed", type: PLAIN },
  RunInProgress: { status: 409, title: "Run In Progress", type: "urn:reckoner:problem:run-in-progress" },
  ExecutionState: { status: 409, title: "Execution State", type: "urn:reckoner:problem:execution-state" },
  CommissionUnknown: { status: 404, title: "Commission Unknown", type: "urn:reckoner:problem:commission-unknown" },
  CommissionState: { status: 409, title: "Commission State", type: "urn:reckoner:problem:commission-state" },
  RequestInProgress: { status: 409, title: "Request In Progress", type: "urn:reckoner:problem:request-in-progress" },
  ContentTooLarge: { status: 413, title: "Content Too Large", type: PLAIN },
  UnsupportedMediaType: { status: 415, title: "Unsupported Media Type", type: PLAIN },
  KeyReused: { status: 422, title: "Idempotency Key Reused", type: "urn:reckoner:problem:idempotency-key-reused" },
  InternalError: { status: 500, title: "Internal Server Error", type: PLAIN },
  SystemUnavailable: { status: 502, title: "System Unavailable", type: "urn:reckoner:problem:system-unavailable" },
  StoreUnavailable: { status: 503, title: "Store Unavailable", type: "urn:reckoner:problem:store-unavailable" },
  IssuerUnavailable: { status: 503, title: "Issuer Unavailable", type: "urn:reckoner:problem:issuer-unavailable" }
} as const

/**
 * The name of a problem.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = keyof typeof KINDS

/**
 * The body of an answer, in the order in which it is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
}

/**
 * The body for a problem.
 *
 * @category constructors
 * @since 0.1.0
 */
export const body = (kind: Kind, detail: string): Problem => {
  const { status, title, type } = KINDS[kind]
  return { type, title, status, detail }
}

/**
 * The answer for a problem.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (
  kind: Kind,
  detail: string,
  headers: Readonly<Record<string, string>> = {}
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(body(kind, detail), {
    status: KINDS[kind].status,
    contentType: "application/problem+json",
    headers
  })

/**
 * The request cannot be understood.
 *
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends HttpApiError.Problem<BadRequest>()("BadRequest", KINDS.BadRequest) {}

/**
 * The bearer token is missing or wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends HttpApiError.Problem<Unauthorized>()("Unauthorized", KINDS.Unauthorized) {}

/**
 * The request comes from a page of another site.
 *
 * @category errors
 * @since 0.1.0
 */
export class Forbidden extends HttpApiError.Problem<Forbidden>()("Forbidden", KINDS.Forbidden) {}

/**
 * What is asked for is not there.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends HttpApiError.Problem<NotFound>()("NotFound", KINDS.NotFound) {}

/**
 * The state of an execution does not allow what is asked for.
 *
 * @category errors
 * @since 0.1.0
 */
export class ExecutionState extends HttpApiError.Problem<ExecutionState>()("ExecutionState", KINDS.ExecutionState) {}

/** What a refusal is called, for programs. */
const CODE = { code: Schema.String.annotate({ description: "The stable name of the refusal, like OrderNotApproved" }) }

/**
 * There is no such order, invoice or item. `code` says which of them.
 *
 * @category errors
 * @since 0.1.0
 */
export class CommissionUnknown extends HttpApiError.Problem<CommissionUnknown>()(
  "CommissionUnknown",
  KINDS.CommissionUnknown,
  CODE
) {}

/**
 * The state of a commission does not allow what is asked for. `code` names what
 * stands in its way.
 *
 * @category errors
 * @since 0.1.0
 */
export class CommissionState extends HttpApiError.Problem<CommissionState>()(
  "CommissionState",
  KINDS.CommissionState,
  CODE
) {}

/**
 * The same request is being worked on.
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestInProgress extends HttpApiError.Problem<RequestInProgress>()(
  "RequestInProgress",
  KINDS.RequestInProgress
) {}

/**
 * The key of the request was used for another one.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyReused extends HttpApiError.Problem<KeyReused>()("KeyReused", KINDS.KeyReused) {}

/**
 * The body is too large.
 *
 * @category errors
 * @since 0.1.0
 */
export class ContentTooLarge extends HttpApiError.Problem<ContentTooLarge>()(
  "ContentTooLarge",
  KINDS.ContentTooLarge
) {}

/**
 * The body is not sent as JSON.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  KINDS.UnsupportedMediaType
) {}

/**
 * Another run holds the job's lock.
 *
 * @category errors
 * @since 0.1.0
 */
export class RunInProgress extends HttpApiError.Problem<RunInProgress>()("RunInProgress", KINDS.RunInProgress) {}

/**
 * The program itself failed.
 *
 * @category errors
 * @since 0.1.0
 */
export class InternalError extends HttpApiError.Problem<InternalError>()("InternalError", KINDS.InternalError) {}

/**
 * The database failed.
 *
 * @category errors
 * @since 0.1.0
 */
export class StoreUnavailable extends HttpApiError.Problem<StoreUnavailable>()(
  "StoreUnavailable",
  KINDS.StoreUnavailable
) {}

/**
 * The keys that tokens are checked with cannot be had.
 *
 * @category errors
 * @since 0.1.0
 */
export class IssuerUnavailable extends HttpApiError.Problem<IssuerUnavailable>()(
  "IssuerUnavailable",
  KINDS.IssuerUnavailable
) {}
