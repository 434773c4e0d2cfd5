import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import * as AffiliateSettings from "./AffiliateSettings.ts"
import * as Config from "./Config.ts"

const { jwks, jwksUrl, jwtAudience, jwtIssuer } = AffiliateSettings.settings

const load = (env: Record<string, string>) =>
  Config.load.pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })))

const refusal = (env: Record<string, string>) => Effect.runSync(Effect.flip(load(env)))

const KEY = { kty: "EC", crv: "P-256", x: "x", y: "y" }
const BOUND = { RECKONER_JWT_ISSUER: "https://login.example.com", RECKONER_JWT_AUDIENCE: "reckoner" }
const URL = "https://login.example.com/.well-known/jwks.json"

describe("AffiliateSettings", () => {
  it("reads the keys of an issuer, or where they are", () => {
    const byUrl = Effect.runSync(load({ RECKONER_JWKS_URL: URL, ...BOUND }))
    expect([byUrl.jwksUrl, byUrl.jwks]).toStrictEqual([Option.some(URL), Option.none()])
    const inline = Effect.runSync(load({ RECKONER_JWKS: JSON.stringify({ keys: [KEY], other: 1 }), ...BOUND }))
    expect([inline.jwksUrl, inline.jwks]).toStrictEqual([Option.none(), Option.some({ keys: [KEY] })])
  })

  it.each([
    "secret",
    "{}",
    "[]",
    "null",
    '{"keys":{}}',
    '{"keys":[]}',
    '{"keys":["secret"]}',
    JSON.stringify({ keys: [KEY, { kty: "oct", k: "secret" }] }),
    JSON.stringify({ keys: [{ ...KEY, d: "secret" }] }),
    JSON.stringify({ keys: [{ kty: "RSA", n: "n", e: "AQAB", p: "secret" }] }),
    JSON.stringify({ keys: [{ ...KEY, kty: "secret" }] })
  ])("takes public keys alone, and never repeats what it was given: %s", (text) => {
    const refused = refusal({ RECKONER_JWKS: text, ...BOUND })
    expect([refused.name, refused.value]).toStrictEqual(["RECKONER_JWKS", undefined])
    expect(refused.message).not.toContain("secret")
  })

  it.each([
    "login.example.com",
    "ftp://login.example.com",
    "file:///jwks.json",
    "https://a@b/jwks",
    "https://a/jwks#x"
  ])("takes URLs of HTTP servers alone: %s", (url) => {
    expect(refusal({ RECKONER_JWKS_URL: url, ...BOUND }).name).toBe("RECKONER_JWKS_URL")
  })

  it("never prints a password that was put into the URL", () => {
    expect(refusal({ RECKONER_JWKS_URL: "https://user:secret@host/", ...BOUND }).message).not.toContain("secret")
  })

  it("refuses keys that are given twice", () => {
    expect(refusal({ RECKONER_JWKS_URL: URL, RECKONER_JWKS: JSON.stringify({ keys: [KEY] }), ...BOUND })).toStrictEqual(
      new Config.SettingRefused({ name: jwksUrl.name, value: URL, allowed: `set without ${jwks.name}` })
    )
  })

  it.each([jwtIssuer.name, jwtAudience.name])("refuses keys without %s, for any token would be good here", (name) => {
    const bound = Object.fromEntries(Object.entries(BOUND).filter(([key]) => key !== name))
    const allowed = `set together with ${name}`
    expect(refusal({ RECKONER_JWKS_URL: URL, ...bound })).toStrictEqual(
      new Config.SettingRefused({ name: jwksUrl.name, value: URL, allowed })
    )
    expect(refusal({ RECKONER_JWKS: JSON.stringify({ keys: [KEY] }), ...bound })).toStrictEqual(
      new Config.SettingRefused({ name: jwks.name, value: undefined, allowed })
    )
  })

  it.each([
    ["RECKONER_JWT_ISSUER", "a b"],
    ["RECKONER_JWT_AUDIENCE", "x".repeat(501)],
    ["RECKONER_JWT_ROLES_CLAIM", "é"],
    ["RECKONER_AFFILIATE_ZONE", "Hanoi"]
  ])("refuses %s as %j", (name, value) => {
    expect(refusal({ [name]: value })).toMatchObject({ name, value })
  })
})
