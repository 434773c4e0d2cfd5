/**
 * Flags that several commands have.
 *
 * @since 0.1.0
 */
import { BusinessZone, PlainDate, SyncWindow } from "@reckoner/core"
import * as Flag from "effect/cli/Flag"
import * as Result from "effect/Result"
import type { Reader } from "../engine/OperatorInput.ts"
import * as Instant from "../Instant.ts"

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 100_000

/**
 * What is told about an argument or a flag that its reader does not take.
 *
 * @category formatting
 * @since 0.1.0
 */
export const expected =
  ({ allowed }: Reader<unknown>) =>
  (): string =>
    `Expected ${allowed}`

/**
 * `--json`: one JSON value on stdout instead of text.
 *
 * @category flags
 * @since 0.1.0
 */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON value on stdout, and nothing else"),
  Flag.withDefault(false)
)

/**
 * `--invoice`: an invoice's key.
 *
 * @category flags
 * @since 0.1.0
 */
export const invoice = Flag.String("invoice").pipe(
  Flag.withMetavar("NUMBER"),
  Flag.withDescription("Only this invoice"),
  Flag.filter(
    (text) => /^\d{1,18}$/.test(text),
    () => "Expected the number of an invoice"
  ),
  Flag.optional
)

/**
 * `--limit`: how many rows at most.
 *
 * @category flags
 * @since 0.1.0
 */
export const limit = Flag.Int("limit").pipe(
  Flag.withMetavar("COUNT"),
  Flag.withDescription(`At most so many rows (default ${LIMIT_DEFAULT})`),
  Flag.filter(
    (value) => value >= 1 && value <= LIMIT_MAX,
    () => `Expected a whole number from 1 to ${LIMIT_MAX}`
  ),
  Flag.withDefault(LIMIT_DEFAULT)
)

/**
 * `--from`: the first invoice date in scope.
 *
 * @category flags
 * @since 0.1.0
 */
export const from = Flag.String("from").pipe(
  Flag.withMetavar("DATE"),
  Flag.withDescription("Leave older invoices alone, like 2026-01-31 (default RECKONER_FROM_DATE)"),
  Flag.filterMap(
    (text) => Result.getSuccess(PlainDate.parse(text)),
    () => "Expected a date like 2026-01-31"
  ),
  Flag.optional
)

/**
 * `--at`: the instant of a run.
 *
 * @category flags
 * @since 0.1.0
 */
export const at = Flag.String("at").pipe(
  Flag.withMetavar("INSTANT"),
  Flag.withDescription("Run as of this instant, with offset, like 2026-01-31T06:00:00Z (default now)"),
  Flag.filterMap(Instant.parse, () => "Expected an instant with its offset, like 2026-01-31T06:00:00Z"),
  Flag.optional
)

/**
 * `--month`: which month.
 *
 * @category flags
 * @since 0.1.0
 */
export const month = Flag.String("month").pipe(
  Flag.withMetavar("YYYY-MM"),
  Flag.withDescription("backfill-referral-orders: the month to repeat, like 2026-01"),
  Flag.filter(
    (text) => Result.isSuccess(SyncWindow.month({ month: text, zone: BusinessZone.UTC })),
    () => "Expected a month like 2026-01"
  ),
  Flag.optional
)

/**
 * `--by`: what brings an order into a month.
 *
 * @category flags
 * @since 0.1.0
 */
export const by = Flag.Literals("by", ["return", "any-milestone"]).pipe(
  Flag.withDescription(
    "backfill-referral-orders: orders that came back in the month, or with any milestone in it (default return)"
  ),
  Flag.optional
)
