import {
  EntitlementStore,
  type ExecutionQueue,
  type ExecutionRecorder,
  ExecutionReport,
  type ExecutionStore,
  type Purged,
  type Retention,
  type RunJournal,
  type RunLock,
  StoreError
} from "@reckoner/core/ports"
import {
  MemoryEntitlementStore,
  MemoryExecutions,
  MemoryFindingStore,
  MemoryReferralDirectory,
  MemoryReferralOrderStore,
  MemoryRunJournal,
  MemoryRunLock,
  MemoryShipmentStore
} from "@reckoner/core/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { LogLevel } from "effect/LogLevel"
import * as Option from "effect/Option"
import * as References from "effect/References"
import { TestClock, TestConsole } from "effect/testing"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import * as ExitCode from "../ExitCode.ts"
import type * as ReferralJobs from "../referral-commission/ReferralJobs.ts"
import * as JobRun from "./JobRun.ts"

type Ports =
  | EntitlementStore
  | RunJournal
  | RunLock
  | ExecutionStore
  | ExecutionRecorder
  | ExecutionQueue
  | ExecutionReport
  | ReferralJobs.Ports

const SYNC = "sync-entitlements"
const PURGE = "purge-executions"
const REFERRAL = ["sync-referral-orders", "backfill-referral-orders", "import-legacy-commissions"]
const NOW_MS = Date.parse("2026-03-05T06:00:00Z")
const CLEAR_LINE = "\r\u001b[K"

const INPUT: JobRun.Input = {
  at: Option.none(),
  from: Option.none(),
  month: Option.none(),
  by: Option.none(),
  dryRun: false,
  noWait: true,
  json: false
}

const department = {
  departmentId: 1,
  isActive: true,
  companyIsActive: true,
  companyModuleIds: new Set([50]),
  membershipSettings: new Set(["F"])
}

let executions: MemoryExecutions.MemoryExecutions
let journal: MemoryRunJournal.MemoryRunJournal
let logged: Array<unknown>
beforeEach(() => {
  executions = MemoryExecutions.make()
  journal = MemoryRunJournal.make()
  logged = []
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** What the command prints, or is refused with. */
const printed = async (
  change: Partial<JobRun.Input & { readonly name: string }>,
  {
    level = "Info",
    wrap = (run) => run
  }: {
    readonly level?: LogLevel
    readonly wrap?: <A, E>(run: Effect.Effect<A, E, Ports>) => Effect.Effect<A, E, Ports>
  } = {}
): Promise<string> => {
  const ports = Layer.mergeAll(
    MemoryShipmentStore.make({}).layer,
    MemoryReferralOrderStore.make().layer,
    MemoryReferralDirectory.make([]).layer,
    MemoryFindingStore.make(journal).layer,
    MemoryEntitlementStore.make({ departments: [department] }).layer,
    journal.layer,
    MemoryRunLock.make().layer,
    executions.layer
  )
  const logger = Logger.make<unknown, void>(({ message }) => void logged.push(message))
  const exit = await Effect.runPromiseExit(
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW_MS)
      yield* wrap(JobRun.run({ ...INPUT, name: SYNC, ...change }))
      return (yield* TestConsole.logLines).join("\n")
    }).pipe(
      Effect.provide(Layer.mergeAll(ports, TestConsole.layer, TestClock.layer(), Logger.layer([logger]))),
      Effect.provideService(References.MinimumLogLevel, level),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: {} }))
    )
  )
  return Exit.isSuccess(exit) ? exit.value : ExitCode.ofCause(exit.cause).message
}

const FULL = new StoreError({ reason: "StorageFull", message: "no room", isRetryable: false })

/** A store that is full once everything is read. */
const brokenAtLast = <A, E>(run: Effect.Effect<A, E, Ports>): Effect.Effect<A, E, Ports> =>
  Effect.flatMap(EntitlementStore, (store) =>
    Effect.provideService(
      run,
      EntitlementStore,
      EntitlementStore.of({
        ...store,
        recorder: (runId) =>
          Effect.map(store.recorder(runId), (recorder) => ({ ...recorder, releaseHolds: Effect.fail(FULL) }))
      })
    )
  )

/** The report, whose purge gives these answers and then nothing; what it was asked for is noted. */
const purging = (answers: ReadonlyArray<Purged | StoreError>, asked: Array<Retention> = []) => {
  const rest = [...answers]
  return <A, E>(run: Effect.Effect<A, E, Ports>): Effect.Effect<A, E, Ports> =>
    Effect.flatMap(ExecutionReport, (report) =>
      Effect.provideService(
        run,
        ExecutionReport,
        ExecutionReport.of({
          ...report,
          purge: (retention) =>
            Effect.suspend(() => {
              asked.push(retention)
              const answer = rest.shift() ?? { emptied: 0, removed: 0 }
              return answer instanceof StoreError ? Effect.fail(answer) : Effect.succeed(answer)
            })
        })
      )
    )
}

describe("JobRun", () => {
  describe("run, of sync-entitlements", () => {
    it("prints what came of it, as text or as JSON", async () => {
      expect(await printed({})).toMatch(/^sync-entitlements for 2026-03-05, run 1: complete\n/)
      expect(JSON.parse(await printed({ json: true }))).toMatchObject({ job: SYNC, runId: 2, dryRun: false })
      expect(executions.executions().map(({ state }) => state)).toStrictEqual(["succeeded", "succeeded"])
    })

    it("leaves no trace of a dry run", async () => {
      expect(JSON.parse(await printed({ dryRun: true, json: true }))).toMatchObject({ runId: null, dryRun: true })
      expect([executions.executions(), journal.runs()]).toStrictEqual([[], []])
    })

    it.each([
      ["Info", []],
      ["Debug", [["run complete"]]]
    ] as const)("says at the log level %s beside what it prints: %j", async (level, said) => {
      await printed({}, { level })
      expect(logged).toStrictEqual(said)
    })

    it.each([
      ["complete", (run) => run],
      ["no room", brokenAtLast]
    ] as ReadonlyArray<readonly [string, typeof brokenAtLast]>)(
      "clears its line of a terminal when the run has ended: %s",
      async (end, wrap) => {
        const written: Array<string> = []
        vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0)
        const wasTerminal = process.stderr.isTTY
        process.stderr.isTTY = true
        const text = await printed({}, { wrap }).finally(() => (process.stderr.isTTY = wasTerminal))
        expect(text).toContain(end)
        expect(written).toStrictEqual([expect.stringContaining("0 of about 0 invoices"), CLEAR_LINE])
      }
    )
  })

  describe("run, of purge-executions", () => {
    it.each([
      [{ dryRun: true }, "--dry-run"],
      [{ from: Option.some(0 as never) }, "--from"],
      [
        { at: Option.some(NOW_MS), month: Option.some("2026-01"), by: Option.some("return" as const) },
        "--at, --month, --by"
      ]
    ] as const)("refuses %j", async (change, flags) => {
      expect(await printed({ name: PURGE, ...change })).toBe(`purge-executions does not take ${flags}`)
      expect(executions.executions()).toStrictEqual([])
    })

    it("prints how much it removed and emptied", async () => {
      const wrap = () => purging([{ emptied: 2_000, removed: 3 }])
      expect(await printed({ name: PURGE }, { wrap: wrap() })).toBe(
        "purge-executions: 3 executions removed, 2,000 emptied whose keys are kept"
      )
      expect(JSON.parse(await printed({ name: PURGE, json: true }, { wrap: wrap() }))).toStrictEqual({
        job: PURGE,
        executionId: "2",
        emptied: 2_000,
        removed: 3
      })
    })

    it("runs whenever it is asked, also twice within a millisecond", async () => {
      const asked: Array<Retention> = []
      for (const wrap of [purging([], asked), purging([], asked)]) await printed({ name: PURGE }, { wrap })
      expect(asked.length).toBe(2)
      expect(executions.executions().map(({ businessKey }) => businessKey)).toStrictEqual([
        "asked 2026-03-05T06:00:00.000Z",
        "asked 2026-03-05T06:00:00.001Z"
      ])
    })

    it("fails with what the store said", async () => {
      expect(await printed({ name: PURGE }, { wrap: purging([FULL]) })).toContain("no room")
      expect(logged).toStrictEqual([])
    })
  })

  describe("run, of the referral jobs", () => {
    const [DAILY, BACKFILL, IMPORT] = REFERRAL as [string, string, string]

    it.each([
      [DAILY, { from: Option.some(0 as never) }, `${DAILY} does not take --from`],
      [DAILY, { month: Option.some("2026-01") }, `${DAILY} does not take --month`],
      [BACKFILL, { at: Option.some(NOW_MS) }, `${BACKFILL} does not take --at`],
      [IMPORT, { by: Option.some("return" as const) }, `${IMPORT} does not take --by`],
      [SYNC, { month: Option.some("2026-01") }, `${SYNC} does not take --month`],
      [BACKFILL, {}, `${BACKFILL} needs --month, like --month 2026-01`],
      [DAILY, { at: Option.some(NOW_MS + 1) }, "--at lies in the future: days that are not over cannot be covered"]
    ] as const)("refuses of %s %j: %s", async (name, change, message) => {
      expect(await printed({ name, ...change })).toBe(message)
      expect([executions.executions(), journal.runs()]).toStrictEqual([[], []])
    })

    it("prints what came of it, as text or as JSON, for the day before in the zone of the referrals", async () => {
      expect(await printed({ name: DAILY })).toMatch(
        /^sync-referral-orders for 2026-03-04 \(Asia\/Jakarta\), run 1: complete\n/
      )
      const at = Option.some(Date.parse("2026-03-04T18:00:00Z"))
      expect(JSON.parse(await printed({ name: DAILY, at, json: true }))).toMatchObject({
        job: DAILY,
        runs: [
          { runId: 2, dryRun: false, read: 0, window: { untilEpochSeconds: Date.parse("2026-03-04T17:00:00Z") / 1000 } }
        ]
      })
    })

    it("takes a month by its returns unless it is told otherwise", async () => {
      const month = Option.some("2026-02")
      expect(await printed({ name: BACKFILL, month })).toMatch(
        /^backfill-referral-orders for 2026-02-01 to 2026-02-28 \(Asia\/Jakarta\), run 1: complete\n/
      )
      await printed({ name: BACKFILL, month, by: Option.some("any-milestone") })
      expect(executions.executions().map(({ businessKey }) => businessKey)).toStrictEqual([
        "2026-02 return asked 2026-03-05T06:00:00.000Z",
        "2026-02 any-milestone asked 2026-03-05T06:00:00.000Z"
      ])
    })

    it.each([DAILY, IMPORT])("leaves no trace of a dry run of %s", async (name) => {
      expect(await printed({ name, dryRun: true })).toContain("dry run: nothing was written")
      expect([executions.executions(), journal.runs()]).toStrictEqual([[], []])
    })
  })

  describe("checkName", () => {
    const message = (name: string) =>
      Effect.runPromise(
        JobRun.checkName(name).pipe(
          Effect.as("there is"),
          Effect.catch((error) => Effect.succeed(error.message))
        )
      )

    it.each([SYNC, PURGE])("takes %s", async (name) => {
      expect(await message(name)).toBe("there is")
    })

    it("fails with UsageRefused when there is no such job", async () => {
      expect(await message("nope")).toBe(`there is no job "nope"; there is: ${SYNC}, ${REFERRAL.join(", ")}, ${PURGE}`)
    })
  })
})
