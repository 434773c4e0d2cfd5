/**
 * Executions as text for a terminal: times to the second, values and errors on
 * one line and no longer than there is room.
 *
 * @since 0.1.0
 */
import type { Json } from "effect/Schema"
import type { DetailsView, ExecutionView, ListView, StepView, SteeredView } from "../engine/ExecutionView.ts"
import * as Output from "./Output.ts"

const WIDTH_DEFAULT = 120
const KEY_WIDTH_MAX = 40
const LAST_WIDTH_MIN = 20
const NONE = "-"

/**
 * How many characters a line has; where there is no terminal, a fixed number.
 *
 * @category queries
 * @since 0.1.0
 */
export const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : WIDTH_DEFAULT)

/** A text from outside may hold anything, also what a terminal would obey. */
const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim()

/**
 * A text of at most `width` characters; one that is longer ends with an ellipsis.
 *
 * @category formatting
 * @since 0.1.0
 */
export const shortened = (text: string, width: number): string => {
  const characters = Array.from(text)
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`
}

const instant = (at: string | null): string => (at === null ? NONE : `${at.slice(0, 19)}Z`)

const json = (value: Json): string => oneLine(JSON.stringify(value))

const isRecord = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * Why an execution or a step failed, on one line: the name and the message of
 * an error that has them, or else its JSON.
 *
 * @category formatting
 * @since 0.1.0
 */
export const failure = (kept: Json): string => {
  const error = isRecord(kept) && kept["_tag"] === "Error" && "error" in kept ? (kept["error"] ?? null) : kept
  if (!isRecord(error) || typeof error["message"] !== "string") return json(error)
  const { _tag: tag, message } = error
  return oneLine(typeof tag === "string" && tag !== "Defect" ? `${tag}: ${message}` : message)
}

const since = (at: string, nowMs: number): string => Output.duration(Math.max(0, nowMs - Date.parse(at)))

const silence = ({ lastSignOfLifeAt }: ExecutionView, nowMs: number): string =>
  `stalled: no sign of life for ${since(lastSignOfLifeAt, nowMs)}`

/** What a person should know first about an execution that has not succeeded. */
const remark = (execution: ExecutionView, nowMs: number): string => {
  if (execution.isStalled) return silence(execution, nowMs)
  if (execution.waitsFor !== null) return oneLine(execution.waitsFor)
  return execution.error === null ? NONE : failure(execution.error)
}

/** Rows in columns; the last one gets what room the others leave. */
const fitted = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  { right, width }: { readonly right: ReadonlyArray<number>; readonly width: number }
): ReadonlyArray<string> => {
  const last = (rows[0]?.length ?? 1) - 1
  const used = Math.max(
    0,
    ...Output.table(rows.map((row) => [...row.slice(0, last), "|"])).map((line) => line.length - 1)
  )
  const room = Math.max(LAST_WIDTH_MIN, width - used)
  return Output.table(
    rows.map((row) => row.map((cell, at) => (at === last ? shortened(cell, room) : cell))),
    { right }
  )
}

/**
 * A list, line by line.
 *
 * **Units**
 *
 * `width` is in characters, `nowMs` in milliseconds since 1970.
 *
 * @category formatting
 * @since 0.1.0
 */
export const list = (
  { executions, next }: ListView,
  { nowMs, width }: { readonly nowMs: number; readonly width: number }
): ReadonlyArray<string> => {
  if (executions.length === 0) return ["No executions."]
  const rows = executions.map((execution) => [
    execution.id,
    execution.state,
    shortened(oneLine(execution.job), KEY_WIDTH_MAX),
    shortened(oneLine(execution.businessKey), KEY_WIDTH_MAX),
    String(execution.attempt),
    instant(execution.createdAt),
    instant(execution.lastSignOfLifeAt),
    remark(execution, nowMs)
  ])
  const head = ["ID", "STATE", "JOB", "KEY", "ATTEMPT", "CREATED", "LAST SIGN OF LIFE", "WAITS FOR / ERROR"]
  return [
    ...fitted([head, ...rows], { right: [0, 4], width }),
    ...(next === null ? [] : [`There are more: raise --limit, or go on with --before ${next}.`])
  ]
}

const headline = (execution: ExecutionView, nowMs: number): string => {
  const { id, lastSignOfLifeAt, state } = execution
  if (execution.isStalled) return `Execution ${id}: running, ${silence(execution, nowMs)}`
  if (state !== "pending") return `Execution ${id}: ${state}`
  return `Execution ${id}: pending since ${instant(lastSignOfLifeAt)}, for ${since(lastSignOfLifeAt, nowMs)}`
}

const stepValue = ({ kind, state, value }: StepView): string => {
  if (state === "running") return NONE
  return state === "failed" && kind === "step" ? failure(value) : json(value)
}

const stepRow = (step: StepView): ReadonlyArray<string> => [
  step.kind,
  shortened(oneLine(step.name), KEY_WIDTH_MAX),
  String(step.attempt),
  step.state,
  String(step.tries),
  instant(step.startedAt),
  step.durationMs === null ? NONE : Output.duration(step.durationMs),
  stepValue(step)
]

/**
 * An execution with its steps, line by line.
 *
 * **Units**
 *
 * `width` is in characters, `nowMs` in milliseconds since 1970.
 *
 * @category formatting
 * @since 0.1.0
 */
export const details = (
  execution: DetailsView,
  { nowMs, width }: { readonly nowMs: number; readonly width: number }
): ReadonlyArray<string> => {
  const { durationMs, error, output, progress, steps, waitsFor, wakesAt } = execution
  const facts = [
    ["job", oneLine(execution.job)],
    ["key", oneLine(execution.businessKey)],
    ["attempt", String(execution.attempt)],
    ["handover", String(execution.handover)],
    ...(execution.beginsInVain === 0 ? [] : [["begun in vain", String(execution.beginsInVain)]]),
    ...(waitsFor === null ? [] : [["waits for", oneLine(waitsFor)]]),
    ...(wakesAt === null ? [] : [["wakes", instant(wakesAt)]]),
    ["created", instant(execution.createdAt)],
    ["started", instant(execution.startedAt)],
    ["last sign of life", instant(execution.lastSignOfLifeAt)],
    ["finished", instant(execution.finishedAt)],
    ["duration", durationMs === null ? NONE : Output.duration(durationMs)],
    ...(progress === null ? [] : [["progress", json(progress)]]),
    ["input", json(execution.input)],
    ...(output === null && execution.state !== "succeeded" ? [] : [["output", json(output)]]),
    ...(error === null ? [] : [["error", failure(error)]])
  ]
  const head = ["KIND", "NAME", "ATTEMPT", "STATE", "TRIES", "STARTED", "TOOK", "VALUE / ERROR"]
  const records =
    steps.length === 0 ? ["No steps yet."] : fitted([head, ...steps.map(stepRow)], { right: [2, 4, 6], width })
  return [headline(execution, nowMs), ...Output.table(facts, { indent: "  " }), "", ...records]
}

/**
 * What a retry has changed.
 *
 * @category formatting
 * @since 0.1.0
 */
export const retried = ({ execution: { attempt, id } }: SteeredView): ReadonlyArray<string> => [
  `Execution ${id} is pending again, for attempt ${attempt}. Steps that succeeded are not done again.`
]

/**
 * What a cancellation has changed.
 *
 * @category formatting
 * @since 0.1.0
 */
export const cancelled = ({ execution: { id } }: SteeredView): ReadonlyArray<string> => [
  `Execution ${id} is cancelled.`
]

/**
 * What a signal has changed.
 *
 * @category formatting
 * @since 0.1.0
 */
export const signalled = (
  { execution: { id, state }, isChanged }: SteeredView,
  name: string
): ReadonlyArray<string> => [
  isChanged
    ? `Execution ${id} has got the signal ${name}; it is ${state}.`
    : `A signal ${name} came before and counts: nothing has changed. Execution ${id} is ${state}.`
]
