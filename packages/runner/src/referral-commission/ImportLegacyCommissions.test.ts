import { ReferralOrderStore, RunLockBusy } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import * as ImportLegacyCommissions from "./ImportLegacyCommissions.ts"
import * as ReferralRun from "./ReferralRun.ts"
import * as SyncReferralOrders from "./SyncReferralOrders.ts"
import * as memory from "./testing/memoryReferrals.ts"

const { idr, oldRow, seconds, shipment } = memory

let target: memory.MemoryReferrals
beforeEach(() => {
  target = memory.make({
    shipments: [
      shipment("OLD1", { statusId: 6, statusName: "RETURNED", returnedAt: seconds("2023-10-20T12:00:00") }),
      shipment("TWICE", { dispatchedAt: seconds("2023-10-10T12:00:00") })
    ],
    oldCommissions: [
      oldRow("OLD1"),
      oldRow("TWICE", { rateName: "first", dispatchedAt: 1_698_000_000 }),
      oldRow("TWICE", { rateName: "last", dispatchedAt: 1_698_000_001 }),
      oldRow("TWICE", { rateName: "undated", dispatchedAt: undefined }),
      oldRow("GONE", { affiliateId: "96" }),
      oldRow(undefined),
      oldRow("MEMBERLESS", { memberId: undefined }),
      oldRow("NOBODY'S", { affiliateId: undefined })
    ]
  })
})

const job = (change: Partial<ReferralRun.Request> = {}) =>
  ImportLegacyCommissions.run(memory.requestAt("2023-12-05T12:00:00", change))
const run = (change: Partial<ReferralRun.Request> = {}) => Effect.runPromise(Effect.provide(job(change), target.layer))

const daily = (at: string) =>
  Effect.runPromise(
    Effect.provide(SyncReferralOrders.run({ ...memory.requestAt(at), overlapDays: 0, daysMax: 31 }), target.layer)
  )

const order = (orderNo: string) => target.orders.orders().find((one) => one.orderNo === orderNo)

describe("ImportLegacyCommissions", () => {
  it("moves what is usable, and reports and journals what it did", async () => {
    const report = await run()
    const counts = { read: 6, notReferred: 0, unusable: 3, inserted: 3, changed: 0, unchanged: 0 }
    expect(report).toStrictEqual({
      job: "import-legacy-commissions",
      runId: 1,
      businessDate: "2023-12-05",
      window: undefined,
      dryRun: false,
      ...counts,
      findings: {
        OldOrderRepeated: 1,
        ShipmentMissing: 1,
        OrderNumberMissing: 1,
        MemberMissing: 1,
        AffiliateMissing: 1
      }
    })
    expect(target.journal.runs()).toMatchObject([
      { runId: 1, job: "import-legacy-commissions", businessDate: "2023-12-05", state: "complete", counts }
    ])
    expect(target.journal.runs().map((record) => "window" in record)).toStrictEqual([false])
  })

  it("takes status and return from the shipment, and the rest from the old table", async () => {
    await run()
    expect(order("OLD1")).toStrictEqual({
      orderNo: "OLD1",
      memberId: "7",
      affiliateId: "95",
      statusId: 6,
      statusName: "returned",
      courierName: "Swift",
      rateName: "Old regular",
      rateCode: "REG",
      shippingPrice: idr("9000"),
      memberCashback: idr("600"),
      affiliateCashback: idr("780"),
      estimatedCommission: idr("180"),
      dispatchedAt: 1_698_655_999,
      deliveredAt: 1_699_055_999,
      returnedAt: seconds("2023-10-20T12:00:00"),
      source: "fct_v2"
    })
    const { returnedAt, statusId, statusName } = order("GONE")!
    expect([statusId, statusName, returnedAt]).toStrictEqual([undefined, undefined, undefined])
  })

  it("counts of an order's rows the one that was dispatched last", async () => {
    await run()
    expect(order("TWICE")?.rateName).toBe("last")
  })

  it("skips rows without order number, member or affiliate, and finds each", async () => {
    await run()
    expect(target.orders.orders().map(({ orderNo }) => orderNo)).toStrictEqual(["GONE", "OLD1", "TWICE"])
    const found = target.findings.findings().map(({ detail, kind, subject }) => [subject, kind, detail])
    const [numberless, ...others] = [
      found.find(([, kind]) => kind === "OrderNumberMissing"),
      ...found.filter(([, kind]) => kind !== "OrderNumberMissing")
    ]
    expect(others).toStrictEqual([
      ["GONE", "ShipmentMissing", {}],
      ["TWICE", "OldOrderRepeated", { copies: 3 }],
      [expect.stringContaining("NOBODY'S"), "AffiliateMissing", { memberId: "7" }],
      [expect.stringContaining("MEMBERLESS"), "MemberMissing", {}]
    ])
    // Without a number, what the row holds tells it apart.
    expect(numberless?.[0]).toContain("Old regular")
  })

  it("changes nothing the second time", async () => {
    await run()
    const before = target.orders.orders()
    expect(await run()).toMatchObject({ inserted: 0, changed: 0, unchanged: 3, unusable: 3 })
    expect(target.orders.orders()).toStrictEqual(before)
  })

  it("rewrites what it wrote itself", async () => {
    await run()
    target.shipments.load({ shipments: [shipment("OLD1", { statusId: 7, statusName: "Lost" })] })
    expect(await run()).toMatchObject({ inserted: 0, changed: 2 })
    expect([order("OLD1")?.statusName, order("TWICE")?.statusName]).toStrictEqual(["lost", undefined])
  })

  it("keeps a cashback that the old table does not know any more", async () => {
    await run()
    target.shipments.load({ oldCommissions: [oldRow("OLD1", { estimatedCommission: undefined, rateName: "Renamed" })] })
    expect(await run()).toMatchObject({ inserted: 0, changed: 1 })
    expect(order("OLD1")).toMatchObject({ rateName: "Renamed", affiliateCashback: idr("780") })
  })

  it("leaves alone what another flow wrote", async () => {
    await daily("2023-10-11T12:00:00")
    const before = order("TWICE")
    expect([before?.source, before?.affiliateId]).toStrictEqual(["daily", "90"])
    expect(await run()).toMatchObject({ inserted: 2, changed: 0, unchanged: 1 })
    expect(order("TWICE")).toStrictEqual(before)
  })

  it("gives way to a daily run that comes after it, but for member and affiliate", async () => {
    await run()
    expect(await daily("2023-10-11T12:00:00")).toMatchObject([{ inserted: 0, changed: 1 }])
    expect(order("TWICE")).toMatchObject({ source: "daily", rateName: "Regular", affiliateId: "95" })
  })

  it("asks nobody who referred whom", async () => {
    await run()
    expect(target.directory.asked()).toStrictEqual([])
  })

  it("reports in a dry run what a run then does, and leaves no trace", async () => {
    const dry = await run({ dryRun: true })
    expect([target.orders.orders(), memory.found(target), target.journal.runs()]).toStrictEqual([[], [], []])
    expect(dry).toStrictEqual({ ...(await run()), runId: undefined, dryRun: true })
  })

  it("does not run beside another run", async () => {
    const failure = await Effect.runPromise(
      Effect.flatMap(ReferralOrderStore, ({ lock }) =>
        lock.exclusively(ReferralRun.LOCK, { waitMs: 0, onWait: Effect.void }, Effect.flip(job()))
      ).pipe(Effect.provide(target.layer))
    )
    expect(failure).toStrictEqual(new RunLockBusy({ name: ReferralRun.LOCK, waitedMs: 0 }))
    expect([target.journal.runs(), target.orders.orders()]).toStrictEqual([[], []])
  })
})
