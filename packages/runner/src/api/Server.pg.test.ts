import { Database, PgRunLock } from "@reckoner/adapters-pg"
import { RunLock } from "@reckoner/core/ports"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import * as SampleData from "../demo/SampleData.ts"
import { JOB } from "../entitlement/SyncEntitlements.ts"
import * as Stores from "../Stores.ts"
import { reckoner, startReckoner } from "../testing/childProcess.ts"
import { type Answer, send } from "../testing/httpRequest.ts"
import * as Server from "./Server.ts"

const TOKEN = "0123456789abcdef"
const NOTHING_NEW = "No new invoices found matching active criteria."

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

const connection = () => Layer.provideMerge(Database.SqlLive, database.layer)
const load = () => Effect.runPromise(Effect.provide(SampleData.load, connection()))

/** A server in this process, for as long as the work takes. */
const serving = async (env: Record<string, string>, work: (url: string) => Promise<void>): Promise<void> => {
  const url = Deferred.makeUnsafe<string>()
  const server = Server.run({
    host: "127.0.0.1",
    ready: (at) => Deferred.succeed(url, at),
    lockWaitMs: 300
  }).pipe(
    Effect.provide(Layer.provideMerge(Stores.ports, connection())),
    Effect.provide(Logger.layer([])),
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { RECKONER_PORT: "0", ...env } })
    )
  )
  const fiber = Effect.runFork(server)
  try {
    await work(
      await Effect.runPromise(Effect.race(Deferred.await(url), Effect.andThen(Fiber.join(fiber), Effect.never)))
    )
  } finally {
    await Effect.runPromise(Fiber.interrupt(fiber))
  }
}

const expectProblem = (answer: Answer, status: number, title: string) => {
  expect(answer.headers["content-type"]).toBe("application/problem+json")
  const problem = JSON.parse(answer.body) as Record<string, unknown>
  expect(Object.keys(problem)).toStrictEqual(["type", "title", "status", "detail"])
  expect([answer.status, problem["status"], problem["title"]]).toStrictEqual([status, status, title])
}

describe("Server", () => {
  it("runs the job over HTTP, and answers in the words of its contract", async () => {
    await load()
    await serving({}, async (url) => {
      const first = await send(`${url}/sync-quotas`)
      expect(first.status).toBe(200)
      expect(first.body).toBe(
        JSON.stringify({
          status: "complete",
          detail: "Successfully synchronized 10 new quotas.",
          findings: { InvoiceBeforeAnchor: 1, LineWithoutSubscription: 1, RhythmUndefined: 1, SeveralSubscriptions: 1 },
          held: { EmptyPackage: 1 }
        })
      )
      const second = await send(`${url}/sync-quotas`)
      expect(second.body).toBe(
        JSON.stringify({ status: "complete", detail: NOTHING_NEW, findings: {}, held: { EmptyPackage: 1 } })
      )
      const { body: metrics, headers } = await send(`${url}/metrics`)
      expect(headers["content-type"]).toContain("text/plain")
      expect(metrics).toContain(`reckoner_runs_total{outcome="complete",job="${JOB}"} 2\n`)
      expect(metrics).toContain(`reckoner_entitlements_total{job="${JOB}"} 10\n`)
      expect(metrics).toContain(`reckoner_invoices_read_total{job="${JOB}"} 12\n`)
      expect(metrics).toContain(`reckoner_run_duration_seconds_count{job="${JOB}"} 2\n`)
    })
  })

  it("answers on every path", async () => {
    await serving({}, async (url) => {
      const health = await send(`${url}/healthz`)
      expect([health.status, health.body]).toStrictEqual([200, '{"status":"ok"}'])
      const spec = JSON.parse((await send(`${url}/openapi.json`)).body) as { readonly paths: object }
      expect(Object.keys(spec.paths)).toStrictEqual([
        "/sync-quotas",
        "/logistic/private/v1/sync-affiliate-order",
        "/affiliate/v1/status-changes",
        "/affiliate/v1/commission-percent-changes",
        "/affiliate/v1/wallet-type-changes",
        "/affiliate/v1/orders",
        "/affiliate/v1/orders/{id}",
        "/affiliate/v1/invoices",
        "/operations/v1/executions",
        "/operations/v1/executions/{id}",
        "/operations/v1/executions/{id}/retry",
        "/operations/v1/executions/{id}/cancel",
        "/operations/v1/executions/{id}/signals/{name}",
        "/healthz"
      ])
      expect((await send(`${url}/docs`)).body).toContain("<html")
      expectProblem(await send(`${url}/nowhere`), 404, "Not Found")
      expectProblem(await send(`${url}/sync-quotas?dry-run=1`), 400, "Bad Request")
      const posted = await send(`${url}/sync-quotas`, { method: "POST" })
      expectProblem(posted, 405, "Method Not Allowed")
      expect(posted.headers["allow"]).toBe("GET")
      expect((await send(`${url}/sync-quotas`, { method: "HEAD" })).status).toBe(405)
      expect((await send(`${url}/healthz`, { method: "HEAD" })).status).toBe(200)
    })
  })

  it("asks for the token on every path but the health check", async () => {
    await serving({ RECKONER_API_TOKEN: TOKEN }, async (url) => {
      for (const path of ["/sync-quotas", "/metrics", "/openapi.json", "/docs", "/nowhere", "/healthz/"]) {
        const answer = await send(url + path)
        expectProblem(answer, 401, "Unauthorized")
        expect(answer.headers["www-authenticate"]).toBe('Bearer realm="reckoner"')
      }
      const wrong = await send(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}x` } })
      expectProblem(wrong, 401, "Unauthorized")
      const right = await send(`${url}/sync-quotas`, { headers: { authorization: `Bearer ${TOKEN}` } })
      expect(right.status).toBe(200)
      expect((await send(`${url}/healthz`)).status).toBe(200)
    })
  })

  it("answers 409 while another run is in progress", async () => {
    await serving({}, async (url) => {
      const whileLocked = Effect.flatMap(RunLock, (lock) =>
        lock.exclusively(
          JOB,
          { waitMs: 0, onWait: Effect.void },
          Effect.promise(() => send(`${url}/sync-quotas`))
        )
      )
      const answer = await Effect.runPromise(
        Effect.provide(whileLocked, Layer.provide(PgRunLock.layer, database.layer))
      )
      expectProblem(answer, 409, "Run In Progress")
      expect(answer.headers["retry-after"]).toBe("30")
      expect((await send(`${url}/sync-quotas`)).status).toBe(200)
    })
  })

  it("answers 503 when the database is gone", async () => {
    await serving({}, async (url) => {
      await database.drop()
      expectProblem(await send(`${url}/sync-quotas`), 503, "Store Unavailable")
      expectProblem(await send(`${url}/healthz`), 503, "Store Unavailable")
    })
  })
})

describe("reckoner serve", () => {
  const started = (env: Record<string, string> = {}) =>
    startReckoner(["serve"], { DATABASE_URL: Redacted.value(database.url), RECKONER_PORT: "0", ...env })

  it("says where it listens, logs requests as JSON without their query, and stops on SIGTERM with 0", async () => {
    const server = started()
    const [, url = ""] = await server.sees(/"message":"listening","url":"(http:[^"]+)"/)
    expect((await send(`${url}/sync-quotas?token=secret`)).status).toBe(400)
    expect(JSON.parse((await send(`${url}/sync-quotas`)).body)).toMatchObject({ status: "complete" })
    server.child.kill("SIGTERM")
    const { code, stderr, stdout } = await server.ended
    expect([code, stdout]).toStrictEqual([0, ""])
    expect(stderr).not.toContain("secret")
    const logged = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(logged.map(({ message }) => message)).toStrictEqual([
      "listening",
      "request",
      "run complete",
      "request",
      "stopping"
    ])
    const { at: _at, durationMs: _duration, ...request } = logged[3]!
    expect(request).toStrictEqual({
      level: "info",
      message: "request",
      method: "GET",
      path: "/sync-quotas",
      status: 200
    })
  })

  it.each(["0.0.0.0", "::"])("refuses %s without a token, or with a short one", async (host) => {
    const env = { DATABASE_URL: "postgres://127.0.0.1:1/never-asked", RECKONER_HOST: host }
    for (const token of ["", "0123456789abcde"]) {
      const { code, stderr, stdout } = await reckoner(["serve"], { ...env, RECKONER_API_TOKEN: token })
      expect([code, stdout]).toStrictEqual([2, ""])
      expect(stderr).toBe(
        `reckoner: other machines can reach "${host}": set RECKONER_API_TOKEN to at least 16 characters, ` +
          "or RECKONER_HOST to 127.0.0.1\n"
      )
    }
  })

  it("says that its port is taken", async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await started({ RECKONER_PORT: String(port) }).ended
    other.close()
    expect([code, stderr]).toStrictEqual([
      3,
      `reckoner: port ${port} of 127.0.0.1 is in use: stop the program that has it, or set RECKONER_PORT to another\n`
    ])
  })
})
