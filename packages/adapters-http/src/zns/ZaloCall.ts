/**
 * One call of a Zalo service, and what a broken one says: whether the request
 * can have arrived.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { FetchHttpClient, HttpClient, type HttpClientError, type HttpClientRequest } from "effect/http"

/**
 * An answer, whatever it says.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * No answer came.
 *
 * - `NotSent`: no connection came about, so nothing arrived.
 * - `NotMade`: our request cannot be made at all, as with an address or a token that is none.
 * - `NoAnswer`: the request may have arrived.
 *
 * `why` holds nothing of what was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class CallBroken
  extends /* @__PURE__ */ Data.TaggedError("CallBroken")<{
    readonly when: "NotSent" | "NotMade" | "NoAnswer"
    readonly why: string
  }> {}

interface Failure {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

/**
 * Errors of a connection that did not come about, of Node and of its fetch, and of a certificate that was not
 * accepted. Other errors of TLS can come after the request as well.
 */
const CONNECTING_CALLS: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"])
const CONNECTING_CODE =
  /^(UND_ERR_CONNECT_TIMEOUT|CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_)/

const codeOf = ({ code }: Failure): string => (typeof code === "string" ? code : "")

const isOfConnecting = (failure: Failure): boolean =>
  CONNECTING_CALLS.has(failure.syscall) ||
  CONNECTING_CODE.test(codeOf(failure)) ||
  (Array.isArray(failure.errors) && failure.errors.length > 0 && failure.errors.every(isOfConnecting))

const objectOf = (cause: unknown): Failure => (typeof cause === "object" && cause !== null ? cause : {})

const NO_ADDRESS = new CallBroken({ when: "NotMade", why: "its address is none" })

const broken = ({ reason }: HttpClientError.HttpClientError): CallBroken => {
  if (reason._tag === "InvalidUrlError" || reason._tag === "EncodeError") {
    return NO_ADDRESS
  }
  const outer = objectOf("cause" in reason ? reason.cause : undefined)
  // What the network did is the cause of what fetch throws; it throws by itself what it does not begin.
  if (reason._tag === "TransportError" && outer instanceof TypeError && outer.cause === undefined) {
    return new CallBroken({ when: "NotMade", why: "a header of it is none" })
  }
  const inner = outer.cause === undefined ? outer : objectOf(outer.cause)
  const code = codeOf(inner)
  const when = reason._tag === "TransportError" && isOfConnecting(inner) ? "NotSent" : "NoAnswer"
  return new CallBroken({ when, why: code === "" ? "the connection broke" : code })
}

/** A redirection would send the secrets elsewhere, and the message perhaps twice. */
const INIT: RequestInit = { redirect: "manual" }

/**
 * Makes a call, once, and reads its answer.
 *
 * @category commands
 * @since 0.1.0
 */
export const make = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  timeoutMs: number
): Effect.Effect<Answer, CallBroken> =>
  client.execute(request).pipe(
    Effect.flatMap((response) => Effect.map(response.text, (body) => ({ status: response.status, body }))),
    Effect.mapError((error) => (/^https?:/i.test(request.url) ? broken(error) : NO_ADDRESS)),
    Effect.timeout(timeoutMs),
    Effect.catchTag("TimeoutError", () =>
      Effect.fail(new CallBroken({ when: "NoAnswer", why: `no answer within ${timeoutMs} ms` }))
    ),
    Effect.provideService(FetchHttpClient.RequestInit, INIT),
    // Spans of the client hold the request where it fails, and with it the secrets.
    Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
  )
