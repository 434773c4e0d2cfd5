/**
 * One suite per port: what every adapter must do, whatever it stands on. An
 * adapter's test calls the suite with a way to set it up.
 *
 * `vitest` is an optional peer dependency of this package.
 *
 * @since 0.1.0
 */
export * from "./AffiliateNotifierContract.ts"
export * from "./AnswerStoreContract.ts"
export * from "./CommissionStoreContract.ts"
export * from "./CommissionStoreSamples.ts"
export { type CommissionStoreSetup } from "./CommissionStoreSetup.ts"
export * from "./EntitlementStoreContract.ts"
export * from "./ExecutionQueueContract.ts"
export * from "./ExecutionRecorderContract.ts"
export * from "./ExecutionReportContract.ts"
export { type ExecutionSetup } from "./ExecutionSetup.ts"
export * from "./ExecutionStoreContract.ts"
export * from "./FindingRecordContract.ts"
export * from "./FindingStoreContract.ts"
export * from "./NoticeOutboxContract.ts"
export * from "./RateLimiterContract.ts"
export * from "./ReferralDirectoryContract.ts"
export * from "./ReferralOrderStoreContract.ts"
export * from "./RunJournalContract.ts"
export * from "./RunLockContract.ts"
export * from "./ScheduleStoreContract.ts"
export * from "./ShipmentStoreContract.ts"
export { type StoredEntitlement, storedEntitlement, type StoreSetup } from "./StoreSetup.ts"
export * from "./TokenStoreContract.ts"
