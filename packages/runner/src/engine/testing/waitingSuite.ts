/**
 * What every deployment of the engine must do with executions that wait.
 *
 * @since 0.1.0
 */
import { beforeEach, describe, expect, it } from "vitest"
import { type EngineUnderTest, PATIENCE_MS, RESIDENT_MAX } from "./EngineUnderTest.ts"
import * as SuiteJobs from "./SuiteJobs.ts"

const SLEEP_MS = 300
const CROWD = 100
const SIGNAL_STEP_MS = 5

/**
 * Adds the tests to a suite that has an engine.
 *
 * @category testing
 * @since 0.1.0
 */
export const waitingSuite = ({ engine, hits, key: keyOfTest, start, stored, until }: EngineUnderTest): void => {
  describe("waiting", () => {
    let key = ""
    beforeEach(() => {
      key = keyOfTest()
    })

    describe("signals", () => {
      const signal = (value: string) => engine(({ signal }) => signal(SuiteJobs.approval, key, "decision", value))

      it("resume a waiting execution, the first one only", async () => {
        await start(SuiteJobs.approval, { key })
        const waiting = await until(SuiteJobs.approval, ["Waiting"])
        expect(waiting).toStrictEqual({ _tag: "Waiting", waitsFor: "signal decision" })
        expect(await signal("yes")).toBe("Accepted")
        expect(await signal("no")).not.toBe("Accepted")
        expect(await until(SuiteJobs.approval)).toStrictEqual({ _tag: "Succeeded", output: "yes" })
        expect(await signal("no")).toBe("Finished")
        expect([hits(`${key}/before`), hits(`${key}/after`)]).toStrictEqual([1, 1])
      })

      it("may come before the wait, and twice", async () => {
        SuiteJobs.hold(key)
        await start(SuiteJobs.approval, { key })
        expect(await signal("early")).toBe("Accepted")
        expect(await signal("late")).toBe("Repeated")
        SuiteJobs.release(key)
        expect(await until(SuiteJobs.approval)).toStrictEqual({ _tag: "Succeeded", output: "early" })
        expect([hits(`${key}/before`), hits(`${key}/after`)]).toStrictEqual([1, 1])
      })

      it("wake whenever they come, without help of the sweeper", async () => {
        const keys = Array.from({ length: CROWD }, (_, index) => `${key}-${index}`)
        const rows = await Promise.all(
          keys.map(async (each, index) => {
            await start(SuiteJobs.approval, { key: each })
            await new Promise((resolve) => setTimeout(resolve, index * SIGNAL_STEP_MS))
            await engine(({ signal }) => signal(SuiteJobs.approval, each, "decision", each))
            expect(await until(SuiteJobs.approval, ["Succeeded"], each)).toMatchObject({ output: each })
            return stored("approval", each)
          })
        )
        // Handed out once, and once more when it was woken.
        expect(rows.filter(({ handover }) => handover > 2)).toStrictEqual([])
      })

      it("are refused where nothing was started", async () => {
        expect(await signal("yes")).toBe("Unknown")
      })
    })

    describe("sleepUntil", () => {
      it("goes on at the instant, not before", async () => {
        const untilMs = Date.now() + SLEEP_MS
        await start(SuiteJobs.sleeper, { key, untilMs })
        await until(SuiteJobs.sleeper, ["Waiting"])
        const woken = await until(SuiteJobs.sleeper)
        expect(woken).toMatchObject({ _tag: "Succeeded" })
        expect(woken._tag === "Succeeded" && woken.output >= untilMs).toBe(true)
        expect([hits(`${key}/before`), hits(`${key}/after`)]).toStrictEqual([1, 1])
      })
    })

    describe("what runs side by side", () => {
      it("is finished before the execution waits, and goes on in whatever order the signals come", async () => {
        for (const order of [
          ["left", "right"],
          ["right", "left"]
        ] as const) {
          const of = `${key}-${order[0]}`
          await start(SuiteJobs.forks, { key: of })
          const waiting = await until(SuiteJobs.forks, ["Waiting"], of)
          expect(waiting).toStrictEqual({ _tag: "Waiting", waitsFor: "signal left, signal right" })
          expect(hits(`${of}/beside`)).toBe(1)
          for (const name of order) {
            expect(await engine(({ signal }) => signal(SuiteJobs.forks, of, name, name))).toBe("Accepted")
            await expect.poll(() => hits(`${of}/after ${name}`), { timeout: PATIENCE_MS }).toBe(1)
          }
          expect(await until(SuiteJobs.forks, ["Succeeded"], of)).toMatchObject({ output: ["left", "right"] })
          expect(["left", "right"].map((name) => hits(`${of}/after ${name}`))).toStrictEqual([1, 1])
        }
      })
    })

    describe("waking", () => {
      it("lets in no more at a time than the setting allows, however many wake at the same instant", async () => {
        const keys = Array.from({ length: RESIDENT_MAX * 5 }, (_, index) => `${key}-${index}`)
        const untilMs = Date.now() + 4 * SLEEP_MS
        await Promise.all(keys.map((each) => start(SuiteJobs.sleepyCrowd, { key: each, untilMs })))
        for (const each of keys) await until(SuiteJobs.sleepyCrowd, ["Succeeded"], each)
        expect(SuiteJobs.crowdPeak()).toBe(RESIDENT_MAX)
      })
    })
  })
}
