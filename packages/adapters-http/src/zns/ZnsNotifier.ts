/**
 * Telling affiliates about their commission over Zalo: one template message to
 * the phone number of each.
 *
 * The service knows no idempotency key, and a person is told at most once: a
 * message is posted a second time only when the service refused the access
 * token of the first, and an attempt without an answer is `Unknown`.
 *
 * Its access token comes from a refresh token that can be used once. The first
 * one is in the options; each pair after it is kept in the token store before
 * it is used. A renewal that has begun is not interrupted.
 *
 * @since 0.1.0
 */
import type { CommissionNotice } from "@reckoner/core"
import {
  type AffiliateMessage,
  AffiliateNotifier,
  type StoreError,
  type TokenPair,
  TokenStore
} from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Wire from "./wire.ts"
import * as ZaloCall from "./ZaloCall.ts"

/**
 * How the service is called.
 *
 * - `baseUrl`, `oauthUrl`: the addresses of the service and of its token service.
 * - `appId`, `secretKey`: the application at Zalo.
 * - `templateId`: the approved template, with the parameters `affiliate_name`, `order_code`, `invoice_code` and `amount`.
 * - `refreshToken`: where to begin while no pair is kept, and where to go on when the kept one is refused.
 * - `timeoutMs`: how long one call may take.
 * - `mode`: in `development` only the administrators of the account are sent anything.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly baseUrl?: string | undefined
  readonly oauthUrl?: string | undefined
  readonly appId: string
  readonly secretKey: Redacted.Redacted
  readonly templateId: string
  readonly refreshToken: Option.Option<Redacted.Redacted>
  readonly timeoutMs?: number | undefined
  readonly mode?: "development" | undefined
}

/**
 * The address of the service unless the options say otherwise.
 *
 * @category constants
 * @since 0.1.0
 */
export const BASE_URL = "https://business.openapi.zalo.me"

/**
 * The address of the token service unless the options say otherwise.
 *
 * @category constants
 * @since 0.1.0
 */
export const OAUTH_URL = "https://oauth.zaloapp.com"

/**
 * How long one call may take unless the options say otherwise.
 *
 * @category constants
 * @since 0.1.0
 */
export const TIMEOUT_MS = 10_000

/**
 * So long before it expires an access token is renewed.
 *
 * @category constants
 * @since 0.1.0
 */
export const RENEWAL_MARGIN_MS = 300_000

/**
 * The account under which the token store keeps the pair of an application.
 *
 * @category queries
 * @since 0.1.0
 */
export const accountOf = (appId: string): string => `zalo ${appId}`

/** There is no access token: the attempt ended before anything was sent. */
class NoToken extends /* @__PURE__ */ Data.TaggedError("NoToken")<{ readonly attempt: CommissionNotice.Attempt }> {}

const noToken = (isRetryable: boolean, reason: string) =>
  new NoToken({ attempt: { _tag: isRetryable ? "TryLater" : "NeedsOperator", reason } })

const ofStore = ({ isRetryable, message }: StoreError) => noToken(isRetryable, `no access token: ${message}`)

const isFresh = ({ expiresAt }: TokenPair, now: number): boolean => expiresAt - RENEWAL_MARGIN_MS > now

const isSame = (one: Redacted.Redacted, other: Redacted.Redacted): boolean =>
  Redacted.value(one) === Redacted.value(other)

const ofBrokenPost = ({ when, why }: ZaloCall.CallBroken): Wire.Verdict => {
  switch (when) {
    case "NotSent":
      return { _tag: "TryLater", reason: `the Zalo service cannot be reached (${why})` }
    case "NotMade":
      return { _tag: "NeedsOperator", reason: `the Zalo service was not asked: the request cannot be made, ${why}` }
    case "NoAnswer":
      return { _tag: "Unknown", reason: `the Zalo service did not answer (${why}): it may have sent the message` }
  }
}

const ofBrokenRenewal = ({ when, why }: ZaloCall.CallBroken): NoToken =>
  when === "NotMade"
    ? noToken(false, `the Zalo token service was not asked: the request cannot be made, ${why}`)
    : noToken(true, `the Zalo token service did not answer (${why})`)

/** What a service says may quote what it was sent. */
const hiding = (body: string, ...secrets: ReadonlyArray<Redacted.Redacted>): string =>
  secrets
    .map((secret) => Redacted.value(secret))
    .filter((secret) => secret !== "")
    .reduce((hidden, secret) => hidden.replaceAll(secret, "<redacted>"), body)

const without = (url: string): string => url.replace(/\/+$/, "")

const makeTokens = (options: Options, client: HttpClient.HttpClient, store: TokenStore["Service"]) => {
  const { appId, oauthUrl = OAUTH_URL, secretKey, timeoutMs = TIMEOUT_MS } = options
  const account = accountOf(appId)

  const refresh = Effect.fnUntraced(function* (refreshToken: Redacted.Redacted) {
    const askedAt = yield* Clock.currentTimeMillis
    const request = HttpClientRequest.post(`${without(oauthUrl)}/v4/oa/access_token`).pipe(
      HttpClientRequest.setHeader("secret_key", Redacted.value(secretKey)),
      HttpClientRequest.bodyUrlParams(Wire.tokenFormOf(appId, refreshToken))
    )
    const answer = yield* Effect.mapError(ZaloCall.make(client, request, timeoutMs), ofBrokenRenewal)
    const renewal = Wire.readTokenAnswer(answer.status, answer.body, askedAt)
    if (renewal._tag === "Renewed") return renewal
    return Wire.readTokenAnswer(answer.status, hiding(answer.body, secretKey, refreshToken), askedAt)
  })

  /** The kept refresh token, and the one of the options where that is another. */
  const refreshTokens = (kept: Option.Option<TokenPair>): ReadonlyArray<Redacted.Redacted> => {
    const [ours, given] = [Option.toArray(kept).map((pair) => pair.refreshToken), Option.toArray(options.refreshToken)]
    return [...ours, ...given.filter((token) => !ours.some((one) => isSame(one, token)))]
  }

  const renewed = Effect.fnUntraced(function* (kept: Option.Option<TokenPair>) {
    let refusal = "the Zalo service has no refresh token yet: set one"
    for (const refreshToken of refreshTokens(kept)) {
      const renewal = yield* refresh(refreshToken)
      if (renewal._tag === "Renewed") return renewal.pair
      if (renewal._tag === "Failed") return yield* noToken(true, renewal.reason)
      refusal = renewal.reason
    }
    return yield* noToken(false, refusal)
  })

  const isUsable = (pair: TokenPair, refused: Redacted.Redacted | undefined, now: number): boolean =>
    isFresh(pair, now) && (refused === undefined || !isSame(pair.accessToken, refused))

  /** Somebody else may have renewed meanwhile: the pair of then decides. */
  const renew = (refused: Redacted.Redacted | undefined) =>
    store.renew(account, (kept) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Option.isSome(kept) && isUsable(kept.value, refused, now) ? Effect.succeed(kept.value) : renewed(kept)
      )
    )

  return {
    /** A token that is good, and not the one that was refused. */
    accessToken: (refused?: Redacted.Redacted): Effect.Effect<Redacted.Redacted, NoToken> =>
      Effect.gen(function* () {
        const kept = yield* store.current(account)
        const now = yield* Clock.currentTimeMillis
        if (Option.isSome(kept) && isUsable(kept.value, refused, now)) return kept.value.accessToken
        return (yield* renew(refused)).accessToken
      }).pipe(Effect.catchTag("StoreError", (error) => Effect.fail(ofStore(error))))
  }
}

const make = (options: Options) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const tokens = makeTokens(options, client, yield* TokenStore)
    const { baseUrl = BASE_URL, mode, templateId, timeoutMs = TIMEOUT_MS } = options

    const post = (message: AffiliateMessage, phone: string, token: Redacted.Redacted): Effect.Effect<Wire.Verdict> => {
      const request = HttpClientRequest.post(`${without(baseUrl)}/message/template`).pipe(
        HttpClientRequest.setHeader("access_token", Redacted.value(token)),
        HttpClientRequest.bodyJsonUnsafe(Wire.requestOf(message, { phone, templateId, mode }))
      )
      return Effect.match(ZaloCall.make(client, request, timeoutMs), {
        onFailure: ofBrokenPost,
        onSuccess: ({ body, status }) => Wire.readAnswer(status, hiding(body, token))
      })
    }

    const attempt = Effect.fnUntraced(function* (message: AffiliateMessage, phone: string) {
      const token = yield* tokens.accessToken()
      const first = yield* post(message, phone, token)
      if (first._tag !== "TokenRefused") return first
      const second = yield* post(message, phone, yield* tokens.accessToken(token))
      if (second._tag !== "TokenRefused") return second
      return { _tag: "NeedsOperator", reason: `${second.reason}, though it is new` } as const
    })

    return AffiliateNotifier.of({
      send: (message) => {
        const phone = Wire.phoneOf(message.phone)
        if (phone === undefined) {
          const reason = message.phone === undefined ? "no phone number" : "the phone number cannot be used"
          return Effect.succeed({ _tag: "Recipient", reason })
        }
        if (message.id.length > Wire.TRACKING_ID_LENGTH_MAX) {
          const reason = `the id of the message has more than ${Wire.TRACKING_ID_LENGTH_MAX} characters`
          return Effect.succeed({ _tag: "NeedsOperator", reason })
        }
        return attempt(message, phone).pipe(
          Effect.catchTag("NoToken", (error) => Effect.succeed(error.attempt)),
          Effect.withSpan("ZnsNotifier.send", { attributes: { "message.id": message.id } })
        )
      }
    })
  })

/**
 * The notifier at these addresses. Nothing is called before the first message.
 *
 * **Gotchas**
 *
 * The HTTP client must not repeat requests by itself.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<AffiliateNotifier, never, HttpClient.HttpClient | TokenStore> =>
  Layer.effect(AffiliateNotifier, make(options))
