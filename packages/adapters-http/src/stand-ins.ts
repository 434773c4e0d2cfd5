/**
 * Local servers that behave like the remote systems, their refusals and faults
 * included: for tests, for trying things out, and for load and chaos programs.
 *
 * @since 0.1.0
 */
export * as ReferralDirectoryStandIn from "./referral-directory/StandIn.ts"
export * as ZnsStandIn from "./zns/StandIn.ts"
