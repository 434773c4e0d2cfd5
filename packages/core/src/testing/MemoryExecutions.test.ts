import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { ExecutionQueue } from "../ports/ExecutionQueue.ts"
import { ExecutionRecorder } from "../ports/ExecutionRecorder.ts"
import { ExecutionReport } from "../ports/ExecutionReport.ts"
import { ExecutionStore } from "../ports/ExecutionStore.ts"
import { executionQueueContract } from "./contracts/ExecutionQueueContract.ts"
import { executionRecorderContract } from "./contracts/ExecutionRecorderContract.ts"
import { executionReportContract } from "./contracts/ExecutionReportContract.ts"
import type { ExecutionSetup } from "./contracts/ExecutionSetup.ts"
import { executionStoreContract } from "./contracts/ExecutionStoreContract.ts"
import * as MemoryExecutions from "./MemoryExecutions.ts"

const setup = async (): Promise<ExecutionSetup> => {
  const { age, layer } = MemoryExecutions.make()
  return { layer, age: async (id, ms) => age(id, ms), close: async () => {} }
}

executionStoreContract("MemoryExecutions", setup)
executionRecorderContract("MemoryExecutions", setup)
executionQueueContract("MemoryExecutions", setup)
executionReportContract("MemoryExecutions", setup)

describe("MemoryExecutions contents", () => {
  it("shows its executions, the oldest first", async () => {
    const { executions, layer } = MemoryExecutions.make()
    const make = Effect.flatMap(ExecutionStore, (store) =>
      Effect.all(["b", "a"].map((businessKey) => store.create({ job: "pay-sellers", businessKey }, null)))
    )
    await Effect.runPromise(Effect.provide(make, layer))
    expect(executions().map(({ businessKey, id }) => [id, businessKey])).toStrictEqual([
      ["1", "b"],
      ["2", "a"]
    ])
  })

  it("goes by the clock of the effect", async () => {
    const { layer } = MemoryExecutions.make()
    const night = Effect.gen(function* () {
      const [store, recorder, report] = [yield* ExecutionStore, yield* ExecutionRecorder, yield* ExecutionReport]
      const queue = yield* ExecutionQueue
      const key = { job: "pay-sellers", businessKey: "a" }
      const { id } = yield* store.create(key, null, { runner: "one" })
      const lease = { id, handover: 1, runner: "one" }
      const { nowMs } = Option.getOrThrow(yield* recorder.begin(lease))
      yield* recorder.beginStep(lease, "pay")
      yield* TestClock.adjust(5)
      yield* recorder.record(lease, { kind: "step", name: "pay", state: "succeeded", value: 1, tries: 1 })
      yield* recorder.wait(lease, [{ kind: "sleep", name: "night", wakesAtMs: nowMs + 1_000 }])
      const claim = Effect.map(queue.claim({ runner: "one", jobs: [key.job], residentMax: 1 }), ({ length }) => length)
      yield* TestClock.adjust(994)
      const before = yield* claim
      yield* TestClock.adjust(1)
      const [step] = yield* report.steps(id)
      return [step?.startedAtMs, step?.finishedAtMs, before, yield* claim]
    })
    const seen = await Effect.runPromise(Effect.provide(night, [layer, TestClock.layer()]))
    expect(seen).toStrictEqual([0, 5, 0, 1])
  })
})
