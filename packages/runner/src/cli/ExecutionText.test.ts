import { describe, expect, it } from "vitest"
import type { DetailsView, ExecutionView, StepView } from "../engine/ExecutionView.ts"
import * as ExecutionText from "./ExecutionText.ts"

const NOW = { nowMs: Date.UTC(2026, 2, 5, 6, 5), width: 120 }

const execution: ExecutionView = {
  id: "42",
  job: "pay-seller",
  businessKey: "7/2026-03-05",
  state: "running",
  isStalled: false,
  attempt: 1,
  handover: 1,
  beginsInVain: 0,
  waitsFor: null,
  wakesAt: null,
  progress: null,
  input: { seller: 7 },
  output: null,
  error: null,
  createdAt: "2026-03-05T06:00:00.123Z",
  startedAt: "2026-03-05T06:00:01.000Z",
  lastSignOfLifeAt: "2026-03-05T06:04:58.000Z",
  finishedAt: null,
  durationMs: 299_000
}

const failed: ExecutionView = {
  ...execution,
  id: "7",
  state: "failed",
  attempt: 12,
  businessKey: "a\u001b[31m\nkey",
  error: { _tag: "Error", error: { _tag: "PayeeUnknown", message: "the gateway\nknows no payee 7" } }
}

const step: StepView = {
  kind: "step",
  name: "ask",
  attempt: 1,
  state: "succeeded",
  tries: 2,
  startedAt: "2026-03-05T06:00:01.000Z",
  finishedAt: "2026-03-05T06:00:02.500Z",
  durationMs: 1500,
  value: { reference: "x".repeat(80) }
}

const details = (change: Partial<DetailsView>): DetailsView => ({ ...execution, steps: [], ...change })

const list = (executions: ReadonlyArray<ExecutionView>, next: string | null = null, width = NOW.width) =>
  ExecutionText.list({ executions, next }, { ...NOW, width })

const lastCell = (change: Partial<ExecutionView>) =>
  list([{ ...execution, ...change }], null, 300)[1]!
    .split(/ {2,}/)
    .at(-1)

describe("ExecutionText", () => {
  describe("shortened", () => {
    it.each([
      ["abcd", 4, "abcd"],
      ["abcde", 4, "abc…"],
      ["", 4, ""],
      ["😀😀😀", 3, "😀😀😀"],
      ["😀😀😀", 2, "😀…"]
    ])("makes %s at most %d characters long: %s", (text, width, short) => {
      expect(ExecutionText.shortened(text, width)).toBe(short)
    })
  })

  describe("failure", () => {
    it.each([
      [{ _tag: "Defect", message: "x is not\na function" }, "x is not a function"],
      [{ _tag: "Error", error: { _tag: "PayeeUnknown", message: "no payee" } }, "PayeeUnknown: no payee"],
      [{ _tag: "Error", error: { _tag: "PayeeUnknown", payee: 7 } }, '{"_tag":"PayeeUnknown","payee":7}'],
      [{ _tag: "Error", error: "text" }, '"text"'],
      [{ _tag: "Error", error: null }, "null"],
      [{ message: "plain" }, "plain"],
      [[1, 2], "[1,2]"],
      [{ _tag: "Defect", message: "\u001b[2Jgone\u202e" }, "[2Jgone"]
    ])("says %j in one line", (error, text) => {
      expect(ExecutionText.failure(error)).toBe(text)
    })
  })

  describe("list", () => {
    it("says so when there is nothing", () => {
      expect(list([])).toStrictEqual(["No executions."])
    })

    it("sets executions in columns, with what to know first in the last one", () => {
      expect(list([execution, failed])).toStrictEqual([
        "ID  STATE    JOB         KEY           ATTEMPT  CREATED               LAST SIGN OF LIFE     WAITS FOR / ERROR",
        "42  running  pay-seller  7/2026-03-05        1  2026-03-05T06:00:00Z  2026-03-05T06:04:58Z  -",
        " 7  failed   pay-seller  a [31m key         12  2026-03-05T06:00:00Z  2026-03-05T06:04:58Z  PayeeUnknown: the gateway k…"
      ])
    })

    it("keeps to the width, but shows something of the last column", () => {
      for (const line of list([failed], null, 120)) expect(line.length).toBeLessThanOrEqual(120)
      expect(list([failed], null, 10)[1]).toMatch(/ PayeeUnknown: the g…$/)
      expect(list([failed], null, 200)[1]).toMatch(/ PayeeUnknown: the gateway knows no payee 7$/)
    })

    it.each([
      [{ state: "waiting", waitsFor: "signal decision" }, "signal decision"],
      [{ state: "failed", error: { _tag: "Defect", message: "oh" } }, "oh"],
      [{ isStalled: true, lastSignOfLifeAt: "2026-03-05T06:03:00.000Z" }, "stalled: no sign of life for 2 min 0 s"],
      [{ state: "succeeded", output: 1 }, "-"],
      [{ state: "purged", input: null }, "-"]
    ] as const)("says of %j: %s", (change, text) => {
      expect(lastCell(change)).toBe(text)
    })

    it("says how it goes on", () => {
      expect(list([execution], "42").at(-1)).toBe("There are more: raise --limit, or go on with --before 42.")
      expect(list([execution], null).at(-1)).toContain("pay-seller")
    })
  })

  describe("details", () => {
    it("tells everything about one that has failed", () => {
      const answer: StepView = {
        ...step,
        name: "answer",
        attempt: 2,
        state: "failed",
        value: { _tag: "Error", error: { _tag: "PayeeUnknown", message: "no payee 7" } }
      }
      const retry: StepView = { ...step, name: "wait", kind: "sleep", state: "running", durationMs: null }
      const all = details({
        ...failed,
        beginsInVain: 2,
        progress: { done: 3 },
        finishedAt: "2026-03-05T06:04:58.000Z",
        durationMs: 297_000,
        steps: [step, answer, retry]
      })
      expect(ExecutionText.details(all, NOW)).toStrictEqual([
        "Execution 7: failed",
        "  job                pay-seller",
        "  key                a [31m key",
        "  attempt            12",
        "  handover           1",
        "  begun in vain      2",
        "  created            2026-03-05T06:00:00Z",
        "  started            2026-03-05T06:00:01Z",
        "  last sign of life  2026-03-05T06:04:58Z",
        "  finished           2026-03-05T06:04:58Z",
        "  duration           4 min 57 s",
        '  progress           {"done":3}',
        '  input              {"seller":7}',
        "  error              PayeeUnknown: the gateway knows no payee 7",
        "",
        "KIND   NAME    ATTEMPT  STATE      TRIES  STARTED                 TOOK  VALUE / ERROR",
        `step   ask           1  succeeded      2  2026-03-05T06:00:01Z  1.50 s  {"reference":"${"x".repeat(33)}…`,
        "step   answer        2  failed         2  2026-03-05T06:00:01Z  1.50 s  PayeeUnknown: no payee 7",
        "sleep  wait          1  running        2  2026-03-05T06:00:01Z       -  -"
      ])
    })

    it("tells what one waits for, and of one that succeeded its output, also when that is null", () => {
      const waiting = details({ state: "waiting", waitsFor: "end until …", wakesAt: "2026-03-06T00:00:00.000Z" })
      expect(ExecutionText.details(waiting, NOW)).toContain("  waits for          end until …")
      expect(ExecutionText.details(waiting, NOW)).toContain("  wakes              2026-03-06T00:00:00Z")
      expect(ExecutionText.details(waiting, NOW).at(-1)).toBe("No steps yet.")
      const done = ExecutionText.details(details({ state: "succeeded" }), NOW)
      expect(done).toContain("  output             null")
      expect(ExecutionText.details(details({}), NOW).join("\n")).not.toMatch(/output|error|progress|waits for|vain/)
    })

    it.each([
      [{ state: "pending" }, "Execution 42: pending since 2026-03-05T06:04:58Z, for 2.00 s"],
      [{ state: "running" }, "Execution 42: running"],
      [
        { isStalled: true, lastSignOfLifeAt: "2026-03-05T06:01:00.000Z" },
        "Execution 42: running, stalled: no sign of life for 4 min 0 s"
      ]
    ] as const)("begins for %j with: %s", (change, text) => {
      expect(ExecutionText.details(details(change), NOW)[0]).toBe(text)
    })
  })

  it("says what a change has changed", () => {
    const steered = { isChanged: true, execution: { ...execution, state: "pending", attempt: 2 } } as const
    expect(ExecutionText.retried(steered)).toStrictEqual([
      "Execution 42 is pending again, for attempt 2. Steps that succeeded are not done again."
    ])
    expect(ExecutionText.cancelled(steered)).toStrictEqual(["Execution 42 is cancelled."])
    expect(ExecutionText.signalled(steered, "decision")).toStrictEqual([
      "Execution 42 has got the signal decision; it is pending."
    ])
    expect(ExecutionText.signalled({ ...steered, isChanged: false }, "decision")).toStrictEqual([
      "A signal decision came before and counts: nothing has changed. Execution 42 is pending."
    ])
  })
})
