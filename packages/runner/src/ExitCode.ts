/**
 * With what number the program ends, and the one line in which it says why.
 *
 * @since 0.1.0
 */
import type { DatabaseError, EmbeddedServer } from "@reckoner/adapters-pg"
import type { ReferralDirectoryError, RunLockBusy, StoreError } from "@reckoner/core/ports"
import * as Cause from "effect/Cause"
import type { CliError } from "effect/cli"
import * as Data from "effect/Data"
import type { SettingRefused } from "./Config.ts"
import type { ExecutionStateRefused, ExecutionUnknown } from "./engine/ExecutionOperations.ts"

/**
 * The exit codes and what they mean: the table of `--help` and of the manual.
 *
 * @category constants
 * @since 0.1.0
 */
export const EXIT_CODES = {
  done: { code: 0, meaning: "done, also when invoices are held or findings were made" },
  bug: { code: 1, meaning: "an unexpected failure of the program itself" },
  usage: { code: 2, meaning: "a command line or a setting that cannot be used" },
  database: {
    code: 3,
    meaning: "the database or the port was refused, unreachable, lost or full; nothing is half-written"
  },
  tables: { code: 4, meaning: "the tables are missing, or of another version" },
  refused: {
    code: 5,
    meaning: "what it is for is not there, or its state does not allow that; nothing of it has changed"
  },
  system: {
    code: 6,
    meaning:
      "another system that was asked is unreachable, too slow, refused or answered wrongly; nothing is half-written"
  },
  busy: { code: 75, meaning: "another run of the job was in progress; try again later" },
  interrupted: { code: 130, meaning: "stopped by a signal; what was not finished is undone (`serve` ends with 0)" }
} as const

/**
 * Something that the caller has to correct on the command line.
 *
 * @category errors
 * @since 0.1.0
 */
export class UsageRefused extends Data.TaggedError("UsageRefused")<{ readonly message: string }> {}

/**
 * What a command was to do was refused: `code` is a word for programs.
 *
 * @category errors
 * @since 0.1.0
 */
export class ActionRefused extends Data.TaggedError("ActionRefused")<{
  readonly code: string
  readonly message: string
}> {}

/**
 * The server may not, or could not, listen where it was told to.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListenRefused extends Data.TaggedError("ListenRefused")<{
  readonly reason: "TokenNeeded" | "AddressUnusable" | "PortInUse"
  readonly message: string
}> {}

/**
 * Everything that a command fails with on purpose.
 *
 * @category errors
 * @since 0.1.0
 */
export type CommandError =
  | StoreError
  | ReferralDirectoryError
  | RunLockBusy
  | DatabaseError.DatabaseError
  | EmbeddedServer.EmbeddedServerError
  | SettingRefused
  | UsageRefused
  | ListenRefused
  | ExecutionUnknown
  | ExecutionStateRefused
  | ActionRefused

/**
 * How a command ended when it did not end well: the exit code, a word for
 * programs and a line for people.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly exitCode: number
  readonly code: string
  readonly message: string
}

const TABLE_REASONS: ReadonlySet<string> = new Set(["SchemaMissing", "SchemaOlder", "SchemaNewer"])

const codeOfReason = (reason: string): number => {
  if (TABLE_REASONS.has(reason)) return EXIT_CODES.tables.code
  return reason === "InvalidUrl" ? EXIT_CODES.usage.code : EXIT_CODES.database.code
}

/** Texts from outside may hold anything; a failure is one line without control characters. */
const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim()

const ofCommandError = (error: CommandError): Failure => {
  const message = oneLine(error.message)
  switch (error._tag) {
    case "StoreError":
      return { exitCode: codeOfReason(error.reason), code: error.reason, message }
    case "ReferralDirectoryError":
      return { exitCode: EXIT_CODES.system.code, code: error.reason, message }
    case "DatabaseError":
      return { exitCode: codeOfReason(error.reason._tag), code: error.reason._tag, message }
    case "EmbeddedServerError":
      return { exitCode: EXIT_CODES.database.code, code: error.reason._tag, message }
    case "RunLockBusy": {
      const waited = error.waitedMs === 0 ? "" : `, and had not ended after ${error.waitedMs / 1000} s`
      const text = `another run of ${error.name} is in progress${waited}: try again when it has ended`
      return { exitCode: EXIT_CODES.busy.code, code: "RunInProgress", message: text }
    }
    case "SettingRefused":
      return { exitCode: EXIT_CODES.usage.code, code: "SettingRefused", message }
    case "UsageRefused":
      return { exitCode: EXIT_CODES.usage.code, code: "UsageRefused", message }
    case "ListenRefused": {
      const { code } = error.reason === "PortInUse" ? EXIT_CODES.database : EXIT_CODES.usage
      return { exitCode: code, code: error.reason, message }
    }
    case "ExecutionUnknown": {
      const text = `${message}: \`reckoner execution list\` shows those there are`
      return { exitCode: EXIT_CODES.refused.code, code: "ExecutionUnknown", message: text }
    }
    case "ActionRefused":
      return { exitCode: EXIT_CODES.refused.code, code: error.code, message }
    case "ExecutionStateRefused":
      return { exitCode: EXIT_CODES.refused.code, code: "ExecutionStateRefused", message }
  }
}

const ofCliError = (error: CliError.CliError): Failure => {
  const first = error._tag === "ShowHelp" ? error.errors[0] : error
  const path = error._tag === "ShowHelp" ? error.commandPath.join(" ") : "reckoner"
  // Some of the library's messages go on with a list of suggestions.
  const message = oneLine((first ?? error).message).replace(/[.:]?$/, "")
  return { exitCode: EXIT_CODES.usage.code, code: "UsageRefused", message: `${message}; see \`${path} --help\`` }
}

/**
 * Says whether the caller only asked for help, by naming a group of commands.
 *
 * @category queries
 * @since 0.1.0
 */
export const isHelpOnly = (cause: Cause.Cause<CommandError | CliError.CliError>): boolean =>
  cause.reasons.every((one) => one._tag === "Fail" && one.error._tag === "ShowHelp" && one.error.errors.length === 0)

/**
 * Turns whatever stopped a command into exit code, word and line.
 *
 * @category queries
 * @since 0.1.0
 */
export const ofCause = (cause: Cause.Cause<CommandError | CliError.CliError>): Failure => {
  const failed = cause.reasons.find((one) => one._tag === "Fail")
  if (failed !== undefined)
    return isCommandError(failed.error) ? ofCommandError(failed.error) : ofCliError(failed.error)
  if (Cause.hasInterruptsOnly(cause)) {
    return { exitCode: EXIT_CODES.interrupted.code, code: "Interrupted", message: "interrupted" }
  }
  const defect = Cause.squash(cause)
  const text = oneLine(defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect))
  const message = `unexpected failure (${text}): please report it, with what RECKONER_LOG_LEVEL=debug adds`
  return { exitCode: EXIT_CODES.bug.code, code: "Unexpected", message }
}

const COMMAND_ERRORS: Readonly<Record<CommandError["_tag"], true>> = {
  StoreError: true,
  ReferralDirectoryError: true,
  RunLockBusy: true,
  DatabaseError: true,
  EmbeddedServerError: true,
  SettingRefused: true,
  UsageRefused: true,
  ListenRefused: true,
  ExecutionUnknown: true,
  ExecutionStateRefused: true,
  ActionRefused: true
}

const isCommandError = (error: CommandError | CliError.CliError): error is CommandError =>
  Object.hasOwn(COMMAND_ERRORS, error._tag)
