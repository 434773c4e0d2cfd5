import { PlainDate } from "@reckoner/core"
import { EntitlementStore, RunLock, RunLockBusy } from "@reckoner/core/ports"
import { MemoryEntitlementStore, MemoryExecutions, MemoryRunJournal, MemoryRunLock } from "@reckoner/core/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import * as Config from "../Config.ts"
import * as SyncQuotas from "./SyncQuotas.ts"

const report = (entitlements: number) => ({
  job: "sync-entitlements",
  runId: 1,
  businessDate: PlainDate.parseUnsafe("2026-03-05"),
  dryRun: false,
  invoices: { read: 3, granted: 1, held: 1, nothingToGrant: 1 },
  entitlements,
  items: entitlements,
  releasedHolds: 0,
  findings: { MemberMissing: 1, InvoiceBeforeAnchor: 2 },
  holds: { NestedPackage: 2, EmptyPackage: 1 }
})

describe("SyncQuotas", () => {
  describe("answer", () => {
    it.each([
      [0, "No new invoices found matching active criteria."],
      [1, "Successfully synchronized 1 new quotas."],
      [828_000, "Successfully synchronized 828000 new quotas."]
    ])("says for %d: %s", (entitlements, detail) => {
      expect(JSON.stringify(SyncQuotas.answer(report(entitlements)))).toBe(
        `{"status":"complete","detail":"${detail}",` +
          `"findings":{"InvoiceBeforeAnchor":2,"MemberMissing":1},"held":{"EmptyPackage":1,"NestedPackage":2}}`
      )
    })
  })

  describe("SyncRunner", () => {
    const department = {
      departmentId: 1,
      isActive: true,
      companyIsActive: true,
      companyModuleIds: new Set([50]),
      membershipSettings: new Set(["F"])
    }

    /** Runs a test with what requests run, in time and metrics of its own. */
    const withRunner = <A, E>(
      test: (
        run: SyncQuotas.SyncRunner["Service"]["run"],
        gym: {
          readonly begun: Deferred.Deferred<void>
          readonly go: Deferred.Deferred<void>
          readonly scope: Scope.Closeable
          readonly asked: ReadonlyArray<unknown>
          readonly states: () => ReadonlyArray<string>
          readonly lock: RunLock["Service"]
        }
      ) => Effect.Effect<A, E>,
      { env = {}, isHeld = false }: { readonly env?: Record<string, string>; readonly isHeld?: boolean } = {}
    ): Promise<A> =>
      Effect.runPromise(
        Effect.gen(function* () {
          yield* TestClock.setTime(Date.parse("2026-03-05T23:30:00Z"))
          const executions = MemoryExecutions.make()
          const begun = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          const asked: Array<unknown> = []
          const watched = Effect.map(EntitlementStore, (store) =>
            EntitlementStore.of({
              ...store,
              departments: Effect.andThen(
                isHeld ? Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go)) : Effect.void,
                store.departments
              ),
              pendingEstimate: (scope) => (asked.push(scope.fromDate), store.pendingEstimate(scope))
            })
          )
          const gym = MemoryEntitlementStore.make({ departments: [department] }).layer
          const ports = Layer.mergeAll(
            Layer.provide(Layer.effect(EntitlementStore, watched), gym),
            MemoryRunJournal.make().layer,
            MemoryRunLock.make().layer,
            executions.layer
          )
          const values = yield* Effect.provideService(
            Config.load,
            ConfigProvider.ConfigProvider,
            ConfigProvider.fromEnv({ env })
          )
          const scope = yield* Scope.make()
          const context = yield* Layer.buildWithScope(
            Layer.provideMerge(SyncQuotas.SyncRunner.layer(values, 20), ports),
            scope
          )
          const states = () => executions.executions().map(({ state }) => state)
          const lock = Context.get(context, RunLock)
          return yield* test(Context.get(context, SyncQuotas.SyncRunner).run, { begun, go, scope, asked, states, lock })
        }).pipe(
          Effect.provide(Layer.merge(TestClock.layer(), Logger.layer([]))),
          Effect.provideService(Metric.MetricRegistry, new Map())
        )
      )

    it("goes on when its caller goes away", () =>
      withRunner(
        (run, { begun, go, states }) =>
          Effect.gen(function* () {
            const caller = yield* Effect.forkChild(run)
            yield* Deferred.await(begun)
            yield* Fiber.interrupt(caller)
            expect(states()).toStrictEqual(["running"])
            yield* Deferred.succeed(go, undefined)
            yield* TestClock.adjust(0)
            expect(states()).toStrictEqual(["succeeded"])
          }),
        { isHeld: true }
      ))

    it("is stopped with its server, and cancelled", () =>
      withRunner(
        (run, { begun, scope, states }) =>
          Effect.gen(function* () {
            yield* Effect.forkChild(run)
            yield* Deferred.await(begun)
            yield* Scope.close(scope, Exit.void)
            expect(states()).toStrictEqual(["cancelled"])
          }),
        { isHeld: true }
      ))

    it("runs for the date of each request in the zone of the settings, from their first date on", () =>
      withRunner(
        (run, { asked }) =>
          Effect.gen(function* () {
            const first = yield* run
            yield* TestClock.adjust("1 day")
            const second = yield* run
            expect([first, second].map(({ businessDate }) => businessDate)).toStrictEqual(
              ["2026-03-06", "2026-03-07"].map(PlainDate.parseUnsafe)
            )
            expect(asked).toStrictEqual([PlainDate.parseUnsafe("2026-01-31"), PlainDate.parseUnsafe("2026-01-31")])
          }),
        { env: { RECKONER_ZONE: "Europe/Zagreb", RECKONER_FROM_DATE: "2026-01-31" } }
      ))

    it("waits for another run as long as it may", () =>
      withRunner((run, { lock }) =>
        Effect.gen(function* () {
          const locked = lock.exclusively(
            "sync-entitlements",
            { waitMs: 0, onWait: Effect.void },
            Effect.gen(function* () {
              const fiber = yield* Effect.forkChild(Effect.flip(run))
              yield* TestClock.adjust("1 second")
              return yield* Fiber.join(fiber)
            })
          )
          expect(yield* locked).toStrictEqual(new RunLockBusy({ name: "sync-entitlements", waitedMs: 20 }))
        })
      ))

    it("makes its counters known before the first run", () =>
      withRunner(() =>
        Effect.gen(function* () {
          const counters = (yield* Metric.snapshot).filter(({ id }) => id === "reckoner_runs_total")
          expect(counters.map(({ attributes, state }) => [attributes?.["outcome"], state])).toMatchObject(
            ["complete", "failed", "busy", "stopped"].map((outcome) => [outcome, { count: 0 }])
          )
        })
      ))
  })
})
