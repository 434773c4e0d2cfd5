/**
 * `npm run bench -- entitlements [--invoices N] [--seed N] [--runs N] [--row-by-row-share X]`
 *
 * Generates the data, then runs three ways to synchronise it on the same server
 * in turn, checks that all grant the same, and prints ratios: the set-based
 * statement (the limit), ours, and the row-by-row manner of the source (on a
 * share of the invoices, its time scaled up). Memory of ours is also taken at a
 * tenth of the size.
 */

import { execFile } from "node:child_process"
import { parseArgs, promisify } from "node:util"
import { digestSql, generateSql, resetSql } from "./generate.ts"
import { rowByRow } from "./rowByRow.ts"
import { setBasedSettings, setBasedSql } from "./setBased.ts"
import { madeAnew, onServer, withClient } from "../../src/testing/onServer.ts"

interface Ours {
  readonly seconds: number
  readonly peakMiB: number
  readonly cpuSeconds: number
  readonly report: { readonly findings: Record<string, number>; readonly invoices: Record<string, number> }
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
const say = (text: string) => console.log(text)

const timed = async <A>(run: () => Promise<A>): Promise<readonly [seconds: number, value: A]> => {
  const startedAt = performance.now()
  const value = await run()
  return [(performance.now() - startedAt) / 1000, value]
}

const ours = async (url: string): Promise<Ours> => {
  const script = new URL("ours.mjs", import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: { ...process.env, DATABASE_URL: url, NODE_OPTIONS: "" },
    maxBuffer: 1 << 24
  })
  return JSON.parse(stdout)
}

const prepare = (adminUrl: string, invoices: number, seed: number): Promise<string> =>
  madeAnew(adminUrl, `bench_${invoices}`, generateSql(invoices, seed))

const reset = (url: string) =>
  withClient(url, async (client) => {
    for (const statement of resetSql) await client.query(statement)
  })

const digest = (url: string) => withClient(url, async (client) => (await client.query(digestSql)).rows[0])

const compare = async (
  adminUrl: string,
  invoices: number,
  seed: number,
  runs: number,
  share: number
): Promise<void> => {
  say(`generating ${invoices} invoices (seed ${seed}) …`)
  const url = await prepare(adminUrl, invoices, seed)
  const limits: Array<number> = []
  const times: Array<number> = []
  const ratios: Array<number> = []
  let last: Ours | undefined
  for (let round = 1; round <= runs; round++) {
    await reset(url)
    const [limit] = await timed(() =>
      withClient(url, async (client) => {
        for (const setting of setBasedSettings) await client.query(setting)
        return client.query(setBasedSql)
      })
    )
    const expected = await digest(url)
    await reset(url)
    last = await ours(url)
    const found = await digest(url)
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      throw new Error(`not the same rows: set-based ${JSON.stringify(expected)}, ours ${JSON.stringify(found)}`)
    }
    limits.push(limit)
    times.push(last.seconds)
    ratios.push(last.seconds / limit)
    say(
      `round ${round}: set-based ${limit.toFixed(1)} s, ours ${last.seconds.toFixed(1)} s (${(last.seconds / limit).toFixed(2)} ×), ` +
        `our processor time ${last.cpuSeconds.toFixed(1)} s, peak ${last.peakMiB.toFixed(0)} MiB; ${JSON.stringify(found)}`
    )
  }
  await reset(url)
  const [part] = await timed(() => withClient(url, (client) => rowByRow(client, Math.floor(invoices * share))))
  const slow = part / share
  say(`row by row: ${part.toFixed(1)} s for ${share * 100} % of the invoices, ${slow.toFixed(0)} s for all`)
  say(`findings of ours: ${JSON.stringify(last?.report.findings)}; invoices: ${JSON.stringify(last?.report.invoices)}`)
  say(`\n| ${invoices} invoices | seconds | × set-based |\n| --- | --- | --- |`)
  say(`| set-based statement (the limit) | ${median(limits).toFixed(1)} | 1.00 |`)
  say(`| ours | ${median(times).toFixed(1)} | ${median(ratios).toFixed(2)} |`)
  say(`| row by row, as in the source | ${slow.toFixed(0)} | ${(slow / median(limits)).toFixed(1)} |`)
  say(`\nours is ${(slow / median(times)).toFixed(1)} × faster than row by row`)

  const small = Math.max(1, Math.floor(invoices / 10))
  const smallUrl = await prepare(adminUrl, small, seed)
  const before = await ours(smallUrl)
  say(
    `peak memory: ${before.peakMiB.toFixed(0)} MiB at ${small} invoices, ${last!.peakMiB.toFixed(0)} MiB at ${invoices} ` +
      `(${(last!.peakMiB / before.peakMiB).toFixed(2)} ×)`
  )
}

export const run = async (args: ReadonlyArray<string>): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      invoices: { type: "string", default: "100000" },
      seed: { type: "string", default: "3" },
      runs: { type: "string", default: "3" },
      "row-by-row-share": { type: "string", default: "0.1" }
    }
  })
  await onServer((adminUrl) =>
    compare(
      adminUrl,
      Number(values.invoices),
      Number(values.seed),
      Number(values.runs),
      Number(values["row-by-row-share"])
    )
  )
}
