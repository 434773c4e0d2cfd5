/**
 * Writes rows of COPY text as bytes, without a string for each row: most fields
 * are short and plain.
 *
 * @since 0.1.0
 */
import { field } from "./CopyText.ts"

const TAB = 9
const NEWLINE = 10
const MINUS = 45
const POINT = 46
const ZERO = 48
const BACKSLASH = 92
const LETTER_N = 78
const PRINTABLE_MIN = 32
const ASCII_MAX_EXCLUSIVE = 128

const BYTES_AT_FIRST = 64 * 1024
const NUMBER_BYTES_MAX = 32
const UTF8_BYTES_PER_UNIT_MAX = 3
const DECIMAL = 10

/** Digits of a whole number that a double holds for sure, and that its own arithmetic takes apart exactly. */
const EXACT_MAX = 2 ** 53

/**
 * A buffer of rows that grows. Fields are written one after the other; the
 * caller ends each row.
 *
 * @category encoding
 * @since 0.1.0
 */
export class CopyWriter {
  #bytes = Buffer.allocUnsafe(BYTES_AT_FIRST)
  #at = 0

  /** A text, escaped; nothing is NULL. */
  text(value: string | undefined): void {
    if (value === undefined) return this.#null()
    this.#reserve(value.length + 1)
    const bytes = this.#bytes
    const start = this.#at
    let at = start
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      if (code < PRINTABLE_MIN || code >= ASCII_MAX_EXCLUSIVE || code === BACKSLASH) return this.#escaped(value)
      bytes[at++] = code
    }
    bytes[at++] = TAB
    this.#at = at
  }

  /** A number; nothing is NULL. */
  number(value: number | undefined): void {
    if (value === undefined) return this.#null()
    if (!Number.isSafeInteger(value)) return this.text(String(value))
    this.#reserve(NUMBER_BYTES_MAX)
    this.#digits(value, 0)
    this.#bytes[this.#at++] = TAB
  }

  /** An amount in minor units, with so many decimals; nothing is NULL. */
  decimal(minor: bigint | undefined, decimals: number, slow: (minor: bigint) => string): void {
    if (minor === undefined) return this.#null()
    const value = Number(minor)
    if (value >= EXACT_MAX || value <= -EXACT_MAX) return this.text(slow(minor))
    this.#reserve(NUMBER_BYTES_MAX)
    this.#digits(value, decimals)
    this.#bytes[this.#at++] = TAB
  }

  /** Ends a row. */
  endRow(): void {
    this.#bytes[this.#at - 1] = NEWLINE
  }

  /** All rows so far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }

  #null(): void {
    this.#reserve(3)
    this.#bytes[this.#at++] = BACKSLASH
    this.#bytes[this.#at++] = LETTER_N
    this.#bytes[this.#at++] = TAB
  }

  #escaped(value: string): void {
    const written = field(value)
    this.#reserve(written.length * UTF8_BYTES_PER_UNIT_MAX + 1)
    this.#at += this.#bytes.write(written, this.#at, "utf8")
    this.#bytes[this.#at++] = TAB
  }

  /** The digits of a whole number, with a point before the last `decimals` of them. */
  #digits(value: number, decimals: number): void {
    const bytes = this.#bytes
    let rest = Math.abs(value)
    if (value < 0) bytes[this.#at++] = MINUS
    const start = this.#at
    let at = start
    // The last digit first, and then turned round.
    for (let place = 0; rest > 0 || place <= decimals; place++) {
      if (place === decimals && decimals > 0) bytes[at++] = POINT
      const next = Math.floor(rest / DECIMAL)
      bytes[at++] = ZERO + (rest - next * DECIMAL)
      rest = next
    }
    bytes.subarray(start, at).reverse()
    this.#at = at
  }
}
