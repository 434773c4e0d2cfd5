import * as Effect from "effect/Effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import * as Requests from "./Requests.ts"
import * as ActorToken from "./ActorToken.ts"
import * as CommissionGroup from "./CommissionGroup.ts"
import { verify } from "./testing/commissionServer.ts"
import * as SyncAffiliateOrderGroup from "./SyncAffiliateOrderGroup.ts"

const OK = Effect.succeed(HttpServerResponse.text("ok"))

interface Options {
  readonly method?: string
  readonly token?: string
  readonly privateToken?: string
  readonly headers?: Record<string, string>
  readonly actors?: ActorToken.Verify
  readonly app?: Effect.Effect<HttpServerResponse.HttpServerResponse, unknown>
}

const tokenOf = (token: string | undefined) => Option.map(Option.fromUndefinedOr(token), Redacted.make)

const responseTo = async (path: string, options: Options): Promise<Response> => {
  const { actors, app = OK, headers = {}, method = "GET", privateToken, token } = options
  const request = HttpServerRequest.fromWeb(new Request(`http://localhost${path}`, { method, headers }))
  const response = await Effect.runPromise(
    Requests.handled(
      { api: tokenOf(token), private: tokenOf(privateToken) },
      Option.fromUndefinedOr(actors)
    )(app).pipe(Effect.provideService(HttpServerRequest.HttpServerRequest, request), Effect.provide(Logger.layer([])))
  )
  return HttpServerResponse.toWeb(response)
}

/** The status of an answer, with the methods that it allows instead. */
const answer = async (path: string, options: Options = {}) => {
  const { headers, status } = await responseTo(path, options)
  const allow = headers.get("allow")
  return allow === null ? status : [status, allow]
}

describe("Requests", () => {
  describe("handled", () => {
    it.each([
      "/healthz",
      "/metrics",
      "/openapi.json",
      "/docs",
      "/sync-quotas",
      "/docs?x=1",
      "/operations/v1/executions",
      "/operations/v1/executions?state=failed&job=a&since=2h&limit=1&before=7",
      "/operations/v1/executions/7"
    ])("lets %s through", async (path) => {
      expect(await answer(path)).toBe(200)
    })

    it("answers 404 where there is nothing", async () => {
      expect(await answer("/")).toBe(404)
      expect(await answer("/sync-quotas/more")).toBe(404)
      expect(await answer("/toString")).toBe(404)
      expect(await answer("/operations/v1")).toBe(404)
      expect(await answer("/operations/v1/executions/")).toBe(404)
      expect(await answer("/operations/v1/executions/7/")).toBe(404)
      expect(await answer("/operations/v1/executions/7/steps")).toBe(404)
      expect(await answer("/operations/v1/executions/7/signals/")).toBe(404)
      expect(await answer("/operations/v1/executions//retry")).toBe(404)
    })

    it("never runs a job for another method than GET", async () => {
      for (const method of ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
        expect(await answer("/sync-quotas", { method })).toStrictEqual([405, "GET"])
      }
      expect(await answer("/metrics", { method: "HEAD" })).toBe(200)
      expect(await answer("/metrics", { method: "POST" })).toStrictEqual([405, "GET, HEAD"])
    })

    it("changes executions with POST alone, and shows them with GET and HEAD", async () => {
      const json = { "content-type": "application/json" }
      for (const path of ["7/retry", "7/cancel", "7/signals/decision"]) {
        for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
          expect(await answer(`/operations/v1/executions/${path}`, { method })).toStrictEqual([405, "POST"])
        }
        expect(await answer(`/operations/v1/executions/${path}`, { method: "POST", headers: json })).toBe(200)
        expect(await answer(`/operations/v1/executions/${path}?x=1`, { method: "POST", headers: json })).toBe(400)
      }
      for (const path of ["/operations/v1/executions", "/operations/v1/executions/7"]) {
        expect(await answer(path, { method: "HEAD" })).toBe(200)
        expect(await answer(path, { method: "POST" })).toStrictEqual([405, "GET, HEAD"])
      }
    })

    it("lets pages of other sites change nothing", async () => {
      const path = "/operations/v1/executions/7/cancel"
      const post = (headers: Record<string, string>, token?: string) =>
        answer(path, { method: "POST", headers: { host: "localhost:8080", ...headers }, ...(token && { token }) })
      expect(await post({})).toBe(200)
      expect(await post({ origin: "http://localhost:8080" })).toBe(200)
      for (const origin of ["http://evil.example", "null", "http://localhost:8081", "https://localhost.evil.example"]) {
        expect(await post({ origin })).toBe(403)
      }
      // Its own name with the address of this machine: not even then, unless it knows the token.
      const rebound = { origin: "http://evil.example", host: "evil.example" }
      expect(await post(rebound)).toBe(403)
      expect(await post({ ...rebound, authorization: "Bearer 0123456789abcdef" }, "0123456789abcdef")).toBe(200)
      expect(await post(rebound, "0123456789abcdef")).toBe(401)
      expect(await answer("/operations/v1/executions/7", { headers: { origin: "http://evil.example" } })).toBe(200)
    })

    it("takes a signal as JSON alone", async () => {
      const path = "/operations/v1/executions/7/signals/decision"
      const post = (type?: string) =>
        answer(path, { method: "POST", headers: type === undefined ? {} : { "content-type": type } })
      for (const type of ["application/json", "Application/JSON", "application/json; charset=utf-8"]) {
        expect(await post(type)).toBe(200)
      }
      for (const type of [undefined, "text/plain", "application/jsonp", "application/x-www-form-urlencoded"]) {
        expect(await post(type)).toBe(415)
      }
    })

    it("refuses parameters that nobody reads, or twice", async () => {
      for (const query of ["stat=failed", "state=failed&state=pending", "State=failed", "limit=1&x", "%00=1"]) {
        expect(await answer(`/operations/v1/executions?${query}`)).toBe(400)
      }
      expect(await answer("/operations/v1/executions/7?limit=1")).toBe(400)
    })

    it("never runs a job with parameters that it would ignore", async () => {
      expect(await answer("/sync-quotas?dry-run=true")).toBe(400)
    })

    it("asks for the token before it says anything else", async () => {
      const token = "0123456789abcdef"
      for (const path of [
        "/metrics",
        "/nowhere",
        "/sync-quotas?x=1",
        "/healthz/../metrics",
        "//healthz",
        "/operations/v1/executions",
        "/operations/v1/executions/7/retry"
      ]) {
        expect(await answer(path, { token })).toBe(401)
      }
      expect(await answer("/healthz?x=1", { token })).toBe(200)
      expect(await answer("/metrics", { token, headers: { authorization: `Bearer ${token}` } })).toBe(200)
    })

    it("answers 500 for a bug and 503 when it is stopped", async () => {
      expect(await answer("/metrics", { app: Effect.die(new Error("oh")) })).toBe(500)
      expect(await answer("/metrics", { app: Effect.interrupt })).toBe(503)
    })
  })

  describe("handled, for a path of another service", () => {
    const { MONTH, OLD_TABLE, PATH } = SyncAffiliateOrderGroup
    const API = "0123456789abcdef"
    const PRIVATE = "fedcba9876543210"
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    const OPEN = { privateToken: PRIVATE, headers: bearer(PRIVATE) }

    /** What such a path says went wrong: status, headers that come with it, and a body in the envelope. */
    const refusal = async (path: string, options: Options) => {
      const response = await responseTo(path, options)
      const { status, headers } = response
      const { timestamp, ...body } = (await response.json()) as Record<string, unknown>
      expect(headers.get("content-type")).toBe("application/json")
      expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      const further = ["allow", "retry-after", "www-authenticate"].flatMap((name) => headers.get(name) ?? [])
      return [status, body, ...further]
    }

    const envelope = (status: number, title: string, detail: string, type = "about:blank") => [
      status,
      { status: "Error", status_code: status, message: detail, data: { type, title, status, detail } }
    ]

    const CLOSED = envelope(403, "Forbidden", "This path is closed: the server has no RECKONER_PRIVATE_TOKEN.")
    const UNAUTHORIZED = [
      ...envelope(401, "Unauthorized", "Send the token as: Authorization: Bearer <token>."),
      'Bearer realm="reckoner"'
    ]

    it.each([
      ["no token of any kind", {}],
      ["no token, and one is sent", { headers: bearer(API) }],
      ["the other token alone, and it is not sent", { token: API }],
      ["the other token alone, and it is sent", { token: API, headers: bearer(API) }],
      ["no token, and an empty one is sent", { headers: bearer("") }]
    ])("is closed while the server has %s", async (_, options) => {
      for (const method of ["GET", "POST"]) {
        expect(await refusal(PATH, { method, ...options })).toStrictEqual(CLOSED)
      }
      expect(await refusal(`${PATH}?x=1`, options)).toStrictEqual(CLOSED)
    })

    it.each([
      ["none", {}],
      ["a wrong one", bearer(`${PRIVATE}x`)],
      ["one cut short", bearer(PRIVATE.slice(0, -1))],
      ["that of the other paths", bearer(API)],
      ["the right one in another scheme", { authorization: `Basic ${PRIVATE}` }]
    ])("asks for its own token, given %s", async (_, headers) => {
      for (const token of [{}, { token: API }]) {
        for (const method of ["GET", "POST"]) {
          expect(await refusal(PATH, { method, privateToken: PRIVATE, headers, ...token })).toStrictEqual(UNAUTHORIZED)
        }
      }
      // Before it says anything about the request.
      for (const [path, method] of [
        [`${PATH}?x=1`, "GET"],
        [PATH, "PUT"]
      ] as const) {
        expect(await refusal(path, { method, privateToken: PRIVATE, headers })).toStrictEqual(UNAUTHORIZED)
      }
    })

    it("lets its own token in, whatever the other one is", async () => {
      for (const token of [{}, { token: API }]) {
        for (const method of ["GET", "POST"]) {
          expect(await answer(PATH, { ...OPEN, ...token, method })).toBe(200)
        }
      }
    })

    it("opens no other path with its token", async () => {
      for (const path of ["/sync-quotas", "/metrics", "/docs", "/nowhere", `${PATH}/`, "/logistic/private/v1/other"]) {
        expect(await answer(path, { ...OPEN, token: API })).toBe(401)
      }
      // Without the other token the other paths are open, and say that there is nothing.
      for (const path of [`${PATH}/`, `/${PATH}`, PATH.toUpperCase(), PATH.replace("private", "%70rivate")]) {
        expect(await answer(path, OPEN)).toBe(404)
        expect(await answer(path, { privateToken: PRIVATE })).toBe(404)
      }
    })

    it.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("answers GET and POST, not %s", async (method) => {
      expect(await refusal(PATH, { ...OPEN, method })).toStrictEqual([
        ...envelope(405, "Method Not Allowed", "This path answers GET and POST only."),
        "GET, POST"
      ])
    })

    it("takes no body, for its parameters are those of the query", async () => {
      const sent = (headers: Record<string, string>) =>
        answer(PATH, { ...OPEN, method: "POST", headers: { ...OPEN.headers, ...headers } })
      expect(await sent({ "content-length": "7" })).toBe(400)
      expect(await sent({ "transfer-encoding": "chunked" })).toBe(400)
      expect(await sent({ "content-length": "0" })).toBe(200)
    })

    it("never runs a job for HEAD", async () => {
      expect(await answer(PATH, { ...OPEN, method: "HEAD" })).toStrictEqual([405, "GET, POST"])
    })

    it.each([
      ["dry_run=true", `There is no parameter "dry_run" here; there are ${MONTH}, ${OLD_TABLE}.`],
      [`${MONTH.toUpperCase()}=2023-10`, /^There is no parameter "BACKFILL_MONTH_YEAR" here/],
      [`${MONTH}=2023-10&x`, /^There is no parameter "x" here/],
      [`${MONTH}=2023-10&${MONTH}=2023-11`, `The parameter ${MONTH} may be given once.`],
      [`${OLD_TABLE}=&${OLD_TABLE}=`, `The parameter ${OLD_TABLE} may be given once.`]
    ])("answers 400 for %s", async (query, detail) => {
      for (const method of ["GET", "POST"]) {
        const [status, body] = await refusal(`${PATH}?${query}`, { ...OPEN, method })
        expect([status, body]).toMatchObject(envelope(400, "Bad Request", expect.stringMatching(detail) as string))
      }
    })

    it("lets pages of other sites change nothing", async () => {
      const post = (headers: Record<string, string>) => ({
        ...OPEN,
        method: "POST",
        headers: { host: "localhost:8080", ...bearer(PRIVATE), ...headers }
      })
      for (const origin of ["http://evil.example", "null", "http://localhost:8081"]) {
        expect(await refusal(PATH, post({ origin }))).toStrictEqual(
          envelope(403, "Forbidden", "A page of another site may not change anything here.")
        )
      }
      expect(await answer(PATH, post({ origin: "http://localhost:8080" }))).toBe(200)
      // The token proves that it knows who it speaks to.
      expect(await answer(PATH, post({ origin: "http://logistic.example", host: "logistic.example" }))).toBe(200)
    })

    it("answers 500 for a bug and 503 when it is stopped, for GET and POST alike", async () => {
      for (const method of ["GET", "POST"]) {
        expect(await refusal(PATH, { ...OPEN, method, app: Effect.die(new Error("secret")) })).toStrictEqual(
          envelope(500, "Internal Server Error", "The server failed: its log says why.")
        )
        expect(await refusal(PATH, { ...OPEN, method, app: Effect.interrupt })).toStrictEqual([
          ...envelope(
            503,
            "Store Unavailable",
            "The server is being stopped: try again.",
            "urn:reckoner:problem:store-unavailable"
          ),
          "10"
        ])
      }
    })
  })

  describe("handled, for a path of people", () => {
    const { INVOICES_PATH, ORDERS_PATH, PERCENT_PATH, STATUS_PATH, WALLET_PATH } = CommissionGroup
    const CHANGES = [STATUS_PATH, PERCENT_PATH, WALLET_PATH]
    const READS = [ORDERS_PATH, INVOICES_PATH, `${ORDERS_PATH}/5`]
    const API = "0123456789abcdef"
    const bearer = (token: string) => ({ authorization: `Bearer ${token}`, "content-type": "application/json" })
    const WHO_ASKS = Effect.map(ActorToken.CurrentActor, (actor) =>
      HttpServerResponse.text(actor === undefined ? "nobody" : `${actor.id} ${[...actor.roles].join()}`)
    )

    const told = async (path: string, options: Options) => {
      const response = await responseTo(path, options)
      const { detail } = (await response.json()) as { readonly detail: string }
      return [response.status, detail, response.headers.get("www-authenticate")]
    }

    it("is closed while nobody vouches for people, whatever is sent", async () => {
      const detail = "This path is closed: the server has neither RECKONER_JWKS_URL nor RECKONER_JWKS."
      for (const [paths, method] of [
        [READS, "GET"],
        [CHANGES, "POST"]
      ] as const) {
        for (const path of paths) {
          for (const headers of [{}, bearer(API), bearer("mai:approver")]) {
            expect(await told(path, { method, token: API, headers })).toStrictEqual([403, detail, null])
            expect(await told(path, { method, headers })).toStrictEqual([403, detail, null])
          }
        }
      }
    })

    it("needs a token of its own, and none of the others", async () => {
      const missing = [401, "Send the token as: Authorization: Bearer <token>.", 'Bearer realm="reckoner"']
      for (const path of [...READS, ...CHANGES]) {
        for (const method of ["GET", "POST", "PUT"]) {
          expect(await told(path, { method, actors: verify })).toStrictEqual(missing)
          const headers = { authorization: "Basic bWFpOmFwcHJvdmVy" }
          expect(await told(path, { method, actors: verify, headers })).toStrictEqual(missing)
        }
      }
      expect(await told(`${ORDERS_PATH}?sort=id`, { actors: verify })).toStrictEqual(missing)
      expect(await told(ORDERS_PATH, { actors: verify, headers: bearer("nobody") })).toStrictEqual([
        401,
        "The token has expired.",
        'Bearer realm="reckoner", error="invalid_token", error_description="The token has expired."'
      ])
      // The token of all other paths says nothing about who asks.
      expect((await told(ORDERS_PATH, { actors: verify, token: API, headers: bearer(API) }))[0]).toBe(403)
    })

    it("opens no other path with the token of a person", async () => {
      const headers = bearer("mai:approver-revoked")
      for (const path of [
        "/sync-quotas",
        "/metrics",
        "/operations/v1/executions",
        `${ORDERS_PATH}/`,
        "/affiliate/v1"
      ]) {
        expect(await answer(path, { actors: verify, token: API, headers })).toBe(401)
      }
      for (const path of [`${ORDERS_PATH}/`, `/${ORDERS_PATH}`, ORDERS_PATH.toUpperCase(), `${ORDERS_PATH}/5/6`]) {
        expect(await answer(path, { actors: verify, headers })).toBe(404)
      }
    })

    it("tells the application who asks, there and nowhere else", async () => {
      const headers = bearer("mai:approver")
      const asked = async (path: string, method: string) =>
        (await responseTo(path, { actors: verify, method, headers, app: WHO_ASKS })).text()
      expect(await asked(ORDERS_PATH, "GET")).toBe("mai approver")
      expect(await asked(STATUS_PATH, "POST")).toBe("mai approver")
      expect(await asked("/metrics", "GET")).toBe("nobody")
    })

    it("asks for the role of the path", async () => {
      const status = (path: string, method: string, roles: string) =>
        answer(path, { actors: verify, method, headers: bearer(`mai:${roles}`) })
      for (const path of READS) {
        expect(await status(path, "GET", "")).toBe(403)
        expect(await status(path, "GET", "reader")).toBe(200)
        expect(await status(path, "HEAD", "approver")).toBe(200)
        expect(await status(path, "POST", "approver")).toStrictEqual([405, "GET, HEAD"])
      }
      for (const path of CHANGES) {
        expect(await status(path, "POST", "")).toBe(403)
        expect(await status(path, "POST", "reader")).toBe(403)
        expect(await status(path, "POST", "approver")).toBe(200)
        expect(await status(path, "POST", "approver-revoked")).toBe(200)
        for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH"]) {
          expect(await status(path, method, "approver")).toStrictEqual([405, "POST"])
        }
        expect(await status(`${path}?dryRun=true`, "POST", "approver")).toBe(400)
      }
    })

    it("answers 503 while the keys of the issuer cannot be had, and says nothing of why", async () => {
      const actors = () => Effect.fail(new ActorToken.KeysUnavailable({ cause: new Error("secret") }))
      const response = await responseTo(ORDERS_PATH, { actors, headers: bearer("x") })
      expect([response.status, response.headers.get("retry-after"), await response.json()]).toStrictEqual([
        503,
        "10",
        {
          type: "urn:reckoner:problem:issuer-unavailable",
          title: "Issuer Unavailable",
          status: 503,
          detail: "The keys that tokens are checked with cannot be had: try again."
        }
      ])
    })

    it("answers 500 where finding out who asks goes wrong", async () => {
      const actors = () => Effect.die(new Error("secret"))
      expect(await told(ORDERS_PATH, { actors, headers: bearer("x") })).toStrictEqual([
        500,
        "The server failed: its log says why.",
        null
      ])
    })

    it("lets pages of other sites change nothing", async () => {
      const headers = { ...bearer("mai:approver"), host: "localhost:8080", origin: "http://evil.example" }
      expect(await answer(STATUS_PATH, { actors: verify, method: "POST", headers })).toBe(403)
      const own = { ...headers, host: "approvals.example", origin: "http://approvals.example" }
      expect(await answer(STATUS_PATH, { actors: verify, method: "POST", headers: own })).toBe(200)
    })
  })
})
