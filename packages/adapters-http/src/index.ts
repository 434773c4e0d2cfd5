/**
 * The ports of Reckoner's core on remote systems: one folder per system, each
 * with its adapter, its messages and a faithful stand-in. The systems come with
 * the domains that need them.
 *
 * @since 0.1.0
 */
export * as GrpcReferralDirectory from "./referral-directory/GrpcReferralDirectory.ts"
export * as ZnsNotifier from "./zns/ZnsNotifier.ts"
