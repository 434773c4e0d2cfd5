import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Currency from "../money/Currency.ts"
import * as Money from "../money/Money.ts"
import { requestWithAmount } from "./WalletCredit.arbitrary.ts"
import * as laws from "./WalletCredit.laws.ts"
import * as WalletCredit from "./WalletCredit.ts"

const vnd = Result.getOrThrow(Currency.parse("VND"))
const usd = Result.getOrThrow(Currency.parse("USD"))

const request = (
  weights: ReadonlyArray<bigint>,
  amounts: ReadonlyArray<bigint> = weights.map(() => 0n),
  currency = vnd
): WalletCredit.CreditRequest => ({
  id: "R1",
  status: "pending",
  amount: Money.make(
    amounts.reduce((sum, amount) => sum + amount, 0n),
    currency
  ),
  shares: weights.map((weight, at) => ({ userId: `user ${at}`, weight, amount: Money.make(amounts[at]!, currency) }))
})

describe("WalletCredit", () => {
  it("knows three statuses", () => {
    expect(WalletCredit.STATUSES).toStrictEqual(["pending", "success", "failed"])
  })

  describe("withAmount", () => {
    // Columns: what is special, weights, amount, shares.
    it.each([
      ["one beneficiary gets everything", [7n], 101n, [101n]],
      ["the rest goes to the first", [1n, 1n, 1n], 101n, [35n, 33n, 33n]],
      ["by weight", [1n, 3n], 100n, [25n, 75n]],
      ["by weight, with a rest", [1n, 3n], 101n, [26n, 75n]],
      ["less than one for each: all of it to the first", [1n, 1n, 1n], 2n, [2n, 0n, 0n]],
      ["nothing", [1n, 2n], 0n, [0n, 0n]],
      ["an amount below zero, towards zero too", [1n, 1n, 1n], -101n, [-35n, -33n, -33n]],
      ["weights that are all zero: all of it to the first", [0n, 0n], 5n, [5n, 0n]],
      ["beyond a double", [1n, 1n], 2n ** 63n + 1n, [2n ** 62n + 1n, 2n ** 62n]]
    ])("%s", (_, weights, minor, expected) => {
      const shared = WalletCredit.withAmount(request(weights), Money.make(minor, vnd))
      expect(shared).toStrictEqual({ ...request(weights, expected), amount: Money.make(minor, vnd) })
    })

    it("shares nothing out where there is nobody", () => {
      const shared = WalletCredit.withAmount(request([]), Money.make(5n, vnd))
      expect(shared).toStrictEqual({ ...request([]), amount: Money.make(5n, vnd) })
    })

    it("leaves the status as it is", () => {
      const failed = { ...request([1n]), status: "failed" as const }
      expect(WalletCredit.withAmount(failed, Money.make(5n, vnd)).status).toBe("failed")
    })
  })

  describe("hasSameAmounts", () => {
    const of = request([1n, 1n], [3n, 2n])
    it.each([
      ["the same", of, true],
      ["another status", { ...of, status: "failed" as const }, true],
      ["another amount, the same shares", { ...of, amount: Money.make(6n, vnd) }, false],
      ["the same amount, other shares", request([1n, 1n], [2n, 3n]), false],
      ["a share more", { ...request([1n, 1n, 1n], [3n, 2n, 0n]) }, false],
      ["a share less", { ...request([1n], [3n]), amount: of.amount }, false],
      ["another currency", request([1n, 1n], [3n, 2n], usd), false]
    ])("%s", (_, other, expected) => {
      expect(WalletCredit.hasSameAmounts(of, other)).toBe(expected)
    })
  })

  describe("laws", () => {
    it("sharesSumToAmount: the shares add up to the amount", () => {
      fc.assert(fc.property(requestWithAmount, ([one, amount]) => laws.sharesSumToAmount(one, amount)))
    })
    it("restGoesToFirst: every share but the first is its exact part, rounded towards zero", () => {
      fc.assert(fc.property(requestWithAmount, ([one, amount]) => laws.restGoesToFirst(one, amount)))
    })
    it("weightsStay: a new amount changes no weight and no beneficiary", () => {
      fc.assert(fc.property(requestWithAmount, ([one, amount]) => laws.weightsStay(one, amount)))
    })
  })
})
