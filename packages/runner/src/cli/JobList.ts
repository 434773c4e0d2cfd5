/**
 * `reckoner job list`: the jobs there are.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import { JOBS } from "../Jobs.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

/**
 * The command.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make("list", { json: Flags.json }, ({ json }) =>
  json
    ? Output.json({ jobs: JOBS })
    : Output.lines(Output.table(JOBS.map(({ description, name }) => [name, description])))
).pipe(Command.withDescription("List the jobs and what they do"))
