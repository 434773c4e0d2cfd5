/** The statements of the four steps on a few connections, with no queue and nothing recorded: the physical limit. */
import pg from "pg"
import * as chain from "./chain.ts"
import { databaseUrl, outsidePool, serve } from "./contender.ts"

const CONNECTIONS_MAX = 4

await serve(async (ended) => {
  const domain = new pg.Pool({ connectionString: databaseUrl(), max: CONNECTIONS_MAX, application_name: "bench-limit" })
  const outside = outsidePool()
  const query = async <Row extends object>(pool: pg.Pool, { text, values }: chain.Statement) =>
    (await pool.query<Row>(text, [...values])).rows

  /** Gives the keys to try again. */
  const payAndSettle = async (keys: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
    const due = await query<chain.Payable>(domain, chain.payable(keys))
    const answers = await query<chain.Answer>(outside, chain.ask(due))
    const outcomes = await query<chain.Outcome>(domain, chain.answered(answers))
    const settled = await query(domain, chain.settle(keys))
    ended(settled.length + outcomes.filter(({ stage }) => stage === "failed").length)
    return outcomes.filter(({ stage }) => stage === "decided").map(({ key }) => key)
  }
  const whole = async (range: chain.Range): Promise<ReadonlyArray<string>> => {
    const keys = chain.keysOf(range)
    await query(domain, chain.collect(keys))
    await query(domain, chain.decide(keys))
    return payAndSettle(keys)
  }

  return {
    start: async ({ batch, keys }) => {
      const ranges = [...chain.rangesOf(keys, batch)]
      let again: Array<string> = []
      const lane = async () => {
        for (let range = ranges.shift(); range !== undefined; range = ranges.shift())
          again.push(...(await whole(range)))
      }
      await Promise.all(Array.from({ length: CONNECTIONS_MAX }, lane))
      while (again.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, chain.RETRY_SECONDS * 1000))
        again = [...(await payAndSettle(again))]
      }
    },
    stop: async () => {
      await domain.end()
      await outside.end()
    }
  }
})
