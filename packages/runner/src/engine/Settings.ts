/**
 * The numbers that the engine works by, with their units. Tests use shorter ones.
 *
 * @since 0.1.0
 */
import * as RetryPolicy from "./RetryPolicy.ts"

/**
 * What may be set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** How many executions this process takes in at a time; others wait in the table. */
  readonly residentMax: number
  /** How often pending executions are looked for; those started here are taken at once. */
  readonly admissionIntervalMs: number
  /** How often resident executions give a sign of life, and notice that they were cancelled elsewhere. */
  readonly heartbeatIntervalMs: number
  /** How often stalled executions are looked for. */
  readonly sweepIntervalMs: number
  /** After so long without a sign of life an execution is started again; well above the takeover time of the engine. */
  readonly stalledMs: number
  /** So often an execution may end its process without recording anything before it fails for good. */
  readonly beginsMax: number
  /** How long a process that is told to stop lets steps go on before it cuts them off. */
  readonly stopWaitMs: number
  readonly policies: RetryPolicy.Policies
}

/**
 * The settings of a server.
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULTS: Settings = {
  residentMax: 64,
  admissionIntervalMs: 1_000,
  heartbeatIntervalMs: 5_000,
  sweepIntervalMs: 15_000,
  stalledMs: 30_000,
  beginsMax: 10,
  stopWaitMs: 10_000,
  policies: RetryPolicy.POLICIES
}
