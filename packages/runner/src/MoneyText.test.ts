import { commissionAmount } from "@reckoner/core/testing/contracts"
import { describe, expect, it } from "vitest"
import * as MoneyText from "./MoneyText.ts"

describe("MoneyText", () => {
  it.each([
    ["12500", "VND", "12500 VND"],
    ["-0.5", "USD", "-0.50 USD"]
  ])("writes %s %s as %j", (text, currency, written) => {
    expect(MoneyText.amount(commissionAmount(text, currency))).toBe(written)
  })
})
