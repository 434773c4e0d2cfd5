/**
 * How the suites of a `CommissionStore` get a store to test.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import type { CommissionStore } from "../../ports/CommissionStore.ts"
import type { CommissionSources } from "../MemoryCommissionStore.ts"

/**
 * A store that nobody else uses, empty at first. `load` adds orders, puts
 * affiliates in the place of those with the same keys, and settings in that of
 * all settings.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionStoreSetup {
  readonly layer: Layer.Layer<CommissionStore, unknown>
  readonly load: (sources: Partial<CommissionSources>) => Promise<void>
  readonly close: () => Promise<void>
}
