import { BusinessZone } from "@reckoner/core"
import {
  FindingStore,
  ReferralDirectoryError,
  ReferralOrderStore,
  RunLock,
  RunLockBusy,
  ShipmentStore,
  StoreError
} from "@reckoner/core/ports"
import { MemoryExecutions, MemoryReferralDirectory, MemoryRunJournal, MemoryRunLock } from "@reckoner/core/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import { fromWeb, HttpServerRequest } from "effect/http/HttpServerRequest"
import { toWeb } from "effect/http/HttpServerResponse"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import * as Config from "../Config.ts"
import type * as PortFailure from "../engine/PortFailure.ts"
import { LOCK } from "../referral-commission/ReferralRun.ts"
import * as Requests from "./Requests.ts"
import * as SyncAffiliateOrder from "./SyncAffiliateOrder.ts"
import * as SyncAffiliateOrderGroup from "./SyncAffiliateOrderGroup.ts"

const { MONTH, OLD_TABLE, PATH } = SyncAffiliateOrderGroup
const TOKEN = "fedcba9876543210"
const METHODS = ["GET", "POST"] as const

const referralZone = Result.getOrThrow(BusinessZone.parse("Asia/Jakarta"))
const read = (query: Parameters<typeof SyncAffiliateOrder.read>[0]) => SyncAffiliateOrder.read(query, { referralZone })

/** The query of a request, as it comes. */
const queryOf = (month: string, isMove?: string) =>
  `?${MONTH}=${month}${isMove === undefined ? "" : `&${OLD_TABLE}=${isMove}`}`

const DAILY = { _tag: "Daily" }
const IMPORT = { _tag: "Import" }
const backfill = (month: string) => ({ _tag: "Backfill", month })

const BAD_FLAG = (text: string) => `The parameter ${OLD_TABLE} is ${text}: it must be true or false.`
const BAD_MONTH = (text: string) => `The parameter ${MONTH} is ${text}: it must be a month like 2023-10 or 10-2023.`
const BOTH = `Give ${MONTH} or ${OLD_TABLE}, not both: they are two runs.`

/** Sends requests to the endpoint alone, with its token. */
const serving = Effect.gen(function* () {
  const api = HttpApi.make("reckoner").add(SyncAffiliateOrderGroup.Group)
  const app = yield* HttpRouter.toHttpEffect(
    HttpApiBuilder.layer(api).pipe(Layer.provide(SyncAffiliateOrder.handlers), Layer.provide(HttpServer.layerServices))
  )
  return (method: string, query = "") => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    const request = new Request(`http://localhost${PATH}${query}`, { method, headers })
    return Requests.handled({ api: Option.none(), private: Option.some(Redacted.make(TOKEN)) })(app).pipe(
      Effect.map(toWeb),
      Effect.provideService(HttpServerRequest, fromWeb(request)),
      Effect.provide(Logger.layer([])),
      Effect.scoped
    )
  }
})

describe("SyncAffiliateOrder", () => {
  describe("read", () => {
    it.each([
      ["nothing", {}, DAILY],
      ["empty values", { [MONTH]: "", [OLD_TABLE]: "" }, DAILY],
      ["a month", { [MONTH]: "2023-10" }, backfill("2023-10")],
      ["a month turned round", { [MONTH]: "10-2023" }, backfill("2023-10")],
      ["the first month of a year, turned round", { [MONTH]: "01-2024" }, backfill("2024-01")],
      ["the last month of a year", { [MONTH]: "2024-12" }, backfill("2024-12")],
      ["a month and an empty flag", { [MONTH]: "2023-10", [OLD_TABLE]: "" }, backfill("2023-10")],
      ["a month and false", { [MONTH]: "2023-10", [OLD_TABLE]: "false" }, backfill("2023-10")],
      ["a month and 0", { [MONTH]: "2023-10", [OLD_TABLE]: "0" }, backfill("2023-10")],
      ["true", { [OLD_TABLE]: "true" }, IMPORT],
      ["TRUE", { [OLD_TABLE]: "TRUE" }, IMPORT],
      ["1 and an empty month", { [MONTH]: "", [OLD_TABLE]: "1" }, IMPORT],
      ["false", { [OLD_TABLE]: "false" }, DAILY],
      ["False", { [OLD_TABLE]: "False" }, DAILY],
      ["0", { [OLD_TABLE]: "0" }, DAILY]
    ])("takes %s", (_, query, asked) => {
      expect(read(query)).toStrictEqual(Result.succeed(asked))
    })

    it.each([
      "2023-13",
      "13-2023",
      "2023-00",
      "00-2023",
      "2023-1",
      "1-2023",
      "2023",
      "10",
      "2023/10",
      "202310",
      "2023-10-01",
      "01-10-2023",
      " 2023-10",
      "2023-10 ",
      "23-10",
      "0000-01",
      "-2023-10",
      "october"
    ])("refuses the month %j", (month) => {
      const message = BAD_MONTH(JSON.stringify(month))
      expect(read({ [MONTH]: month })).toStrictEqual(Result.fail(new SyncAffiliateOrder.ParametersRefused({ message })))
    })

    it.each(["yes", "no", "on", "2", "-1", "true ", "null", "toString"])("refuses the flag %j", (flag) => {
      const message = BAD_FLAG(JSON.stringify(flag))
      expect(read({ [OLD_TABLE]: flag })).toStrictEqual(
        Result.fail(new SyncAffiliateOrder.ParametersRefused({ message }))
      )
    })

    it.each([
      ["a month and true", "2023-10", "true", BOTH],
      ["no month and true", "2023-13", "1", BOTH],
      ["a month and no flag", "2023-10", "yes", BAD_FLAG('"yes"')],
      ["neither month nor flag", "2023-13", "yes", BAD_FLAG('"yes"')],
      ["no month and false", "2023-13", "false", BAD_MONTH('"2023-13"')]
    ])("says of several mistakes the first: %s", (_, month, flag, message) => {
      expect(read({ [MONTH]: month, [OLD_TABLE]: flag })).toStrictEqual(
        Result.fail(new SyncAffiliateOrder.ParametersRefused({ message }))
      )
    })

    it("repeats of a long text only its beginning", () => {
      const { message } = Result.getOrThrow(Result.flip(read({ [MONTH]: "x".repeat(5_000) })))
      expect(message).toBe(BAD_MONTH(JSON.stringify("x".repeat(60))))
    })
  })

  describe("handlers", () => {
    /** What the endpoint answers, and what it was asked to run. */
    const answered = (
      method: string,
      query: string,
      run: Effect.Effect<void, PortFailure.PortError> = Effect.void
    ): Promise<{ readonly response: Response; readonly asked: ReadonlyArray<SyncAffiliateOrder.Asked> }> => {
      const asked: Array<SyncAffiliateOrder.Asked> = []
      const runner = SyncAffiliateOrder.ReferralRunner.of({ read, run: (one) => (asked.push(one), run) })
      return Effect.runPromise(
        Effect.gen(function* () {
          const ask = yield* serving
          return { response: yield* ask(method, query), asked }
        }).pipe(Effect.provideService(SyncAffiliateOrder.ReferralRunner, runner), Effect.scoped)
      )
    }

    it.each(
      METHODS.flatMap((method) => [
        [method, "", DAILY] as const,
        [method, queryOf("", ""), DAILY] as const,
        [method, queryOf("10-2023"), backfill("2023-10")] as const,
        [method, queryOf("2023-10", "false"), backfill("2023-10")] as const,
        [method, `?${OLD_TABLE}=true`, IMPORT] as const
      ])
    )("answers %s %s in the words of its contract, once the run has ended", async (method, query, expected) => {
      const before = Date.now()
      const { asked, response } = await answered(method, query)
      expect(asked).toStrictEqual([expected])
      expect([response.status, response.headers.get("content-type")]).toStrictEqual([200, "application/json"])
      const text = await response.text()
      const { timestamp } = JSON.parse(text) as { readonly timestamp: string }
      // The order of the members is that of the contract.
      expect(text).toBe(
        `{"status":"Success","status_code":200,"message":"success sync order","timestamp":"${timestamp}","data":null}`
      )
      expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before)
      expect(Date.parse(timestamp)).toBeLessThanOrEqual(Date.now())
    })

    /** A refusal as text, but for its timestamp. */
    const refused = async (response: Response) => {
      const text = (await response.text()).replace(/"timestamp":"[^"]{24}"/, '"timestamp":"…"')
      return [response.status, text, response.headers.get("retry-after")]
    }

    const envelope = (status: number, title: string, detail: string, type: string) => {
      const problem = JSON.stringify({ type, title, status, detail })
      return `{"status":"Error","status_code":${status},"message":${JSON.stringify(detail)},"timestamp":"…","data":${problem}}`
    }

    const directory = (isRetryable: boolean) =>
      new ReferralDirectoryError({ reason: "TooSlow", message: "the user service says nothing", isRetryable })
    const store = (isRetryable: boolean) => new StoreError({ reason: "Unreachable", message: "gone", isRetryable })

    it.each([
      [
        "another run is in progress",
        new RunLockBusy({ name: LOCK, waitedMs: 30_000 }),
        [409, "Run In Progress", "Another run is in progress: try again when it has ended.", "run-in-progress"],
        "30"
      ],
      [
        "the user service may answer later",
        directory(true),
        [502, "System Unavailable", "the user service says nothing", "system-unavailable"],
        "30"
      ],
      [
        "the user service refuses",
        directory(false),
        [502, "System Unavailable", "the user service says nothing", "system-unavailable"],
        null
      ],
      ["the store may come back", store(true), [503, "Store Unavailable", "gone", "store-unavailable"], "10"],
      ["the store is unusable", store(false), [503, "Store Unavailable", "gone", "store-unavailable"], null]
    ] as const)("says in the same envelope that %s", async (_, error, [status, title, detail, type], retryAfter) => {
      for (const method of METHODS) {
        const { response } = await answered(method, "", Effect.fail(error))
        expect(await refused(response)).toStrictEqual([
          status,
          envelope(status, title, detail, `urn:reckoner:problem:${type}`),
          retryAfter
        ])
      }
    })

    it.each([
      [queryOf("2023-13"), BAD_MONTH('"2023-13"')],
      [queryOf("2023-10", "true"), BOTH],
      [`?${OLD_TABLE}=yes`, BAD_FLAG('"yes"')],
      ["?month=2023-10", `There is no parameter "month" here; there are ${MONTH}, ${OLD_TABLE}.`]
    ])("answers 400 for %s, and runs nothing", async (query, detail) => {
      for (const method of METHODS) {
        const { asked, response } = await answered(method, query)
        expect(await refused(response)).toStrictEqual([400, envelope(400, "Bad Request", detail, "about:blank"), null])
        expect(asked).toStrictEqual([])
      }
    })

    it("answers 500 for a bug, in the same envelope", async () => {
      for (const method of METHODS) {
        const { response } = await answered(method, "", Effect.die(new Error("oh")))
        expect(await refused(response)).toStrictEqual([
          500,
          envelope(500, "Internal Server Error", "The server failed: its log says why.", "about:blank"),
          null
        ])
      }
    })
  })

  describe("ReferralRunner", () => {
    /** In Jakarta it is the next day. */
    const NOW_MS = Date.parse("2026-03-05T23:30:00Z")

    interface Gym {
      readonly ask: (method: string, query?: string) => Effect.Effect<Response>
      /** Fulfilled once a run reads shipments, which it does not get before `go`. */
      readonly begun: Deferred.Deferred<void>
      readonly go: Deferred.Deferred<void>
      readonly scope: Scope.Closeable
      readonly executions: MemoryExecutions.MemoryExecutions["executions"]
      readonly lock: RunLock["Service"]
    }

    const unused = Effect.die("not part of this test")

    /** Runs a test with a server of the endpoint, on empty tables, in time and metrics of its own. */
    const withServer = <A, E>(
      test: (gym: Gym) => Effect.Effect<A, E>,
      { env = {}, isHeld = false }: { readonly env?: Record<string, string>; readonly isHeld?: boolean } = {}
    ): Promise<A> =>
      Effect.runPromise(
        Effect.gen(function* () {
          yield* TestClock.setTime(NOW_MS)
          const begun = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          const scope = yield* Scope.make()
          const lockOf = yield* Layer.buildWithScope(MemoryRunLock.make().layer, scope)
          const lock = Context.get(lockOf, RunLock)
          const held = isHeld ? Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go)) : Effect.void
          const shipments = ShipmentStore.of({
            shipments: () => Stream.unwrap(Effect.as(held, Stream.empty)),
            shipmentEstimate: () => Effect.succeed(0),
            shipment: () => unused,
            oldCommissions: Stream.unwrap(Effect.as(held, Stream.empty)),
            oldCommissionEstimate: Effect.succeed(0)
          })
          const orders = ReferralOrderStore.of({
            stored: () => Effect.succeed(new Map()),
            order: () => unused,
            recorder: Effect.succeed({ record: () => unused }),
            comparer: unused,
            lock
          })
          const findings = FindingStore.of({ record: () => unused, findings: () => unused, holds: () => unused })
          const executions = MemoryExecutions.make()
          const ports = Layer.mergeAll(
            Layer.succeed(ShipmentStore, shipments),
            Layer.succeed(ReferralOrderStore, orders),
            Layer.succeed(FindingStore, findings),
            MemoryReferralDirectory.make([]).layer,
            MemoryRunJournal.make().layer,
            executions.layer
          )
          const values = yield* Effect.provideService(
            Config.load,
            ConfigProvider.ConfigProvider,
            ConfigProvider.fromEnv({ env })
          )
          const context = yield* Layer.buildWithScope(
            Layer.provide(SyncAffiliateOrder.ReferralRunner.layer(values, 20), ports),
            scope
          )
          const ask = yield* Effect.provideContext(serving, context)
          return yield* test({ ask, begun, go, scope, executions: executions.executions, lock })
        }).pipe(
          Effect.scoped,
          Effect.provide(Layer.merge(TestClock.layer(), Logger.layer([]))),
          Effect.provideService(Metric.MetricRegistry, new Map())
        )
      )

    it.each(METHODS)("goes on when the caller of %s goes away", (method) =>
      withServer(
        ({ ask, begun, executions, go }) =>
          Effect.gen(function* () {
            const caller = yield* Effect.forkChild(ask(method))
            yield* Deferred.await(begun)
            yield* Fiber.interrupt(caller)
            expect(executions().map(({ state }) => state)).toStrictEqual(["running"])
            yield* Deferred.succeed(go, undefined)
            yield* TestClock.adjust(0)
            expect(executions().map(({ state }) => state)).toStrictEqual(["succeeded"])
          }),
        { isHeld: true }
      )
    )

    it.each(METHODS)("is stopped with its server, cancelled, and answered to %s with 503", (method) =>
      withServer(
        ({ ask, begun, executions, scope }) =>
          Effect.gen(function* () {
            const caller = yield* Effect.forkChild(ask(method))
            yield* Deferred.await(begun)
            yield* Scope.close(scope, Exit.void)
            expect(executions().map(({ state }) => state)).toStrictEqual(["cancelled"])
            expect((yield* Fiber.join(caller)).status).toBe(503)
          }),
        { isHeld: true }
      )
    )

    it("runs the job that is asked for, at the instant of each request, in the zone of the referrals", () =>
      withServer(
        ({ ask, executions }) =>
          Effect.gen(function* () {
            for (const query of ["", queryOf("10-2023"), `?${OLD_TABLE}=1`]) {
              expect((yield* ask("GET", query)).status).toBe(200)
              yield* TestClock.adjust("1 day")
            }
            const at = (days: number) => NOW_MS + days * 86_400_000
            const common = { zone: "Asia/Makassar", lockWaitMs: 20 }
            const ran = executions()
              .map(({ input, job }) => [job, input])
              .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1))
            expect(ran).toStrictEqual([
              [
                "backfill-referral-orders",
                {
                  month: "2023-10",
                  by: "return",
                  askedAt: "2026-03-06T23:30:00.000Z",
                  atMs: at(1),
                  ...common
                }
              ],
              ["import-legacy-commissions", { askedAt: "2026-03-07T23:30:00.000Z", atMs: at(2), ...common }],
              [
                "sync-referral-orders",
                { businessDate: "2026-03-06", askedAt: "2026-03-05T23:30:00.000Z", atMs: at(0), ...common }
              ]
            ])
          }),
        { env: { RECKONER_REFERRAL_ZONE: "Asia/Makassar", RECKONER_ZONE: "America/Santiago" } }
      ))

    it.each([[""], [queryOf("2023-10")], [`?${OLD_TABLE}=true`]])(
      "waits for another run as long as it may: %s",
      (query) =>
        withServer(({ ask, lock }) =>
          Effect.gen(function* () {
            const response = yield* lock.exclusively(
              LOCK,
              { waitMs: 0, onWait: Effect.void },
              Effect.gen(function* () {
                const fiber = yield* Effect.forkChild(ask("GET", query))
                yield* TestClock.adjust("1 second")
                return yield* Fiber.join(fiber)
              })
            )
            expect([response.status, response.headers.get("retry-after")]).toStrictEqual([409, "30"])
            // And then it may.
            expect((yield* ask("GET", query)).status).toBe(200)
          })
        )
    )

    it("makes the counters of its jobs known before the first run", () =>
      withServer(() =>
        Effect.gen(function* () {
          const counters = (yield* Metric.snapshot).filter(({ id }) => id === "reckoner_runs_total")
          expect(new Set(counters.map(({ attributes }) => attributes?.["job"]))).toStrictEqual(
            new Set(["sync-referral-orders", "backfill-referral-orders", "import-legacy-commissions"])
          )
          expect(counters.every(({ state }) => "count" in state && Number(state.count) === 0)).toBe(true)
        })
      ))
  })
})
