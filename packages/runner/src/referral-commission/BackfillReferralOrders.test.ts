import { CommissionEstimate, Rate, SyncWindow } from "@reckoner/core"
import { ReferralOrderStore, RunLockBusy } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { beforeEach, describe, expect, it } from "vitest"
import * as BackfillReferralOrders from "./BackfillReferralOrders.ts"
import * as ReferralRun from "./ReferralRun.ts"
import * as SyncReferralOrders from "./SyncReferralOrders.ts"
import * as memory from "./testing/memoryReferrals.ts"

const { days, idr, seconds, shipment } = memory

const OCTOBER = days("2023-10-01", "2023-11-01")

const rate = (percent: string, cap?: string): CommissionEstimate.PolicyRate => ({
  rate: Result.getOrThrow(Rate.parsePercent(percent)),
  cap: cap === undefined ? undefined : idr(cap)
})
const policy: CommissionEstimate.CashbackPolicy = {
  byRateCode: new Map([
    ["REG", rate("10")],
    ["CAPPED", rate("10", "300")]
  ]),
  fallback: undefined
}

let target: memory.MemoryReferrals
const filled = (...shipments: ReadonlyArray<ReturnType<typeof shipment>>) => {
  target = memory.make({ shipments })
}
beforeEach(() => {
  filled(
    shipment("BEFORE", { returnedAt: OCTOBER.fromEpochSeconds - 1 }),
    shipment("FIRST", { returnedAt: OCTOBER.fromEpochSeconds }),
    shipment("LAST", { returnedAt: OCTOBER.untilEpochSeconds - 1 }),
    shipment("AFTER", { returnedAt: OCTOBER.untilEpochSeconds }),
    shipment("SENT", { dispatchedAt: OCTOBER.fromEpochSeconds }),
    shipment("ARRIVED", { deliveredAt: OCTOBER.untilEpochSeconds - 1, returnedAt: OCTOBER.untilEpochSeconds })
  )
})

const job = (change: Partial<BackfillReferralOrders.Request> = {}) =>
  BackfillReferralOrders.run({
    ...memory.requestAt("2023-12-05T12:00:00"),
    month: "2023-10",
    by: "return",
    policy,
    ...change
  })

const run = (change: Partial<BackfillReferralOrders.Request> = {}) =>
  Effect.runPromise(Effect.provide(job(change), target.layer))

const daily = (at: string) =>
  Effect.runPromise(
    Effect.provide(SyncReferralOrders.run({ ...memory.requestAt(at), overlapDays: 0, daysMax: 31 }), target.layer)
  )

const stored = () => target.orders.orders().map(({ orderNo }) => orderNo)
const figures = () =>
  target.orders
    .orders()
    .map(({ affiliateCashback, estimatedCommission, orderNo, source }) => [
      orderNo,
      affiliateCashback?.minor,
      estimatedCommission?.minor,
      source
    ])

const noRow = { cashbackRow: undefined, returnedAt: seconds("2023-10-15T12:00:00") }

describe("BackfillReferralOrders", () => {
  it("covers the returns of the month, and reports and journals what it did", async () => {
    const report = await run()
    expect(stored()).toStrictEqual(["FIRST", "LAST"])
    const counts = { read: 2, notReferred: 0, unusable: 0, inserted: 2, changed: 0, unchanged: 0 }
    expect(report).toStrictEqual({
      job: "backfill-referral-orders",
      runId: 1,
      businessDate: "2023-12-05",
      window: OCTOBER,
      dryRun: false,
      ...counts,
      findings: {}
    })
    expect(target.journal.runs()).toStrictEqual([
      {
        runId: 1,
        job: "backfill-referral-orders",
        businessDate: "2023-12-05",
        fromDate: undefined,
        window: OCTOBER,
        state: "complete",
        counts
      }
    ])
    expect(target.orders.orders().map(({ source }) => source)).toStrictEqual(["backfill", "backfill"])
  })

  it("covers any milestone in the month if it is asked to", async () => {
    await run({ by: "any-milestone" })
    expect(stored()).toStrictEqual(["ARRIVED", "FIRST", "LAST", "SENT"])
  })

  it("changes nothing the second time", async () => {
    await run()
    expect(await run()).toMatchObject({ runId: 2, read: 2, inserted: 0, changed: 0, unchanged: 2 })
  })

  it("covers nothing for the daily run, which begins with yesterday afterwards", async () => {
    await run({ month: "2023-11" })
    const [report] = await daily("2023-12-10T12:00:00")
    expect(report?.window).toStrictEqual(days("2023-12-09", "2023-12-10"))
  })

  it.each(["2023-13", "2023-1", "10-2023", "", "october"])(
    "refuses the month %j, and leaves no trace",
    async (month) => {
      const failure = await Effect.runPromise(Effect.flip(Effect.provide(job({ month }), target.layer)))
      expect(failure).toStrictEqual(new SyncWindow.InvalidMonth({ input: month }))
      expect([target.journal.runs(), stored()]).toStrictEqual([[], []])
    }
  )

  describe("the cashback policy", () => {
    it("says the affiliate's cashback where nothing else does, up to its cap", async () => {
      filled(shipment("CAPPED", { ...noRow, rateCode: "CAPPED" }), shipment("REG", noRow))
      await run()
      expect(figures()).toStrictEqual([
        ["CAPPED", 30_000n, -20_000n, "backfill"],
        ["REG", 100_000n, 50_000n, "backfill"]
      ])
      expect(memory.found(target)).toStrictEqual(["CAPPED CommissionNegative"])
    })

    it("gives way to the newest cashback row", async () => {
      filled(shipment("SO1", { returnedAt: noRow.returnedAt }))
      await run()
      expect(figures()).toStrictEqual([["SO1", 80_000n, 20_000n, "backfill"]])
    })

    it("leaves the commission unknown where it has no rate, and finds that", async () => {
      filled(shipment("SO1", { ...noRow, rateCode: "EXP" }), shipment("SO2", { ...noRow, rateCode: undefined }))
      await run()
      expect(figures()).toStrictEqual([
        ["SO1", undefined, undefined, "backfill"],
        ["SO2", undefined, undefined, "backfill"]
      ])
      expect(target.findings.findings().map(({ detail, kind, subject }) => [subject, kind, detail])).toStrictEqual([
        ["SO1", "NoCashbackPolicy", { rateCode: "EXP" }],
        ["SO2", "NoCashbackPolicy", {}]
      ])
    })

    it("does not replace what an earlier run stored", async () => {
      filled(shipment("SO1", { returnedAt: noRow.returnedAt }))
      await daily("2023-10-16T12:00:00")
      target.shipments.load({ shipments: [shipment("SO1", noRow)] })
      await run()
      expect(figures()).toStrictEqual([["SO1", 80_000n, 30_000n, "backfill"]])
    })

    it("is not undone by a daily run, which knows none; nor does that write the row again", async () => {
      filled(shipment("SO1", noRow))
      await run()
      expect(await daily("2023-10-16T12:00:00")).toMatchObject([{ inserted: 0, changed: 0, unchanged: 1 }])
      expect(figures()).toStrictEqual([["SO1", 100_000n, 50_000n, "backfill"]])
    })

    it("fills in what a daily run left unknown", async () => {
      filled(shipment("SO1", noRow))
      await daily("2023-10-16T12:00:00")
      expect(figures()).toStrictEqual([["SO1", undefined, undefined, "daily"]])
      expect(await run()).toMatchObject({ inserted: 0, changed: 1 })
      expect(figures()).toStrictEqual([["SO1", 100_000n, 50_000n, "backfill"]])
    })

    it("does not move what it once gave when it changes later", async () => {
      filled(shipment("SO1", noRow))
      await run()
      const dearer = { byRateCode: new Map([["REG", rate("50")]]), fallback: undefined }
      expect(await run({ policy: dearer })).toMatchObject({ changed: 0, unchanged: 1 })
    })
  })

  it("reports in a dry run what a run then does, beside another run, and leaves no trace", async () => {
    filled(shipment("SO1", noRow), shipment("SO2", { ...noRow, memberId: "11" }))
    const dry = await Effect.runPromise(
      Effect.flatMap(ReferralOrderStore, ({ lock }) =>
        lock.exclusively(ReferralRun.LOCK, { waitMs: 0, onWait: Effect.void }, job({ dryRun: true }))
      ).pipe(Effect.provide(target.layer))
    )
    expect([stored(), memory.found(target), target.journal.runs()]).toStrictEqual([[], [], []])
    expect(dry).toStrictEqual({ ...(await run()), runId: undefined, dryRun: true })
  })

  it("does not run beside another run of whichever flow", async () => {
    const failure = await Effect.runPromise(
      Effect.flatMap(ReferralOrderStore, ({ lock }) =>
        lock.exclusively(ReferralRun.LOCK, { waitMs: 0, onWait: Effect.void }, Effect.flip(job()))
      ).pipe(Effect.provide(target.layer))
    )
    expect(failure).toStrictEqual(new RunLockBusy({ name: ReferralRun.LOCK, waitedMs: 0 }))
    expect([target.journal.runs(), stored()]).toStrictEqual([[], []])
  })
})
