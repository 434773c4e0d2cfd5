/**
 * Who referred a member, and which of several referrals counts.
 *
 * **Laws**
 *
 * - `choiceIgnoresOrder`: the choice does not depend on the order of the referrals.
 * - `choiceIsLowest`: no other referral has a lower key than the one that counts.
 *
 * Stated in `Referral.laws.ts`, checked in `Referral.test.ts`.
 *
 * @since 0.1.0
 */

/** The least digit; a number below 0 begins with a sign, which comes before all of them. */
const DIGIT_ZERO = 48

const NO_OTHERS: ReadonlyArray<Referral> = []

/**
 * The key of a member: a whole number as decimal text.
 *
 * @category models
 * @since 0.1.0
 */
export type MemberId = string

/**
 * The key of an affiliate, who is a user too: a whole number as decimal text.
 *
 * @category models
 * @since 0.1.0
 */
export type AffiliateId = string

/**
 * One referral of a member. `referralId` and `memberReferralId` are whole
 * numbers as decimal text; they decide which of several referrals counts.
 *
 * @category models
 * @since 0.1.0
 */
export interface Referral {
  readonly memberId: MemberId
  readonly affiliateId: AffiliateId
  readonly referralId: string
  readonly memberReferralId: string
}

/**
 * The referral that counts, with the others of the same member, which must not
 * be there.
 *
 * @category models
 * @since 0.1.0
 */
export interface Choice {
  readonly referral: Referral
  readonly others: ReadonlyArray<Referral>
}

/**
 * Says whether a source's number is the key of a member: there is one, and it is
 * above 0. The user service knows no others, and refuses to be asked for them.
 *
 * **Example** (What stands in an order that no member has made)
 *
 * ```ts doctest
 * import { Referral } from "@reckoner/core"
 *
 * Referral.isMember("7") // => true
 * Referral.isMember("0") // => false
 * Referral.isMember(undefined) // => false
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const isMember = (memberId: MemberId | undefined): memberId is MemberId =>
  memberId !== undefined && memberId.charCodeAt(0) >= DIGIT_ZERO && memberId !== "0"

const compareIds = (one: string, other: string): number => {
  const difference = BigInt(one) - BigInt(other)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const compare = (one: Referral, other: Referral): number =>
  compareIds(one.referralId, other.referralId) ||
  compareIds(one.memberReferralId, other.memberReferralId) ||
  compareIds(one.affiliateId, other.affiliateId)

/**
 * Chooses among the referrals of one member: the lowest `referralId` counts,
 * then the lowest `memberReferralId`. The same referral given twice is one.
 *
 * **Source**: rule 4 of the referral commissions.
 *
 * **Example** (A member with two affiliates)
 *
 * ```ts doctest
 * import { Referral } from "@reckoner/core"
 *
 * const choice = Referral.choose([
 *   { memberId: "7", affiliateId: "90", referralId: "12", memberReferralId: "1" },
 *   { memberId: "7", affiliateId: "91", referralId: "9", memberReferralId: "2" }
 * ])
 *
 * choice?.referral.affiliateId // => "91"
 * choice?.others.length // => 1
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const choose = (referrals: ReadonlyArray<Referral>): Choice | undefined => {
  const [only] = referrals
  if (only === undefined) return undefined
  if (referrals.length === 1) return { referral: only, others: NO_OTHERS }
  const distinct = referrals
    .toSorted(compare)
    .filter((one, at, sorted) => at === 0 || compare(one, sorted[at - 1]!) !== 0)
  return { referral: distinct[0]!, others: distinct.slice(1) }
}
