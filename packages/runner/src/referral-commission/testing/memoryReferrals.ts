/**
 * The referral jobs on ports in memory, with shipments and referrals made of the
 * few fields that a test is about.
 *
 * @since 0.1.0
 */
import { BusinessZone, Currency, Money, type Referral, type ShipmentOrder, type SyncWindow } from "@reckoner/core"
import {
  MemoryFindingStore,
  MemoryReferralDirectory,
  MemoryReferralOrderStore,
  MemoryRunJournal,
  MemoryShipmentStore
} from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { Ports } from "../ReferralJobs.ts"
import type * as ReferralRun from "../ReferralRun.ts"

const IDR = Result.getOrThrow(Currency.parse("IDR"))

/**
 * An amount of rupiah.
 *
 * @category testing
 * @since 0.1.0
 */
export const idr = (text: string): Money.Money => Result.getOrThrow(Money.parse(text, IDR))

/**
 * Seconds since 1970 of an instant given as text; without a zone it is Jakarta's.
 *
 * @category testing
 * @since 0.1.0
 */
export const seconds = (text: string): number =>
  Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}+07:00`) / 1000

/**
 * The window from the first of some days of Jakarta until the other begins.
 *
 * @category testing
 * @since 0.1.0
 */
export const days = (from: string, until: string): SyncWindow.SyncWindow => ({
  fromEpochSeconds: seconds(`${from}T00:00:00`),
  untilEpochSeconds: seconds(`${until}T00:00:00`)
})

/**
 * A shipment that lacks nothing, of member 7, which is not on its way yet.
 *
 * @category testing
 * @since 0.1.0
 */
export const shipment = (
  orderNo: string,
  change: Partial<ShipmentOrder.ShipmentOrder> = {}
): ShipmentOrder.ShipmentOrder => ({
  orderNo,
  memberId: "7",
  statusId: 3,
  statusName: "Delivered",
  courierId: 4,
  courierName: "Swift",
  rateId: 5,
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: idr("10000"),
  cashback: idr("500"),
  cashbackRow: { memberCashback: idr("600"), affiliateCashback: idr("800") },
  dispatchedAt: undefined,
  deliveredAt: undefined,
  returnedAt: undefined,
  unreadable: [],
  ...change
})

/**
 * A row of the old table that lacks nothing.
 *
 * @category testing
 * @since 0.1.0
 */
export const oldRow = (
  orderNo: string | undefined,
  change: Partial<MemoryShipmentStore.OldRow> = {}
): MemoryShipmentStore.OldRow => ({
  orderNo,
  memberId: "7",
  affiliateId: "95",
  dispatchedAt: 1_698_655_999,
  deliveredAt: 1_699_055_999,
  courierId: 4,
  courierName: "Swift",
  rateName: "Old regular",
  rateCode: "REG",
  shippingPrice: idr("9000"),
  cashback: idr("600"),
  estimatedCommission: idr("180"),
  unreadable: [],
  ...change
})

/**
 * Member 7 was referred by 90, and member 8 by 91 and 92; nobody referred others.
 *
 * @category testing
 * @since 0.1.0
 */
export const REFERRALS: ReadonlyArray<Referral.Referral> = [
  { memberId: "7", affiliateId: "90", referralId: "1", memberReferralId: "1" },
  { memberId: "8", affiliateId: "92", referralId: "3", memberReferralId: "2" },
  { memberId: "8", affiliateId: "91", referralId: "2", memberReferralId: "3" }
]

/**
 * What jobs stand on, in memory.
 *
 * @category testing
 * @since 0.1.0
 */
export interface MemoryReferrals {
  readonly shipments: MemoryShipmentStore.MemoryShipmentStore
  readonly directory: MemoryReferralDirectory.MemoryReferralDirectory
  readonly orders: MemoryReferralOrderStore.MemoryReferralOrderStore
  readonly journal: MemoryRunJournal.MemoryRunJournal
  readonly findings: MemoryFindingStore.MemoryFindingStore
  readonly layer: Layer.Layer<Ports>
}

/**
 * Makes the ports, with an empty table of orders unless some are given.
 *
 * @category testing
 * @since 0.1.0
 */
export const make = (
  sources: Partial<MemoryShipmentStore.Sources> = {},
  kept: ReadonlyArray<MemoryReferralOrderStore.KeptOrder> = []
): MemoryReferrals => {
  const shipments = MemoryShipmentStore.make(sources)
  const directory = MemoryReferralDirectory.make(REFERRALS)
  const orders = MemoryReferralOrderStore.make(kept)
  const journal = MemoryRunJournal.make()
  const findings = MemoryFindingStore.make(journal)
  const layer = Layer.mergeAll(shipments.layer, directory.layer, orders.layer, journal.layer, findings.layer)
  return { shipments, directory, orders, journal, findings, layer }
}

/**
 * A request of Jakarta at an instant given as text.
 *
 * @category testing
 * @since 0.1.0
 */
export const requestAt = (at: string, change: Partial<ReferralRun.Request> = {}): ReferralRun.Request => ({
  atMs: seconds(at) * 1000,
  zone: Result.getOrThrow(BusinessZone.parse("Asia/Jakarta")),
  dryRun: false,
  lockWaitMs: 0,
  onLockWait: Effect.void,
  onProgress: () => Effect.void,
  ...change
})

/**
 * Findings as text: order and kind.
 *
 * @category testing
 * @since 0.1.0
 */
export const found = ({ findings }: MemoryReferrals): ReadonlyArray<string> =>
  findings.findings().map(({ kind, subject }) => `${subject} ${kind}`)
