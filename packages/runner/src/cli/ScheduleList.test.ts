import * as NodeServices from "@effect/platform-node/NodeServices"
import { BusinessZone } from "@reckoner/core"
import * as Command from "effect/cli/Command"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { TestClock, TestConsole } from "effect/testing"
import { describe, expect, it } from "vitest"
import * as ExitCode from "../ExitCode.ts"
import * as ScheduleTable from "../schedule/ScheduleTable.ts"
import * as Reckoner from "./Reckoner.ts"
import * as ScheduleList from "./ScheduleList.ts"

const table = (text: string) => Result.getOrThrow(ScheduleTable.parse(text, () => BusinessZone.UTC))
const AFTER_MS = Date.parse("2026-03-28T20:00:00Z")

/** What the command prints, or is refused with, at an instant. */
const printed = async (env: Record<string, string>, ...args: ReadonlyArray<string>) => {
  const exit = await Effect.runPromiseExit(
    Effect.gen(function* () {
      yield* TestClock.setTime(AFTER_MS)
      yield* Command.runWith(ScheduleList.command, { version: "0" })(args)
      return (yield* TestConsole.logLines).join("\n")
    }).pipe(
      Effect.provide(Layer.mergeAll(TestConsole.layer, TestClock.layer(), Reckoner.layer, NodeServices.layer)),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )
  )
  return Exit.isSuccess(exit) ? exit.value : ExitCode.ofCause(exit.cause).message
}

const SYNC = { RECKONER_SCHEDULE: "sync-entitlements = 0 * * * * catchUp" }

/** The instants that the command prints. */
const instants = (text: string) => [...text.matchAll(/ {2}(\S+ \S+) UTC$/gm)].map(([, instant]) => instant)

describe("ScheduleList", () => {
  it("shows each line in its zone and in UTC, over a change of clocks", () => {
    const ticks = ScheduleList.nextTicks(
      table("sync = 30 2 * * * Europe/Paris; purge = 17 * * * * catchUp"),
      AFTER_MS,
      2
    )
    expect(ticks[0]).toStrictEqual({
      job: "sync",
      cron: "30 2 * * *",
      zone: "Europe/Paris",
      missed: "latest",
      next: [
        { local: "2026-03-29 03:00", utc: "2026-03-29T01:00:00.000Z" },
        { local: "2026-03-30 02:30", utc: "2026-03-30T00:30:00.000Z" }
      ]
    })
    expect(ScheduleList.lines(ticks)).toStrictEqual([
      "sync  30 2 * * *  Europe/Paris  (missed ticks: one run for the latest)",
      "  2026-03-29 03:00 Europe/Paris  2026-03-29 01:00 UTC",
      "  2026-03-30 02:30 Europe/Paris  2026-03-30 00:30 UTC",
      "",
      "purge  17 * * * *  UTC  (missed ticks: a run for each)",
      "  2026-03-28 20:17 UTC  2026-03-28 20:17 UTC",
      "  2026-03-28 21:17 UTC  2026-03-28 21:17 UTC"
    ])
  })

  it("shows three ticks of each line after now, or so many after an instant", async () => {
    const hours = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => `2026-03-28 ${String(from + at)}:00`)
    expect(instants(await printed(SYNC))).toStrictEqual(hours(21, 3))
    const later = await printed(SYNC, "--at", "2026-03-28T10:00:00Z", "--count", "5")
    expect(instants(later)).toStrictEqual(hours(11, 5))
    expect(instants(await printed(SYNC, "--count", "1"))).toStrictEqual(hours(21, 1))
  })

  it("shows the default lines in the zone of the business, as JSON where that is asked for", async () => {
    const santiago = { zone: "America/Santiago", missed: "latest" }
    const entitlements = {
      ...santiago,
      job: "sync-entitlements",
      cron: "0 3 * * *",
      next: [{ local: "2026-03-29 03:00", utc: "2026-03-29T06:00:00.000Z" }]
    }
    const referrals = {
      job: "sync-referral-orders",
      cron: "30 0 * * *",
      zone: "Asia/Jakarta",
      missed: "latest",
      next: [{ local: "2026-03-30 00:30", utc: "2026-03-29T17:30:00.000Z" }]
    }
    const purge = {
      ...santiago,
      job: "purge-executions",
      cron: "17 * * * *",
      next: [{ local: "2026-03-28 17:17", utc: "2026-03-28T20:17:00.000Z" }]
    }
    const json = async (env: Record<string, string>) =>
      JSON.parse(await printed({ RECKONER_ZONE: "America/Santiago", ...env }, "--count", "1", "--json")) as unknown
    expect(await json({ EVERPRO_USER_URL: "http://127.0.0.1:50051" })).toStrictEqual({
      schedule: [entitlements, referrals, purge],
      leftOut: []
    })
    expect(await json({})).toStrictEqual({
      schedule: [entitlements, purge],
      leftOut: [{ job: "sync-referral-orders", missingSetting: "EVERPRO_USER_URL" }]
    })
  })

  it("says which lines are left out, and for want of what", async () => {
    const env = { RECKONER_SCHEDULE: "sync-referral-orders = 30 0 * * *; purge-executions = 0 * * * *" }
    expect((await printed(env, "--count", "1")).split("\n")).toStrictEqual([
      "purge-executions  0 * * * *  UTC  (missed ticks: one run for the latest)",
      "  2026-03-28 21:00 UTC  2026-03-28 21:00 UTC",
      "",
      "sync-referral-orders  left out: EVERPRO_USER_URL is not set"
    ])
    const whole = await printed({ ...env, EVERPRO_USER_URL: "http://127.0.0.1:50051" })
    expect(whole).not.toContain("left out")
    expect(whole).toContain("sync-referral-orders  30 0 * * *  Asia/Jakarta")
  })

  it("says so when all lines are left out", async () => {
    const env = { RECKONER_SCHEDULE: "sync-referral-orders = 30 0 * * *; backfill-referral-orders = 0 5 2 * *" }
    expect((await printed(env)).split("\n")).toStrictEqual([
      "sync-referral-orders  left out: EVERPRO_USER_URL is not set",
      "backfill-referral-orders  left out: EVERPRO_USER_URL is not set"
    ])
  })

  it.each([["0"], ["1001"], ["x"]])("refuses the count %s", async (count) => {
    expect(await printed(SYNC, "--count", count)).toMatch(/--count/)
  })

  it("refuses a line for a job that is not there", async () => {
    expect(await printed({ RECKONER_SCHEDULE: "nope = 0 3 * * *" })).toMatch(
      /^RECKONER_SCHEDULE is "nope = 0 3 \* \* \*": .*; the jobs are sync-entitlements, sync-referral-orders, .*, purge-executions$/
    )
  })

  it("says so when there is no line", () => {
    expect(ScheduleList.lines(ScheduleList.nextTicks(table("off"), AFTER_MS, 2))).toStrictEqual([
      "No job is started by itself: RECKONER_SCHEDULE is off."
    ])
  })
})
