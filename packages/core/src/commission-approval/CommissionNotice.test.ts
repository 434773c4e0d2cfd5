import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as BusinessZone from "../calendar/BusinessZone.ts"
import { attempt, circumstances } from "./CommissionNotice.arbitrary.ts"
import * as laws from "./CommissionNotice.laws.ts"
import * as CommissionNotice from "./CommissionNotice.ts"

const zone = (name: string) => Result.getOrThrow(BusinessZone.parse(name))
const HO_CHI_MINH = zone("Asia/Ho_Chi_Minh")
const AT = Date.parse("2026-11-21T03:00:00Z")
const reason = "-100"

const after = (one: CommissionNotice.Attempt, attempts = 1) =>
  CommissionNotice.afterAttempt(one, { at: AT, attempts, zone: HO_CHI_MINH })

describe("CommissionNotice", () => {
  it("names every state once", () => {
    expect(CommissionNotice.STATE_NAMES).toStrictEqual([
      "Queued",
      "Sending",
      "Sent",
      "SentUnknown",
      "Undeliverable",
      "Held"
    ])
  })

  describe("afterAttempt", () => {
    const queued = (dueAt: number) => ({ _tag: "Queued" as const, dueAt, reason })
    const held = (attempts: number) => ({ _tag: "Held" as const, reason: `${reason} (after ${attempts} attempts)` })

    // Columns: attempt, how many there were, state.
    it.each<readonly [string, CommissionNotice.Attempt, number, CommissionNotice.NoticeState]>([
      ["was sent", { _tag: "Sent", receipt: "m1" }, 1, { _tag: "Sent", at: AT, receipt: "m1" }],
      ["was sent by the last attempt", { _tag: "Sent", receipt: "m1" }, 10, { _tag: "Sent", at: AT, receipt: "m1" }],
      ["may have been sent", { _tag: "Unknown", reason }, 1, { _tag: "SentUnknown", reason }],
      ["cannot reach the person", { _tag: "Recipient", reason }, 1, { _tag: "Undeliverable", reason }],
      ["waits for somebody", { _tag: "NeedsOperator", reason }, 1, { _tag: "Held", reason }],
      ["failed in passing", { _tag: "TryLater", reason }, 1, queued(AT + 60_000)],
      ["failed in passing twice", { _tag: "TryLater", reason }, 2, queued(AT + 120_000)],
      ["failed in passing nine times", { _tag: "TryLater", reason }, 9, queued(AT + 3_600_000)],
      ["failed in passing ten times", { _tag: "TryLater", reason }, 10, held(10)],
      ["failed in passing eleven times", { _tag: "TryLater", reason }, 11, held(11)],
      ["came at night nine times", { _tag: "NotAtNight", reason }, 9, queued(Date.parse("2026-11-22T01:00:00Z"))],
      ["came at night ten times", { _tag: "NotAtNight", reason }, 10, held(10)]
    ])("a notice that %s", (_, one, attempts, expected) => {
      expect(after(one, attempts)).toStrictEqual(expected)
    })

    // Columns: what is special, zone, at night, the next morning.
    it.each([
      ["before the morning of the same day", "Asia/Ho_Chi_Minh", "2026-11-20T18:30:00Z", "2026-11-21T01:00:00Z"],
      ["a millisecond before the morning", "Asia/Ho_Chi_Minh", "2026-11-21T00:59:59.999Z", "2026-11-21T01:00:00Z"],
      ["the morning itself: the next one", "Asia/Ho_Chi_Minh", "2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z"],
      ["in the evening", "Asia/Ho_Chi_Minh", "2026-11-21T15:30:00Z", "2026-11-22T01:00:00Z"],
      ["the last evening of a year", "Asia/Ho_Chi_Minh", "2026-12-31T16:00:00Z", "2027-01-01T01:00:00Z"],
      ["a zone of its own", "UTC", "2026-11-21T03:00:00Z", "2026-11-21T08:00:00Z"],
      ["the clocks go forward in the night", "America/New_York", "2026-03-08T03:00:00Z", "2026-03-08T12:00:00Z"],
      ["the clocks went forward", "America/New_York", "2026-03-09T03:00:00Z", "2026-03-09T12:00:00Z"],
      ["the clocks go back in the night", "America/New_York", "2026-11-01T03:00:00Z", "2026-11-01T13:00:00Z"],
      ["between the two halves of a doubled hour", "America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T13:00:00Z"]
    ])("after a refusal at night it is due in the morning: %s", (_, name, at, morning) => {
      const state = CommissionNotice.afterAttempt(
        { _tag: "NotAtNight", reason },
        { at: Date.parse(at), attempts: 1, zone: zone(name) }
      )
      expect(state).toStrictEqual(queued(Date.parse(morning)))
    })
  })

  describe("delayMs", () => {
    it.each([
      [1, 60_000],
      [2, 120_000],
      [6, 1_920_000],
      [7, 3_600_000],
      [1_000, 3_600_000]
    ])("after %d attempts", (attempts, expected) => {
      expect(CommissionNotice.delayMs(attempts)).toBe(expected)
    })
  })

  describe("laws", () => {
    it("neverTwice: a notice that was sent, or may have been, is never due again by itself", () => {
      fc.assert(fc.property(attempt, circumstances, laws.neverTwice))
    })
    it("delaysGrow: of two attempts that failed in passing, the later waits no shorter for the next", () => {
      const attempts = fc.integer({ min: 1, max: 2_000 })
      fc.assert(fc.property(attempts, attempts, laws.delaysGrow))
    })
    it("endsSomewhere: after so many attempts a notice is never due again by itself", () => {
      fc.assert(fc.property(attempt, circumstances, laws.endsSomewhere))
    })
  })
})
