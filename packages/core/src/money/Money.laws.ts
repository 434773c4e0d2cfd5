/**
 * Laws of `Money`, as plain predicates. Unless a law says otherwise, all its
 * amounts are of one currency.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Money from "./Money.ts"

const plus = (self: Money.Money, that: Money.Money): Money.Money => Result.getOrThrow(Money.add(self, that))

const order = (self: Money.Money, that: Money.Money): number => Result.getOrThrow(Money.compare(self, that))

/** How the amounts of a sum are grouped does not matter. */
export const addAssociates = (a: Money.Money, b: Money.Money, c: Money.Money): boolean =>
  Money.equals(plus(plus(a, b), c), plus(a, plus(b, c)))

/** Nor does their order. */
export const addCommutes = (a: Money.Money, b: Money.Money): boolean => Money.equals(plus(a, b), plus(b, a))

/** Adding zero changes nothing. */
export const zeroIsNeutral = (a: Money.Money): boolean => Money.equals(plus(a, Money.zero(a.currency)), a)

/** An amount and its negation add up to zero. */
export const negateIsInverse = (a: Money.Money): boolean => Money.isZero(plus(a, Money.negate(a)))

/** Taking away what was added leaves the amount as it was. */
export const subtractUndoesAdd = (a: Money.Money, b: Money.Money): boolean =>
  Money.equals(Result.getOrThrow(Money.subtract(plus(a, b), b)), a)

/** The sum of three amounts is what adding them one by one gives. */
export const sumIsRepeatedAdd = (a: Money.Money, b: Money.Money, c: Money.Money): boolean =>
  Money.equals(Result.getOrThrow(Money.sum(a.currency, [a, b, c])), plus(plus(a, b), c))

/** The order is reflexive, antisymmetric, transitive and total, and says "equal" exactly when `equals` does. */
export const compareIsTotalOrder = (a: Money.Money, b: Money.Money, c: Money.Money): boolean =>
  order(a, a) === 0 &&
  order(a, b) + order(b, a) === 0 &&
  (order(a, b) === 0) === Money.equals(a, b) &&
  (order(a, b) > 0 || order(b, c) > 0 || order(a, c) <= 0)

/** Amounts of different currencies never combine, and the error names both currencies. */
export const differentCurrenciesRefuse = (a: Money.Money, b: Money.Money): boolean => {
  const results: ReadonlyArray<Result.Result<unknown, Money.CurrencyMismatch>> = [
    Money.add(a, b),
    Money.subtract(a, b),
    Money.compare(a, b),
    Money.sum(a.currency, [a, b])
  ]
  return results.every(
    (result) =>
      Result.isFailure(result) && result.failure.expected === a.currency && result.failure.actual === b.currency
  )
}

/** Text written by `format` is read back as the same amount. */
export const parseFormatRoundTrip = (a: Money.Money): boolean =>
  Money.equals(Result.getOrThrow(Money.parse(Money.format(a), a.currency)), a)
