/** The chain as a job of ours: an execution per batch of keys, four recorded steps, and a round more for what failed. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql"
import type pg from "pg"
import * as Job from "../../src/engine/Job.ts"
import * as chain from "./chain.ts"

const Moved = Schema.Struct({ moved: Schema.Int })
const Paid = Schema.Struct({ paid: Schema.Int, failed: Schema.Int, nextTryMs: Schema.NullOr(Schema.Int) })

const rows = <Row extends object>({ text, values }: chain.Statement) =>
  SqlClient.SqlClient.use((sql) => sql.unsafe<Row>(text, values)).pipe(Effect.orDie)

const move = (statement: chain.Statement) => Effect.map(rows(statement), ({ length }) => ({ moved: length }))

/** The statement of the domain comes after the answer, not in a transaction that waits for it. */
const pay = (outside: pg.Pool, keys: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const due = yield* rows<chain.Payable>(chain.payable(keys))
    const { text, values } = chain.ask(due)
    const answers = yield* Effect.promise(() => outside.query<chain.Answer>(text, [...values]))
    const outcomes = yield* rows<chain.Outcome>(chain.answered(answers.rows))
    const later = outcomes.flatMap(({ next_try_ms }) => (next_try_ms === null ? [] : [next_try_ms]))
    return {
      paid: outcomes.filter(({ stage }) => stage === "paid").length,
      failed: outcomes.filter(({ stage }) => stage === "failed").length,
      nextTryMs: later.length === 0 ? null : Math.ceil(Math.max(...later))
    }
  })

/** The job. `ended` is told how many keys have reached their end. */
export const payout = (outside: pg.Pool, ended: (count: number) => void) =>
  Job.make({
    name: "payout",
    input: Schema.Struct({ from: Schema.Int, to: Schema.Int }),
    output: Schema.Struct({ settled: Schema.Int, failed: Schema.Int }),
    error: Schema.Never,
    businessKey: ({ from, to }) => `${from}-${to}`,
    run: (range) =>
      Effect.gen(function* () {
        const { sleepUntil, step } = yield* Job.Execution
        const keys = chain.keysOf(range)
        const moving = { success: Moved, atomic: true }
        yield* step("collect", moving, move(chain.collect(keys)))
        yield* step("decide", moving, move(chain.decide(keys)))
        const total = { settled: 0, failed: 0 }
        for (let round = 1; round <= chain.TRIES_MAX; round += 1) {
          const { failed, nextTryMs } = yield* step(`pay ${round}`, { success: Paid }, pay(outside, keys))
          // What was paid is settled before the wait for the others.
          const { moved } = yield* step(`settle ${round}`, moving, move(chain.settle(keys)))
          ended(moved + failed)
          total.settled += moved
          total.failed += failed
          if (nextTryMs === null) break
          yield* sleepUntil(`retry ${round}`, nextTryMs)
        }
        return total
      })
  })
