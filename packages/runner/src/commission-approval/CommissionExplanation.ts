/**
 * Where the amounts of a commission come from, and what was done to it: in
 * sentences, from what is stored and from the core alone.
 *
 * @since 0.1.0
 */
import {
  type AuditEntry,
  Commission,
  type CommissionInvoice,
  type CommissionOrder,
  Money,
  Rate,
  type Rounding
} from "@reckoner/core"
import { STATE_TEXTS } from "./CommissionView.ts"

const amount = (money: Money.Money): string => `${Money.format(money)} ${money.currency}`

const percent = (rate: Rate.Rate): string => `${Rate.formatPercent(rate)} %`

const ROUNDED: Readonly<Partial<Record<Rounding.RoundingMode, string>>> = {
  halfExpand: "a half away from zero",
  halfEven: "a half to the even number",
  trunc: "down",
  expand: "up"
}

const state = ({ state: self }: { readonly state: CommissionOrder.CommissionOrder["state"] }): string =>
  self._tag === "Approved" ? `approved at ${new Date(self.approvedAt).toISOString()}` : STATE_TEXTS[self._tag]

const roundingOf = (invoice: CommissionInvoice.CommissionInvoice): Rounding.RoundingMode =>
  invoice.settings?.rounding ?? Commission.ROUNDING_MODE

/**
 * How an item of an invoice comes to its amount. Where the amount is not what
 * its rate gives, it was booked otherwise before it came here, and that is told.
 *
 * @category formatting
 * @since 0.1.0
 */
export const itemLine = (item: CommissionInvoice.InvoiceItem, rounding: Rounding.RoundingMode): string => {
  const worked = Commission.amount({ base: item.base, rate: item.rate, rounding })
  const exact = item.base.minor * item.rate
  const isRounded = exact % Rate.whole !== 0n
  const how = `${percent(item.rate)} of ${amount(item.base)}`
  if (!Money.equals(worked, item.commission)) {
    return `item ${item.id}: ${amount(item.commission)} as it came; ${how} would be ${amount(worked)}`
  }
  const note = isRounded ? `, rounded, ${ROUNDED[rounding] ?? rounding}` : ""
  return `item ${item.id}: ${amount(item.commission)} is ${how}${note}`
}

/**
 * An invoice with its items and its request.
 *
 * @category formatting
 * @since 0.1.0
 */
export const invoiceLines = (invoice: CommissionInvoice.CommissionInvoice): ReadonlyArray<string> => {
  const { creditRequest, items, settings } = invoice
  const used =
    settings === undefined
      ? []
      : [
          `  settings used: wallet ${settings.walletKind}, level ${settings.affiliateLevel}` +
            (settings.levelDiscount === undefined ? "" : `, level discount ${percent(settings.levelDiscount)}`)
        ]
  const request =
    creditRequest === undefined
      ? ["  no transaction request: approval would be refused"]
      : [
          `  transaction request ${creditRequest.id}: ${amount(creditRequest.amount)}, ${creditRequest.status}`,
          ...creditRequest.shares.map(
            (share) => `    user ${share.userId} gets ${amount(share.amount)} (weight ${share.weight})`
          )
        ]
  return [
    `invoice ${invoice.id}, ${state(invoice)}: ${amount(invoice.commission)} at ${percent(invoice.rate)}`,
    ...items.map((item) => `  ${itemLine(item, roundingOf(invoice))}`),
    ...used,
    ...request
  ]
}

const total = (order: CommissionOrder.CommissionOrder): string => {
  if (order.invoices.length === 0) return "the commission of its items, for it has no invoices yet"
  const sum = (name: "Approved" | "Pending") => {
    const amounts = order.invoices.filter((one) => one.state._tag === name).map(({ commission }) => commission.minor)
    return amount(
      Money.make(
        amounts.reduce((left, right) => left + right, 0n),
        order.commission.currency
      )
    )
  }
  return `${sum("Approved")} of approved invoices as booked, and ${sum("Pending")} of those that wait`
}

/**
 * An order with its items, its invoices, and what its commission is made of.
 *
 * @category formatting
 * @since 0.1.0
 */
export const orderLines = (order: CommissionOrder.CommissionOrder): ReadonlyArray<string> => [
  `commission ${amount(order.commission)}: ${total(order)}`,
  `affiliate ${order.affiliate.id}, level ${order.affiliate.level}${order.affiliate.isRevoked ? ", revoked" : ""}; ` +
    `wallet ${order.walletKind}; ${state(order)}`,
  ...order.items.map((item) => `item ${item.id}: ${percent(item.rate)} of ${amount(item.base)}`),
  ...order.invoices.flatMap(invoiceLines)
]

const ACTION_TEXTS: Readonly<Record<AuditEntry.ActionName, string>> = {
  approve: "approved",
  cancel: "cancelled the approval of",
  reject: "rejected",
  unreject: "took back the rejection of",
  changePercent: "changed the percentage of",
  changeWallet: "changed the wallet of"
}

/**
 * The figures that an entry of the audit trail changed, each as it was and as
 * it is.
 *
 * @category formatting
 * @since 0.1.0
 */
export const changes = ({ after, before }: AuditEntry.AuditEntry): ReadonlyArray<string> => {
  const of = (name: string, from: string, to: string) => (from === to ? [] : [`${name} ${from} -> ${to}`])
  const invoices = after.invoices.flatMap((invoice) => {
    const was = before.invoices.find(({ id }) => id === invoice.id)
    if (was === undefined) return []
    return [
      ...of(`invoice ${invoice.id}`, STATE_TEXTS[was.state._tag], STATE_TEXTS[invoice.state._tag]),
      ...of(`invoice ${invoice.id}`, percent(was.rate), percent(invoice.rate)),
      ...of(`invoice ${invoice.id}`, amount(was.commission), amount(invoice.commission)),
      ...of(
        `transaction of invoice ${invoice.id}`,
        was.request === undefined ? "none" : `${amount(was.request.amount)} ${was.request.status}`,
        invoice.request === undefined ? "none" : `${amount(invoice.request.amount)} ${invoice.request.status}`
      )
    ]
  })
  return [
    ...of("order", STATE_TEXTS[before.state._tag], STATE_TEXTS[after.state._tag]),
    ...of("wallet", before.walletKind, after.walletKind),
    ...of("commission", amount(before.commission), amount(after.commission)),
    ...invoices
  ]
}

/**
 * What an entry of the audit trail did.
 *
 * @category formatting
 * @since 0.1.0
 */
export const auditLines = (entry: AuditEntry.AuditEntry): ReadonlyArray<string> => [
  `${new Date(entry.at).toISOString()}  ${entry.actorId} ${ACTION_TEXTS[entry.action]} ` +
    `${entry.target.type} ${entry.target.id}`,
  ...changes(entry).map((line) => `  ${line}`)
]
