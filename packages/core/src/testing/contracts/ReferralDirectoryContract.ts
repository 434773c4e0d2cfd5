/**
 * What every `ReferralDirectory` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { afterEach, describe, expect, it } from "vitest"
import { ReferralDirectory } from "../../ports/ReferralDirectory.ts"
import type * as Referral from "../../referral-commission/Referral.ts"

/**
 * A directory of given referrals. `asked` gives every member whom the source of
 * the referrals was asked for, over all requests, as often as it was asked.
 *
 * @category models
 * @since 0.1.0
 */
export interface DirectorySetup {
  readonly layer: Layer.Layer<ReferralDirectory, unknown>
  readonly asked: () => ReadonlyArray<Referral.MemberId>
  readonly close: () => Promise<void>
}

const MANY_MEMBERS = 2_500
const INT64_MAX = "9223372036854775807"

const referral = (memberId: string, referralId = memberId, memberReferralId = memberId): Referral.Referral => ({
  memberId,
  affiliateId: "90",
  referralId,
  memberReferralId
})

const KEYS = ["memberId", "affiliateId", "referralId", "memberReferralId"] as const

const sorted = (referrals: ReadonlyArray<Referral.Referral>) =>
  referrals.map((one) => KEYS.map((key) => one[key]).join(" ")).toSorted()

/**
 * The suite of the directory. `setup` is called in each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const referralDirectoryContract = (
  name: string,
  setup: (referrals: ReadonlyArray<Referral.Referral>) => Promise<DirectorySetup>
): void => {
  describe(`${name} as ReferralDirectory`, () => {
    const opened: Array<DirectorySetup> = []
    const open = async (referrals: ReadonlyArray<Referral.Referral>) => {
      const directory = await setup(referrals)
      opened.push(directory)
      return directory
    }
    afterEach(async () => {
      for (const directory of opened.splice(0)) await directory.close()
    })
    const referralsOf = ({ layer }: DirectorySetup, memberIds: ReadonlyArray<string>) =>
      Effect.flatMap(ReferralDirectory, (directory) => directory.referralsOf(memberIds)).pipe(Effect.provide(layer))

    it("gives nothing for no members, and asks nobody", async () => {
      const directory = await open([referral("1")])
      expect(await Effect.runPromise(referralsOf(directory, []))).toStrictEqual([])
      expect(directory.asked()).toStrictEqual([])
    })

    it("gives the referrals of these members, and none for a member whom nobody referred", async () => {
      const directory = await open([referral("1"), referral("2"), referral("3")])
      const found = await Effect.runPromise(referralsOf(directory, ["3", "4", "1"]))
      expect(sorted(found)).toStrictEqual(sorted([referral("1"), referral("3")]))
    })

    it("passes on every referral of a member", async () => {
      const several = [referral("1", "12", "1"), referral("1", "9", "2"), referral("1", "9", "1")]
      const found = await Effect.runPromise(referralsOf(await open([...several, referral("2")]), ["1"]))
      expect(sorted(found)).toStrictEqual(sorted(several))
    })

    it("asks for each member once, however often it is given", async () => {
      const directory = await open([referral("1"), referral("2")])
      const found = await Effect.runPromise(referralsOf(directory, ["1", "2", "1", "2", "1"]))
      expect(sorted(found)).toStrictEqual(sorted([referral("1"), referral("2")]))
      expect(directory.asked().toSorted()).toStrictEqual(["1", "2"])
    })

    it("finds many members, each asked for once", async () => {
      const members = Array.from({ length: MANY_MEMBERS }, (_, index) => `${index + 1}`)
      const referrals = members.filter((_, index) => index % 3 !== 0).map((memberId) => referral(memberId))
      const directory = await open(referrals)
      const found = await Effect.runPromise(referralsOf(directory, [...members, ...members.toReversed()]))
      expect(sorted(found)).toStrictEqual(sorted(referrals))
      expect(directory.asked().toSorted()).toStrictEqual(members.toSorted())
    })

    it("keeps ids exact, however large", async () => {
      const [member, neighbour] = ["9007199254740993", "9007199254740992"]
      const exact = { ...referral(member, INT64_MAX, "9223372036854775806"), affiliateId: "9007199254740995" }
      const directory = await open([exact, referral(neighbour), referral(INT64_MAX)])
      const found = await Effect.runPromise(referralsOf(directory, [member, INT64_MAX]))
      expect(sorted(found)).toStrictEqual(sorted([exact, referral(INT64_MAX)]))
    })

    it.each(["", "abc", "1.0", "1e3", " 7", "7\n", "+7", "007", "0x10", "0", "-1", "9223372036854775808", "٧"])(
      "fails with Refused when a member id is %j, and asks nobody",
      async (memberId) => {
        const directory = await open([referral("7")])
        const error = await Effect.runPromise(Effect.flip(referralsOf(directory, ["7", memberId])))
        expect(error).toMatchObject({ _tag: "ReferralDirectoryError", reason: "Refused", isRetryable: false })
        expect((error as Error).message).toContain(JSON.stringify(memberId))
        expect(directory.asked()).toStrictEqual([])
      }
    )
  })
}
