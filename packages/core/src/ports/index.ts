/**
 * The ports of the core: what jobs need from the outside world.
 *
 * @since 0.1.0
 */
export * from "./EntitlementStore.ts"
export * from "./FindingStore.ts"
export * from "./RunId.ts"
export * from "./RunJournal.ts"
export * from "./RunLock.ts"
export * from "./StoreError.ts"
