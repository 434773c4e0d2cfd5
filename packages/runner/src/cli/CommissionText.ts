/**
 * Commissions as text: lists, what an action did, and notices.
 *
 * @since 0.1.0
 */
import { Money, Rate } from "@reckoner/core"
import type { CommissionChange, ListedInvoice, ListedOrder, Notice, StateSummary } from "@reckoner/core/ports"
import type * as CommissionActions from "../commission-approval/CommissionActions.ts"
import * as CommissionExplanation from "../commission-approval/CommissionExplanation.ts"
import { STATE_TEXTS } from "../commission-approval/CommissionView.ts"
import * as RefusalText from "../commission-approval/RefusalText.ts"
import * as Output from "./Output.ts"

const amount = (money: Money.Money): string => `${Money.format(money)} ${money.currency}`

const instant = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ")

const affiliate = ({ affiliate: self }: ListedOrder | ListedInvoice): string =>
  `${self.id} ${self.name}${self.isRevoked ? " (revoked)" : ""}`

/** A text of others may hold anything; it must not break the lines. */
const safe = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ")

/**
 * A list of orders.
 *
 * @category formatting
 * @since 0.1.0
 */
export const orders = (listed: ReadonlyArray<ListedOrder>): ReadonlyArray<string> =>
  listed.length === 0
    ? ["No commission orders."]
    : Output.table(
        [
          ["ID", "ORDER", "CREATED (UTC)", "AFFILIATE", "STATUS", "WALLET", "COMMISSION"],
          ...listed.map((one) => [
            one.id,
            safe(one.code),
            instant(one.createdAt),
            safe(affiliate(one)),
            STATE_TEXTS[one.state._tag],
            one.walletKind,
            amount(one.commission)
          ])
        ],
        { right: [0, 6] }
      )

/**
 * A list of invoices.
 *
 * @category formatting
 * @since 0.1.0
 */
export const invoices = (listed: ReadonlyArray<ListedInvoice>): ReadonlyArray<string> =>
  listed.length === 0
    ? ["No commission invoices."]
    : Output.table(
        [
          ["ID", "INVOICE", "ORDER", "CREATED (UTC)", "AFFILIATE", "STATUS", "PERCENT", "COMMISSION", "TRANSACTION"],
          ...listed.map((one) => [
            one.id,
            safe(one.code),
            one.orderId,
            instant(one.createdAt),
            safe(affiliate(one)),
            STATE_TEXTS[one.state._tag],
            Rate.formatPercent(one.rate),
            amount(one.commission),
            one.requestStatus ?? "none"
          ])
        ],
        { right: [0, 2, 6, 7] }
      )

/**
 * How many there are of each state, and what they come to.
 *
 * @category formatting
 * @since 0.1.0
 */
export const summary = (summaries: ReadonlyArray<StateSummary>): ReadonlyArray<string> =>
  Output.table(
    summaries.map(({ count, state, sum }) => [STATE_TEXTS[state], Output.count(count), amount(sum)]),
    { right: [1, 2], indent: "  " }
  )

const title = (isDryRun: boolean, isChanged: boolean): string =>
  isChanged ? (isDryRun ? "would change" : "changed") : "unchanged"

/**
 * What an action did to one record.
 *
 * @category formatting
 * @since 0.1.0
 */
export const change = (
  { entry, isChanged }: Pick<CommissionChange, "entry" | "isChanged">,
  isDryRun: boolean
): ReadonlyArray<string> => [
  `${entry.target.type} ${entry.target.id}: ${title(isDryRun, isChanged)}`,
  ...(isChanged ? CommissionExplanation.changes(entry).map((line) => `  ${line}`) : [])
]

/**
 * What became of many records.
 *
 * @category formatting
 * @since 0.1.0
 */
export const outcomes = (
  all: ReadonlyArray<CommissionActions.Outcome>,
  { isDryRun, type }: { readonly isDryRun: boolean; readonly type: string }
): ReadonlyArray<string> =>
  all.flatMap((one) =>
    one._tag === "Refused"
      ? [`${type} ${one.id}: refused (${one.refusal._tag}): ${RefusalText.sentence(one.refusal)}`]
      : change({ entry: one.entry, isChanged: one._tag === "Changed" }, isDryRun)
  )

const stateOf = ({ state }: Notice): string => {
  switch (state._tag) {
    case "Queued":
      return `due ${instant(state.dueAt)}${state.reason === undefined ? "" : `: ${state.reason}`}`
    case "Sending":
      return `since ${instant(state.since)}`
    case "Sent":
      return `at ${instant(state.at)}, receipt ${state.receipt}`
    case "SentUnknown":
    case "Undeliverable":
    case "Held":
      return state.reason
  }
}

/**
 * A list of notices.
 *
 * @category formatting
 * @since 0.1.0
 */
export const notices = (listed: ReadonlyArray<Notice>): ReadonlyArray<string> =>
  listed.length === 0
    ? ["No notices."]
    : Output.table(
        [
          ["ID", "INVOICE", "AFFILIATE", "AMOUNT", "QUEUED (UTC)", "TRIES", "STATE", ""],
          ...listed.map((one) => [
            one.id,
            one.invoiceId,
            safe(`${one.affiliateId} ${one.affiliateName}`),
            amount(one.amount),
            instant(one.queuedAt),
            String(one.attempts),
            one.state._tag,
            safe(stateOf(one))
          ])
        ],
        { right: [1, 3, 5] }
      )
