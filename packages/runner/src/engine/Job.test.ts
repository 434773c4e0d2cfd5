import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as Job from "./Job.ts"

class Bank extends Context.Service<Bank, { readonly name: string }>()("@reckoner/runner/Job.test/Bank") {}

const definition = {
  name: "payout",
  input: Schema.String,
  output: Schema.String,
  error: Schema.Never,
  businessKey: (key: string) => key,
  run: (key: string) =>
    Effect.gen(function* () {
      const { name } = yield* Bank
      const { id } = yield* Job.Execution
      return `${key} by ${name} in ${id}`
    })
}

const execution = (id: string) =>
  Job.Execution.of({
    id,
    attempt: 1,
    step: () => Effect.die("not part of this test"),
    sleepUntil: () => Effect.void,
    awaitSignal: () => Effect.die("not part of this test"),
    report: () => Effect.void
  })

describe("Job", () => {
  describe("make", () => {
    it.each([
      ["kept", {}],
      ["kept", { keyAfterPurge: "kept" }],
      ["forgotten", { keyAfterPurge: "forgotten" }]
    ] as const)("makes a job whose key is %s after a purge by %j", (keyAfterPurge, change) => {
      expect(Job.make({ ...definition, ...change }).keyAfterPurge).toBe(keyAfterPurge)
    })
  })

  describe("provide", () => {
    it("gives the job its ports, and leaves the rest of it as it is", async () => {
      const job = Job.make({ ...definition, keyAfterPurge: "forgotten" })
      const provided = Job.provide(job, Context.make(Bank, { name: "fpay" }))
      const run = provided.run("a").pipe(Effect.provideService(Job.Execution, execution("7")))
      expect(await Effect.runPromise(run)).toBe("a by fpay in 7")
      expect({ ...provided, run: job.run }).toStrictEqual({ ...job })
    })
  })
})
