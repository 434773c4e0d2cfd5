/**
 * Every law and every generator of the core, and its ports in memory, for other
 * suites: check your own rates, cycles and catalogs against our laws, feed your
 * code with values that aim at the corners, or run a job without a database.
 *
 * Laws are plain predicates without a test tool. Generators are fast-check's;
 * `fast-check` is an optional peer dependency of this package. The suites that
 * every adapter of a port must pass are in `@reckoner/core/testing/contracts`.
 *
 * @since 0.1.0
 */
export * as AllocationLaws from "../money/Allocation.laws.ts"
export * as BillingCycleArbitrary from "../billing-cycle/BillingCycle.arbitrary.ts"
export * as BillingCycleLaws from "../billing-cycle/BillingCycle.laws.ts"
export * as BillOfMaterialsArbitrary from "../bill-of-materials/BillOfMaterials.arbitrary.ts"
export * as BillOfMaterialsLaws from "../bill-of-materials/BillOfMaterials.laws.ts"
export * as BusinessZoneLaws from "../calendar/BusinessZone.laws.ts"
export * as CommissionEstimateArbitrary from "../referral-commission/CommissionEstimate.arbitrary.ts"
export * as CommissionEstimateLaws from "../referral-commission/CommissionEstimate.laws.ts"
export * as DateWindowArbitrary from "../calendar/DateWindow.arbitrary.ts"
export * as DateWindowLaws from "../calendar/DateWindow.laws.ts"
export * as EntitlementLaws from "../entitlement/Entitlement.laws.ts"
export * as InvoiceArbitrary from "../entitlement/Invoice.arbitrary.ts"
export * as MemoryEntitlementStore from "./MemoryEntitlementStore.ts"
export * as MemoryExecutions from "./MemoryExecutions.ts"
export * as MemoryFindingStore from "./MemoryFindingStore.ts"
export * as MemoryRateLimiter from "./MemoryRateLimiter.ts"
export * as MemoryReferralDirectory from "./MemoryReferralDirectory.ts"
export * as MemoryReferralOrderStore from "./MemoryReferralOrderStore.ts"
export * as MemoryRunJournal from "./MemoryRunJournal.ts"
export * as MemoryRunLock from "./MemoryRunLock.ts"
export * as MemoryScheduleStore from "./MemoryScheduleStore.ts"
export * as MemoryShipmentStore from "./MemoryShipmentStore.ts"
export * as MoneyArbitrary from "../money/Money.arbitrary.ts"
export * as MoneyLaws from "../money/Money.laws.ts"
export * as PlainDateArbitrary from "../calendar/PlainDate.arbitrary.ts"
export * as PlainDateLaws from "../calendar/PlainDate.laws.ts"
export * as QuantityArbitrary from "../money/Quantity.arbitrary.ts"
export * as QuantityLaws from "../money/Quantity.laws.ts"
export * as RateArbitrary from "../money/Rate.arbitrary.ts"
export * as RateLaws from "../money/Rate.laws.ts"
export * as ReferralArbitrary from "../referral-commission/Referral.arbitrary.ts"
export * as ReferralLaws from "../referral-commission/Referral.laws.ts"
export * as ReferralOrderArbitrary from "../referral-commission/ReferralOrder.arbitrary.ts"
export * as ReferralOrderLaws from "../referral-commission/ReferralOrder.laws.ts"
export * as RoundingLaws from "../money/Rounding.laws.ts"
export * as ShipmentOrderArbitrary from "../referral-commission/ShipmentOrder.arbitrary.ts"
export * as ShipmentOrderLaws from "../referral-commission/ShipmentOrder.laws.ts"
export * as SyncWindowArbitrary from "../referral-commission/SyncWindow.arbitrary.ts"
export * as SyncWindowLaws from "../referral-commission/SyncWindow.laws.ts"
