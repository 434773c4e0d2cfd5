import { Database } from "@reckoner/adapters-pg"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import { endedExecution, waitingExecution } from "../engine/testing/executions.ts"
import * as Stores from "../Stores.ts"
import { reckoner } from "../testing/childProcess.ts"
import { type Answer, send } from "../testing/httpRequest.ts"
import * as Server from "./Server.ts"

const TOKEN = "0123456789abcdef"

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

const stores = () => Layer.provideMerge(Stores.ports, Layer.provideMerge(Database.SqlLive, database.layer))

const run = <A, E>(effect: Effect.Effect<A, E, Stores.Ports>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, stores()) as Effect.Effect<A>)

/** A server in this process, for as long as the work takes. */
const serving = async (env: Record<string, string>, work: (executions: string) => Promise<void>): Promise<void> => {
  const url = Deferred.makeUnsafe<string>()
  const server = Server.run({ host: "127.0.0.1", ready: (at) => Deferred.succeed(url, at) }).pipe(
    Effect.provide(stores()),
    Effect.provide(Logger.layer([])),
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { RECKONER_PORT: "0", ...env } })
    )
  )
  const fiber = Effect.runFork(server)
  try {
    const at = await Effect.runPromise(
      Effect.race(Deferred.await(url), Effect.andThen(Fiber.join(fiber), Effect.never))
    )
    await work(`${at}/operations/v1/executions`)
  } finally {
    await Effect.runPromise(Fiber.interrupt(fiber))
  }
}

const JSON_TYPE = { "content-type": "application/json" }

const post = (url: string, options: { readonly headers?: Record<string, string>; readonly body?: string } = {}) =>
  send(url, { method: "POST", ...options })

const json = ({ body, status }: Answer): any => ({ status, ...(JSON.parse(body) as object) })

const expectProblem = (answer: Answer, status: number, title: string, type = "about:blank") => {
  expect(answer.headers["content-type"]).toBe("application/problem+json")
  const problem = JSON.parse(answer.body) as Record<string, unknown>
  expect(Object.keys(problem)).toStrictEqual(["type", "title", "status", "detail"])
  expect([answer.status, problem["status"], problem["title"], problem["type"]]).toStrictEqual([
    status,
    status,
    title,
    type
  ])
}

describe("/operations/v1", () => {
  it("writes executions as the command line does", async () => {
    await run(endedExecution("a", "failed"))
    await run(endedExecution("b", "succeeded"))
    await serving({}, async (executions) => {
      const env = { DATABASE_URL: Redacted.value(database.url) }
      for (const [args, path] of [
        [["list", "--state", "failed"], "?state=failed"],
        [["show", "1"], "/1"]
      ] as const) {
        const answer = await send(executions + path)
        expect([answer.status, answer.headers["content-type"]]).toStrictEqual([200, "application/json"])
        const printed = await reckoner(["execution", ...args, "--json"], env)
        expect(JSON.parse(answer.body)).toStrictEqual(JSON.parse(printed.stdout))
      }
      expect((await send(`${executions}/1`, { method: "HEAD" })).status).toBe(200)
    })
  })

  it("retries, cancels and signals", async () => {
    const failed = await run(endedExecution("a", "failed"))
    const waiting = await run(waitingExecution("b"))
    await serving({}, async (executions) => {
      expect(json(await post(`${executions}/${failed}/retry`))).toMatchObject({
        status: 200,
        isChanged: true,
        execution: { id: failed, state: "pending", attempt: 2 }
      })
      expect(json(await post(`${executions}/${failed}/cancel`))).toMatchObject({ execution: { state: "cancelled" } })
      const signal = `${executions}/${waiting}/signals/decision`
      const first = await post(signal, { headers: JSON_TYPE, body: '{"approved":true}' })
      expect(json(first)).toMatchObject({ status: 200, isChanged: true, execution: { state: "pending" } })
      const second = await post(signal, { headers: JSON_TYPE, body: "false" })
      expect(json(second)).toMatchObject({ status: 200, isChanged: false })
      const { steps } = json(await send(`${executions}/${waiting}`))
      expect(steps.map(({ kind, name, value }: any) => [kind, name, value])).toStrictEqual([
        ["step", "ask", { asked: 1 }],
        ["signal", "decision", { approved: true }]
      ])
    })
  })

  it("answers problems for what it does not do", async () => {
    const done = await run(endedExecution("a", "succeeded"))
    await serving({}, async (executions) => {
      expectProblem(
        await post(`${executions}/${done}/retry`),
        409,
        "Execution State",
        "urn:reckoner:problem:execution-state"
      )
      expectProblem(await send(`${executions}/9`), 404, "Not Found")
      expectProblem(await send(`${executions}/x`), 400, "Bad Request")
      expectProblem(await send(`${executions}?state=faild`), 400, "Bad Request")
      expectProblem(await send(`${executions}/${done}/retry`), 405, "Method Not Allowed")
      const origin = { origin: "http://evil.example" }
      expectProblem(await post(`${executions}/${done}/cancel`, { headers: origin }), 403, "Forbidden")
      expectProblem(await post(`${executions}/${done}/signals/a`), 415, "Unsupported Media Type")
    })
  })

  it("takes no more of a body than 64 KiB, whether its length is told or not", async () => {
    const id = await run(waitingExecution("a"))
    await serving({}, async (executions) => {
      const signal = `${executions}/${id}/signals/decision`
      const body = `"${"x".repeat(2_000_000)}"`
      expectProblem(await post(signal, { headers: JSON_TYPE, body }), 413, "Content Too Large")
      const length = { ...JSON_TYPE, "content-length": String(body.length) }
      expectProblem(await post(signal, { headers: length, body }), 413, "Content Too Large")
      expect(json(await send(`${executions}/${id}`)).state).toBe("waiting")
    })
  })

  it("asks for the token", async () => {
    const id = await run(waitingExecution("a"))
    await serving({ RECKONER_API_TOKEN: TOKEN }, async (executions) => {
      expectProblem(await send(executions), 401, "Unauthorized")
      expectProblem(await post(`${executions}/${id}/cancel`), 401, "Unauthorized")
      const headers = { authorization: `Bearer ${TOKEN}` }
      expect(json(await send(`${executions}/${id}`, { headers })).state).toBe("waiting")
      expect(json(await post(`${executions}/${id}/cancel`, { headers })).execution.state).toBe("cancelled")
    })
  })

  it("answers 503 when the database is gone", async () => {
    await serving({}, async (executions) => {
      await database.drop()
      expectProblem(await send(executions), 503, "Store Unavailable", "urn:reckoner:problem:store-unavailable")
      const retry = await post(`${executions}/1/retry`)
      expectProblem(retry, 503, "Store Unavailable", "urn:reckoner:problem:store-unavailable")
    })
  })
})
