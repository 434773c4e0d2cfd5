/**
 * Generators for the tables that the referral jobs read: some dozens of orders
 * around the turn of a month, with milestones at midnights of Jakarta and a
 * second beside them, names, members, amounts and cashback rows that are
 * missing, repeated or cannot be used, and an old table that holds some of them.
 *
 * @since 0.1.0
 */
import { type CommissionEstimate, Currency, Money, Rate } from "@reckoner/core"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import type { Tables } from "./referralTables.ts"

const SECONDS_PER_DAY = 86_400

/** The first midnight of Jakarta that milestones lie around: that of 2023-10-27. */
const FIRST_MIDNIGHT = Date.parse("2023-10-27T00:00:00+07:00") / 1000

/**
 * How many days milestones are spread over.
 *
 * @category testing
 * @since 0.1.0
 */
export const DAYS = 10

/** The instant of the year 10000, which is no milestone any more. */
const YEAR_10000 = 253_402_300_800

const mostly = <A>(values: fc.Arbitrary<A>, corners: fc.Arbitrary<A>, weight = 5): fc.Arbitrary<A> =>
  fc.oneof({ weight, arbitrary: values }, { weight: 1, arbitrary: corners })

const maybe = <A>(values: fc.Arbitrary<A>): fc.Arbitrary<A | null> => mostly<A | null>(values, fc.constant(null))

const secondOfDay = fc.oneof(fc.constantFrom(-1, 0, 1), fc.nat(SECONDS_PER_DAY - 1))
const second = fc
  .tuple(fc.nat(DAYS), secondOfDay)
  .map(([day, seconds]) => FIRST_MIDNIGHT + day * SECONDS_PER_DAY + seconds)

const milestone: fc.Arbitrary<number | null> = fc.oneof(
  { weight: 6, arbitrary: second },
  { weight: 3, arbitrary: fc.constantFrom(null, 0) },
  { weight: 1, arbitrary: fc.constantFrom(1, -5, YEAR_10000 - 1, YEAR_10000, 1_698_655_999_000) }
)

const cents = fc.integer({ min: 0, max: 2_000_000 }).map((minor) => (minor / 100).toFixed(2))
const amount = maybe(
  mostly(cents, fc.constantFrom("0.00", "-1.00", "999999999999.99", "-999999999999.99", "NaN", "0.01"), 12)
)

const MEMBERS = Array.from({ length: 12 }, (_, at) => 700 + at)
const member: fc.Arbitrary<number | null> = mostly<number | null>(
  fc.constantFrom(...MEMBERS),
  fc.constantFrom(null, 0, -7),
  12
)

const numberOf = (at: number): string => `SO${String(at).padStart(6, "0")}`

const shipmentRow = fc.record({
  created_by: member,
  status: maybe(fc.integer({ min: 1, max: 6 })),
  logistic_id: maybe(fc.integer({ min: 1, max: 4 })),
  rate_id: maybe(fc.integer({ min: 1, max: 5 })),
  shipment_price: amount,
  cashback: amount,
  created_at: fc.constant(1),
  dispatch_at: milestone,
  delivered_at: milestone,
  return_at: milestone
})

const cashbackRow = fc.record({ total_cashback: amount, affiliator_total_cashback: maybe(amount) })

const timestamp = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(second, fc.nat(999))
      .map(([at, ms]) => new Date(at * 1000 + ms).toISOString().replace("Z", "+00:00"))
  },
  { weight: 1, arbitrary: fc.constantFrom(null, "infinity", "-infinity", "1969-12-31T23:59:50+00:00") }
)

const oldRow = (orders: number) =>
  fc.record({
    member_user_id: mostly<number | null>(fc.constantFrom(...MEMBERS), fc.constant(null), 10),
    affiliator_user_id: mostly<number | null>(fc.integer({ min: 9_000, max: 9_005 }), fc.constant(null), 10),
    shipment_order_no: mostly<string | null>(
      fc.nat(orders + 3).map(numberOf),
      fc.constantFrom(null, "", "OLD1", "OLD2"),
      6
    ),
    dispatched_at: timestamp,
    delivered_at: timestamp,
    logistic_id: maybe(fc.integer({ min: 1, max: 4 })),
    service_name: maybe(fc.constantFrom("Old rate", "Regular", "")),
    rate_code: maybe(fc.constantFrom("RC1", "OLD")),
    actual_courier_cost: amount,
    cashback: amount,
    est_commission: amount
  })

const link = fc.record({ user_id: fc.constantFrom(...MEMBERS), referral_id: fc.integer({ min: 50, max: 57 }) })

/**
 * Tables of 30 to 60 orders. Some members have no referral, some several, and
 * some one whose affiliate is gone.
 *
 * @category testing
 * @since 0.1.0
 */
export const tables: fc.Arbitrary<Tables> = fc.integer({ min: 30, max: 60 }).chain((orders) =>
  fc
    .record({
      shipments: fc.array(fc.tuple(shipmentRow, fc.array(cashbackRow, { maxLength: 3 })), {
        minLength: orders,
        maxLength: orders
      }),
      old: fc.array(oldRow(orders), { minLength: 5, maxLength: 25 }),
      links: fc.array(link, { minLength: 6, maxLength: 14 })
    })
    .map(({ links, old, shipments }) => {
      let cashbackId = 0
      return {
        logistic_order_status: ["Created", "IN TRANSIT", "Delivered", "rETURNED"].map((description, at) => ({
          id: at + 1,
          description
        })),
        logistics: [1, 2, 3].map((id) => ({ id, logistic_name: `Courier ${id}` })),
        logistic_rates: [1, 2, 3, 4].map((id) => ({
          id,
          logistic_id: 1,
          rate_name: `Rate ${id}`,
          rate_code: `RC${id}`
        })),
        shipment_orders: shipments.map(([row], at) => ({ id: at + 1, shipment_order_no: numberOf(at), ...row })),
        shipment_orders_cashback: shipments.flatMap(([, rows], at) =>
          rows.map((row) => ({ id: ++cashbackId, shipment_order_no: numberOf(at), ...row }))
        ),
        fct_shipping_affiliate_commission_v2: old,
        // No affiliate has the entity 57.
        referral: [50, 51, 52, 53, 54, 55, 56].map((entity, at) => ({
          id: 20 - at,
          entity_id: entity,
          user_id: 9_000 + at
        })),
        user_referral: links.map((row, at) => ({ id: at + 1, ...row }))
      }
    })
)

const IDR = Result.getOrThrow(Currency.parse("IDR"))
const percent = (text: string) => Result.getOrThrow(Rate.parsePercent(text))

const policyRate = fc.record(
  {
    rate: fc.constantFrom("0", "2.5", "100").map(percent),
    cap: fc.constantFrom(undefined, Money.make(0n, IDR), Money.make(50_000n, IDR))
  },
  { noNullPrototype: true }
)

/**
 * Cashback policies with a rate for none, some or all of the codes.
 *
 * @category testing
 * @since 0.1.0
 */
export const policy: fc.Arbitrary<CommissionEstimate.CashbackPolicy> = fc.record(
  {
    byRateCode: fc.array(fc.tuple(fc.constantFrom("RC1", "RC2", "RC3"), policyRate)).map((rates) => new Map(rates)),
    fallback: fc.option(policyRate, { nil: undefined })
  },
  { noNullPrototype: true }
)
