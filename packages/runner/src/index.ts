/**
 * The process: its settings, its jobs and its HTTP endpoints, for programs that
 * bring their own.
 *
 * @since 0.1.0
 */
export * as Config from "./Config.ts"
export * as ExitCode from "./ExitCode.ts"
export * as Explanation from "./entitlement/Explanation.ts"
export * as HttpApi from "./api/Api.ts"
export * as Jobs from "./Jobs.ts"
export * as SyncEntitlements from "./entitlement/SyncEntitlements.ts"
