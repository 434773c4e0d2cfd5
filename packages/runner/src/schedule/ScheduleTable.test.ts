import { BusinessZone } from "@reckoner/core"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as ScheduleTable from "./ScheduleTable.ts"

const santiago = Result.getOrThrow(BusinessZone.parse("America/Santiago"))

const shown = (text: string) =>
  Result.getOrThrow(ScheduleTable.parse(text, () => santiago)).map(({ job, schedule: { line, policy, zone } }) => [
    job,
    line,
    zone,
    policy
  ])

const refusal = (text: string) => {
  const { part, reason } = Result.getOrThrow(Result.flip(ScheduleTable.parse(text, () => santiago)))
  return [part, reason]
}

describe("ScheduleTable", () => {
  describe("parse", () => {
    it.each([
      ["a line in the zone of the business", "sync=0 3 * * *", [["sync", "0 3 * * *", "America/Santiago", "latest"]]],
      ["a zone of its own", "sync = 0 3 * * * Europe/Paris", [["sync", "0 3 * * *", "Europe/Paris", "latest"]]],
      ["a policy alone", "sync = 0 3 * * * catchUp", [["sync", "0 3 * * *", "America/Santiago", "catchUp"]]],
      ["zone and policy", "sync=0 3 * * 1-5 UTC catchUp", [["sync", "0 3 * * 1-5", "UTC", "catchUp"]]],
      [
        "several lines, spaces and an empty end",
        " a-1 =  */5 * * * * ;b=0  0 1 1 * latest; ",
        [
          ["a-1", "*/5 * * * *", "America/Santiago", "latest"],
          ["b", "0 0 1 1 *", "America/Santiago", "latest"]
        ]
      ],
      ["off", " off ", []],
      ["nothing", "", []]
    ])("reads %s", (_, text, expected) => {
      expect(shown(text)).toStrictEqual(expected)
    })

    it("can read its own default", () => {
      expect(shown(ScheduleTable.DEFAULT_TEXT)).toStrictEqual([
        ["sync-entitlements", "0 3 * * *", "America/Santiago", "latest"],
        ["sync-referral-orders", "30 0 * * *", "America/Santiago", "latest"],
        ["purge-executions", "17 * * * *", "America/Santiago", "latest"]
      ])
    })

    it("asks for the zone of each job that has none in its line", () => {
      const jakarta = Result.getOrThrow(BusinessZone.parse("Asia/Jakarta"))
      const asked: Array<string> = []
      const zoneOf = (job: string) => {
        asked.push(job)
        return job === "b" ? jakarta : santiago
      }
      const lines = Result.getOrThrow(
        ScheduleTable.parse("a = 0 3 * * *; b = 0 3 * * * catchUp; c = 0 3 * * * Europe/Paris", zoneOf)
      )
      expect(lines.map(({ job, schedule }) => [job, schedule.zone])).toStrictEqual([
        ["a", "America/Santiago"],
        ["b", "Asia/Jakarta"],
        ["c", "Europe/Paris"]
      ])
      expect(asked).toStrictEqual(["a", "b"])
    })

    it.each([
      ["0 3 * * *", "0 3 * * *", /Expected a job/],
      ["sync", "sync", /Expected a job/],
      ["Sync=0 3 * * *", "Sync=0 3 * * *", /Expected a job/],
      ["a=0 3 * * *; sync=0 3 * *", "sync=0 3 * *", /Expected 5 fields, found 4/],
      ["sync=61 3 * * *", "sync=61 3 * * *", /61/],
      ["sync=0 0 30 2 *", "sync=0 0 30 2 *", /no date/],
      ["sync=0 3 * * * Mars/Olympus", "sync=0 3 * * * Mars/Olympus", /time zone Mars\/Olympus/],
      ["sync=0 3 * * * catchUp UTC", "sync=0 3 * * * catchUp UTC", /Expected a time zone and/],
      ["sync=0 3 * * *; sync=0 4 * * *", "sync=0 4 * * *", /a line already/],
      ["off; sync=0 3 * * *", "off", /Expected a job/]
    ])("refuses %j", (text, part, reason) => {
      expect(refusal(text)).toStrictEqual([part, expect.stringMatching(reason)])
    })
  })
})
