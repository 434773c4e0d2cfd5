/**
 * The contract of `/operations/v1`: what operators do with executions.
 *
 * Parameters are texts here, and read by `OperatorInput`, so that a refusal
 * names the parameter and says what is allowed.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { DetailsView, ListView, SteeredView } from "../engine/ExecutionView.ts"
import * as OperatorInput from "../engine/OperatorInput.ts"
import * as Problem from "./Problem.ts"

/**
 * Where executions are listed.
 *
 * @category constants
 * @since 0.1.0
 */
export const LIST_PATH = "/operations/v1/executions"

/**
 * Where one execution is shown.
 *
 * @category constants
 * @since 0.1.0
 */
export const SHOW_PATH = `${LIST_PATH}/:id` as const

/**
 * Where an execution is retried.
 *
 * @category constants
 * @since 0.1.0
 */
export const RETRY_PATH = `${SHOW_PATH}/retry` as const

/**
 * Where an execution is cancelled.
 *
 * @category constants
 * @since 0.1.0
 */
export const CANCEL_PATH = `${SHOW_PATH}/cancel` as const

/**
 * Where a signal is sent to an execution.
 *
 * @category constants
 * @since 0.1.0
 */
export const SIGNAL_PATH = `${SHOW_PATH}/signals/:name` as const

const optionalText = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

const listQuery = {
  state: optionalText(`Only in these states: ${OperatorInput.states.allowed}`),
  job: optionalText("Only of this job"),
  since: optionalText(`Only those created since then: ${OperatorInput.since.allowed}`),
  limit: optionalText(`At most so many: ${OperatorInput.limit.allowed}; 50 without it`),
  before: optionalText("Only those before this id: `next` of the answer before")
}

/**
 * The names of the parameters of a list.
 *
 * @category constants
 * @since 0.1.0
 */
export const LIST_PARAMETERS: ReadonlyArray<string> = Object.keys(listQuery)

const id = Schema.String.annotate({ description: `Which execution: ${OperatorInput.executionId.allowed}` })

const readErrors = [Problem.BadRequest, Problem.Unauthorized, Problem.InternalError, Problem.StoreUnavailable] as const

const changeErrors = [...readErrors, Problem.Forbidden, Problem.NotFound, Problem.ExecutionState] as const

/**
 * The endpoints.
 *
 * @category contracts
 * @since 0.1.0
 */
export const Group = HttpApiGroup.make("operations").add(
  HttpApiEndpoint.get("listExecutions", LIST_PATH, {
    query: listQuery,
    success: ListView,
    error: readErrors
  }).annotateMerge(OpenApi.annotations({ summary: "Executions of jobs, the newest first" })),
  HttpApiEndpoint.get("showExecution", SHOW_PATH, {
    params: { id },
    success: DetailsView,
    error: [...readErrors, Problem.NotFound]
  }).annotateMerge(OpenApi.annotations({ summary: "An execution with its steps" })),
  HttpApiEndpoint.post("retryExecution", RETRY_PATH, {
    params: { id },
    success: SteeredView,
    error: changeErrors
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Resume a failed or cancelled execution",
      description: "It is pending again, for one more attempt. Steps that succeeded are not done again."
    })
  ),
  HttpApiEndpoint.post("cancelExecution", CANCEL_PATH, {
    params: { id },
    success: SteeredView,
    error: changeErrors
  }).annotateMerge(
    OpenApi.annotations({
      summary: "End an execution that has not finished",
      description: "A step that runs is interrupted within seconds."
    })
  ),
  HttpApiEndpoint.post("signalExecution", SIGNAL_PATH, {
    params: {
      id,
      name: Schema.String.annotate({ description: `Which signal: ${OperatorInput.name.allowed}` })
    },
    payload: Schema.Json,
    success: SteeredView,
    error: [...changeErrors, Problem.ContentTooLarge, Problem.UnsupportedMediaType]
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Hand a value to an execution",
      description:
        `The body is the value: ${OperatorInput.signalValue.allowed}. The first of a name counts, whether it is ` +
        "waited for already or not; sending it again is no error and changes nothing (`isChanged` is false then)."
    })
  )
)
