/**
 * Generators for what is decided about orders, and for everything that the runs
 * of a target read.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import { anyCashbackPolicy } from "./CommissionEstimate.arbitrary.ts"
import { affiliateId, choice, choices, memberId } from "./Referral.arbitrary.ts"
import type * as ReferralOrder from "./ReferralOrder.ts"
import { amount, oldCommission, shipment, window } from "./ShipmentOrder.arbitrary.ts"
import type * as ShipmentOrder from "./ShipmentOrder.ts"

/** What an earlier run left, or nothing; it never holds an amount that could not be stored. */
export const stored: fc.Arbitrary<ReferralOrder.StoredOrder | undefined> = fc.option(
  fc.record({
    memberId,
    affiliateId,
    affiliateCashback: amount.map((one) =>
      one === undefined || one.minor >= 10n ** 14n || one.minor <= -(10n ** 14n) ? undefined : one
    )
  }),
  { nil: undefined }
)

/** A shipment with all that counts for it; the daily flow has policies here too, and must not use them. */
export const fromShipment: fc.Arbitrary<ReferralOrder.FromShipment> = fc.record({
  shipment,
  referral: choice,
  stored,
  source: fc.constantFrom("daily", "backfill"),
  policy: anyCashbackPolicy
})

/** A row of the old table, with what was stored before. */
export const fromOldCommission = fc.record({ old: oldCommission, stored })

/** A shipment or a row of the old table. */
export const given = fc.oneof({ weight: 2, arbitrary: fromShipment }, { weight: 1, arbitrary: fromOldCommission })

const copiesOnce = (rows: ReadonlyArray<ShipmentOrder.OldCommission>): ReadonlyArray<ShipmentOrder.OldCommission> => {
  const seen = new Set<string>()
  return rows.filter(({ affiliateId: affiliate, memberId: member, orderNo }) => {
    if (orderNo === undefined || member === undefined || affiliate === undefined) return true
    const isNew = !seen.has(orderNo)
    seen.add(orderNo)
    return isNew
  })
}

/** Everything that the runs of a target read: a dozen orders at most, some of them in the old table too. */
export const world = fc.record({
  shipments: fc.uniqueArray(shipment, { maxLength: 12, selector: ({ orderNo }) => orderNo }),
  choices,
  oldCommissions: fc.array(oldCommission, { maxLength: 8 }).map(copiesOnce),
  policy: anyCashbackPolicy
})

/** Runs over windows: daily ones, and backfills by the return or by any milestone. */
export const windowRuns = fc.array(
  fc.oneof(
    fc.record({ _tag: fc.constant("Daily" as const), window }),
    fc.record({
      _tag: fc.constant("Backfill" as const),
      window,
      by: fc.constantFrom<ShipmentOrder.MilestoneFilter>("return", "any-milestone")
    })
  ),
  { maxLength: 5 }
)

/** Which of the runs were cut short first, and after how many orders. */
export const cutShort: fc.Arbitrary<ReadonlyArray<readonly [run: number, ordersMax: number]>> = fc.array(
  fc.tuple(fc.nat(4), fc.nat(6)),
  { maxLength: 3 }
)
