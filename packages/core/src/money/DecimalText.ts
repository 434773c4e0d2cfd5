/**
 * Plain decimal text and the scaled integer it stands for: `"-0.05"` with two
 * decimals is `-5n`. `Money` and `Rate` read and write their amounts with it,
 * so the grammar is stated once: an optional `-`, digits, and optionally a
 * point followed by more digits. No exponent, no `+`, no grouping, no spaces.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"

const DECIMAL = /^(-?\d+)(?:\.(\d+))?$/

/**
 * Reads decimal text as an integer scaled by ten to the power of `decimals`.
 *
 * **Errors**
 *
 * - `"malformed"`: the text is not plain decimal text.
 * - `"tooManyDecimals"`: it has more digits after the point than `decimals`,
 *   even if they are zeros.
 *
 * **Example** (Cents)
 *
 * ```ts
 * parse("-0.05", 2) // Result.succeed(-5n)
 * parse("1.000", 2) // Result.fail("tooManyDecimals")
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (text: string, decimals: number): Result.Result<bigint, "malformed" | "tooManyDecimals"> => {
  const matches = DECIMAL.exec(text)
  if (matches === null) return Result.fail("malformed")
  const [, whole = "", fraction = ""] = matches
  if (fraction.length > decimals) return Result.fail("tooManyDecimals")
  return Result.succeed(BigInt(whole + fraction.padEnd(decimals, "0")))
}

/**
 * Writes a scaled integer with exactly `decimals` digits after the point.
 *
 * **Example** (Cents)
 *
 * ```ts
 * format(-5n, 2) // "-0.05"
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const format = (scaled: bigint, decimals: number): string => {
  if (decimals === 0) return scaled.toString()
  const isNegative = scaled < 0n
  const digits = (isNegative ? -scaled : scaled).toString().padStart(decimals + 1, "0")
  const point = digits.length - decimals
  return `${isNegative ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`
}
