/**
 * Laws of `Referral`, as plain predicates. All referrals are of one member.
 *
 * @since 0.1.0
 */
import * as Referral from "./Referral.ts"

const text = ({ affiliateId, memberId, memberReferralId, referralId }: Referral.Referral): string =>
  [memberId, affiliateId, referralId, memberReferralId].join("|")

const choiceText = (referrals: ReadonlyArray<Referral.Referral>): string => {
  const choice = Referral.choose(referrals)
  return choice === undefined ? "nobody" : [choice.referral, ...choice.others].map(text).join(" ")
}

/** Reversed, turned round by one, or with every referral given twice, the same is chosen, with the same others. */
export const choiceIgnoresOrder = (referrals: ReadonlyArray<Referral.Referral>): boolean => {
  const chosen = choiceText(referrals)
  return [
    referrals.toReversed(),
    [...referrals.slice(1), ...referrals.slice(0, 1)],
    [...referrals, ...referrals]
  ].every((again) => choiceText(again) === chosen)
}

/** The one that counts is given, and none has a lower `referralId`, or with the same one a lower `memberReferralId`. */
export const choiceIsLowest = (referrals: ReadonlyArray<Referral.Referral>): boolean => {
  const chosen = Referral.choose(referrals)?.referral
  if (chosen === undefined) return referrals.length === 0
  return (
    referrals.includes(chosen) &&
    referrals.every((other) => {
      const difference = BigInt(other.referralId) - BigInt(chosen.referralId)
      return difference > 0n || (difference === 0n && BigInt(other.memberReferralId) >= BigInt(chosen.memberReferralId))
    })
  )
}
