/**
 * Orders and actions of the core's generators, with keys that tables can have:
 * those of order 12 are 12, 12001, 12002 and so on.
 *
 * @since 0.1.0
 */
import type { CommissionAction, CommissionOrder } from "@reckoner/core"
import { CommissionOrderArbitrary, type MemoryCommissionStore } from "@reckoner/core/testing"

const { INVOICE_IDS, ORDER_ITEM_IDS } = CommissionOrderArbitrary

const CREATED_AT = Date.UTC(2026, 0, 1)

/** Items of invoice 2 are 21, 22 and so on; what there is not becomes 0 and something, which no order has. */
const place = (id: string): number => {
  const [invoice = "", item = "0"] = id.split(".")
  return (INVOICE_IDS.indexOf(invoice) + 1) * 10 + Number(item)
}

const keys = (orderId: string) => ({
  orderItem: (id: string) => `${orderId}00${ORDER_ITEM_IDS.indexOf(id) + 1}`,
  invoice: (id: string) => `${orderId}0${place(id)}`,
  invoiceItem: (id: string) => `${orderId}0${place(id)}`
})

/**
 * An order with keys, its affiliate, and what a store shows of it.
 *
 * @category testing
 * @since 0.1.0
 */
export const numbered = (
  drawn: CommissionOrder.CommissionOrder,
  number: number
): {
  readonly affiliate: MemoryCommissionStore.KeptAffiliate
  readonly commission: MemoryCommissionStore.KeptCommission
  readonly order: CommissionOrder.CommissionOrder
} => {
  const id = String(number)
  const of = keys(id)
  const order: CommissionOrder.CommissionOrder = {
    ...drawn,
    id,
    affiliate: { ...drawn.affiliate, id },
    items: drawn.items.map((item) => ({ ...item, id: of.orderItem(item.id) })),
    invoices: drawn.invoices.map((invoice) => ({
      ...invoice,
      id: of.invoice(invoice.id),
      items: invoice.items.map((item) => ({
        ...item,
        id: of.invoiceItem(item.id),
        orderItemId: of.orderItem(item.orderItemId)
      })),
      creditRequest:
        invoice.creditRequest === undefined
          ? undefined
          : {
              ...invoice.creditRequest,
              id: of.invoice(invoice.id),
              shares: invoice.creditRequest.shares.map((share) => ({
                ...share,
                userId: share.userId.replace(/\D/g, "")
              }))
            }
    }))
  }
  return {
    order,
    affiliate: { ...order.affiliate, name: `Affiliate ${id}` },
    commission: {
      order,
      code: `O-${id}`,
      customerName: "Customer",
      createdAt: CREATED_AT,
      invoices: order.invoices.map((invoice) => ({ id: invoice.id, code: `I-${invoice.id}`, createdAt: CREATED_AT }))
    }
  }
}

/**
 * An action on the order of a key.
 *
 * @category testing
 * @since 0.1.0
 */
export const numberedAction = (
  action: CommissionAction.CommissionAction,
  orderId: string
): CommissionAction.CommissionAction => {
  const of = keys(orderId)
  if (action._tag === "ChangeInvoiceStatus") return { ...action, invoiceId: of.invoice(action.invoiceId) }
  if (action._tag !== "ChangePercent") return action
  const { target } = action
  switch (target.mode) {
    case "order":
      return action
    case "orderItem":
      return { ...action, target: { ...target, orderItemId: of.orderItem(target.orderItemId) } }
    case "invoice":
      return { ...action, target: { ...target, invoiceId: of.invoice(target.invoiceId) } }
    case "invoiceItem":
      return {
        ...action,
        target: {
          ...target,
          invoiceId: of.invoice(target.invoiceId),
          invoiceItemId: of.invoiceItem(target.invoiceItemId)
        }
      }
  }
}
