import * as Effect from "effect/Effect"
import { HttpClient, HttpClientError, HttpClientRequest, HttpClientResponse } from "effect/http"
import { describe, expect, it } from "vitest"
import * as ZaloCall from "./ZaloCall.ts"

const request = HttpClientRequest.post("http://127.0.0.1/secret-path")

/** What fetch throws when the network fails. */
const fetchFailed = (cause: unknown) => new TypeError("fetch failed", { cause })

const failure = (fields: object, message = "secret words") => Object.assign(new Error(message), fields)

const failing = (cause: unknown) =>
  HttpClient.make((asked) =>
    Effect.fail(
      new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request: asked, cause }) })
    )
  )

const refused = (address: string) => failure({ code: "ECONNREFUSED", syscall: "connect", address })

describe("a call that broke", () => {
  it.each<readonly [string, unknown, ZaloCall.CallBroken["when"], string]>([
    ["a refused connection", fetchFailed(refused("127.0.0.1")), "NotSent", "ECONNREFUSED"],
    [
      "a host that nobody knows",
      fetchFailed(failure({ code: "ENOTFOUND", syscall: "getaddrinfo" })),
      "NotSent",
      "ENOTFOUND"
    ],
    [
      "a connection that takes too long",
      fetchFailed(failure({ code: "UND_ERR_CONNECT_TIMEOUT" })),
      "NotSent",
      "UND_ERR_CONNECT_TIMEOUT"
    ],
    [
      "a connection that the network drops",
      fetchFailed(failure({ code: "ETIMEDOUT", syscall: "connect" })),
      "NotSent",
      "ETIMEDOUT"
    ],
    [
      "a certificate that has expired",
      fetchFailed(failure({ code: "CERT_HAS_EXPIRED" })),
      "NotSent",
      "CERT_HAS_EXPIRED"
    ],
    [
      "a certificate of nobody",
      fetchFailed(failure({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" })),
      "NotSent",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
    ],
    [
      "each address of a host refused",
      fetchFailed(failure({ code: "ECONNREFUSED", errors: [refused("::1"), refused("127.0.0.1")] })),
      "NotSent",
      "ECONNREFUSED"
    ],
    [
      "one of several errors not of connecting",
      fetchFailed(
        failure({ code: "ECONNRESET", errors: [refused("::1"), failure({ code: "ECONNRESET", syscall: "read" })] })
      ),
      "NoAnswer",
      "ECONNRESET"
    ],
    ["no errors at all", fetchFailed(failure({ errors: [] })), "NoAnswer", "the connection broke"],
    ["a reset while reading", fetchFailed(failure({ code: "ECONNRESET", syscall: "read" })), "NoAnswer", "ECONNRESET"],
    [
      "a host out of reach while reading",
      fetchFailed(failure({ code: "EHOSTUNREACH", syscall: "read" })),
      "NoAnswer",
      "EHOSTUNREACH"
    ],
    ["a pipe that broke while writing", fetchFailed(failure({ code: "EPIPE", syscall: "write" })), "NoAnswer", "EPIPE"],
    ["the other side hanging up", fetchFailed(failure({ code: "UND_ERR_SOCKET" })), "NoAnswer", "UND_ERR_SOCKET"],
    [
      "no headers in time",
      fetchFailed(failure({ code: "UND_ERR_HEADERS_TIMEOUT" })),
      "NoAnswer",
      "UND_ERR_HEADERS_TIMEOUT"
    ],
    [
      "a broken record of TLS",
      fetchFailed(failure({ code: "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC" })),
      "NoAnswer",
      "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
    ],
    ["something without a code", fetchFailed("secret words"), "NoAnswer", "the connection broke"],
    ["something that is no error", "secret words", "NoAnswer", "the connection broke"],
    ["a code that is no text", fetchFailed(failure({ code: 7 })), "NoAnswer", "the connection broke"],
    ["another client's refused connection", refused("127.0.0.1"), "NotSent", "ECONNREFUSED"],
    ["a header that is none", new TypeError("secret words"), "NotMade", "a header of it is none"]
  ])("by %s", async (_, cause, when, why) => {
    const found = await Effect.runPromise(Effect.flip(ZaloCall.make(failing(cause), request, 1_000)))
    expect(found).toStrictEqual(new ZaloCall.CallBroken({ when, why }))
  })

  it("in the middle of its answer, whatever broke it", async () => {
    const client = HttpClient.make((asked) => {
      const body = new ReadableStream({ start: (controller) => controller.error(refused("127.0.0.1")) })
      return Effect.succeed(HttpClientResponse.fromWeb(asked, new Response(body)))
    })
    const found = await Effect.runPromise(Effect.flip(ZaloCall.make(client, request, 1_000)))
    expect(found.when).toBe("NoAnswer")
  })
})
