/**
 * A commission that can be worked out again: the amount, with the base, the
 * rate and the rounding that give it.
 *
 * **Laws**
 *
 * - `replayable`: the basis of an amount gives that amount again.
 * - `withinHalfAMinorUnit`: rounded by {@link ROUNDING_MODE}, it lies within half a minor unit of the exact percentage,
 *   and exactly half way it lies farther from zero.
 * - `monotone`: a higher rate never gives less of a base that is not negative.
 * - `effectiveRateOfUniform`: the effective rate of an exact percentage is that percentage, unless its base is zero.
 *
 * Stated in `Commission.laws.ts`, checked in `Commission.test.ts`.
 *
 * @since 0.1.0
 */
import * as Money from "../money/Money.ts"
import * as Rate from "../money/Rate.ts"
import * as Rounding from "../money/Rounding.ts"

/**
 * How an item's percentage becomes whole minor units: to the nearest, a half
 * away from zero.
 *
 * @category constants
 * @since 0.1.0
 */
export const ROUNDING_MODE: Rounding.RoundingMode = "halfExpand"

/**
 * What a commission is worked out from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Basis {
  readonly base: Money.Money
  readonly rate: Rate.Rate
  readonly rounding: Rounding.RoundingMode
}

/**
 * An amount of money, with what it was worked out from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Commission extends Money.Money {
  readonly basis: Basis
}

/**
 * The commission of one item: the rate of its base, rounded once to a whole
 * minor unit.
 *
 * **Source**: "Percent change" of the commission approvals.
 *
 * **Example** (12.5 % of 99,999 dong)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Commission, Currency, Money, Rate } from "@reckoner/core"
 *
 * const vnd = Result.getOrThrow(Currency.parse("VND"))
 * const commission = Commission.amount({
 *   base: Money.make(99_999n, vnd),
 *   rate: Result.getOrThrow(Rate.parsePercent("12.5")),
 *   rounding: Commission.ROUNDING_MODE
 * })
 *
 * Money.format(commission) // => "12500"
 * Rate.formatPercent(commission.basis.rate) // => "12.5"
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const amount = (basis: Basis): Commission => ({
  ...Rate.apply(basis.rate, basis.base, basis.rounding),
  basis
})

/**
 * A commission of a fixed amount for each piece sold.
 *
 * **Units**
 *
 * `quantity` is a whole number of pieces.
 *
 * **Example** (Three pieces at 5.00)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Commission, Currency, Money } from "@reckoner/core"
 *
 * const usd = Result.getOrThrow(Currency.parse("USD"))
 *
 * Money.format(Commission.flat({ perPiece: Money.make(500n, usd), quantity: 3n })) // => "15.00"
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const flat = ({
  perPiece,
  quantity
}: {
  readonly perPiece: Money.Money
  readonly quantity: bigint
}): Money.Money => Money.make(perPiece.minor * quantity, perPiece.currency)

/**
 * What percentage of its base a commission is, to four decimals. Nothing of no
 * base is 0 %.
 *
 * **Gotchas**
 *
 * Rounding a commission to whole minor units moves it: 10 % of 333 dong is 33,
 * and that is 9.9099 %. Where all items have one rate, that rate is told, not
 * this one.
 *
 * **Source**: "Percent change" of the commission approvals.
 *
 * @category queries
 * @since 0.1.0
 */
export const effectiveRate = ({
  base,
  commission
}: {
  readonly base: Money.Money
  readonly commission: Money.Money
}): Rate.Rate =>
  base.minor === 0n
    ? Rate.zero
    : Rate.fromPpm(
        base.minor > 0n
          ? Rounding.divide(commission.minor * Rate.whole, base.minor, ROUNDING_MODE)
          : Rounding.divide(-commission.minor * Rate.whole, -base.minor, ROUNDING_MODE)
      )
