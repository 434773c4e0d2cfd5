/**
 * `reckoner execution list`: executions of jobs, the newest first.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ExecutionOperations from "../engine/ExecutionOperations.ts"
import * as OperatorInput from "../engine/OperatorInput.ts"
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
  "list",
  {
    state: ExecutionFlags.states,
    job: ExecutionFlags.job,
    since: ExecutionFlags.since,
    before: ExecutionFlags.before,
    limit: Flags.limit,
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ before, job, json, limit, since, state }) {
    const nowMs = yield* Clock.currentTimeMillis
    const found = yield* ExecutionOperations.list({
      states: Option.getOrUndefined(state),
      job: Option.getOrUndefined(job),
      sinceMs: Option.getOrUndefined(Option.map(since, (one) => OperatorInput.sinceMs(one, nowMs))),
      beforeId: Option.getOrUndefined(before),
      limit
    })
    yield* json
      ? Output.json(found)
      : Output.lines(ExecutionText.list(found, { nowMs, width: ExecutionText.terminalWidth() }))
  })
).pipe(
  Command.withDescription("List executions of jobs, the newest first"),
  Command.withExamples([
    { command: "reckoner execution list --state failed --since 24h", description: "what failed since yesterday" },
    { command: "reckoner execution list --state running,waiting", description: "what is under way" }
  ])
)
