/** What the parent says to a process for executions that wait. */
import type { Range } from "./chain.ts"

/** The name of the job. */
export const JOB = "ask-somebody"
/** The name of the signal that it waits for. */
export const SIGNAL = "decision"

export type WaiterOrder =
  | { readonly _tag: "Start"; readonly range: Range }
  | { readonly _tag: "Idle"; readonly seconds: number }
  | { readonly _tag: "Signal"; readonly range: Range }
  | { readonly _tag: "Stop" }

/** What it answers to `Idle`. */
export interface IdleCost {
  readonly cpuSecondsPerMinute: number
  readonly rssMiB: number
  readonly peakMiB: number
}
