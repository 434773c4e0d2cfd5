/**
 * The ports of the core: what jobs need from the outside world.
 *
 * @since 0.1.0
 */
export * from "./AffiliateNotifier.ts"
export * from "./AnswerStore.ts"
export * from "./CommissionStore.ts"
export * from "./EntitlementStore.ts"
export * from "./Execution.ts"
export * from "./ExecutionQueue.ts"
export * from "./ExecutionRecorder.ts"
export * from "./ExecutionReport.ts"
export * from "./ExecutionStore.ts"
export * from "./FindingStore.ts"
export * from "./Lock.ts"
export * from "./NoticeOutbox.ts"
export * from "./RateLimiter.ts"
export * from "./ReferralDirectory.ts"
export * from "./ReferralOrderStore.ts"
export * from "./RunId.ts"
export * from "./RunJournal.ts"
export * from "./RunLock.ts"
export * from "./ScheduleStore.ts"
export * from "./ShipmentStore.ts"
export * from "./StoreError.ts"
export * from "./TokenStore.ts"
