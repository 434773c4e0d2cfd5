/**
 * `reckoner execution show`: everything that is kept about one execution.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as ExecutionOperations from "../engine/ExecutionOperations.ts"
import * as ExecutionFlags from "./ExecutionFlags.ts"
import * as ExecutionText from "./ExecutionText.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

/**
 * The command.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "show",
  { id: ExecutionFlags.id, json: Flags.json },
  Effect.fnUntraced(function* ({ id, json }) {
    const found = yield* ExecutionOperations.show(id)
    const nowMs = yield* Clock.currentTimeMillis
    yield* json
      ? Output.json(found)
      : Output.lines(ExecutionText.details(found, { nowMs, width: ExecutionText.terminalWidth() }))
  })
).pipe(
  Command.withDescription("Show an execution with its steps; --json shows their values in full"),
  Command.withExamples([{ command: "reckoner execution show 42", description: "how far it is, and why it failed" }])
)
