import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { entitlementStoreContract } from "./contracts/EntitlementStoreContract.ts"
import { entitlement, recordInRun, sale, storedEntitlement, type StoreSetup } from "./contracts/StoreSetup.ts"
import * as MemoryEntitlementStore from "./MemoryEntitlementStore.ts"
import * as MemoryFindingStore from "./MemoryFindingStore.ts"
import * as MemoryRunJournal from "./MemoryRunJournal.ts"

const layerOf = (store: MemoryEntitlementStore.MemoryEntitlementStore) => {
  const journal = MemoryRunJournal.make()
  return Layer.mergeAll(store.layer, MemoryFindingStore.layer(store, journal), journal.layer)
}

const setup = async (): Promise<StoreSetup> => {
  const store = MemoryEntitlementStore.make()
  return {
    layer: layerOf(store),
    load: async (sources) => store.load(sources),
    stored: async () => store.entitlements().map(storedEntitlement),
    close: async () => {}
  }
}

entitlementStoreContract("MemoryEntitlementStore", setup)

describe("MemoryEntitlementStore contents", () => {
  it("shows entitlements as they were recorded, in the order of their invoices", async () => {
    const store = MemoryEntitlementStore.make()
    const layer = layerOf(store)
    const [first, second, third] = [
      entitlement("invoice-9", 1),
      entitlement("invoice-10", 2),
      entitlement("invoice-10", 1)
    ]
    await Effect.runPromise(Effect.provide(recordInRun({ entitlements: [second, first, third] }), layer))
    expect(store.entitlements()).toStrictEqual([first, second, third])
    expect([store.findings(), store.holds()]).toStrictEqual([[], []])
  })

  it("replaces the sources it is told to, and keeps what was recorded", async () => {
    const store = MemoryEntitlementStore.make({ invoices: [sale(1, [[1, 1, "1"]])] })
    const layer = layerOf(store)
    await Effect.runPromise(Effect.provide(recordInRun({ entitlements: [entitlement(1, 1)] }), layer))
    store.load({ articles: [] })
    expect(store.entitlements()).toStrictEqual([entitlement(1, 1)])
  })
})
