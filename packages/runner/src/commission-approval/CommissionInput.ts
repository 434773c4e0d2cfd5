/**
 * What callers write to find and change commissions, on the command line and in
 * HTTP requests: readers of texts that say what they allow.
 *
 * @since 0.1.0
 */
import { ApprovalState, BusinessZone, PlainDate, Rate } from "@reckoner/core"
import type { CommissionCursor, CommissionFilter } from "@reckoner/core/ports"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Reader } from "../engine/OperatorInput.ts"
import { STATE_TEXTS } from "./CommissionView.ts"

/**
 * The longest text that is searched for, in UTF-16 units.
 *
 * @category constants
 * @since 0.1.0
 */
export const TEXT_LENGTH_MAX = 100

/**
 * The longest name of a kind of wallet, in UTF-16 units.
 *
 * @category constants
 * @since 0.1.0
 */
export const WALLET_LENGTH_MAX = 64

const ID_MAX = 2n ** 63n - 1n

const isId = (text: string): boolean => /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= ID_MAX

/**
 * The key of a record.
 *
 * @category decoding
 * @since 0.1.0
 */
export const id: Reader<string> = {
  parse: (text) => (isId(text) ? Option.some(text) : Option.none()),
  allowed: "a whole number above 0, in digits"
}

/**
 * A percentage. Whether it is one of a commission, the core decides.
 *
 * @category decoding
 * @since 0.1.0
 */
export const percent: Reader<Rate.Rate> = {
  parse: (text) => (text.length > TEXT_LENGTH_MAX ? Option.none() : Result.getSuccess(Rate.parsePercent(text))),
  allowed: `a number like 12.5, with at most ${Rate.PERCENT_DECIMALS_MAX} decimals`
}

/**
 * A kind of wallet.
 *
 * @category decoding
 * @since 0.1.0
 */
export const walletType: Reader<string> = {
  parse: (text) =>
    text.length <= WALLET_LENGTH_MAX && /^[\p{L}\p{N}_.-]+$/u.test(text) ? Option.some(text) : Option.none(),
  allowed: `at most ${WALLET_LENGTH_MAX} letters, digits, _, . and -`
}

const STATE_WORDS = ApprovalState.STATE_NAMES.map((name) => STATE_TEXTS[name])

/**
 * States with commas between them.
 *
 * @category decoding
 * @since 0.1.0
 */
export const statuses: Reader<ReadonlyArray<ApprovalState.StateName>> = {
  parse: (text) => {
    const words = text.split(",").map((word) => word.trim())
    const found = ApprovalState.STATE_NAMES.filter((name) => words.includes(STATE_TEXTS[name]))
    return words.every((word) => STATE_WORDS.some((one) => one === word)) ? Option.some(found) : Option.none()
  },
  allowed: `one or more of ${STATE_WORDS.join(", ")}, with commas between them`
}

/**
 * The beginning of a word to search for.
 *
 * @category decoding
 * @since 0.1.0
 */
export const text: Reader<string> = {
  parse: (input) =>
    input.trim() !== "" && input.length <= TEXT_LENGTH_MAX && !/[\p{Cc}\p{Surrogate}]/u.test(input)
      ? Option.some(input.trim())
      : Option.none(),
  allowed: `at most ${TEXT_LENGTH_MAX} characters`
}

/**
 * A civil date.
 *
 * @category decoding
 * @since 0.1.0
 */
export const date: Reader<PlainDate.PlainDate> = {
  parse: (input) => Result.getSuccess(PlainDate.parse(input)),
  allowed: "a date like 2026-01-31"
}

/**
 * A place in a list, as an answer tells it.
 *
 * @category decoding
 * @since 0.1.0
 */
export const cursor: Reader<CommissionCursor> = {
  parse: (input) => {
    const [, createdAt, key] =
      /^(-?\d{1,15})\.(\d{1,19})$/.exec(Buffer.from(input, "base64url").toString("latin1")) ?? []
    return createdAt !== undefined && key !== undefined && isId(key)
      ? Option.some({ createdAt: Number(createdAt), id: key })
      : Option.none()
  },
  allowed: "`next` of the answer before"
}

/**
 * A place in a list as a text.
 *
 * @category encoding
 * @since 0.1.0
 */
export const cursorText = ({ createdAt, id: key }: CommissionCursor): string =>
  Buffer.from(`${createdAt}.${key}`).toString("base64url")

/**
 * Which records are asked for. Dates are days of the business, both included.
 *
 * @category models
 * @since 0.1.0
 */
export interface Asked {
  readonly states: ReadonlyArray<ApprovalState.StateName> | undefined
  readonly affiliateId: string | undefined
  readonly from: PlainDate.PlainDate | undefined
  readonly to: PlainDate.PlainDate | undefined
  readonly walletType: string | undefined
  readonly text: string | undefined
}

/**
 * The filter of what is asked for, in the zone of the business.
 *
 * @category decoding
 * @since 0.1.0
 */
export const filter = (asked: Asked, zone: BusinessZone.BusinessZone): CommissionFilter => ({
  ...(asked.states === undefined ? {} : { states: asked.states }),
  ...(asked.affiliateId === undefined ? {} : { affiliateId: asked.affiliateId }),
  ...(asked.from === undefined ? {} : { createdFrom: BusinessZone.startOfDay(zone, asked.from) }),
  ...(asked.to === undefined ? {} : { createdBefore: BusinessZone.startOfDay(zone, PlainDate.addDays(asked.to, 1)) }),
  ...(asked.walletType === undefined ? {} : { walletKind: asked.walletType }),
  ...(asked.text === undefined ? {} : { text: asked.text })
})
