/**
 * What every `RunJournal` must do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as PlainDate from "../../calendar/PlainDate.ts"
import { type RunEnd, RunJournal, type RunStart } from "../../ports/RunJournal.ts"
import type { RunRecord } from "../MemoryRunJournal.ts"

/**
 * A journal that nobody else uses, empty at first. `runs` gives its records,
 * the oldest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalSetup {
  readonly layer: Layer.Layer<RunJournal, unknown>
  readonly runs: () => Promise<ReadonlyArray<RunRecord>>
  readonly close: () => Promise<void>
}

const start: RunStart = {
  job: "sync-entitlements",
  businessDate: PlainDate.parseUnsafe("2026-03-06"),
  fromDate: PlainDate.parseUnsafe("2025-01-01")
}

/** From before 1970 to after 2038. */
const LONG = { fromEpochSeconds: -1, untilEpochSeconds: 2_208_988_801 }

const SECOND = { fromEpochSeconds: 1_772_755_199, untilEpochSeconds: 1_772_755_200 }

/**
 * The suite of the journal. `setup` is called before each test.
 *
 * @category contracts
 * @since 0.1.0
 */
export const runJournalContract = (name: string, setup: () => Promise<JournalSetup>): void => {
  describe(`${name} as RunJournal`, () => {
    let current: JournalSetup
    beforeEach(async () => {
      current = await setup()
    })
    afterEach(() => current.close())

    const use = <A, E>(act: (journal: RunJournal["Service"]) => Effect.Effect<A, E>): Promise<A> =>
      Effect.runPromise(Effect.provide(Effect.flatMap(RunJournal, act), current.layer))

    it("opens a run as running, for its job, business day and first day", async () => {
      const runId = await use((journal) => journal.begin(start))
      expect(await current.runs()).toStrictEqual([{ ...start, runId, state: "running" }])
    })

    it("opens a run without a first day", async () => {
      const unbounded = { ...start, fromDate: undefined }
      const runId = await use((journal) => journal.begin(unbounded))
      expect(await current.runs()).toStrictEqual([{ ...unbounded, runId, state: "running" }])
    })

    it("gives each run a number above those before", async () => {
      const runIds = await use((journal) =>
        Effect.all([journal.begin(start), journal.begin({ ...start, job: "other" }), journal.begin(start)])
      )
      expect(runIds.every((runId) => Number.isInteger(runId) && runId > 0)).toBe(true)
      expect(runIds.toSorted((one, other) => one - other)).toStrictEqual(runIds)
      expect(new Set(runIds).size).toBe(3)
    })

    it("closes a run as complete, with its counts, and no other", async () => {
      const counts = { invoicesRead: 3, "finding.MemberMissing": 1, none: 0 }
      const [first, other] = await use((journal) =>
        Effect.gen(function* () {
          const runIds = [yield* journal.begin(start), yield* journal.begin({ ...start, job: "other" })] as const
          yield* journal.end(runIds[0], { state: "complete", counts })
          return runIds
        })
      )
      expect(await current.runs()).toStrictEqual([
        { ...start, runId: first, state: "complete", counts },
        { ...start, runId: other, job: "other", state: "running" }
      ])
    })

    it("closes a run as failed, with what stopped it", async () => {
      const error = "the server\n'went' away: \"č\" \\"
      const runId = await use((journal) =>
        Effect.tap(journal.begin(start), (begun) => journal.end(begun, { state: "failed", error }))
      )
      expect(await current.runs()).toStrictEqual([{ ...start, runId, state: "failed", error }])
    })

    it("marks an abandoned run of the same job as failed when the next begins, and none of another job", async () => {
      const runIds = await use((journal) =>
        Effect.all([journal.begin(start), journal.begin({ ...start, job: "other" }), journal.begin(start)])
      )
      expect(await current.runs()).toStrictEqual([
        { ...start, runId: runIds[0], state: "failed", error: expect.stringMatching(/./) },
        { ...start, runId: runIds[1], job: "other", state: "running" },
        { ...start, runId: runIds[2], state: "running" }
      ])
    })

    it("leaves runs that have ended as they are when the next begins", async () => {
      const runIds = await use((journal) =>
        Effect.gen(function* () {
          const complete = yield* journal.begin(start)
          yield* journal.end(complete, { state: "complete", counts: { entitlements: 2 } })
          const failed = yield* journal.begin(start)
          yield* journal.end(failed, { state: "failed", error: "no" })
          return [complete, failed, yield* journal.begin(start)] as const
        })
      )
      expect(await current.runs()).toStrictEqual([
        { ...start, runId: runIds[0], state: "complete", counts: { entitlements: 2 } },
        { ...start, runId: runIds[1], state: "failed", error: "no" },
        { ...start, runId: runIds[2], state: "running" }
      ])
    })

    it("keeps the window that a run covers, also once it has ended", async () => {
      const [complete, failed, running] = await use((journal) =>
        Effect.gen(function* () {
          const runIds = [
            yield* journal.begin({ ...start, window: LONG }),
            yield* journal.begin({ ...start, window: SECOND, job: "other" }),
            yield* journal.begin({ ...start, window: SECOND, job: "third" })
          ] as const
          yield* journal.end(runIds[0], { state: "complete", counts: {} })
          yield* journal.end(runIds[1], { state: "failed", error: "no" })
          return runIds
        })
      )
      expect(await current.runs()).toStrictEqual([
        { ...start, window: LONG, runId: complete, state: "complete", counts: {} },
        { ...start, window: SECOND, job: "other", runId: failed, state: "failed", error: "no" },
        { ...start, window: SECOND, job: "third", runId: running, state: "running" }
      ])
    })

    describe("the last window's end", () => {
      const lastEnd = (job: string) => use((journal) => journal.lastWindowEnd(job))
      const ended = (job: string, window: RunStart["window"], end: RunEnd = { state: "complete", counts: {} }) =>
        use((journal) =>
          Effect.flatMap(journal.begin({ ...start, job, ...(window === undefined ? {} : { window }) }), (runId) =>
            journal.end(runId, end)
          )
        )
      const until = (untilEpochSeconds: number) => ({ fromEpochSeconds: 0, untilEpochSeconds })

      it("is none where no run was", async () => {
        expect(await lastEnd("a")).toStrictEqual(Option.none())
      })

      it("is none where runs covered no window", async () => {
        await ended("a", undefined)
        expect(await lastEnd("a")).toStrictEqual(Option.none())
      })

      it("is that of a complete run, not of one that failed, goes on or was abandoned", async () => {
        await ended("a", until(9), { state: "failed", error: "no" })
        await use((journal) => journal.begin({ ...start, job: "a", window: until(8) }))
        expect(await lastEnd("a")).toStrictEqual(Option.none())
        await ended("a", until(3))
        await use((journal) => journal.begin({ ...start, job: "a", window: until(7) }))
        expect(await lastEnd("a")).toStrictEqual(Option.some(3))
      })

      it("is the latest end, not that of the last run", async () => {
        await ended("a", until(30))
        await ended("a", until(1_000))
        await ended("a", { fromEpochSeconds: 5, untilEpochSeconds: 200 })
        await ended("a", undefined)
        expect(await lastEnd("a")).toStrictEqual(Option.some(1_000))
      })

      it("is that of the job", async () => {
        await ended("a", until(30))
        await ended("b", until(40))
        expect(await Promise.all(["a", "b", "c"].map(lastEnd))).toStrictEqual([
          Option.some(30),
          Option.some(40),
          Option.none()
        ])
      })

      it("is exact to the second, before 1970 and after 2038", async () => {
        await ended("a", LONG)
        await ended("b", { fromEpochSeconds: -86_401, untilEpochSeconds: -86_399 })
        expect([await lastEnd("a"), await lastEnd("b")]).toStrictEqual([
          Option.some(LONG.untilEpochSeconds),
          Option.some(-86_399)
        ])
      })
    })
  })
}
