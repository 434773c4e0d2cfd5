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
import * as Result from "effect/Result"
import type * as Actor from "../commission-approval/Actor.ts"
import * as Access from "./Access.ts"
import * as ActorToken from "./ActorToken.ts"
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

const ISSUER_RETRY_AFTER_SECONDS = "10"

/** Who asks for a path that is for people, or why nobody that may. */
const actorOf = (
  authorization: string | undefined,
  { isHad, name }: Routes.ActorRole,
  actors: Option.Option<ActorToken.Verify>
): Effect.Effect<Actor.Actor, Response> =>
  Effect.gen(function* () {
    if (Option.isNone(actors)) {
      const detail = "This path is closed: the server has neither RECKONER_JWKS_URL nor RECKONER_JWKS."
      return yield* Effect.fail(Problem.response("Forbidden", detail))
    }
    const token = Access.bearerToken(authorization)
    if (token === undefined) return yield* Effect.fail(unauthorized(Problem.response))
    const actor = yield* actors.value(token).pipe(
      Effect.catchTag("TokenRefused", ({ message }) =>
        Effect.fail(
          Problem.response("Unauthorized", message, {
            // The messages are our own: nothing of the token can get into the header.
            "www-authenticate": `Bearer realm="reckoner", error="invalid_token", error_description="${message}"`
          })
        )
      ),
      Effect.catchTag("KeysUnavailable", ({ cause }) =>
        Effect.andThen(
          Effect.logWarning("the keys of the issuer of tokens cannot be had", cause),
          Effect.fail(
            Problem.response("IssuerUnavailable", "The keys that tokens are checked with cannot be had: try again.", {
              "retry-after": ISSUER_RETRY_AFTER_SECONDS
            })
          )
        )
      )
    )
    if (isHad(actor)) return actor
    return yield* Effect.fail(
      Problem.response("Forbidden", `This needs the role ${name}, and the token does not have it.`, {
        "www-authenticate": 'Bearer realm="reckoner", error="insufficient_scope"'
      })
    )
  })

/** What is wrong with who asks for a path that is not for people, if anything is. */
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

/** What is wrong with what a request looks like, if anything is. */
const refused = (
  { headers, method, url }: HttpServerRequest,
  route: Routes.Route | undefined,
  tokens: Access.Tokens
): Response | undefined => {
  const query = url.split(/[?#]/)[1] ?? ""
  if (route === undefined) return Problem.response("NotFound", "There is nothing at this path.")
  const { methods, refusal: respond = Problem.response } = route
  if (!methods.includes(method)) {
    const detail = `This path answers ${methods.join(" and ")} only.`
    return respond("MethodNotAllowed", detail, { allow: methods.join(", ") })
  }
  const queryProblem = Routes.queryProblem(route, query)
  if (queryProblem !== undefined) return respond("BadRequest", queryProblem)
  const origin = headers["origin"]
  const hasToken = route.isPrivate === true || route.role !== undefined || Option.isSome(tokens.api)
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

/** Who asks, if they are known, or what is answered before anybody looks at what a request wants. */
const admitted = (
  request: HttpServerRequest,
  tokens: Access.Tokens,
  actors: Option.Option<ActorToken.Verify>
): Effect.Effect<Actor.Actor | undefined, Response> =>
  Effect.gen(function* () {
    const path = request.url.split(/[?#]/)[0] ?? ""
    const route = Routes.find(path)
    const authorization = request.headers["authorization"]
    const role = route?.role
    const actor = role === undefined ? undefined : yield* actorOf(authorization, role, actors)
    const access = role === undefined ? refusedAccess(path, authorization, route, tokens) : undefined
    const refusal = access ?? refused(request, route, tokens)
    return refusal === undefined ? actor : yield* Effect.fail(refusal)
  })

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
 * Wraps the whole application. Paths for people are closed unless there is
 * something that finds out who asks.
 *
 * @category combinators
 * @since 0.1.0
 */
export const handled =
  (tokens: Access.Tokens, actors: Option.Option<ActorToken.Verify> = Option.none()) =>
  <E, R>(app: Effect.Effect<Response, E, R>): Effect.Effect<Response, never, R | HttpServerRequest> =>
    Effect.gen(function* () {
      const startedAt = performance.now()
      const request = yield* HttpServerRequest
      const respond = Routes.find(request.url.split(/[?#]/)[0] ?? "")?.refusal ?? Problem.response
      const answer = Effect.gen(function* () {
        const asked = yield* Effect.result(admitted(request, tokens, actors))
        if (Result.isFailure(asked)) return asked.failure
        return yield* Effect.provideService(app, ActorToken.CurrentActor, asked.success)
      })
      const response = yield* Effect.catchCause(answer, (cause) => failed(cause, respond))
      yield* logged(request, response.status, performance.now() - startedAt)
      return response
    })
