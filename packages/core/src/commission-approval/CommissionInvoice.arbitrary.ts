/**
 * Generators for invoices with what a decision about them needs to know.
 * Requests that are over another amount, whose shares are, or that were carried
 * out for an invoice that waits, are drawn on purpose: no action leads there,
 * and other programs may.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import * as Money from "../money/Money.ts"
import type * as CommissionInvoice from "./CommissionInvoice.ts"
import { order } from "./CommissionOrder.arbitrary.ts"
import { settings } from "./CommissionSettings.arbitrary.ts"
import * as CommissionSettings from "./CommissionSettings.ts"
import type * as WalletCredit from "./WalletCredit.ts"

/** An invoice, with its order and the settings. */
export type InContext = readonly [CommissionInvoice.CommissionInvoice, CommissionInvoice.Context]

/** An invoice of an order that actions can lead to. */
export const invoiceInContext: fc.Arbitrary<InContext> = fc
  .tuple(
    order.filter(({ invoices }) => invoices.length > 0),
    fc.nat(4),
    settings
  )
  .map(([one, at, given]) => [
    one.invoices[at % one.invoices.length]!,
    {
      order: one,
      settings: CommissionSettings.used(given, { walletKind: one.walletKind, affiliateLevel: one.affiliate.level })
    }
  ])

const withRequest = (
  [invoice, context]: InContext,
  change: {
    readonly status: WalletCredit.CreditStatus | undefined
    readonly amount: bigint
    readonly share: bigint
  }
): InContext => {
  const request = invoice.creditRequest
  if (request === undefined) return [invoice, context]
  const more = (amount: Money.Money, minor: bigint) => Money.make(amount.minor + minor, amount.currency)
  const creditRequest = {
    ...request,
    status: change.status ?? request.status,
    amount: more(request.amount, change.amount),
    shares: request.shares.map((share, at) =>
      at === 0 ? { ...share, amount: more(share.amount, change.share) } : share
    )
  }
  return [{ ...invoice, creditRequest }, context]
}

const little = fc.constantFrom(0n, 0n, 1n, -1n)

/** An invoice whose request may be at odds with it. */
export const anyInvoiceInContext: fc.Arbitrary<InContext> = fc
  .tuple(
    invoiceInContext,
    fc.record({
      status: fc.constantFrom<WalletCredit.CreditStatus | undefined>(
        undefined,
        undefined,
        "pending",
        "success",
        "failed"
      ),
      amount: little,
      share: little
    })
  )
  .map(([one, change]) => withRequest(one, change))
