import { CommissionEstimate } from "@reckoner/core"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { type Asked, ports, rowsWritten, run, startUserService, windowOf, ZONE } from "./testing/referralJobs.ts"
import { load, type OrderRow, rowVersions, storedOrders, type Tables } from "./testing/referralTables.ts"

interface Oracle {
  readonly now: string
  readonly zone: string
  readonly input: Tables
  readonly steps: ReadonlyArray<{
    readonly step: string
    readonly changed: number
    readonly rows: ReadonlyArray<OrderRow>
  }>
}

const oracle = JSON.parse(
  readFileSync(new URL("../../../core/oracles/referral-dataset-1k.json", import.meta.url), "utf8")
) as Oracle

let database: FreshDatabase
let userService: Awaited<ReturnType<typeof startUserService>>
let url: string
beforeAll(async () => {
  database = await freshDatabase()
  url = Redacted.value(database.url)
  await load(url, oracle.input)
  userService = await startUserService(url)
})
afterAll(async () => {
  await userService.close()
  await database.drop()
})

const ran = (asked: Asked) => Effect.runPromise(Effect.provide(run(asked), ports(url, { url: userService.url })))

const askedBy = (step: string): Asked => {
  const [, month] = /^backfill (.*)$/.exec(step) ?? []
  if (month !== undefined) return { _tag: "Backfill", month, policy: CommissionEstimate.NO_POLICY }
  if (step === "move") return { _tag: "Import" }
  if (step !== "daily" && step !== "daily again") throw new Error(`a step that is not known: ${step}`)
  return { _tag: "Daily", at: oracle.now, overlapDays: 0 }
}

const byNumber = (one: OrderRow, other: OrderRow) =>
  String(one["shipment_order_no"]) < String(other["shipment_order_no"]) ? -1 : 1

const expectedOf = (rows: ReadonlyArray<OrderRow>) =>
  rows
    .map((row): OrderRow => ({ ...row, member_id: `${row["member_id"]}`, affiliator_id: `${row["affiliator_id"]}` }))
    .toSorted(byNumber)

describe("dataset of 1,000 orders, on the database and over gRPC", () => {
  it("ends in exactly the rows of every step, and writes as many", async () => {
    expect(ZONE).toBe(oracle.zone)
    expect(oracle.steps.map(({ step }) => step)).toStrictEqual(["daily", "daily again", "backfill 2023-10", "move"])
    for (const { changed, rows, step } of oracle.steps) {
      const before = await rowVersions(url)
      const written = rowsWritten(await ran(askedBy(step)))
      expect({ step, written }).toStrictEqual({ step, written: changed })
      expect(await storedOrders(url)).toStrictEqual(expectedOf(rows))
      if (step === "daily again") expect(await rowVersions(url)).toStrictEqual(before)
    }
  })

  it("covers yesterday alone in its first two steps", async () => {
    const { windows } = await Effect.runPromise(
      Effect.map(
        Effect.provide(run(askedBy("daily"), { dryRun: true }), ports(url, { url: userService.url })),
        (reports) => ({ windows: reports.map(({ window }) => window) })
      )
    )
    expect(windows).toStrictEqual([windowOf("2023-11-04T00:00:00+07:00", "2023-11-05T00:00:00+07:00")])
  })

  it("rewrites no row when all steps are repeated", async () => {
    const before = await rowVersions(url)
    for (const { step } of oracle.steps) {
      expect({ step, written: rowsWritten(await ran(askedBy(step))) }).toStrictEqual({ step, written: 0 })
    }
    expect(await rowVersions(url)).toStrictEqual(before)
  })

  it("asked the user service for each member once per run", async () => {
    const calls = userService.calls().length
    await ran(askedBy("daily"))
    const asked = userService
      .calls()
      .slice(calls)
      .flatMap(({ memberIds }) => memberIds)
    expect(asked.length).toBeGreaterThan(0)
    expect(new Set(asked).size).toBe(asked.length)
  })
})
