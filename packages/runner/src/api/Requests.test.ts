import * as Effect from "effect/Effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import * as Requests from "./Requests.ts"

const OK = Effect.succeed(HttpServerResponse.text("ok"))

const answer = (
  path: string,
  options: {
    readonly method?: string
    readonly token?: string
    readonly headers?: Record<string, string>
    readonly app?: Effect.Effect<HttpServerResponse.HttpServerResponse, unknown>
  } = {}
) => {
  const { app = OK, headers = {}, method = "GET", token } = options
  const request = HttpServerRequest.fromWeb(new Request(`http://localhost${path}`, { method, headers }))
  return Effect.runPromise(
    Requests.handled(Option.map(Option.fromUndefinedOr(token), Redacted.make))(app).pipe(
      Effect.provideService(HttpServerRequest.HttpServerRequest, request),
      Effect.provide(Logger.layer([])),
      Effect.map(({ headers: { allow }, status }) => (allow === undefined ? status : [status, allow]))
    )
  )
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
})
