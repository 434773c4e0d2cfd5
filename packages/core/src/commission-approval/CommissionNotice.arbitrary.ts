/**
 * Generators for attempts to send a notice, at moments near a morning, in zones
 * whose clocks move.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as BusinessZone from "../calendar/BusinessZone.ts"
import * as CommissionNotice from "./CommissionNotice.ts"

const reason = fc.constantFrom("-100", "-133", "no answer")

/** How an attempt may end. */
export const attempt: fc.Arbitrary<CommissionNotice.Attempt> = fc.oneof(
  fc.record({ _tag: fc.constant("Sent" as const), receipt: fc.constant("receipt") }),
  fc.record({
    _tag: fc.constantFrom(
      "TryLater" as const,
      "NotAtNight" as const,
      "Recipient" as const,
      "NeedsOperator" as const,
      "Unknown" as const
    ),
    reason
  })
)

const zone = fc
  .constantFrom("Asia/Ho_Chi_Minh", "UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
  .map((name) => Result.getOrThrow(BusinessZone.parse(name)))

/** Moments of the year 2026, every half hour and a millisecond beside it. */
const at = fc
  .tuple(fc.nat(365 * 48), fc.integer({ min: -1, max: 1 }))
  .map(([halfHours, beside]) => Date.parse("2026-01-01T00:00:00Z") + halfHours * 1_800_000 + beside)

/** When an attempt ended, which one it was, and by whose clocks night is told. */
export const circumstances = fc.record({
  at,
  attempts: fc.integer({ min: 1, max: 2 * CommissionNotice.ATTEMPTS_MAX }),
  zone
})
