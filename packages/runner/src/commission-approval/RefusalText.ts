/**
 * What is told about an action that was refused: what stands in its way, and
 * what would help.
 *
 * @since 0.1.0
 */
import { Money, Rate, type Refusal } from "@reckoner/core"
import type { CommissionUnknown } from "@reckoner/core/ports"

const amount = (money: Money.Money): string => `${Money.format(money)} ${money.currency}`

const instant = (at: number): string => new Date(at).toISOString()

/**
 * One sentence.
 *
 * @category formatting
 * @since 0.1.0
 */
export const sentence = (refusal: Refusal.Refusal | CommissionUnknown): string => {
  switch (refusal._tag) {
    case "CommissionUnknown":
      return `There is no commission ${refusal.target.type} ${refusal.target.id}.`
    case "AffiliateRevoked":
      return `Affiliate ${refusal.affiliateId} is revoked: only somebody with the role approver-revoked may approve this.`
    case "OrderNotApproved":
      return `Commission order ${refusal.orderId} is not approved: approve it first.`
    case "OrderNotRejected":
      return `Commission order ${refusal.orderId} is not rejected, so there is nothing to take back.`
    case "OrderAlreadyApproved":
      return `Commission order ${refusal.orderId} was approved at ${instant(refusal.approvedAt)}: cancel that first.`
    case "OrderRejected":
      return `Commission order ${refusal.orderId} is rejected: take the rejection back first.`
    case "OrderHasApprovedInvoice":
      return (
        `Commission order ${refusal.orderId} has approved invoices (${refusal.invoiceIds.join(", ")}), ` +
        "and their approval cannot be undone."
      )
    case "InvoiceAlreadyApproved":
      return (
        `Commission invoice ${refusal.invoiceId} was approved at ${instant(refusal.approvedAt)}, ` +
        "and that cannot be undone."
      )
    case "InvoiceRejected":
      return `Commission invoice ${refusal.invoiceId} is rejected: take the rejection back first.`
    case "InvoiceNotRejected":
      return `Commission invoice ${refusal.invoiceId} is not rejected, so there is nothing to take back.`
    case "CancelNotForInvoices":
      return `The approval of commission invoice ${refusal.invoiceId} cannot be cancelled: that exists for orders only.`
    case "TransactionRequestMissing":
      return (
        `No transaction request credits a wallet with commission invoice ${refusal.invoiceId}: ` +
        "whoever makes the orders must create it first."
      )
    case "TransactionRequestNotPending":
      return (
        `Transaction request ${refusal.requestId} of commission invoice ${refusal.invoiceId} is ` +
        `${refusal.status}, not pending.`
      )
    case "TransactionAmountMismatch":
      return (
        `Commission invoice ${refusal.invoiceId} is over ${amount(refusal.invoiceAmount)}, its transaction request ` +
        `${refusal.requestId} over ${amount(refusal.requestAmount)}, and the beneficiaries get ` +
        `${amount(refusal.sharesAmount)} together: name its percentage again to bring them in line.`
      )
    case "PercentOutOfRange":
      return `${Rate.formatPercent(refusal.percent)} % is no commission percentage: it must be from 0 to 100.`
    case "InvoiceUnknown":
      return `There is no commission invoice ${refusal.invoiceId} in this order.`
    case "ItemUnknown":
      return `There is no item ${refusal.itemId} there.`
    case "NoLevelDiscount":
      return (
        `The commission settings have no level discount for wallet ${JSON.stringify(refusal.walletKind)} and ` +
        `level ${JSON.stringify(refusal.affiliateLevel)}.`
      )
  }
}
