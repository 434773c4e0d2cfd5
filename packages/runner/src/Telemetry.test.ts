import * as Effect from "effect/Effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Telemetry from "./Telemetry.ts"

let received: Array<{ readonly path: string; readonly body: string }>
const collector = createServer((request, response) => {
  let body = ""
  request.on("data", (chunk: Buffer) => (body += chunk.toString()))
  request.on("end", () => {
    received.push({ path: request.url ?? "", body })
    response.writeHead(200, { "content-type": "application/json" }).end("{}")
  })
})

beforeEach(async () => {
  received = []
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
})
afterEach(() => new Promise<void>((resolve) => collector.close(() => resolve())))

describe("Telemetry", () => {
  it.each(["", "/", "/collector"])(
    "sends every span with its parent and attributes to a URL that ends with %j",
    async (end) => {
      const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}${end}`
      await Effect.runPromise(
        Effect.void.pipe(
          Effect.withSpan("step pay", { attributes: { executionId: "7" } }),
          Effect.withSpan("job payout"),
          Effect.provide(Telemetry.layer(url))
        )
      )
      expect(received.map(({ path }) => path)).toStrictEqual([`${end === "/" ? "" : end}/v1/traces`])
      const { resourceSpans } = JSON.parse(received[0]!.body)
      expect(resourceSpans[0].resource.attributes).toEqual(
        expect.arrayContaining([
          { key: "service.name", value: { stringValue: "reckoner" } },
          { key: "service.version", value: { stringValue: "0.1.0" } }
        ])
      )
      const spans: ReadonlyArray<{
        name: string
        spanId: string
        parentSpanId?: string
        attributes: ReadonlyArray<object>
      }> = resourceSpans[0].scopeSpans[0].spans
      const [step, job] = ["step pay", "job payout"].map((name) => spans.find((span) => span.name === name)!)
      expect(step!.parentSpanId).toBe(job!.spanId)
      expect(step!.attributes).toContainEqual({ key: "executionId", value: { stringValue: "7" } })
    }
  )
})
