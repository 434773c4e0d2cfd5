/**
 * What a run of `sync-entitlements` did, as a table.
 *
 * @since 0.1.0
 */
import { FINDING_KINDS } from "../entitlement/Explanation.ts"
import type * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import * as Output from "./Output.ts"

const byName = (counts: Readonly<Record<string, number>>): ReadonlyArray<readonly [string, number]> =>
  Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1))

const headline = ({ businessDate, dryRun, job, runId }: SyncEntitlements.Report): string =>
  dryRun
    ? `${job} for ${businessDate}, dry run: nothing was written`
    : `${job} for ${businessDate}, run ${runId}: complete`

/**
 * The summary of a run, line by line.
 *
 * **Units**
 *
 * `durationMs` is in milliseconds.
 *
 * @category formatting
 * @since 0.1.0
 */
export const lines = (report: SyncEntitlements.Report, durationMs: number): ReadonlyArray<string> => {
  const { dryRun, entitlements, findings, holds, invoices, items, releasedHolds } = report
  const done = (verb: string, wouldBe = `would be ${verb}`) => (dryRun ? wouldBe : verb)
  const row = (name: string, value: number, note = ""): ReadonlyArray<string> => [name, Output.count(value), note]
  const rows = [
    row("invoices read", invoices.read),
    row(`  ${done("granted")}`, invoices.granted),
    row(`  ${done("held")}`, invoices.held, invoices.held > 0 && !dryRun ? "see `reckoner invoice held`" : ""),
    ...byName(holds).map(([kind, value]) => row(`    ${kind}`, value)),
    row("  nothing to grant", invoices.nothingToGrant),
    row(`entitlements ${done("written")}`, entitlements),
    row(`items ${done("written")}`, items),
    ...(dryRun ? [] : [row("earlier holds released", releasedHolds)]),
    row(
      `findings ${done("recorded")}`,
      Object.values(findings).reduce((sum, value) => sum + value, 0),
      Object.keys(findings).length > 0 && !dryRun ? "see `reckoner finding list`" : ""
    ),
    ...byName(findings).map(([kind, value]) =>
      row(`  ${kind}`, value, (FINDING_KINDS as Readonly<Record<string, string>>)[kind])
    ),
    ["duration", Output.duration(durationMs), ""]
  ]
  return [headline(report), ...Output.table(rows, { right: [1], indent: "  " })]
}

/**
 * The same as one JSON value.
 *
 * @category formatting
 * @since 0.1.0
 */
export const json = (report: SyncEntitlements.Report, durationMs: number): unknown => ({
  ...report,
  durationMs: Math.round(durationMs)
})
