/**
 * Why an action on a commission was refused. Each is a fact about what the
 * action was to change, with the data that tells it.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Money from "../money/Money.ts"
import type * as Rate from "../money/Rate.ts"
import type { AffiliateLevel, WalletKind } from "./CommissionSettings.ts"
import type { CreditStatus } from "./WalletCredit.ts"

/**
 * A record that waits for approval belongs to an affiliate who is one no more,
 * and whoever acts may not approve those.
 *
 * @category errors
 * @since 0.1.0
 */
export class AffiliateRevoked
  extends /* @__PURE__ */ Data.TaggedError("AffiliateRevoked")<{ readonly affiliateId: string }> {}

/**
 * The order is not approved.
 *
 * @category errors
 * @since 0.1.0
 */
export class OrderNotApproved
  extends /* @__PURE__ */ Data.TaggedError("OrderNotApproved")<{ readonly orderId: string }> {}

/**
 * The order is not rejected, so there is no rejection to take back.
 *
 * @category errors
 * @since 0.1.0
 */
export class OrderNotRejected
  extends /* @__PURE__ */ Data.TaggedError("OrderNotRejected")<{ readonly orderId: string }> {}

/**
 * The order is approved: cancel its approval first.
 *
 * @category errors
 * @since 0.1.0
 */
export class OrderAlreadyApproved
  extends /* @__PURE__ */ Data.TaggedError("OrderAlreadyApproved")<{
    readonly orderId: string
    readonly approvedAt: number
  }> {}

/**
 * The order is rejected: take the rejection back first.
 *
 * @category errors
 * @since 0.1.0
 */
export class OrderRejected extends /* @__PURE__ */ Data.TaggedError("OrderRejected")<{ readonly orderId: string }> {}

/**
 * Invoices of the order are approved, and that cannot be undone.
 *
 * @category errors
 * @since 0.1.0
 */
export class OrderHasApprovedInvoice
  extends /* @__PURE__ */ Data.TaggedError("OrderHasApprovedInvoice")<{
    readonly orderId: string
    readonly invoiceIds: ReadonlyArray<string>
  }> {}

/**
 * The invoice is approved, and that cannot be undone.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvoiceAlreadyApproved
  extends /* @__PURE__ */ Data.TaggedError("InvoiceAlreadyApproved")<{
    readonly invoiceId: string
    readonly approvedAt: number
  }> {}

/**
 * The invoice is rejected: take the rejection back first.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvoiceRejected
  extends /* @__PURE__ */ Data.TaggedError("InvoiceRejected")<{ readonly invoiceId: string }> {}

/**
 * The invoice is not rejected, so there is no rejection to take back.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvoiceNotRejected
  extends /* @__PURE__ */ Data.TaggedError("InvoiceNotRejected")<{ readonly invoiceId: string }> {}

/**
 * An approval can be cancelled for an order, never for an invoice.
 *
 * @category errors
 * @since 0.1.0
 */
export class CancelNotForInvoices
  extends /* @__PURE__ */ Data.TaggedError("CancelNotForInvoices")<{ readonly invoiceId: string }> {}

/**
 * Nothing asks a wallet to be credited with this invoice, so its approval would
 * pay nobody.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransactionRequestMissing
  extends /* @__PURE__ */ Data.TaggedError("TransactionRequestMissing")<{ readonly invoiceId: string }> {}

/**
 * The request of the invoice was carried out, or has failed, already.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransactionRequestNotPending
  extends /* @__PURE__ */ Data.TaggedError("TransactionRequestNotPending")<{
    readonly invoiceId: string
    readonly requestId: string
    readonly status: CreditStatus
  }> {}

/**
 * The request of the invoice is over another amount than the invoice, or its
 * parts add up to another one.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransactionAmountMismatch
  extends /* @__PURE__ */ Data.TaggedError("TransactionAmountMismatch")<{
    readonly invoiceId: string
    readonly requestId: string
    readonly invoiceAmount: Money.Money
    readonly requestAmount: Money.Money
    readonly sharesAmount: Money.Money
  }> {}

/**
 * The percentage is below 0 or above 100.
 *
 * @category errors
 * @since 0.1.0
 */
export class PercentOutOfRange
  extends /* @__PURE__ */ Data.TaggedError("PercentOutOfRange")<{ readonly percent: Rate.Rate }> {}

/**
 * The order has no such invoice.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvoiceUnknown
  extends /* @__PURE__ */ Data.TaggedError("InvoiceUnknown")<{ readonly invoiceId: string }> {}

/**
 * The order, or the invoice, has no such item.
 *
 * @category errors
 * @since 0.1.0
 */
export class ItemUnknown extends /* @__PURE__ */ Data.TaggedError("ItemUnknown")<{ readonly itemId: string }> {}

/**
 * The settings have no level discount for this wallet and level.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoLevelDiscount
  extends /* @__PURE__ */ Data.TaggedError("NoLevelDiscount")<{
    readonly walletKind: WalletKind
    readonly affiliateLevel: AffiliateLevel
  }> {}

/**
 * Why a change of a status was refused.
 *
 * @category errors
 * @since 0.1.0
 */
export type StatusRefusal =
  | AffiliateRevoked
  | OrderNotApproved
  | OrderNotRejected
  | OrderAlreadyApproved
  | OrderRejected
  | OrderHasApprovedInvoice
  | InvoiceAlreadyApproved
  | InvoiceRejected
  | InvoiceNotRejected
  | CancelNotForInvoices
  | TransactionRequestMissing
  | TransactionRequestNotPending
  | TransactionAmountMismatch

/**
 * Why any action was refused.
 *
 * @category errors
 * @since 0.1.0
 */
export type Refusal = StatusRefusal | PercentOutOfRange | InvoiceUnknown | ItemUnknown | NoLevelDiscount
