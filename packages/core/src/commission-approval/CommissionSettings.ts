/**
 * What the business sets about commissions: the level discount, the percentage
 * that an affiliate of a level gets in a kind of wallet. It is read afresh for
 * every action.
 *
 * @since 0.1.0
 */
import type * as Rate from "../money/Rate.ts"
import type * as Rounding from "../money/Rounding.ts"

/**
 * Which wallet a commission is credited to, by the name that the settings give it.
 *
 * @category models
 * @since 0.1.0
 */
export type WalletKind = string

/**
 * The level of an affiliate, by the name that the settings give it.
 *
 * @category models
 * @since 0.1.0
 */
export type AffiliateLevel = string

/**
 * The settings as they are now.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionSettings {
  readonly levelDiscounts: ReadonlyMap<WalletKind, ReadonlyMap<AffiliateLevel, Rate.Rate>>
  readonly rounding: Rounding.RoundingMode
}

/**
 * The settings that an action used. They stay with what it changed.
 *
 * @category models
 * @since 0.1.0
 */
export interface SettingsUsed {
  readonly walletKind: WalletKind
  readonly affiliateLevel: AffiliateLevel
  /** The settings have none for some wallets and levels. */
  readonly levelDiscount: Rate.Rate | undefined
  readonly rounding: Rounding.RoundingMode
}

/**
 * The settings that count for one wallet and level.
 *
 * @category queries
 * @since 0.1.0
 */
export const used = (
  self: CommissionSettings,
  { affiliateLevel, walletKind }: { readonly walletKind: WalletKind; readonly affiliateLevel: AffiliateLevel }
): SettingsUsed => ({
  walletKind,
  affiliateLevel,
  levelDiscount: self.levelDiscounts.get(walletKind)?.get(affiliateLevel),
  rounding: self.rounding
})
