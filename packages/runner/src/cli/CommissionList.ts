/**
 * `reckoner commissions list` and `show`.
 *
 * @since 0.1.0
 */
import { CommissionStore, type ListedInvoice, type ListedOrder } from "@reckoner/core/ports"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as CommissionInput from "../commission-approval/CommissionInput.ts"
import * as CommissionView from "../commission-approval/CommissionView.ts"
import * as Config from "../Config.ts"
import { ActionRefused } from "../ExitCode.ts"
import * as CommissionFlags from "./CommissionFlags.ts"
import * as CommissionText from "./CommissionText.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

/** The records of a page, and where the next goes on. One more than asked for tells whether there is one. */
const paged = <A extends ListedOrder | ListedInvoice>(found: ReadonlyArray<A>, limit: number) => {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, next: found.length > limit && last !== undefined ? CommissionInput.cursorText(last) : undefined }
}

const more = (next: string | undefined): ReadonlyArray<string> =>
  next === undefined ? [] : [`There are more: --after ${next}`]

/**
 * `list`.
 *
 * @category commands
 * @since 0.1.0
 */
export const list = Command.make(
  "list",
  {
    invoices: Flag.Boolean("invoices").pipe(Flag.withDescription("List invoices, not orders"), Flag.withDefault(false)),
    ...CommissionFlags.filter,
    limit: Flags.limit,
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ after, invoices, json, limit, ...flags }) {
    const store = yield* CommissionStore
    const { affiliateZone } = yield* Config.load
    const filter = CommissionInput.filter(
      {
        states: Option.getOrUndefined(flags.status),
        affiliateId: Option.getOrUndefined(flags.affiliate),
        from: Option.getOrUndefined(flags.from),
        to: Option.getOrUndefined(flags.to),
        walletType: Option.getOrUndefined(flags.wallet),
        text: Option.getOrUndefined(flags.text)
      },
      affiliateZone
    )
    const page = { limit: limit + 1, ...(Option.isSome(after) ? { after: after.value } : {}) }
    const summary = yield* invoices ? store.invoiceSummary(filter) : store.orderSummary(filter)
    if (invoices) {
      const { items, next } = paged(yield* store.invoices(filter, page), limit)
      return yield* json
        ? Output.json({ items: items.map(CommissionView.invoice), next, summary: summary.map(CommissionView.summary) })
        : Output.lines([...CommissionText.invoices(items), ...more(next), "", ...CommissionText.summary(summary)])
    }
    const { items, next } = paged(yield* store.orders(filter, page), limit)
    return yield* json
      ? Output.json({ items: items.map(CommissionView.order), next, summary: summary.map(CommissionView.summary) })
      : Output.lines([...CommissionText.orders(items), ...more(next), "", ...CommissionText.summary(summary)])
  })
).pipe(
  Command.withDescription("List commission orders or invoices, the newest first, with a summary of all that match")
)

/**
 * The file of an order.
 *
 * **Errors**
 *
 * - `ActionRefused`: there is no such commission order.
 * - `StoreError`: the database failed.
 *
 * @category queries
 * @since 0.1.0
 */
export const fileOf = (orderId: string) =>
  Effect.gen(function* () {
    const store = yield* CommissionStore
    const file = yield* store.file(orderId)
    if (Option.isSome(file)) return file.value
    const message = `there is no commission order ${orderId}: \`reckoner commissions list\` shows those there are`
    return yield* new ActionRefused({ code: "CommissionUnknown", message })
  })
