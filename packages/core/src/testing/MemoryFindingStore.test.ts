import * as Layer from "effect/Layer"
import { findingStoreContract } from "./contracts/FindingStoreContract.ts"
import { storedEntitlement } from "./contracts/StoreSetup.ts"
import * as MemoryEntitlementStore from "./MemoryEntitlementStore.ts"
import * as MemoryFindingStore from "./MemoryFindingStore.ts"
import * as MemoryRunJournal from "./MemoryRunJournal.ts"

findingStoreContract("MemoryFindingStore", async () => {
  const store = MemoryEntitlementStore.make()
  return {
    layer: Layer.mergeAll(store.layer, MemoryFindingStore.layer(store), MemoryRunJournal.make().layer),
    load: async (sources) => store.load(sources),
    stored: async () => store.entitlements().map(storedEntitlement),
    close: async () => {}
  }
})
