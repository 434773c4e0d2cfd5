import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import * as Access from "./Access.ts"

const TOKEN = "0123456789abcdef"
const token = Redacted.make(TOKEN)
const tokens = (api?: string, forOthers?: string): Access.Tokens => ({
  api: Option.map(Option.fromUndefinedOr(api), Redacted.make),
  private: Option.map(Option.fromUndefinedOr(forOthers), Redacted.make)
})
const reasonFor = (host: string, secret?: string) =>
  Effect.runPromise(Effect.map(Effect.flip(Access.addressFor(host, tokens(secret))), ({ reason }) => reason))

describe("Access", () => {
  describe("isAuthorized", () => {
    it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN} `])("accepts %j", (header) => {
      expect(Access.isAuthorized(header, token)).toBe(true)
    })

    it.each([
      undefined,
      "",
      TOKEN,
      "Bearer",
      "Bearer ",
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      `Bearer ${TOKEN.toUpperCase()}`,
      `Bearer ${TOKEN}, Bearer x`,
      `xBearer ${TOKEN}`
    ])("refuses %j", (header) => {
      expect(Access.isAuthorized(header, token)).toBe(false)
    })
  })

  describe("isLoopback", () => {
    it.each(["127.0.0.1", "127.255.255.254", "::1"])("holds for %s", (address) => {
      expect(Access.isLoopback(address)).toBe(true)
    })

    it.each(["0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::2", "fe80::1"])("does not hold for %s", (address) => {
      expect(Access.isLoopback(address)).toBe(false)
    })
  })

  describe("isOwnOrigin", () => {
    it.each([
      ["http://127.0.0.1:8080", "127.0.0.1:8080"],
      ["http://localhost:8080", "localhost:8080"],
      ["http://localhost", "localhost"],
      ["http://localhost:80", "localhost"],
      ["http://LOCALHOST:8080", "LocalHost:8080"],
      ["http://[::1]:8080", "[::1]:8080"]
    ])("holds for %s at %s, with a token and without", (origin, host) => {
      expect(Access.isOwnOrigin(origin, host, false)).toBe(true)
      expect(Access.isOwnOrigin(origin, host, true)).toBe(true)
    })

    it.each([
      ["http://127.0.0.1:8081", "127.0.0.1:8080"],
      ["http://localhost:8080", "127.0.0.1:8080"],
      ["http://evil.example", "127.0.0.1:8080"],
      ["http://localhost.evil.example:8080", "localhost:8080"],
      ["https://localhost:8080", undefined],
      ["null", "localhost"],
      ["", ""],
      ["file://", ""],
      ["chrome-extension://localhost", "localhost"]
    ])("does not hold for %s at %s", (origin, host) => {
      expect(Access.isOwnOrigin(origin, host, false)).toBe(false)
      expect(Access.isOwnOrigin(origin, host, true)).toBe(false)
    })

    it("wants a token where a page may have given its name this machine's address", () => {
      for (const name of ["ops.example", "evil.example:8080", "10.0.0.1:8080", "127.0.0.1.example"]) {
        expect(Access.isOwnOrigin(`https://${name}`, name, true)).toBe(true)
        expect(Access.isOwnOrigin(`https://${name}`, name, false)).toBe(false)
      }
    })
  })

  describe("addressFor", () => {
    it("gives the address of this machine alone without a token", async () => {
      expect(await Effect.runPromise(Access.addressFor("127.0.0.1", tokens()))).toBe("127.0.0.1")
      expect(await Effect.runPromise(Access.addressFor("::1", tokens()))).toBe("::1")
    })

    it("gives any other with a token of sufficient length", async () => {
      expect(await Effect.runPromise(Access.addressFor("0.0.0.0", tokens(TOKEN)))).toBe("0.0.0.0")
    })

    it.each(["0.0.0.0", "::", "10.1.2.3", "0"])("fails with TokenNeeded for %s without one", async (host) => {
      expect(await reasonFor(host)).toBe("TokenNeeded")
      expect(await reasonFor(host, TOKEN.slice(1))).toBe("TokenNeeded")
    })

    it("fails with TokenNeeded when the paths of other services have a short one", async () => {
      const listen = (forOthers: string) => Access.addressFor("0.0.0.0", tokens(TOKEN, forOthers))
      expect(await Effect.runPromise(listen(TOKEN))).toBe("0.0.0.0")
      const { message, reason } = await Effect.runPromise(Effect.flip(listen(TOKEN.slice(1))))
      expect([reason, message.includes("RECKONER_PRIVATE_TOKEN")]).toStrictEqual(["TokenNeeded", true])
    })

    it("does not take the token of other services for its own", async () => {
      const error = await Effect.runPromise(Effect.flip(Access.addressFor("0.0.0.0", tokens(undefined, TOKEN))))
      expect([error.reason, error.message.includes("RECKONER_API_TOKEN")]).toStrictEqual(["TokenNeeded", true])
    })

    it("fails with AddressUnusable when the name has no address", async () => {
      expect(await reasonFor("nowhere.invalid")).toBe("AddressUnusable")
    })
  })
})
