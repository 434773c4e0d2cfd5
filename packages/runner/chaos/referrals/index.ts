/**
 * `npm run chaos -- referrals [--kills N] [--orders N] [--pairs N] [--seed N]`
 *
 * Kills the process of the daily job at random moments and checks that whatever
 * is stored is right, that the next run completes exactly the rows of a
 * set-based statement, and that two processes at once give the rows of one. On
 * the server of DATABASE_URL, or on an embedded one.
 */

import { parseArgs } from "node:util"
import { startUserService } from "../../src/referral-commission/testing/referralJobs.ts"
import * as gym from "../entitlements/gym.ts"
import * as jobProcess from "../entitlements/jobProcess.ts"
import { randomOf } from "../entitlements/killing.ts"
import * as killing from "./killing.ts"
import * as shipments from "./orders.ts"
import { onServer } from "../../src/testing/onServer.ts"

interface Plan {
  readonly kills: number
  readonly orders: number
  readonly pairs: number
  readonly seed: number
}

const DATABASE = "reckoner_chaos_referrals"

const say = (text: string) => console.log(text)

const endureAll = async (adminUrl: string, { kills, orders, pairs, seed }: Plan): Promise<void> => {
  say(`${orders} shipments, ${kills} kills, ${pairs} pairs (seed ${seed}) …`)
  const url = await gym.createDatabase(adminUrl, DATABASE)
  await gym.migrate(url)
  await shipments.execute(url, shipments.generated(orders))
  const userService = await startUserService(url)
  try {
    const place = { url, userServiceUrl: userService.url, program: jobProcess.built }
    const undisturbedMs = await killing.complete(place)
    await shipments.empty(url)
    say(`an undisturbed process takes ${undisturbedMs.toFixed(0)} ms`)
    const arena = { ...place, expected: shipments.expectedOf(orders), undisturbedMs, random: randomOf(seed), say }
    const { completedFirst, partly } = await killing.endure(arena, kills)
    say(`${kills} kills: ${partly} with the table partly written; ${completedFirst} runs completed before their kill`)
    for (let pair = 0; pair < pairs; pair++) await killing.race(arena, pair % 2 === 1)
    say(`${pairs} pairs of processes at once, one of every second pair killed: the rows of one, each time`)
    say("ok")
  } finally {
    await userService.close()
  }
}

export const run = async (args: ReadonlyArray<string>): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string", default: "50" },
      orders: { type: "string", default: "100000" },
      pairs: { type: "string", default: "6" },
      seed: { type: "string", default: "3" }
    }
  })
  const plan: Plan = {
    kills: Number(values.kills),
    orders: Number(values.orders),
    pairs: Number(values.pairs),
    seed: Number(values.seed)
  }
  try {
    await onServer((adminUrl) => endureAll(adminUrl, plan))
  } finally {
    killing.killAll()
  }
}
