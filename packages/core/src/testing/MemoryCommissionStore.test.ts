import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import * as CommissionAction from "../commission-approval/CommissionAction.ts"
import { CommissionStore } from "../ports/CommissionStore.ts"
import type { Notice } from "../ports/NoticeOutbox.ts"
import { commissionStoreContract } from "./contracts/CommissionStoreContract.ts"
import {
  ACTIVE_AFFILIATE,
  commissionAmount,
  commissionSample,
  commissionSources
} from "./contracts/CommissionStoreSamples.ts"
import * as MemoryCommissionStore from "./MemoryCommissionStore.ts"

commissionStoreContract("MemoryCommissionStore", async () => {
  const { layer, load } = MemoryCommissionStore.make()
  return { layer, load: async (sources) => load(sources), close: async () => {} }
})

describe("MemoryCommissionStore", () => {
  it("shows what it holds: orders, entries, releases, and notices, of which it also tells an outbox", async () => {
    const told: Array<unknown> = []
    const phone = "84901234567"
    const kept = [commissionSample("10"), commissionSample("9")]
    const store = MemoryCommissionStore.make(
      { ...commissionSources(...kept), affiliates: [{ ...ACTIVE_AFFILIATE, phone }] },
      { onNotice: (notice) => told.push(notice) }
    )
    const { entry } = await Effect.runPromise(
      Effect.provide(
        Effect.flatMap(CommissionStore, ({ change }) =>
          change(
            { action: "approve", target: { type: "invoice", id: "91" }, actorId: "an", at: 5, requestKey: undefined },
            (order, settings) =>
              CommissionAction.plan(
                order,
                { _tag: "ChangeInvoiceStatus", invoiceId: "91", newStatus: "approve" },
                { at: 5, mayApproveRevoked: false, settings }
              ),
            { isDryRun: false }
          )
        ),
        store.layer
      )
    )
    const amount = commissionAmount("7500")
    const notice: Notice = {
      id: "release-91",
      invoiceId: "91",
      invoiceCode: "HD-91",
      orderCode: "DH-000009",
      affiliateId: "7",
      affiliateName: "Mai",
      phone,
      amount,
      queuedAt: 5,
      attempts: 0,
      state: { _tag: "Queued", dueAt: 5, reason: undefined }
    }
    expect(store.orders().map(({ id }) => id)).toStrictEqual(["9", "10"])
    expect(store.audit()).toStrictEqual([entry])
    expect(store.releases()).toStrictEqual([{ invoiceId: "91", affiliateId: "7", amount, actorId: "an", at: 5 }])
    expect(store.notices()).toStrictEqual([notice])
    expect(told).toStrictEqual([notice])
  })
})
