/**
 * The messages of the user service ↔ the domain. The only file of the adapter
 * that knows the other side's names.
 *
 * @since 0.1.0
 */
import type { Referral } from "@reckoner/core"
import * as Result from "effect/Result"
import type { GetAffiliatorsByMemberIdsResponse } from "./gen/everpro/user/v1/affiliate_service_pb.ts"

/** An int64 above 0, written in the one way in which it is given back. */
const POSITIVE = /^[1-9]\d{0,18}$/
const INT64_MAX = 2n ** 63n - 1n

const SHOWN_CHARACTERS_MAX = 40

const shown = (text: string): string =>
  JSON.stringify(text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text)

const parseId = (memberId: string): bigint | undefined => {
  const id = POSITIVE.test(memberId) ? BigInt(memberId) : undefined
  return id !== undefined && id <= INT64_MAX ? id : undefined
}

/**
 * Members as the service knows them, each once. Fails with a sentence that
 * names the first that cannot be one: the service would be asked for another
 * member, or would answer for one by another name.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseMemberIds = (
  memberIds: ReadonlyArray<Referral.MemberId>
): Result.Result<ReadonlyArray<bigint>, string> => {
  const ids: Array<bigint> = []
  for (const memberId of new Set(memberIds)) {
    const id = parseId(memberId)
    if (id === undefined) return Result.fail(`member id ${shown(memberId)} is no whole number from 1 to ${INT64_MAX}`)
    ids.push(id)
  }
  return Result.succeed(ids)
}

/**
 * Referrals from the answer to these members. Fails with a sentence that says
 * why it is no answer to what was asked.
 *
 * @category conversions
 * @since 0.1.0
 */
export const readAnswer = (
  asked: ReadonlyArray<bigint>,
  { affiliators }: GetAffiliatorsByMemberIdsResponse
): Result.Result<ReadonlyArray<Referral.Referral>, string> => {
  const members = new Set(asked)
  const referrals: Array<Referral.Referral> = []
  for (const { affiliatorId, memberId, referralId, userReferralId } of affiliators) {
    if (!members.has(memberId)) return Result.fail(`it holds member ${memberId}, who was not asked for`)
    if (affiliatorId <= 0n || referralId <= 0n || userReferralId <= 0n) {
      const [name, id] = Object.entries({ affiliatorId, referralId, userReferralId }).find(([, each]) => each <= 0n)!
      return Result.fail(`member ${memberId} has the ${name} ${id}, which is not above 0`)
    }
    referrals.push({
      memberId: `${memberId}`,
      affiliateId: `${affiliatorId}`,
      referralId: `${referralId}`,
      memberReferralId: `${userReferralId}`
    })
  }
  return Result.succeed(referrals)
}
