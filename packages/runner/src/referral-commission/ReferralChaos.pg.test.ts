import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { createDatabase, dropDatabase } from "../../../adapters-pg/src/testing/databases.ts"
import { randomOf } from "../../chaos/entitlements/killing.ts"
import * as killing from "../../chaos/referrals/killing.ts"
import * as orders from "../../chaos/referrals/orders.ts"
import { startUserService } from "./testing/referralJobs.ts"
import { PROGRAM } from "../testing/childProcess.ts"

// The small form of `npm run chaos -- referrals`: the job is a real process, and `kill -9` is real.

const ORDERS = 60_000
const SEED = 3
const KILLS = 4

describe("a process of the daily job", () => {
  const name = `reckoner_chaos_${process.pid}_${randomBytes(6).toString("hex")}`
  let userService: Awaited<ReturnType<typeof startUserService>>
  let arena: killing.Arena
  beforeAll(async () => {
    const url = await createDatabase(inject("adminUrl"), name, inject("templateDatabase"))
    await orders.execute(url, orders.generated(ORDERS))
    userService = await startUserService(url)
    const place = { url, userServiceUrl: userService.url, program: PROGRAM }
    const undisturbedMs = await killing.complete(place)
    await orders.empty(url)
    arena = {
      ...place,
      expected: orders.expectedOf(ORDERS),
      undisturbedMs,
      random: randomOf(SEED),
      say: () => {}
    }
  })
  afterAll(async () => {
    killing.killAll()
    await userService.close()
    await dropDatabase(inject("adminUrl"), name)
  })

  const whole = { orders: orders.expectedOf(ORDERS), wrong: 0 }

  it("leaves nothing wrong when it is killed at random moments, and completes the table", async () => {
    const { kills } = await killing.endure(arena, KILLS)
    expect(kills).toBe(KILLS)
    expect(await orders.stored(arena.url)).toStrictEqual(whole)
  })

  it("gives the rows of one when two run at once", async () => {
    await killing.race(arena, false)
    expect(await orders.stored(arena.url)).toStrictEqual(whole)
  })

  it("is seen through by a second one when it is killed", async () => {
    await killing.race(arena, true)
    expect(await orders.stored(arena.url)).toStrictEqual(whole)
  })
})
