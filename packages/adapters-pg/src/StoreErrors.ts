/**
 * A failure of the database, as the ports of the core name it.
 *
 * @since 0.1.0
 */
import { StoreError, type StoreReason } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import { SqlError } from "effect/sql"
import type { Database } from "./Database.ts"
import * as DatabaseError from "./DatabaseError.ts"

const REASONS: Partial<Record<DatabaseError.DatabaseReason["_tag"], StoreReason>> = {
  InvalidUrl: "Unreachable",
  Unreachable: "Unreachable",
  DatabaseMissing: "Unreachable",
  TooManyConnections: "Unreachable",
  AuthenticationFailed: "AccessDenied",
  PermissionDenied: "AccessDenied",
  SchemaMissing: "SchemaMissing",
  SchemaOlder: "SchemaOlder",
  SchemaNewer: "SchemaNewer",
  TablesMissing: "SchemaMissing",
  ConnectionLost: "ConnectionLost",
  DiskFull: "StorageFull",
  UniqueViolation: "Conflict",
  TransactionConflict: "Conflict"
}

/**
 * Names a database failure in the words of the ports.
 *
 * @category constructors
 * @since 0.1.0
 */
export const storeError = (error: DatabaseError.DatabaseError): StoreError =>
  new StoreError({
    reason: REASONS[error.reason._tag] ?? "Other",
    message: error.message,
    isRetryable: error.isRetryable,
    cause: error
  })

/**
 * Where a connection is lost within a transaction, its rollback fails too, and
 * that as a defect, which hides why it ended: it fails as a statement does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const failingRollback = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError.SqlError, R> =>
  Effect.catchDefect(effect, (defect) =>
    defect instanceof SqlError.SqlError ? Effect.fail(defect) : Effect.die(defect)
  )

/**
 * Names what the SQL client may fail with in the words of the ports, also where
 * a transaction ends with its connection.
 *
 * @category combinators
 * @since 0.1.0
 */
export const orStoreError =
  (database: Database["Service"]) =>
  <A, R>(
    effect: Effect.Effect<A, SqlError.SqlError | DatabaseError.DatabaseError, R>
  ): Effect.Effect<A, StoreError, R> =>
    Effect.mapError(failingRollback(effect), (cause) =>
      storeError(DatabaseError.from(cause, { server: database.describe }))
    )
