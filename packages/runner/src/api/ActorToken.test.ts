import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { createLocalJWKSet, type JSONWebKeySet, SignJWT } from "jose"
import { createPublicKey } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { beforeAll, describe, expect, it } from "vitest"
import * as ActorToken from "./ActorToken.ts"
import { AUDIENCE, type Issuer, ISSUER, makeIssuer } from "./testing/actorTokens.ts"

let issuer: Issuer
beforeAll(async () => {
  issuer = await makeIssuer()
})

const verifier = (keySet: JSONWebKeySet = issuer.keySet, rolesClaim = "roles"): ActorToken.Verify =>
  ActorToken.make({ keys: createLocalJWKSet(keySet), issuer: ISSUER, audience: AUDIENCE, rolesClaim })

/** Who sent a token, or the name of the error with its message. */
const outcome = async (token: string, verify = verifier()) =>
  Result.match(await Effect.runPromise(Effect.result(verify(token))), {
    onSuccess: ({ id, roles }) => [id, ...roles],
    onFailure: (error) => (error._tag === "TokenRefused" ? error.message : error._tag)
  })

const seconds = () => Math.floor(Date.now() / 1000)

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

const ALGORITHMS = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519"

describe("ActorToken", () => {
  it("tells who sent a token, and what they may do", async () => {
    expect(await outcome(await issuer.token())).toStrictEqual(["mai@example.com", "approver"])
    expect(
      await outcome(await issuer.token({ sub: "auth0|Mai-Lê", roles: "openid reader approver-revoked" }))
    ).toStrictEqual(["auth0|Mai-Lê", "reader", "approver-revoked"])
    expect(await outcome(await issuer.token({ aud: ["other", AUDIENCE], roles: undefined }))).toStrictEqual([
      "mai@example.com"
    ])
  })

  it.each(["RS256", "PS256", "ES384", "EdDSA"])("takes %s", async (alg) => {
    const other = await makeIssuer("other", alg)
    expect(await outcome(await other.token(), verifier(other.keySet))).toStrictEqual(["mai@example.com", "approver"])
  })

  it.each([
    ["from another issuer", { iss: "https://evil.example.com" }, "The token is from another issuer."],
    ["from an issuer that begins alike", { iss: `${ISSUER}/` }, "The token is from another issuer."],
    ["from nobody", { iss: undefined }, "The token has no iss."],
    ["for another audience", { aud: "shop" }, "The token is for another audience."],
    ["for no audience among some", { aud: ["shop", `${AUDIENCE}2`] }, "The token is for another audience."],
    ["for nobody", { aud: undefined }, "The token has no aud."],
    ["without an end", { exp: undefined }, "The token has no exp."],
    ["with an end that is no time", { exp: "tomorrow" }, "The claim exp of the token cannot be used."],
    ["without a subject", { sub: undefined }, "The token has no sub."],
    ["with an empty subject", { sub: "" }, "The token's sub must be 1 to 200 visible characters."],
    ["with a subject of two lines", { sub: "mai\nroot" }, "The token's sub must be 1 to 200 visible characters."],
    ["with a blank subject", { sub: " " }, "The token's sub must be 1 to 200 visible characters."],
    ["with an invisible subject", { sub: "mai\u200b" }, "The token's sub must be 1 to 200 visible characters."],
    ["with a long subject", { sub: "x".repeat(201) }, "The token's sub must be 1 to 200 visible characters."],
    ["with a number for a subject", { sub: 7 }, "The token's sub must be 1 to 200 visible characters."]
  ])("refuses a token %s", async (_, claims, message) => {
    expect(await outcome(await issuer.token(claims))).toBe(message)
  })

  it("takes a subject of 200 characters", async () => {
    const sub = "🜁".repeat(200)
    expect(await outcome(await issuer.token({ sub, roles: [] }))).toStrictEqual([sub])
  })

  it("allows clocks to differ by seconds, and by no more", async () => {
    const tolerance = ActorToken.CLOCK_TOLERANCE_SECONDS
    expect(tolerance).toBeLessThanOrEqual(10)
    expect(await outcome(await issuer.token({ exp: seconds() - 1, roles: [] }))).toStrictEqual(["mai@example.com"])
    expect(await outcome(await issuer.token({ nbf: seconds() + 3, roles: [] }))).toStrictEqual(["mai@example.com"])
    expect(await outcome(await issuer.token({ exp: seconds() - tolerance - 2 }))).toBe("The token has expired.")
    expect(await outcome(await issuer.token({ nbf: seconds() + tolerance + 5 }))).toBe("The token is not valid yet.")
  })

  it("refuses tokens that nobody signed", async () => {
    const [header, payload, signature] = (await issuer.token()).split(".") as [string, string, string]
    const unsigned = base64({ alg: "none" })
    for (const token of [`${unsigned}.${payload}.`, `${unsigned}.${payload}.${signature}`]) {
      expect(await outcome(token)).toBe(`The token must be signed with one of ${ALGORITHMS}.`)
    }
    for (const token of [`${header}.${payload}.`, `${header}.${base64({ sub: "root", iss: ISSUER })}.${signature}`]) {
      expect(await outcome(token)).toBe("The signature of the token is wrong.")
    }
    for (const token of ["x", "a.b.c", `${header}.${payload}`, "....", `${header}.${payload}.${signature}.x.y`]) {
      expect(await outcome(token)).toBe("The token is no signed JWT.")
    }
  })

  it("refuses a token that is signed with the public key as a shared secret", async () => {
    const rsa = await makeIssuer("rsa", "RS256")
    const [jwk] = rsa.keySet.keys
    const secrets = [
      createPublicKey({ key: jwk!, format: "jwk" }).export({ type: "spki", format: "pem" }) as string,
      JSON.stringify(jwk),
      Buffer.from(jwk!.n!, "base64url").toString("latin1")
    ]
    for (const secret of secrets) {
      const forged = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: "root", exp: seconds() + 60 })
        .setProtectedHeader({ alg: "HS256", kid: "rsa" })
        .sign(new TextEncoder().encode(secret))
      expect(await outcome(forged, verifier(rsa.keySet))).toBe(`The token must be signed with one of ${ALGORITHMS}.`)
    }
  })

  it("refuses keys that are not those of the issuer, whatever they are called", async () => {
    const other = await makeIssuer("key-2")
    const namesake = await makeIssuer("key-1")
    expect(await outcome(await other.token())).toBe("The token is signed with a key that is not known here.")
    expect(await outcome(await namesake.token())).toBe("The signature of the token is wrong.")
    // A key that the token brings itself counts for nothing.
    const [jwk] = namesake.keySet.keys
    expect(await outcome(await namesake.token({}, { jwk: jwk! }))).toBe("The signature of the token is wrong.")
    expect(await outcome(await other.token({}, { jku: "https://evil.example.com" }))).toMatch(/not known here/)
  })

  it("asks which key it is where there are several", async () => {
    const other = await makeIssuer("key-2")
    const keySet = { keys: [...issuer.keySet.keys, ...other.keySet.keys] }
    const nameless = await issuer.token({}, { kid: undefined! })
    expect(await outcome(nameless)).toStrictEqual(["mai@example.com", "approver"])
    expect(await outcome(nameless, verifier(keySet))).toBe(
      "The token does not say with which key it is signed: it has no kid."
    )
    expect(await outcome(await other.token(), verifier(keySet))).toStrictEqual(["mai@example.com", "approver"])
  })

  it("refuses header extensions that it does not know", async () => {
    const [, payload, signature] = (await issuer.token()).split(".")
    const header = base64({ alg: "ES256", kid: "key-1", crit: ["b65"], b65: true })
    expect(await outcome(`${header}.${payload}.${signature}`)).toBe(
      "The token is signed in a way that is not known here."
    )
  })

  describe("rolesOf", () => {
    it.each([
      [["reader", "admin"], ["reader"]],
      [
        ["approver-revoked", "approver"],
        ["approver", "approver-revoked"]
      ],
      ["openid reader  approver", ["reader", "approver"]],
      ["reader,approver", []],
      ["Reader", []],
      [{ reader: true }, []],
      [[["reader"]], []],
      [7, []],
      [null, []]
    ])("reads %j", (roles, expected) => {
      expect([...ActorToken.rolesOf({ roles }, "roles")]).toStrictEqual(expected)
    })

    it("reads the claim of that name alone", () => {
      const claims = { scope: "reader", "https://reckoner/roles": ["approver"] }
      expect([...ActorToken.rolesOf(claims, "https://reckoner/roles")]).toStrictEqual(["approver"])
      for (const claim of ["roles", "constructor", "__proto__"]) {
        expect([...ActorToken.rolesOf(claims, claim)]).toStrictEqual([])
      }
    })
  })

  describe("keysAt", () => {
    /** A server that publishes keys, for as long as the work takes. */
    const publishing = async (
      publish: () => { readonly status: number; readonly body: string },
      work: (url: string, fetched: () => number) => Promise<void>
    ) => {
      let fetched = 0
      const server = createServer((_, response) => {
        fetched++
        const { body, status } = publish()
        response.writeHead(status, { "content-type": "application/json", location: "/elsewhere" }).end(body)
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      try {
        await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`, () => fetched)
      } finally {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    }

    const at = (url: string, cooldownMs?: number) =>
      ActorToken.make({
        keys: ActorToken.keysAt(url, cooldownMs),
        issuer: ISSUER,
        audience: AUDIENCE,
        rolesClaim: "roles"
      })

    it("fetches keys once, and again for one that is not among them", async () => {
      const next = await makeIssuer("key-2")
      let published = issuer.keySet
      await publishing(
        () => ({ status: 200, body: JSON.stringify(published) }),
        async (url, fetched) => {
          const verify = at(url, 0)
          for (let n = 0; n < 3; n++) expect(await outcome(await issuer.token(), verify)).toContain("approver")
          expect(fetched()).toBe(1)
          published = next.keySet
          expect(await outcome(await next.token(), verify)).toContain("approver")
          expect(fetched()).toBe(2)
          // What the issuer has taken back counts no more.
          expect(await outcome(await issuer.token(), verify)).toBe(
            "The token is signed with a key that is not known here."
          )
        }
      )
    })

    it("does not fetch for every token with an unknown key", async () => {
      const other = await makeIssuer("key-2")
      await publishing(
        () => ({ status: 200, body: JSON.stringify(issuer.keySet) }),
        async (url, fetched) => {
          const verify = at(url)
          for (let n = 0; n < 5; n++) {
            expect(await outcome(await other.token(), verify)).toBe(
              "The token is signed with a key that is not known here."
            )
          }
          expect(fetched()).toBe(1)
        }
      )
    })

    it.each([
      ["fails", { status: 500, body: "" }],
      ["sends us elsewhere", { status: 302, body: "" }],
      ["answers no JSON", { status: 200, body: "<html>" }],
      ["answers no keys", { status: 200, body: "{}" }]
    ])("says that keys cannot be had while their server %s", async (_, answer) => {
      await publishing(
        () => answer,
        async (url) => {
          expect(await outcome(await issuer.token(), at(url))).toBe("KeysUnavailable")
        }
      )
    })

    it("says so while nobody answers there, and of a token that is none says that", async () => {
      const verify = at("http://127.0.0.1:9/jwks.json")
      expect(await outcome(await issuer.token(), verify)).toBe("KeysUnavailable")
      expect(await outcome("x", verify)).toBe("The token is no signed JWT.")
    })
  })

  describe("fromSettings", () => {
    const SET = {
      jwks: Option.none<JSONWebKeySet>(),
      jwksUrl: Option.none<string>(),
      jwtIssuer: Option.some(ISSUER),
      jwtAudience: Option.some(AUDIENCE),
      jwtRolesClaim: "scope"
    }

    it("checks nothing without keys, and never without an issuer or an audience", () => {
      expect(ActorToken.fromSettings(SET)).toStrictEqual(Option.none())
      const keys = { ...SET, jwks: Option.some(issuer.keySet) }
      expect(ActorToken.fromSettings({ ...keys, jwtIssuer: Option.none() })).toStrictEqual(Option.none())
      expect(ActorToken.fromSettings({ ...keys, jwtAudience: Option.none() })).toStrictEqual(Option.none())
    })

    it("checks tokens by the keys of the settings, or by those at their URL", async () => {
      const token = await issuer.token({ scope: "reader" })
      const [local, remote] = [
        ActorToken.fromSettings({ ...SET, jwks: Option.some(issuer.keySet) }),
        ActorToken.fromSettings({ ...SET, jwksUrl: Option.some("http://127.0.0.1:9/") })
      ]
      expect(await outcome(token, Option.getOrThrow(local))).toStrictEqual(["mai@example.com", "reader"])
      expect(await outcome(token, Option.getOrThrow(remote))).toBe("KeysUnavailable")
    })
  })
})
