import { ApprovalState } from "@reckoner/core"
import { CommissionStore, StoreError } from "@reckoner/core/ports"
import { MemoryCommissionStore } from "@reckoner/core/testing"
import {
  ACTIVE_AFFILIATE,
  COMMISSION_SETTINGS,
  type CommissionSample,
  commissionRate,
  commissionSample,
  REVOKED_AFFILIATE
} from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type { Role } from "./Actor.ts"
import * as CommissionActions from "./CommissionActions.ts"

const memory = (samples: Readonly<Record<string, CommissionSample>>) =>
  MemoryCommissionStore.make({
    affiliates: [ACTIVE_AFFILIATE, REVOKED_AFFILIATE],
    settings: COMMISSION_SETTINGS,
    commissions: Object.entries(samples).map(([id, sample]) => commissionSample(id, sample))
  })

const by = (fields: Partial<CommissionActions.Asked> = {}, ...roles: ReadonlyArray<Role>): CommissionActions.Asked => ({
  actor: { id: "linh", roles: new Set<Role>(["approver", ...roles]) },
  requestKey: undefined,
  isDryRun: false,
  ...fields
})

const run = <A, E>(
  { layer }: { readonly layer: Layer.Layer<CommissionStore> },
  effect: Effect.Effect<A, E, CommissionStore>
) => Effect.runPromise(Effect.result(Effect.provide(effect, layer)))

const told = (outcomes: Result.Result<ReadonlyArray<CommissionActions.Outcome>, unknown>) =>
  Result.getOrThrow(outcomes).map((one) => [one.id, one._tag === "Refused" ? one.refusal._tag : one._tag.toLowerCase()])

const PENDING: CommissionSample = { state: ApprovalState.PENDING }

describe("CommissionActions", () => {
  describe("changeStatus", () => {
    it("decides each record alone, and answers each once, in the order in which they were named", async () => {
      const store = memory({ 5: {}, 6: PENDING, 7: { approved: [1] } })
      const asked = { type: "invoice", newStatus: "approve", ids: ["71", "61", "51", "x", "51", "52"] } as const
      expect(told(await run(store, CommissionActions.changeStatus(asked, by())))).toStrictEqual([
        ["71", "unchanged"],
        ["61", "OrderNotApproved"],
        ["51", "changed"],
        ["x", "CommissionUnknown"],
        ["52", "changed"]
      ])
      expect(
        store
          .releases()
          .map(({ invoiceId }) => invoiceId)
          .sort()
      ).toStrictEqual(["51", "52"])
    })

    it("takes each name of a status for orders", async () => {
      const store = memory({ 5: PENDING })
      const ends: Array<unknown> = []
      for (const newStatus of ["reject", "unreject", "approve", "cancel"] as const) {
        await run(store, CommissionActions.changeStatus({ type: "order", newStatus, ids: ["5"] }, by()))
        ends.push(store.orders()[0]?.state._tag)
      }
      expect(ends).toStrictEqual(["Rejected", "Pending", "Approved", "Pending"])
      expect(store.audit().map(({ action, actorId }) => [action, actorId])).toStrictEqual([
        ["reject", "linh"],
        ["unreject", "linh"],
        ["approve", "linh"],
        ["cancel", "linh"]
      ])
    })

    it("lets only the role approver-revoked approve what belongs to a revoked affiliate", async () => {
      const store = memory({ 5: { ...PENDING, affiliate: REVOKED_AFFILIATE } })
      const asked = { type: "order", newStatus: "approve", ids: ["5"] } as const
      expect(told(await run(store, CommissionActions.changeStatus(asked, by())))).toStrictEqual([
        ["5", "AffiliateRevoked"]
      ])
      const more = by({}, "approver-revoked")
      expect(told(await run(store, CommissionActions.changeStatus(asked, more)))).toStrictEqual([["5", "changed"]])
    })

    it("answers a request that is sent again as it did, and forgets dry runs", async () => {
      const store = memory({ 5: {} })
      const asked = { type: "invoice", newStatus: "approve", ids: ["51"] } as const
      const send = (requestKey: string, isDryRun = false) =>
        run(store, CommissionActions.changeStatus(asked, by({ requestKey, isDryRun })))
      expect(told(await send("k", true))).toStrictEqual([["51", "changed"]])
      expect(store.audit()).toStrictEqual([])
      const first = await send("k")
      expect(told(first)).toStrictEqual([["51", "changed"]])
      expect(await send("k")).toStrictEqual(first)
      expect(told(await send("other"))).toStrictEqual([["51", "unchanged"]])
      expect(store.audit()).toHaveLength(1)
    })

    it("fails with StoreError when the store does, whatever was refused", async () => {
      const error = new StoreError({ reason: "ConnectionLost", message: "gone", isRetryable: true })
      const broken = { layer: Layer.mock(CommissionStore, { change: () => Effect.fail(error) }) }
      const asked = { type: "invoice", newStatus: "approve", ids: ["51"] } as const
      expect(await run(broken, CommissionActions.changeStatus(asked, by()))).toStrictEqual(Result.fail(error))
    })
  })

  describe("changePercent", () => {
    it.each([
      [{ target: { mode: "order" }, orderId: "5" }, "order 5", "30000"],
      [{ target: { mode: "orderItem", orderItemId: "52" }, orderId: "5" }, "order 5", "20000"],
      [{ target: { mode: "invoice", invoiceId: "51" }, orderId: undefined }, "invoice 51", "22500"],
      [
        { target: { mode: "invoiceItem", invoiceId: "51", invoiceItemId: "512" }, orderId: undefined },
        "invoice 51",
        "17500"
      ]
    ] as const)("changes %j", async (asked, target, commission) => {
      const store = memory({ 5: {} })
      const change = { ...asked, percent: commissionRate("20") }
      const { entry, isChanged } = Result.getOrThrow(await run(store, CommissionActions.changePercent(change, by())))
      expect([
        `${entry.target.type} ${entry.target.id}`,
        entry.after.commission.minor.toString(),
        isChanged
      ]).toStrictEqual([target, commission, true])
      expect(store.audit()).toStrictEqual([entry])
    })

    it("shows exactly what it then does", async () => {
      const store = memory({ 5: {} })
      const change = { target: { mode: "order" }, orderId: "5", percent: commissionRate("33.3333") } as const
      const shown = Result.getOrThrow(await run(store, CommissionActions.changePercent(change, by({ isDryRun: true }))))
      const done = Result.getOrThrow(await run(store, CommissionActions.changePercent(change, by())))
      expect({ ...shown.entry, at: 0 }).toStrictEqual({ ...done.entry, at: 0 })
    })
  })

  it("changes the wallet", async () => {
    const store = memory({ 5: {}, 6: { approved: [1] } })
    const change = (orderId: string, walletKind: string) =>
      run(store, CommissionActions.changeWallet({ orderId, walletKind }, by()))
    expect(Result.getOrThrow(await change("5", "points")).entry.after.walletKind).toBe("points")
    for (const [orderId, walletKind, refusal] of [
      ["6", "points", "OrderHasApprovedInvoice"],
      ["5", "gems", "NoLevelDiscount"],
      ["9", "points", "CommissionUnknown"]
    ] as const) {
      const refused = await change(orderId, walletKind)
      expect(Result.isFailure(refused) ? refused.failure._tag : "changed").toBe(refusal)
    }
  })
})
