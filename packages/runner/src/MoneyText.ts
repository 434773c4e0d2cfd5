/**
 * Amounts as people read them.
 *
 * @since 0.1.0
 */
import { Money } from "@reckoner/core"

/**
 * An amount with its currency, like `12500 VND`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const amount = (money: Money.Money): string => `${Money.format(money)} ${money.currency}`
