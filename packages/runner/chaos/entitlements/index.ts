/**
 * `npm run chaos -- entitlements [--kills N] [--invoices N] [--pairs N] [--slow-ms N] [--seed N]`
 *
 * Kills the process of the job at random moments and checks that only whole
 * invoices are stored, that the next run completes exactly the rows of a run
 * that nobody disturbed, and that two processes at once give the rows of one.
 * On the server of DATABASE_URL, or on an embedded one. `--slow-ms` holds every
 * transaction open for so long.
 */

import { parseArgs } from "node:util"
import * as gym from "./gym.ts"
import * as jobProcess from "./jobProcess.ts"
import * as killing from "./killing.ts"
import { onServer } from "../../src/testing/onServer.ts"

interface Plan {
  readonly kills: number
  readonly invoices: number
  readonly pairs: number
  readonly slowMs: number
  readonly seed: number
}

const DATABASE = "reckoner_chaos"

const say = (text: string) => console.log(text)

const endureAll = async (adminUrl: string, plan: Plan): Promise<void> => {
  const { invoices, kills, pairs, seed, slowMs } = plan
  const program = jobProcess.built
  say(`${invoices} invoices, ${kills} kills, ${pairs} pairs (seed ${seed}) …`)
  const url = await gym.createDatabase(adminUrl, DATABASE)
  await gym.migrate(url)
  const settings = { DATABASE_URL: url }
  const expected = await gym.prepare(url, gym.generated(invoices, seed), () => jobProcess.complete(program, settings))
  if (slowMs > 0) await gym.slowDown(url, slowMs / 1000)
  const undisturbedMs = await jobProcess.complete(program, settings)
  await gym.empty(url)
  say(`reference: ${JSON.stringify(expected)}, an undisturbed process takes ${undisturbedMs.toFixed(0)} ms`)

  const arena = { url, program, expected, undisturbedMs, random: killing.randomOf(seed), say }
  const outcome = await killing.endure(arena, kills)
  say(
    `${outcome.kills} kills: ${outcome.inMidRun} while a run was open, ${outcome.withRowsMissing} of them with the set partly written; ` +
      `${outcome.completedFirst} runs completed before their kill and began anew`
  )
  say(`digest at the end: ${JSON.stringify(await gym.digest(url))}`)
  for (let pair = 0; pair < pairs; pair++) await killing.race(arena, pair % 2 === 1)
  say(`${pairs} pairs of processes at once, one of every second pair killed: the rows of one, each time`)
  say("ok")
}

export const run = async (args: ReadonlyArray<string>): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string", default: "50" },
      invoices: { type: "string", default: "30000" },
      pairs: { type: "string", default: "6" },
      "slow-ms": { type: "string", default: "0" },
      seed: { type: "string", default: "3" }
    }
  })
  const plan: Plan = {
    kills: Number(values.kills),
    invoices: Number(values.invoices),
    pairs: Number(values.pairs),
    slowMs: Number(values["slow-ms"]),
    seed: Number(values.seed)
  }
  try {
    await onServer((adminUrl) => endureAll(adminUrl, plan))
  } finally {
    jobProcess.killAll()
  }
}
