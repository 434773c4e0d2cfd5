/**
 * Which departments' invoices become entitlements (rule 1 of the entitlements
 * rule book).
 *
 * @since 0.1.0
 */

/**
 * The key of a department.
 *
 * @category models
 * @since 0.1.0
 */
export type DepartmentId = number

/**
 * A department with what decides about its scope. Modules and settings are
 * sets: one that is stored twice counts once.
 *
 * @category models
 * @since 0.1.0
 */
export interface Department {
  readonly departmentId: DepartmentId
  readonly isActive: boolean
  readonly companyIsActive: boolean
  readonly companyModuleIds: ReadonlySet<number>
  readonly membershipSettings: ReadonlySet<string>
}

/**
 * The module that a company must have bought.
 *
 * @category constants
 * @since 0.1.0
 */
export const MEMBERSHIP_MODULE_ID = 50

/**
 * The value of the membership setting with which a department takes part.
 *
 * @category constants
 * @since 0.1.0
 */
export const MEMBERSHIP_SETTING_VALUE = "F"

/**
 * Says whether a department's invoices are in scope: it is active, its company
 * is active and has the membership module, and its own membership setting says
 * so.
 *
 * **Example** (A company without the module)
 *
 * ```ts doctest
 * import { Eligibility } from "@reckoner/core"
 *
 * const department = {
 *   departmentId: 1,
 *   isActive: true,
 *   companyIsActive: true,
 *   companyModuleIds: new Set([40, 50]),
 *   membershipSettings: new Set(["F"])
 * }
 *
 * Eligibility.isInScope(department) // => true
 * Eligibility.isInScope({ ...department, companyModuleIds: new Set([40]) }) // => false
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const isInScope = (department: Department): boolean =>
  department.isActive &&
  department.companyIsActive &&
  department.companyModuleIds.has(MEMBERSHIP_MODULE_ID) &&
  department.membershipSettings.has(MEMBERSHIP_SETTING_VALUE)
