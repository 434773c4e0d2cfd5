/**
 * Generators for `SyncWindow`: zones that skip midnight, have it twice or left
 * out a date, and instants near the moments at which their clocks moved.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as BusinessZone from "../calendar/BusinessZone.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import type * as SyncWindow from "./SyncWindow.ts"

/** Of each zone moments at which its clocks moved, or a day began. */
const MOMENTS: Readonly<Record<string, ReadonlyArray<string>>> = {
  UTC: ["2024-02-29T00:00:00Z", "2024-12-31T00:00:00Z"],
  "America/Santiago": ["2024-04-07T03:00:00Z", "2024-09-08T04:00:00Z", "2026-04-05T03:00:00Z", "2026-09-06T04:00:00Z"],
  "America/Sao_Paulo": ["2018-02-18T02:00:00Z", "2018-11-04T03:00:00Z", "2019-02-17T02:00:00Z"],
  "America/New_York": ["2024-03-10T07:00:00Z", "2024-11-03T06:00:00Z", "2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"],
  "America/Havana": ["2026-03-08T05:00:00Z", "2026-11-01T05:00:00Z"],
  "Asia/Jakarta": ["2023-10-24T17:00:00Z", "2023-12-31T17:00:00Z"],
  "Australia/Lord_Howe": ["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"],
  "Pacific/Apia": ["2011-12-30T10:00:00Z", "2012-04-01T14:00:00Z"]
}

const SECONDS_PER_DAY = 86_400

/** A zone of the list. */
export const zone: fc.Arbitrary<BusinessZone.BusinessZone> = fc
  .constantFrom(...Object.keys(MOMENTS))
  .map((name) => Result.getOrThrow(BusinessZone.parse(name)))

const secondNear = (moment: string): fc.Arbitrary<number> => {
  const at = Date.parse(moment) / 1000
  return fc.oneof(
    fc.constantFrom(at - 1, at, at + 1, at - 3600, at + 3600, at - SECONDS_PER_DAY, at + SECONDS_PER_DAY),
    fc.integer({ min: at - 3 * SECONDS_PER_DAY, max: at + 3 * SECONDS_PER_DAY })
  )
}

/** A zone with a second, mostly near a moment at which its clocks moved. */
export const zoneWithSecond: fc.Arbitrary<readonly [BusinessZone.BusinessZone, number]> = zone.chain((of) =>
  fc.tuple(
    fc.constant(of),
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...MOMENTS[of]!).chain(secondNear) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 2_145_916_800 }) }
    )
  )
)

/** A zone with an instant in milliseconds, not always of a whole second. */
export const zoneWithInstant: fc.Arbitrary<readonly [BusinessZone.BusinessZone, number]> = fc
  .tuple(zoneWithSecond, fc.constantFrom(0, 1, 999))
  .map(([[of, second], ms]) => [of, second * 1000 + ms])

/** A zone with a date, mostly near a day on which its clocks moved. */
export const zoneWithDate: fc.Arbitrary<readonly [BusinessZone.BusinessZone, PlainDate.PlainDate]> = zoneWithSecond.map(
  ([of, second]) => [of, BusinessZone.civilDate(of, second * 1000)]
)

/** A window, of no second to a month. */
export const syncWindow: fc.Arbitrary<SyncWindow.SyncWindow> = fc
  .tuple(fc.integer({ min: 0, max: 1_700_000_000 }), fc.oneof(fc.nat(3), fc.nat(31 * SECONDS_PER_DAY)))
  .map(([from, seconds]) => ({ fromEpochSeconds: from, untilEpochSeconds: from + seconds }))

/** What a catch-up is given: no last window, one of the same day, of days ago, of the future, or of another zone. */
export const catchUp: fc.Arbitrary<SyncWindow.CatchUp> = fc
  .record({
    zoneWithInstant,
    daysAgo: fc.oneof(fc.constantFrom(0, 1, 2, -1), fc.integer({ min: -5, max: 100 })),
    lastZone: fc.option(zone, { nil: undefined }),
    hasLast: fc.integer({ min: 0, max: 9 }).map((tenth) => tenth > 0),
    secondsLater: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(SECONDS_PER_DAY) }),
    overlapDays: fc.constantFrom(0, 1, 3, 7),
    daysMax: fc.constantFrom(1, 2, 7, 31)
  })
  .map(({ daysAgo, daysMax, hasLast, lastZone, overlapDays, secondsLater, zoneWithInstant: [of, now] }) => {
    const last = PlainDate.addDays(BusinessZone.civilDate(of, now), -daysAgo)
    const midnight = BusinessZone.startOfDay(lastZone ?? of, last) / 1000
    return {
      now,
      zone: of,
      lastUntilEpochSeconds: hasLast ? midnight + secondsLater : undefined,
      overlapDays,
      daysMax
    }
  })
