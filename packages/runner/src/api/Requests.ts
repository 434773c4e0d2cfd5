/**
 * What happens to every request, whatever its path: the token is checked, then
 * whether the path takes such a request; one log line is written, and whatever
 * fails is answered as a problem.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { ClientAbort, HttpServerError } from "effect/http/HttpServerError"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import * as Access from "./Access.ts"
import * as Health from "./Health.ts"
import * as Problem from "./Problem.ts"
import * as Routes from "./Routes.ts"

type Response = HttpServerResponse.HttpServerResponse

const hasBody = (headers: Readonly<Record<string, string | undefined>>): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0"

const CLIENT_LEFT_STATUS = 499 // nobody reads it but the log

const isJson = (contentType: string | undefined): boolean => /^application\/json *(;|$)/i.test(contentType ?? "")

const unauthorized = (respond: typeof Problem.response): Response =>
  respond("Unauthorized", "Send the token as: Authorization: Bearer <token>.", {
    "www-authenticate": 'Bearer realm="reckoner"'
  })

/** What is wrong with who asks, if anything is. */
const refusedAccess = (
  path: string,
  authorization: string | undefined,
  route: Routes.Route | undefined,
  tokens: Access.Tokens
): Response | undefined => {
  const respond = route?.refusal ?? Problem.response
  if (route?.isPrivate === true && Option.isNone(tokens.private)) {
    return respond("Forbidden", "This path is closed: the server has no RECKONER_PRIVATE_TOKEN.")
  }
  const token = route?.isPrivate === true ? tokens.private : tokens.api
  if (path === Health.PATH || Option.isNone(token)) return undefined
  return Access.isAuthorized(authorization, token.value) ? undefined : unauthorized(respond)
}

/** What is wrong with a request before anybody looks at what it wants, if anything is. */
const refused = ({ headers, method, url }: HttpServerRequest, tokens: Access.Tokens): Response | undefined => {
  const [path = "", query = ""] = url.split(/[?#]/)
  const route = Routes.find(path)
  const access = refusedAccess(path, headers["authorization"], route, tokens)
  if (access !== undefined) return access
  if (route === undefined) return Problem.response("NotFound", "There is nothing at this path.")
  const { methods, refusal: respond = Problem.response } = route
  if (!methods.includes(method)) {
    const detail = `This path answers ${methods.join(" and ")} only.`
    return respond("MethodNotAllowed", detail, { allow: methods.join(", ") })
  }
  const queryProblem = Routes.queryProblem(route, query)
  if (queryProblem !== undefined) return respond("BadRequest", queryProblem)
  const origin = headers["origin"]
  const hasToken = route.isPrivate === true || Option.isSome(tokens.api)
  if (method === "POST" && origin !== undefined && !Access.isOwnOrigin(origin, headers["host"], hasToken)) {
    return respond("Forbidden", "A page of another site may not change anything here.")
  }
  if (route.takesNoBody === true && hasBody(headers)) {
    return respond("BadRequest", "This path takes no body: its parameters are those of the query.")
  }
  // A page can send other types to any server without asking it.
  if (route.takesJson === true && !isJson(headers["content-type"])) {
    return respond("UnsupportedMediaType", "Send the body as Content-Type: application/json.")
  }
  return undefined
}

const failed = (cause: Cause.Cause<unknown>, respond: typeof Problem.response): Effect.Effect<Response> => {
  const isNowhere = cause.reasons.some(
    (one) => one._tag === "Fail" && one.error instanceof HttpServerError && one.error.reason._tag === "RouteNotFound"
  )
  // A path that cannot be decoded.
  if (isNowhere) return Effect.succeed(respond("NotFound", "There is nothing at this path."))
  const isMalformed = cause.reasons.some(
    (one) =>
      one._tag === "Fail" && one.error instanceof HttpServerError && one.error.reason._tag === "RequestParseError"
  )
  if (isMalformed) return Effect.succeed(respond("BadRequest", "The request cannot be read."))
  if (Cause.hasInterruptsOnly(cause)) {
    const clientLeft = cause.reasons.some((one) => one.annotations.has(ClientAbort.key))
    if (clientLeft) return Effect.succeed(HttpServerResponse.empty({ status: CLIENT_LEFT_STATUS }))
    return Effect.succeed(
      respond("StoreUnavailable", "The server is being stopped: try again.", { "retry-after": "10" })
    )
  }
  return Effect.as(
    Effect.logError("request failed", cause),
    respond("InternalError", "The server failed: its log says why.")
  )
}

const logged = ({ method, url }: HttpServerRequest, status: number, durationMs: number): Effect.Effect<void> => {
  const path = url.split(/[?#]/)[0]
  const line = path === Health.PATH && status < 400 ? Effect.logDebug("request") : Effect.logInfo("request")
  return Effect.annotateLogs(line, { method, path, status, durationMs: Math.round(durationMs * 10) / 10 })
}

/**
 * Wraps the whole application.
 *
 * @category combinators
 * @since 0.1.0
 */
export const handled =
  (tokens: Access.Tokens) =>
  <E, R>(app: Effect.Effect<Response, E, R>): Effect.Effect<Response, never, R | HttpServerRequest> =>
    Effect.gen(function* () {
      const startedAt = performance.now()
      const request = yield* HttpServerRequest
      const respond = Routes.find(request.url.split(/[?#]/)[0] ?? "")?.refusal ?? Problem.response
      const refusal = refused(request, tokens)
      const response = refusal ?? (yield* Effect.catchCause(app, (cause) => failed(cause, respond)))
      yield* logged(request, response.status, performance.now() - startedAt)
      return response
    })
