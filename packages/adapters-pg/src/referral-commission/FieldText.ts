/**
 * Reads amounts, instants and numbers of columns that are given as text: a
 * million rows a run, so without a regular expression or an effect per field.
 *
 * @since 0.1.0
 */
import { Currency, Money, type ShipmentOrder } from "@reckoner/core"

const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57

/** So many digits fit into a number without loss. */
const EXACT_DIGITS_MAX = 15

/** Below it, in seconds, a number tells two microseconds apart: the year 2242. */
const EXACT_MICROSECONDS_BELOW = 2 ** 33

const NOTHING: ReadonlyArray<ShipmentOrder.UnreadableField> = Object.freeze([])

/** Digits without sign or point, as text where a number would not hold them. */
const minorUnits = (text: string, isNegative: boolean, padding: number): bigint => {
  const digits = text.replace("-", "").replace(".", "")
  const minor = BigInt(padding < 0 ? digits.slice(0, padding) : digits + "0".repeat(padding))
  return isNegative ? -minor : minor
}

/**
 * Reads an amount of a currency from decimal text, exactly. Zeros beyond the
 * decimals of the currency are cut; any other text is no amount.
 *
 * **Example** (A column with two decimals, of yen)
 *
 * ```ts
 * amount("500.00", yen) // => Money.make(500n, yen)
 * amount("500.50", yen) // => undefined
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const amount = (text: string, currency: Currency.Currency): Money.Money | undefined => {
  const decimals = Currency.minorUnits(currency)
  const isNegative = text.charCodeAt(0) === MINUS
  let units = 0
  let digits = 0
  let fraction = -1
  for (let at = isNegative ? 1 : 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === POINT && fraction === -1 && digits > 0) fraction = 0
    else if (code < ZERO || code > NINE) return undefined
    else if (fraction >= decimals) {
      if (code !== ZERO) return undefined
      fraction++
    } else {
      units = units * 10 + (code - ZERO)
      digits++
      if (fraction >= 0) fraction++
    }
  }
  if (digits === 0) return undefined
  const padding = decimals - (fraction < 0 ? 0 : fraction)
  if (digits + Math.max(padding, 0) > EXACT_DIGITS_MAX)
    return Money.make(minorUnits(text, isNegative, padding), currency)
  const minor = padding > 0 ? units * 10 ** padding : units
  return Money.make(BigInt(isNegative ? -minor : minor), currency)
}

/**
 * Reads an instant from seconds since 1970 as decimal text. One that a number
 * does not hold to the microsecond is none.
 *
 * @category decoding
 * @since 0.1.0
 */
export const seconds = (text: string): number | undefined => {
  const value = Number(text)
  const isExact = Math.abs(value) < EXACT_MICROSECONDS_BELOW || Number.isSafeInteger(value)
  return isExact ? value : undefined
}

/**
 * Reads the fields of one row after the other, and remembers which of them
 * could not be read.
 *
 * @category decoding
 * @since 0.1.0
 */
export class FieldReader {
  readonly #currency: Currency.Currency
  #unreadable: Array<ShipmentOrder.UnreadableField> | undefined = undefined

  constructor(currency: Currency.Currency) {
    this.#currency = currency
  }

  /** An amount; one that is not of the currency is unreadable. */
  amount(field: string, text: string | null): Money.Money | undefined {
    if (text === null) return undefined
    const read = amount(text, this.#currency)
    if (read === undefined) this.#report(field, text)
    return read
  }

  /** An instant; 0 is none, one without end is unreadable. */
  instant(field: string, text: string | null): number | undefined {
    if (text === null || text === "0") return undefined
    const read = seconds(text)
    if (read === undefined) this.#report(field, text.toLowerCase())
    return read === 0 ? undefined : read
  }

  /** What could not be read since it was last asked. */
  unreadable(): ReadonlyArray<ShipmentOrder.UnreadableField> {
    const found = this.#unreadable
    if (found === undefined) return NOTHING
    this.#unreadable = undefined
    return found
  }

  #report(field: string, found: string): void {
    this.#unreadable ??= []
    this.#unreadable.push({ field, found })
  }
}

/**
 * Reads a whole number that a number holds exactly.
 *
 * @category decoding
 * @since 0.1.0
 */
export const integer = (text: string | null): number | undefined => (text === null ? undefined : Number(text))

/**
 * Reads a text, where nothing is none.
 *
 * @category decoding
 * @since 0.1.0
 */
export const optional = (text: string | null): string | undefined => (text === null ? undefined : text)
