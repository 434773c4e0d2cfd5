/**
 * Generators for `WaivableFee`: limits that are untouched, met exactly, used up
 * and overdrawn, and payouts of nothing.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import { currency } from "./Money.arbitrary.ts"
import * as Money from "./Money.ts"
import * as Rate from "./Rate.ts"
import * as Rounding from "./Rounding.ts"

const minor = fc.oneof(
  fc.constantFrom(0n, 1n, 99n, 100n, 2n ** 53n + 1n),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 10n ** 12n })
)

const rate = fc
  .oneof(fc.constantFrom(0n, 1n, 30_000n, 500_000n, 1_000_000n), fc.bigInt({ min: 0n, max: 100_000n }))
  .map(Rate.fromPpm)

/** Terms and a payout of one currency. */
export const termsWithPayout = fc
  .record({
    currency,
    rates: fc.record({ waivableRate: rate, hardCostRate: rate }),
    fixedFee: minor,
    waiverLimit: minor,
    payout: minor,
    waiverUsed: minor,
    mode: fc.constantFrom(...Rounding.modes)
  })
  .map((drawn) => {
    const money = (amount: bigint) => Money.make(amount, drawn.currency)
    return {
      terms: { ...drawn.rates, fixedFee: money(drawn.fixedFee), waiverLimit: money(drawn.waiverLimit) },
      payout: { payout: money(drawn.payout), waiverUsed: money(drawn.waiverUsed), mode: drawn.mode }
    }
  })
