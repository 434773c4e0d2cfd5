/**
 * Who acts, by the bearer token that somebody else vouches for: a JWT, signed
 * with a key of its issuer.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose"
import type * as AffiliateSettings from "../AffiliateSettings.ts"
import * as Actor from "../commission-approval/Actor.ts"

/**
 * How far the clock of the issuer may be from ours, in seconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const CLOCK_TOLERANCE_SECONDS = 5

/**
 * The longest name of an actor, in characters.
 *
 * @category constants
 * @since 0.1.0
 */
export const ACTOR_CHARACTERS_MAX = 200

/** How long keys are taken to be those of the issuer. */
const KEYS_FRESH_MS = 600_000
/** How long after a fetch another unknown key fetches them again. */
const KEYS_COOLDOWN_MS = 30_000
const KEYS_TIMEOUT_MS = 5_000

/** Asymmetric ones alone: with a shared secret whoever checks could also sign. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]

/**
 * The token is none that counts here. The message is a sentence that helps
 * whoever sent it.
 *
 * @category errors
 * @since 0.1.0
 */
export class TokenRefused extends Data.TaggedError("TokenRefused")<{ readonly message: string }> {}

/**
 * The keys of the issuer cannot be had, so nothing can be said about a token.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeysUnavailable extends Data.TaggedError("KeysUnavailable")<{ readonly cause: unknown }> {}

/**
 * Finds out who sent a token.
 *
 * @category models
 * @since 0.1.0
 */
export type Verify = (token: string) => Effect.Effect<Actor.Actor, TokenRefused | KeysUnavailable>

/**
 * Who acts in the request that is being answered.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentActor = Context.Reference<Actor.Actor | undefined>("@reckoner/runner/api/CurrentActor", {
  defaultValue: () => undefined
})

const NAME = new RegExp(`^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}]{1,${ACTOR_CHARACTERS_MAX}}$`, "u")

const isName = (text: unknown): text is string => typeof text === "string" && NAME.test(text)

/**
 * The roles that a claim tells, as a list or as a text with blanks between
 * them. Those of other services are left out.
 *
 * @category decoding
 * @since 0.1.0
 */
export const rolesOf = (payload: Readonly<Record<string, unknown>>, claim: string): ReadonlySet<Actor.Role> => {
  const told: unknown = Object.hasOwn(payload, claim) ? payload[claim] : undefined
  const names: ReadonlyArray<unknown> = typeof told === "string" ? told.split(" ") : Array.isArray(told) ? told : []
  return new Set(Actor.ROLES.filter((role) => names.includes(role)))
}

const actorOf = (payload: JWTPayload, rolesClaim: string): Effect.Effect<Actor.Actor, TokenRefused> =>
  isName(payload.sub)
    ? Effect.succeed({ id: payload.sub, roles: rolesOf(payload, rolesClaim) })
    : Effect.fail(
        new TokenRefused({ message: `The token's sub must be 1 to ${ACTOR_CHARACTERS_MAX} visible characters.` })
      )

const CLAIM_MESSAGES: Readonly<Record<string, string>> = {
  iss: "The token is from another issuer.",
  aud: "The token is for another audience.",
  nbf: "The token is not valid yet."
}

const claimMessage = ({ claim, reason }: errors.JWTClaimValidationFailed): string =>
  reason === "missing"
    ? `The token has no ${claim}.`
    : (CLAIM_MESSAGES[claim] ?? `The claim ${claim} of the token cannot be used.`)

const MESSAGES: Readonly<Record<string, string>> = {
  [errors.JWTExpired.code]: "The token has expired.",
  [errors.JWKSNoMatchingKey.code]: "The token is signed with a key that is not known here.",
  [errors.JWKSMultipleMatchingKeys.code]: "The token does not say with which key it is signed: it has no kid.",
  [errors.JWSSignatureVerificationFailed.code]: "The signature of the token is wrong.",
  [errors.JOSEAlgNotAllowed.code]: `The token must be signed with one of ${ALGORITHMS.join(", ")}.`,
  [errors.JOSENotSupported.code]: "The token is signed in a way that is not known here.",
  [errors.JWSInvalid.code]: "The token is no signed JWT.",
  [errors.JWTInvalid.code]: "The token is no signed JWT."
}

const refusal = (cause: unknown): TokenRefused | KeysUnavailable => {
  if (!(cause instanceof errors.JOSEError)) return new KeysUnavailable({ cause })
  const message = cause instanceof errors.JWTClaimValidationFailed ? claimMessage(cause) : MESSAGES[cause.code]
  return message === undefined ? new KeysUnavailable({ cause }) : new TokenRefused({ message })
}

/**
 * What tokens are checked against.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly keys: JWTVerifyGetKey
  readonly issuer: string
  readonly audience: string
  readonly rolesClaim: string
}

/**
 * Checks tokens: their signature, who they are from and for, and that they
 * count now.
 *
 * **Errors**
 *
 * - `TokenRefused`: the token is none that counts here.
 * - `KeysUnavailable`: the keys of the issuer cannot be had.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make =
  ({ audience, issuer, keys, rolesClaim }: Options): Verify =>
  (token) =>
    Effect.gen(function* () {
      const currentDate = new Date(yield* Clock.currentTimeMillis)
      const { payload } = yield* Effect.tryPromise({
        try: () =>
          jwtVerify(token, keys, {
            algorithms: ALGORITHMS,
            audience,
            issuer,
            requiredClaims: ["exp", "sub"],
            clockTolerance: CLOCK_TOLERANCE_SECONDS,
            currentDate
          }),
        catch: refusal
      })
      return yield* actorOf(payload, rolesClaim)
    })

/**
 * The keys of an issuer who publishes them. They are fetched when a token
 * needs them, kept for a while, and fetched again for a key that is not among
 * them, so that an issuer may change its keys at any time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keysAt = (url: string, cooldownMs = KEYS_COOLDOWN_MS): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(url), {
    cacheMaxAge: KEYS_FRESH_MS,
    cooldownDuration: cooldownMs,
    timeoutDuration: KEYS_TIMEOUT_MS
  })

/**
 * Checks tokens by the settings; nothing, where they name no keys.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromSettings = (
  values: Pick<AffiliateSettings.Values, "jwks" | "jwksUrl" | "jwtAudience" | "jwtIssuer" | "jwtRolesClaim">
): Option.Option<Verify> =>
  Option.gen(function* () {
    const issuer = yield* values.jwtIssuer
    const audience = yield* values.jwtAudience
    const keys = yield* Option.orElse(
      Option.map(values.jwks, (set): JWTVerifyGetKey => createLocalJWKSet(set)),
      () => Option.map(values.jwksUrl, (url) => keysAt(url))
    )
    return make({ keys, issuer, audience, rolesClaim: values.jwtRolesClaim })
  })
