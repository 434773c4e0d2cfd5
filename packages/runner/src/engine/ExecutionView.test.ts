import type { Execution, ExecutionStep } from "@reckoner/core/ports"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as ExecutionView from "./ExecutionView.ts"

const CREATED_MS = Date.UTC(2026, 2, 5, 6)
const seconds = (count: number) => CREATED_MS + count * 1000

const execution: Execution = {
  id: "42",
  job: "pay-seller",
  businessKey: "7/2026-03-05",
  input: { seller: 7 },
  state: "running",
  attempt: 2,
  handover: 5,
  beginsInVain: 1,
  waitsFor: undefined,
  wakesAtMs: undefined,
  progress: undefined,
  output: undefined,
  error: undefined,
  createdAtMs: CREATED_MS,
  startedAtMs: seconds(1.5),
  progressedAtMs: seconds(10),
  finishedAtMs: undefined
}

const view: ExecutionView.ExecutionView = {
  id: "42",
  job: "pay-seller",
  businessKey: "7/2026-03-05",
  state: "running",
  isStalled: false,
  attempt: 2,
  handover: 5,
  beginsInVain: 1,
  waitsFor: null,
  wakesAt: null,
  progress: null,
  input: { seller: 7 },
  output: null,
  error: null,
  createdAt: "2026-03-05T06:00:00.000Z",
  startedAt: "2026-03-05T06:00:01.500Z",
  lastSignOfLifeAt: "2026-03-05T06:00:10.000Z",
  finishedAt: null,
  durationMs: 18_500
}

describe("ExecutionView", () => {
  describe("of", () => {
    it("writes what is not there as null, and a duration until now", () => {
      expect(ExecutionView.of(execution, seconds(20))).toStrictEqual(view)
    })

    it("writes what is there", () => {
      const finished: Execution = {
        ...execution,
        state: "succeeded",
        waitsFor: "signal decision",
        wakesAtMs: seconds(60),
        progress: { done: 1 },
        output: [1],
        error: { _tag: "Defect", message: "no" },
        finishedAtMs: seconds(11.5)
      }
      expect(ExecutionView.of(finished, seconds(20))).toStrictEqual({
        ...view,
        state: "succeeded",
        waitsFor: "signal decision",
        wakesAt: "2026-03-05T06:01:00.000Z",
        progress: { done: 1 },
        output: [1],
        error: { _tag: "Defect", message: "no" },
        finishedAt: "2026-03-05T06:00:11.500Z",
        durationMs: 10_000
      })
    })

    it.each([0, false, ""])("keeps the value %j, which is not nothing", (value) => {
      const kept = ExecutionView.of({ ...execution, progress: value, input: value, output: value, error: value }, 0)
      expect([kept.progress, kept.input, kept.output, kept.error]).toStrictEqual([value, value, value, value])
    })

    it("writes the first instant of all as one, and durations in whole milliseconds", () => {
      const long: Execution = { ...execution, startedAtMs: 0, wakesAtMs: 0, finishedAtMs: 1.6 }
      expect(ExecutionView.of(long, seconds(20))).toMatchObject({
        startedAt: "1970-01-01T00:00:00.000Z",
        wakesAt: "1970-01-01T00:00:00.000Z",
        durationMs: 2
      })
    })

    it("has no duration before the start, and never a negative one", () => {
      const pending: Execution = { ...execution, state: "pending", startedAtMs: undefined }
      expect(ExecutionView.of(pending, seconds(20)).durationMs).toBe(null)
      expect(ExecutionView.of(execution, seconds(1)).durationMs).toBe(0)
    })

    it.each([
      ["running", 60, false],
      ["running", 60.001, true],
      ["pending", 600, false],
      ["waiting", 600, false],
      ["failed", 600, false]
    ] as const)("says of one that is %s, without a sign of life for %d s, that it is stalled: %j", (state, age, is) => {
      const nowMs = execution.progressedAtMs + age * 1000
      expect(ExecutionView.of({ ...execution, state }, nowMs).isStalled).toBe(is)
    })
  })

  describe("withSteps", () => {
    it("adds the steps, of which those that run have no end yet", () => {
      const ended: ExecutionStep = {
        kind: "signal",
        name: "decision",
        attempt: 1,
        state: "succeeded",
        tries: 0,
        value: undefined,
        startedAtMs: seconds(2),
        finishedAtMs: seconds(3.25)
      }
      const running: ExecutionStep = {
        ...ended,
        kind: "step",
        state: "running",
        tries: 1,
        value: { a: 1 },
        finishedAtMs: undefined
      }
      const stepView = {
        kind: "signal",
        name: "decision",
        attempt: 1,
        state: "succeeded",
        tries: 0,
        startedAt: "2026-03-05T06:00:02.000Z",
        finishedAt: "2026-03-05T06:00:03.250Z",
        durationMs: 1250,
        value: null
      }
      const details = ExecutionView.withSteps(execution, [ended, running], seconds(20))
      expect(details).toStrictEqual({
        ...view,
        steps: [
          stepView,
          { ...stepView, kind: "step", state: "running", tries: 1, finishedAt: null, durationMs: null, value: { a: 1 } }
        ]
      })
    })
  })

  it("is written as it stands by its schemas", () => {
    const steered = { isChanged: true, execution: view }
    const details = { ...view, steps: [] }
    const list = { executions: [view], next: null }
    expect(Schema.encodeSync(ExecutionView.SteeredView)(steered)).toStrictEqual(steered)
    expect(Schema.encodeSync(ExecutionView.DetailsView)(details)).toStrictEqual(details)
    expect(Schema.encodeSync(ExecutionView.ListView)(list)).toStrictEqual(list)
  })
})
