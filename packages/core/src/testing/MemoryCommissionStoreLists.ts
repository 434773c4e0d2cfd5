/**
 * The lists of the commissions in memory.
 *
 * @since 0.1.0
 */
import * as ApprovalState from "../commission-approval/ApprovalState.ts"
import * as Money from "../money/Money.ts"
import type {
  CommissionFilter,
  CommissionPage,
  ListedAffiliate,
  ListedInvoice,
  ListedOrder,
  StateSummary
} from "../ports/CommissionStore.ts"
import type { KeptCommission } from "./MemoryCommissionStore.ts"

/**
 * An order with the name of its affiliate.
 *
 * @category models
 * @since 0.1.0
 */
export interface NamedCommission extends KeptCommission {
  readonly affiliateName: string
}

/**
 * Orders keys as the numbers that they are.
 *
 * @category comparing
 * @since 0.1.0
 */
export const compareIds = (one: string, other: string): number => {
  const [a, b] = [BigInt(one), BigInt(other)]
  return a < b ? -1 : a > b ? 1 : 0
}

const affiliateOf = ({ affiliateName, order: { affiliate } }: NamedCommission): ListedAffiliate => ({
  id: affiliate.id,
  name: affiliateName,
  isRevoked: affiliate.isRevoked
})

/**
 * An order as a list shows it.
 *
 * @category queries
 * @since 0.1.0
 */
export const listedOrder = (kept: NamedCommission): ListedOrder => ({
  id: kept.order.id,
  code: kept.code,
  customerName: kept.customerName,
  createdAt: kept.createdAt,
  affiliate: affiliateOf(kept),
  state: kept.order.state,
  walletKind: kept.order.walletKind,
  commission: kept.order.commission
})

const listedInvoices = (kept: NamedCommission): ReadonlyArray<ListedInvoice> =>
  kept.order.invoices.map((invoice) => {
    const { code, createdAt } = kept.invoices.find(({ id }) => id === invoice.id)!
    return {
      id: invoice.id,
      code,
      orderId: kept.order.id,
      orderCode: kept.code,
      createdAt,
      affiliate: affiliateOf(kept),
      state: invoice.state,
      walletKind: kept.order.walletKind,
      rate: invoice.rate,
      commission: invoice.commission,
      requestStatus: invoice.creditRequest?.status
    }
  })

const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .normalize("NFC")
    .toLowerCase()
    .match(/[\p{L}\p{Nd}]+/gu) ?? []

/** Every word of the text begins a word of the order's code or of its customer's name. */
const hasText = ({ code, customerName }: KeptCommission, text: string | undefined): boolean => {
  if (text === undefined || text.trim() === "") return true
  const asked = wordsOf(text)
  const words = wordsOf(`${code} ${customerName}`)
  return asked.length > 0 && asked.every((start) => words.some((word) => word.startsWith(start)))
}

interface Listed {
  readonly id: string
  readonly createdAt: number
  readonly affiliate: ListedAffiliate
  readonly state: ApprovalState.ApprovalState
  readonly walletKind: string
  readonly commission: Money.Money
}

const isShown = (filter: CommissionFilter) => {
  const { affiliateId, createdBefore, createdFrom, states, walletKind } = filter
  return ({ affiliate, createdAt, state, walletKind: kind }: Listed): boolean =>
    !(state._tag === "Pending" && affiliate.isRevoked) &&
    (states === undefined || states.includes(state._tag)) &&
    (affiliateId === undefined || affiliate.id === affiliateId) &&
    (createdFrom === undefined || createdAt >= createdFrom) &&
    (createdBefore === undefined || createdAt < createdBefore) &&
    (walletKind === undefined || kind === walletKind)
}

/**
 * The orders of a filter.
 *
 * @category queries
 * @since 0.1.0
 */
export const orders = (all: ReadonlyArray<NamedCommission>, filter: CommissionFilter): ReadonlyArray<ListedOrder> =>
  all
    .filter((kept) => hasText(kept, filter.text))
    .map(listedOrder)
    .filter(isShown(filter))

/**
 * The invoices of a filter.
 *
 * @category queries
 * @since 0.1.0
 */
export const invoices = (all: ReadonlyArray<NamedCommission>, filter: CommissionFilter): ReadonlyArray<ListedInvoice> =>
  all
    .filter((kept) => hasText(kept, filter.text))
    .flatMap(listedInvoices)
    .filter(isShown(filter))

const newestFirst = (one: Listed, other: Listed): number =>
  other.createdAt - one.createdAt || compareIds(other.id, one.id)

/**
 * A page of a list.
 *
 * @category queries
 * @since 0.1.0
 */
export const pageOf = <A extends Listed>(
  listed: ReadonlyArray<A>,
  { after, limit }: CommissionPage
): ReadonlyArray<A> => {
  if (after !== undefined && !/^-?\d+$/.test(after.id)) return []
  return listed
    .filter(
      ({ createdAt, id }) =>
        after === undefined ||
        createdAt < after.createdAt ||
        (createdAt === after.createdAt && compareIds(id, after.id) < 0)
    )
    .toSorted(newestFirst)
    .slice(0, Math.max(0, limit))
}

const compareCodes = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/**
 * How many there are by state and currency.
 *
 * @category queries
 * @since 0.1.0
 */
export const summaryOf = (listed: ReadonlyArray<Listed>): ReadonlyArray<StateSummary> =>
  ApprovalState.STATE_NAMES.flatMap((state) => {
    const ofState = listed.filter((one) => one.state._tag === state)
    const currencies = [...new Set(ofState.map(({ commission }) => commission.currency))].toSorted(compareCodes)
    return currencies.map((currency) => {
      const amounts = ofState.map(({ commission }) => commission).filter((amount) => amount.currency === currency)
      const minor = amounts.reduce((sum, amount) => sum + amount.minor, 0n)
      return { state, count: amounts.length, sum: Money.make(minor, currency) }
    })
  })
