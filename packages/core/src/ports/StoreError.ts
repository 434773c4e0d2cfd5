/**
 * What can go wrong between a job and the place where data is kept, whatever
 * that place is.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * Why the store did not do what it was asked.
 *
 * - `Unreachable`: nothing answers there.
 * - `AccessDenied`: it refuses this user or password.
 * - `SchemaMissing`, `SchemaOlder`, `SchemaNewer`: its tables are not those of this version.
 * - `ConnectionLost`: it went away in mid-work; what was not confirmed did not happen.
 * - `StorageFull`: it has no room.
 * - `Conflict`: somebody else wrote the same at the same time.
 * - `Other`: anything else; the message says what.
 *
 * @category models
 * @since 0.1.0
 */
export type StoreReason =
  | "Unreachable"
  | "AccessDenied"
  | "SchemaMissing"
  | "SchemaOlder"
  | "SchemaNewer"
  | "ConnectionLost"
  | "StorageFull"
  | "Conflict"
  | "Other"

/**
 * The store failed. `message` is one line for a person: what was tried, what
 * came back and what to do. `isRetryable` says whether the same call may
 * succeed later without anybody changing anything.
 *
 * @category errors
 * @since 0.1.0
 */
export class StoreError
  extends /* @__PURE__ */ Data.TaggedError("StoreError")<{
    readonly reason: StoreReason
    readonly message: string
    readonly isRetryable: boolean
    readonly cause?: unknown
  }> {}
