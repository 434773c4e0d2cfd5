/**
 * One day of a small logistics marketplace, made up for the demo: who referred
 * whom, and the shipments that went out, arrived or came back that day.
 *
 * @since 0.1.0
 */

/**
 * The day, in Jakarta, as people write it.
 *
 * @category constants
 * @since 0.1.0
 */
export const DATE = "2026-03-05"

/**
 * The month of the day.
 *
 * @category constants
 * @since 0.1.0
 */
export const MONTH = "2026-03"

/**
 * The instant as of which the demo runs, milliseconds since 1970-01-01T00:00Z:
 * half past midnight in Jakarta, when the day is over.
 *
 * @category constants
 * @since 0.1.0
 */
export const RUN_AT_MS = Date.UTC(2026, 2, 5, 17, 30)

/**
 * The cashback policy of the backfill.
 *
 * @category constants
 * @since 0.1.0
 */
export const POLICY = "NEXT=4% max 900; *=2.5%"

/** Seconds since 1970-01-01T00:00Z for a time in Jakarta, which is seven hours ahead. */
const at = (text: string): number => Date.parse(`${text}:00+07:00`) / 1000

/**
 * Members and affiliates. All are users of one service.
 *
 * @category constants
 * @since 0.1.0
 */
export const users = [
  { userId: 501, name: "Ayu" },
  { userId: 502, name: "Raka" },
  { userId: 601, name: "Budi" },
  { userId: 602, name: "Citra" },
  { userId: 603, name: "Dewi" },
  { userId: 604, name: "Eko" },
  { userId: 605, name: "Fajar" }
] as const

/**
 * Who referred whom. Dewi was referred twice, which must not be.
 *
 * @category constants
 * @since 0.1.0
 */
export const referrals = [
  { referralId: 71, affiliateId: 501, memberIds: [601, 602, 603] },
  { referralId: 72, affiliateId: 502, memberIds: [604, 603] }
] as const

/**
 * The statuses of shipments.
 *
 * @category constants
 * @since 0.1.0
 */
export const statuses = [
  { statusId: 2, name: "Dispatched" },
  { statusId: 3, name: "Delivered" },
  { statusId: 4, name: "Returned" }
] as const

/**
 * The couriers. Some shipments name a ninth, who is gone.
 *
 * @category constants
 * @since 0.1.0
 */
export const couriers = [
  { courierId: 1, name: "Kilat" },
  { courierId: 2, name: "Merpati" }
] as const

/**
 * What the couriers charge by.
 *
 * @category constants
 * @since 0.1.0
 */
export const rates = [
  { rateId: 11, courierId: 1, name: "Kilat Regular", code: "REG" },
  { rateId: 12, courierId: 1, name: "Kilat Next Day", code: "NEXT" },
  { rateId: 21, courierId: 2, name: "Merpati Cargo", code: "CARGO" }
] as const

/**
 * The shipments. Amounts are in rupiah; `cashbacks` are the rows of an order,
 * oldest first, each with the member's and the affiliate's cashback.
 *
 * @category constants
 * @since 0.1.0
 */
export const shipments = [
  {
    orderNo: "SO-1001",
    memberId: 601,
    statusId: 3,
    courierId: 1,
    rateId: 11,
    shippingPrice: "18500.00",
    cashback: "925.00",
    cashbacks: [{ member: "925.00", affiliate: "1295.00" }],
    dispatchedAt: at("2026-03-03T16:20"),
    deliveredAt: at("2026-03-05T11:05"),
    returnedAt: null
  },
  {
    orderNo: "SO-1002",
    memberId: 602,
    statusId: 4,
    courierId: 1,
    rateId: 12,
    shippingPrice: "31000.00",
    cashback: "1240.00",
    cashbacks: [
      { member: "1240.00", affiliate: "1550.00" },
      { member: "620.00", affiliate: "775.00" }
    ],
    dispatchedAt: at("2026-02-26T09:00"),
    deliveredAt: 0,
    returnedAt: at("2026-03-05T23:59")
  },
  {
    orderNo: "SO-1003",
    memberId: 603,
    statusId: 2,
    courierId: 9,
    rateId: 21,
    shippingPrice: "240000.00",
    cashback: "6000.00",
    cashbacks: [{ member: "6000.00", affiliate: "5400.00" }],
    dispatchedAt: at("2026-03-05T00:00"),
    deliveredAt: null,
    returnedAt: null
  },
  {
    orderNo: "SO-1004",
    memberId: 604,
    statusId: 2,
    courierId: 1,
    rateId: 12,
    shippingPrice: "27500.00",
    cashback: "550.00",
    cashbacks: [],
    dispatchedAt: at("2026-03-05T14:45"),
    deliveredAt: null,
    returnedAt: null
  },
  {
    orderNo: "SO-1005",
    memberId: 605,
    statusId: 3,
    courierId: 2,
    rateId: 21,
    shippingPrice: "99000.00",
    cashback: "2475.00",
    cashbacks: [{ member: "2475.00", affiliate: "2970.00" }],
    dispatchedAt: at("2026-03-01T10:00"),
    deliveredAt: at("2026-03-05T17:10"),
    returnedAt: null
  },
  {
    orderNo: "SO-1006",
    memberId: 601,
    statusId: 3,
    courierId: 1,
    rateId: 11,
    shippingPrice: "18500.00",
    cashback: "925.00",
    cashbacks: [{ member: "925.00", affiliate: "1295.00" }],
    dispatchedAt: at("2026-02-27T08:30"),
    deliveredAt: at("2026-03-06T00:00"),
    returnedAt: null
  }
] as const
