/**
 * An order of a small online shop, made up for the demo: what was sold, who
 * brought the customer, and the two instalments in which it is paid.
 *
 * @since 0.1.0
 */

/**
 * The instant at which everything happens, milliseconds since
 * 1970-01-01T00:00Z: ten in the morning in Ho Chi Minh City.
 *
 * @category constants
 * @since 0.1.0
 */
export const AT_MS = Date.UTC(2026, 2, 6, 3, 0)

/**
 * When the order was placed.
 *
 * @category constants
 * @since 0.1.0
 */
export const ORDERED_AT = "2026-03-02T02:15:00Z"

/**
 * Affiliates. The levels are those of the settings.
 *
 * @category constants
 * @since 0.1.0
 */
export const affiliates = [{ affiliateId: 71, name: "Mai", level: "silver", phone: "0987654321" }] as const

/**
 * The level discounts, in percent.
 *
 * @category constants
 * @since 0.1.0
 */
export const levelDiscounts = [
  { walletKind: "cash", level: "silver", percent: "10" },
  { walletKind: "voucher", level: "silver", percent: "14.5" }
] as const

/**
 * The order, at the level discount of the wallet `cash`.
 *
 * @category constants
 * @since 0.1.0
 */
export const order = {
  orderId: 9001,
  code: "DH-2001",
  customerName: "Nguyen Van An",
  affiliateId: 71,
  walletKind: "cash",
  commission: "165001",
  items: [
    { itemId: 801, name: "Standing desk", base: "1250000", percent: "10" },
    { itemId: 802, name: "Desk lamp", base: "400005", percent: "10" }
  ]
} as const

/**
 * The instalments: the desk and a third of the lamp first, then the rest of the
 * lamp. A colleague of Mai gets a quarter of what she does.
 *
 * @category constants
 * @since 0.1.0
 */
export const invoices = [
  {
    invoiceId: 301,
    code: "DH-2001-1",
    requestId: 601,
    commission: "138334",
    items: [
      { invoiceItemId: 401, itemId: 801, base: "1250000", commission: "125000" },
      { invoiceItemId: 402, itemId: 802, base: "133335", commission: "13334" }
    ],
    shares: [
      { userId: 71, weight: 4, amount: "110668" },
      { userId: 72, weight: 1, amount: "27666" }
    ]
  },
  {
    invoiceId: 302,
    code: "DH-2001-2",
    requestId: 602,
    commission: "26667",
    items: [{ invoiceItemId: 403, itemId: 802, base: "266670", commission: "26667" }],
    shares: [
      { userId: 71, weight: 4, amount: "21334" },
      { userId: 72, weight: 1, amount: "5333" }
    ]
  }
] as const

/**
 * Who approves commissions at the shop.
 *
 * @category constants
 * @since 0.1.0
 */
export const APPROVER = "linh@shop.example"
