import { Database, PgExecutions } from "@reckoner/adapters-pg"
import { type ExecutionQueue, ExecutionRecorder, ExecutionReport, ExecutionStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { rowsOf } from "../../../adapters-pg/src/testing/gymData.ts"
import type { DetailsView, ListView } from "../engine/ExecutionView.ts"
import { endedExecution, JOB, runningExecution, waitingExecution } from "../engine/testing/executions.ts"
import { type Ended, reckoner } from "../testing/childProcess.ts"

type Ports = ExecutionStore | ExecutionQueue | ExecutionRecorder | ExecutionReport

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

const run = <A, E>(effect: Effect.Effect<A, E, Ports>): Promise<A> =>
  Effect.runPromise(
    Effect.provide(
      effect,
      PgExecutions.layer.pipe(Layer.provide(Database.SqlLive), Layer.provide(database.layer))
    ) as Effect.Effect<A>
  )

const execution = (...args: ReadonlyArray<string>): Promise<Ended> =>
  reckoner(["execution", ...args], { DATABASE_URL: Redacted.value(database.url) })

const expectDone = ({ code, stderr, stdout }: Ended): string => {
  expect([code, stderr]).toStrictEqual([0, ""])
  return stdout
}

const json = async <A>(...args: ReadonlyArray<string>): Promise<A> =>
  JSON.parse(expectDone(await execution(...args, "--json"))) as A

const expectRefusal = ({ code, stderr, stdout }: Ended, exitCode: number, text: string) => {
  expect(stderr).toBe(`reckoner: ${text}\n`)
  expect([code, stdout]).toStrictEqual([exitCode, ""])
}

/** Everything about all executions, as the tables have it. */
const everything = async () => [
  await rowsOf(Redacted.value(database.url), "SELECT * FROM reckoner.execution ORDER BY id"),
  await rowsOf(Redacted.value(database.url), "SELECT * FROM reckoner.execution_step ORDER BY execution, kind, name")
]

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`

describe("reckoner execution", () => {
  it("lists executions, the newest first, by state, job and age", async () => {
    expect(expectDone(await execution("list"))).toBe("No executions.\n")

    await run(
      Effect.gen(function* () {
        yield* endedExecution("a", "failed")
        yield* waitingExecution("b")
        yield* endedExecution("c", "succeeded")
      })
    )
    const lines = expectDone(await execution("list"))
      .trimEnd()
      .split("\n")
    expect(lines).toHaveLength(4)
    expect(lines[0]).toMatch(/^ID {2}STATE +JOB +KEY +ATTEMPT +CREATED +LAST SIGN OF LIFE +WAITS FOR \/ ERROR$/)
    expect(lines[1]).toMatch(new RegExp(`^ 3  succeeded  ${JOB}  c +1  ${TIME}  ${TIME}  -$`))
    expect(lines[2]).toMatch(new RegExp(`^ 2  waiting    ${JOB}  b +1  ${TIME}  ${TIME}  signal decision$`))
    expect(lines[3]).toMatch(
      new RegExp(`^ 1  failed     ${JOB}  a +1  ${TIME}  ${TIME}  NobodyThere: nobody is there$`)
    )

    const ids = async (...args: ReadonlyArray<string>) => {
      const { executions, next } = await json<ListView>("list", ...args)
      return [executions.map(({ id }) => id), next]
    }
    const asked = [
      ids("--state", "failed,waiting", "--job", JOB, "--since", "1h"),
      ids("--limit", "1", "--before", "3")
    ]
    expect(await Promise.all(asked)).toStrictEqual([
      [["2", "1"], null],
      [["2"], "2"]
    ])
  })

  it("shows everything about one, as text and as JSON", async () => {
    const [failed, stalled] = await run(
      Effect.gen(function* () {
        return [yield* endedExecution("a", "failed"), yield* runningExecution("b")]
      })
    )
    await rowsOf(
      Redacted.value(database.url),
      "UPDATE reckoner.execution SET progressed_at = progressed_at - interval '5 minutes' WHERE id = 2"
    )
    const text = expectDone(await execution("show", failed!))
    expect(text).toMatch(/^Execution 1: failed\n/)
    expect(text).toMatch(/\n {2}input +\{"question":"a"\}\n {2}error +NobodyThere: nobody is there\n\nKIND +NAME +/)
    expect(text).toMatch(new RegExp(`\nstep  ask           1  succeeded      1  ${TIME}  \\d.\\d\\d s  {"asked":1}\n`))
    expect(text).toMatch(
      new RegExp(`\nstep  answer        1  failed         3  ${TIME}  \\d.\\d\\d s  NobodyThere: nobody is there\n$`)
    )

    const { durationMs, steps, ...whole } = await json<DetailsView>("show", failed!)
    expect(durationMs).toBeGreaterThanOrEqual(0)
    expect(whole).toMatchObject({
      id: "1",
      job: JOB,
      businessKey: "a",
      state: "failed",
      isStalled: false,
      attempt: 1,
      waitsFor: null,
      input: { question: "a" },
      output: null,
      error: { _tag: "Error", error: { _tag: "NobodyThere", message: "nobody\nis there" } }
    })
    expect(steps.map(({ name, state, tries, value }) => [name, state, tries, value])).toStrictEqual([
      ["ask", "succeeded", 1, { asked: 1 }],
      ["answer", "failed", 3, whole.error]
    ])

    expect(expectDone(await execution("show", stalled!))).toMatch(
      /^Execution 2: running, stalled: no sign of life for 5 min \d+ s\n/
    )
  })

  it("retries, cancels and signals, and says what has changed", async () => {
    const [failed, waiting] = await run(
      Effect.gen(function* () {
        return [yield* endedExecution("a", "failed"), yield* waitingExecution("b")]
      })
    )
    expect(expectDone(await execution("retry", failed!))).toBe(
      "Execution 1 is pending again, for attempt 2. Steps that succeeded are not done again.\n"
    )
    expect(expectDone(await execution("cancel", failed!))).toBe("Execution 1 is cancelled.\n")

    const value = '{"approved":true,"note":"ü"}'
    expect(expectDone(await execution("signal", waiting!, "decision", "--value", value))).toBe(
      "Execution 2 has got the signal decision; it is pending.\n"
    )
    expect(expectDone(await execution("signal", waiting!, "decision", "--value", "false"))).toBe(
      "A signal decision came before and counts: nothing has changed. Execution 2 is pending.\n"
    )
    expect(await json("signal", waiting!, "other", "--value=-1")).toMatchObject({ isChanged: true })
    const steps = await run(Effect.flatMap(ExecutionReport, (report) => report.steps(waiting!)))
    expect(steps.filter(({ kind }) => kind === "signal").map((step) => [step.name, step.value])).toStrictEqual([
      ["decision", JSON.parse(value)],
      ["other", -1]
    ])
  })

  it("refuses what the state does not allow with 5, and changes nothing", async () => {
    const [done, failed] = await run(
      Effect.gen(function* () {
        return [yield* endedExecution("a", "succeeded"), yield* endedExecution("b", "failed")]
      })
    )
    const before = await everything()
    expectRefusal(
      await execution("retry", done!),
      5,
      "execution 1 is succeeded and cannot be retried: nothing can be done to it any more"
    )
    expectRefusal(
      await execution("cancel", failed!),
      5,
      "execution 2 is failed and cannot be cancelled: it can be retried"
    )
    const message = "execution 2 is failed and cannot be signalled: it can be retried"
    const signalled = await execution("signal", failed!, "decision", "--json")
    expect([signalled.code, signalled.stderr]).toStrictEqual([5, `reckoner: ${message}\n`])
    expect(JSON.parse(signalled.stdout)).toStrictEqual({ error: { code: "ExecutionStateRefused", message } })
    expect(await everything()).toStrictEqual(before)

    const unknown = [execution("show", "9"), execution("signal", "9", "decision")]
    for (const ended of await Promise.all(unknown)) {
      expectRefusal(ended, 5, "there is no execution 9: `reckoner execution list` shows those there are")
    }
    expect(await everything()).toStrictEqual(before)
  })
})
