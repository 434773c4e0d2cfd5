/**
 * Why the embedded server could not be started, and what to do about it.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * The fact that stopped the embedded server.
 *
 * - `UnsupportedPlatform`: there are no binaries for this system.
 * - `NoUserName`: the process runs under a user id without a name, which PostgreSQL refuses.
 * - `FolderNotUsable`: the data folder cannot be created or written.
 * - `DataFromOtherVersion`: the data folder was made by another major version.
 * - `PasswordMissing`: the data is there, the file with its password is not.
 * - `Busy`: other processes held the folder's lock for too long.
 * - `InitFailed`, `StartFailed`: `initdb` or the server itself said no; `output` is its own text.
 *
 * @category models
 * @since 0.1.0
 */
export type EmbeddedServerReason =
  | { readonly _tag: "UnsupportedPlatform"; readonly platform: string }
  | { readonly _tag: "NoUserName"; readonly uid: number }
  | { readonly _tag: "FolderNotUsable"; readonly output: string }
  | { readonly _tag: "DataFromOtherVersion"; readonly found: string; readonly supported: string }
  | { readonly _tag: "PasswordMissing"; readonly file: string }
  | { readonly _tag: "Busy"; readonly waitedMs: number }
  | { readonly _tag: "InitFailed"; readonly output: string }
  | { readonly _tag: "StartFailed"; readonly output: string; readonly logFile: string }

const elsewhere = "set DATABASE_URL to a PostgreSQL server of your own"

const sentence = (reason: EmbeddedServerReason, dataDir: string): string => {
  switch (reason._tag) {
    case "UnsupportedPlatform":
      return (
        `there is no embedded PostgreSQL for ${reason.platform}: ${elsewhere}, ` +
        `or, where there should be one, install again without --omit=optional`
      )
    case "NoUserName":
      return (
        `user id ${reason.uid} has no name on this machine and PostgreSQL refuses to run without one: ` +
        `add a line for it to /etc/passwd, or ${elsewhere}`
      )
    case "FolderNotUsable":
      return (
        `the data folder ${dataDir} cannot be used (${reason.output}): ` +
        `set RECKONER_DATA to a folder this user may write, or ${elsewhere}`
      )
    case "DataFromOtherVersion":
      return (
        `${dataDir} holds data of PostgreSQL ${reason.found}, the embedded server is ${reason.supported}: ` +
        `set RECKONER_DATA to a new folder, or ${elsewhere} of version ${reason.found} that holds this data`
      )
    case "PasswordMissing":
      return (
        `${reason.file} is missing, and the data beside it cannot be opened without it: ` +
        `put the file back, or set RECKONER_DATA to a new folder`
      )
    case "Busy":
      return (
        `other processes have been starting or stopping the server in ${dataDir} ` +
        `for ${Math.round(reason.waitedMs / 1000)} s: wait for them or end them, then try again`
      )
    case "InitFailed":
      return (
        `the embedded PostgreSQL could not set up ${dataDir}: ${reason.output}. ` +
        `Free some space or set RECKONER_DATA to another folder, or ${elsewhere}`
      )
    case "StartFailed":
      return (
        `the embedded PostgreSQL in ${dataDir} did not start: ${reason.output}. ` +
        `Read ${reason.logFile}, or ${elsewhere}`
      )
  }
}

/**
 * The embedded server could not be started. `message` names the folder and the fix, never the password.
 *
 * @category errors
 * @since 0.1.0
 */
export class EmbeddedServerError extends Data.TaggedError("EmbeddedServerError")<{
  readonly reason: EmbeddedServerReason
  readonly dataDir: string
}> {
  override get message(): string {
    return sentence(this.reason, this.dataDir)
  }
}
