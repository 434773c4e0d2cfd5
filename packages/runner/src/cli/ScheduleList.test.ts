import { BusinessZone } from "@reckoner/core"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as ScheduleTable from "../schedule/ScheduleTable.ts"
import * as ScheduleList from "./ScheduleList.ts"

const table = (text: string) => Result.getOrThrow(ScheduleTable.parse(text, BusinessZone.UTC))
const AFTER_MS = Date.parse("2026-03-28T20:00:00Z")

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

  it("says so when there is no line", () => {
    expect(ScheduleList.lines(ScheduleList.nextTicks(table("off"), AFTER_MS, 2))).toStrictEqual([
      "No job is started by itself: RECKONER_SCHEDULE is off."
    ])
  })
})
