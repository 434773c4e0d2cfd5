import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as BusinessZone from "../calendar/BusinessZone.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import * as CommissionEstimate from "./CommissionEstimate.ts"
import { Table } from "./ReferralOrder.laws.ts"
import * as ShipmentOrder from "./ShipmentOrder.ts"
import * as SyncWindow from "./SyncWindow.ts"

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../oracles/${name}.json`, import.meta.url), "utf8"))
const zone = (name: string) => Result.getOrThrow(BusinessZone.parse(name))
const iso = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z")

describe("oracle referral-windows", () => {
  const oracle = read("referral-windows")

  it("agrees with what PostgreSQL computed about every day", () => {
    expect(oracle.daily).toHaveLength(477)
    for (const row of oracle.daily) {
      const window = SyncWindow.yesterday({ now: Date.parse(row.now), zone: zone(row.zone) })
      const ours = { ...row, from: window.fromEpochSeconds, to: window.untilEpochSeconds }
      expect(ours).toStrictEqual(row)
    }
  })

  it("agrees about every month", () => {
    expect(oracle.month).toHaveLength(14)
    for (const row of oracle.month) {
      const window = Result.getOrThrow(SyncWindow.month({ month: row.month, zone: zone(row.zone) }))
      const ours = { ...row, from: window.fromEpochSeconds, to: window.untilEpochSeconds }
      expect(ours).toStrictEqual(row)
    }
  })
})

describe("oracle sync-day-windows", () => {
  const oracle = read("sync-day-windows")
  const RUN_DAY = "2026-11-21" // the day `D` of the rules
  const JAKARTA = zone("Asia/Jakarta")

  /** Noon of a day like `D-9`, in seconds; a day that is missing has not happened. */
  const noonOf = (day: string | null): number | undefined => {
    if (day === null) return undefined
    const days = /^D([+-]\d+)?$/.exec(day)
    if (days === null) throw new Error(`no day: ${day}`)
    const date = PlainDate.addDays(PlainDate.parseUnsafe(RUN_DAY), Number(days[1] ?? 0))
    return BusinessZone.startOfDay(JAKARTA, date) / 1000 + 12 * 3600
  }

  const windowOf = (run: string): SyncWindow.SyncWindow =>
    SyncWindow.yesterday({ now: noonOf(run)! * 1000, zone: JAKARTA })

  const milestones = (dispatch: string | null, delivered: string | null, returned: string | null) => ({
    dispatchedAt: noonOf(dispatch),
    deliveredAt: noonOf(delivered),
    returnedAt: noonOf(returned)
  })

  /** A shipment of a referred member, delivered the day before `D`. */
  const shipment: ShipmentOrder.ShipmentOrder = {
    ...milestones("D-9", "D-1", null),
    orderNo: "SO1",
    memberId: "7",
    statusId: 3,
    statusName: "Delivered",
    courierId: 1,
    courierName: "Courier 1",
    rateId: 1,
    rateName: "Rate 1",
    rateCode: "RC1",
    shippingPrice: undefined,
    cashback: undefined,
    cashbackRow: undefined,
    unreadable: []
  }

  // What the core decides about a case of each kind, in the words of the case.
  const localDay = ({ date, timezone }: { date: string; timezone: string }) => {
    const next = PlainDate.addDays(PlainDate.parseUnsafe(date), 1)
    const now = BusinessZone.startOfDay(zone(timezone), next)
    const { fromEpochSeconds, untilEpochSeconds } = SyncWindow.yesterday({ now, zone: zone(timezone) })
    return {
      startUtc: iso(fromEpochSeconds),
      endUtc: iso(untilEpochSeconds),
      hours: (untilEpochSeconds - fromEpochSeconds) / 3600
    }
  }

  const monthBackfill = ({ month, timezone }: { month: string; timezone: string }) => {
    const window = Result.getOrThrow(SyncWindow.month({ month, zone: zone(timezone) }))
    const isIn = (returnedAt: number) =>
      ShipmentOrder.isInWindow({ dispatchedAt: undefined, deliveredAt: undefined, returnedAt }, window, "return")
    return {
      startUtc: iso(window.fromEpochSeconds),
      endUtc: iso(window.untilEpochSeconds),
      startEpoch: window.fromEpochSeconds,
      endEpoch: window.untilEpochSeconds,
      halfOpen: isIn(window.fromEpochSeconds) && !isIn(window.untilEpochSeconds)
    }
  }

  const rules: Readonly<Record<string, (input: any) => unknown>> = {
    "event month rule timezone": ({ event, month, timezone }) => ({
      included: ShipmentOrder.isInWindow(
        { dispatchedAt: undefined, deliveredAt: undefined, returnedAt: Math.floor(Date.parse(event) / 1000) },
        Result.getOrThrow(SyncWindow.month({ month, zone: zone(timezone) })),
        "return"
      )
    }),
    "delivered dispatch returned run": ({ delivered, dispatch, returned, run }) => ({
      included: ShipmentOrder.isInWindow(milestones(dispatch, delivered, returned), windowOf(run), "any-milestone")
    }),
    "runs sameOrder": ({ runs }) => {
      const table = new Table()
      const referral = { memberId: "7", affiliateId: "90", referralId: "1", memberReferralId: "1" }
      const world = {
        shipments: [shipment],
        choices: new Map([["7", { referral, others: [] }]]),
        oldCommissions: [],
        policy: CommissionEstimate.NO_POLICY
      }
      const changed = runs.map((run: string) => table.run(world, { _tag: "Daily", window: windowOf(run) }))
      expect(changed).toStrictEqual([1, 0])
      return { rows: table.rows.size, note: "rerun of a day is an upsert" }
    },
    "nextRun rule run": ({ nextRun, run }) => {
      expect(run).toBe("D missed")
      const windows = SyncWindow.catchUp({
        now: noonOf(nextRun)! * 1000,
        zone: JAKARTA,
        lastUntilEpochSeconds: windowOf("D-1").untilEpochSeconds,
        overlapDays: 0,
        daysMax: 1
      })
      return { lost: !windows.some((window) => ShipmentOrder.isInWindow(shipment, window, "any-milestone")) }
    },
    "affiliateCashback currency memberCashback": ({ affiliateCashback, currency, memberCashback }) => {
      const money = (text: string) => Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse(currency))))
      const commission = CommissionEstimate.fromCashback({
        affiliateCashback: money(affiliateCashback),
        memberCashback: money(memberCashback)
      })
      return {
        estCommission: Money.format(Result.getOrThrow(commission)).replace(/\.00$/, ""),
        note: "negative result must be policy, not accident"
      }
    }
  }

  const kinds: Readonly<Record<string, (input: any) => unknown>> = {
    "local-day": localDay,
    "month-backfill": monthBackfill,
    "sync-rule": (input) => {
      const rule = rules[Object.keys(input).toSorted().join(" ")]
      if (rule === undefined) throw new Error(`a rule of a kind that is not known: ${JSON.stringify(input)}`)
      return rule(input)
    }
  }

  it("agrees in every case", () => {
    expect(oracle.cases).toHaveLength(oracle.count)
    const seen: Record<string, number> = {}
    for (const { expected, id, input, kind } of oracle.cases) {
      const decide = kinds[kind]
      if (decide === undefined) throw new Error(`a kind that is not known: ${kind}`)
      expect({ id, found: decide(input) }).toStrictEqual({ id, found: expected })
      seen[kind] = (seen[kind] ?? 0) + 1
    }
    expect(seen).toStrictEqual({ "local-day": 15, "month-backfill": 1, "sync-rule": 8 })
  })
})
