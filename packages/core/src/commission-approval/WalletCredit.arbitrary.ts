/**
 * Generators for requests to credit wallets: one beneficiary or several, with
 * equal weights, very different ones, and weights that share nothing out evenly.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import * as Money from "../money/Money.ts"
import { baseMinor, currency } from "./Commission.arbitrary.ts"
import * as WalletCredit from "./WalletCredit.ts"

/** The weights of the beneficiaries of a request. */
export const weights: fc.Arbitrary<ReadonlyArray<bigint>> = fc.array(
  fc.oneof(fc.constantFrom(1n, 3n, 7n, 10n ** 18n), fc.bigInt({ min: 1n, max: 100n })),
  { minLength: 1, maxLength: 4 }
)

const amount = fc.tuple(baseMinor, currency).map(([minor, code]) => Money.make(minor, code))

/** A request, and another amount in its currency. */
export const requestWithAmount: fc.Arbitrary<readonly [WalletCredit.CreditRequest, Money.Money]> = fc
  .record({ amount, other: baseMinor, status: fc.constantFrom(...WalletCredit.STATUSES), weights })
  .map((draft) => {
    const zero = Money.zero(draft.amount.currency)
    const shares = draft.weights.map((weight, at) => ({ userId: `user ${at}`, weight, amount: zero }))
    const request = { id: "request", status: draft.status, amount: zero, shares }
    return [WalletCredit.withAmount(request, draft.amount), Money.make(draft.other, draft.amount.currency)]
  })
