/**
 * Reads the fields of COPY text one after the other, without cutting the text
 * into rows and strings first: numbers and amounts never become a string. Half
 * of a million rows is thrown away again, so what a row leaves behind counts.
 *
 * @since 0.1.0
 */
import { Currency, Money, type ShipmentOrder } from "@reckoner/core"
import { unescaped } from "../CopyText.ts"
import { FieldReader } from "./FieldText.ts"

const TAB = 9
const NEWLINE = 10
const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const BACKSLASH = 92
const LETTER_N = 78

/** So many digits fit into a number without loss. */
const EXACT_DIGITS_MAX = 15

/**
 * Scans a text of whole lines. Each call takes the next field; the caller knows
 * how many a row has.
 *
 * @category decoding
 * @since 0.1.0
 */
export class FieldScanner {
  readonly #slow: FieldReader
  readonly #currency: Currency.Currency
  readonly #decimals: number
  #text = ""
  #at = 0

  constructor(currency: Currency.Currency) {
    this.#slow = new FieldReader(currency)
    this.#currency = currency
    this.#decimals = Currency.minorUnits(currency)
  }

  /** Goes on with a text, at its beginning or at another place in it. */
  start(text: string, at = 0): void {
    this.#text = text
    this.#at = at
  }

  /** The place of the next field in the text. */
  get place(): number {
    return this.#at
  }

  /** Leaves out the fields that are left of a row. */
  skipRow(): void {
    const end = this.#text.indexOf("\n", this.#at)
    this.#at = end < 0 ? this.#text.length : end + 1
  }

  /** Whether a row is left. */
  get hasRow(): boolean {
    return this.#at < this.#text.length
  }

  /** The next field as text. */
  text(): string | undefined {
    if (this.#isNull()) return undefined
    const text = this.#text
    const from = this.#at
    let at = from
    let isEscaped = false
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === TAB || code === NEWLINE) break
      if (code === BACKSLASH) isEscaped = true
    }
    this.#at = at + 1
    const found = text.slice(from, at)
    return isEscaped ? (unescaped(found) ?? undefined) : found
  }

  /** The next field as a whole number. */
  integer(): number | undefined {
    if (this.#isNull()) return undefined
    const text = this.#text
    const from = this.#at
    let at = from
    let value = 0
    const isNegative = text.charCodeAt(at) === MINUS
    if (isNegative) at++
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === TAB || code === NEWLINE) break
      if (code < ZERO || code > NINE) return this.#slowNumber()
      value = value * 10 + (code - ZERO)
    }
    const digits = at - from - (isNegative ? 1 : 0)
    if (digits === 0 || digits > EXACT_DIGITS_MAX) return this.#slowNumber()
    this.#at = at + 1
    return isNegative ? -value : value
  }

  /** The next field as an instant; 0 is none, one without end is unreadable. */
  instant(field: string): number | undefined {
    const from = this.#at
    const value = this.integer()
    if (value === undefined || value === 0) return undefined
    if (Number.isSafeInteger(value)) return value
    this.#at = from
    return this.#slow.instant(field, this.text() ?? null)
  }

  /** The next field as an amount; one that is not of the currency is unreadable. */
  amount(field: string): Money.Money | undefined {
    if (this.#isNull()) return undefined
    const text = this.#text
    const from = this.#at
    let at = from
    let units = 0
    let fraction = -1
    const isNegative = text.charCodeAt(at) === MINUS
    if (isNegative) at++
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === TAB || code === NEWLINE) break
      if (code === POINT && fraction === -1) fraction = 0
      else if (code < ZERO || code > NINE) return this.#slowAmount(field)
      else {
        units = units * 10 + (code - ZERO)
        if (fraction >= 0) fraction++
      }
    }
    // Most amounts have the decimals of their currency.
    if (fraction !== this.#decimals || at - from > EXACT_DIGITS_MAX) return this.#slowAmount(field)
    this.#at = at + 1
    return Money.make(BigInt(isNegative ? -units : units), this.#currency)
  }

  /** What could not be read since it was last asked. */
  unreadable(): ReadonlyArray<ShipmentOrder.UnreadableField> {
    return this.#slow.unreadable()
  }

  /** Whether the next field is NULL, and then takes it: a text that reads so has its backslash doubled. */
  #isNull(): boolean {
    const at = this.#at
    if (this.#text.charCodeAt(at) !== BACKSLASH || this.#text.charCodeAt(at + 1) !== LETTER_N) return false
    this.#at = at + 3
    return true
  }

  #slowNumber(): number | undefined {
    const text = this.text()
    return text === undefined ? undefined : Number(text)
  }

  #slowAmount(field: string): Money.Money | undefined {
    return this.#slow.amount(field, this.text() ?? null)
  }
}
