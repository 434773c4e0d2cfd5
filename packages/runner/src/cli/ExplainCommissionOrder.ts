/**
 * `reckoner explain commission-order`: every amount of a commission with what
 * it comes from, and everything that was done to it.
 *
 * @since 0.1.0
 */
import { Money, Rate } from "@reckoner/core"
import type { CommissionFile } from "@reckoner/core/ports"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as CommissionExplanation from "../commission-approval/CommissionExplanation.ts"
import * as CommissionView from "../commission-approval/CommissionView.ts"
import * as CommissionFlags from "./CommissionFlags.ts"
import * as CommissionList from "./CommissionList.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

/**
 * The explanation, line by line.
 *
 * @category formatting
 * @since 0.1.0
 */
export const lines = ({ audit, listed, order }: CommissionFile): ReadonlyArray<string> => [
  `Commission order ${order.id}, of order ${listed.code}`,
  ...CommissionExplanation.orderLines(order).map((line) => `  ${line}`),
  "",
  audit.length === 0 ? "Nothing was done to it yet." : "What was done to it:",
  ...audit.flatMap(CommissionExplanation.auditLines).map((line) => `  ${line}`)
]

const view = ({ audit, listed, order }: CommissionFile) => ({
  ...CommissionView.order(listed),
  revision: order.revision,
  items: order.items.map(({ base, id, rate }) => ({
    id,
    base: Money.format(base),
    percent: Rate.formatPercent(rate)
  })),
  invoices: order.invoices.map((invoice) => ({
    id: invoice.id,
    status: CommissionView.STATE_TEXTS[invoice.state._tag],
    commission: Money.format(invoice.commission),
    why: CommissionExplanation.invoiceLines(invoice)
  })),
  why: CommissionExplanation.orderLines(order),
  audit: audit.map(CommissionView.audit)
})

const explain = (name: string, description: string) =>
  Command.make(
    name,
    { order: CommissionFlags.order, json: Flags.json },
    Effect.fnUntraced(function* ({ json, order }) {
      const file = yield* CommissionList.fileOf(order)
      yield* json ? Output.json(view(file)) : Output.lines(lines(file))
    })
  ).pipe(Command.withDescription(description))

/**
 * `explain commission-order`.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = explain(
  "commission-order",
  "What every amount of a commission comes from, and what was done to it"
)

/**
 * The same as `commissions show`.
 *
 * @category commands
 * @since 0.1.0
 */
export const show = explain("show", "Show a commission order with its invoices, its amounts and its audit trail")
