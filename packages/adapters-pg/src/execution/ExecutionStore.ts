/**
 * Where executions of jobs are kept: the truth about them, whatever engine moves them on.
 *
 * Values are JSON. A number in them must be a safe integer; amounts are texts.
 *
 * @since 0.1.0
 */
import type { StoreError } from "@reckoner/core/ports"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/**
 * How far an execution is. The last three are final until somebody retries.
 *
 * @category models
 * @since 0.1.0
 */
export type State = "pending" | "running" | "waiting" | "succeeded" | "failed" | "cancelled"

/**
 * An execution as it is kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface Row {
  readonly id: string
  readonly job: string
  readonly businessKey: string
  readonly input: unknown
  readonly state: State
  /** Grows with every retry. */
  readonly attempt: number
  /** Grows whenever it is handed to the engine anew. */
  readonly handover: number
  readonly waitsFor: string | undefined
  readonly output: unknown
  readonly error: unknown
}

/**
 * What may be recorded once per execution under a name.
 *
 * @category models
 * @since 0.1.0
 */
export type RecordKind = "step" | "sleep" | "signal"

/**
 * What an execution has recorded: how a step ended, until when it sleeps, or what came from outside.
 *
 * @category models
 * @since 0.1.0
 */
export interface StepRecord {
  readonly kind: RecordKind
  readonly name: string
  readonly state: "succeeded" | "failed"
  /** The output, or the error of a failed step. */
  readonly value: unknown
  readonly tries: number
}

/**
 * An execution that is to be handed to the engine.
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
export type End =
  | { readonly state: "succeeded"; readonly output: unknown }
  | { readonly state: "failed"; readonly error: unknown }

/**
 * What it waits for. `wakesAtMs`, in milliseconds since 1970, is missing where only a signal wakes it.
 *
 * @category models
 * @since 0.1.0
 */
export type Wait =
  | { readonly kind: "sleep"; readonly name: string; readonly wakesAtMs: number }
  | { readonly kind: "signal"; readonly name: string }

/**
 * How an execution is named from outside.
 *
 * @category models
 * @since 0.1.0
 */
export interface Key {
  readonly job: string
  readonly businessKey: string
}

/**
 * Executions and their records. Whoever writes for a lease is told `false` when the lease is no longer its own, and
 * nothing has changed then.
 *
 * @category services
 * @since 0.1.0
 */
export class ExecutionStore extends Context.Service<
  ExecutionStore,
  {
    /** Inserts a pending execution unless the key has one. */
    readonly create: (
      key: Key,
      input: unknown
    ) => Effect.Effect<{ readonly id: string; readonly isNew: boolean }, StoreError>
    readonly find: (key: Key) => Effect.Effect<Option.Option<Row>, StoreError>
    /** Records a signal, unless the execution has finished or has one of that name. */
    readonly signal: (
      key: Key,
      name: string,
      value: unknown
    ) => Effect.Effect<Option.Option<{ readonly row: Row; readonly isFirst: boolean }>, StoreError>
    /** Ends an execution that has not finished; gives it as it is after. */
    readonly cancel: (key: Key) => Effect.Effect<Option.Option<Row>, StoreError>
    /** Makes a failed or cancelled execution pending again; gives it as it is after. */
    readonly retry: (key: Key) => Effect.Effect<Option.Option<Row>, StoreError>

    /** Takes the oldest pending executions, so that the process has at most `residentMax` running. */
    readonly claim: (options: {
      readonly runner: string
      readonly jobs: ReadonlyArray<string>
      readonly residentMax: number
    }) => Effect.Effect<ReadonlyArray<Claim>, StoreError>
    /** Makes the lease the one that counts, and gives what is recorded. None: this handover is over. */
    readonly begin: (
      lease: Lease
    ) => Effect.Effect<Option.Option<{ readonly row: Row; readonly records: ReadonlyArray<StepRecord> }>, StoreError>
    /** Notes that a step begins. */
    readonly beginStep: (lease: Lease, name: string) => Effect.Effect<boolean, StoreError>
    readonly record: (lease: Lease, record: StepRecord) => Effect.Effect<boolean, StoreError>
    /** Notes a wait. `come` is a record that makes it needless: it came a moment ago. */
    readonly wait: (
      lease: Lease,
      wait: Wait
    ) => Effect.Effect<{ readonly isHeld: boolean; readonly come: Option.Option<StepRecord> }, StoreError>
    readonly finish: (lease: Lease, end: End) => Effect.Effect<boolean, StoreError>
    /** Gives a sign of life, and the ids of the executions whose lease still counts. */
    readonly touch: (leases: ReadonlyArray<Lease>) => Effect.Effect<ReadonlySet<string>, StoreError>
    /** Makes pending again what gave no sign of life for so long, or should have been woken so long ago. */
    readonly sweep: (options: {
      readonly stalledMs: number
      readonly overdueMs: number
    }) => Effect.Effect<number, StoreError>
  }
>()("@reckoner/adapters-pg/ExecutionStore") {}

/**
 * How the wait for a signal is named in `waitsFor`.
 *
 * @category queries
 * @since 0.1.0
 */
export const waitsFor = (wait: Wait): string =>
  wait.kind === "signal" ? `signal ${wait.name}` : `${wait.name} until ${new Date(wait.wakesAtMs).toISOString()}`
