/**
 * The job that is disturbed: five steps, each with one request to the stand-in, and for some keys a sleep in between.
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql"
import * as Job from "../../src/engine/Job.ts"
import type { Task } from "../../src/Worker.ts"

export const JOB = "payout"
export const STEPS = ["collect", "decide", "pay", "settle", "report"] as const
/** The sleep, and the step after it. */
export const SLEEP = "value date"
export const STEP_AFTER_SLEEP = "pay"

/** An execution to start. Without a pause it does not sleep. */
export const Payout = Schema.Struct({ key: Schema.String, pauseMs: Schema.Int })
export type Payout = typeof Payout.Type

/** Where the stand-in answers, and how long a step waits for it. */
export interface Bank {
  readonly url: string
  readonly timeoutMs: number
}

class BankUnavailable extends Schema.TaggedError<BankUnavailable>()("BankUnavailable", { fact: Schema.String }) {
  get isRetryable(): boolean {
    return true
  }
}

const Answer = Schema.Struct({ effect: Schema.Int })
const Collected = Schema.Struct({ effect: Schema.Int, nowMs: Schema.Int })

/** The key is made of business facts: whoever asks again, for whatever reason, asks for the same effect. */
const ask = ({ timeoutMs, url }: Bank, idempotencyKey: string) =>
  Effect.gen(function* () {
    const headers = { "idempotency-key": idempotencyKey, "x-process": String(process.pid) }
    const response = yield* HttpClient.post(`${url}/effects`, { headers })
    if (response.status !== 200) return yield* new BankUnavailable({ fact: `status ${response.status}` })
    return yield* Schema.decodeUnknownEffect(Answer)(yield* response.json)
  }).pipe(
    Effect.timeout(timeoutMs),
    Effect.catch((error) =>
      Effect.fail(error._tag === "BankUnavailable" ? error : new BankUnavailable({ fact: error._tag }))
    )
  )

/** The clock of the server, which is one for all processes. */
const serverTime = SqlClient.SqlClient.use(
  (sql) => sql<{ readonly ms: number }>`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`
).pipe(
  Effect.map((rows) => Math.floor(rows.at(0)!.ms)),
  Effect.mapError((error) => new BankUnavailable({ fact: error._tag }))
)

const job = (bank: Bank) =>
  Job.make({
    name: JOB,
    input: Payout,
    output: Schema.Int,
    error: BankUnavailable,
    businessKey: ({ key }) => key,
    run: ({ key, pauseMs }) =>
      Effect.gen(function* () {
        const { sleepUntil, step } = yield* Job.Execution
        const options = { success: Answer, error: BankUnavailable }
        const { nowMs } = yield* step(
          "collect",
          { success: Collected, error: BankUnavailable },
          Effect.zipWith(ask(bank, `${key}/collect`), serverTime, ({ effect }, nowMs) => ({ effect, nowMs }))
        )
        yield* step("decide", options, ask(bank, `${key}/decide`))
        if (pauseMs > 0) yield* sleepUntil(SLEEP, nowMs + pauseMs)
        yield* step("pay", options, ask(bank, `${key}/pay`))
        yield* step("settle", options, ask(bank, `${key}/settle`))
        yield* step("report", options, ask(bank, `${key}/report`))
        return STEPS.length
      })
  })

/** The job as `serve` takes it. */
export const task = (bank: Bank): Task<HttpClient.HttpClient | SqlClient.SqlClient> => ({
  job: job(bank),
  description: "disturbed on purpose",
  inputAt: (tickMs) => ({ key: String(tickMs), pauseMs: 0 })
})
