/**
 * Who may call: the bearer token, where the server may listen without one, and
 * whether a page of another site is behind a request.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { createHash, timingSafeEqual } from "node:crypto"
import { lookup } from "node:dns/promises"
import { BlockList, isIPv6 } from "node:net"
import { ListenRefused } from "../ExitCode.ts"

/**
 * The shortest token with which the server listens to other machines.
 *
 * @category constants
 * @since 0.1.0
 */
export const TOKEN_CHARACTERS_MIN = 16

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4")
LOOPBACK.addAddress("::1", "ipv6")

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/**
 * The token that an `Authorization` header carries, if it carries one.
 *
 * @category decoding
 * @since 0.1.0
 */
export const bearerToken = (header: string | undefined): string | undefined =>
  /^bearer +(\S+) *$/i.exec(header ?? "")?.[1]

/**
 * Says whether an `Authorization` header carries the token. It takes the same
 * time whatever the header holds.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isAuthorized = (header: string | undefined, token: Redacted.Redacted): boolean => {
  return timingSafeEqual(digest(bearerToken(header) ?? ""), digest(Redacted.value(token)))
}

/**
 * Says whether an IP address belongs to this machine alone.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isLoopback = (address: string): boolean => LOOPBACK.check(address, isIPv6(address) ? "ipv6" : "ipv4")

/**
 * Says whether the page that a browser sends a request for comes from this
 * server. Without a token the name in `Host` proves nothing, for a page may
 * give its own name the address of this machine: then the page must name the
 * machine itself.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isOwnOrigin = (origin: string, host: string | undefined, hasToken: boolean): boolean => {
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  const own = `${page.protocol}//${host ?? ""}`
  if (!/^https?:$/.test(page.protocol) || !URL.canParse(own) || page.host !== new URL(own).host) return false
  return hasToken || page.hostname === "localhost" || isLoopback(page.hostname.replace(/^\[|\]$/g, ""))
}

/**
 * The tokens that requests must carry: one for all paths but the health check,
 * if there is one, and one for the paths of other services, which are closed
 * without.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tokens {
  readonly api: Option.Option<Redacted.Redacted>
  readonly private: Option.Option<Redacted.Redacted>
}

const isLongEnough = (token: Redacted.Redacted): boolean => Redacted.value(token).length >= TOKEN_CHARACTERS_MIN

/**
 * Finds the address to listen on, and refuses one that other machines can reach
 * unless a token of sufficient length is set.
 *
 * **Errors**
 *
 * - `ListenRefused` (`AddressUnusable`): the host has no address.
 * - `ListenRefused` (`TokenNeeded`): other machines can reach it, and there is no token or a short one, or that of the
 *   paths of other services is short.
 *
 * @category decisions
 * @since 0.1.0
 */
export const addressFor = (host: string, tokens: Tokens): Effect.Effect<string, ListenRefused> =>
  Effect.gen(function* () {
    const found = yield* Effect.tryPromise({
      try: () => lookup(host, { all: true }),
      catch: () =>
        new ListenRefused({
          reason: "AddressUnusable",
          message: `RECKONER_HOST is ${JSON.stringify(host)}, which has no address: use 127.0.0.1, or one of this machine`
        })
    })
    if (found.every(({ address }) => isLoopback(address))) return found[0]!.address
    const isGuarded = Option.exists(tokens.api, isLongEnough)
    if (
      !isGuarded ||
      !Option.exists(
        Option.orElse(tokens.private, () => tokens.api),
        isLongEnough
      )
    ) {
      return yield* new ListenRefused({
        reason: "TokenNeeded",
        message:
          `other machines can reach ${JSON.stringify(host)}: set ` +
          `${isGuarded ? "RECKONER_PRIVATE_TOKEN" : "RECKONER_API_TOKEN"} to at least ` +
          `${TOKEN_CHARACTERS_MIN} characters, or RECKONER_HOST to 127.0.0.1`
      })
    }
    return found[0]!.address
  })
