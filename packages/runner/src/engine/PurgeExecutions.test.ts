import { ExecutionReport, type Retention, StoreError } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import * as LocalRun from "./LocalRun.ts"
import * as PurgeExecutions from "./PurgeExecutions.ts"

const JOBS = [
  { name: "payout", keyAfterPurge: "kept" },
  { name: "sync", keyAfterPurge: "forgotten" }
] as const
const RETENTION = { finishedMs: 30_000, failedMs: 300_000 }

/** A report whose purge gives one of these answers after the other. */
const purging = async (answers: ReadonlyArray<{ emptied: number; removed: number } | StoreError>) => {
  const asked: Array<Retention> = []
  const told: Array<unknown> = []
  const unused = Effect.die("not part of this test")
  const report = Layer.succeed(
    ExecutionReport,
    ExecutionReport.of({
      list: () => unused,
      steps: () => unused,
      backlog: unused,
      takeAlerts: () => unused,
      purge: (retention) =>
        Effect.suspend(() => {
          const answer = answers[asked.push(retention) - 1]!
          return answer instanceof StoreError ? Effect.fail(answer) : Effect.succeed(answer)
        })
    })
  )
  const job = PurgeExecutions.make(JOBS, RETENTION)
  const ran = await Effect.runPromise(
    LocalRun.run(job, { tick: "now" }, { onReport: (progress) => Effect.sync(() => void told.push(progress)) }).pipe(
      Effect.provide(report),
      Effect.provide(Layer.mergeAll(MemoryExecutions.make().layer, Logger.layer([])))
    )
  )
  return { asked, told, result: Option.getOrThrow(ran).result }
}

describe("PurgeExecutions", () => {
  it("goes on until nothing old is left, and counts it", async () => {
    const { asked, result, told } = await purging([
      { emptied: 990, removed: 10 },
      { emptied: 7, removed: 0 },
      { emptied: 0, removed: 3 },
      { emptied: 0, removed: 0 }
    ])
    expect(result).toStrictEqual({ _tag: "Succeeded", output: { emptied: 997, removed: 13 } })
    expect(asked.length).toBe(4)
    expect(told).toStrictEqual([
      { emptied: 990, removed: 10 },
      { emptied: 997, removed: 10 },
      { emptied: 997, removed: 13 },
      { emptied: 997, removed: 13 }
    ])
  })

  it("is one execution for a tick, whose own key is forgotten", () => {
    const job = PurgeExecutions.make(JOBS, RETENTION)
    expect([job.businessKey({ tick: "2026-03-05T06:17:00.000Z" }), job.keyAfterPurge]).toStrictEqual([
      "2026-03-05T06:17:00.000Z",
      "forgotten"
    ])
  })

  it("asks by the retention, and forgets the keys of jobs that say so and its own", async () => {
    const { asked } = await purging([{ emptied: 0, removed: 0 }])
    expect(asked[0]).toStrictEqual({ ...RETENTION, forgetful: ["purge-executions", "sync"], limit: 1_000 })
  })

  it("fails with what the store said", async () => {
    const full = new StoreError({ reason: "StorageFull", message: "no room", isRetryable: false })
    const { result } = await purging([full])
    const failure = result._tag === "Failed" && result.failure._tag === "Error" ? result.failure.error : undefined
    expect(PurgeExecutions.storeError(failure!)).toStrictEqual(full)
  })
})
