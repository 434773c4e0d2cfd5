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
    it.each(["/healthz", "/metrics", "/openapi.json", "/docs", "/sync-quotas", "/docs?x=1"])(
      "lets %s through",
      async (path) => {
        expect(await answer(path)).toBe(200)
      }
    )

    it("answers 404 where there is nothing", async () => {
      expect(await answer("/")).toBe(404)
      expect(await answer("/sync-quotas/more")).toBe(404)
      expect(await answer("/toString")).toBe(404)
    })

    it("never runs a job for another method than GET", async () => {
      for (const method of ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
        expect(await answer("/sync-quotas", { method })).toStrictEqual([405, "GET"])
      }
      expect(await answer("/metrics", { method: "HEAD" })).toBe(200)
      expect(await answer("/metrics", { method: "POST" })).toStrictEqual([405, "GET, HEAD"])
    })

    it("never runs a job with parameters that it would ignore", async () => {
      expect(await answer("/sync-quotas?dry-run=true")).toBe(400)
    })

    it("asks for the token before it says anything else", async () => {
      const token = "0123456789abcdef"
      for (const path of ["/metrics", "/nowhere", "/sync-quotas?x=1", "/healthz/../metrics", "//healthz"]) {
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
