/**
 * The one HTTP/2 session over which the user service is called.
 *
 * @since 0.1.0
 */
import type { Transport } from "@connectrpc/connect"
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"
import { ReferralDirectoryError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Http2Session } from "node:http2"
import { createSecureContext } from "node:tls"

/**
 * Whom to trust, and who we are. Without `caPem` the authorities that Node
 * trusts count. Our certificate is for a service that asks for one.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientTls {
  readonly caPem?: string | undefined
  readonly certPem?: string | undefined
  readonly keyPem?: string | undefined
}

/**
 * Where the service is: `http://host:port` is plain HTTP/2, `https://` is TLS.
 *
 * @category models
 * @since 0.1.0
 */
export interface Address {
  readonly url: string
  readonly tls?: ClientTls | undefined
}

/** More than any answer to one request: 1000 members with dozens of referrals each. */
const ANSWER_BYTES_MAX = 4 * 1_024 * 1_024

/** A session on which nothing has come for so many deadlines is asked for a sign of life before the next call. */
const DEADLINES_TILL_PING = 2

/** The sign of life is waited for so much of a deadline that the call can still go out on a new session. */
const PINGS_PER_DEADLINE = 2

const misconfigured = (message: string, cause?: unknown) =>
  new ReferralDirectoryError({ reason: "Refused", message, isRetryable: false, cause })

const parseUrl = (text: string): Effect.Effect<URL, ReferralDirectoryError> => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isUsable = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === ""
  return isUsable
    ? Effect.succeed(url)
    : Effect.fail(
        // It is not repeated: it may hold a password.
        misconfigured("the address of the user service is no URL like http://host:port or https://host:port")
      )
}

const secureContextOf = (url: URL, tls: ClientTls | undefined) => {
  const { caPem: ca, certPem: cert, keyPem: key } = tls ?? {}
  const given = Object.fromEntries(Object.entries({ ca, cert, key }).filter(([, pem]) => pem !== undefined))
  const isGiven = Object.keys(given).length > 0
  if (!isGiven) return Effect.succeed(undefined)
  const wrong = (why: string, cause?: unknown) =>
    Effect.fail(misconfigured(`the TLS settings for the user service at ${url.host} cannot be used: ${why}`, cause))
  if (url.protocol !== "https:") return wrong("its address begins with http://, so nothing would be encrypted")
  if ((cert === undefined) !== (key === undefined)) return wrong("a certificate and its key come together")
  try {
    return Effect.succeed(createSecureContext(given))
  } catch (cause) {
    return wrong("a certificate or key is no PEM text, or they do not fit together", cause)
  }
}

/** A session that ends while it is being closed reports an error that nobody listens to any more. */
const guarded = (
  manager: Http2SessionManager
): Pick<Http2SessionManager, "authority" | "notifyResponseByteRead" | "request"> => {
  const known = new WeakSet<Http2Session>()
  return {
    authority: manager.authority,
    notifyResponseByteRead: (stream) => manager.notifyResponseByteRead(stream),
    request: async (method, path, headers, options) => {
      const stream = await manager.request(method, path, headers, options)
      const { session } = stream
      if (session !== undefined && !known.has(session)) known.add(session.on("error", () => {}))
      return stream
    }
  }
}

/**
 * A session for as long as the scope is open. It is opened by the first call
 * and again after it broke, shared by all calls, and kept over short pauses.
 *
 * **Errors**
 *
 * `Refused` when the address or the TLS settings cannot be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(function* (
  address: Address,
  deadlineMs: number
): Effect.fn.Return<{ readonly host: string; readonly transport: Transport }, ReferralDirectoryError, Scope.Scope> {
  const url = yield* parseUrl(address.url)
  const secureContext = yield* secureContextOf(url, address.tls)
  const ping = {
    pingIntervalMs: deadlineMs * DEADLINES_TILL_PING,
    pingTimeoutMs: Math.ceil(deadlineMs / PINGS_PER_DEADLINE)
  }
  const manager = yield* Effect.acquireRelease(
    Effect.sync(() => new Http2SessionManager(url, ping, secureContext === undefined ? {} : { secureContext })),
    (opened) => Effect.sync(() => opened.abort())
  )
  const transport = createGrpcTransport({
    baseUrl: url.href,
    sessionManager: guarded(manager),
    readMaxBytes: ANSWER_BYTES_MAX,
    acceptCompression: [] // answers are small and come from nearby: to pack them takes longer than to send them
  })
  return { host: url.host, transport }
})
