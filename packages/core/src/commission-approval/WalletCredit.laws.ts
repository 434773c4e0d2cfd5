/**
 * Laws of `WalletCredit`, as plain predicates about a request that has a
 * beneficiary.
 *
 * @since 0.1.0
 */
import * as Money from "../money/Money.ts"
import * as WalletCredit from "./WalletCredit.ts"

const totalOf = (values: ReadonlyArray<bigint>): bigint => values.reduce((sum, value) => sum + value, 0n)

/** Nothing of the amount is lost, and nothing is added. */
export const sharesSumToAmount = (request: WalletCredit.CreditRequest, amount: Money.Money): boolean => {
  const changed = WalletCredit.withAmount(request, amount)
  const sum = totalOf(changed.shares.map((share) => share.amount.minor))
  return Money.equals(changed.amount, amount) && sum === amount.minor
}

/** Who is not first gets the exact part without its fraction of a minor unit. */
export const restGoesToFirst = (request: WalletCredit.CreditRequest, amount: Money.Money): boolean => {
  const { shares } = WalletCredit.withAmount(request, amount)
  const weights = totalOf(shares.map(({ weight }) => weight))
  const distance = (share: WalletCredit.CreditShare) => amount.minor * share.weight - share.amount.minor * weights
  return shares.slice(1).every((share) => {
    const lost = distance(share)
    // What is lost has the sign of the amount, and is less than a minor unit.
    return amount.minor >= 0n ? lost >= 0n && lost < weights : lost <= 0n && -lost < weights
  })
}

/** Only amounts are new. */
export const weightsStay = (request: WalletCredit.CreditRequest, amount: Money.Money): boolean => {
  const changed = WalletCredit.withAmount(request, amount)
  return (
    changed.id === request.id &&
    changed.status === request.status &&
    changed.shares.length === request.shares.length &&
    changed.shares.every(({ userId, weight }, at) => {
      const before = request.shares[at]
      return before?.userId === userId && before.weight === weight
    })
  )
}
