/**
 * Generators for `Quantity`. Zero, one, whole numbers, thousandths, thirds,
 * and numbers on both sides of 2^53 (where arithmetic changes its way) are
 * drawn on purpose.
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Quantity from "./Quantity.ts"

const ratio = (numerator: bigint, denominator: bigint): Quantity.Quantity =>
  Result.getOrThrow(Quantity.make(numerator, denominator))

const whole = fc.bigInt({ min: -1_000n, max: 1_000n }).map(Quantity.fromBigInt)

const thousandths = fc.bigInt({ min: -100_000n, max: 100_000n }).map((value) => ratio(value, 1_000n))

const smallRatio = fc
  .tuple(fc.bigInt({ min: -60n, max: 60n }), fc.bigInt({ min: 1n, max: 60n }), fc.constantFrom(1n, -1n))
  .map(([n, d, sign]) => ratio(n, d * sign))

const nearSafeLimit = fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n })

const largeRatio = fc
  .tuple(fc.oneof(fc.bigInt(), nearSafeLimit), fc.oneof(fc.bigInt({ min: 1n, max: 10n ** 40n }), nearSafeLimit))
  .map(([n, d]) => ratio(n, d))

export const quantity: fc.Arbitrary<Quantity.Quantity> = fc.oneof(
  fc.constantFrom(Quantity.zero, Quantity.one, Quantity.negate(Quantity.one)),
  whole,
  thousandths,
  smallRatio,
  largeRatio
)
