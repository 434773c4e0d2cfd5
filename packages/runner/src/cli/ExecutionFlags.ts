/**
 * Arguments and flags of the commands on executions.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as OperatorInput from "../engine/OperatorInput.ts"
import { expected } from "./Flags.ts"

/**
 * `ID`: which execution.
 *
 * @category flags
 * @since 0.1.0
 */
export const id = Argument.String("id").pipe(
  Argument.withMetavar("ID"),
  Argument.withDescription("Number of the execution"),
  Argument.filterMap(OperatorInput.executionId.parse, expected(OperatorInput.executionId))
)

/**
 * `NAME`: which signal.
 *
 * @category flags
 * @since 0.1.0
 */
export const signalName = Argument.String("name").pipe(
  Argument.withMetavar("NAME"),
  Argument.withDescription("Name of the signal, as `execution show` tells what is waited for"),
  Argument.filterMap(OperatorInput.name.parse, expected(OperatorInput.name))
)

/**
 * `--value`: what is handed over with a signal.
 *
 * @category flags
 * @since 0.1.0
 */
export const signalValue = Flag.String("value").pipe(
  Flag.withMetavar("JSON"),
  Flag.withDescription("What is handed over, as JSON with whole numbers only (default null)"),
  Flag.filterMap(OperatorInput.signalValue.parse, expected(OperatorInput.signalValue)),
  Flag.withDefault(null)
)

/**
 * `--state`: in which states.
 *
 * @category flags
 * @since 0.1.0
 */
export const states = Flag.String("state").pipe(
  Flag.withMetavar("STATE[,STATE]"),
  Flag.withDescription(`Only these: ${OperatorInput.states.allowed}`),
  Flag.filterMap(OperatorInput.states.parse, expected(OperatorInput.states)),
  Flag.optional
)

/**
 * `--job`: of which job.
 *
 * @category flags
 * @since 0.1.0
 */
export const job = Flag.String("job").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription("Only executions of this job"),
  Flag.filterMap(OperatorInput.name.parse, expected(OperatorInput.name)),
  Flag.optional
)

/**
 * `--since`: created when.
 *
 * @category flags
 * @since 0.1.0
 */
export const since = Flag.String("since").pipe(
  Flag.withMetavar("INSTANT|DURATION"),
  Flag.withDescription(`Only those created since then: ${OperatorInput.since.allowed}`),
  Flag.filterMap(OperatorInput.since.parse, expected(OperatorInput.since)),
  Flag.optional
)

/**
 * `--before`: where a list goes on.
 *
 * @category flags
 * @since 0.1.0
 */
export const before = Flag.String("before").pipe(
  Flag.withMetavar("ID"),
  Flag.withDescription("Only those older than this execution: goes on with a list"),
  Flag.filterMap(OperatorInput.executionId.parse, expected(OperatorInput.executionId)),
  Flag.optional
)
