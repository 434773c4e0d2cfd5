/**
 * How much more memory a process takes than it needs.
 *
 * @since 0.1.0
 */
import { setFlagsFromString } from "node:v8"

/** How much garbage may come together, in percent of what lives, before old memory is looked through. */
const GARBAGE_PERCENT = 50

/**
 * Keeps a process that runs for long small, at the cost of some processor time: on a machine with much memory it would
 * else let several times as much garbage come together as there is data.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keepSmall = (): void => setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`)
