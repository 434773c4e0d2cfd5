/**
 * What the suites on shipments and on their commission share: samples in rupiah.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Currency from "../../money/Currency.ts"
import * as Money from "../../money/Money.ts"
import type * as ReferralOrder from "../../referral-commission/ReferralOrder.ts"
import type * as ShipmentOrder from "../../referral-commission/ShipmentOrder.ts"
import type { OldRow } from "../MemoryShipmentStore.ts"

/**
 * The currency of the suites.
 *
 * @category constants
 * @since 0.1.0
 */
export const RUPIAH: Currency.Currency = Result.getOrThrow(Currency.parse("IDR"))

/**
 * Reads an amount that is known to be one.
 *
 * @category testing
 * @since 0.1.0
 */
export const rupiah = (text: string): Money.Money => Result.getOrThrow(Money.parse(text, RUPIAH))

/**
 * Texts that an adapter might tear or lose.
 *
 * @category testing
 * @since 0.1.0
 */
export const ODD_TEXT = "a\tb\nc\\d\re\\N \\. 'q' \"p\" Śląsk 🚚 "

/**
 * A shipment of member 7 that was dispatched and delivered.
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
  courierId: 1,
  courierName: "Swift",
  rateId: 11,
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: rupiah("10000"),
  cashback: rupiah("500"),
  cashbackRow: { memberCashback: rupiah("600"), affiliateCashback: rupiah("800.50") },
  dispatchedAt: 1_000,
  deliveredAt: 2_000,
  returnedAt: undefined,
  unreadable: [],
  ...change
})

/**
 * A row of the old table, of member 7 and affiliate 90.
 *
 * @category testing
 * @since 0.1.0
 */
export const oldRow = (orderNo: string | undefined, change: Partial<OldRow> = {}): OldRow => ({
  orderNo,
  memberId: "7",
  affiliateId: "90",
  dispatchedAt: 1_698_655_999.123_456,
  deliveredAt: 1_699_055_999,
  courierId: 1,
  courierName: "Swift",
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: rupiah("9000"),
  cashback: rupiah("450"),
  estimatedCommission: rupiah("150.25"),
  unreadable: [],
  ...change
})

/**
 * An order of member 7 and affiliate 90, as the daily run writes it.
 *
 * @category testing
 * @since 0.1.0
 */
export const referralOrder = (
  orderNo: string,
  change: Partial<ReferralOrder.ReferralOrder> = {}
): ReferralOrder.ReferralOrder => ({
  orderNo,
  memberId: "7",
  affiliateId: "90",
  statusId: 3,
  statusName: "delivered",
  courierName: "Swift",
  rateName: "Regular",
  rateCode: "REG",
  shippingPrice: rupiah("10000"),
  memberCashback: rupiah("600"),
  affiliateCashback: rupiah("800.50"),
  estimatedCommission: rupiah("200.50"),
  dispatchedAt: 1_698_655_999,
  deliveredAt: 1_699_055_999,
  returnedAt: undefined,
  source: "daily",
  basis: { _tag: "CashbackRow" },
  ...change
})

/**
 * An order of which only number, member, affiliate and source are known.
 *
 * @category testing
 * @since 0.1.0
 */
export const bareOrder = (
  orderNo: string,
  change: Partial<ReferralOrder.ReferralOrder> = {}
): ReferralOrder.ReferralOrder =>
  referralOrder(orderNo, {
    statusId: undefined,
    statusName: undefined,
    courierName: undefined,
    rateName: undefined,
    rateCode: undefined,
    shippingPrice: undefined,
    memberCashback: undefined,
    affiliateCashback: undefined,
    estimatedCommission: undefined,
    dispatchedAt: undefined,
    deliveredAt: undefined,
    returnedAt: undefined,
    basis: { _tag: "Unknown" },
    ...change
  })
