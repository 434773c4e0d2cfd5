/**
 * Executions as operators see them: the form in which the command line with
 * `--json` and the HTTP endpoints write them. Every value is JSON as it stands:
 * ids are texts, instants are ISO texts in UTC, what is not there is `null`.
 *
 * @since 0.1.0
 */
import { type Execution, EXECUTION_STATES, type ExecutionStep } from "@reckoner/core/ports"
import * as Schema from "effect/Schema"

/**
 * A running execution without a sign of life for longer, in milliseconds, is
 * marked as stalled. It is more than the time after which the sweeper takes one
 * over, so such an execution says that no process sweeps.
 *
 * @category constants
 * @since 0.1.0
 */
export const STALLED_MS = 60_000

const Instant = Schema.String.annotate({ description: "An instant, like 2026-01-31T06:00:00.000Z" })

const State = Schema.Literals(EXECUTION_STATES)

const executionFields = {
  id: Schema.String,
  job: Schema.String,
  businessKey: Schema.String.annotate({ description: "What it is for: one execution of the job has it" }),
  state: State,
  isStalled: Schema.Boolean.annotate({
    description: `It is running, and has given no sign of life for more than ${STALLED_MS / 1000} s`
  }),
  attempt: Schema.Int.annotate({ description: "1, and one more for every retry by a person" }),
  handover: Schema.Int.annotate({ description: "Grows whenever it is handed out anew" }),
  beginsInVain: Schema.Int.annotate({ description: "How often it was begun since it last recorded anything" }),
  waitsFor: Schema.NullOr(Schema.String),
  wakesAt: Schema.NullOr(Instant),
  progress: Schema.Json,
  input: Schema.Json,
  output: Schema.Json,
  error: Schema.Json,
  createdAt: Instant,
  startedAt: Schema.NullOr(Instant),
  lastSignOfLifeAt: Instant,
  finishedAt: Schema.NullOr(Instant),
  durationMs: Schema.NullOr(Schema.Int).annotate({
    description: "From its start until it finished, or until now; with all that it waited"
  })
}

/**
 * An execution.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExecutionView = Schema.Struct(executionFields).annotate({ identifier: "Execution" })

/**
 * An execution, see the schema.
 *
 * @category models
 * @since 0.1.0
 */
export type ExecutionView = typeof ExecutionView.Type

/**
 * A record of an execution: a step, a sleep or a signal.
 *
 * @category schemas
 * @since 0.1.0
 */
export const StepView = Schema.Struct({
  kind: Schema.Literals(["step", "sleep", "signal"]),
  name: Schema.String,
  attempt: Schema.Int,
  state: Schema.Literals(["running", "succeeded", "failed"]),
  tries: Schema.Int,
  startedAt: Instant,
  finishedAt: Schema.NullOr(Instant),
  durationMs: Schema.NullOr(Schema.Int),
  value: Schema.Json.annotate({ description: "The output, or the error of a failed step" })
}).annotate({ identifier: "ExecutionStep" })

/**
 * A record of an execution, see the schema.
 *
 * @category models
 * @since 0.1.0
 */
export type StepView = typeof StepView.Type

/**
 * An execution with all its records, in the order in which they began.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DetailsView = Schema.Struct({ ...executionFields, steps: Schema.Array(StepView) }).annotate({
  identifier: "ExecutionDetails"
})

/**
 * An execution with its records, see the schema.
 *
 * @category models
 * @since 0.1.0
 */
export type DetailsView = typeof DetailsView.Type

/**
 * A part of a list, the newest first. `next` continues it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ListView = Schema.Struct({
  executions: Schema.Array(ExecutionView),
  next: Schema.NullOr(Schema.String).annotate({ description: "Ask for those before this id; null: there are no more" })
}).annotate({ identifier: "ExecutionList" })

/**
 * A part of a list, see the schema.
 *
 * @category models
 * @since 0.1.0
 */
export type ListView = typeof ListView.Type

/**
 * What became of a change: the execution as it is after, and whether this call changed it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SteeredView = Schema.Struct({
  isChanged: Schema.Boolean.annotate({ description: "false: a signal of that name came before, and counts" }),
  execution: ExecutionView
}).annotate({ identifier: "SteeredExecution" })

/**
 * What became of a change, see the schema.
 *
 * @category models
 * @since 0.1.0
 */
export type SteeredView = typeof SteeredView.Type

const iso = (atMs: number): string => new Date(atMs).toISOString()

const isoOrNull = (atMs: number | undefined): string | null => (atMs === undefined ? null : iso(atMs))

/** What stores keep is JSON; they give `undefined` for what is not there. */
const jsonOrNull = (value: unknown): Schema.Json => (value ?? null) as Schema.Json

/** The clock of a store and that of this process may differ a little; nothing lasts less than no time. */
const lasted = (fromMs: number, toMs: number): number => Math.max(0, Math.round(toMs - fromMs))

/**
 * The view of an execution at an instant.
 *
 * @category encoding
 * @since 0.1.0
 */
export const of = (execution: Execution, nowMs: number): ExecutionView => {
  const { createdAtMs, finishedAtMs, progressedAtMs, startedAtMs, state } = execution
  return {
    id: execution.id,
    job: execution.job,
    businessKey: execution.businessKey,
    state,
    isStalled: state === "running" && nowMs - progressedAtMs > STALLED_MS,
    attempt: execution.attempt,
    handover: execution.handover,
    beginsInVain: execution.beginsInVain,
    waitsFor: execution.waitsFor ?? null,
    wakesAt: isoOrNull(execution.wakesAtMs),
    progress: jsonOrNull(execution.progress),
    input: jsonOrNull(execution.input),
    output: jsonOrNull(execution.output),
    error: jsonOrNull(execution.error),
    createdAt: iso(createdAtMs),
    startedAt: isoOrNull(startedAtMs),
    lastSignOfLifeAt: iso(progressedAtMs),
    finishedAt: isoOrNull(finishedAtMs),
    durationMs: startedAtMs === undefined ? null : lasted(startedAtMs, finishedAtMs ?? nowMs)
  }
}

const stepOf = ({ finishedAtMs, startedAtMs, ...step }: ExecutionStep): StepView => ({
  kind: step.kind,
  name: step.name,
  attempt: step.attempt,
  state: step.state,
  tries: step.tries,
  startedAt: iso(startedAtMs),
  finishedAt: isoOrNull(finishedAtMs),
  durationMs: finishedAtMs === undefined ? null : lasted(startedAtMs, finishedAtMs),
  value: jsonOrNull(step.value)
})

/**
 * The view of an execution with its records at an instant.
 *
 * @category encoding
 * @since 0.1.0
 */
export const withSteps = (execution: Execution, steps: ReadonlyArray<ExecutionStep>, nowMs: number): DetailsView => ({
  ...of(execution, nowMs),
  steps: steps.map(stepOf)
})
