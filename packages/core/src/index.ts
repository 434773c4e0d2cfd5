/**
 * The pure rules of Reckoner, one namespace per concept.
 *
 * @since 0.1.0
 */
export * as Allocation from "./money/Allocation.ts"
export * as BillingCycle from "./billing-cycle/BillingCycle.ts"
export * as BillOfMaterials from "./bill-of-materials/BillOfMaterials.ts"
export * as BusinessZone from "./calendar/BusinessZone.ts"
export * as CommissionEstimate from "./referral-commission/CommissionEstimate.ts"
export * as Currency from "./money/Currency.ts"
export * as DateWindow from "./calendar/DateWindow.ts"
export * as Eligibility from "./entitlement/Eligibility.ts"
export * as Entitlement from "./entitlement/Entitlement.ts"
export * as EntitlementWindow from "./entitlement/EntitlementWindow.ts"
export * as Invoice from "./entitlement/Invoice.ts"
export * as Money from "./money/Money.ts"
export * as PlainDate from "./calendar/PlainDate.ts"
export * as Quantity from "./money/Quantity.ts"
export * as Rate from "./money/Rate.ts"
export * as Referral from "./referral-commission/Referral.ts"
export * as ReferralOrder from "./referral-commission/ReferralOrder.ts"
export * as Rounding from "./money/Rounding.ts"
export * as ShipmentOrder from "./referral-commission/ShipmentOrder.ts"
export * as SyncWindow from "./referral-commission/SyncWindow.ts"
