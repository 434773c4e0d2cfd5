/**
 * Generators for changes of a percentage or of a wallet. Percentages just out
 * of range, and items and invoices that an order does not have, are drawn on
 * purpose.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import * as Rate from "../money/Rate.ts"
import { rate } from "./Commission.arbitrary.ts"
import { INVOICE_IDS, ORDER_ITEM_IDS } from "./CommissionOrder.arbitrary.ts"
import { walletKind } from "./CommissionSettings.arbitrary.ts"
import type * as Recalculation from "./Recalculation.ts"

/** An invoice, mostly one of the first, which most orders have; seldom one that no order has. */
export const invoiceId: fc.Arbitrary<string> = fc.constantFrom(
  "1",
  "1",
  "1",
  "1",
  "2",
  "2",
  "2",
  "3",
  ...INVOICE_IDS,
  "none"
)

const orderItemId = fc.constantFrom("a", "a", "a", "b", "b", ...ORDER_ITEM_IDS, "none")

const invoiceItemId = fc.tuple(invoiceId, fc.constantFrom(1, 1, 1, 2, 3)).map(([id, at]) => `${id}.${at}`)

/** What gets a percentage, in each of the four modes. */
export const target: fc.Arbitrary<Recalculation.PercentTarget> = fc.oneof(
  fc.constant({ mode: "order" as const }),
  fc.record({ mode: fc.constant("invoice" as const), invoiceId }),
  fc.record({ mode: fc.constant("orderItem" as const), orderItemId }),
  invoiceItemId.map((id) => ({ mode: "invoiceItem" as const, invoiceId: id.split(".")[0]!, invoiceItemId: id }))
)

/** A percentage; seldom one that is out of range. */
export const percent: fc.Arbitrary<Rate.Rate> = fc.oneof(
  { weight: 12, arbitrary: rate },
  { weight: 1, arbitrary: fc.constantFrom(-1n, 1_000_001n).map(Rate.fromPpm) }
)

const percentChange = fc
  .tuple(target, percent)
  .map(([one, named]) => ({ _tag: "ChangePercent" as const, target: one, percent: named }))

const walletChange = fc.record({ _tag: fc.constant("ChangeWallet" as const), walletKind })

/** A change of a percentage or of the wallet. */
export const change = fc.oneof({ weight: 4, arbitrary: percentChange }, { weight: 1, arbitrary: walletChange })
