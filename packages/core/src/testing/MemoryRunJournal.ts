/**
 * The record of runs in memory, for tests.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { RunId } from "../ports/RunId.ts"
import { type RunEnd, RunJournal, type RunStart } from "../ports/RunJournal.ts"

/**
 * A run as the journal has it: how it began, and `running` or how it ended.
 *
 * @category models
 * @since 0.1.0
 */
export type RunRecord = RunStart & { readonly runId: RunId } & (RunEnd | { readonly state: "running" })

/**
 * A journal with its contents.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryRunJournal {
  readonly layer: Layer.Layer<RunJournal>
  /** The oldest first. */
  readonly runs: () => ReadonlyArray<RunRecord>
}

const ABANDONED: RunEnd = { state: "failed", error: "the process ended during this run" }

/**
 * Makes an empty journal; its runs are numbered from 1.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): MemoryRunJournal => {
  const runs: Array<RunRecord> = []
  const ended = ({ businessDate, fromDate, job, runId, window }: RunRecord, end: RunEnd): RunRecord => ({
    runId,
    job,
    businessDate,
    fromDate,
    ...(window === undefined ? {} : { window }),
    ...end
  })
  return {
    layer: Layer.succeed(
      RunJournal,
      RunJournal.of({
        begin: (start) =>
          Effect.sync(() => {
            for (const [at, run] of runs.entries()) {
              if (run.job === start.job && run.state === "running") runs[at] = ended(run, ABANDONED)
            }
            return runs.push({ ...start, runId: runs.length + 1, state: "running" })
          }),
        end: (runId, end) =>
          Effect.sync(() => {
            const run = runs[runId - 1]
            if (run !== undefined) runs[runId - 1] = ended(run, end)
          }),
        lastWindowEnd: (job) =>
          Effect.sync(() => {
            const ends = runs
              .filter((run) => run.job === job && run.state === "complete")
              .flatMap(({ window }) => window?.untilEpochSeconds ?? [])
            return ends.length === 0 ? Option.none() : Option.some(Math.max(...ends))
          })
      })
    ),
    runs: () => [...runs]
  }
}
