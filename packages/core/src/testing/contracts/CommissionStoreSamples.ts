/**
 * Commissions for suites, all in dong unless they say otherwise: two items of
 * 100,000 and 50,000 at 10 %, billed by two invoices, half of each by each, to
 * be shared 2 : 1 by the users 901 and 902.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as ApprovalState from "../../commission-approval/ApprovalState.ts"
import * as Commission from "../../commission-approval/Commission.ts"
import type * as CommissionInvoice from "../../commission-approval/CommissionInvoice.ts"
import * as CommissionOrder from "../../commission-approval/CommissionOrder.ts"
import * as CommissionSettings from "../../commission-approval/CommissionSettings.ts"
import * as WalletCredit from "../../commission-approval/WalletCredit.ts"
import * as Currency from "../../money/Currency.ts"
import * as Money from "../../money/Money.ts"
import * as Rate from "../../money/Rate.ts"
import type { CommissionSources, KeptAffiliate, KeptCommission } from "../MemoryCommissionStore.ts"

/** 2026-03-01 in UTC. */
const CREATED_AT = 1_772_323_200_000
const MINUTE_MS = 60_000

/**
 * Reads an amount that is known to be one.
 *
 * @category testing
 * @since 0.1.0
 */
export const commissionAmount = (text: string, currency = "VND"): Money.Money =>
  Result.getOrThrow(Money.parse(text, Result.getOrThrow(Currency.parse(currency))))

/**
 * Reads a percentage that is known to be one.
 *
 * @category testing
 * @since 0.1.0
 */
export const commissionRate = (percent: string): Rate.Rate => Result.getOrThrow(Rate.parsePercent(percent))

/**
 * The affiliate 7 of level gold, who is active.
 *
 * @category testing
 * @since 0.1.0
 */
export const ACTIVE_AFFILIATE: KeptAffiliate = { id: "7", name: "Mai", level: "gold", isRevoked: false }

/**
 * The affiliate 8 of level silver, who is revoked.
 *
 * @category testing
 * @since 0.1.0
 */
export const REVOKED_AFFILIATE: KeptAffiliate = { id: "8", name: "Lan", level: "silver", isRevoked: true }

/**
 * Level discounts for the wallets `cash` and `points`; there is none for points of silver.
 *
 * @category testing
 * @since 0.1.0
 */
export const COMMISSION_SETTINGS: CommissionSettings.CommissionSettings = {
  rounding: Commission.ROUNDING_MODE,
  levelDiscounts: new Map([
    [
      "cash",
      new Map([
        ["gold", commissionRate("10")],
        ["silver", commissionRate("7.5")]
      ])
    ],
    ["points", new Map([["gold", commissionRate("12.3456")]])]
  ])
}

/**
 * What a sample is made from. The state of an order reaches its invoices: those
 * named in `approved` and `rejected` have these states, the others wait.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionSample {
  readonly affiliate?: KeptAffiliate
  readonly state?: ApprovalState.ApprovalState
  readonly walletKind?: string
  readonly currency?: string
  readonly bases?: ReadonlyArray<string>
  readonly percent?: string
  /** How many invoices bill the order, up to 9; as many items are possible. */
  readonly invoices?: number
  /** Which of them, from 1. */
  readonly approved?: ReadonlyArray<number>
  readonly rejected?: ReadonlyArray<number>
  readonly withoutRequest?: ReadonlyArray<number>
  readonly weights?: ReadonlyArray<bigint>
  readonly code?: string
  readonly customerName?: string
  readonly createdAt?: number
}

/**
 * An order with its invoices. Their keys begin with the order's: its items and
 * invoices are `51`, `52` … for the order `5`, the items of the invoice `51`
 * are `511`, `512` …, and its request is `517`.
 *
 * @category testing
 * @since 0.1.0
 */
export const commissionSample = (id: string, sample: CommissionSample = {}): KeptCommission => {
  const { affiliate = ACTIVE_AFFILIATE, bases = ["100000", "50000"], createdAt = CREATED_AT, currency = "VND" } = sample
  const { invoices: count = 2, weights = [2n, 1n], withoutRequest = [] } = sample
  const { approved = [], rejected = [], state = ApprovalState.approved(createdAt) } = sample
  const named = { rate: commissionRate(sample.percent ?? "10"), rateRevision: 0 }
  const items = bases.map((base, at) => ({ id: `${id}${at + 1}`, base: commissionAmount(base, currency), ...named }))
  const zero = commissionAmount("0", currency)
  const sum = (amounts: ReadonlyArray<Money.Money>) =>
    Money.make(
      amounts.reduce((total, { minor }) => total + minor, 0n),
      zero.currency
    )
  const stateOf = (nth: number) => {
    if (approved.includes(nth)) return ApprovalState.approved(createdAt + nth)
    return rejected.includes(nth) ? ApprovalState.REJECTED : ApprovalState.PENDING
  }
  const invoices = Array.from({ length: count }, (_, at): CommissionInvoice.CommissionInvoice => {
    const invoiceId = `${id}${at + 1}`
    const billed = items.map(({ base, id: orderItemId, rate }, place) => {
      const part = Money.make(base.minor / BigInt(count), base.currency)
      const { minor } = Commission.amount({ base: part, rate, rounding: Commission.ROUNDING_MODE })
      const commission = Money.make(minor, base.currency)
      return { id: `${invoiceId}${place + 1}`, orderItemId, base: part, commission, ...named }
    })
    const commission = sum(billed.map((item) => item.commission))
    const request: WalletCredit.CreditRequest = {
      id: `${invoiceId}7`,
      status: approved.includes(at + 1) ? "success" : "pending",
      amount: zero,
      shares: weights.map((weight, user) => ({ userId: String(901 + user), weight, amount: zero }))
    }
    return {
      id: invoiceId,
      state: stateOf(at + 1),
      items: billed,
      commission,
      rate: named.rate,
      creditRequest: withoutRequest.includes(at + 1) ? undefined : WalletCredit.withAmount(request, commission),
      settings: undefined
    }
  })
  const order: CommissionOrder.CommissionOrder = {
    id,
    affiliate: { id: affiliate.id, level: affiliate.level, isRevoked: affiliate.isRevoked },
    state,
    walletKind: sample.walletKind ?? "cash",
    items,
    invoices,
    commission: zero,
    settings: undefined,
    revision: 0
  }
  const used = CommissionSettings.used(COMMISSION_SETTINGS, {
    walletKind: order.walletKind,
    affiliateLevel: affiliate.level
  })
  return {
    order: { ...order, commission: CommissionOrder.commissionOf(order, used) },
    code: sample.code ?? `DH-${id.padStart(6, "0")}`,
    customerName: sample.customerName ?? "Trần Thị Bích",
    createdAt,
    invoices: invoices.map(({ id: invoiceId }, at) => ({
      id: invoiceId,
      code: `HD-${invoiceId}`,
      createdAt: createdAt + (at + 1) * MINUTE_MS
    }))
  }
}

/**
 * Both affiliates, the settings, and these orders.
 *
 * @category testing
 * @since 0.1.0
 */
export const commissionSources = (...commissions: ReadonlyArray<KeptCommission>): CommissionSources => ({
  affiliates: [ACTIVE_AFFILIATE, REVOKED_AFFILIATE],
  commissions,
  settings: COMMISSION_SETTINGS
})
