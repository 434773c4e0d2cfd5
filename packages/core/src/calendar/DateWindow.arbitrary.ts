/**
 * Generators for `DateWindow`.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import type * as DateWindow from "./DateWindow.ts"
import { plainDate } from "./PlainDate.arbitrary.ts"
import * as PlainDate from "./PlainDate.ts"

/** A window of one day to four hundred. */
export const dateWindow: fc.Arbitrary<DateWindow.DateWindow> = fc
  .tuple(plainDate, fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 400 })))
  .map(([start, days]) => ({ start, endExclusive: PlainDate.addDays(start, days) }))

/** A window with a date in or near it. */
export const dateWindowWithDate: fc.Arbitrary<readonly [DateWindow.DateWindow, PlainDate.PlainDate]> = fc
  .tuple(dateWindow, fc.integer({ min: -3, max: 403 }))
  .map(([window, days]) => [window, PlainDate.addDays(window.start, days)])
