/**
 * What a run of a job is known by.
 *
 * @since 0.1.0
 */

/**
 * The number of a run.
 *
 * @category models
 * @since 0.1.0
 */
export type RunId = number
