/**
 * Generators for orders with their invoices in every state that actions can
 * lead to: an approved invoice only in an approved order, its request carried
 * out; the others with a request that waits or has failed, or without one.
 *
 * A draft says what of an order is free; {@link orderOf} works out the rest, so
 * tests write down only what they are about.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import type * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import type * as Rate from "../money/Rate.ts"
import * as ApprovalState from "./ApprovalState.ts"
import { baseMinor, currency, rate } from "./Commission.arbitrary.ts"
import * as Commission from "./Commission.ts"
import type * as CommissionInvoice from "./CommissionInvoice.ts"
import * as CommissionOrder from "./CommissionOrder.ts"
import { affiliateLevel, walletKind } from "./CommissionSettings.arbitrary.ts"
import type { SettingsUsed } from "./CommissionSettings.ts"
import { weights } from "./WalletCredit.arbitrary.ts"
import * as WalletCredit from "./WalletCredit.ts"

/** What of an item of an invoice is free. It has the rate of the order's item unless it names its own. */
export interface InvoiceItemDraft {
  readonly orderItemId: string
  readonly base: bigint
  readonly rate?: Rate.Rate
  readonly rateRevision?: number
}

/** What of an invoice is free. Its items are called `1.1`, `1.2` and so on, its request `R1`. */
export interface InvoiceDraft {
  readonly id: string
  readonly state?: ApprovalState.ApprovalState
  readonly items: ReadonlyArray<InvoiceItemDraft>
  readonly request?: WalletCredit.CreditStatus | "missing"
  readonly weights?: ReadonlyArray<bigint>
}

/** What of an order is free. */
export interface OrderDraft {
  readonly currency: Currency.Currency
  readonly state?: ApprovalState.ApprovalState
  readonly items: ReadonlyArray<{
    readonly id: string
    readonly base: bigint
    readonly rate: Rate.Rate
    readonly rateRevision?: number
  }>
  readonly invoices?: ReadonlyArray<InvoiceDraft>
  readonly walletKind?: string
  readonly affiliate?: Partial<CommissionOrder.Affiliate>
  readonly settings?: SettingsUsed
  readonly revision?: number
}

const sumOf = (amounts: ReadonlyArray<Money.Money>, code: Currency.Currency): Money.Money =>
  Money.make(
    amounts.reduce((sum, { minor }) => sum + minor, 0n),
    code
  )

const requestOf = (
  { id, request = "pending", state, weights: given = [1n] }: InvoiceDraft,
  amount: Money.Money
): WalletCredit.CreditRequest | undefined => {
  if (request === "missing") return undefined
  const zero = Money.zero(amount.currency)
  const shares = given.map((weight, at) => ({ userId: `user ${at + 1}`, weight, amount: zero }))
  const status = state?._tag === "Approved" ? "success" : request
  return WalletCredit.withAmount({ id: `R${id}`, status, amount: zero, shares }, amount)
}

const invoiceOf = (draft: InvoiceDraft, order: OrderDraft): CommissionInvoice.CommissionInvoice => {
  const items = draft.items.map((item, at): CommissionInvoice.InvoiceItem => {
    const named = order.items.find(({ id }) => id === item.orderItemId)!
    const base = Money.make(item.base, order.currency)
    const own = item.rate ?? named.rate
    const { minor } = Commission.amount({ base, rate: own, rounding: Commission.ROUNDING_MODE })
    return {
      id: `${draft.id}.${at + 1}`,
      orderItemId: item.orderItemId,
      base,
      rate: own,
      rateRevision: item.rateRevision ?? named.rateRevision ?? 0,
      commission: Money.make(minor, order.currency)
    }
  })
  const bases = items.map(({ base }) => base)
  const commissions = items.map((item) => item.commission)
  const commission = sumOf(commissions, order.currency)
  const first = items[0]!.rate
  const isUniform = items.every((item) => item.rate === first)
  return {
    id: draft.id,
    state: draft.state ?? ApprovalState.PENDING,
    items,
    commission,
    rate: isUniform ? first : Commission.effectiveRate({ base: sumOf(bases, order.currency), commission }),
    creditRequest: requestOf(draft, commission),
    settings: undefined
  }
}

/** The order of a draft, with all amounts worked out. */
export const orderOf = (draft: OrderDraft): CommissionOrder.CommissionOrder => {
  const items = draft.items.map(({ base, rateRevision = 0, ...item }) => ({
    ...item,
    rateRevision,
    base: Money.make(base, draft.currency)
  }))
  const invoices = (draft.invoices ?? []).map((invoice) => invoiceOf(invoice, draft))
  const counted = invoices.filter(({ state }) => state._tag !== "Rejected").map(({ commission }) => commission)
  const ofItems = items.map((item) => Commission.amount({ ...item, rounding: Commission.ROUNDING_MODE }))
  return {
    id: "order",
    affiliate: { id: "affiliate", level: "gold", isRevoked: false, ...draft.affiliate },
    state: draft.state ?? ApprovalState.PENDING,
    walletKind: draft.walletKind ?? "cash",
    items,
    invoices,
    commission: sumOf(invoices.length === 0 ? ofItems : counted, draft.currency),
    settings: draft.settings,
    revision: draft.revision ?? 0
  }
}

/** What the actions of the generators call items and invoices. */
export const ORDER_ITEM_IDS: ReadonlyArray<string> = ["a", "b", "c", "d", "e"]
export const INVOICE_IDS: ReadonlyArray<string> = ["1", "2", "3", "4", "5"]

const REVISION_MAX = 9

const revision = fc.nat(REVISION_MAX)

const invoiceItem = fc.record({
  at: fc.nat(ORDER_ITEM_IDS.length - 1),
  base: baseMinor,
  own: fc.option(fc.record({ rate, revision }), { nil: undefined, freq: 2 })
})

// An order with an approved invoice refuses much, so most have none.
const invoiceState = fc.oneof(
  { weight: 5, arbitrary: fc.constant<ApprovalState.StateName>("Pending") },
  { weight: 3, arbitrary: fc.constant<ApprovalState.StateName>("Rejected") },
  { weight: 1, arbitrary: fc.constant<ApprovalState.StateName>("Approved") }
)

const invoice = fc.record({
  state: invoiceState,
  approvedAt: fc.nat(),
  items: fc.array(invoiceItem, { minLength: 1, maxLength: 3 }),
  request: fc.constantFrom<WalletCredit.CreditStatus | "missing">("pending", "pending", "pending", "failed", "missing"),
  weights
})

const free = fc.record({
  currency,
  state: fc.constantFrom<ApprovalState.StateName>("Pending", "Approved", "Approved", "Rejected"),
  approvedAt: fc.nat(),
  items: fc.array(fc.record({ base: baseMinor, rate, revision }), { minLength: 1, maxLength: 5 }),
  isOneRate: fc.boolean(),
  invoices: fc.oneof(
    { weight: 1, arbitrary: fc.array(invoice, { maxLength: 1 }) },
    { weight: 4, arbitrary: fc.array(invoice, { minLength: 2, maxLength: 5 }) }
  ),
  walletKind,
  affiliate: fc.record({ level: affiliateLevel, isRevoked: fc.boolean() }),
  revision
})

type Free = typeof free extends fc.Arbitrary<infer A> ? A : never

const stateOf = (name: string, approvedAt: number): ApprovalState.ApprovalState => {
  if (name === "Approved") return ApprovalState.approved(approvedAt)
  return name === "Rejected" ? ApprovalState.REJECTED : ApprovalState.PENDING
}

/**
 * An item of an invoice that is not rejected has the rate that was named last:
 * a rate of its own was named later than the order's. A rejected one need not.
 */
const ownRate = (
  own: { readonly rate: Rate.Rate; readonly revision: number } | undefined,
  orderItem: { readonly rateRevision: number },
  state: string,
  revisionMax: number
): { readonly rate: Rate.Rate; readonly rateRevision: number } | undefined => {
  if (own === undefined) return undefined
  const earliest = state === "Rejected" ? 0 : orderItem.rateRevision + 1
  if (earliest > revisionMax) return undefined
  return { rate: own.rate, rateRevision: Math.min(Math.max(own.revision, earliest), revisionMax) }
}

const draftOf = (drawn: Free): OrderDraft => {
  const items = drawn.items.map((item, at) => ({
    id: ORDER_ITEM_IDS[at]!,
    base: item.base,
    rate: drawn.isOneRate ? drawn.items[0]!.rate : item.rate,
    rateRevision: Math.min(item.revision, drawn.revision)
  }))
  const invoices = drawn.invoices.map((one, index): InvoiceDraft => ({
    id: INVOICE_IDS[index]!,
    state: stateOf(one.state, one.approvedAt),
    request: one.state === "Approved" ? "success" : one.request,
    weights: one.weights,
    items: one.items.map(({ at, base, own }) => {
      const orderItem = items[at % items.length]!
      return { orderItemId: orderItem.id, base, ...ownRate(own, orderItem, one.state, drawn.revision) }
    })
  }))
  const hasApproved = invoices.some(({ state }) => state?._tag === "Approved")
  return {
    currency: drawn.currency,
    state: stateOf(hasApproved ? "Approved" : drawn.state, drawn.approvedAt),
    items,
    invoices,
    walletKind: drawn.walletKind,
    affiliate: drawn.affiliate,
    revision: drawn.revision
  }
}

/** An order with up to five items and as many invoices. */
export const order: fc.Arbitrary<CommissionOrder.CommissionOrder> = free.map((drawn) => orderOf(draftOf(drawn)))

/** What can be asked of an order or an invoice. */
export const command: fc.Arbitrary<CommissionOrder.Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ _tag: fc.constant("Approve" as const), at: fc.nat(), mayApproveRevoked: fc.boolean() })
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<CommissionOrder.Command>(
      { _tag: "CancelApproval" },
      { _tag: "Reject" },
      { _tag: "Unreject" }
    )
  }
)
