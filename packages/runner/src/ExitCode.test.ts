import { DatabaseError, EmbeddedServer } from "@reckoner/adapters-pg"
import {
  ReferralDirectoryError,
  type ReferralDirectoryReason,
  RunLockBusy,
  StoreError,
  type StoreReason
} from "@reckoner/core/ports"
import * as Cause from "effect/Cause"
import { CliError } from "effect/cli"
import { describe, expect, it } from "vitest"
import { SettingRefused } from "./Config.ts"
import { ExecutionStateRefused, ExecutionUnknown } from "./engine/ExecutionOperations.ts"
import * as ExitCode from "./ExitCode.ts"

const store = (reason: StoreReason) => new StoreError({ reason, message: `it was ${reason}`, isRetryable: false })
const directory = (reason: ReferralDirectoryReason) =>
  new ReferralDirectoryError({ reason, message: `it was ${reason}`, isRetryable: true })
const database = (reason: DatabaseError.DatabaseReason) => new DatabaseError.DatabaseError({ reason, server: "h:1/d" })
const ofError = (error: ExitCode.CommandError | CliError.CliError) => ExitCode.ofCause(Cause.fail(error))

describe("ExitCode", () => {
  describe("ofCause", () => {
    it.each([
      [3, "Unreachable", store("Unreachable")],
      [3, "AccessDenied", store("AccessDenied")],
      [3, "ConnectionLost", store("ConnectionLost")],
      [3, "StorageFull", store("StorageFull")],
      [3, "Conflict", store("Conflict")],
      [3, "Other", store("Other")],
      [4, "SchemaMissing", store("SchemaMissing")],
      [4, "SchemaOlder", store("SchemaOlder")],
      [4, "SchemaNewer", store("SchemaNewer")],
      [6, "Unreachable", directory("Unreachable")],
      [6, "TooSlow", directory("TooSlow")],
      [6, "Refused", directory("Refused")],
      [6, "InvalidAnswer", directory("InvalidAnswer")],
      [2, "InvalidUrl", database({ _tag: "InvalidUrl" })],
      [3, "AuthenticationFailed", database({ _tag: "AuthenticationFailed" })],
      [3, "DiskFull", database({ _tag: "DiskFull" })],
      [4, "SchemaNewer", database({ _tag: "SchemaNewer", found: 9, supported: 2 })],
      [
        3,
        "NoUserName",
        new EmbeddedServer.EmbeddedServerError({ reason: { _tag: "NoUserName", uid: 7 }, dataDir: "/data" })
      ],
      [75, "RunInProgress", new RunLockBusy({ name: "job", waitedMs: 2500 })],
      [2, "SettingRefused", new SettingRefused({ name: "A", value: "b", allowed: "c" })],
      [2, "UsageRefused", new ExitCode.UsageRefused({ message: "no" })],
      [2, "TokenNeeded", new ExitCode.ListenRefused({ reason: "TokenNeeded", message: "no" })],
      [2, "AddressUnusable", new ExitCode.ListenRefused({ reason: "AddressUnusable", message: "no" })],
      [3, "PortInUse", new ExitCode.ListenRefused({ reason: "PortInUse", message: "no" })],
      [5, "ExecutionUnknown", new ExecutionUnknown({ id: "9" })],
      [5, "ExecutionStateRefused", new ExecutionStateRefused({ id: "9", state: "pending", change: "retry" })]
    ] as const)("gives %d and %s", (exitCode, code, error) => {
      const failure = ofError(error)
      expect([failure.exitCode, failure.code]).toStrictEqual([exitCode, code])
      expect(failure.message).not.toBe("")
    })

    it("says for how long another run was waited for", () => {
      expect(ofError(new RunLockBusy({ name: "job", waitedMs: 2500 })).message).toBe(
        "another run of job is in progress, and had not ended after 2.5 s: try again when it has ended"
      )
      expect(ofError(new RunLockBusy({ name: "job", waitedMs: 0 })).message).toBe(
        "another run of job is in progress: try again when it has ended"
      )
    })

    it("says where to look for executions", () => {
      expect(ofError(new ExecutionUnknown({ id: "9" })).message).toBe(
        "there is no execution 9: `reckoner execution list` shows those there are"
      )
    })

    it("makes one line of any text, without control characters", () => {
      const error = new StoreError({
        reason: "Other",
        message: "one\n  two\u001b[31m\u009bthree\n",
        isRetryable: false
      })
      expect(ofError(error).message).toBe("one two [31m three")
    })

    it("says what another system said, in one line", () => {
      const error = new ReferralDirectoryError({
        reason: "Refused",
        message: "no\nsuch\u0000service",
        isRetryable: false
      })
      expect(ofError(error)).toStrictEqual({ exitCode: 6, code: "Refused", message: "no such service" })
    })

    it("points to the help of the command that was written wrongly", () => {
      const wrong = new CliError.MissingArgument({ argument: "job" })
      const shown = new CliError.ShowHelp({ commandPath: ["reckoner", "job", "run"], errors: [wrong] })
      expect(ofError(shown)).toStrictEqual({
        exitCode: 2,
        code: "UsageRefused",
        message: "Missing required argument: job; see `reckoner job run --help`"
      })
    })

    it("is 130 for a signal", () => {
      expect(ExitCode.ofCause(Cause.interrupt(1))).toStrictEqual({
        exitCode: 130,
        code: "Interrupted",
        message: "interrupted"
      })
    })

    it("is 1 for a bug", () => {
      const failure = ExitCode.ofCause(Cause.die(new TypeError("x is not\na function")))
      expect([failure.exitCode, failure.code]).toStrictEqual([1, "Unexpected"])
      expect(failure.message).toBe(
        "unexpected failure (TypeError: x is not a function): please report it, with what RECKONER_LOG_LEVEL=debug adds"
      )
    })
  })

  it("has a code of its own for every way to end", () => {
    const codes = Object.values(ExitCode.EXIT_CODES).map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  describe("isHelpOnly", () => {
    it("tells a group of commands from a mistake", () => {
      const commandPath = ["reckoner"]
      const wrong = new CliError.MissingArgument({ argument: "job" })
      expect(ExitCode.isHelpOnly(Cause.fail(new CliError.ShowHelp({ commandPath, errors: [] })))).toBe(true)
      expect(ExitCode.isHelpOnly(Cause.fail(new CliError.ShowHelp({ commandPath, errors: [wrong] })))).toBe(false)
      expect(ExitCode.isHelpOnly(Cause.interrupt(1))).toBe(false)
    })
  })
})
