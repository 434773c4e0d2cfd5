/**
 * Who referred which member, as the user service knows it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Referral from "../referral-commission/Referral.ts"

/**
 * Why the directory did not answer.
 *
 * - `Unreachable`: nothing answers there, or it says that it cannot serve now.
 * - `TooSlow`: the answer did not come before the deadline.
 * - `Refused`: it does not accept the request; asking again will not help.
 * - `InvalidAnswer`: what came back is no answer to what was asked.
 *
 * @category models
 * @since 0.1.0
 */
export type ReferralDirectoryReason = "Unreachable" | "TooSlow" | "Refused" | "InvalidAnswer"

/**
 * The directory failed. `message` is one line for a person: who was asked, what
 * came back and what to do. `isRetryable` says whether the same call may
 * succeed later without anybody changing anything.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReferralDirectoryError
  extends /* @__PURE__ */ Data.TaggedError("ReferralDirectoryError")<{
    readonly reason: ReferralDirectoryReason
    readonly message: string
    readonly isRetryable: boolean
    readonly cause?: unknown
  }> {}

/**
 * Looks up referrals.
 *
 * - `referralsOf` gives every referral of these members, in any order: none for
 *   a member whom nobody referred, several where the data is wrong. Members may
 *   be many and may repeat; the directory is asked for each once.
 *
 * @category ports
 * @since 0.1.0
 */
export class ReferralDirectory extends Context.Service<
  ReferralDirectory,
  {
    readonly referralsOf: (
      memberIds: ReadonlyArray<Referral.MemberId>
    ) => Effect.Effect<ReadonlyArray<Referral.Referral>, ReferralDirectoryError>
  }
>()("@reckoner/core/ports/ReferralDirectory") {}
