/**
 * Where an order's commission comes from, and what is odd about it: in
 * sentences, from the core's answers alone.
 *
 * @since 0.1.0
 */
import { Money, Rate, type ReferralOrder } from "@reckoner/core"

/**
 * The kinds of findings, each with what it means.
 *
 * @category constants
 * @since 0.1.0
 */
export const FINDING_KINDS: Readonly<Record<ReferralOrder.Finding["_tag"], string>> = {
  AffiliateCashbackUnknown: "nothing says the affiliate's cashback; a backfill may fill it in by the cashback policy",
  AffiliateMissing: "a row of the old table names no affiliate; it was left out",
  AmountTooLarge: "an amount is too large to be stored; it counts as unknown",
  CommissionNegative: "the member's cashback exceeds the affiliate's; the negative commission was written",
  CourierMissing: "there is no courier of that number; the order has no courier's name",
  CurrenciesDiffer: "the cashbacks are of two currencies; the commission is unknown",
  FieldUnreadable: "a field holds no value of its kind; it counts as unknown",
  MemberCashbackUnknown: "nothing says the member's cashback; the commission is unknown",
  MemberMissing: "the order names no member; it was left out",
  MemberWithSeveralReferrals: "several referrals name the member; the lowest counts",
  NoCashbackPolicy: "the cashback policy has no rate for the code; the commission is unknown",
  OldOrderRepeated: "the old table has the order several times; the one dispatched last counts",
  OrderNumberMissing: "a row of the old table has no order number; it was left out",
  PolicyUnusable: "the cashback policy cannot be used for the order; the commission is unknown",
  RateMissing: "there is no rate of that number; the order has no rate's name and code",
  ShipmentMissing: "there is no shipment of that number any more; the order has no status",
  ShippingPriceUnknown: "the policy needs the shipping price, which is unknown, as is the commission",
  StatusNameMissing: "there is no status of that number; the order has no status name"
}

const amount = (money: Money.Money): string => `${Money.format(money)} ${money.currency}`

const originOf = ({ basis, rateCode }: ReferralOrder.ReferralOrder): string => {
  switch (basis._tag) {
    case "CashbackRow":
      return "by the newest cashback row of the order"
    case "StoredBefore":
      return "as an earlier run stored it, for the order has no cashback row that says it"
    case "Policy": {
      const rule = basis.isFallback ? "of all other rate codes" : `of rate code ${rateCode}`
      const capped = basis.isCapped ? ", up to its cap" : ""
      return `${Rate.formatPercent(basis.rate)} % of the shipping price by the cashback policy ${rule}${capped}`
    }
    case "OldTable":
      return "the member's cashback and the commission of the old table together"
    case "Unknown":
      return "not known"
  }
}

/**
 * Says where the commission of an order comes from.
 *
 * @category formatting
 * @since 0.1.0
 */
export const explain = (order: ReferralOrder.ReferralOrder): string => {
  const { affiliateCashback, estimatedCommission, memberCashback } = order
  if (affiliateCashback === undefined) {
    return "the commission is unknown, because the affiliate's cashback is"
  }
  if (memberCashback === undefined) {
    return `the commission is unknown, because nothing says the member's cashback (the affiliate's is ${amount(affiliateCashback)})`
  }
  if (estimatedCommission === undefined) {
    return (
      `the commission is unknown, because the member's cashback of ${amount(memberCashback)} cannot be taken from ` +
      `the affiliate's of ${amount(affiliateCashback)}`
    )
  }
  return (
    `${amount(estimatedCommission)} is the affiliate's cashback of ${Money.format(affiliateCashback)} ` +
    `(${originOf(order)}) less the member's of ${Money.format(memberCashback)}`
  )
}

const named = (kind: string, id: number | undefined): string =>
  id === undefined ? `no ${kind} at all` : `${kind} ${id}, which has no name`

const known = (text: string | undefined): string => text ?? "none"

/**
 * Says what a finding means for its order.
 *
 * @category formatting
 * @since 0.1.0
 */
export const explainFinding = (finding: ReferralOrder.Finding): string => {
  const meaning = FINDING_KINDS[finding._tag]
  switch (finding._tag) {
    case "MemberWithSeveralReferrals": {
      const { chosen, memberId, others } = finding
      return `member ${memberId} was referred by ${[chosen, ...others].join(" and ")}: ${chosen} counts, whose referral is the lowest`
    }
    case "StatusNameMissing":
      return `it names ${named("status", finding.statusId)}: ${meaning}`
    case "CourierMissing":
      return `it names ${named("courier", finding.courierId)}: ${meaning}`
    case "RateMissing":
      return `it names ${named("rate", finding.rateId)}: ${meaning}`
    case "FieldUnreadable":
      return `${finding.field} holds ${JSON.stringify(finding.found)}: ${meaning}`
    case "NoCashbackPolicy":
      return `rate code ${known(finding.rateCode)}: ${meaning}`
    case "PolicyUnusable":
      return `rate code ${known(finding.rateCode)} (${finding.reason}): ${meaning}`
    case "CurrenciesDiffer":
      return `${finding.affiliate} and ${finding.member}: ${meaning}`
    case "AffiliateMissing":
      return `member ${finding.memberId}: ${meaning}`
    case "AmountTooLarge":
      return `${finding.field} of ${finding.amount}: ${meaning}`
    case "CommissionNegative":
      return `${finding.commission}: ${meaning}`
    case "OldOrderRepeated":
      return `${finding.copies} rows: ${meaning}`
    default:
      return meaning
  }
}
