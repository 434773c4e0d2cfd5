/**
 * Who acts on commissions, and what they may do.
 *
 * @since 0.1.0
 */

/**
 * What somebody may do.
 *
 * - `reader`: see commissions.
 * - `approver`: see and change them.
 * - `approver-revoked`: approve also what belongs to affiliates who are none any more.
 *
 * @category models
 * @since 0.1.0
 */
export type Role = "reader" | "approver" | "approver-revoked"

/**
 * Every role.
 *
 * @category constants
 * @since 0.1.0
 */
export const ROLES: ReadonlyArray<Role> = ["reader", "approver", "approver-revoked"]

/**
 * Somebody, by the name that the audit trail keeps.
 *
 * @category models
 * @since 0.1.0
 */
export interface Actor {
  readonly id: string
  readonly roles: ReadonlySet<Role>
}

/**
 * Says whether somebody may see commissions.
 *
 * @category decisions
 * @since 0.1.0
 */
export const mayRead = ({ roles }: Actor): boolean => roles.size > 0

/**
 * Says whether somebody may change commissions.
 *
 * @category decisions
 * @since 0.1.0
 */
export const mayChange = ({ roles }: Actor): boolean => roles.has("approver") || roles.has("approver-revoked")

/**
 * Says whether somebody may approve what belongs to revoked affiliates.
 *
 * @category decisions
 * @since 0.1.0
 */
export const mayApproveRevoked = ({ roles }: Actor): boolean => roles.has("approver-revoked")
