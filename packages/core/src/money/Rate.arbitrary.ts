/**
 * Generators for `Rate`. Zero, one part per million, 50 % (where ties come
 * from), 100 %, rates beyond it and negative ones are drawn on purpose.
 */
import * as fc from "fast-check"
import * as Rate from "./Rate.ts"

export const rate: fc.Arbitrary<Rate.Rate> = fc
  .oneof(
    fc.constantFrom(0n, 1n, -1n, 500_000n, -500_000n, 999_999n, 1_000_000n, 1_000_001n, 2_500_000n),
    fc.bigInt({ min: 0n, max: 100n }).map((percent) => percent * 10_000n),
    fc.bigInt({ min: -2_000_000n, max: 2_000_000n })
  )
  .map(Rate.fromPpm)
