import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import * as Access from "./Access.ts"

const TOKEN = "0123456789abcdef"
const token = Redacted.make(TOKEN)
const reasonFor = (host: string, secret?: string) =>
  Effect.runPromise(
    Effect.map(
      Effect.flip(Access.addressFor(host, Option.map(Option.fromUndefinedOr(secret), Redacted.make))),
      ({ reason }) => reason
    )
  )

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

  describe("addressFor", () => {
    it("gives the address of this machine alone without a token", async () => {
      expect(await Effect.runPromise(Access.addressFor("127.0.0.1", Option.none()))).toBe("127.0.0.1")
      expect(await Effect.runPromise(Access.addressFor("::1", Option.none()))).toBe("::1")
    })

    it("gives any other with a token of sufficient length", async () => {
      expect(await Effect.runPromise(Access.addressFor("0.0.0.0", Option.some(token)))).toBe("0.0.0.0")
    })

    it.each(["0.0.0.0", "::", "10.1.2.3", "0"])("fails with TokenNeeded for %s without one", async (host) => {
      expect(await reasonFor(host)).toBe("TokenNeeded")
      expect(await reasonFor(host, TOKEN.slice(1))).toBe("TokenNeeded")
    })

    it("fails with AddressUnusable when the name has no address", async () => {
      expect(await reasonFor("nowhere.invalid")).toBe("AddressUnusable")
    })
  })
})
