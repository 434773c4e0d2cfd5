/**
 * `reckoner finding list`: what earlier runs noticed about invoices.
 *
 * @since 0.1.0
 */
import { FindingStore, type StoredFinding } from "@reckoner/core/ports"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FINDING_KINDS } from "../entitlement/Explanation.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

const row = ({ detail, firstRun, invoiceId, kind, lineId }: StoredFinding): ReadonlyArray<string> => [
  invoiceId,
  lineId ?? "-",
  kind,
  String(firstRun),
  JSON.stringify(detail)
]

/**
 * The list as text.
 *
 * @category formatting
 * @since 0.1.0
 */
export const lines = (findings: ReadonlyArray<StoredFinding>, hasMore: boolean): ReadonlyArray<string> => {
  if (findings.length === 0) return ["No findings."]
  const rows = [["INVOICE", "LINE", "KIND", "RUN", "DETAIL"], ...findings.map(row)]
  return [...Output.table(rows, { right: [0, 1, 3] }), ...(hasMore ? [`There are more: raise --limit.`] : [])]
}

/**
 * The command.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "list",
  {
    kind: Flag.Literals("kind", Object.keys(FINDING_KINDS)).pipe(
      Flag.withMetavar("KIND"),
      Flag.withDescription(`Only findings of this kind: ${Object.keys(FINDING_KINDS).join(", ")}`),
      Flag.optional
    ),
    invoice: Flags.invoice,
    limit: Flags.limit,
    json: Flags.json
  },
  Effect.fnUntraced(function* ({ invoice, json, kind, limit }) {
    const store = yield* FindingStore
    // One more than asked for tells whether there are more.
    const found = yield* store.findings({
      kind: Option.getOrUndefined(kind),
      invoiceId: Option.getOrUndefined(invoice),
      limit: limit + 1
    })
    const findings = found.slice(0, limit)
    const hasMore = found.length > limit
    yield* json ? Output.json({ findings, hasMore }) : Output.lines(lines(findings, hasMore))
  })
).pipe(Command.withDescription("List findings: lines and invoices that somebody should look at"))
