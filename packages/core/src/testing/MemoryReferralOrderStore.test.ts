import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { ReferralOrderStore } from "../ports/ReferralOrderStore.ts"
import { bareOrder, referralOrder } from "./contracts/ReferralSamples.ts"
import { referralOrderStoreContract } from "./contracts/ReferralOrderStoreContract.ts"
import * as MemoryReferralOrderStore from "./MemoryReferralOrderStore.ts"

referralOrderStoreContract("MemoryReferralOrderStore", async () => ({
  layer: MemoryReferralOrderStore.make().layer,
  close: async () => {}
}))

describe("MemoryReferralOrderStore", () => {
  it("shows what it holds, in the order of the numbers, however often its layer is built", async () => {
    const { basis: _basis, ...initial } = bareOrder("B")
    const store = MemoryReferralOrderStore.make([initial])
    const record = Effect.scoped(
      Effect.gen(function* () {
        const { recorder } = yield* ReferralOrderStore
        return yield* (yield* recorder).record([referralOrder("C"), referralOrder("A")])
      })
    )
    await Effect.runPromise(Effect.provide(record, store.layer))
    const again = await Effect.runPromise(Effect.provide(record, store.layer))
    expect(again).toStrictEqual({ inserted: 0, changed: 0, unchanged: 2 })
    expect(store.orders().map(({ orderNo }) => orderNo)).toStrictEqual(["A", "B", "C"])
  })
})
