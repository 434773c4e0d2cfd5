import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { referralsOfOne } from "./Referral.arbitrary.ts"
import * as laws from "./Referral.laws.ts"
import * as Referral from "./Referral.ts"

const referral = (referralId: string, memberReferralId: string, affiliateId: string): Referral.Referral => ({
  memberId: "7",
  affiliateId,
  referralId,
  memberReferralId
})

describe("Referral", () => {
  describe("isMember", () => {
    it.each([
      [undefined, false],
      ["0", false],
      ["-1", false],
      ["-9223372036854775808", false],
      ["1", true],
      ["9", true],
      ["10", true],
      ["9223372036854775807", true]
    ])("%s: %s", (memberId, expected) => {
      expect(Referral.isMember(memberId)).toBe(expected)
    })
  })

  describe("choose", () => {
    it("chooses nobody where nobody referred the member", () => {
      expect(Referral.choose([])).toBe(undefined)
    })

    it("chooses the only one, and names no others", () => {
      const only = referral("5", "6", "90")
      expect(Referral.choose([only])).toStrictEqual({ referral: only, others: [] })
    })

    // Columns: what is special, referrals as [referralId, memberReferralId, affiliateId], chosen affiliate, the others in order.
    it.each([
      [
        "the lower referral",
        [
          ["12", "1", "90"],
          ["11", "2", "91"]
        ],
        "91",
        ["90"]
      ],
      [
        "the lower referral as a number, not as text",
        [
          ["10", "1", "90"],
          ["9", "1", "91"]
        ],
        "91",
        ["90"]
      ],
      [
        "of one referral the lower link",
        [
          ["5", "8", "90"],
          ["5", "7", "91"]
        ],
        "91",
        ["90"]
      ],
      [
        "of one referral the lower link as a number",
        [
          ["5", "10", "90"],
          ["5", "9", "91"]
        ],
        "91",
        ["90"]
      ],
      [
        "the referral before the link",
        [
          ["5", "9", "90"],
          ["6", "1", "91"]
        ],
        "90",
        ["91"]
      ],
      [
        "keys beyond a double",
        [
          ["9007199254740993", "1", "90"],
          ["9007199254740992", "1", "91"]
        ],
        "91",
        ["90"]
      ],
      [
        "with equal keys the lower affiliate, as a number",
        [
          ["5", "7", "100"],
          ["5", "7", "90"]
        ],
        "90",
        ["100"]
      ],
      [
        "of three the lowest",
        [
          ["3", "1", "92"],
          ["1", "1", "90"],
          ["2", "1", "91"]
        ],
        "90",
        ["91", "92"]
      ],
      [
        "the same referral given twice as one",
        [
          ["5", "7", "90"],
          ["5", "7", "90"]
        ],
        "90",
        []
      ],
      [
        "a repeated one among others once",
        [
          ["6", "1", "91"],
          ["5", "7", "90"],
          ["6", "1", "91"]
        ],
        "90",
        ["91"]
      ],
      [
        "two links to one affiliate, both reported",
        [
          ["5", "7", "90"],
          ["5", "8", "90"]
        ],
        "90",
        ["90"]
      ]
    ] as const)("chooses %s", (_, rows, affiliate, others) => {
      const chosen = Referral.choose(rows.map(([of, link, to]) => referral(of, link, to)))
      expect([chosen?.referral.affiliateId, chosen?.others.map(({ affiliateId }) => affiliateId)]).toStrictEqual([
        affiliate,
        others
      ])
    })

    it("leaves what it is given as it is", () => {
      const given = [referral("2", "1", "91"), referral("1", "1", "90")]
      Referral.choose(given)
      expect(given).toStrictEqual([referral("2", "1", "91"), referral("1", "1", "90")])
    })
  })

  describe("laws", () => {
    it("choiceIgnoresOrder: the choice does not depend on the order of the referrals", () => {
      fc.assert(fc.property(referralsOfOne, laws.choiceIgnoresOrder))
    })
    it("choiceIsLowest: no other referral has a lower key than the one that counts", () => {
      fc.assert(fc.property(referralsOfOne, laws.choiceIsLowest))
    })
  })
})
