/**
 * An order of a referred member, with the commission that its affiliate is
 * expected to get: made from a shipment, or from a row of the table that was
 * used before.
 *
 * **Laws**
 *
 * - `unknownNeverErases`: where a cashback of the affiliate is stored, the order made next has one.
 * - `storedOnlyWhereNeeded`: where an order stored before is not needed, it changes at most who the affiliate is.
 * - `decidesOnce`: deciding about the order that was just stored gives it again.
 * - `commissionIsDifference`: a known commission is the affiliate's cashback less the member's.
 * - `backfillAndDailyAgree`: in whichever order the two flows see an order, it ends the same.
 * - `joinsKeepOrders`: names that are missing change nothing but the names, and are reported.
 * - `anyOrderSameTable`: windows of both flows, in any order, any number of times, cut short or not, and then the
 *   import, end in the table of each once, in order of time.
 *
 * Stated in `ReferralOrder.laws.ts`, checked in `ReferralOrder.test.ts`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import type * as Rate from "../money/Rate.ts"
import * as CommissionEstimate from "./CommissionEstimate.ts"
import * as Referral from "./Referral.ts"
import * as ShipmentOrder from "./ShipmentOrder.ts"

/**
 * The flow that wrote an order: the daily run, a backfill, or the import of the
 * old table.
 *
 * @category models
 * @since 0.1.0
 */
export type Source = "daily" | "backfill" | "fct_v2"

/**
 * What the affiliate's cashback rests on: a cashback row of the order, what was
 * stored before, a policy, or the old table; or it is not known.
 *
 * @category models
 * @since 0.1.0
 */
export type Basis =
  | { readonly _tag: "CashbackRow" }
  | { readonly _tag: "StoredBefore" }
  | {
      readonly _tag: "Policy"
      readonly rate: Rate.Rate
      readonly isFallback: boolean
      readonly isCapped: boolean
    }
  | { readonly _tag: "OldTable" }
  | { readonly _tag: "Unknown" }

/**
 * An order as it is written. An amount or a name that is not known is missing.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReferralOrder extends ShipmentOrder.Milestones {
  readonly orderNo: string
  readonly memberId: Referral.MemberId
  readonly affiliateId: Referral.AffiliateId
  readonly statusId: number | undefined
  readonly statusName: string | undefined
  readonly courierName: string | undefined
  readonly rateName: string | undefined
  readonly rateCode: string | undefined
  readonly shippingPrice: Money.Money | undefined
  readonly memberCashback: Money.Money | undefined
  readonly affiliateCashback: Money.Money | undefined
  readonly estimatedCommission: Money.Money | undefined
  readonly source: Source
  readonly basis: Basis
}

/**
 * What of an earlier run counts for an order: who its affiliate is, and the
 * cashback that must not be lost.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredOrder {
  readonly memberId: Referral.MemberId
  readonly affiliateId: Referral.AffiliateId
  readonly affiliateCashback: Money.Money | undefined
}

/**
 * Something about an order that a person should look at. What `field` is
 * unreadable counts as missing.
 *
 * @category models
 * @since 0.1.0
 */
export type Finding =
  | { readonly _tag: "OrderNumberMissing" }
  | { readonly _tag: "MemberMissing" }
  | { readonly _tag: "AffiliateMissing"; readonly memberId: Referral.MemberId }
  | {
      readonly _tag: "MemberWithSeveralReferrals"
      readonly memberId: Referral.MemberId
      readonly chosen: Referral.AffiliateId
      readonly others: ReadonlyArray<Referral.AffiliateId>
    }
  | { readonly _tag: "StatusNameMissing"; readonly statusId: number | undefined }
  | { readonly _tag: "CourierMissing"; readonly courierId: number | undefined }
  | { readonly _tag: "RateMissing"; readonly rateId: number | undefined }
  | { readonly _tag: "ShipmentMissing" }
  | { readonly _tag: "OldOrderRepeated"; readonly copies: number }
  | { readonly _tag: "FieldUnreadable"; readonly field: string; readonly found: string }
  | { readonly _tag: "AffiliateCashbackUnknown" }
  | { readonly _tag: "MemberCashbackUnknown" }
  | { readonly _tag: "ShippingPriceUnknown" }
  | { readonly _tag: "NoCashbackPolicy"; readonly rateCode: string | undefined }
  | { readonly _tag: "PolicyUnusable"; readonly rateCode: string | undefined; readonly reason: string }
  | { readonly _tag: "CurrenciesDiffer"; readonly affiliate: string; readonly member: string }
  | { readonly _tag: "AmountTooLarge"; readonly field: string; readonly amount: string }
  | { readonly _tag: "CommissionNegative"; readonly commission: string }

/**
 * What is decided about an order: it is written; nobody referred its member; or
 * it lacks what no order can be without. Findings come with each.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | { readonly _tag: "Referred"; readonly order: ReferralOrder; readonly findings: ReadonlyArray<Finding> }
  | { readonly _tag: "NotReferred"; readonly findings: ReadonlyArray<Finding> }
  | { readonly _tag: "Unusable"; readonly findings: ReadonlyArray<Finding> }

/**
 * What is known about a shipment when it is decided. `stored` is needed where
 * {@link needsStored} says so. `policy` is for a backfill; the daily flow has
 * none.
 *
 * @category models
 * @since 0.1.0
 */
export interface FromShipment {
  readonly shipment: ShipmentOrder.ShipmentOrder
  readonly referral: Referral.Choice | undefined
  readonly stored: StoredOrder | undefined
  readonly source: "daily" | "backfill"
  readonly policy: CommissionEstimate.CashbackPolicy
}

/**
 * The first amount that cannot be stored, in whole units of a currency, not in
 * minor ones: 10 to the 12th, for `numeric(14,2)`.
 *
 * @category constants
 * @since 0.1.0
 */
export const AMOUNT_MAX_EXCLUSIVE = 1_000_000_000_000n

const NO_FINDINGS: ReadonlyArray<Finding> = []

const BY_CASHBACK_ROW: Basis = { _tag: "CashbackRow" }

const NOT_REFERRED: Decision = { _tag: "NotReferred", findings: NO_FINDINGS }

/** The first minor amount that cannot be stored, by the decimals of its currency. */
const MINOR_MAX_EXCLUSIVE: ReadonlyArray<bigint> = [0n, 1n, 2n, 3n, 4n].map(
  (decimals) => AMOUNT_MAX_EXCLUSIVE * 10n ** decimals
)

const isStorable = ({ currency, minor }: Money.Money): boolean => {
  const size = minor < 0n ? -minor : minor
  // A minor unit is never more than a whole one, so most amounts need no look at their currency.
  return size < AMOUNT_MAX_EXCLUSIVE || size < (MINOR_MAX_EXCLUSIVE[Currency.minorUnits(currency)] ?? 0n)
}

/**
 * Says whether an order that was stored before makes a difference: where the
 * member has no affiliate any more, or the source has no cashback for the
 * affiliate, or one that is too large. Elsewhere it could only say who the
 * affiliate is, and the store keeps that anyway.
 *
 * @category decisions
 * @since 0.1.0
 */
export const needsStored = (
  { cashbackRow }: Pick<ShipmentOrder.ShipmentOrder, "cashbackRow">,
  referral: Referral.Choice | undefined
): boolean => {
  const told = cashbackRow?.affiliateCashback
  return referral === undefined || told === undefined || !isStorable(told)
}

/**
 * Decides about a shipment that was not stored before and whose member nobody
 * referred: nothing else of it makes a difference.
 *
 * @category decisions
 * @since 0.1.0
 */
export const notReferred = (memberId: Referral.MemberId | undefined): Decision =>
  Referral.isMember(memberId) ? NOT_REFERRED : { _tag: "NotReferred", findings: [{ _tag: "MemberMissing" }] }

/**
 * Decides about a shipment.
 *
 * - Who the affiliate is was settled when the order was first written; before
 *   that, the referral of the member counts, and without one there is no order.
 * - The member's cashback is that of the newest cashback row, else that of the
 *   shipment. The affiliate's is that of the newest cashback row, else what was
 *   stored, else, in a backfill, what the policy gives.
 * - The commission is the difference, and missing where one of the two is.
 * - A name that is missing is reported, and so is a negative commission; both
 *   are written.
 *
 * **Source**: rules 4 to 8 of the referral commissions.
 *
 * **Example** (A shipment of a referred member)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { CommissionEstimate, Currency, Money, Referral, ReferralOrder } from "@reckoner/core"
 *
 * const idr = (text: string) => Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse("IDR"))))
 * const decision = ReferralOrder.fromShipment({
 *   shipment: {
 *     orderNo: "SO1", memberId: "7", statusId: 3, statusName: "Delivered",
 *     courierId: 1, courierName: "Swift", rateId: 1, rateName: "Regular", rateCode: "REG",
 *     shippingPrice: idr("10000"), cashback: idr("500"),
 *     cashbackRow: { memberCashback: idr("600"), affiliateCashback: idr("800") },
 *     dispatchedAt: 1698655999, deliveredAt: 1699055999, returnedAt: undefined, unreadable: []
 *   },
 *   referral: Referral.choose([{ memberId: "7", affiliateId: "90", referralId: "1", memberReferralId: "1" }]),
 *   stored: undefined,
 *   source: "daily",
 *   policy: CommissionEstimate.NO_POLICY
 * })
 * const order = decision._tag === "Referred" ? decision.order : undefined
 *
 * order?.statusName // => "delivered"
 * order?.estimatedCommission?.minor // => 20_000n
 * order?.basis._tag // => "CashbackRow"
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const fromShipment = (input: FromShipment): Decision => {
  const { referral, shipment, source, stored } = input
  const owner = stored ?? (Referral.isMember(shipment.memberId) ? referral?.referral : undefined)
  if (owner === undefined) return notReferred(shipment.memberId)
  const findings: Array<Finding> = []
  if (referral !== undefined && referral.others.length > 0) findings.push(severalReferrals(referral))
  reportNames(findings, shipment)
  reportUnreadable(findings, shipment.unreadable)
  const memberCashback = storable(findings, "memberCashback", shipment.cashbackRow?.memberCashback ?? shipment.cashback)
  const { affiliateCashback, basis } = affiliateCashbackOf(findings, input)
  const order: ReferralOrder = {
    orderNo: shipment.orderNo,
    memberId: owner.memberId,
    affiliateId: owner.affiliateId,
    statusId: shipment.statusId,
    statusName: shipment.statusName?.toLowerCase(),
    courierName: shipment.courierName,
    rateName: shipment.rateName,
    rateCode: shipment.rateCode,
    shippingPrice: storable(findings, "shippingPrice", shipment.shippingPrice),
    memberCashback,
    affiliateCashback,
    estimatedCommission: commissionOf(findings, affiliateCashback, memberCashback),
    dispatchedAt: happened(findings, "dispatchedAt", shipment.dispatchedAt),
    deliveredAt: happened(findings, "deliveredAt", shipment.deliveredAt),
    returnedAt: happened(findings, "returnedAt", shipment.returnedAt),
    source,
    basis
  }
  return { _tag: "Referred", order, findings: findings.length === 0 ? NO_FINDINGS : findings }
}

/**
 * Decides about a row of the old table.
 *
 * The affiliate's cashback is the member's plus the commission, else what was
 * stored; who the affiliate is was settled when the order was first written. A
 * row without order number, member or affiliate is not usable; the findings say
 * what is missing, in that order, an affiliate only where there is a member.
 *
 * **Source**: rule 3 of the referral commissions.
 *
 * @category decisions
 * @since 0.1.0
 */
export const fromOldCommission = (old: ShipmentOrder.OldCommission, stored: StoredOrder | undefined): Decision => {
  const { affiliateId, memberId, orderNo, shipment } = old
  if (orderNo === undefined || memberId === undefined || affiliateId === undefined) {
    const findings: Array<Finding> = []
    if (orderNo === undefined) findings.push({ _tag: "OrderNumberMissing" })
    if (memberId === undefined) findings.push({ _tag: "MemberMissing" })
    else if (affiliateId === undefined) findings.push({ _tag: "AffiliateMissing", memberId })
    return { _tag: "Unusable", findings }
  }
  const findings: Array<Finding> = []
  if (old.copies > 1) findings.push({ _tag: "OldOrderRepeated", copies: old.copies })
  if (shipment === undefined) findings.push({ _tag: "ShipmentMissing" })
  else if (shipment.statusName === undefined) {
    findings.push({ _tag: "StatusNameMissing", statusId: shipment.statusId })
  }
  if (old.courierName === undefined) findings.push({ _tag: "CourierMissing", courierId: old.courierId })
  if (old.rateName === undefined) findings.push({ _tag: "RateMissing", rateId: undefined })
  reportUnreadable(findings, old.unreadable)
  const memberCashback = storable(findings, "memberCashback", old.cashback)
  const told = oldAffiliateCashback(findings, old)
  const affiliateCashback = told ?? stored?.affiliateCashback
  const isTold = told !== undefined
  if (affiliateCashback === undefined) findings.push({ _tag: "AffiliateCashbackUnknown" })
  const order: ReferralOrder = {
    orderNo,
    memberId: stored?.memberId ?? memberId,
    affiliateId: stored?.affiliateId ?? affiliateId,
    statusId: shipment?.statusId,
    statusName: shipment?.statusName?.toLowerCase(),
    courierName: old.courierName,
    rateName: old.rateName,
    rateCode: old.rateCode,
    shippingPrice: storable(findings, "shippingPrice", old.shippingPrice),
    memberCashback,
    affiliateCashback,
    estimatedCommission: commissionOf(findings, affiliateCashback, memberCashback),
    dispatchedAt: happened(findings, "dispatchedAt", old.dispatchedAt),
    deliveredAt: happened(findings, "deliveredAt", old.deliveredAt),
    returnedAt: happened(findings, "returnedAt", shipment?.returnedAt),
    source: "fct_v2",
    basis: { _tag: isTold ? "OldTable" : affiliateCashback === undefined ? "Unknown" : "StoredBefore" }
  }
  return { _tag: "Referred", order, findings: findings.length === 0 ? NO_FINDINGS : findings }
}

const severalReferrals = ({ others, referral }: Referral.Choice): Finding => ({
  _tag: "MemberWithSeveralReferrals",
  memberId: referral.memberId,
  chosen: referral.affiliateId,
  others: others.map(({ affiliateId }) => affiliateId)
})

const reportNames = (findings: Array<Finding>, shipment: ShipmentOrder.ShipmentOrder): void => {
  const { courierId, courierName, rateId, rateName, statusId, statusName } = shipment
  if (statusName === undefined) findings.push({ _tag: "StatusNameMissing", statusId })
  if (courierName === undefined) findings.push({ _tag: "CourierMissing", courierId })
  if (rateName === undefined) findings.push({ _tag: "RateMissing", rateId })
}

const reportUnreadable = (findings: Array<Finding>, unreadable: ReadonlyArray<ShipmentOrder.UnreadableField>): void => {
  for (const { field, found } of unreadable) findings.push({ _tag: "FieldUnreadable", field, found })
}

const happened = (findings: Array<Finding>, field: string, seconds: number | undefined): number | undefined => {
  if (!ShipmentOrder.hasHappened(seconds)) return undefined
  if (ShipmentOrder.isInstant(seconds)) return seconds
  findings.push({ _tag: "FieldUnreadable", field, found: String(seconds) })
  return undefined
}

const storable = (
  findings: Array<Finding>,
  field: string,
  amount: Money.Money | undefined
): Money.Money | undefined => {
  if (amount === undefined || isStorable(amount)) return amount
  findings.push({ _tag: "AmountTooLarge", field, amount: Money.format(amount) })
  return undefined
}

interface AffiliateCashback {
  readonly affiliateCashback: Money.Money | undefined
  readonly basis: Basis
}

const unknown = (findings: Array<Finding>, finding: Finding): AffiliateCashback => {
  findings.push(finding)
  return { affiliateCashback: undefined, basis: { _tag: "Unknown" } }
}

const affiliateCashbackOf = (
  findings: Array<Finding>,
  { policy, shipment, source, stored }: FromShipment
): AffiliateCashback => {
  const told = storable(findings, "affiliateCashback", shipment.cashbackRow?.affiliateCashback)
  if (told !== undefined) return { affiliateCashback: told, basis: BY_CASHBACK_ROW }
  if (stored?.affiliateCashback !== undefined) {
    return { affiliateCashback: stored.affiliateCashback, basis: { _tag: "StoredBefore" } }
  }
  if (source === "daily") return unknown(findings, { _tag: "AffiliateCashbackUnknown" })
  const { rateCode, shippingPrice } = shipment
  if (shippingPrice === undefined) return unknown(findings, { _tag: "ShippingPriceUnknown" })
  const found = CommissionEstimate.policyCashback({ policy, rateCode, shippingPrice })
  if (Result.isFailure(found)) {
    return unknown(
      findings,
      found.failure._tag === "NoPolicyRate"
        ? { _tag: "NoCashbackPolicy", rateCode }
        : { _tag: "PolicyUnusable", rateCode, reason: found.failure._tag }
    )
  }
  const { affiliateCashback, isCapped, isFallback, rate } = found.success
  return storable(findings, "affiliateCashback", affiliateCashback) === undefined
    ? { affiliateCashback: undefined, basis: { _tag: "Unknown" } }
    : { affiliateCashback, basis: { _tag: "Policy", rate, isFallback, isCapped } }
}

const oldAffiliateCashback = (
  findings: Array<Finding>,
  { cashback, estimatedCommission }: ShipmentOrder.OldCommission
): Money.Money | undefined => {
  if (cashback === undefined || estimatedCommission === undefined) return undefined
  const sum = Money.add(cashback, estimatedCommission)
  return Result.isFailure(sum) ? undefined : storable(findings, "affiliateCashback", sum.success)
}

const commissionOf = (
  findings: Array<Finding>,
  affiliateCashback: Money.Money | undefined,
  memberCashback: Money.Money | undefined
): Money.Money | undefined => {
  if (affiliateCashback === undefined) return undefined
  if (memberCashback === undefined) {
    findings.push({ _tag: "MemberCashbackUnknown" })
    return undefined
  }
  const difference = CommissionEstimate.fromCashback({ affiliateCashback, memberCashback })
  if (Result.isFailure(difference)) {
    const { actual, expected } = difference.failure
    findings.push({ _tag: "CurrenciesDiffer", affiliate: expected, member: actual })
    return undefined
  }
  const commission = storable(findings, "estimatedCommission", difference.success)
  if (commission !== undefined && commission.minor < 0n) {
    findings.push({ _tag: "CommissionNegative", commission: Money.format(commission) })
  }
  return commission
}
