/**
 * The actions that the suites of a `CommissionStore` do.
 *
 * @since 0.1.0
 */
import * as ApprovalState from "../../commission-approval/ApprovalState.ts"
import type * as AuditEntry from "../../commission-approval/AuditEntry.ts"
import type * as CommissionAction from "../../commission-approval/CommissionAction.ts"
import type { KeptCommission } from "../MemoryCommissionStore.ts"
import { commissionRate, commissionSample } from "./CommissionStoreSamples.ts"

/**
 * What an action is on.
 *
 * @category models
 * @since 0.1.0
 */
export type Target = AuditEntry.Target
/**
 * What is done.
 *
 * @category models
 * @since 0.1.0
 */
export type Action = CommissionAction.CommissionAction

/**
 * The order 5.
 *
 * @category constants
 * @since 0.1.0
 */
export const ORDER: Target = { type: "order", id: "5" }
/**
 * The first invoice of the order 5.
 *
 * @category constants
 * @since 0.1.0
 */
export const INVOICE: Target = { type: "invoice", id: "51" }

/**
 * Changes the status of an order.
 *
 * @category testing
 * @since 0.1.0
 */
export const orderStatus = (newStatus: CommissionAction.NewStatus): Action => ({ _tag: "ChangeOrderStatus", newStatus })
/**
 * Changes the status of an invoice.
 *
 * @category testing
 * @since 0.1.0
 */
export const invoiceStatus = (newStatus: CommissionAction.NewStatus, invoiceId = "51"): Action => ({
  _tag: "ChangeInvoiceStatus",
  invoiceId,
  newStatus
})
/**
 * Names a percentage for a part of an order.
 *
 * @category testing
 * @since 0.1.0
 */
export const percent = (
  text: string,
  target: Extract<Action, { readonly _tag: "ChangePercent" }>["target"]
): Action => ({
  _tag: "ChangePercent",
  target,
  percent: commissionRate(text)
})
/**
 * Credits another wallet.
 *
 * @category testing
 * @since 0.1.0
 */
export const wallet = (walletKind: string): Action => ({ _tag: "ChangeWallet", walletKind })

/**
 * What the audit trail calls an action.
 *
 * @category queries
 * @since 0.1.0
 */
export const nameOf = (action: Action): AuditEntry.ActionName => {
  switch (action._tag) {
    case "ChangePercent":
      return "changePercent"
    case "ChangeWallet":
      return "changeWallet"
    default:
      return action.newStatus
  }
}

/**
 * Every way in which an order can be changed, with what it takes.
 *
 * @category constants
 * @since 0.1.0
 */
export const CHANGES: ReadonlyArray<readonly [name: string, target: Target, action: Action, kept: KeptCommission]> = [
  ["an order's approval", ORDER, orderStatus("approve"), commissionSample("5", { state: ApprovalState.PENDING })],
  ["its cancellation", ORDER, orderStatus("cancel"), commissionSample("5")],
  ["an order's rejection", ORDER, orderStatus("reject"), commissionSample("5", { state: ApprovalState.PENDING })],
  ["that taken back", ORDER, orderStatus("unreject"), commissionSample("5", { state: ApprovalState.REJECTED })],
  ["an invoice's approval", INVOICE, invoiceStatus("approve"), commissionSample("5")],
  ["the approval of the last", INVOICE, invoiceStatus("approve"), commissionSample("5", { approved: [2] })],
  [
    "one shared by seven",
    INVOICE,
    invoiceStatus("approve"),
    commissionSample("5", { weights: [1n, 1n, 3n, 5n, 7n, 1n, 1n] })
  ],
  [
    "an approval in dollars",
    INVOICE,
    invoiceStatus("approve"),
    commissionSample("5", { currency: "USD", bases: ["99.99", "0.10"] })
  ],
  [
    "one in dinar",
    INVOICE,
    invoiceStatus("approve"),
    commissionSample("5", { currency: "KWD", bases: ["-1.005", "12345678901234567.890"] })
  ],
  ["an invoice's rejection", INVOICE, invoiceStatus("reject"), commissionSample("5")],
  ["that taken back", INVOICE, invoiceStatus("unreject"), commissionSample("5", { rejected: [1] })],
  [
    "a percentage of all",
    ORDER,
    percent("12.3456", { mode: "order" }),
    commissionSample("5", { invoices: 3, approved: [2], rejected: [3] })
  ],
  ["one without invoices", ORDER, percent("0.0001", { mode: "order" }), commissionSample("5", { invoices: 0 })],
  [
    "that of an item",
    ORDER,
    percent("100", { mode: "orderItem", orderItemId: "52" }),
    commissionSample("5", { weights: [1n, 1n, 1n] })
  ],
  [
    "that of an invoice",
    INVOICE,
    percent("0", { mode: "invoice", invoiceId: "51" }),
    commissionSample("5", { currency: "USD" })
  ],
  [
    "that of an item of one",
    INVOICE,
    percent("33.3333", { mode: "invoiceItem", invoiceId: "51", invoiceItemId: "512" }),
    commissionSample("5")
  ],
  [
    "that of an invoice without a request",
    INVOICE,
    percent("7", { mode: "invoice", invoiceId: "51" }),
    commissionSample("5", { withoutRequest: [1] })
  ],
  ["another wallet", ORDER, wallet("points"), commissionSample("5", { state: ApprovalState.PENDING, rejected: [2] })],
  ["the same wallet at another discount", ORDER, wallet("cash"), commissionSample("5", { percent: "9" })]
]
