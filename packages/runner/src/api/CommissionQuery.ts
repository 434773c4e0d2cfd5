/**
 * Reads which records callers of `/affiliate/v1` want listed, and from where on.
 *
 * @since 0.1.0
 */
import { type BusinessZone, PlainDate } from "@reckoner/core"
import type { CommissionCursor, CommissionFilter } from "@reckoner/core/ports"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as CommissionInput from "../commission-approval/CommissionInput.ts"
import type { Reader } from "../engine/OperatorInput.ts"
import { quoted } from "./CommissionBody.ts"
import { type InputRefused, refuse } from "./JsonBody.ts"

/**
 * Most records on a page.
 *
 * @category constants
 * @since 0.1.0
 */
export const LIMIT_MAX = 200

const LIMIT_DEFAULT = 50

/** Days of later years have instants that no date can tell. */
const YEAR_MAX = 9999

/**
 * The parameters as they come.
 *
 * @category models
 * @since 0.1.0
 */
export type Query = Readonly<
  Partial<
    Record<"status" | "affiliateId" | "from" | "to" | "walletType" | "text" | "limit" | "cursor" | "summary", string>
  >
>

/**
 * What is listed: a cursor is good for the list that it came from.
 *
 * @category models
 * @since 0.1.0
 */
export type Listed = "orders" | "invoices"

/**
 * What a caller wants to see.
 *
 * @category models
 * @since 0.1.0
 */
export interface Wanted {
  readonly filter: CommissionFilter
  readonly limit: number
  readonly after: CommissionCursor | undefined
  readonly hasSummary: boolean
}

/**
 * A place in a list, as callers get it: a text that means nothing to them.
 *
 * @category encoding
 * @since 0.1.0
 */
export const cursorText = (listed: Listed, place: CommissionCursor): string =>
  `${listed}.${CommissionInput.cursorText(place)}`

/**
 * Reads what `cursorText` wrote for the same list.
 *
 * @category decoding
 * @since 0.1.0
 */
export const cursor = (listed: Listed): Reader<CommissionCursor> => ({
  parse: (text) => {
    const place = CommissionInput.cursor.parse(text.split(".")[1] ?? "")
    // What is read alike is ours only if it is written alike, its list included.
    return Option.filter(place, (one) => cursorText(listed, one) === text)
  },
  allowed: "`next` of an answer of this list"
})

const day: Reader<PlainDate.PlainDate> = {
  parse: (text) => Option.filter(CommissionInput.date.parse(text), (date) => PlainDate.year(date) <= YEAR_MAX),
  allowed: CommissionInput.date.allowed
}

const limit: Reader<number> = {
  parse: (text) =>
    /^[1-9]\d{0,2}$/.test(text) && Number(text) <= LIMIT_MAX ? Option.some(Number(text)) : Option.none(),
  allowed: `a whole number from 1 to ${LIMIT_MAX}`
}

const flag: Reader<boolean> = {
  parse: (text) => (text === "true" || text === "false" ? Option.some(text === "true") : Option.none()),
  allowed: "true or false"
}

const parameter = <A>(
  query: Query,
  name: keyof Query,
  { allowed, parse }: Reader<A>
): Result.Result<A | undefined, InputRefused> => {
  const text = query[name]
  if (text === undefined) return Result.succeed(undefined)
  return Option.match(parse(text), {
    onNone: () => refuse(`The parameter ${name} is ${quoted(text)}: it must be ${allowed}.`),
    onSome: (value): Result.Result<A, InputRefused> => Result.succeed(value)
  })
}

/**
 * Reads the parameters of a list. Days are those of the zone, both of them
 * included.
 *
 * @category decoding
 * @since 0.1.0
 */
export const read = (
  query: Query,
  { listed, zone }: { readonly listed: Listed; readonly zone: BusinessZone.BusinessZone }
): Result.Result<Wanted, InputRefused> =>
  Result.gen(function* () {
    const from = yield* parameter(query, "from", day)
    const to = yield* parameter(query, "to", day)
    if (from !== undefined && to !== undefined && PlainDate.epochDay(from) > PlainDate.epochDay(to)) {
      return yield* refuse(`The parameter from is after to: ${from} to ${to}.`)
    }
    const after = yield* parameter(query, "cursor", cursor(listed))
    const asked = {
      states: yield* parameter(query, "status", CommissionInput.statuses),
      affiliateId: yield* parameter(query, "affiliateId", CommissionInput.id),
      from,
      to,
      walletType: yield* parameter(query, "walletType", CommissionInput.walletType),
      text: yield* parameter(query, "text", CommissionInput.text)
    }
    return {
      filter: CommissionInput.filter(asked, zone),
      limit: (yield* parameter(query, "limit", limit)) ?? LIMIT_DEFAULT,
      after,
      // Counting all of them costs more than a page, and a page after the first changes nothing of it.
      hasSummary: (yield* parameter(query, "summary", flag)) ?? after === undefined
    }
  })
