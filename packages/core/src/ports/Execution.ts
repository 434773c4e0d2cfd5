/**
 * What is kept about durable executions of jobs, and what the ports on them say.
 *
 * Values are JSON. A number in them must be a safe integer; amounts are texts.
 * Instants are milliseconds since 1970-01-01T00:00Z, by the clock of the store,
 * which is one for all processes.
 *
 * @since 0.1.0
 */

/**
 * How far an execution is. `succeeded`, `failed` and `cancelled` are final until
 * somebody retries. `purged` is what is left of one after its time: its key,
 * which cannot be started again.
 *
 * @category models
 * @since 0.1.0
 */
export type ExecutionState = "pending" | "running" | "waiting" | "succeeded" | "failed" | "cancelled" | "purged"

/**
 * Every state, in the order in which an execution goes through them.
 *
 * @category constants
 * @since 0.1.0
 */
export const EXECUTION_STATES: ReadonlyArray<ExecutionState> = [
  "pending",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "cancelled",
  "purged"
]

/**
 * What an execution is for: at most one execution has it, however often it is started.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExecutionKey {
  readonly job: string
  readonly businessKey: string
}

/**
 * An execution as it is kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface Execution extends ExecutionKey {
  readonly id: string
  readonly input: unknown
  readonly state: ExecutionState
  /** 1, and one more for every retry by a person. */
  readonly attempt: number
  /** Grows whenever it is handed out anew; an older one may not write. */
  readonly handover: number
  /** How often it was begun since it last recorded anything or waited. */
  readonly beginsInVain: number
  /** For a person, like `signal decision`. */
  readonly waitsFor: string | undefined
  readonly wakesAtMs: number | undefined
  readonly progress: unknown
  readonly output: unknown
  readonly error: unknown
  readonly createdAtMs: number
  readonly startedAtMs: number | undefined
  /** The last sign of life. */
  readonly progressedAtMs: number
  readonly finishedAtMs: number | undefined
}

/**
 * What may be recorded once per execution under a name: how a step ended, until
 * when a sleep lasts, or what came from outside.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExecutionRecord {
  readonly kind: "step" | "sleep" | "signal"
  readonly name: string
  readonly state: "succeeded" | "failed"
  /** The output, or the error of a failed step. */
  readonly value: unknown
  /** How often the step was tried within the attempt. */
  readonly tries: number
}

/**
 * What a person sees of a record; one that is `running` has no end yet.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExecutionStep extends Omit<ExecutionRecord, "state"> {
  readonly state: "running" | "succeeded" | "failed"
  readonly attempt: number
  readonly startedAtMs: number
  readonly finishedAtMs: number | undefined
}

/**
 * An execution that is to be run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Claim {
  readonly id: string
  readonly handover: number
}

/**
 * The right of one process to write for one handover of an execution.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lease extends Claim {
  readonly runner: string
}

/**
 * How an execution ended.
 *
 * @category models
 * @since 0.1.0
 */
export type ExecutionEnd =
  | { readonly state: "succeeded"; readonly output: unknown }
  | { readonly state: "failed"; readonly error: unknown }

/**
 * What an execution waits for. A sleep ends by itself.
 *
 * @category models
 * @since 0.1.0
 */
export type Wait =
  | { readonly kind: "sleep"; readonly name: string; readonly wakesAtMs: number }
  | { readonly kind: "signal"; readonly name: string }

/**
 * What is waited for, for a person.
 *
 * @category queries
 * @since 0.1.0
 */
export const waitsFor = (waits: ReadonlyArray<Wait>): string =>
  waits
    .map((wait) =>
      wait.kind === "signal" ? `signal ${wait.name}` : `${wait.name} until ${new Date(wait.wakesAtMs).toISOString()}`
    )
    .join(", ")

/**
 * Says whether an execution goes on by itself.
 *
 * @category queries
 * @since 0.1.0
 */
export const isOpenExecution = (state: ExecutionState): boolean =>
  state === "pending" || state === "running" || state === "waiting"

/**
 * Says whether a retry may resume an execution.
 *
 * @category queries
 * @since 0.1.0
 */
export const isRetryableExecution = (state: ExecutionState): boolean => state === "failed" || state === "cancelled"
