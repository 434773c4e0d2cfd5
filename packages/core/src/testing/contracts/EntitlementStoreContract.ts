/**
 * What every `EntitlementStore` must do.
 *
 * @since 0.1.0
 */
import { describe } from "vitest"
import { pendingInvoicesContract } from "./PendingInvoicesContract.ts"
import { recorderContract } from "./RecorderContract.ts"
import { reportContract } from "./ReportContract.ts"
import type { StoreSetup } from "./StoreSetup.ts"

/**
 * The suite of the store: what it reads, how it records, and what it keeps for people to look at. `setup` is called
 * before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const entitlementStoreContract = (name: string, setup: () => Promise<StoreSetup>): void => {
  describe(`${name} as EntitlementStore`, () => {
    describe("reads", () => {
      pendingInvoicesContract(setup)
    })
    describe("records", () => {
      recorderContract(setup)
    })
    describe("reports", () => {
      reportContract(setup)
    })
  })
}
