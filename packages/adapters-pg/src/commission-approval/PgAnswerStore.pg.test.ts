import { AnswerStore, StoreError } from "@reckoner/core/ports"
import { answerStoreContract } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Database from "../Database.ts"
import { type FreshDatabase, freshDatabase } from "../testing/freshDatabase.ts"
import { rowsOf } from "../testing/gymData.ts"
import * as PgAnswerStore from "./PgAnswerStore.ts"

const layerOf = ({ layer }: FreshDatabase) =>
  Layer.provide(PgAnswerStore.layer, Layer.provideMerge(Database.SqlLive, layer))

answerStoreContract("PgAnswerStore", async () => {
  const database = await freshDatabase()
  return { layer: layerOf(database), close: database.drop }
})

const AT = Date.UTC(2026, 2, 6, 9, 30, 0, 123)
const LEASE = { at: AT, leaseMs: 1_000 }
const request = { actorId: "actor", key: "key", fingerprint: "print" }

describe("PgAnswerStore and its database", () => {
  let database: FreshDatabase
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(() => database.drop())

  /** A process of its own: a pool of its own, and nothing shared but the database. */
  const use = <A, E>(act: (store: AnswerStore["Service"]) => Effect.Effect<A, E>): Promise<A> =>
    Effect.runPromise(Effect.provide(Effect.flatMap(AnswerStore, act), layerOf(database)))
  const begin = () => use((store) => store.begin(request, LEASE))

  it("lets one process begin of several that come at once", async () => {
    const found = await Promise.all([begin(), begin(), begin(), begin()])
    expect(found.filter(({ _tag }) => _tag !== "Begun")).toStrictEqual([
      { _tag: "InProgress" },
      { _tag: "InProgress" },
      { _tag: "InProgress" }
    ])
  })

  it("says that it is in progress after the process that began has died", async () => {
    await begin()
    expect(await begin()).toStrictEqual({ _tag: "InProgress" })
  })

  it("has an answer whole, or none", async () => {
    await use((store) =>
      Effect.gen(function* () {
        const begun = yield* store.begin(request, LEASE)
        if (begun._tag === "Begun") yield* store.end(request, begun.attempt, { status: 409, body: "no" })
      })
    )
    expect(
      await rowsOf(
        Redacted.value(database.url),
        "SELECT actor, key, fingerprint, begun_at, lease_until, status, body FROM affiliate.request_answer"
      )
    ).toStrictEqual([
      {
        actor: "actor",
        key: "key",
        fingerprint: "print",
        begun_at: new Date(AT),
        lease_until: null,
        status: 409,
        body: "no"
      }
    ])
  })

  it("fails with StoreError when the database is gone", async () => {
    const failures = await use((store) =>
      Effect.gen(function* () {
        yield* Effect.promise(database.drop)
        const all: ReadonlyArray<Effect.Effect<unknown, StoreError>> = [
          store.begin(request, LEASE),
          store.end(request, "attempt", { status: 200, body: "" }),
          store.abandon(request, "attempt"),
          store.forget(AT)
        ]
        return yield* Effect.forEach(all, (one) => Effect.map(Effect.flip(one), (error) => error instanceof StoreError))
      })
    )
    expect(failures).toStrictEqual([true, true, true, true])
  })
})
