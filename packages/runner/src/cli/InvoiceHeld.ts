/**
 * `reckoner invoice held`: invoices that wait, and what for.
 *
 * @since 0.1.0
 */
import { FindingStore, type StoredHold } from "@reckoner/core/ports"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

/** Reasons are kept as JSON: `[{ lineId, kind, …facts }]`. Anything else is printed as it is. */
const reasonsText = (reasons: unknown): string => {
  if (!Array.isArray(reasons)) return JSON.stringify(reasons)
  return reasons
    .map((reason: unknown) => {
      const { kind, lineId, ...facts } = reason as Readonly<Record<string, unknown>>
      return `line ${String(lineId)}: ${String(kind)} ${JSON.stringify(facts)}`
    })
    .join("; ")
}

const row = (hold: StoredHold): ReadonlyArray<string> => [
  hold.invoiceId,
  String(hold.firstRun),
  String(hold.lastRun),
  hold.releasedRun === undefined ? "-" : String(hold.releasedRun),
  reasonsText(hold.reasons)
]

/**
 * The list as text.
 *
 * @category formatting
 * @since 0.1.0
 */
export const lines = (holds: ReadonlyArray<StoredHold>, hasMore: boolean): ReadonlyArray<string> => {
  if (holds.length === 0) return ["No held invoices."]
  const rows = [["INVOICE", "SINCE RUN", "LAST RUN", "RELEASED BY", "REASONS"], ...holds.map(row)]
  return [...Output.table(rows, { right: [0, 1, 2, 3] }), ...(hasMore ? [`There are more: raise --limit.`] : [])]
}

/**
 * The command.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "held",
  {
    all: Flag.Boolean("all").pipe(
      Flag.withDescription("Also those that have been granted since"),
      Flag.withDefault(false)
    ),
    invoice: Flags.invoice,
    limit: Flags.limit,
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ all, invoice, json, limit }) {
    const store = yield* FindingStore
    // One more than asked for tells whether there are more.
    const found = yield* store.holds({
      invoiceId: Option.getOrUndefined(invoice),
      includeReleased: all,
      limit: limit + 1
    })
    const held = found.slice(0, limit)
    const hasMore = found.length > limit
    yield* json ? Output.json({ held, hasMore }) : Output.lines(lines(held, hasMore))
  })
).pipe(Command.withDescription("List held invoices: each is tried again by every run, and granted once it can be"))
