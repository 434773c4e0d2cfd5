/**
 * Exact quantities: how many pieces, kilograms or hours. A quantity is a
 * rational number, so a third stays a third and `0.1 + 0.2` is `0.3`; it is
 * rounded once, when it leaves ({@link toFixed}, {@link roundToDecimals}).
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as DecimalText from "./DecimalText.ts"
import * as Rounding from "./Rounding.ts"

/**
 * A rational number in lowest terms with a positive denominator. Each number
 * has one such form, so equal quantities have equal fields. Build it with the
 * functions of this module, never as a literal.
 *
 * @category models
 * @since 0.1.0
 */
export interface Quantity {
  readonly numerator: bigint
  /** Greater than zero, and without a common factor with the numerator. */
  readonly denominator: bigint
}

// Decimal text of at most this many characters is read with exact small integers.
const SMALL_TEXT_LENGTH_MAX = 15
const LARGEST_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

const DECIMAL = /^(-?\d+)(?:\.(\d+))?$/
const FRACTION = /^(-?\d+)\/(\d+)$/
const POWERS_OF_TEN = Array.from({ length: SMALL_TEXT_LENGTH_MAX + 1 }, (_, exponent) => 10 ** exponent)
const ZERO_DECIMALS = POWERS_OF_TEN.map((_, decimals) => (decimals === 0 ? "" : `.${"0".repeat(decimals)}`))

/**
 * The text is neither decimal (`"-0.086"`) nor a fraction (`"3/4"`).
 *
 * @category errors
 * @since 0.1.0
 */
export class QuantityTextMalformed
  extends /* @__PURE__ */ Data.TaggedError("QuantityTextMalformed")<{ readonly input: string }> {}

/**
 * A quantity was divided by zero.
 *
 * @category errors
 * @since 0.1.0
 */
export class QuantityDivisionByZero
  extends /* @__PURE__ */ Data.TaggedError("QuantityDivisionByZero")<{
    readonly dividend: Quantity
  }> {}

/**
 * A whole quantity.
 *
 * **Example** (A dozen)
 *
 * ```ts doctest
 * import { Quantity } from "@reckoner/core"
 *
 * Quantity.format(Quantity.fromBigInt(12n)) // => "12"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromBigInt = (value: bigint): Quantity => ({ numerator: value, denominator: 1n })

/**
 * None.
 *
 * @category constants
 * @since 0.1.0
 */
export const zero: Quantity = fromBigInt(0n)

/**
 * A single one.
 *
 * @category constants
 * @since 0.1.0
 */
export const one: Quantity = fromBigInt(1n)

/**
 * Builds a quantity from a numerator and a denominator, which need not be in
 * lowest terms and may have any sign.
 *
 * **Errors**
 *
 * - `QuantityDivisionByZero`: the denominator is zero.
 *
 * **Laws**
 *
 * - `canonical`: every function of this module returns lowest terms and a
 *   positive denominator.
 *
 * Stated in `Quantity.laws.ts`, checked in `Quantity.test.ts`.
 *
 * **Example** (Six of minus eight)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * Quantity.format(Result.getOrThrow(Quantity.make(6n, -8n))) // => "-0.75"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (numerator: bigint, denominator: bigint): Result.Result<Quantity, QuantityDivisionByZero> => {
  if (denominator === 0n) return Result.fail(new QuantityDivisionByZero({ dividend: fromBigInt(numerator) }))
  return Result.succeed(denominator < 0n ? reduced(-numerator, -denominator) : reduced(numerator, denominator))
}

/**
 * Reads decimal text (`"-0.086"`, `"12"`, `"1.000"`) or a fraction of two whole
 * numbers (`"3/4"`).
 *
 * **Errors**
 *
 * - `QuantityTextMalformed`: the text is of neither form, or its denominator is
 *   zero. A sign may only stand in front, and only `-`.
 *
 * **Laws**
 *
 * - `parseFormatRoundTrip`: what {@link format} writes is read back unchanged.
 *
 * Stated in `Quantity.laws.ts`, checked in `Quantity.test.ts`.
 *
 * **Example** (Columns of a bill of materials)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * Result.getOrThrow(Quantity.parse("1.500")) // => { numerator: 3n, denominator: 2n }
 * Result.getOrThrow(Quantity.parse("2/6")) // => { numerator: 1n, denominator: 3n }
 * Result.isFailure(Quantity.parse("1,5")) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<Quantity, QuantityTextMalformed> => {
  const quantity = text.length <= SMALL_TEXT_LENGTH_MAX ? parseSmallDecimal(text) : undefined
  if (quantity !== undefined) return Result.succeed(quantity)
  return parseAny(text)
}

/**
 * Adds two quantities.
 *
 * **Laws**
 *
 * - `addAssociates`, `addCommutes`: neither grouping nor order matters.
 * - `zeroIsNeutral`: adding zero changes nothing.
 * - `negateIsInverse`: a quantity and its negation add up to zero.
 *
 * Stated in `Quantity.laws.ts`, checked in `Quantity.test.ts`.
 *
 * **Example** (Tenths that a double cannot add)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * const quantity = (text: string) => Result.getOrThrow(Quantity.parse(text))
 *
 * Quantity.format(Quantity.add(quantity("0.1"), quantity("0.2"))) // => "0.3"
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const add = (self: Quantity, that: Quantity): Quantity => {
  if (self.denominator === that.denominator) {
    return self.denominator === 1n
      ? fromBigInt(self.numerator + that.numerator)
      : reduced(self.numerator + that.numerator, self.denominator)
  }
  return reduced(
    self.numerator * that.denominator + that.numerator * self.denominator,
    self.denominator * that.denominator
  )
}

/**
 * Takes the second quantity away from the first.
 *
 * **Laws**
 *
 * - `subtractUndoesAdd`: `(a + b) - b` is `a`.
 *
 * Stated in `Quantity.laws.ts`, checked in `Quantity.test.ts`.
 *
 * **Example** (What is left of a package)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * const third = Result.getOrThrow(Quantity.parse("1/3"))
 *
 * Quantity.format(Quantity.subtract(Quantity.one, third)) // => "2/3"
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const subtract = (self: Quantity, that: Quantity): Quantity => add(self, negate(that))

/**
 * Multiplies two quantities.
 *
 * **Laws**
 *
 * - `multiplyAssociates`, `multiplyCommutes`: neither grouping nor order
 *   matters.
 * - `oneIsNeutral`: multiplying by one changes nothing.
 * - `multiplyDistributes`: `a * (b + c)` is `a * b + a * c`.
 *
 * Stated in `Quantity.laws.ts`, checked in `Quantity.test.ts`.
 *
 * **Example** (Three boxes of half a kilogram)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * const half = Result.getOrThrow(Quantity.parse("0.500"))
 *
 * Quantity.format(Quantity.multiply(Quantity.fromBigInt(3n), half)) // => "1.5"
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const multiply = (self: Quantity, that: Quantity): Quantity =>
  self.denominator === 1n && that.denominator === 1n
    ? fromBigInt(self.numerator * that.numerator)
    : reduced(self.numerator * that.numerator, self.denominator * that.denominator)

/**
 * Divides the first quantity by the second, exactly.
 *
 * **Errors**
 *
 * - `QuantityDivisionByZero`: the second quantity is zero.
 *
 * **Laws**
 *
 * - `divideUndoesMultiply`: `(a * b) / b` is `a`, for any `b` but zero.
 *
 * Stated in `Quantity.laws.ts`, checked in `Quantity.test.ts`.
 *
 * **Example** (A year's quota per month)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * const perMonth = Result.getOrThrow(Quantity.divide(Quantity.fromBigInt(100n), Quantity.fromBigInt(12n)))
 *
 * Quantity.format(perMonth) // => "25/3"
 * Result.isFailure(Quantity.divide(Quantity.one, Quantity.zero)) // => true
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const divide = (self: Quantity, that: Quantity): Result.Result<Quantity, QuantityDivisionByZero> => {
  if (that.numerator === 0n) return Result.fail(new QuantityDivisionByZero({ dividend: self }))
  const numerator = self.numerator * that.denominator
  const denominator = self.denominator * that.numerator
  return Result.succeed(denominator < 0n ? reduced(-numerator, -denominator) : reduced(numerator, denominator))
}

/**
 * The quantity with its sign turned round.
 *
 * **Example** (Goods sent back)
 *
 * ```ts doctest
 * import { Quantity } from "@reckoner/core"
 *
 * Quantity.format(Quantity.negate(Quantity.one)) // => "-1"
 * ```
 *
 * @category transforming
 * @since 0.1.0
 */
export const negate = (self: Quantity): Quantity => ({ numerator: -self.numerator, denominator: self.denominator })

/**
 * Tells which of two quantities is greater: -1 if the first is less, 0 if they
 * are equal, 1 if it is greater.
 *
 * **Laws**
 *
 * - `compareIsTotalOrder`: the order is reflexive, antisymmetric, transitive
 *   and total, and agrees with {@link equals}.
 *
 * Stated in `Quantity.laws.ts`, checked in `Quantity.test.ts`.
 *
 * **Example** (A third is more than its three decimals)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * const quantity = (text: string) => Result.getOrThrow(Quantity.parse(text))
 *
 * Quantity.compare(quantity("1/3"), quantity("0.333")) // => 1
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const compare = (self: Quantity, that: Quantity): -1 | 0 | 1 => {
  const isSameScale = self.denominator === that.denominator
  const left = isSameScale ? self.numerator : self.numerator * that.denominator
  const right = isSameScale ? that.numerator : that.numerator * self.denominator
  return left < right ? -1 : left > right ? 1 : 0
}

/**
 * Whether two quantities are the same number, however they were written.
 *
 * **Example** (Zeros at the end do not count)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * Quantity.equals(Result.getOrThrow(Quantity.parse("1.000")), Quantity.one) // => true
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const equals = (self: Quantity, that: Quantity): boolean =>
  self.numerator === that.numerator && self.denominator === that.denominator

/**
 * Whether the quantity is none at all.
 *
 * **Example** (Nothing left)
 *
 * ```ts doctest
 * import { Quantity } from "@reckoner/core"
 *
 * Quantity.isZero(Quantity.subtract(Quantity.one, Quantity.one)) // => true
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const isZero = (self: Quantity): boolean => self.numerator === 0n

/**
 * Whether the quantity is more than zero.
 *
 * **Example** (Is there anything to grant?)
 *
 * ```ts doctest
 * import { Quantity } from "@reckoner/core"
 *
 * Quantity.isPositive(Quantity.one) // => true
 * Quantity.isPositive(Quantity.zero) // => false
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const isPositive = (self: Quantity): boolean => self.numerator > 0n

/**
 * Whether the quantity is less than zero.
 *
 * **Example** (More was used than granted)
 *
 * ```ts doctest
 * import { Quantity } from "@reckoner/core"
 *
 * Quantity.isNegative(Quantity.negate(Quantity.one)) // => true
 * Quantity.isNegative(Quantity.zero) // => false
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const isNegative = (self: Quantity): boolean => self.numerator < 0n

/**
 * Rounds to a number of decimals and returns the integer scaled by them.
 *
 * **Units**
 *
 * `decimals` is a whole number, 0 or more; anything else is a defect
 * (`RangeError`). The result counts units of ten to the power of `-decimals`:
 * thousandths if `decimals` is 3.
 *
 * **Laws**
 *
 * - `roundingWithinHalfUnit`: a `half…` mode changes the quantity by at most
 *   half a unit of the last decimal, any other mode by less than one.
 *
 * Stated in `Quantity.laws.ts`, checked in `Quantity.test.ts`.
 *
 * **Example** (Two thirds in thousandths)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * const twoThirds = Result.getOrThrow(Quantity.parse("2/3"))
 *
 * Quantity.roundToDecimals(twoThirds, 3, "halfEven") // => 667n
 * Quantity.roundToDecimals(twoThirds, 0, "floor") // => 0n
 * ```
 *
 * @see {@link toFixed} to get text
 * @category queries
 * @since 0.1.0
 */
export const roundToDecimals = (self: Quantity, decimals: number, mode: Rounding.RoundingMode): bigint => {
  const scaled = decimals === 0 ? self.numerator : self.numerator * powerOfTen(decimals)
  return self.denominator === 1n ? scaled : Rounding.divide(scaled, self.denominator, mode)
}

/**
 * Rounds to a number of decimals and writes exactly that many.
 *
 * **Units**
 *
 * `decimals` is a whole number, 0 or more; anything else is a defect
 * (`RangeError`).
 *
 * **Gotchas**
 *
 * A small negative quantity that rounds to zero is written without a sign:
 * `"0.00"`.
 *
 * **Example** (A column of three decimals)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * const quantity = (text: string) => Result.getOrThrow(Quantity.parse(text))
 *
 * Quantity.toFixed(quantity("3/2"), 3, "halfExpand") // => "1.500"
 * Quantity.toFixed(quantity("-0.0865"), 3, "halfExpand") // => "-0.087"
 * Quantity.toFixed(quantity("2"), 0, "halfExpand") // => "2"
 * ```
 *
 * @see {@link format} to write it exactly
 * @category queries
 * @since 0.1.0
 */
export const toFixed = (self: Quantity, decimals: number, mode: Rounding.RoundingMode): string => {
  const zeros = self.denominator === 1n ? ZERO_DECIMALS[decimals] : undefined
  if (zeros !== undefined) return `${self.numerator}${zeros}`
  return DecimalText.format(roundToDecimals(self, decimals, mode), decimals)
}

/**
 * Writes the quantity exactly, as briefly as possible: as decimal text if it
 * has finitely many decimals, as a fraction otherwise.
 *
 * **Example** (A half and a third)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Quantity } from "@reckoner/core"
 *
 * Quantity.format(Result.getOrThrow(Quantity.parse("2/4"))) // => "0.5"
 * Quantity.format(Result.getOrThrow(Quantity.parse("2/6"))) // => "1/3"
 * ```
 *
 * @see {@link toFixed} to round
 * @category queries
 * @since 0.1.0
 */
export const format = (self: Quantity): string => {
  if (self.denominator === 1n) return self.numerator.toString()
  const twos = multiplicity(self.denominator, 2n)
  const fives = multiplicity(self.denominator, 5n)
  if (2n ** BigInt(twos) * 5n ** BigInt(fives) !== self.denominator) return `${self.numerator}/${self.denominator}`
  const decimals = Math.max(twos, fives)
  return DecimalText.format((self.numerator * powerOfTen(decimals)) / self.denominator, decimals)
}

/**
 * Reads decimal text of few characters in one pass. Returns nothing for
 * everything else, malformed text included, and leaves it to {@link parseAny}.
 * All numbers stay whole and below 10^15, where a `number` is exact.
 */
const parseSmallDecimal = (text: string): Quantity | undefined => {
  const hasSign = text.charCodeAt(0) === 45 // "-"
  let position = hasSign ? 1 : 0
  const wholeStart = position
  let value = 0
  for (; position < text.length; position++) {
    const digit = text.charCodeAt(position) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  if (position === wholeStart) return undefined
  if (position === text.length) return fromBigInt(BigInt(hasSign ? -value : value))
  if (text.charCodeAt(position) !== 46 || position + 1 === text.length) return undefined // "."

  // Zeros at the end of the decimals are dropped, so "1.000" is a whole number at once.
  const point = position
  let significand = value
  let decimals = 0
  for (position++; position < text.length; position++) {
    const digit = text.charCodeAt(position) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
    if (digit !== 0) {
      significand = value
      decimals = position - point
    }
  }
  const numerator = hasSign ? -significand : significand
  if (decimals === 0) return fromBigInt(BigInt(numerator))
  const scale = POWERS_OF_TEN[decimals] ?? 10 ** decimals
  const divisor = gcdOfNumbers(significand, scale)
  return { numerator: BigInt(numerator / divisor), denominator: BigInt(scale / divisor) }
}

const parseAny = (text: string): Result.Result<Quantity, QuantityTextMalformed> => {
  const decimal = DECIMAL.exec(text)
  if (decimal !== null) {
    const [, whole = "", fraction = ""] = decimal
    return Result.succeed(reduced(BigInt(whole + fraction), powerOfTen(fraction.length)))
  }
  const fraction = FRACTION.exec(text)
  if (fraction === null) return Result.fail(new QuantityTextMalformed({ input: text }))
  const [, numerator = "", denominator = ""] = fraction
  const divisor = BigInt(denominator)
  if (divisor === 0n) return Result.fail(new QuantityTextMalformed({ input: text }))
  return Result.succeed(reduced(BigInt(numerator), divisor))
}

/** Lowest terms of a fraction whose denominator is positive. */
const reduced = (numerator: bigint, denominator: bigint): Quantity => {
  if (denominator === 1n) return { numerator, denominator }
  const divisor = gcd(numerator < 0n ? -numerator : numerator, denominator)
  return divisor === 1n
    ? { numerator, denominator }
    : { numerator: numerator / divisor, denominator: denominator / divisor }
}

/** Greatest common divisor of a non-negative and a positive integer. */
const gcd = (left: bigint, right: bigint): bigint => {
  let [greater, lesser] = left > right ? [left, right] : [right, left]
  while (lesser !== 0n) {
    if (greater <= LARGEST_SAFE) return BigInt(gcdOfNumbers(Number(greater), Number(lesser)))
    ;[greater, lesser] = [lesser, greater % lesser]
  }
  return greater
}

const gcdOfNumbers = (left: number, right: number): number => {
  let [greater, lesser] = [left, right]
  while (lesser !== 0) {
    const remainder = greater % lesser
    greater = lesser
    lesser = remainder
  }
  return greater
}

const powerOfTen = (exponent: number): bigint => {
  const small = POWERS_OF_TEN[exponent]
  return small === undefined ? 10n ** BigInt(exponent) : BigInt(small)
}

/** How often a prime divides a positive integer. */
const multiplicity = (value: bigint, prime: bigint): number => {
  let rest = value
  let count = 0
  while (rest % prime === 0n) {
    rest /= prime
    count++
  }
  return count
}
