/**
 * Writes rows of COPY's binary format: values as the server keeps them, so that
 * neither side turns a number into text and back.
 *
 * @since 0.1.0
 */

const SIGNATURE = Uint8Array.of(80, 71, 67, 79, 80, 89, 10, 255, 13, 10, 0)
/** No flags, and no more of a header. */
const HEADER_REST_BYTES = 8
const NO_VALUE = -1
const END = -1

const BYTES_AT_FIRST = 1024 * 1024
const ROW_HEAD_BYTES = 2
const LENGTH_BYTES = 4
const NUMBER_BYTES_MAX = 32
const UTF8_BYTES_PER_UNIT_MAX = 3
const ASCII_MAX_EXCLUSIVE = 128

const DIGIT_ZERO = 48
const DIGIT_NINE = 57
/** So many digits fit into a number without loss. */
const EXACT_DIGITS_MAX = 15
const DECIMAL = 10

const WORD = 2 ** 32
const INT8_LIMIT = 2 ** 63

/** A numeric is written in digits of base 10,000, four decimal digits each. */
const BASE = 10_000
const BASE_DIGITS = 4
/** Whole numbers below it have two digits of that base, others that are exact at most four. */
const TWO_DIGITS_BELOW = BASE ** 2
const NUMERIC_NEGATIVE = 0x4000

const MICROS_PER_SECOND = 1e6
/** 2000-01-01T00:00Z, from which the server counts, in seconds since 1970. */
const SERVER_EPOCH_SECONDS = 946_684_800

/**
 * A buffer of rows that grows. Fields are written one after the other, each by
 * the type of its column; nothing is NULL.
 *
 * @category encoding
 * @since 0.1.0
 */
export class CopyWriter {
  #bytes = Buffer.allocUnsafe(BYTES_AT_FIRST)
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
  #at = SIGNATURE.length + HEADER_REST_BYTES
  #unwritable: string | undefined = undefined

  constructor() {
    this.#bytes.set(SIGNATURE)
    this.#bytes.fill(0, SIGNATURE.length, this.#at)
  }

  /** Begins a row of so many fields. */
  row(fields: number): void {
    this.#reserve(ROW_HEAD_BYTES)
    this.#view.setInt16(this.#at, fields)
    this.#at += ROW_HEAD_BYTES
  }

  /** A text. */
  text(value: string | undefined): void {
    if (value === undefined) return this.#null()
    this.#reserve(LENGTH_BYTES + value.length)
    const bytes = this.#bytes
    const start = this.#at + LENGTH_BYTES
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      if (code >= ASCII_MAX_EXCLUSIVE) return this.#utf8(value)
      bytes[start + index] = code
    }
    this.#length(value.length)
    this.#at += value.length
  }

  /** An int4. */
  int4(value: number | undefined): void {
    if (value === undefined) return this.#null()
    if ((value | 0) !== value) this.#refuse(value, "int4")
    this.#reserve(NUMBER_BYTES_MAX)
    this.#length(4)
    this.#view.setInt32(this.#at, value)
    this.#at += 4
  }

  /** An int8, given as decimal text. */
  int8(text: string): void {
    this.#reserve(NUMBER_BYTES_MAX)
    this.#length(8)
    let value = 0
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code < DIGIT_ZERO || code > DIGIT_NINE || index === EXACT_DIGITS_MAX) return this.#longInt8(text)
      value = value * DECIMAL + (code - DIGIT_ZERO)
    }
    if (text === "") this.#refuse(text, "int8")
    this.#words(value)
  }

  /** A timestamptz, given in seconds since 1970. */
  timestamp(seconds: number | undefined): void {
    if (seconds === undefined) return this.#null()
    // The fraction for itself: with the whole before it, a number would not hold it to the microsecond.
    const whole = Math.floor(seconds)
    const micros =
      (whole - SERVER_EPOCH_SECONDS) * MICROS_PER_SECOND + Math.round((seconds - whole) * MICROS_PER_SECOND)
    if (!(Math.abs(micros) < INT8_LIMIT)) this.#refuse(seconds, "timestamptz")
    this.#reserve(NUMBER_BYTES_MAX)
    this.#length(8)
    this.#words(micros)
  }

  /** A numeric: a whole number with a point before its last digits, at most four. */
  decimal(value: number | undefined, decimals: number): void {
    if (value === undefined) return this.#null()
    if (!Number.isSafeInteger(value)) this.#refuse(value, "numeric")
    this.#reserve(NUMBER_BYTES_MAX)
    const view = this.#view
    const size = Math.abs(value)
    const unit = DECIMAL ** decimals
    const whole = Math.floor(size / unit)
    const digits = whole < TWO_DIGITS_BELOW ? 2 : 4
    this.#length(8 + 2 * (digits + 1))
    const at = this.#at
    view.setInt16(at, digits + 1)
    view.setInt16(at + 2, digits - 1)
    view.setInt16(at + 4, value < 0 ? NUMERIC_NEGATIVE : 0)
    view.setInt16(at + 6, decimals)
    let rest = whole
    for (let place = digits; place > 0; place--) {
      const next = Math.floor(rest / BASE)
      view.setInt16(at + 6 + 2 * place, rest - next * BASE)
      rest = next
    }
    view.setInt16(at + 8 + 2 * digits, (size - whole * unit) * DECIMAL ** (BASE_DIGITS - decimals))
    this.#at = at + 10 + 2 * digits
  }

  /** The first value that is none of its column's type: then the rows are of no use. */
  get unwritable(): string | undefined {
    return this.#unwritable
  }

  /** All rows so far, for COPY. */
  get bytes(): Uint8Array {
    this.#reserve(ROW_HEAD_BYTES)
    this.#view.setInt16(this.#at, END)
    return this.#bytes.subarray(0, this.#at + ROW_HEAD_BYTES)
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength)
  }

  #refuse(value: string | number, type: string): void {
    this.#unwritable ??= `${JSON.stringify(String(value))} is no ${type}`
  }

  #length(bytes: number): void {
    this.#view.setInt32(this.#at, bytes)
    this.#at += LENGTH_BYTES
  }

  #null(): void {
    this.#reserve(LENGTH_BYTES)
    this.#length(NO_VALUE)
  }

  #utf8(value: string): void {
    this.#reserve(LENGTH_BYTES + value.length * UTF8_BYTES_PER_UNIT_MAX)
    const count = this.#bytes.write(value, this.#at + LENGTH_BYTES, "utf8")
    this.#length(count)
    this.#at += count
  }

  /** A whole number in eight bytes. */
  #words(value: number): void {
    const high = Math.floor(value / WORD)
    this.#view.setInt32(this.#at, high)
    this.#view.setUint32(this.#at + 4, value - high * WORD)
    this.#at += 8
  }

  #longInt8(text: string): void {
    const value = /^-?\d+$/.test(text) ? BigInt(text) : undefined
    if (value === undefined || BigInt.asIntN(64, value) !== value) this.#refuse(text, "int8")
    this.#view.setBigInt64(this.#at, value ?? 0n)
    this.#at += 8
  }
}
