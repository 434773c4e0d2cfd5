/**
 * The run lock of the core on PostgreSQL's advisory locks.
 *
 * @since 0.1.0
 */
import { RunLock, RunLockBusy } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Database } from "../Database.ts"
import * as DatabaseError from "../DatabaseError.ts"
import * as AdvisoryLock from "../RunLock.ts"
import { storeError } from "../StoreErrors.ts"

const make = Effect.map(Database, (database) =>
  RunLock.of({
    exclusively: (name, { onWait, waitMs }, effect) =>
      // The effect's own failures pass as they are: only those of the lock are renamed.
      Effect.result(effect).pipe(
        (inner) => AdvisoryLock.exclusively(name, { onWait, waitMs }, inner),
        Effect.provideService(Database, database),
        Effect.mapError((error) =>
          error instanceof DatabaseError.DatabaseError ? storeError(error) : new RunLockBusy({ name, waitedMs: waitMs })
        ),
        Effect.flatMap(Effect.fromResult)
      )
  })
)

/**
 * The lock on the database.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<RunLock, never, Database> = Layer.effect(RunLock, make)
