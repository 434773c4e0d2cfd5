/**
 * `reckoner finding list`: what earlier runs noticed about invoices and orders.
 *
 * @since 0.1.0
 */
import { FindingStore, type StoredFinding } from "@reckoner/core/ports"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Entitlements from "../entitlement/Explanation.ts"
import { UsageRefused } from "../ExitCode.ts"
import * as Jobs from "../Jobs.ts"
import * as Referrals from "../referral-commission/Explanation.ts"
import * as Flags from "./Flags.ts"
import * as Output from "./Output.ts"

/** Several jobs may find the same. */
const KINDS = [...new Set([...Object.keys(Entitlements.FINDING_KINDS), ...Object.keys(Referrals.FINDING_KINDS)])].sort()

/** An empty text, or one that would break the lines, in quotes. */
const inOneLine = (subject: string): string => (/^$|\p{Cc}/u.test(subject) ? JSON.stringify(subject) : subject)

const row = ({ detail, firstRun, job, kind, lineId, subject }: StoredFinding): ReadonlyArray<string> => [
  job,
  inOneLine(subject),
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
  const rows = [["JOB", "SUBJECT", "LINE", "KIND", "RUN", "DETAIL"], ...findings.map(row)]
  return [...Output.table(rows, { right: [1, 2, 4] }), ...(hasMore ? [`There are more: raise --limit.`] : [])]
}

const flags = {
  job: Flag.Literals(
    "job",
    Jobs.JOBS.map(({ name }) => name)
  ).pipe(Flag.withMetavar("JOB"), Flag.withDescription(`Only findings of this job: ${Jobs.names()}`), Flag.optional),
  kind: Flag.Literals("kind", KINDS).pipe(
    Flag.withMetavar("KIND"),
    Flag.withDescription(`Only findings of this kind: ${KINDS.join(", ")}`),
    Flag.optional
  ),
  subject: Flag.String("subject").pipe(
    Flag.withMetavar("KEY"),
    Flag.withDescription("Only what is about this: the number of an invoice or an order"),
    Flag.optional
  ),
  invoice: Flags.invoice,
  limit: Flags.limit,
  json: Flags.json
}

interface Input {
  readonly job: Option.Option<string>
  readonly kind: Option.Option<string>
  readonly subject: Option.Option<string>
  readonly invoice: Option.Option<string>
  readonly limit: number
  readonly json: boolean
}

/** The number of an invoice as findings have it, without zeros before it. */
const subjectAsked = ({ invoice, subject }: Input): Effect.Effect<string | undefined, UsageRefused> =>
  Option.isSome(invoice) && Option.isSome(subject)
    ? Effect.fail(new UsageRefused({ message: "--invoice and --subject say the same: give one of them" }))
    : Effect.succeed(Option.getOrUndefined(Option.orElse(subject, () => Option.map(invoice, (id) => `${BigInt(id)}`))))

const list = Effect.fnUntraced(function* ({ job, json, kind, limit }: Input, subject: string | undefined) {
  const store = yield* FindingStore
  // One more than asked for tells whether there are more.
  const found = yield* store.findings({
    job: Option.getOrUndefined(job),
    kind: Option.getOrUndefined(kind),
    subject,
    limit: limit + 1
  })
  const findings = found.slice(0, limit)
  const hasMore = found.length > limit
  yield* json ? Output.json({ findings, hasMore }) : Output.lines(lines(findings, hasMore))
})

/**
 * The command, on the ports.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = <E>(ports: Layer.Layer<FindingStore, E>) =>
  Command.make("list", flags, (input) =>
    Effect.flatMap(subjectAsked(input), (subject) => Effect.provide(list(input, subject), ports))
  ).pipe(Command.withDescription("List findings: lines, invoices and orders that somebody should look at"))
