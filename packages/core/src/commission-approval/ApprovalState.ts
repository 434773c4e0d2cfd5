/**
 * Where a commission, or an instalment of it, stands on its way to the wallet.
 *
 * @since 0.1.0
 */

/**
 * Waits for a decision. It may still be changed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pending {
  readonly _tag: "Pending"
}

/**
 * Somebody approved it, at an instant in milliseconds since 1970.
 *
 * @category models
 * @since 0.1.0
 */
export interface Approved {
  readonly _tag: "Approved"
  readonly approvedAt: number
}

/**
 * Somebody rejected it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rejected {
  readonly _tag: "Rejected"
}

/**
 * The states of an order's commission, and of an invoice's.
 *
 * @category models
 * @since 0.1.0
 */
export type ApprovalState = Pending | Approved | Rejected

/**
 * The name of a state.
 *
 * @category models
 * @since 0.1.0
 */
export type StateName = ApprovalState["_tag"]

/**
 * Every state, in the order in which tables list them.
 *
 * @category constants
 * @since 0.1.0
 */
export const STATE_NAMES: ReadonlyArray<StateName> = ["Pending", "Approved", "Rejected"]

/**
 * Waiting for a decision.
 *
 * @category constants
 * @since 0.1.0
 */
export const PENDING: ApprovalState = { _tag: "Pending" }

/**
 * Rejected.
 *
 * @category constants
 * @since 0.1.0
 */
export const REJECTED: ApprovalState = { _tag: "Rejected" }

/**
 * Approved at an instant, in milliseconds since 1970.
 *
 * @category constructors
 * @since 0.1.0
 */
export const approved = (approvedAt: number): ApprovalState => ({ _tag: "Approved", approvedAt })
