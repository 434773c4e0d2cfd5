import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { FindingStore } from "../ports/FindingStore.ts"
import { RunJournal } from "../ports/RunJournal.ts"
import { findingRecordContract } from "./contracts/FindingRecordContract.ts"
import { findingStoreContract } from "./contracts/FindingStoreContract.ts"
import { date, storedEntitlement } from "./contracts/StoreSetup.ts"
import * as MemoryEntitlementStore from "./MemoryEntitlementStore.ts"
import * as MemoryFindingStore from "./MemoryFindingStore.ts"
import * as MemoryRunJournal from "./MemoryRunJournal.ts"

const alone = () => {
  const journal = MemoryRunJournal.make()
  const { findings, layer } = MemoryFindingStore.make(journal)
  return { findings, layer: Layer.merge(layer, journal.layer) }
}

findingStoreContract("MemoryFindingStore", async () => {
  const store = MemoryEntitlementStore.make()
  const journal = MemoryRunJournal.make()
  return {
    layer: Layer.mergeAll(store.layer, MemoryFindingStore.layer(store, journal), journal.layer),
    load: async (sources) => store.load(sources),
    stored: async () => store.entitlements().map(storedEntitlement),
    close: async () => {}
  }
})

findingRecordContract("MemoryFindingStore alone", async () => ({ layer: alone().layer, close: async () => {} }))

describe("MemoryFindingStore alone", () => {
  it("shows what was recorded, and holds no invoices", async () => {
    const { findings, layer } = alone()
    const holds = Effect.gen(function* () {
      const start = { job: "a", businessDate: date("2026-03-06"), fromDate: undefined }
      const runId = yield* (yield* RunJournal).begin(start)
      const store = yield* FindingStore
      yield* store.record(runId, [{ subject: "X-1", kind: "Odd", detail: { n: 1 } }])
      return yield* store.holds({ includeReleased: true, limit: 10 })
    })
    expect(await Effect.runPromise(Effect.provide(holds, layer))).toStrictEqual([])
    expect(findings()).toStrictEqual([
      { job: "a", subject: "X-1", lineId: undefined, kind: "Odd", detail: { n: 1 }, firstRun: 1 }
    ])
  })
})
