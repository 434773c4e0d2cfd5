import { EXECUTION_STATES } from "@reckoner/core/ports"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import * as OperatorInput from "./OperatorInput.ts"

const HOUR_MS = 3_600_000

describe("OperatorInput", () => {
  describe("executionId", () => {
    it.each(["1", "42", "999999999999999999"])("reads %s", (text) => {
      expect(OperatorInput.executionId.parse(text)).toStrictEqual(Option.some(text))
    })

    it.each(["", "0", "007", "-1", "1.0", "1e3", "x", " 1", "٣", "1000000000000000000"])("refuses %j", (text) => {
      expect(OperatorInput.executionId.parse(text)).toStrictEqual(Option.none())
    })
  })

  describe("states", () => {
    it.each([
      ["failed", ["failed"]],
      ["failed,cancelled", ["failed", "cancelled"]],
      ["failed, cancelled,failed", ["failed", "cancelled"]],
      [EXECUTION_STATES.join(","), EXECUTION_STATES]
    ])("reads %j", (text, states) => {
      expect(OperatorInput.states.parse(text)).toStrictEqual(Option.some(states))
    })

    it.each(["", ",", "failed,", "Failed", "fail", "failed;cancelled", "toString"])("refuses %j", (text) => {
      expect(OperatorInput.states.parse(text)).toStrictEqual(Option.none())
    })

    it("says which there are", () => {
      for (const state of EXECUTION_STATES) expect(OperatorInput.states.allowed).toContain(state)
    })
  })

  describe("name", () => {
    it.each(["decision", "pay-seller", "a b/ü", "x".repeat(OperatorInput.NAME_LENGTH_MAX)])("reads %j", (text) => {
      expect(OperatorInput.name.parse(text)).toStrictEqual(Option.some(text))
    })

    it.each(["", " ", "a\u0000b", "a\nb", "\ud800", "x".repeat(OperatorInput.NAME_LENGTH_MAX + 1)])(
      "refuses %j",
      (text) => {
        expect(OperatorInput.name.parse(text)).toStrictEqual(Option.none())
      }
    )
  })

  describe("limit", () => {
    it.each([
      ["1", 1],
      ["1000", 1000]
    ])("reads %s", (text, limit) => {
      expect(OperatorInput.limit.parse(text)).toStrictEqual(Option.some(limit))
    })

    it.each(["", "0", "-1", "1001", "9999", "1.5", "01", "ten"])("refuses %j", (text) => {
      expect(OperatorInput.limit.parse(text)).toStrictEqual(Option.none())
    })
  })

  describe("since", () => {
    const nowMs = Date.UTC(2026, 0, 31, 12)

    it.each([
      ["2h", nowMs - 2 * HOUR_MS],
      ["3d", nowMs - 72 * HOUR_MS],
      ["15m", nowMs - HOUR_MS / 4],
      ["90s", nowMs - 90_000],
      ["0s", nowMs],
      ["99999d", 0],
      ["2026-01-31T06:00:00Z", nowMs - 6 * HOUR_MS],
      ["2026-01-31T06:00:00+06:00", nowMs - 12 * HOUR_MS],
      ["1969-12-31T23:59:59Z", 0]
    ])("reads %s", (text, atMs) => {
      const since = Option.getOrThrow(OperatorInput.since.parse(text))
      expect(OperatorInput.sinceMs(since, nowMs)).toBe(atMs)
    })

    it.each(["", "2", "h", "-2h", "2 h", "2w", "1.5h", "2h30m", "100000s", "2026-01-31", "yesterday"])(
      "refuses %j",
      (text) => {
        expect(OperatorInput.since.parse(text)).toStrictEqual(Option.none())
      }
    )
  })

  describe("signalValue", () => {
    const nested = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`
    const quoted = (bytes: number) => `"${"x".repeat(bytes - 2)}"`

    it.each([
      "null",
      "true",
      '"12.50"',
      "9007199254740991",
      '{"a":[1,{"b":"ü😀"}],"c":"\\t"}',
      nested(100),
      quoted(OperatorInput.VALUE_BYTES_MAX)
    ])("reads %j", (text) => {
      expect(OperatorInput.signalValue.parse(text)).toStrictEqual(Option.some(JSON.parse(text)))
    })

    it.each([
      ["no JSON", "{bad"],
      ["nothing", ""],
      ["a fraction", "12.5"],
      ["a fraction inside", '{"a":[{"b":0.1}]}'],
      ["a number that is not exact", "9007199254740993"],
      ["infinity", "1e999"],
      ["U+0000", '"a\\u0000b"'],
      ["U+0000 in a key", '{"a\\u0000":1}'],
      ["half a character", '["\\ud83d"]'],
      ["too many levels", nested(101)],
      ["more levels than the stack has", nested(30_000)],
      ["too much", quoted(OperatorInput.VALUE_BYTES_MAX + 1)],
      ["too many bytes in fewer characters", `"${"ü".repeat(OperatorInput.VALUE_BYTES_MAX / 2)}"`]
    ])("refuses %s", (_, text) => {
      expect(OperatorInput.signalValue.parse(text)).toStrictEqual(Option.none())
    })
  })
})
