/**
 * The record of every run of a job: when, for which business day, and what came
 * of it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as PlainDate from "../calendar/PlainDate.ts"
import type * as SyncWindow from "../referral-commission/SyncWindow.ts"
import type { RunId } from "./RunId.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * What is known of a run when it begins.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunStart {
  readonly job: string
  readonly businessDate: PlainDate.PlainDate
  readonly fromDate: PlainDate.PlainDate | undefined
  /** What the run covers, for a job that covers a window. */
  readonly window?: SyncWindow.SyncWindow
}

/**
 * How a run ended: with counts by name, or with the message of what stopped it.
 *
 * @category models
 * @since 0.1.0
 */
export type RunEnd =
  | { readonly state: "complete"; readonly counts: Readonly<Record<string, number>> }
  | { readonly state: "failed"; readonly error: string }

/**
 * Opens and closes run records. A run that was killed stays `running` until the
 * next run of the same job begins, which marks it as failed: `begin` is called
 * under the job's run lock, so no other can be alive.
 *
 * `lastWindowEnd` is the latest end of a window that a complete run of the job
 * covered, in seconds since 1970-01-01T00:00Z.
 *
 * @category ports
 * @since 0.1.0
 */
export class RunJournal extends Context.Service<
  RunJournal,
  {
    readonly begin: (start: RunStart) => Effect.Effect<RunId, StoreError>
    readonly end: (runId: RunId, end: RunEnd) => Effect.Effect<void, StoreError>
    readonly lastWindowEnd: (job: string) => Effect.Effect<Option.Option<number>, StoreError>
  }
>()("@reckoner/core/ports/RunJournal") {}
