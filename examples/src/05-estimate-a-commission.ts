/**
 * Which shipments belong to yesterday, and what can the affiliates of their
 * members expect? Windows are cut at midnights of the business; amounts are exact.
 */
import {
  BusinessZone,
  CommissionEstimate,
  Currency,
  Money,
  Rate,
  Referral,
  ReferralOrder,
  ShipmentOrder,
  SyncWindow
} from "@reckoner/core"
import * as Result from "effect/Result"

const zone = Result.getOrThrow(BusinessZone.parse("Asia/Jakarta"))
const idr = (text: string) => Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse("IDR"))))
const seconds = (text: string) => Date.parse(text) / 1000

// Half past midnight in Jakarta: yesterday is over.
const window = SyncWindow.yesterday({ now: Date.parse("2026-03-06T00:30:00+07:00"), zone })
console.log(`yesterday: ${window.untilEpochSeconds - window.fromEpochSeconds} seconds`)

const shipment: ShipmentOrder.ShipmentOrder = {
  orderNo: "SO-1",
  memberId: "601",
  statusId: 3,
  statusName: "Delivered",
  courierId: 1,
  courierName: "Kilat",
  rateId: 11,
  rateName: "Kilat Regular",
  rateCode: "REG",
  shippingPrice: idr("18500"),
  cashback: idr("500"),
  cashbackRow: undefined,
  dispatchedAt: seconds("2026-03-03T16:20:00+07:00"),
  deliveredAt: seconds("2026-03-05T23:59:59+07:00"),
  returnedAt: undefined,
  unreadable: []
}
console.log(`in the window: ${ShipmentOrder.isInWindow(shipment, window, "any-milestone")}`)

// Two affiliates claim the member: the lowest referral counts, and the decision says so.
const referral = Referral.choose([
  { memberId: "601", affiliateId: "502", referralId: "72", memberReferralId: "5" },
  { memberId: "601", affiliateId: "501", referralId: "71", memberReferralId: "9" }
])

const policy: CommissionEstimate.CashbackPolicy = {
  byRateCode: new Map([["REG", { rate: Result.getOrThrow(Rate.parsePercent("4")), cap: idr("700") }]]),
  fallback: undefined
}
const decide = (source: "daily" | "backfill") =>
  ReferralOrder.fromShipment({ shipment, referral, stored: undefined, source, policy })

for (const source of ["daily", "backfill"] as const) {
  const decision = decide(source)
  if (decision._tag !== "Referred") continue
  const { affiliateId, basis, estimatedCommission } = decision.order
  const commission = estimatedCommission === undefined ? "unknown" : Money.format(estimatedCommission)
  console.log(`${source}: affiliate ${affiliateId}, commission ${commission}, by ${basis._tag}`)
  for (const finding of decision.findings) console.log(`  ${finding._tag}`)
}

// Output:
// yesterday: 86400 seconds
// in the window: true
// daily: affiliate 501, commission unknown, by Unknown
//   MemberWithSeveralReferrals
//   AffiliateCashbackUnknown
// backfill: affiliate 501, commission 200.00, by Policy
//   MemberWithSeveralReferrals
