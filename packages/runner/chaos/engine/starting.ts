/** Starts executions as any process does, however often the database goes away meanwhile. */
import { Database, PgExecutions } from "@reckoner/adapters-pg"
import { ExecutionStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { chanceOf } from "./chance.ts"
import { JOB, type Payout } from "./payout.ts"

const RETRY_MS = 250
const SLEEPERS = 0.3
const PAUSE_MS_MAX = 4_000
const STARTED_TWICE = 0.1

/** What to start: some of it sleeps for a while between two steps. */
export const payoutsOf = (count: number, seed: number): ReadonlyArray<Payout> => {
  const chance = chanceOf(`payouts ${seed}`)
  return Array.from({ length: count }, (_, index) => ({
    key: `balance-${index}`,
    pauseMs: chance() < SLEEPERS ? Math.ceil(chance() * PAUSE_MS_MAX) : 0
  }))
}

const start = (payout: Payout) =>
  ExecutionStore.use((store) => store.create({ job: JOB, businessKey: payout.key }, payout)).pipe(
    Effect.retry({ while: ({ isRetryable }) => isRetryable, schedule: Schedule.spaced(RETRY_MS) })
  )

const storeOf = (url: string) =>
  PgExecutions.layer.pipe(
    Layer.provide(
      Layer.provideMerge(Database.SqlLive, Layer.effect(Database.Database, Database.fromUrl(Redacted.make(url))))
    )
  )

/** Starts them evenly over a time, one in ten of them twice. Gives how many were there already. */
export const startOver = (
  url: string,
  payouts: ReadonlyArray<Payout>,
  overMs: number,
  seed: number
): Promise<number> => {
  const chance = chanceOf(`starting ${seed}`)
  const pauseMs = overMs / payouts.length
  return Effect.runPromise(
    Effect.gen(function* () {
      let known = 0
      for (const payout of payouts) {
        const { isNew } = yield* start(payout)
        if (!isNew) known += 1
        if (chance() < STARTED_TWICE && !(yield* start(payout)).isNew) known += 1
        yield* Effect.sleep(pauseMs)
      }
      return known
    }).pipe(Effect.provide(storeOf(url)))
  )
}
