/**
 * Generators for shipments and for rows of the table that was used before:
 * names that are missing, milestones that have not happened or are no instants,
 * cashbacks that are not known, amounts at and beyond what can be stored, fields
 * that were unreadable, and orders without a member, or with a number that is
 * nobody's.
 *
 * Milestones lie in the first quarter of an hour of 1970, so that windows of few
 * seconds find them.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import { rateCode } from "./CommissionEstimate.arbitrary.ts"
import { affiliateId, memberId } from "./Referral.arbitrary.ts"
import * as ShipmentOrder from "./ShipmentOrder.ts"
import type * as SyncWindow from "./SyncWindow.ts"

const SECONDS_MAX = 900

const known = (code: string): Currency.Currency => Result.getOrThrow(Currency.parse(code))

const mostly = <A>(values: fc.Arbitrary<A>, corners: fc.Arbitrary<A>): fc.Arbitrary<A> =>
  fc.oneof({ weight: 5, arbitrary: values }, { weight: 1, arbitrary: corners })

const maybe = <A>(values: fc.Arbitrary<A>): fc.Arbitrary<A | undefined> =>
  mostly<A | undefined>(values, fc.constant(undefined))

/** The largest amount that can be stored is one minor unit less than 10 to the 14th. */
const minor = mostly(
  fc.bigInt({ min: 0n, max: 200_000n }),
  fc.constantFrom(0n, 1n, -1n, 10n ** 14n - 1n, 10n ** 14n, 1n - 10n ** 14n, -(10n ** 14n), 10n ** 30n)
)

/** An amount, of the business's currency but for one in a dozen; not known now and then. */
export const amount: fc.Arbitrary<Money.Money | undefined> = maybe(
  fc
    .tuple(minor, fc.integer({ min: 0, max: 11 }))
    .map(([units, twelfth]) => Money.make(units, known(twelfth === 0 ? "USD" : "IDR")))
)

/** When something happened, has not, or a number that is no instant. */
export const milestone: fc.Arbitrary<number | undefined> = mostly<number | undefined>(
  fc.oneof(fc.constant(undefined), fc.constant(0), fc.integer({ min: 1, max: SECONDS_MAX })),
  fc.constantFrom(
    1,
    -1,
    ShipmentOrder.MILESTONE_MAX_EXCLUSIVE_SECONDS - 1,
    ShipmentOrder.MILESTONE_MAX_EXCLUSIVE_SECONDS,
    1_698_655_999_000
  )
)

/** When an order went out, arrived and came back. */
export const milestones: fc.Arbitrary<ShipmentOrder.Milestones> = fc.record({
  dispatchedAt: milestone,
  deliveredAt: milestone,
  returnedAt: milestone
})

/** A window among the milestones, the one of no second included. */
export const window: fc.Arbitrary<SyncWindow.SyncWindow> = fc
  .tuple(fc.integer({ min: 0, max: SECONDS_MAX }), fc.oneof(fc.nat(2), fc.nat(SECONDS_MAX)))
  .map(([from, length]) => ({ fromEpochSeconds: from, untilEpochSeconds: from + length }))

/** Where windows that tile are cut, with a milestone, often at one of the cuts or a second before. */
export const boundsWithMilestone: fc.Arbitrary<readonly [ReadonlyArray<number>, number | undefined]> = fc
  .array(fc.integer({ min: 0, max: SECONDS_MAX }), { minLength: 2, maxLength: 6 })
  .chain((bounds) =>
    fc.tuple(
      fc.constant(bounds),
      fc.oneof(milestone, fc.constantFrom(...bounds.flatMap((bound) => [bound, bound - 1])))
    )
  )

/** The key of a status, a courier or a rate, and its name. */
const id = maybe(fc.integer({ min: 0, max: 9 }))
const name = maybe(fc.constantFrom("Delivered", "RETURN IN PROGRESS", "created", ""))

const unreadable = mostly<ReadonlyArray<ShipmentOrder.UnreadableField>>(
  fc.constant([]),
  fc.array(fc.record({ field: fc.constantFrom("cashback", "returnedAt"), found: fc.constantFrom("NaN", "-1", "") }), {
    maxLength: 2
  })
)

/** The number of an order: one of a dozen. */
export const orderNo: fc.Arbitrary<string> = fc.integer({ min: 1, max: 12 }).map((number) => `SO${number}`)

/** A shipment. */
export const shipment: fc.Arbitrary<ShipmentOrder.ShipmentOrder> = fc
  .tuple(
    fc.record({
      orderNo,
      memberId: mostly<string | undefined>(memberId, fc.constantFrom(undefined, "0", "-7")),
      statusId: id,
      statusName: name,
      courierId: id,
      courierName: name,
      rateId: id,
      rateName: name,
      rateCode,
      shippingPrice: amount,
      cashback: amount,
      cashbackRow: maybe(
        fc.record({ memberCashback: amount, affiliateCashback: mostly(amount, fc.constant(undefined)) })
      ),
      unreadable
    }),
    milestones
  )
  .map(([order, happened]) => ({ ...order, ...happened }))

/** A row of the table that was used before. */
export const oldCommission: fc.Arbitrary<ShipmentOrder.OldCommission> = fc.record({
  rowKey: fc.constantFrom("(0,1)", "(0,2)"),
  copies: fc.constantFrom(1, 1, 1, 2, 3),
  orderNo: maybe(orderNo),
  memberId: maybe(memberId),
  affiliateId: maybe(affiliateId),
  dispatchedAt: milestone,
  deliveredAt: milestone,
  courierId: id,
  courierName: name,
  rateName: name,
  rateCode,
  shippingPrice: amount,
  cashback: amount,
  estimatedCommission: amount,
  shipment: maybe(fc.record({ statusId: id, statusName: name, returnedAt: milestone })),
  unreadable
})
