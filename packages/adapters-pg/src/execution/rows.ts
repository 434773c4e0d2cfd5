/**
 * Rows of `reckoner.execution` and `reckoner.execution_step`, as the ports name them.
 *
 * @since 0.1.0
 */
import type { Execution, ExecutionRecord, ExecutionState, ExecutionStep } from "@reckoner/core/ports"

/**
 * A row of `reckoner.execution`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExecutionRow {
  readonly id: bigint
  readonly job: string
  readonly business_key: string
  readonly input: unknown
  readonly state: ExecutionState
  readonly attempt: number
  readonly handover: number
  readonly begins_in_vain: number
  readonly waits_for: string | null
  readonly wakes_at: string | null
  readonly progress: unknown
  readonly output: unknown
  readonly error: unknown
  readonly created_at: string
  readonly started_at: string | null
  readonly progressed_at: string
  readonly finished_at: string | null
}

/**
 * The columns of an `ExecutionRow`.
 *
 * @category constants
 * @since 0.1.0
 */
export const EXECUTION_COLUMNS =
  "id, job, business_key, input, state, attempt, handover, begins_in_vain, waits_for, wakes_at, progress, output, " +
  "error, created_at, started_at, progressed_at, finished_at"

/**
 * A row of `reckoner.execution_step`.
 *
 * @category models
 * @since 0.1.0
 */
export interface StepRow {
  readonly kind: ExecutionStep["kind"]
  readonly name: string
  readonly attempt: number
  readonly state: ExecutionStep["state"]
  readonly tries: number
  readonly output: unknown
  readonly error: unknown
  readonly started_at: string
  readonly finished_at: string | null
}

/**
 * The columns of a `StepRow`.
 *
 * @category constants
 * @since 0.1.0
 */
export const STEP_COLUMNS = "kind, name, attempt, state, tries, output, error, started_at, finished_at"

const instant = (text: string | null): number | undefined => (text === null ? undefined : Date.parse(text))

/**
 * An execution as the ports name it.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toExecution = (row: ExecutionRow): Execution => ({
  id: String(row.id),
  job: row.job,
  businessKey: row.business_key,
  input: row.input,
  state: row.state,
  attempt: row.attempt,
  handover: row.handover,
  beginsInVain: row.begins_in_vain,
  waitsFor: row.waits_for ?? undefined,
  wakesAtMs: instant(row.wakes_at),
  progress: row.progress ?? undefined,
  output: row.output ?? undefined,
  error: row.error ?? undefined,
  createdAtMs: Date.parse(row.created_at),
  startedAtMs: instant(row.started_at),
  progressedAtMs: Date.parse(row.progressed_at),
  finishedAtMs: instant(row.finished_at)
})

/**
 * A record as the ports name it.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toRecord = ({ error, kind, name, output, state, tries }: StepRow): ExecutionRecord => ({
  kind,
  name,
  state: state === "failed" ? "failed" : "succeeded",
  tries,
  value: state === "failed" ? error : output
})

/**
 * A record as a person sees it.
 *
 * @category decoding
 * @since 0.1.0
 */
export const toStep = (row: StepRow): ExecutionStep => ({
  ...toRecord(row),
  state: row.state,
  attempt: row.attempt,
  startedAtMs: Date.parse(row.started_at),
  finishedAtMs: instant(row.finished_at)
})

/** What JSON may hold and the server refuses: a zero character, and halves of a character. */
const REFUSED_CHARACTERS = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][\da-f]{2})/gi

/**
 * A value as it is written; one without content is JSON's null. Characters that the server refuses become U+FFFD, so
 * that an error text that holds one can be kept.
 *
 * @category encoding
 * @since 0.1.0
 */
export const json = (value: unknown): string =>
  JSON.stringify(value ?? null).replaceAll(REFUSED_CHARACTERS, "$1\\ufffd")

/**
 * An id as it is asked for. What is no id is that of no execution.
 *
 * @category encoding
 * @since 0.1.0
 */
export const idOf = (id: string): bigint => (/^\d{1,18}$/.test(id) ? BigInt(id) : -1n)
