/**
 * `/operations/v1`: executions for operators, over HTTP.
 *
 * @since 0.1.0
 */
import type { ExecutionReport, ExecutionStore, StoreError } from "@reckoner/core/ports"
import * as ByteSize from "effect/ByteSize"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { MaxBodySize } from "effect/http/HttpIncomingMessage"
import type { HttpServerError } from "effect/http/HttpServerError"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import type { Json } from "effect/Schema"
import * as ExecutionOperations from "../engine/ExecutionOperations.ts"
import * as OperatorInput from "../engine/OperatorInput.ts"
import { Api } from "./Api.ts"
import * as PortProblem from "./PortProblem.ts"
import * as Problem from "./Problem.ts"

const LIMIT_DEFAULT = 50
const QUOTED_LENGTH_MAX = 60

/** Something in the request that cannot be used. The message is a sentence. */
class RequestRefused extends Data.TaggedError("RequestRefused")<{
  readonly kind: Problem.Kind
  readonly message: string
}> {}

type OperationError =
  | StoreError
  | ExecutionOperations.ExecutionUnknown
  | ExecutionOperations.ExecutionStateRefused
  | RequestRefused

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/**
 * The answer for what was not done.
 *
 * @category encoding
 * @since 0.1.0
 */
export const refusal = (error: OperationError): HttpServerResponse => {
  switch (error._tag) {
    case "ExecutionUnknown":
      return Problem.response("NotFound", sentence(error.message))
    case "ExecutionStateRefused":
      return Problem.response("ExecutionState", sentence(error.message))
    case "RequestRefused":
      return Problem.response(error.kind, error.message)
    case "StoreError":
      return PortProblem.response(error)
  }
}

const quoted = (text: string): string =>
  JSON.stringify(text.length <= QUOTED_LENGTH_MAX ? text : `${text.slice(0, QUOTED_LENGTH_MAX)}…`)

const read = <A>(
  name: string,
  { allowed, parse }: OperatorInput.Reader<A>,
  text: string
): Effect.Effect<A, RequestRefused> =>
  Option.match(parse(text), {
    onNone: () =>
      Effect.fail(
        new RequestRefused({
          kind: "BadRequest",
          message: `The parameter ${name} is ${quoted(text)}: it must be ${allowed}.`
        })
      ),
    onSome: (value) => Effect.succeed(value)
  })

const readOptional = <A>(
  name: string,
  reader: OperatorInput.Reader<A>,
  text: string | undefined
): Effect.Effect<A | undefined, RequestRefused> =>
  text === undefined ? Effect.succeed(undefined) : read(name, reader, text)

/** The parameters of a list as they come. */
type ListQuery = Readonly<Partial<Record<"state" | "job" | "since" | "limit" | "before", string>>>

const list = Effect.fnUntraced(function* (query: ListQuery) {
  const since = yield* readOptional("since", OperatorInput.since, query.since)
  return yield* ExecutionOperations.list({
    states: yield* readOptional("state", OperatorInput.states, query.state),
    job: yield* readOptional("job", OperatorInput.name, query.job),
    sinceMs: since === undefined ? undefined : OperatorInput.sinceMs(since, yield* Clock.currentTimeMillis),
    beforeId: yield* readOptional("before", OperatorInput.executionId, query.before),
    limit: (yield* readOptional("limit", OperatorInput.limit, query.limit)) ?? LIMIT_DEFAULT
  })
})

const readId = (text: string) => read("id", OperatorInput.executionId, text)

const unreadable = ({ reason }: HttpServerError): RequestRefused =>
  reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
    ? new RequestRefused({
        kind: "ContentTooLarge",
        message: `The body is larger than ${OperatorInput.VALUE_BYTES_MAX / 1024} KiB.`
      })
    : new RequestRefused({ kind: "BadRequest", message: "The body cannot be read." })

/** The value of a signal. An empty body is `null`. */
const readValue = (request: HttpServerRequest): Effect.Effect<Json, RequestRefused> =>
  request.arrayBuffer.pipe(
    Effect.provideService(MaxBodySize, ByteSize.bytes(OperatorInput.VALUE_BYTES_MAX)),
    Effect.mapError(unreadable),
    Effect.flatMap((bytes) => {
      const text = Option.liftThrowable(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes))()
      const value = Option.flatMap(text, (body) => OperatorInput.signalValue.parse(body === "" ? "null" : body))
      const message = `The body must be ${OperatorInput.signalValue.allowed}.`
      return Effect.mapError(Effect.fromOption(value), () => new RequestRefused({ kind: "BadRequest", message }))
    })
  )

const signal = Effect.fnUntraced(function* (
  params: { readonly id: string; readonly name: string },
  request: HttpServerRequest
) {
  const id = yield* readId(params.id)
  const name = yield* read("name", OperatorInput.name, params.name)
  return yield* ExecutionOperations.signal(id, name, yield* readValue(request))
})

/**
 * The endpoints, on the ports.
 *
 * @category layers
 * @since 0.1.0
 */
export const handlers = HttpApiBuilder.group(
  Api,
  "operations",
  Effect.fnUntraced(function* (handlers) {
    const ports = yield* Effect.context<ExecutionStore | ExecutionReport>()
    const answered = <A>(effect: Effect.Effect<A, OperationError, ExecutionStore | ExecutionReport>) =>
      effect.pipe(
        Effect.provideContext(ports),
        Effect.catch((error) => Effect.succeed(refusal(error)))
      )
    return handlers
      .handle("listExecutions", ({ query }) => answered(list(query)))
      .handle("showExecution", ({ params }) => answered(Effect.flatMap(readId(params.id), ExecutionOperations.show)))
      .handle("retryExecution", ({ params }) => answered(Effect.flatMap(readId(params.id), ExecutionOperations.retry)))
      .handle("cancelExecution", ({ params }) =>
        answered(Effect.flatMap(readId(params.id), ExecutionOperations.cancel))
      )
      .handleRaw("signalExecution", ({ params, request }) => answered(signal(params, request)))
  })
)
