import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { RunLock } from "../ports/RunLock.ts"
import { runLockContract } from "./contracts/RunLockContract.ts"
import * as MemoryRunLock from "./MemoryRunLock.ts"

runLockContract("MemoryRunLock", async () => ({ layer: MemoryRunLock.make().layer, close: async () => {} }))

describe("MemoryRunLock contents", () => {
  it("shows the names that are held", async () => {
    const { held, layer } = MemoryRunLock.make()
    const look = Effect.sync(() => [...held()])
    const inside = await Effect.runPromise(
      Effect.flatMap(RunLock, (lock) => lock.exclusively("sync", { waitMs: 0, onWait: Effect.void }, look)).pipe(
        Effect.provide(layer)
      )
    )
    expect([inside, [...held()]]).toStrictEqual([["sync"], []])
  })
})
