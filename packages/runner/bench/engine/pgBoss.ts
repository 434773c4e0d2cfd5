/**
 * A process of pg-boss, set up as well as it can be: a queue per step, batches of 50, workers that are woken by NOTIFY
 * and fetch again at once after a full batch, the next jobs in the transaction of the domain, a result per job so that
 * each key is tried again by itself.
 *
 * Its word says how many keys a job has: 1, or a whole batch like an execution of ours.
 */
import pg from "pg"
import { PgBoss, type Job, type JobResult } from "pg-boss"
import * as chain from "./chain.ts"
import { databaseUrl, outsidePool, serve } from "./contender.ts"

interface Keys {
  readonly keys: ReadonlyArray<string>
}
type Given = ReadonlyArray<Job<Keys>>

const QUEUES = ["collect", "decide", "pay", "settle"]
const BATCH_JOBS = 50
/** A job of many keys is a batch of its own; with one at a time a worker would not fetch again at once. */
const BATCH_LARGE_JOBS = 2
const CONNECTIONS_MAX = 10
const INSERTED_AT_ONCE = 1_000
const POLLING_SECONDS = 0.5

const WORKERS = Number(process.env["PG_BOSS_WORKERS"] ?? 4)
const perJob = Number(process.argv[2] ?? 1)
const all = (jobs: Given) => jobs.flatMap(({ data }) => data.keys)
const pieces = <A>(values: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size))

await serve(async (ended) => {
  const domain = new pg.Pool({
    connectionString: databaseUrl(),
    max: CONNECTIONS_MAX,
    application_name: "bench-domain"
  })
  const outside = outsidePool()
  const boss = new PgBoss({ connectionString: databaseUrl(), max: CONNECTIONS_MAX, useListenNotify: true })
  boss.on("error", (error) => console.error(error))
  await boss.start()
  for (const name of QUEUES) {
    // The first process makes them.
    if ((await boss.getQueue(name)) !== null) continue
    await boss.createQueue(name, {
      retryLimit: chain.TRIES_MAX - 1,
      retryDelay: chain.RETRY_SECONDS,
      notify: true,
      partition: true
    })
  }

  const query = async <Row extends object>(client: pg.Pool | pg.PoolClient, { text, values }: chain.Statement) =>
    (await client.query<Row>(text, [...values])).rows

  const within = async <A>(use: (client: pg.PoolClient) => Promise<A>): Promise<A> => {
    const client = await domain.connect()
    try {
      await client.query("BEGIN")
      const value = await use(client)
      await client.query("COMMIT")
      client.release()
      return value
    } catch (error) {
      client.release(true)
      throw error
    }
  }
  const jobsOf = (keys: ReadonlyArray<string>) => pieces(keys, perJob).map((some) => ({ data: { keys: some } }))
  const insert = async (client: pg.PoolClient, name: string, jobs: Array<object>) => {
    if (jobs.length === 0) return
    await boss.insert(name, jobs, { db: { executeSql: (text, values) => client.query(text, values) } })
  }

  /** One transaction: the keys of the jobs on to their next stage, and a job for each. */
  const advance = (statement: (keys: ReadonlyArray<string>) => chain.Statement, next: string) => (jobs: Given) =>
    within(async (client) => {
      const moved = await query<{ key: string }>(client, statement(all(jobs)))
      await insert(client, next, jobsOf(moved.map(({ key }) => key)))
    })

  const pay = async (jobs: Given): Promise<Array<JobResult>> => {
    const due = await query<chain.Payable>(domain, chain.payable(all(jobs)))
    const answers = await query<chain.Answer>(outside, chain.ask(due))
    const outcomes = await within(async (client) => {
      const outcomes = await query<chain.Outcome>(client, chain.answered(answers))
      const paid = outcomes.filter(({ stage }) => stage === "paid").map(({ key }) => key)
      await insert(client, "settle", jobsOf(paid))
      // A job of many keys cannot be tried again for one of them.
      const later = outcomes.filter(({ stage }) => stage === "decided")
      if (perJob > 1) {
        await insert(
          client,
          "pay",
          later.map(({ key, next_try_ms }) => ({ data: { keys: [key] }, startAfter: new Date(next_try_ms ?? 0) }))
        )
      }
      return outcomes
    })
    ended(outcomes.filter(({ stage }) => stage === "failed").length)
    if (perJob > 1) return jobs.map(({ id }) => ({ id, status: "completed" }))
    const stages = new Map(outcomes.map(({ key, stage }) => [key, stage]))
    return jobs.map(({ data, id }) => {
      const stage = stages.get(data.keys[0] ?? "")
      if (stage === "decided") return { id, status: "failed", output: { message: "unreachable" } }
      return stage === "failed"
        ? { id, status: "deadletter", output: { message: "refused" } }
        : { id, status: "completed" }
    })
  }

  const settle = (jobs: Given) =>
    within(async (client) => {
      ended((await query(client, chain.settle(all(jobs)))).length)
    })

  const fetching = {
    batchSize: perJob > 1 ? BATCH_LARGE_JOBS : BATCH_JOBS,
    localConcurrency: WORKERS,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: POLLING_SECONDS,
    notifyPollingIntervalSeconds: POLLING_SECONDS
  }
  await boss.work("collect", fetching, advance(chain.collect, "decide"))
  await boss.work("decide", fetching, advance(chain.decide, "pay"))
  await boss.work("pay", { ...fetching, perJobResults: true as const }, pay)
  await boss.work("settle", fetching, settle)

  return {
    start: async ({ batch, keys }) => {
      const ranges = chain.rangesOf(keys, perJob > 1 ? batch : 1)
      const jobs = ranges.map((range) => ({ data: { keys: chain.keysOf(range) } }))
      for (const some of pieces(jobs, INSERTED_AT_ONCE)) await boss.insert("collect", [...some])
    },
    stop: async () => {
      await boss.stop({ graceful: true, timeout: 5_000 })
      await domain.end()
      await outside.end()
    }
  }
})
