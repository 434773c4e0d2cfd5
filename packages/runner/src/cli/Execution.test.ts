import * as NodeServices from "@effect/platform-node/NodeServices"
import type { ExecutionQueue, ExecutionRecorder, ExecutionReport, ExecutionStore } from "@reckoner/core/ports"
import { MemoryExecutions } from "@reckoner/core/testing"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { TestConsole } from "effect/testing"
import { describe, expect, it } from "vitest"
import { endedExecution, JOB, runningExecution, waitingExecution } from "../engine/testing/executions.ts"
import * as ExitCode from "../ExitCode.ts"
import * as Execution from "./Execution.ts"
import * as Reckoner from "./Reckoner.ts"

type Ports = ExecutionStore | ExecutionQueue | ExecutionRecorder | ExecutionReport

/** A command line on executions in memory. */
const opened = (memory = MemoryExecutions.make()) => {
  const ended = (...args: ReadonlyArray<string>) =>
    Effect.runPromiseExit(
      Command.runWith(Execution.command(memory.layer), { version: "0" })(args).pipe(
        Effect.andThen(TestConsole.logLines),
        Effect.provide(Layer.mergeAll(TestConsole.layer, Reckoner.layer, NodeServices.layer))
      )
    )
  return {
    memory,
    make: <A, E>(effect: Effect.Effect<A, E, Ports>) => Effect.runPromise(Effect.provide(effect, memory.layer)),
    /** What it prints. */
    prints: async (...args: ReadonlyArray<string>) => {
      const exit = await ended(...args)
      if (Exit.isFailure(exit)) throw new Error(ExitCode.ofCause(exit.cause).message)
      return exit.value.join("\n")
    },
    /** What it is refused with. */
    refuses: async (...args: ReadonlyArray<string>) => {
      const exit = await ended(...args)
      if (Exit.isSuccess(exit)) throw new Error(`it was not refused: ${exit.value.join("\n")}`)
      const { exitCode, message } = ExitCode.ofCause(exit.cause)
      return [exitCode, message]
    }
  }
}

const json = (text: string): any => JSON.parse(text)

describe("reckoner execution", () => {
  describe("list", () => {
    it("says so when there is nothing", async () => {
      const { prints } = opened()
      expect(await prints("list")).toBe("No executions.")
      expect(await prints("list", "--json")).toBe('{"executions":[],"next":null}')
    })

    it("filters, and goes on where it ended", async () => {
      const { make, memory, prints } = opened()
      await make(endedExecution("a", "failed"))
      await make(waitingExecution("b"))
      await make(endedExecution("c", "succeeded"))
      memory.age("1", 3 * 3_600_000)
      for (const [args, ids, next] of [
        [[], ["3", "2", "1"], null],
        [["--state", "failed,waiting"], ["2", "1"], null],
        [["--state", "failed,waiting", "--since", "2h"], ["2"], null],
        [["--since", "4h"], ["3", "2", "1"], null],
        [["--job", JOB, "--limit", "2"], ["3", "2"], "2"],
        [["--job", "other"], [], null],
        [["--before", "2"], ["1"], null]
      ] as const) {
        const listed = json(await prints("list", ...args, "--json"))
        expect([listed.executions.map(({ id }: any) => id), listed.next]).toStrictEqual([ids, next])
      }
      expect((await prints("list", "--limit", "1")).split("\n").at(-1)).toBe(
        "There are more: raise --limit, or go on with --before 3."
      )
    })

    it.each([
      ["--state", "faild", "one or more of pending, running, waiting, succeeded, failed, cancelled, purged"],
      ["--since", "yesterday", "an instant with its offset, like 2026-01-31T06:00:00Z, or a duration"],
      ["--before", "x", "the number of an execution, in digits"],
      ["--job", " ", "a name of 1 to 100 characters"],
      ["--limit", "0", "a whole number from 1"]
    ])("refuses %s %j, and says what is allowed", async (flag, value, allowed) => {
      const [code, message] = await opened().refuses("list", flag, value)
      expect(code).toBe(2)
      expect(message).toContain(`Invalid value for flag ${flag}: "${value}". Expected ${allowed}`)
    })
  })

  describe("show", () => {
    it("shows a stalled one as text and as JSON", async () => {
      const { make, memory, prints } = opened()
      const id = await make(runningExecution("a"))
      expect(await prints("show", id)).toMatch(/^Execution 1: running\n/)
      memory.age(id, 61_000)
      expect(await prints("show", id)).toMatch(/^Execution 1: running, stalled: no sign of life for 1 min \d s\n/)
      const { isStalled, steps } = json(await prints("show", id, "--json"))
      expect([isStalled, steps.map(({ name }: any) => name)]).toStrictEqual([true, ["ask"]])
    })

    it("refuses an unknown one with 5, and what is no id with 2", async () => {
      const { refuses } = opened()
      expect(await refuses("show", "9")).toStrictEqual([
        5,
        "there is no execution 9: `reckoner execution list` shows those there are"
      ])
      expect((await refuses("show", "x9"))[0]).toBe(2)
    })
  })

  describe("retry, cancel and signal", () => {
    it("say what has changed", async () => {
      const { make, memory, prints } = opened()
      const [failed, waiting] = [await make(endedExecution("a", "failed")), await make(waitingExecution("b"))]
      expect(await prints("retry", failed)).toMatch(/^Execution 1 is pending again, for attempt 2\. /)
      expect(await prints("cancel", failed)).toBe("Execution 1 is cancelled.")
      expect(await prints("signal", waiting, "decision", "--value", '{"approved":true}')).toBe(
        "Execution 2 has got the signal decision; it is pending."
      )
      expect(await prints("signal", waiting, "decision", "--value", "false")).toMatch(
        /^A signal decision came before and counts: nothing has changed\. /
      )
      expect(json(await prints("signal", waiting, "decision", "--json")).isChanged).toBe(false)
      expect(json(await prints("retry", failed, "--json"))).toMatchObject({
        isChanged: true,
        execution: { attempt: 3 }
      })
      expect(json(await prints("cancel", waiting, "--json")).execution.state).toBe("cancelled")
      expect(memory.executions().map(({ state }) => state)).toStrictEqual(["pending", "cancelled"])
    })

    it("refuse what the state does not allow with 5, and change nothing", async () => {
      const { make, memory, refuses } = opened()
      const [done, failed] = [await make(endedExecution("a", "succeeded")), await make(endedExecution("b", "failed"))]
      const before = memory.executions()
      expect(await refuses("retry", done)).toStrictEqual([
        5,
        "execution 1 is succeeded and cannot be retried: nothing can be done to it any more"
      ])
      expect(await refuses("cancel", failed)).toStrictEqual([
        5,
        "execution 2 is failed and cannot be cancelled: it can be retried"
      ])
      expect(await refuses("signal", failed, "decision")).toStrictEqual([
        5,
        "execution 2 is failed and cannot be signalled: it can be retried"
      ])
      for (const args of [
        ["retry", "9"],
        ["cancel", "9"],
        ["signal", "9", "decision"]
      ]) {
        expect((await refuses(...args))[0]).toBe(5)
      }
      expect(memory.executions()).toStrictEqual(before)
    })

    it.each(["{bad", " ", "12.5", '"\\u0000"', "{}{}"])("refuse %j as a value", async (value) => {
      const { make, memory, refuses } = opened()
      const id = await make(waitingExecution("a"))
      const [code, message] = await refuses("signal", id, "decision", "--value", value)
      expect(code).toBe(2)
      expect(message).toContain(`Invalid value for flag --value: "${value}". Expected JSON of at most 64 KiB`)
      expect(memory.executions()[0]?.state).toBe("waiting")
    })
  })
})
