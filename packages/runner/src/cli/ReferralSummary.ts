/**
 * What the runs of a referral job did, as a table each.
 *
 * @since 0.1.0
 */
import { BusinessZone, type SyncWindow } from "@reckoner/core"
import { FINDING_KINDS } from "../referral-commission/Explanation.ts"
import type * as ReferralRun from "../referral-commission/ReferralRun.ts"
import * as Output from "./Output.ts"

const MS_PER_SECOND = 1000

/** Where a window lies, in days of the zone: `2023-11-04`, or `2023-11-01 to 2023-11-04`. */
const daysOf = (
  { fromEpochSeconds, untilEpochSeconds }: SyncWindow.SyncWindow,
  zone: BusinessZone.BusinessZone
): string => {
  const first = BusinessZone.civilDate(zone, fromEpochSeconds * MS_PER_SECOND)
  const last = BusinessZone.civilDate(zone, (untilEpochSeconds - 1) * MS_PER_SECOND)
  return first === last ? `${first} (${zone})` : `${first} to ${last} (${zone})`
}

const headline = ({ dryRun, job, runId, window }: ReferralRun.Report, zone: BusinessZone.BusinessZone): string => {
  const what = window === undefined ? job : `${job} for ${daysOf(window, zone)}`
  return dryRun ? `${what}, dry run: nothing was written` : `${what}, run ${runId}: complete`
}

const table = (report: ReferralRun.Report): ReadonlyArray<ReadonlyArray<string>> => {
  const { changed, dryRun, findings, inserted, notReferred, read, unchanged, unusable, window } = report
  const done = (verb: string) => (dryRun ? `would be ${verb}` : verb)
  const row = (name: string, value: number, note = ""): ReadonlyArray<string> => [name, Output.count(value), note]
  const kinds = Object.entries(findings).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const total = kinds.reduce((sum, [, value]) => sum + value, 0)
  return [
    row(window === undefined ? "old rows read" : "shipments read", read),
    window === undefined ? row("  not usable", unusable) : row("  not referred", notReferred),
    row(`  ${done("inserted")}`, inserted),
    row(`  ${done("changed")}`, changed),
    row("  unchanged", unchanged),
    row(`findings ${done("recorded")}`, total, total > 0 && !dryRun ? "see `reckoner finding list`" : ""),
    ...kinds.map(([kind, value]) => row(`  ${kind}`, value, (FINDING_KINDS as Readonly<Record<string, string>>)[kind]))
  ]
}

/**
 * The summary, line by line: one table for each window that was covered.
 *
 * **Units**
 *
 * `durationMs` is in milliseconds.
 *
 * @category formatting
 * @since 0.1.0
 */
export const lines = (
  reports: ReadonlyArray<ReferralRun.Report>,
  zone: BusinessZone.BusinessZone,
  durationMs: number
): ReadonlyArray<string> => [
  ...reports.flatMap((report) => [
    headline(report, zone),
    ...Output.table(table(report), { right: [1], indent: "  " }),
    ""
  ]),
  `duration ${Output.duration(durationMs)}`
]

/**
 * The same as one JSON value.
 *
 * @category formatting
 * @since 0.1.0
 */
export const json = (job: string, reports: ReadonlyArray<ReferralRun.Report>, durationMs: number): unknown => ({
  job,
  runs: reports,
  durationMs: Math.round(durationMs)
})
