/**
 * What every deployment of the engine must do, as one suite.
 *
 * @since 0.1.0
 */
import { ExecutionQueue, ExecutionRecorder, ExecutionStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { beforeEach, describe, expect, it } from "vitest"
import {
  BEGINS_MAX,
  type Deploy,
  engineUnderTest,
  PATIENCE_MS,
  RESIDENT_MAX,
  TEST_TIMEOUT_MS
} from "./EngineUnderTest.ts"
import { conductSuite } from "./conductSuite.ts"
import * as SuiteJobs from "./SuiteJobs.ts"
import { waitingSuite } from "./waitingSuite.ts"

/**
 * Runs the suite on a deployment.
 *
 * @category testing
 * @since 0.1.0
 */
export const engineSuite = <E>(name: string, deploy: Deploy<E>): void => {
  describe(`engine ${name}`, { timeout: TEST_TIMEOUT_MS }, () => {
    const underTest = engineUnderTest(name, deploy)
    const { engine, hits, result, run, start, stored, until } = underTest
    let key = ""
    beforeEach(() => {
      key = underTest.key()
    })

    waitingSuite(underTest)
    conductSuite(underTest, deploy)

    describe("start", () => {
      it("runs once for a key, however often it is started at the same moment", async () => {
        const starts = await Promise.all(Array.from({ length: 20 }, () => start(SuiteJobs.chain, { key, amount: 7n })))
        expect(starts.filter(({ started }) => started).length).toBe(1)
        expect(new Set(starts.map(({ executionId }) => executionId)).size).toBe(1)
        expect(await until(SuiteJobs.chain)).toStrictEqual({ _tag: "Succeeded", output: { total: 14n } })
        expect(["a", "b", "c"].map((step) => hits(`${key}/${step}`))).toStrictEqual([1, 1, 1])
      })

      it("returns the result on a repeat, and does not run again", async () => {
        // More than a float can hold.
        const amount = 9_007_199_254_740_993n
        const first = await start(SuiteJobs.chain, { key, amount })
        await until(SuiteJobs.chain)
        expect(await start(SuiteJobs.chain, { key, amount })).toStrictEqual({ ...first, started: false })
        expect(await result(SuiteJobs.chain)).toStrictEqual({ _tag: "Succeeded", output: { total: amount * 2n } })
        expect(hits(`${key}/a`)).toBe(1)
      })

      it("says so when a key was never started", async () => {
        expect(await result(SuiteJobs.chain)).toStrictEqual({ _tag: "Unknown" })
      })

      it("takes in no more than the setting allows at a time", async () => {
        const keys = Array.from({ length: RESIDENT_MAX * 3 }, (_, index) => `${key}-${index}`)
        await Promise.all(keys.map((each) => start(SuiteJobs.crowd, { key: each })))
        for (const each of keys) {
          expect(await until(SuiteJobs.crowd, ["Succeeded"], each)).toStrictEqual({ _tag: "Succeeded", output: null })
        }
        expect(SuiteJobs.crowdPeak()).toBe(RESIDENT_MAX)
      })
    })

    describe("steps", () => {
      it("fails typed after the tries of its policy; retry resumes after the last record", async () => {
        SuiteJobs.breakOn(key, "transient")
        await start(SuiteJobs.flaky, { key })
        expect(await until(SuiteJobs.flaky)).toStrictEqual({
          _tag: "Failed",
          failure: { _tag: "Error", error: new SuiteJobs.Refused({ key, kind: "transient" }) }
        })
        expect([hits(`${key}/first`), hits(`${key}/second`)]).toStrictEqual([1, SuiteJobs.TRANSIENT_TRIES_MAX])

        SuiteJobs.repair(key)
        expect(await start(SuiteJobs.flaky, { key })).toMatchObject({ started: false })
        expect(await result(SuiteJobs.flaky)).toMatchObject({ _tag: "Failed" })
        expect(await engine(({ retry }) => retry(SuiteJobs.flaky, key))).toBe(true)
        expect(await until(SuiteJobs.flaky)).toStrictEqual({ _tag: "Succeeded", output: "second of attempt 2" })
        expect([hits(`${key}/first`), hits(`${key}/second`)]).toStrictEqual([1, SuiteJobs.TRANSIENT_TRIES_MAX + 1])
      })

      it.each([
        ["permanent", 1],
        ["rate-limited", SuiteJobs.RATE_LIMITED_TRIES_MAX]
      ] as const)("tries a failure that is %s by its own policy", async (kind, tries) => {
        SuiteJobs.breakOn(key, kind)
        await start(SuiteJobs.flaky, { key })
        expect(await until(SuiteJobs.flaky)).toMatchObject({ _tag: "Failed" })
        expect(hits(`${key}/second`)).toBe(tries)
      })

      it("keeps a bug as a defect, and does not try it again", async () => {
        SuiteJobs.breakOn(key, "bug")
        await start(SuiteJobs.flaky, { key })
        const failure = { _tag: "Defect", message: "a bug on purpose" }
        expect(await until(SuiteJobs.flaky)).toStrictEqual({ _tag: "Failed", failure })
        expect(hits(`${key}/second`)).toBe(1)
      })
    })

    describe("cancel", () => {
      it("interrupts the step that runs, and is final until a retry", async () => {
        SuiteJobs.hold(key)
        await start(SuiteJobs.approval, { key })
        await expect.poll(() => hits(`${key}/before`)).toBe(1)
        expect(await engine(({ cancel }) => cancel(SuiteJobs.approval, key))).toBe(true)
        expect(await result(SuiteJobs.approval)).toStrictEqual({ _tag: "Cancelled" })
        await expect.poll(() => hits(`${key}/interrupted`)).toBe(1)
        expect(await start(SuiteJobs.approval, { key })).toMatchObject({ started: false })

        SuiteJobs.release(key)
        expect(await engine(({ retry }) => retry(SuiteJobs.approval, key))).toBe(true)
        await engine(({ signal }) => signal(SuiteJobs.approval, key, "decision", "after all"))
        expect(await until(SuiteJobs.approval)).toStrictEqual({ _tag: "Succeeded", output: "after all" })
      })

      it("reaches a step that runs in another process than the one that was told", async () => {
        SuiteJobs.hold(key)
        await start(SuiteJobs.approval, { key })
        await expect.poll(() => hits(`${key}/before`)).toBe(1)
        const { id } = await stored("approval", key)
        await run(ExecutionStore.use((store) => store.cancel(id)))
        await expect.poll(() => hits(`${key}/interrupted`), { timeout: PATIENCE_MS }).toBe(1)
        expect(await result(SuiteJobs.approval)).toStrictEqual({ _tag: "Cancelled" })
        SuiteJobs.release(key)
      })

      it("ends one that waits", async () => {
        await start(SuiteJobs.approval, { key })
        await until(SuiteJobs.approval, ["Waiting"])
        expect(await engine(({ cancel }) => cancel(SuiteJobs.approval, key))).toBe(true)
        expect(await until(SuiteJobs.approval)).toStrictEqual({ _tag: "Cancelled" })
      })

      it("does not touch one that has ended, nor one that is not there", async () => {
        expect(await engine(({ cancel }) => cancel(SuiteJobs.chain, key))).toBe(false)
        await start(SuiteJobs.chain, { key, amount: 1n })
        await until(SuiteJobs.chain)
        expect(await engine(({ cancel }) => cancel(SuiteJobs.chain, key))).toBe(false)
      })
    })

    describe("an atomic step", () => {
      it("keeps what it wrote together with its record", async () => {
        await start(SuiteJobs.atomic, { key })
        expect(await until(SuiteJobs.atomic)).toStrictEqual({ _tag: "Succeeded", output: "written" })
        expect(await stored("written", key)).toMatchObject({ state: "pending" })
      })

      it("undoes what a failed try wrote, and records the failure", async () => {
        SuiteJobs.breakOn(key, "transient")
        await start(SuiteJobs.atomic, { key })
        expect(await until(SuiteJobs.atomic)).toMatchObject({ _tag: "Failed", failure: { error: { key } } })
        expect(hits(`${key}/write`)).toBe(SuiteJobs.TRANSIENT_TRIES_MAX)
        const written = await run(ExecutionStore.use((store) => store.find({ job: "written", businessKey: key })))
        expect(written).toStrictEqual(Option.none())
        SuiteJobs.repair(key)
        expect(await engine(({ retry }) => retry(SuiteJobs.atomic, key))).toBe(true)
        expect(await until(SuiteJobs.atomic, ["Succeeded"])).toMatchObject({ output: "written" })
      })
    })

    describe("progress", () => {
      it("is kept while a step runs", async () => {
        SuiteJobs.hold(key)
        await start(SuiteJobs.approval, { key })
        await expect.poll(async () => (await stored("approval", key)).progress, { timeout: PATIENCE_MS }).toBe("begun")
        SuiteJobs.release(key)
        await engine(({ cancel }) => cancel(SuiteJobs.approval, key))
      })
    })

    describe("an execution that ends its process each time", () => {
      it("fails for good after so many begins without a record, and a retry begins anew", async () => {
        SuiteJobs.hold(key)
        await start(SuiteJobs.approval, { key })
        await expect.poll(() => hits(`${key}/before`)).toBe(1)
        const dying = await stored("approval", key)
        // As often as a process begins it and dies.
        await run(
          ExecutionRecorder.use((recorder) =>
            Effect.forEach(Array.from({ length: BEGINS_MAX }), (_, index) =>
              recorder.begin({ id: dying.id, handover: dying.handover, runner: `dead-${index}` })
            )
          )
        )
        const failed = await until(SuiteJobs.approval, ["Failed"])
        expect(failed).toMatchObject({ failure: { _tag: "Defect", message: expect.stringContaining("begun") } })
        SuiteJobs.release(key)
        expect(await engine(({ retry }) => retry(SuiteJobs.approval, key))).toBe(true)
        expect(await until(SuiteJobs.approval, ["Waiting"])).toMatchObject({ _tag: "Waiting" })
      })
    })

    describe("the sweeper", () => {
      it("starts again what another process took in and left, and that process may write no more", async () => {
        const orphan = await run(
          Effect.gen(function* () {
            const store = yield* ExecutionStore
            const queue = yield* ExecutionQueue
            const recorder = yield* ExecutionRecorder
            for (let index = 0; ; index += 1) {
              const businessKey = `${key}-${index}`
              yield* store.create({ job: "chain", businessKey }, { key: businessKey, amount: "3" })
              // The engine under test may have been quicker.
              const [claim] = yield* queue.claim({ runner: "dead", jobs: ["chain"], residentMax: 1 })
              if (claim === undefined) continue
              const lease = { ...claim, runner: "dead" }
              yield* recorder.begin(lease)
              return { businessKey, lease }
            }
          })
        )
        expect(await until(SuiteJobs.chain, ["Succeeded"], orphan.businessKey)).toStrictEqual({
          _tag: "Succeeded",
          output: { total: 6n }
        })
        const after = await run(
          Effect.gen(function* () {
            const recorder = yield* ExecutionRecorder
            const queue = yield* ExecutionQueue
            return [
              yield* recorder.beginStep(orphan.lease, "d"),
              yield* recorder.finish(orphan.lease, { state: "failed", error: null }),
              (yield* queue.touch([{ lease: orphan.lease, progress: undefined }])).size,
              Option.isNone(yield* recorder.begin(orphan.lease))
            ]
          })
        )
        expect(after).toStrictEqual([false, false, 0, true])
      })
    })
  })
}
