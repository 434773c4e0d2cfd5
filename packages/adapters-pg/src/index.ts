/**
 * The ports of Reckoner's core on PostgreSQL.
 *
 * @since 0.1.0
 */
export * as Bulk from "./Bulk.ts"
export * as Database from "./Database.ts"
export * as DatabaseError from "./DatabaseError.ts"
export * as EmbeddedServer from "./EmbeddedServer.ts"
export * as Migrations from "./migrations/Migrations.ts"
export * as SchemaDump from "./SchemaDump.ts"
export * as PgAnswerStore from "./commission-approval/PgAnswerStore.ts"
export * as PgCommissionStore from "./commission-approval/PgCommissionStore.ts"
export * as PgNoticeOutbox from "./commission-approval/PgNoticeOutbox.ts"
export * as EngineSql from "./execution/EngineSql.ts"
export * as PgExecutions from "./execution/PgExecutions.ts"
export * as PgRateLimiter from "./execution/PgRateLimiter.ts"
export * as PgScheduleStore from "./execution/PgScheduleStore.ts"
export * as PgEntitlementStore from "./entitlement/PgEntitlementStore.ts"
export * as PgReferralOrderStore from "./referral-commission/PgReferralOrderStore.ts"
export * as PgShipmentStore from "./referral-commission/PgShipmentStore.ts"
export * as ReferralTables from "./referral-commission/ReferralTables.ts"
export * as PgTokenStore from "./remote-access/PgTokenStore.ts"
export * as PgFindingStore from "./run/PgFindingStore.ts"
export * as PgRunJournal from "./run/PgRunJournal.ts"
export * as PgRunLock from "./run/PgRunLock.ts"
