import {
  ReferralDirectoryError,
  type ReferralDirectoryReason,
  RunLockBusy,
  StoreError,
  type StoreReason
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import type * as Job from "./Job.ts"
import * as PortFailure from "./PortFailure.ts"
import * as RetryPolicy from "./RetryPolicy.ts"

const STORE_REASONS: Readonly<Record<StoreReason, true>> = {
  Unreachable: true,
  AccessDenied: true,
  SchemaMissing: true,
  SchemaOlder: true,
  SchemaNewer: true,
  ConnectionLost: true,
  StorageFull: true,
  Conflict: true,
  Other: true
}

const DIRECTORY_REASONS: Readonly<Record<ReferralDirectoryReason, true>> = {
  Unreachable: true,
  TooSlow: true,
  Refused: true,
  InvalidAnswer: true
}

const storeReasons = Object.keys(STORE_REASONS) as ReadonlyArray<StoreReason>
const directoryReasons = Object.keys(DIRECTORY_REASONS) as ReadonlyArray<ReferralDirectoryReason>

const stored = (reason: StoreReason, isRetryable = true) => new StoreError({ reason, message: "gone", isRetryable })
const directory = (reason: ReferralDirectoryReason, isRetryable = true) =>
  new ReferralDirectoryError({ reason, message: "no answer", isRetryable })
const busy = new RunLockBusy({ name: "referral-orders", waitedMs: 2_500 })

/** Every error that a port can fail with, and whether trying again may help. */
const ERRORS: ReadonlyArray<readonly [string, PortFailure.PortError, boolean]> = [
  ["RunLockBusy", busy, false],
  ...storeReasons.flatMap((reason) =>
    [true, false].map((isRetryable) => [`StoreError ${reason}`, stored(reason, isRetryable), isRetryable] as const)
  ),
  ...directoryReasons.flatMap((reason) =>
    [true, false].map(
      (isRetryable) => [`ReferralDirectoryError ${reason}`, directory(reason, isRetryable), isRetryable] as const
    )
  )
]

const codec = Schema.toCodecJson(PortFailure.PortFailure)

describe("PortFailure", () => {
  it.each(ERRORS)("%s comes back from what is kept of it", (_, error, isRetryable) => {
    const failure = PortFailure.from(error)
    const kept = JSON.stringify(Schema.encodeSync(codec)(failure))
    const found = Schema.decodeSync(codec)(JSON.parse(kept) as typeof codec.Encoded)
    expect(found).toStrictEqual(failure)
    const again = PortFailure.toError(found)
    expect(again).toStrictEqual(error)
    expect([again._tag, again.message]).toStrictEqual([error._tag, error.message])
    // What the engine looks at when it decides about another try.
    expect(RetryPolicy.kindOf(found)).toBe(isRetryable ? "transient" : "permanent")
  })

  it("keeps nothing of a cause", () => {
    const secret = { password: "secret" }
    for (const error of [
      new StoreError({ reason: "Other", message: "gone", isRetryable: false, cause: secret }),
      new ReferralDirectoryError({ reason: "Refused", message: "no", isRetryable: false, cause: secret })
    ]) {
      expect(JSON.stringify(PortFailure.from(error))).not.toContain("secret")
    }
  })

  it.each([
    [{ _tag: "StoreError", reason: "Bored", message: "", isRetryable: true }],
    [{ _tag: "ReferralDirectoryError", reason: "SchemaOlder", message: "", isRetryable: true }],
    [{ _tag: "RunLockBusy", name: "a", waitedMs: 0.5 }],
    [{ _tag: "Other", message: "" }]
  ])("takes %j for no failure", (kept) => {
    expect(Exit.isFailure(Schema.decodeUnknownExit(codec)(kept))).toBe(true)
  })

  describe("outputOf", () => {
    const exitOf = (result: Job.Result<string, PortFailure.PortFailure>) =>
      Effect.runSyncExit(PortFailure.outputOf({ executionId: "7", result }))

    it("gives the output", () => {
      expect(exitOf({ _tag: "Succeeded", output: "done" })).toStrictEqual(Exit.succeed("done"))
    })

    it.each([[busy], [stored("Conflict", false)], [directory("TooSlow")]])("fails with the error: %s", (error) => {
      const result = { _tag: "Failed", failure: { _tag: "Error", error: PortFailure.from(error) } } as const
      expect(exitOf(result)).toStrictEqual(Exit.fail(error))
    })

    it("dies of a defect, with its message", () => {
      const exit = exitOf({ _tag: "Failed", failure: { _tag: "Defect", message: "x is not a function" } })
      expect(exit).toStrictEqual(Exit.die(new Error("x is not a function")))
    })

    it.each([
      { _tag: "Unknown" },
      { _tag: "Pending" },
      { _tag: "Running" },
      { _tag: "Waiting", waitsFor: "timer" },
      { _tag: "Cancelled" },
      { _tag: "Purged" }
    ] as const)(
      "says where to look when the execution is $_tag, for another process has it or somebody ended it",
      (result) => {
        const message = "execution 7 was taken over or cancelled: see `reckoner execution show 7`"
        expect(exitOf(result)).toStrictEqual(
          Exit.fail(new StoreError({ reason: "Other", message, isRetryable: false }))
        )
      }
    )
  })
})
