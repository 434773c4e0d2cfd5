/**
 * The referral directory of the user service, over gRPC.
 *
 * @since 0.1.0
 */
import { type Client, createClient } from "@connectrpc/connect"
import type { Referral } from "@reckoner/core"
import { ReferralDirectory, ReferralDirectoryError } from "@reckoner/core/ports"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import * as CallFailure from "./CallFailure.ts"
import { AffiliateService } from "./gen/everpro/user/v1/affiliate_service_pb.ts"
import * as GrpcSession from "./GrpcSession.ts"
import * as Wire from "./wire.ts"

export type { ClientTls } from "./GrpcSession.ts"

/**
 * Wraps each single call, its repetitions included: a rate limiter waits for
 * its turn here, and the deadline of the call begins after that. Failures of
 * the wrapper itself are given as errors of the port; they are not repeated.
 *
 * @category models
 * @since 0.1.0
 */
export type AroundCall = <A>(call: Effect.Effect<A, ReferralDirectoryError>) => Effect.Effect<A, ReferralDirectoryError>

/**
 * How the service is called.
 *
 * - `url`: `http://host:port` for plain HTTP/2, `https://host:port` for TLS.
 * - `deadlineMs`: how long one call may take; the service is told.
 * - `attemptsMax`: how often one call is made in all while the service cannot
 *   be reached or is too slow.
 * - `backoffMs`: the pause after the first attempt, doubled after each further one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends GrpcSession.Address {
  readonly deadlineMs?: number | undefined
  readonly attemptsMax?: number | undefined
  readonly backoffMs?: number | undefined
  readonly aroundCall?: AroundCall | undefined
}

/**
 * The most members of one call; the service refuses more.
 *
 * @category constants
 * @since 0.1.0
 */
export const MEMBERS_PER_CALL_MAX = 1_000

/**
 * The most calls that one layer has in flight.
 *
 * @category constants
 * @since 0.1.0
 */
export const CALLS_AT_ONCE_MAX = 4

/**
 * The deadline of a call unless the options say otherwise.
 *
 * @category constants
 * @since 0.1.0
 */
export const DEADLINE_MS = 5_000

/**
 * The attempts of a call unless the options say otherwise.
 *
 * @category constants
 * @since 0.1.0
 */
export const ATTEMPTS_MAX = 4

/**
 * The first pause between attempts unless the options say otherwise.
 *
 * @category constants
 * @since 0.1.0
 */
export const BACKOFF_MS = 100

const BACKOFF_MS_MAX = 5_000

/** Pauses differ from process to process, so that they do not all come back at the same moment. */
const pauses = (backoffMs: number) =>
  Schedule.jittered(Schedule.min([Schedule.exponential(backoffMs), Schedule.spaced(BACKOFF_MS_MAX)]))

const callOnce = (client: Client<typeof AffiliateService>, callee: CallFailure.Callee, memberIds: Array<bigint>) =>
  Effect.tryPromise({
    try: (signal) => client.getAffiliatorsByMemberIds({ memberIds }, { signal, timeoutMs: callee.deadlineMs }),
    catch: (thrown) => CallFailure.fromThrown(callee, thrown)
  }).pipe(
    Effect.flatMap((answer) =>
      Result.match(Wire.readAnswer(memberIds, answer), {
        onFailure: (why) => Effect.fail(CallFailure.invalidAnswer(callee.host, why)),
        onSuccess: (referrals) => Effect.succeed(referrals)
      })
    )
  )

const notAsked = (host: string, why: string) =>
  new ReferralDirectoryError({
    reason: "Refused",
    message: `${why}: the user service at ${host} was not asked; correct the data`,
    isRetryable: false
  })

const make = Effect.fnUntraced(function* (options: Options) {
  const { aroundCall = (call) => call, attemptsMax = ATTEMPTS_MAX, backoffMs = BACKOFF_MS } = options
  const { deadlineMs = DEADLINE_MS } = options
  const { host, transport } = yield* GrpcSession.open(options, deadlineMs)
  const client = createClient(AffiliateService, transport)
  const inFlight = yield* Semaphore.make(CALLS_AT_ONCE_MAX)

  const lookUp = (memberIds: Array<bigint>) =>
    aroundCall(callOnce(client, { host, deadlineMs }, memberIds)).pipe(
      (call) => inFlight.withPermit(call),
      Effect.retry({ while: CallFailure.isTriedAgain, times: attemptsMax - 1, schedule: pauses(backoffMs) })
    )

  const referralsOf = Effect.fnUntraced(function* (memberIds: ReadonlyArray<Referral.MemberId>) {
    const asked = Wire.parseMemberIds(memberIds)
    if (Result.isFailure(asked)) return yield* notAsked(host, asked.failure)
    const chunks = Arr.chunksOf(asked.success, MEMBERS_PER_CALL_MAX)
    return (yield* Effect.forEach(chunks, lookUp, { concurrency: CALLS_AT_ONCE_MAX })).flat()
  })
  return ReferralDirectory.of({ referralsOf })
})

/**
 * The directory at an address. The layer fails with `Refused` when the address
 * or the TLS settings cannot be used; it is built without calling the service.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<ReferralDirectory, ReferralDirectoryError> =>
  Layer.effect(ReferralDirectory, make(options))
