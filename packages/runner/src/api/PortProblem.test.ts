import { ReferralDirectoryError, RunLockBusy, StoreError } from "@reckoner/core/ports"
import { toWeb } from "effect/http/HttpServerResponse"
import { describe, expect, it } from "vitest"
import * as PortProblem from "./PortProblem.ts"

const busy = new RunLockBusy({ name: "job", waitedMs: 1 })
const store = (isRetryable: boolean) => new StoreError({ reason: "Unreachable", message: "gone", isRetryable })
const directory = (isRetryable: boolean) =>
  new ReferralDirectoryError({ reason: "TooSlow", message: "no answer", isRetryable })

const IN_PROGRESS = "Another run is in progress: try again when it has ended."

describe("PortProblem", () => {
  it.each([
    ["another run in progress", busy, 409, "Run In Progress", "run-in-progress", IN_PROGRESS, "30"],
    ["a store that may come back", store(true), 503, "Store Unavailable", "store-unavailable", "gone", "10"],
    ["a store that will not", store(false), 503, "Store Unavailable", "store-unavailable", "gone", null],
    ["a system that may answer", directory(true), 502, "System Unavailable", "system-unavailable", "no answer", "30"],
    ["a system that will not", directory(false), 502, "System Unavailable", "system-unavailable", "no answer", null]
  ] as const)(
    "answers for %s, with Retry-After where that may help",
    async (_, error, status, title, type, detail, after) => {
      const response = toWeb(PortProblem.response(error))
      expect([response.status, response.headers.get("content-type")]).toStrictEqual([
        status,
        "application/problem+json"
      ])
      expect(response.headers.get("retry-after")).toBe(after)
      expect(await response.json()).toStrictEqual({ type: `urn:reckoner:problem:${type}`, title, status, detail })
    }
  )

  it("has no header where trying again does not help", () => {
    expect(PortProblem.headers(PortProblem.from(store(false)))).toStrictEqual({})
    expect(PortProblem.headers(PortProblem.from(store(true)))).toStrictEqual({ "retry-after": "10" })
  })
})
