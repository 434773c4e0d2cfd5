/**
 * What operators do with executions: list, show, retry, cancel and signal them.
 * The command line and the HTTP endpoints answer what comes from here.
 *
 * @since 0.1.0
 */
import {
  type Execution,
  type ExecutionFilter,
  ExecutionReport,
  type ExecutionState,
  ExecutionStore,
  isOpenExecution,
  isRetryableExecution,
  type Steered,
  type StoreError
} from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Json } from "effect/Schema"
import * as ExecutionView from "./ExecutionView.ts"

/**
 * No execution has this id.
 *
 * @category errors
 * @since 0.1.0
 */
export class ExecutionUnknown extends Data.TaggedError("ExecutionUnknown")<{ readonly id: string }> {
  override get message(): string {
    return `there is no execution ${this.id}`
  }
}

/**
 * What may be done to an execution.
 *
 * @category models
 * @since 0.1.0
 */
export type Change = "retry" | "cancel" | "signal"

const PARTICIPLES = { retry: "retried", cancel: "cancelled", signal: "signalled" } as const

/** What can be done to an execution in this state, for a person. */
const possible = (state: ExecutionState): string => {
  if (isOpenExecution(state)) return "it can be cancelled or signalled"
  return isRetryableExecution(state) ? "it can be retried" : "nothing can be done to it any more"
}

/**
 * The state of the execution does not allow the change; nothing has changed.
 *
 * @category errors
 * @since 0.1.0
 */
export class ExecutionStateRefused extends Data.TaggedError("ExecutionStateRefused")<{
  readonly id: string
  readonly state: ExecutionState
  readonly change: Change
}> {
  override get message(): string {
    const { change, id, state } = this
    return `execution ${id} is ${state} and cannot be ${PARTICIPLES[change]}: ${possible(state)}`
  }
}

/**
 * A part of the list, the newest first.
 *
 * **Errors**
 *
 * - `StoreError`: the store failed.
 *
 * @category queries
 * @since 0.1.0
 */
export const list = Effect.fnUntraced(function* (
  filter: ExecutionFilter
): Effect.fn.Return<ExecutionView.ListView, StoreError, ExecutionReport> {
  const report = yield* ExecutionReport
  // One more than asked for tells whether there are more.
  const found = yield* report.list({ ...filter, limit: filter.limit + 1 })
  const nowMs = yield* Clock.currentTimeMillis
  const executions = found.slice(0, filter.limit).map((execution) => ExecutionView.of(execution, nowMs))
  return { executions, next: found.length > filter.limit ? (executions.at(-1)?.id ?? null) : null }
})

const known = <A>(
  id: string,
  asked: Effect.Effect<Option.Option<A>, StoreError>
): Effect.Effect<A, StoreError | ExecutionUnknown> =>
  Effect.flatMap(
    asked,
    Option.match({
      onNone: () => Effect.fail(new ExecutionUnknown({ id })),
      onSome: (found) => Effect.succeed(found)
    })
  )

/**
 * An execution with all that it has recorded.
 *
 * **Errors**
 *
 * - `ExecutionUnknown`: no execution has this id.
 * - `StoreError`: the store failed.
 *
 * @category queries
 * @since 0.1.0
 */
export const show = Effect.fnUntraced(function* (
  id: string
): Effect.fn.Return<ExecutionView.DetailsView, StoreError | ExecutionUnknown, ExecutionStore | ExecutionReport> {
  const store = yield* ExecutionStore
  const report = yield* ExecutionReport
  const execution = yield* known(id, store.get(id))
  const steps = yield* report.steps(id)
  return ExecutionView.withSteps(execution, steps, yield* Clock.currentTimeMillis)
})

const viewOf = ({ execution, isChanged }: Steered): Effect.Effect<ExecutionView.SteeredView> =>
  Effect.map(Clock.currentTimeMillis, (nowMs) => ({ isChanged, execution: ExecutionView.of(execution, nowMs) }))

const refusal = (change: Change, { id, state }: Execution): ExecutionStateRefused =>
  new ExecutionStateRefused({ id, state, change })

const changed = (
  id: string,
  change: Change,
  asked: Effect.Effect<Option.Option<Steered>, StoreError>
): Effect.Effect<ExecutionView.SteeredView, StoreError | ExecutionUnknown | ExecutionStateRefused> =>
  Effect.flatMap(known(id, asked), (steered) =>
    steered.isChanged ? viewOf(steered) : Effect.fail(refusal(change, steered.execution))
  )

/**
 * Makes a failed or cancelled execution pending again, for one more attempt.
 *
 * **Errors**
 *
 * - `ExecutionUnknown`: no execution has this id.
 * - `ExecutionStateRefused`: it has neither failed nor been cancelled.
 * - `StoreError`: the store failed.
 *
 * @category commands
 * @since 0.1.0
 */
export const retry = (id: string) => Effect.flatMap(ExecutionStore, (store) => changed(id, "retry", store.retry(id)))

/**
 * Ends an execution that has not finished.
 *
 * **Errors**
 *
 * - `ExecutionUnknown`: no execution has this id.
 * - `ExecutionStateRefused`: it has finished.
 * - `StoreError`: the store failed.
 *
 * @category commands
 * @since 0.1.0
 */
export const cancel = (id: string) => Effect.flatMap(ExecutionStore, (store) => changed(id, "cancel", store.cancel(id)))

/**
 * Records a signal. One of that name that came before counts, and repeating it
 * is no error, also when the execution has finished since: whoever got no
 * answer the first time may send it again.
 *
 * **Errors**
 *
 * - `ExecutionUnknown`: no execution has this id.
 * - `ExecutionStateRefused`: it has finished without a signal of that name.
 * - `StoreError`: the store failed.
 *
 * @category commands
 * @since 0.1.0
 */
export const signal = Effect.fnUntraced(function* (
  id: string,
  name: string,
  value: Json
): Effect.fn.Return<
  ExecutionView.SteeredView,
  StoreError | ExecutionUnknown | ExecutionStateRefused,
  ExecutionStore | ExecutionReport
> {
  const store = yield* ExecutionStore
  const steered = yield* known(id, store.signal(id, name, value))
  if (!steered.isChanged && !isOpenExecution(steered.execution.state)) {
    const steps = yield* (yield* ExecutionReport).steps(id)
    const cameBefore = steps.some((step) => step.kind === "signal" && step.name === name)
    if (!cameBefore) return yield* refusal("signal", steered.execution)
  }
  return yield* viewOf(steered)
})
