/**
 * What the suites of the user service's client share.
 *
 * @since 0.1.0
 */
import type { Referral } from "@reckoner/core"
import { ReferralDirectory, type ReferralDirectoryError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import * as GrpcReferralDirectory from "../referral-directory/GrpcReferralDirectory.ts"
import type { AffiliatorRow, Answers } from "../referral-directory/StandIn.ts"

/**
 * A row of which the ids follow from the member's.
 *
 * @category constructors
 * @since 0.1.0
 */
export const rowOf = (memberId: bigint): AffiliatorRow => ({
  memberId,
  affiliatorId: memberId + 1_000_000n,
  referralId: memberId + 2_000_000n,
  userReferralId: memberId + 3_000_000n
})

/**
 * The same row as the port gives it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const referralOf = (memberId: bigint): Referral.Referral => ({
  memberId: `${memberId}`,
  affiliateId: `${memberId + 1_000_000n}`,
  referralId: `${memberId + 2_000_000n}`,
  memberReferralId: `${memberId + 3_000_000n}`
})

/**
 * Everybody is referred.
 *
 * @category constructors
 * @since 0.1.0
 */
export const everybody: Answers = async (memberIds) => memberIds.map(rowOf)

/**
 * Member ids from 1 on.
 *
 * @category constructors
 * @since 0.1.0
 */
export const members = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `${index + 1}`)

/**
 * Asks for the referrals of these members with a layer of its own. Pauses
 * between attempts are short.
 *
 * @category commands
 * @since 0.1.0
 */
export const lookUp = (
  options: GrpcReferralDirectory.Options,
  memberIds: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Referral.Referral>, ReferralDirectoryError> =>
  Effect.flatMap(ReferralDirectory, (directory) => directory.referralsOf(memberIds)).pipe(
    Effect.provide(GrpcReferralDirectory.layer({ backoffMs: 1, ...options }))
  )

/**
 * How a look-up failed.
 *
 * @category queries
 * @since 0.1.0
 */
export const failure = (
  options: GrpcReferralDirectory.Options,
  memberIds: ReadonlyArray<string> = ["1"]
): Promise<ReferralDirectoryError> => Effect.runPromise(Effect.flip(lookUp(options, memberIds)))

/**
 * An HTTP/2 server that does what it likes with each request.
 *
 * @category models
 * @since 0.1.0
 */
export interface RawServer {
  readonly url: string
  readonly requests: () => number
  readonly close: () => Promise<void>
}

/**
 * Starts one. Its own troubles are no concern of the test.
 *
 * @category constructors
 * @since 0.1.0
 */
export const startRaw = async (onStream: (stream: http2.ServerHttp2Stream) => void): Promise<RawServer> => {
  const server = http2.createServer()
  const sessions = new Set<http2.ServerHttp2Session>()
  let requests = 0
  server.on("session", (session) => sessions.add(session.on("error", () => {})))
  server.on("stream", (stream) => {
    requests += 1
    stream.on("error", () => {})
    onStream(stream)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const session of sessions) session.destroy()
      })
  }
}
