/**
 * The one error of everything that talks to PostgreSQL, whichever driver it came from.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * The fact behind a failure.
 *
 * @category models
 * @since 0.1.0
 */
export type DatabaseReason =
  | { readonly _tag: "InvalidUrl" }
  | { readonly _tag: "Unreachable" }
  | { readonly _tag: "AuthenticationFailed" }
  | { readonly _tag: "DatabaseMissing" }
  | { readonly _tag: "TooManyConnections" }
  | { readonly _tag: "PermissionDenied" }
  | { readonly _tag: "SchemaMissing" }
  | { readonly _tag: "SchemaOlder"; readonly found: number; readonly supported: number }
  | { readonly _tag: "SchemaNewer"; readonly found: number; readonly supported: number }
  | { readonly _tag: "TablesMissing"; readonly tables: ReadonlyArray<string> }
  | { readonly _tag: "ConnectionLost" }
  | { readonly _tag: "DiskFull" }
  | { readonly _tag: "UniqueViolation"; readonly constraint: string }
  | { readonly _tag: "ConstraintViolation"; readonly constraint: string; readonly sqlState: string }
  | { readonly _tag: "InvalidData"; readonly sqlState: string }
  | { readonly _tag: "LockTimeout" }
  | { readonly _tag: "StatementTimeout" }
  | { readonly _tag: "TransactionConflict"; readonly sqlState: string }
  | { readonly _tag: "Other"; readonly sqlState: string | undefined }

const RETRYABLE: ReadonlySet<DatabaseReason["_tag"]> = new Set([
  "Unreachable",
  "TooManyConnections",
  "ConnectionLost",
  "LockTimeout",
  "TransactionConflict"
])

const sentence = (reason: DatabaseReason, server: string): string => {
  switch (reason._tag) {
    case "InvalidUrl":
      return "the database URL cannot be read: write it as postgres://user:password@host:port/database"
    case "Unreachable":
      return `no PostgreSQL server answers at ${server}: check that it runs and that host and port are right`
    case "AuthenticationFailed":
      return `${server} refused the login: check user and password, and the server's pg_hba.conf`
    case "DatabaseMissing":
      return `there is no such database at ${server}: create it, or correct the name in the URL`
    case "TooManyConnections":
      return `${server} has no connection left: end idle clients or raise max_connections`
    case "PermissionDenied":
      return `${server} does not let this user do that: grant the right, or use the owner of the tables`
    case "SchemaMissing":
      return `the tables are missing in ${server}: run \`reckoner migrate\``
    case "SchemaOlder":
      return (
        `the tables in ${server} are at version ${reason.found}, this program needs ${reason.supported}: ` +
        `run \`reckoner migrate\``
      )
    case "SchemaNewer":
      return (
        `the tables in ${server} are at version ${reason.found}, this program knows ${reason.supported}: ` +
        `use a newer release`
      )
    case "TablesMissing":
      return `${server} has no ${reason.tables.join(", ")}: check that the URL leads to the right database`
    case "ConnectionLost":
      return `the connection to ${server} was lost: nothing of an open transaction is kept, run it again`
    case "DiskFull":
      return `the disk of ${server} is full: free some space, then run it again`
    case "UniqueViolation":
      return `${server} already has a row with this key (${reason.constraint})`
    case "ConstraintViolation":
      return `${server} refused a row that breaks ${reason.constraint} (SQLSTATE ${reason.sqlState})`
    case "InvalidData":
      return `${server} refused a value (SQLSTATE ${reason.sqlState})`
    case "LockTimeout":
      return `${server}: waited too long for a lock that another session holds: run it again later`
    case "StatementTimeout":
      return `${server} cancelled a statement that ran too long, or was told to: raise statement_timeout if it must`
    case "TransactionConflict":
      return `${server} rolled a transaction back for another one (SQLSTATE ${reason.sqlState}): run it again`
    case "Other":
      return `${server} failed${reason.sqlState === undefined ? "" : ` (SQLSTATE ${reason.sqlState})`}`
  }
}

/**
 * A failure of the database. `message` is one line: where it happened, what, and the fix; never a password.
 *
 * @category errors
 * @since 0.1.0
 */
export class DatabaseError extends Data.TaggedError("DatabaseError")<{
  readonly reason: DatabaseReason
  /** `host:port/database`. */
  readonly server: string
  /** The server's or the driver's own words. */
  readonly detail?: string
  readonly cause?: unknown
}> {
  /** May the same work be tried again as it is? Writes with a natural key may, even if the first try went through. */
  get isRetryable(): boolean {
    return RETRYABLE.has(this.reason._tag)
  }

  override get message(): string {
    const text = sentence(this.reason, this.server)
    return this.detail === undefined ? text : `${text} (${this.detail})`
  }
}

/**
 * Where and during what a failure happened.
 *
 * @category models
 * @since 0.1.0
 */
export interface Context {
  /** `host:port/database`. */
  readonly server: string
  /** True while the connection was being made: a closed socket then means that nobody answers. */
  readonly connecting?: boolean
}

interface Facts {
  readonly code?: string
  readonly constraint?: string
  readonly message?: string
  readonly operation?: string
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const textField = (value: Record<string, unknown>, name: string): string | undefined =>
  typeof value[name] === "string" ? value[name] : undefined

/** Digs through wrappers (`SqlError.reason.cause`, `AggregateError.errors`) for the first error that carries a code. */
const factsOf = (cause: unknown, depth = 0): Facts => {
  if (!isObject(cause) || depth > 6) return {}
  const code = textField(cause, "code")
  const message = textField(cause, "message")
  if (code !== undefined) {
    const constraint = textField(cause, "constraint")
    return { code, ...(constraint && { constraint }), ...(message && { message }) }
  }
  const inner = cause["reason"] ?? cause["cause"] ?? (Array.isArray(cause["errors"]) ? cause["errors"][0] : undefined)
  const operation = textField(cause, "operation")
  return { ...(message && { message }), ...(operation && { operation }), ...factsOf(inner, depth + 1) }
}

const SOCKET_REFUSED = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN", "ENOENT"])
const SOCKET_LOST = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED"])
const CLOSED =
  /connection (terminated|is closed|closed|ended)|client was closed|not queryable|socket|timed out|timeout expired/i

const ofSqlState = (code: string, facts: Facts): DatabaseReason => {
  const constraint = facts.constraint ?? "a constraint"
  switch (code) {
    case "3D000":
      return { _tag: "DatabaseMissing" }
    case "3F000":
    case "42P01":
      return { _tag: "SchemaMissing" }
    case "42501":
      return { _tag: "PermissionDenied" }
    case "53100":
      return { _tag: "DiskFull" }
    case "53300":
      return { _tag: "TooManyConnections" }
    case "55P03":
      return { _tag: "LockTimeout" }
    case "57014":
      return { _tag: "StatementTimeout" }
    case "57P01":
    case "57P02":
    case "57P05":
    case "25P03":
      return { _tag: "ConnectionLost" }
    case "57P03":
      return { _tag: "Unreachable" }
    case "23505":
      return { _tag: "UniqueViolation", constraint }
    case "40001":
    case "40P01":
      return { _tag: "TransactionConflict", sqlState: code }
  }
  switch (code.slice(0, 2)) {
    case "08":
      return { _tag: "ConnectionLost" }
    case "22":
      return { _tag: "InvalidData", sqlState: code }
    case "23":
      return { _tag: "ConstraintViolation", constraint, sqlState: code }
    case "28":
      return { _tag: "AuthenticationFailed" }
    default:
      return { _tag: "Other", sqlState: code }
  }
}

const reasonOf = (facts: Facts, connecting: boolean): DatabaseReason => {
  const lost: DatabaseReason = { _tag: connecting ? "Unreachable" : "ConnectionLost" }
  const { code } = facts
  if (code === undefined) {
    if (CLOSED.test(facts.message ?? "")) return lost
    // A driver's wording for a password that the server asked for and the URL does not have.
    return /password/i.test(facts.message ?? "")
      ? { _tag: "AuthenticationFailed" }
      : { _tag: "Other", sqlState: undefined }
  }
  if (code === "ERR_INVALID_URL") return { _tag: "InvalidUrl" }
  if (SOCKET_REFUSED.has(code)) return { _tag: "Unreachable" }
  if (SOCKET_LOST.has(code)) return lost
  return /^[0-9A-Z]{5}$/.test(code) ? ofSqlState(code, facts) : { _tag: "Other", sqlState: undefined }
}

/**
 * Turns a failure of either driver (`SqlError` of `@effect/sql-pg`, an error of `pg`) into a `DatabaseError`.
 * A `DatabaseError` stays as it is.
 *
 * @category constructors
 * @since 0.1.0
 */
export const from = (cause: unknown, context: Context): DatabaseError => {
  if (cause instanceof DatabaseError) return cause
  const facts = factsOf(cause)
  const reason = reasonOf(facts, context.connecting === true || facts.operation === "connect")
  // An unreadable URL holds the password, and Node's error for it holds the URL.
  if (reason._tag === "InvalidUrl") return new DatabaseError({ reason, server: context.server })
  const detail = facts.message?.split("\n")[0]
  return new DatabaseError({ reason, server: context.server, cause, ...(detail && { detail }) })
}
