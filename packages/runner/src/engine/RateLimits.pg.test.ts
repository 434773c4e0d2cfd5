import { Database, PgRateLimiter } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { expect, it } from "vitest"
import { freshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import * as RateLimits from "./RateLimits.ts"

const PER_SECOND = 15
const IN_FLIGHT_MAX = 3
const CALLS_PER_PROCESS = 20

it("keeps both limits of a system over two processes", async () => {
  const database = await freshDatabase()
  const limits = new Map([["bank", { perSecond: PER_SECOND, inFlightMax: IN_FLIGHT_MAX }]])
  const startProcess = () =>
    ManagedRuntime.make(
      RateLimits.layer(limits).pipe(
        Layer.provide(PgRateLimiter.layer),
        Layer.provide(Layer.provideMerge(Database.SqlLive, database.layer))
      )
    )
  const runtimes = [startProcess(), startProcess()]

  const beganMs: Array<number> = []
  let [inFlight, most] = [0, 0]
  const call = Effect.gen(function* () {
    beganMs.push(performance.now())
    most = Math.max(most, ++inFlight)
    yield* Effect.sleep((beganMs.length % 4) * 100)
    inFlight--
  })
  const calls = Effect.flatMap(RateLimits.RateLimits, ({ limited }) =>
    Effect.all(
      Array.from({ length: CALLS_PER_PROCESS }, () => limited("bank")(call)),
      { concurrency: "unbounded", discard: true }
    )
  )
  await Promise.all(runtimes.map((runtime) => runtime.runPromise(calls)))
  for (const runtime of runtimes) await runtime.dispose()
  await database.drop()

  const perSecond = beganMs.map((from) => beganMs.filter((one) => one >= from && one < from + 1_000).length)
  expect(beganMs.length).toBe(2 * CALLS_PER_PROCESS)
  expect(Math.max(...perSecond)).toBeLessThanOrEqual(PER_SECOND)
  expect([most, inFlight]).toStrictEqual([IN_FLIGHT_MAX, 0])
})
