/**
 * The request to credit wallets with the commission of an invoice, and what
 * part of it each beneficiary gets. A wallet counts it once it is released.
 *
 * **Laws**
 *
 * - `sharesSumToAmount`: the shares add up to the amount.
 * - `restGoesToFirst`: every share but the first is its exact part, rounded towards zero.
 * - `weightsStay`: a new amount changes no weight and no beneficiary.
 *
 * Stated in `WalletCredit.laws.ts`, checked in `WalletCredit.test.ts`.
 *
 * @since 0.1.0
 */
import * as Money from "../money/Money.ts"

/**
 * How far a request has come: a wallet counts only what has succeeded.
 *
 * @category models
 * @since 0.1.0
 */
export type CreditStatus = "pending" | "success" | "failed"

/**
 * Every status.
 *
 * @category constants
 * @since 0.1.0
 */
export const STATUSES: ReadonlyArray<CreditStatus> = ["pending", "success", "failed"]

/**
 * One beneficiary's part. `weight` is above 0 and relative to the other weights
 * of its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface CreditShare {
  readonly userId: string
  readonly weight: bigint
  readonly amount: Money.Money
}

/**
 * A request, with its beneficiaries in a fixed order.
 *
 * @category models
 * @since 0.1.0
 */
export interface CreditRequest {
  readonly id: string
  readonly status: CreditStatus
  readonly amount: Money.Money
  readonly shares: ReadonlyArray<CreditShare>
}

/**
 * The request over another amount, shared out anew by the weights: each part is
 * rounded towards zero, and the first beneficiary gets the rest.
 *
 * **Source**: "Percent change" of the commission approvals.
 *
 * **Example** (A hundred and one dong for three)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Currency, Money, WalletCredit } from "@reckoner/core"
 *
 * const vnd = Result.getOrThrow(Currency.parse("VND"))
 * const share = (userId: string) => ({ userId, weight: 1n, amount: Money.zero(vnd) })
 * const request = { id: "1", status: "pending" as const, amount: Money.zero(vnd), shares: ["7", "8", "9"].map(share) }
 *
 * const shared = WalletCredit.withAmount(request, Money.make(101n, vnd))
 * shared.shares.map(({ amount }) => Money.format(amount)) // => ["35", "33", "33"]
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const withAmount = (self: CreditRequest, amount: Money.Money): CreditRequest => {
  const weights = self.shares.reduce((sum, { weight }) => sum + weight, 0n)
  const parts = self.shares.map(({ weight }) => (weights === 0n ? 0n : (amount.minor * weight) / weights))
  const rest = amount.minor - parts.reduce((sum, part) => sum + part, 0n)
  return {
    ...self,
    amount,
    shares: self.shares.map((share, at) => ({
      ...share,
      amount: Money.make(parts[at]! + (at === 0 ? rest : 0n), amount.currency)
    }))
  }
}

/**
 * Says whether two requests are over the same amounts for the same people.
 *
 * @category queries
 * @since 0.1.0
 */
export const hasSameAmounts = (self: CreditRequest, that: CreditRequest): boolean =>
  Money.equals(self.amount, that.amount) &&
  self.shares.length === that.shares.length &&
  self.shares.every(({ amount }, at) => Money.equals(amount, that.shares[at]!.amount))
