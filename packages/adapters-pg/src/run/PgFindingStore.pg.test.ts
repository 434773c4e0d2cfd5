import { FindingStore, type NewFinding, RunJournal, StoreError } from "@reckoner/core/ports"
import { findingStoreContract, type StoreSetup } from "@reckoner/core/testing/contracts"
import { PlainDate } from "@reckoner/core"
import * as Effect from "effect/Effect"
import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { rowsOf } from "../testing/gymData.ts"
import { gymStore } from "../testing/gymStore.ts"

findingStoreContract("PgFindingStore", gymStore)

describe("PgFindingStore and its table", () => {
  let store: StoreSetup & { readonly url: string }
  beforeAll(async () => void (store = await gymStore()))
  afterAll(() => store.close())

  const recorded = (job: string, findings: ReadonlyArray<NewFinding>) =>
    Effect.gen(function* () {
      const start = { job, businessDate: PlainDate.parseUnsafe("2026-03-06"), fromDate: undefined }
      const runId = yield* (yield* RunJournal).begin(start)
      yield* (yield* FindingStore).record(runId, findings)
    })
  const use = <A, E>(effect: Effect.Effect<A, E, FindingStore | RunJournal>) =>
    Effect.runPromise(Effect.provide(effect, store.layer))
  const odd = (subject: string, detail: unknown = {}) => ({ subject, kind: "Odd", detail })

  it("leaves the row of a finding that says the same as before as it is", async () => {
    const rows = () => rowsOf(store.url, "SELECT ctid, xmin FROM reckoner.finding WHERE job = 'a' ORDER BY subject")
    await use(recorded("a", [odd("1", { n: 1, m: 2 }), odd("2", { n: 1 })]))
    const before = await rows()
    await use(recorded("a", [odd("1", { m: 2, n: 1 }), odd("2", { n: 2 })]))
    const after = await rows()
    expect([after.length, after[0]]).toStrictEqual([2, before[0]])
    expect(after[1]).not.toStrictEqual(before[1])
  })

  it("keeps none of a call when one of its findings cannot be kept", async () => {
    const tooLongForAnIndex = randomBytes(8_000).toString("hex")
    const failure = await use(Effect.flip(recorded("b", [odd("1"), odd(tooLongForAnIndex), odd("2")])))
    expect(failure instanceof StoreError).toBe(true)
    expect(await rowsOf(store.url, "SELECT subject FROM reckoner.finding WHERE job = 'b'")).toStrictEqual([])
  })

  it("records the same findings from several sides at once, each once", async () => {
    const many = Array.from({ length: 2_000 }, (_, at) => odd(String(at), { at }))
    const sides = Array.from({ length: 8 }, (_, side) => (side % 2 === 0 ? many : many.toReversed()))
    await use(Effect.forEach(sides, (findings) => recorded("c", findings), { concurrency: "unbounded" }))
    const rows = await rowsOf(store.url, "SELECT count(*)::int AS n FROM reckoner.finding WHERE job = 'c'")
    expect(rows).toStrictEqual([{ n: 2_000 }])
  })
})
