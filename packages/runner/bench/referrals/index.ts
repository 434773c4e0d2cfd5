/**
 * `npm run bench -- referrals [--orders N] [--seed N] [--runs N] [--row-by-row-share X]`
 *
 * Generates the data, then runs three ways to synchronise one day of orders on
 * the same server in turn, checks that all columns of all rows are the same, and
 * prints ratios: the set-based statement (the limit), ours with its look-ups
 * over gRPC, and one call and one upsert per order (on a share of the orders,
 * its time scaled up). The first two are repeated at once, when nothing is left
 * to change. Memory of ours is also taken at a tenth of the size.
 */
import { GrpcReferralDirectory } from "@reckoner/adapters-http"

import { ReferralDirectory } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { parseArgs, promisify } from "node:util"
import { digestSql, generateSql, resetSql, RUN_AT_MS, WINDOW } from "./generate.ts"
import { rowByRow } from "./rowByRow.ts"
import { setBasedSettings, setBasedSql } from "./setBased.ts"
import { madeAnew, onServer, withClient } from "../../src/testing/onServer.ts"

interface Report {
  readonly window: { readonly fromEpochSeconds: number; readonly untilEpochSeconds: number }
  readonly read: number
  readonly notReferred: number
  readonly inserted: number
  readonly changed: number
  readonly unchanged: number
  readonly findings: Readonly<Record<string, number>>
}

interface Ours {
  readonly seconds: number
  readonly peakMiB: number
  readonly cpuSeconds: number
  readonly reports: ReadonlyArray<Report>
}

interface SetBased {
  readonly seconds: number
  readonly changed: number
}

/** A database of a size, and the user service that knows its members. */
interface Site {
  readonly databaseUrl: string
  readonly directoryUrl: string
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
const say = (text: string) => console.log(text)
const pathOf = (program: string): string => new URL(program, import.meta.url).pathname

const timed = async <A>(run: () => Promise<A>): Promise<readonly [seconds: number, value: A]> => {
  const startedAt = performance.now()
  const value = await run()
  return [(performance.now() - startedAt) / 1000, value]
}

const withDirectory = async <A>(databaseUrl: string, use: (site: Site) => Promise<A>): Promise<A> => {
  const service = spawn(process.execPath, [pathOf("directory.mjs")], {
    env: { ...process.env, DATABASE_URL: databaseUrl, NODE_OPTIONS: "" },
    stdio: ["pipe", "pipe", "inherit"]
  })
  const ended = once(service, "exit")
  try {
    const [told] = await Promise.race([once(service.stdout, "data"), ended])
    if (!Buffer.isBuffer(told)) throw new Error("the user service did not start")
    return await use({ databaseUrl, directoryUrl: told.toString().trim() })
  } finally {
    service.stdin.end()
    await ended
  }
}

const ours = async ({ databaseUrl, directoryUrl }: Site): Promise<Ours> => {
  const { stdout } = await promisify(execFile)(process.execPath, [pathOf("ours.mjs")], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      USER_SERVICE_URL: directoryUrl,
      RUN_AT_MS: String(RUN_AT_MS),
      NODE_OPTIONS: ""
    },
    maxBuffer: 1 << 24
  })
  return JSON.parse(stdout)
}

const setBased = ({ databaseUrl }: Site): Promise<SetBased> =>
  withClient(databaseUrl, async (client) => {
    for (const setting of setBasedSettings) await client.query(setting)
    const [seconds, { rowCount }] = await timed(() => client.query(setBasedSql))
    return { seconds, changed: rowCount ?? 0 }
  })

const orderByOrder = ({ databaseUrl, directoryUrl }: Site, orders: number): Promise<number> => {
  const work = Effect.flatMap(ReferralDirectory, (directory) =>
    Effect.promise(() => withClient(databaseUrl, (client) => rowByRow(client, directory, orders)))
  )
  return Effect.runPromise(Effect.provide(work, GrpcReferralDirectory.layer({ url: directoryUrl })))
}

const prepare = (adminUrl: string, orders: number, seed: number): Promise<string> =>
  madeAnew(adminUrl, `bench_referrals_${orders}`, generateSql(orders, seed))

const reset = ({ databaseUrl }: Site) =>
  withClient(databaseUrl, async (client) => {
    for (const statement of resetSql) await client.query(statement)
  })

const digest = ({ databaseUrl }: Site): Promise<unknown> =>
  withClient(databaseUrl, async (client) => (await client.query(digestSql)).rows[0])

/** The job must have read just the orders of the day, and a repeat must have found nothing to do. */
const checkReports = (orders: number, first: Ours, again: Ours): void => {
  for (const { reports } of [first, again]) {
    const [only] = reports
    const isDay =
      only?.window.fromEpochSeconds === WINDOW.from &&
      only.window.untilEpochSeconds === WINDOW.until &&
      reports.length === 1
    if (!isDay || only.read !== orders) throw new Error(`not the day: ${JSON.stringify(reports)}`)
  }
  const written = again.reports.reduce((sum, { changed, inserted }) => sum + changed + inserted, 0)
  if (written > 0) throw new Error(`a repeat wrote: ${JSON.stringify(again.reports)}`)
}

interface Round {
  readonly limit: SetBased
  readonly limitAgain: SetBased
  readonly own: Ours
  readonly ownAgain: Ours
  readonly found: unknown
}

const runRound = async (site: Site, orders: number): Promise<Round> => {
  await reset(site)
  const limit = await setBased(site)
  const expected = await digest(site)
  const limitAgain = await setBased(site)
  if (limitAgain.changed > 0) throw new Error(`a repeat of the statement wrote ${limitAgain.changed} rows`)
  await reset(site)
  const own = await ours(site)
  const found = await digest(site)
  const ownAgain = await ours(site)
  checkReports(orders, own, ownAgain)
  for (const seen of [found, await digest(site)]) {
    if (JSON.stringify(seen) !== JSON.stringify(expected)) {
      throw new Error(`not the same rows: set-based ${JSON.stringify(expected)}, ours ${JSON.stringify(seen)}`)
    }
  }
  return { limit, limitAgain, own, ownAgain, found }
}

const sayRound = (round: number, { found, limit, own }: Round): void =>
  say(
    `round ${round}: set-based ${limit.seconds.toFixed(1)} s, ours ${own.seconds.toFixed(1)} s ` +
      `(${(own.seconds / limit.seconds).toFixed(2)} ×), our processor time ${own.cpuSeconds.toFixed(1)} s, ` +
      `peak ${own.peakMiB.toFixed(0)} MiB; ${JSON.stringify(found)}`
  )

const sayTable = (orders: number, rounds: ReadonlyArray<Round>, slow: number): void => {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  const limit = of((round) => round.limit.seconds)
  const own = of((round) => round.own.seconds)
  const row = (name: string, seconds: number, ratio: number) =>
    say(`| ${name} | ${seconds.toFixed(1)} | ${ratio.toFixed(2)} |`)
  say(`\n| ${orders} orders | seconds | × set-based |\n| --- | --- | --- |`)
  row("set-based statement (the limit)", limit, 1)
  row(
    "ours, look-ups over gRPC included",
    own,
    of((round) => round.own.seconds / round.limit.seconds)
  )
  row("one call and one upsert per order", slow, slow / limit)
  row(
    "set-based statement, repeated",
    of((round) => round.limitAgain.seconds),
    of((round) => round.limitAgain.seconds / round.limit.seconds)
  )
  row(
    "ours, repeated",
    of((round) => round.ownAgain.seconds),
    of((round) => round.ownAgain.seconds / round.limit.seconds)
  )
  const repeatRatio = of((round) => round.ownAgain.seconds / round.limitAgain.seconds)
  say(
    `\nours is ${(slow / own).toFixed(1)} × faster than order by order; a repeat is ${repeatRatio.toFixed(2)} × the statement's`
  )
}

const compare = async (adminUrl: string, orders: number, seed: number, runs: number, share: number): Promise<void> => {
  say(`generating ${orders} orders of the day (seed ${seed}) …`)
  const peakMiB = await withDirectory(await prepare(adminUrl, orders, seed), async (site) => {
    const rounds: Array<Round> = []
    for (let round = 1; round <= runs; round++) {
      rounds.push(await runRound(site, orders))
      sayRound(round, rounds.at(-1)!)
    }
    await reset(site)
    const part = await orderByOrder(site, Math.floor(orders * share))
    const slow = part / share
    say(`order by order: ${part.toFixed(1)} s for ${share * 100} % of the orders, ${slow.toFixed(0)} s for all`)
    say(`report of ours: ${JSON.stringify(rounds.at(-1)!.own.reports)}`)
    sayTable(orders, rounds, slow)
    return Math.max(...rounds.map(({ own }) => own.peakMiB))
  })

  const small = Math.max(1, Math.floor(orders / 10))
  const before = await withDirectory(await prepare(adminUrl, small, seed), ours)
  say(
    `peak memory: ${before.peakMiB.toFixed(0)} MiB at ${small} orders, ${peakMiB.toFixed(0)} MiB at ${orders} ` +
      `(${(peakMiB / before.peakMiB).toFixed(2)} ×)`
  )
}

export const run = async (args: ReadonlyArray<string>): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      orders: { type: "string", default: "100000" },
      seed: { type: "string", default: "3" },
      runs: { type: "string", default: "3" },
      "row-by-row-share": { type: "string", default: "0.01" }
    }
  })
  await onServer((adminUrl) =>
    compare(
      adminUrl,
      Number(values.orders),
      Number(values.seed),
      Number(values.runs),
      Number(values["row-by-row-share"])
    )
  )
}
