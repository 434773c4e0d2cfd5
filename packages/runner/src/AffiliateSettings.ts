/**
 * The settings of the commissions of affiliates: in which zone their days are
 * cut, and who vouches for the people that approve them.
 *
 * @since 0.1.0
 */
import { BusinessZone } from "@reckoner/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { JSONWebKeySet, JWK } from "jose"
import { isHttpUrl, make, optional, type Setting, SettingRefused } from "./Setting.ts"

const ZONE = "Asia/Ho_Chi_Minh"
const NAME_CHARACTERS_MAX = 500

/** A key with one of these can sign, or is shared: it has no place in a set that only checks. */
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

const isPublicKey = (value: unknown): value is JWK => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const { kty } = value as JWK
  return (kty === "RSA" || kty === "EC" || kty === "OKP") && SECRET_MEMBERS.every((name) => !Object.hasOwn(value, name))
}

const keySet = (text: string): Option.Option<JSONWebKeySet> => {
  const value: unknown = Option.getOrUndefined(Option.liftThrowable(() => JSON.parse(text) as unknown)())
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "keys")) return Option.none()
  const { keys } = value as { readonly keys: unknown }
  return Array.isArray(keys) && keys.length > 0 && keys.every(isPublicKey) ? Option.some({ keys }) : Option.none()
}

/** Nothing of whoever asks may be in it: it is printed, and no server takes it. */
const isKeysUrl = (text: string): boolean => {
  if (!isHttpUrl(text)) return false
  const { hash, password, username } = new URL(text)
  return [hash, password, username].every((part) => part === "")
}

const isVisible = (text: string): boolean => /^[!-~]+$/.test(text) && text.length <= NAME_CHARACTERS_MAX

const visibleText = (text: string): Option.Option<string> => (isVisible(text) ? Option.some(text) : Option.none())

const VISIBLE = `up to ${NAME_CHARACTERS_MAX} visible ASCII characters`

/**
 * The settings, in the order in which they are listed.
 *
 * @category constants
 * @since 0.1.0
 */
export const settings = {
  affiliateZone: make<BusinessZone.BusinessZone>({
    name: "RECKONER_AFFILIATE_ZONE",
    description: "time zone of the affiliates: its midnights cut the days that lists are asked for",
    allowed: "the name of a time zone, like UTC or Asia/Ho_Chi_Minh",
    defaultText: ZONE,
    fallback: () => Result.getOrThrow(BusinessZone.parse(ZONE)),
    parse: (text) => Result.getSuccess(BusinessZone.parse(text))
  }),
  jwksUrl: optional<string>({
    name: "RECKONER_JWKS_URL",
    description: "where the issuer of people's tokens publishes its keys; without keys /affiliate/v1 is closed",
    allowed: "a URL like https://login.example.com/.well-known/jwks.json, without a name, a password or a fragment",
    defaultText: "none",
    parse: (text) => (isKeysUrl(text) ? Option.some(text) : Option.none())
  }),
  jwks: optional<JSONWebKeySet>({
    name: "RECKONER_JWKS",
    description: "the keys of the issuer of people's tokens themselves, in place of RECKONER_JWKS_URL",
    // It holds public keys alone. But what somebody puts there by mistake is a private one.
    isSecret: true,
    allowed: "a JSON Web Key Set with public keys alone, of the types RSA, EC and OKP",
    defaultText: "none",
    parse: keySet
  }),
  jwtIssuer: optional<string>({
    name: "RECKONER_JWT_ISSUER",
    description: "who must have issued people's tokens: their claim iss",
    allowed: VISIBLE,
    defaultText: "none; it is needed with keys",
    parse: visibleText
  }),
  jwtAudience: optional<string>({
    name: "RECKONER_JWT_AUDIENCE",
    description: "who people's tokens must be for: their claim aud, or one of it",
    allowed: VISIBLE,
    defaultText: "none; it is needed with keys",
    parse: visibleText
  }),
  jwtRolesClaim: make<string>({
    name: "RECKONER_JWT_ROLES_CLAIM",
    description:
      "claim of people's tokens that holds their roles, a list or a text with blanks between them: reader, approver, " +
      "approver-revoked",
    allowed: VISIBLE,
    defaultText: "roles",
    fallback: () => "roles",
    parse: visibleText
  })
}

/**
 * Their values.
 *
 * @category models
 * @since 0.1.0
 */
export type Values = {
  readonly [Key in keyof typeof settings]: (typeof settings)[Key] extends Setting<infer A> ? A : never
}

/**
 * Checks what no setting can tell alone.
 *
 * **Errors**
 *
 * - `SettingRefused`: the keys are given twice.
 * - `SettingRefused`: keys without an issuer or an audience: a token of any other service would be good here.
 *
 * @category decisions
 * @since 0.1.0
 */
export const checkTogether = ({
  jwks,
  jwksUrl,
  jwtAudience,
  jwtIssuer
}: Pick<Values, "jwks" | "jwksUrl" | "jwtAudience" | "jwtIssuer">): Effect.Effect<void, SettingRefused> => {
  const refused = (allowed: string) =>
    Effect.fail(
      Option.match(jwksUrl, {
        onNone: () => new SettingRefused({ name: settings.jwks.name, value: undefined, allowed }),
        onSome: (value) => new SettingRefused({ name: settings.jwksUrl.name, value, allowed })
      })
    )
  if (Option.isNone(jwks) && Option.isNone(jwksUrl)) return Effect.void
  if (Option.isSome(jwks) && Option.isSome(jwksUrl)) return refused(`set without ${settings.jwks.name}`)
  const missing = [
    { value: jwtIssuer, name: settings.jwtIssuer.name },
    { value: jwtAudience, name: settings.jwtAudience.name }
  ].find(({ value }) => Option.isNone(value))
  return missing === undefined ? Effect.void : refused(`set together with ${missing.name}`)
}
