/**
 * `reckoner execution retry`, `cancel` and `signal`: what a person does to an execution.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as ExecutionOperations from "../engine/ExecutionOperations.ts"
import * as ExecutionFlags from "./ExecutionFlags.ts"
import * as ExecutionText from "./ExecutionText.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

/**
 * `retry`.
 *
 * @category commands
 * @since 0.1.0
 */
export const retry = Command.make(
  "retry",
  { id: ExecutionFlags.id, json: Flags.json },
  Effect.fnUntraced(function* ({ id, json }) {
    const steered = yield* ExecutionOperations.retry(id)
    yield* json ? Output.json(steered) : Output.lines(ExecutionText.retried(steered))
  })
).pipe(Command.withDescription("Resume a failed or cancelled execution; steps that succeeded are not done again"))

/**
 * `cancel`.
 *
 * @category commands
 * @since 0.1.0
 */
export const cancel = Command.make(
  "cancel",
  { id: ExecutionFlags.id, json: Flags.json },
  Effect.fnUntraced(function* ({ id, json }) {
    const steered = yield* ExecutionOperations.cancel(id)
    yield* json ? Output.json(steered) : Output.lines(ExecutionText.cancelled(steered))
  })
).pipe(
  Command.withDescription(
    "End an execution that has not finished; a step that runs is interrupted within seconds. It can be retried"
  )
)

/**
 * `signal`.
 *
 * @category commands
 * @since 0.1.0
 */
export const signal = Command.make(
  "signal",
  { id: ExecutionFlags.id, name: ExecutionFlags.signalName, value: ExecutionFlags.signalValue, json: Flags.json },
  Effect.fnUntraced(function* ({ id, json, name, value }) {
    const steered = yield* ExecutionOperations.signal(id, name, value)
    yield* json ? Output.json(steered) : Output.lines(ExecutionText.signalled(steered, name))
  })
).pipe(
  Command.withDescription(
    "Hand something to an execution, once per name: the first counts, whether it is waited for already or not"
  ),
  Command.withExamples([
    { command: `reckoner execution signal 42 decision --value '{"approved":true}'`, description: "answer a question" }
  ])
)
