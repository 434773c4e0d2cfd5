import { type ShipmentSources, shipmentStoreContract } from "./contracts/ShipmentStoreContract.ts"
import * as MemoryShipmentStore from "./MemoryShipmentStore.ts"

shipmentStoreContract("MemoryShipmentStore", async () => {
  const store = MemoryShipmentStore.make()
  // Shipments come with their newest cashback row: there is no older one to be told from it.
  const load = async ({ olderCashbackRows: _older, ...sources }: Partial<ShipmentSources>) => store.load(sources)
  return { layer: store.layer, load, close: async () => {} }
})
