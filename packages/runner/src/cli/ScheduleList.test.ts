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

const table = (text: string) => Result.getOrThrow(ScheduleTable.parse(text, BusinessZone.UTC))
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
    const text = await printed({ RECKONER_ZONE: "America/Santiago" }, "--count", "1", "--json")
    expect(JSON.parse(text)).toStrictEqual({
      schedule: [
        {
          job: "sync-entitlements",
          cron: "0 3 * * *",
          zone: "America/Santiago",
          missed: "latest",
          next: [{ local: "2026-03-29 03:00", utc: "2026-03-29T06:00:00.000Z" }]
        },
        {
          job: "purge-executions",
          cron: "17 * * * *",
          zone: "America/Santiago",
          missed: "latest",
          next: [{ local: "2026-03-28 17:17", utc: "2026-03-28T20:17:00.000Z" }]
        }
      ]
    })
  })

  it.each([["0"], ["1001"], ["x"]])("refuses the count %s", async (count) => {
    expect(await printed(SYNC, "--count", count)).toMatch(/--count/)
  })

  it("refuses a line for a job that is not there", async () => {
    expect(await printed({ RECKONER_SCHEDULE: "nope = 0 3 * * *" })).toMatch(
      /^RECKONER_SCHEDULE is "nope = 0 3 \* \* \*": .*; the jobs are sync-entitlements, purge-executions$/
    )
  })

  it("says so when there is no line", () => {
    expect(ScheduleList.lines(ScheduleList.nextTicks(table("off"), AFTER_MS, 2))).toStrictEqual([
      "No job is started by itself: RECKONER_SCHEDULE is off."
    ])
  })
})
