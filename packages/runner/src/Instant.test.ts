import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import * as Instant from "./Instant.ts"

describe("Instant", () => {
  describe("parse", () => {
    it.each([
      ["2026-01-31T06:00:00Z", Date.UTC(2026, 0, 31, 6)],
      ["2026-01-31T06:00Z", Date.UTC(2026, 0, 31, 6)],
      ["2026-01-31T06:00:00.250+05:30", Date.UTC(2026, 0, 31, 0, 30, 0, 250)],
      ["2024-02-29T23:59:59-03:00", Date.UTC(2024, 2, 1, 2, 59, 59)]
    ])("reads %s", (text, atMs) => {
      expect(Instant.parse(text)).toStrictEqual(Option.some(atMs))
    })

    it.each([
      "2026-01-31T06:00:00",
      "2026-01-31",
      "2026-02-30T00:00:00Z",
      "2026-01-31T24:00:00Z",
      "2026-01-31T06:60:00Z",
      "2026-01-31 06:00:00Z",
      "2026-01-31T06:00:00+0530",
      "now",
      ""
    ])("refuses %j", (text) => {
      expect(Instant.parse(text)).toStrictEqual(Option.none())
    })
  })
})
