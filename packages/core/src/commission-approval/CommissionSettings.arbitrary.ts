/**
 * Generators for the settings of commissions. Wallets and levels without a
 * level discount are drawn on purpose.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import { rate, rounding } from "./Commission.arbitrary.ts"
import * as Commission from "./Commission.ts"
import type * as CommissionSettings from "./CommissionSettings.ts"

/** The wallets that orders have; the settings do not know the last one. */
export const walletKind: fc.Arbitrary<CommissionSettings.WalletKind> = fc.constantFrom("cash", "points", "voucher")

/** The levels that affiliates have. */
export const affiliateLevel: fc.Arbitrary<CommissionSettings.AffiliateLevel> = fc.constantFrom("silver", "gold")

const levels = fc
  .record({ silver: rate, gold: rate }, { requiredKeys: ["silver"] })
  .map((byLevel) => new Map(Object.entries(byLevel)))

const levelDiscounts = fc.record({ cash: levels, points: levels }).map((byWallet) => new Map(Object.entries(byWallet)))

/** Settings that round as the rules say. */
export const settings: fc.Arbitrary<CommissionSettings.CommissionSettings> = fc.record({
  levelDiscounts,
  rounding: fc.constant(Commission.ROUNDING_MODE)
})

/** Settings that round in any mode. */
export const settingsOfAnyRounding: fc.Arbitrary<CommissionSettings.CommissionSettings> = fc.record({
  levelDiscounts,
  rounding
})
