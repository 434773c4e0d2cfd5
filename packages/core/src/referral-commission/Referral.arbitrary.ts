/**
 * Generators for `Referral`. Equal keys, keys that order differently as text
 * and as numbers, and keys beyond a double are drawn on purpose.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import * as Referral from "./Referral.ts"

/** The key of a row: often one of few, so that equal ones are common. */
const key: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("1", "2", "9", "10", "11", "100"),
  fc.constantFrom("9007199254740992", "9007199254740993", "9223372036854775807")
)

/** A member of a handful. */
export const memberId: fc.Arbitrary<Referral.MemberId> = fc.constantFrom("7", "8", "9", "10", "9007199254740993")

/** An affiliate of a handful, none of whom is one of the members. */
export const affiliateId: fc.Arbitrary<Referral.AffiliateId> = fc.constantFrom("90", "91", "100", "9007199254740994")

/** Up to five referrals of one member; `referralId` says who the affiliate is, mostly. */
export const referralsOfOne: fc.Arbitrary<ReadonlyArray<Referral.Referral>> = memberId.chain((member) =>
  fc.array(fc.record({ memberId: fc.constant(member), affiliateId, referralId: key, memberReferralId: key }), {
    maxLength: 5
  })
)

/** The choice among the referrals of one member; `undefined` where nobody referred them. */
export const choice: fc.Arbitrary<Referral.Choice | undefined> = referralsOfOne.map(Referral.choose)

/** Who referred which of the members: nobody, one, and now and then several. */
export const choices: fc.Arbitrary<ReadonlyMap<Referral.MemberId, Referral.Choice>> = fc
  .array(referralsOfOne, { maxLength: 6 })
  .map((all) => {
    const byMember = new Map<Referral.MemberId, Referral.Choice>()
    for (const referrals of all) {
      const chosen = Referral.choose(referrals)
      if (chosen !== undefined) byMember.set(chosen.referral.memberId, chosen)
    }
    return byMember
  })
