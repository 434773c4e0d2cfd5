import { ExecutionQueue, ExecutionRecorder, ExecutionReport, ExecutionStore, StoreError } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import { fromWeb, HttpServerRequest } from "effect/http/HttpServerRequest"
import { toWeb } from "effect/http/HttpServerResponse"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { endedExecution, runningExecution, waitingExecution } from "../engine/testing/executions.ts"
import * as Operations from "./Operations.ts"
import * as OperationsGroup from "./OperationsGroup.ts"
import * as Requests from "./Requests.ts"
import * as Routes from "./Routes.ts"

type Ports = ExecutionStore | ExecutionQueue | ExecutionRecorder | ExecutionReport

const LIST = OperationsGroup.LIST_PATH
const JSON_TYPE = { "content-type": "application/json" }

/** What a test does, with the ports and with requests to a server on them. */
type Work<E> = (
  ask: (method: string, path: string, body?: string | Uint8Array) => Promise<readonly [number, any]>
) => Effect.Effect<unknown, E, Ports>

const serving = <E>(work: Work<E>): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const api = HttpApi.make("reckoner").add(OperationsGroup.Group)
      const app = yield* HttpRouter.toHttpEffect(
        HttpApiBuilder.layer(api).pipe(Layer.provide(Operations.handlers), Layer.provide(HttpServer.layerServices))
      ).pipe(Effect.provideService(HttpRouter.RouterConfig, Routes.ROUTER_CONFIG))
      const ask = async (method: string, path: string, body?: string | Uint8Array) => {
        const request = new Request(`http://localhost${path}`, { method, headers: JSON_TYPE, body: body ?? null })
        const response = await Effect.runPromise(
          Requests.handled({ api: Option.none(), private: Option.none() })(app).pipe(
            Effect.provideService(HttpServerRequest, fromWeb(request)),
            Effect.provide(Logger.layer([])),
            Effect.scoped
          )
        )
        return [response.status, (await toWeb(response).json()) as unknown] as const
      }
      yield* work(ask)
    }).pipe(Effect.provide(MemoryExecutions.make().layer), Effect.scoped)
  )

const problem = (status: number, title: string, detail: string, type = "about:blank") => [
  status,
  { type, title, status, detail }
]

const stateProblem = (detail: string) => problem(409, "Execution State", detail, "urn:reckoner:problem:execution-state")

describe("Operations", () => {
  describe("list", () => {
    const listed = ([status, body]: readonly [number, any]) => [
      status,
      body.executions.map(({ id, state }: any) => `${id} ${state}`),
      body.next
    ]

    it("gives the newest first, filtered and in parts", () =>
      serving((ask) =>
        Effect.gen(function* () {
          yield* endedExecution("a", "failed")
          yield* endedExecution("b", "succeeded")
          yield* runningExecution("c")
          const all = yield* Effect.promise(() => ask("GET", LIST))
          expect(listed(all)).toStrictEqual([200, ["3 running", "2 succeeded", "1 failed"], null])
          for (const [query, ids, next] of [
            ["state=failed,running", ["3 running", "1 failed"], null],
            ["limit=2", ["3 running", "2 succeeded"], "2"],
            ["limit=2&before=2", ["1 failed"], null],
            ["job=ask-somebody&state=succeeded", ["2 succeeded"], null],
            ["job=other", [], null],
            ["since=1h&limit=1", ["3 running"], "3"],
            ["since=9999-12-31T00:00:00Z", [], null]
          ] as const) {
            expect(listed(yield* Effect.promise(() => ask("GET", `${LIST}?${query}`)))).toStrictEqual([200, ids, next])
          }
        })
      ))

    it.each([
      ["state=faild", 'state is "faild": it must be one or more of '],
      ["state=", 'state is "": it must be one or more of pending, running, waiting,'],
      ["limit=0", 'limit is "0": it must be a whole number from 1 to 1000'],
      ["limit=1001", 'limit is "1001": it must be a whole number from 1 to 1000'],
      ["before=x", 'before is "x": it must be the number of an execution, in digits'],
      ["since=2026-01-31", 'since is "2026-01-31": it must be an instant with its offset, like '],
      ["job=", 'job is "": it must be a name of 1 to 100 characters'],
      ["sort=id", 'There is no parameter "sort" here; there are state, job, since, limit, before.'],
      ["limit=1&limit=2", "The parameter limit may be given once."]
    ])("answers 400 for %s, and names what is allowed", (query, text) =>
      serving((ask) =>
        Effect.promise(async () => {
          const [status, { detail, title }] = await ask("GET", `${LIST}?${query}`)
          expect([status, title]).toStrictEqual([400, "Bad Request"])
          expect(detail).toContain(text)
        })
      )
    )
  })

  describe("show", () => {
    it("gives an execution with its steps", () =>
      serving((ask) =>
        Effect.gen(function* () {
          const id = yield* waitingExecution("a")
          const [status, { steps, ...execution }] = yield* Effect.promise(() => ask("GET", `${LIST}/${id}`))
          expect([status, execution.id, execution.state, execution.waitsFor, execution.isStalled]).toStrictEqual([
            200,
            "1",
            "waiting",
            "signal decision",
            false
          ])
          expect(execution.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
          expect(steps.map(({ kind, name, value }: any) => [kind, name, value])).toStrictEqual([
            ["step", "ask", { asked: 1 }]
          ])
        })
      ))

    it("answers 404 for an unknown one, and 400 for what is no id", () =>
      serving((ask) =>
        Effect.promise(async () => {
          expect(await ask("GET", `${LIST}/9`)).toStrictEqual(problem(404, "Not Found", "There is no execution 9."))
          for (const id of ["x", "-1", "7%2Fretry", "1".repeat(19)]) {
            const text = JSON.stringify(decodeURIComponent(id))
            expect(await ask("GET", `${LIST}/${id}`)).toStrictEqual(
              problem(
                400,
                "Bad Request",
                `The parameter id is ${text}: it must be the number of an execution, in digits.`
              )
            )
          }
        })
      ))

    it("answers 404 for a path that cannot be decoded", () =>
      serving((ask) =>
        Effect.promise(async () => {
          expect((await ask("GET", `${LIST}/%zz`))[0]).toBe(404)
        })
      ))
  })

  describe("retry and cancel", () => {
    it("change what may be changed, and tell what it is after", () =>
      serving((ask) =>
        Effect.gen(function* () {
          const failed = yield* endedExecution("a", "failed")
          const [retried, retry] = yield* Effect.promise(() => ask("POST", `${LIST}/${failed}/retry`))
          expect([retried, retry.isChanged, retry.execution.state, retry.execution.attempt]).toStrictEqual([
            200,
            true,
            "pending",
            2
          ])
          const [cancelled, cancel] = yield* Effect.promise(() => ask("POST", `${LIST}/${failed}/cancel`))
          expect([cancelled, cancel.isChanged, cancel.execution.state]).toStrictEqual([200, true, "cancelled"])
        })
      ))

    it("answer 409 where the state does not allow it, and 404 for an unknown one", () =>
      serving((ask) =>
        Effect.gen(function* () {
          const done = yield* endedExecution("a", "succeeded")
          const running = yield* runningExecution("b")
          yield* Effect.promise(async () => {
            expect(await ask("POST", `${LIST}/${running}/retry`)).toStrictEqual(
              stateProblem("Execution 2 is running and cannot be retried: it can be cancelled or signalled.")
            )
            expect(await ask("POST", `${LIST}/${done}/cancel`)).toStrictEqual(
              stateProblem("Execution 1 is succeeded and cannot be cancelled: nothing can be done to it any more.")
            )
            for (const change of ["retry", "cancel", "signals/a"]) {
              expect(await ask("POST", `${LIST}/9/${change}`)).toStrictEqual(
                problem(404, "Not Found", "There is no execution 9.")
              )
              expect((await ask("POST", `${LIST}/x/${change}`))[0]).toBe(400)
            }
          })
        })
      ))
  })

  describe("signal", () => {
    const signals = (id: string) =>
      Effect.map(
        Effect.flatMap(ExecutionReport, (report) => report.steps(id)),
        (steps) => steps.filter(({ kind }) => kind === "signal").map(({ name, value }) => [name, value])
      )

    it("hands over the body, once per name", () =>
      serving((ask) =>
        Effect.gen(function* () {
          const id = yield* waitingExecution("a")
          yield* Effect.promise(async () => {
            const [status, first] = await ask("POST", `${LIST}/${id}/signals/decision`, '{"approved":true}')
            expect([status, first.isChanged, first.execution.state]).toStrictEqual([200, true, "pending"])
            const [again, second] = await ask("POST", `${LIST}/${id}/signals/decision`, '{"approved":false}')
            expect([again, second.isChanged]).toStrictEqual([200, false])
            const name = encodeURIComponent("a/b ü")
            expect((await ask("POST", `${LIST}/${id}/signals/${name}`))[0]).toBe(200)
          })
          expect(yield* signals(id)).toStrictEqual([
            ["decision", { approved: true }],
            ["a/b ü", null]
          ])
        })
      ))

    it("takes a body of 64 KiB, and answers 413 for more", () =>
      serving((ask) =>
        Effect.gen(function* () {
          const id = yield* waitingExecution("a")
          const text = `"${"x".repeat(65_534)}"`
          yield* Effect.promise(async () => {
            expect(await ask("POST", `${LIST}/${id}/signals/more`, `${text} `)).toStrictEqual(
              problem(413, "Content Too Large", "The body is larger than 64 KiB.")
            )
            expect((await ask("POST", `${LIST}/${id}/signals/enough`, text))[0]).toBe(200)
          })
          expect((yield* signals(id)).map(([name]) => name)).toStrictEqual(["enough"])
        })
      ))

    it.each([
      ["no JSON", "{bad"],
      ["a fraction", '{"amount":12.5}'],
      ["U+0000", '"\\u0000"'],
      ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22])]
    ])("answers 400 for %s, and records nothing", (_, body) =>
      serving((ask) =>
        Effect.gen(function* () {
          const id = yield* waitingExecution("a")
          const [status, { detail }] = yield* Effect.promise(() => ask("POST", `${LIST}/${id}/signals/a`, body))
          expect(status).toBe(400)
          expect(detail).toMatch(/^The body must be JSON of at most 64 KiB .* with whole numbers only/)
          expect(yield* signals(id)).toStrictEqual([])
        })
      )
    )

    it("answers 400 for a name that is too long", () =>
      serving((ask) =>
        Effect.gen(function* () {
          const id = yield* waitingExecution("a")
          yield* Effect.promise(async () => {
            for (const length of [101, 5_000]) {
              const [status, { detail }] = await ask("POST", `${LIST}/${id}/signals/${"x".repeat(length)}`)
              expect(status).toBe(400)
              expect(detail).toMatch(/^The parameter name is "x{60}…": it must be a name of 1 to 100 characters/)
            }
          })
        })
      ))
  })

  it("answers 503 while the store fails, with Retry-After where that may help", () => {
    const refusals = [true, false].map((isRetryable) =>
      Operations.refusal(new StoreError({ reason: "Unreachable", message: "nobody answers", isRetryable }))
    )
    expect(refusals.map(({ headers, status }) => [status, headers["retry-after"]])).toStrictEqual([
      [503, "10"],
      [503, undefined]
    ])
  })
})
