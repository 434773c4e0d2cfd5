import { describe, expect, it } from "vitest"
import * as Problem from "./Problem.ts"

const KINDS = Object.keys(Problem.KINDS) as ReadonlyArray<Problem.Kind>

describe("Problem", () => {
  describe("body", () => {
    it.each(KINDS)("has the members of RFC 9457 for %s", (kind) => {
      const { status, title, type } = Problem.KINDS[kind]
      expect(Problem.body(kind, "what happened")).toStrictEqual({ type, title, status, detail: "what happened" })
    })
  })

  describe("response", () => {
    it("carries the status, the media type and further headers", () => {
      const response = Problem.response("RunInProgress", "wait", { "retry-after": "30" })
      expect(response.status).toBe(409)
      expect({ ...response.headers }).toMatchObject({ "retry-after": "30" })
      expect(response.body).toMatchObject({ contentType: "application/problem+json" })
    })
  })
})
