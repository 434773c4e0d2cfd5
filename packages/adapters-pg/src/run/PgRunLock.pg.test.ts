import { RunLock, StoreError } from "@reckoner/core/ports"
import { runLockContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgRunLock from "./PgRunLock.ts"

runLockContract("PgRunLock", async () => {
  const database = await freshDatabase({ migrated: false })
  return { layer: Layer.provide(PgRunLock.layer, database.layer), close: database.drop }
})

describe("PgRunLock and its connection", () => {
  it("interrupts the effect and fails with ConnectionLost when the connection goes", async () => {
    const database = await freshDatabase({ migrated: false })
    let wasInterrupted = false
    const cut = Effect.promise(() =>
      rowsOf(
        Redacted.value(database.url),
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'reckoner-lock' AND datname = current_database()`
      )
    )
    const body = Effect.andThen(cut, Effect.never).pipe(
      Effect.onInterrupt(() => Effect.sync(() => void (wasInterrupted = true)))
    )
    const failure = await Effect.runPromise(
      Effect.flatMap(RunLock, (lock) => lock.exclusively("sync", { waitMs: 0, onWait: Effect.void }, body)).pipe(
        Effect.flip,
        Effect.provide(Layer.provide(PgRunLock.layer, database.layer))
      )
    )
    await database.drop()
    expect([failure instanceof StoreError && failure.reason, wasInterrupted]).toStrictEqual(["ConnectionLost", true])
  })
})
