/**
 * How every deployment of the engine must conduct itself: what it answers, what it tells of, and how it stops.
 *
 * @since 0.1.0
 */
import { ExecutionStore } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Job from "../Job.ts"
import * as Settings from "../Settings.ts"
import { type Deploy, type EngineUnderTest, PATIENCE_MS, TEST_TIMEOUT_MS } from "./EngineUnderTest.ts"
import { metricOf } from "./stagedRun.ts"
import * as SuiteJobs from "./SuiteJobs.ts"

const ADMISSION_INTERVAL_MS = 200
const STOP_WAIT_MS = 100
const DEADLINE_MS = 300
const POLL = { timeout: PATIENCE_MS }

/**
 * Adds the tests to a suite that has an engine. Those of a stop deploy engines of their own.
 *
 * @category testing
 * @since 0.1.0
 */
export const conductSuite = <E>(
  { engine, hits, key: keyOfTest, run, start, stored, until }: EngineUnderTest,
  deploy: Deploy<E>
): void => {
  describe("conduct", () => {
    let key = ""
    beforeEach(() => {
      key = keyOfTest()
    })

    describe("answers", () => {
      const retry = (of: string) => engine(({ retry }) => retry(SuiteJobs.chain, of))

      it("says of a retry that there is nothing to retry", async () => {
        expect(await retry(key)).toBe(false)
        await start(SuiteJobs.chain, { key, amount: 1n })
        await until(SuiteJobs.chain)
        expect(await retry(key)).toBe(false)
        expect(await stored("chain", key)).toMatchObject({ state: "succeeded", attempt: 1 })
      })

      it("interrupts no other execution than the one that is cancelled", async () => {
        const keys = [`${key}-left`, `${key}-right`] as const
        for (const each of keys) {
          SuiteJobs.hold(each)
          await start(SuiteJobs.approval, { key: each })
          await expect.poll(() => hits(`${each}/before`), POLL).toBe(1)
        }
        expect(await engine(({ cancel }) => cancel(SuiteJobs.approval, keys[0]))).toBe(true)
        await expect.poll(() => hits(`${keys[0]}/interrupted`), POLL).toBe(1)
        for (const each of keys) SuiteJobs.release(each)
        expect(await until(SuiteJobs.approval, ["Waiting"], keys[1])).toMatchObject({ _tag: "Waiting" })
        expect(keys.map((each) => hits(`${each}/interrupted`))).toStrictEqual([1, 0])
      })
    })

    describe("a wait with a deadline", () => {
      it("ends at the deadline where nobody signals", async () => {
        await start(SuiteJobs.deadline, { key, untilMs: Date.now() + DEADLINE_MS })
        expect(await until(SuiteJobs.deadline)).toStrictEqual({ _tag: "Succeeded", output: "nobody decided" })
        expect(hits(`${key}/after`)).toBe(1)
      })

      it("waits for both, and ends with the signal where one comes in time", async () => {
        const untilMs = Date.now() + TEST_TIMEOUT_MS
        await start(SuiteJobs.deadline, { key, untilMs })
        await until(SuiteJobs.deadline, ["Waiting"])
        const waitsFor = `signal decision, deadline until ${new Date(untilMs).toISOString()}`
        expect(await stored("deadline", key)).toMatchObject({ waitsFor, wakesAtMs: untilMs })
        await engine(({ signal }) => signal(SuiteJobs.deadline, key, "decision", "yes"))
        expect(await until(SuiteJobs.deadline)).toStrictEqual({ _tag: "Succeeded", output: "yes" })
        expect(hits(`${key}/after`)).toBe(1)
      })
    })

    describe("a job that it does not know", () => {
      it("is left to others", async () => {
        const unknown = { job: "of-another-release", businessKey: key }
        await run(ExecutionStore.use((store) => store.create(unknown, null)))
        // It is older than this one, and would have been taken in first.
        await start(SuiteJobs.chain, { key, amount: 1n })
        await until(SuiteJobs.chain)
        expect(await stored(unknown.job, key)).toMatchObject({ state: "pending", handover: 1 })
      })
    })

    describe("what it tells of", () => {
      const { job, states } = { job: SuiteJobs.watched.name, states: ["succeeded", "failed"] }
      const counted = () =>
        run(
          Effect.gen(function* () {
            const alerts = yield* metricOf("reckoner_execution_alerts_total", { job })
            const ended = yield* Effect.forEach(states, (state) =>
              metricOf("reckoner_executions_ended_total", { job, state })
            )
            return [alerts, ...ended].map((count) => count ?? 0)
          })
        )
      const failedNow = () => run(metricOf("reckoner_executions", { job, state: "failed" }))

      it("is each failed attempt once, how executions ended, and how many wait for somebody", async () => {
        const before = await counted()
        const since = async () => (await counted()).map((count, at) => count - (before[at] ?? 0))
        const [one, other] = [`${key}-one`, `${key}-other`]
        const retried = (of: string) => engine(({ retry }) => retry(SuiteJobs.watched, of))

        for (const each of [one, other]) {
          SuiteJobs.breakOn(each, "permanent")
          await start(SuiteJobs.watched, { key: each })
          await until(SuiteJobs.watched, ["Failed"], each)
        }
        await expect.poll(since, POLL).toStrictEqual([2, 0, 2])
        await expect.poll(failedNow, POLL).toBe(2)

        await retried(one)
        await expect.poll(since, POLL).toStrictEqual([3, 0, 3])
        for (const each of [one, other]) {
          SuiteJobs.repair(each)
          await retried(each)
          await until(SuiteJobs.watched, ["Succeeded"], each)
        }
        await expect.poll(failedNow, POLL).toBe(0)
        expect(await since()).toStrictEqual([3, 2, 3])
      })
    })

    describe("a process that is to stop", () => {
      let stopped: Array<() => Promise<void>>
      beforeEach(() => {
        stopped = []
      })
      afterEach(async () => {
        for (const stop of stopped) await stop()
      }, PATIENCE_MS)

      /** Processes of a deployment of their own, one after the other. */
      const deployed = async (settings: Partial<Settings.Settings> = {}) => {
        const { drop, layer } = await deploy(SuiteJobs.ALL, {
          ...Settings.DEFAULTS,
          admissionIntervalMs: ADMISSION_INTERVAL_MS,
          ...settings
        })
        stopped.push(drop)
        return async () => {
          const lines: Array<string> = []
          const logger = Logger.make<unknown, void>(({ message }) => {
            lines.push(String(Array.isArray(message) ? message[0] : message))
          })
          const runtime = ManagedRuntime.make(Layer.provideMerge(layer, Logger.layer([logger])))
          stopped.unshift(() => runtime.dispose())
          await runtime.context()
          const stateNow = () =>
            runtime.runPromise(
              ExecutionStore.use((store) =>
                Effect.map(store.find({ job: "approval", businessKey: key }), (found) => Option.getOrThrow(found).state)
              )
            )
          return { lines, stateNow, engine: runtime, stop: () => runtime.dispose() }
        }
      }

      /** Starts one whose first step goes on until it is released, and that has its signal already. */
      const startHeld = async ({ engine: runtime }: Awaited<ReturnType<Awaited<ReturnType<typeof deployed>>>>) => {
        SuiteJobs.hold(key)
        await runtime.runPromise(
          Job.Engine.use((engine) =>
            Effect.andThen(
              engine.start(SuiteJobs.approval, { key }),
              engine.signal(SuiteJobs.approval, key, "decision", "yes")
            )
          )
        )
        await expect.poll(() => hits(`${key}/before`), POLL).toBe(1)
      }
      const steps = () => ["before", "interrupted", "after"].map((name) => hits(`${key}/${name}`))

      it("lets a step go on to its end and begins no other; another process goes on from there", async () => {
        const process = await deployed()
        const one = await process()
        await startHeld(one)
        const stopping = one.stop()
        await expect.poll(() => one.lines, POLL).toContain("waiting for steps to end")
        SuiteJobs.release(key)
        await stopping
        expect(steps()).toStrictEqual([1, 0, 0])

        const other = await process()
        await expect.poll(other.stateNow, POLL).toBe("succeeded")
        expect(steps()).toStrictEqual([1, 0, 1])
        expect(one.lines).not.toContain("steps did not end in time and are cut off")
      })

      it("cuts off a step that does not end in time; another process repeats it at once", async () => {
        const process = await deployed({ stopWaitMs: STOP_WAIT_MS })
        const one = await process()
        await startHeld(one)
        await one.stop()
        expect(steps()).toStrictEqual([1, 1, 0])
        expect(one.lines).toContain("steps did not end in time and are cut off")

        SuiteJobs.release(key)
        const other = await process()
        await expect.poll(other.stateNow, POLL).toBe("succeeded")
        expect(steps()).toStrictEqual([2, 1, 1])
        // Given back, and not found by the sweeper.
        expect(other.lines).not.toContain("executions did not progress and are started again")
      })
    })
  })
}
