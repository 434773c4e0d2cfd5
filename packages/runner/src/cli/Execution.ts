/**
 * `reckoner execution`: what operators do with executions of jobs.
 *
 * @since 0.1.0
 */
import type { ExecutionReport, ExecutionStore } from "@reckoner/core/ports"
import * as Command from "effect/cli/Command"
import type * as Layer from "effect/Layer"
import * as ExecutionList from "./ExecutionList.ts"
import * as ExecutionShow from "./ExecutionShow.ts"
import * as ExecutionSteer from "./ExecutionSteer.ts"

/**
 * The group of commands, on the ports.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = <E>(ports: Layer.Layer<ExecutionStore | ExecutionReport, E>) =>
  Command.make("execution").pipe(
    Command.withDescription("Executions of jobs: list them, look into one, steer it"),
    Command.withSubcommands([
      Command.provide(ExecutionList.command, ports),
      Command.provide(ExecutionShow.command, ports),
      Command.provide(ExecutionSteer.retry, ports),
      Command.provide(ExecutionSteer.cancel, ports),
      Command.provide(ExecutionSteer.signal, ports)
    ])
  )
