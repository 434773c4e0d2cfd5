/**
 * At most one run of a job at a time, over all processes.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Lock } from "./Lock.ts"

/**
 * The lock of the runs.
 *
 * @category ports
 * @since 0.1.0
 */
export class RunLock extends Context.Service<RunLock, Lock>()("@reckoner/core/ports/RunLock") {}
