import { describe, expect, it } from "vitest"
import * as Rate from "../money/Rate.ts"
import * as CommissionSettings from "./CommissionSettings.ts"

const tenPercent = Rate.fromPpm(100_000n)

const settings: CommissionSettings.CommissionSettings = {
  levelDiscounts: new Map([
    ["cash", new Map([["gold", tenPercent]])],
    ["points", new Map([["gold", Rate.zero]])]
  ]),
  rounding: "halfEven"
}

describe("CommissionSettings", () => {
  describe("used", () => {
    it.each([
      ["a wallet and level that are set", "cash", "gold", tenPercent],
      ["a level discount of zero, which is one", "points", "gold", Rate.zero],
      ["a level that is not set", "cash", "silver", undefined],
      ["a wallet that is not set", "voucher", "gold", undefined]
    ])("finds %s", (_, walletKind, affiliateLevel, levelDiscount) => {
      expect(CommissionSettings.used(settings, { walletKind, affiliateLevel })).toStrictEqual({
        walletKind,
        affiliateLevel,
        levelDiscount,
        rounding: "halfEven"
      })
    })
  })
})
