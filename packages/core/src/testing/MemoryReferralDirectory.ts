/**
 * A directory of referrals that lie in memory, for tests.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ReferralDirectory, ReferralDirectoryError } from "../ports/ReferralDirectory.ts"
import type * as Referral from "../referral-commission/Referral.ts"

/**
 * A directory with what it was asked: the members of each request, each once.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryReferralDirectory {
  readonly layer: Layer.Layer<ReferralDirectory>
  readonly asked: () => ReadonlyArray<ReadonlyArray<Referral.MemberId>>
}

const POSITIVE = /^[1-9]\d{0,18}$/
const INT64_MAX = 2n ** 63n - 1n

const isMemberId = (memberId: string): boolean => POSITIVE.test(memberId) && BigInt(memberId) <= INT64_MAX

const refused = (memberId: string): ReferralDirectoryError =>
  new ReferralDirectoryError({
    reason: "Refused",
    message: `member id ${JSON.stringify(memberId)} is no whole number from 1 to ${INT64_MAX}`,
    isRetryable: false
  })

/**
 * Makes a directory of these referrals.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (referrals: ReadonlyArray<Referral.Referral>): MemoryReferralDirectory => {
  const byMember = new Map<Referral.MemberId, Array<Referral.Referral>>()
  for (const referral of referrals) {
    byMember.set(referral.memberId, [...(byMember.get(referral.memberId) ?? []), referral])
  }
  const asked: Array<ReadonlyArray<Referral.MemberId>> = []
  return {
    layer: Layer.succeed(
      ReferralDirectory,
      ReferralDirectory.of({
        referralsOf: (memberIds) =>
          Effect.suspend(() => {
            const distinct = [...new Set(memberIds)]
            const bad = distinct.find((memberId) => !isMemberId(memberId))
            if (bad !== undefined) return Effect.fail(refused(bad))
            if (distinct.length > 0) asked.push(distinct)
            return Effect.succeed(distinct.flatMap((memberId) => byMember.get(memberId) ?? []))
          })
      })
    ),
    asked: () => asked
  }
}
