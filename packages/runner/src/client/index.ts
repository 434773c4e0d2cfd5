/**
 * What other services import: the client of the commission approvals, and the
 * problems that it may fail with. Nothing of the server comes with it.
 *
 * @since 0.1.0
 */
export * as CommissionClient from "./CommissionClient.ts"
export * as Problem from "../api/Problem.ts"
