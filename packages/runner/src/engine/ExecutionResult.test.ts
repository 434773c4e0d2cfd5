import type { Execution, ExecutionState } from "@reckoner/core/ports"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as ExecutionResult from "./ExecutionResult.ts"
import * as Job from "./Job.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { amount: Schema.BigInt }) {}

const job = Job.make({
  name: "payout",
  input: Schema.Null,
  output: Schema.NullOr(Schema.BigInt),
  error: Refused,
  businessKey: () => "key",
  run: () => Effect.succeed(null)
})

const execution = (change: Partial<Execution> & { readonly state: ExecutionState }): Execution => ({
  id: "1",
  job: "payout",
  businessKey: "key",
  input: null,
  attempt: 1,
  handover: 1,
  beginsInVain: 0,
  waitsFor: undefined,
  wakesAtMs: undefined,
  progress: undefined,
  output: undefined,
  error: undefined,
  createdAtMs: 0,
  startedAtMs: 0,
  progressedAtMs: 0,
  finishedAtMs: 0,
  ...change
})

const REFUSED = { _tag: "Error", error: { _tag: "Refused", amount: "9007199254740993" } }
const refused = new Refused({ amount: 9_007_199_254_740_993n })

describe("ExecutionResult", () => {
  describe("of", () => {
    it.each([
      [{ state: "pending" }, { _tag: "Pending" }],
      [{ state: "running" }, { _tag: "Running" }],
      [
        { state: "waiting", waitsFor: "signal decision" },
        { _tag: "Waiting", waitsFor: "signal decision" }
      ],
      [{ state: "waiting" }, { _tag: "Waiting", waitsFor: "" }],
      [
        { state: "succeeded", output: "9007199254740993" },
        { _tag: "Succeeded", output: 9_007_199_254_740_993n }
      ],
      [{ state: "succeeded" }, { _tag: "Succeeded", output: null }],
      [
        { state: "failed", error: REFUSED },
        { _tag: "Failed", failure: { _tag: "Error", error: refused } }
      ],
      [
        { state: "failed", error: { _tag: "Defect", message: "a bug" } },
        { _tag: "Failed", failure: { _tag: "Defect", message: "a bug" } }
      ],
      [{ state: "cancelled" }, { _tag: "Cancelled" }],
      [{ state: "purged" }, { _tag: "Purged" }]
    ] as ReadonlyArray<readonly [Partial<Execution> & { readonly state: ExecutionState }, object]>)(
      "gives for %j: %o",
      async (change, result) => {
        expect(await Effect.runPromise(ExecutionResult.of(job, execution(change)))).toStrictEqual(result)
      }
    )
  })

  describe("encodeFailure", () => {
    const bug = new Error("a bug")

    it.each([
      ["an error of the job", Refused, Cause.fail(refused), REFUSED],
      ["an error beside a bug", Refused, Cause.combine(Cause.die(bug), Cause.fail(refused)), REFUSED],
      ["an error where none was promised", undefined, Cause.fail(new Error("no")), { _tag: "Defect", message: "no" }],
      ["a bug", Refused, Cause.die(bug), { _tag: "Defect", message: "a bug" }],
      ["what is no Error", Refused, Cause.die("thrown"), { _tag: "Defect", message: "thrown" }]
    ] as ReadonlyArray<readonly [string, Job.Codec<any> | undefined, Cause.Cause<any>, object]>)(
      "writes %s",
      async (_, schema, cause, written) => {
        expect(await Effect.runPromise(ExecutionResult.encodeFailure(schema, cause))).toStrictEqual(written)
      }
    )
  })

  describe("decodeFailure", () => {
    it.each([
      ["an error", Refused, REFUSED, { _tag: "Error", error: refused }],
      ["a bug", Refused, { _tag: "Defect", message: "a bug" }, { _tag: "Defect", message: "a bug" }],
      ["an error that has no schema any more", undefined, REFUSED, REFUSED]
    ] as ReadonlyArray<readonly [string, Job.Codec<any> | undefined, unknown, object]>)(
      "reads %s",
      async (_, schema, kept, read) => {
        expect(await Effect.runPromise(ExecutionResult.decodeFailure(schema, kept))).toStrictEqual(read)
      }
    )
  })

  describe("encode and decode", () => {
    it("bring values back that JSON has no form for", async () => {
      const schema = Schema.Struct({ at: Schema.Date, of: Schema.ReadonlyMap(Schema.String, Schema.BigInt) })
      const value = { at: new Date(0), of: new Map([["a", 1n]]) }
      const written = await Effect.runPromise(ExecutionResult.encode(schema, value))
      expect(JSON.parse(JSON.stringify(written))).toStrictEqual(written)
      expect(await Effect.runPromise(ExecutionResult.decode(schema, written))).toStrictEqual(value)
    })

    it("die of what the schema refuses", async () => {
      const exits = await Effect.runPromise(
        Effect.all([
          Effect.exit(ExecutionResult.encode(Schema.Int, 0.5)),
          Effect.exit(ExecutionResult.decode(Schema.Int, "x"))
        ])
      )
      expect(exits.map((exit) => Exit.isFailure(exit) && Cause.hasDies(exit.cause))).toStrictEqual([true, true])
    })
  })
})
