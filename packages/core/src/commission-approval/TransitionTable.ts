/**
 * Transition tables as data: every state with every command, what guards it,
 * and what comes of it.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as ApprovalState from "./ApprovalState.ts"

/**
 * What comes of a command: another state, nothing, or a refusal of that name.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome<Refused extends string> =
  | { readonly _tag: "Becomes"; readonly state: ApprovalState.StateName }
  | { readonly _tag: "Unchanged" }
  | { readonly _tag: "Refused"; readonly refusal: Refused }

/**
 * A row of a table. Guards are named after their refusals; they are asked
 * before the outcome counts, and the first that speaks up does.
 *
 * @category models
 * @since 0.1.0
 */
export interface Transition<Command extends string, Guard extends string, Refused extends string> {
  readonly state: ApprovalState.StateName
  readonly command: Command
  readonly guards: ReadonlyArray<Guard>
  readonly outcome: Outcome<Refused>
}

/**
 * The outcome that is another state.
 *
 * @category constructors
 * @since 0.1.0
 */
export const becomes = (state: ApprovalState.StateName): Outcome<never> => ({ _tag: "Becomes", state })

/**
 * The outcome that leaves everything as it is.
 *
 * @category constants
 * @since 0.1.0
 */
export const UNCHANGED: Outcome<never> = { _tag: "Unchanged" }

/**
 * The outcome that is a refusal.
 *
 * @category constructors
 * @since 0.1.0
 */
export const refused = <Refused extends string>(refusal: Refused): Outcome<Refused> => ({ _tag: "Refused", refusal })

/**
 * Looks a state and a command up, and says whether the command changes
 * anything.
 *
 * **Errors**, where several apply the first counts
 *
 * - `Refusal`: that of the first guard that speaks up, else that of the outcome.
 *
 * @category decisions
 * @since 0.1.0
 */
export const changes = <Command extends string, Guard extends string, Refused extends string, Refusal>(
  table: ReadonlyArray<Transition<Command, Guard, Refused>>,
  { command, state }: { readonly state: ApprovalState.StateName; readonly command: Command },
  {
    guarding,
    refusing
  }: { readonly guarding: (guard: Guard) => Refusal | undefined; readonly refusing: (name: Refused) => Refusal }
): Result.Result<boolean, Refusal> => {
  const { guards, outcome } = table.find((one) => one.state === state && one.command === command)!
  for (const guard of guards) {
    const refusal = guarding(guard)
    if (refusal !== undefined) return Result.fail(refusal)
  }
  return outcome._tag === "Refused"
    ? Result.fail(refusing(outcome.refusal))
    : Result.succeed(outcome._tag === "Becomes")
}
