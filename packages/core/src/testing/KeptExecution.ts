/**
 * One execution as `MemoryExecutions` keeps it, and what it may become.
 *
 * @since 0.1.0
 */
import {
  type Execution,
  type ExecutionEnd,
  type ExecutionKey,
  type ExecutionRecord,
  type ExecutionStep,
  isRetryableExecution,
  type Lease,
  type Wait,
  waitsFor
} from "../ports/Execution.ts"

/**
 * An execution with its records and with who has it.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeptExecution {
  readonly execution: Execution
  /** In the order in which they began. */
  readonly steps: ReadonlyArray<ExecutionStep>
  readonly admittedBy: string | undefined
  readonly runner: string | undefined
  /** Whether somebody was told that this attempt failed. */
  readonly isAlerted: boolean
}

type Name = Pick<ExecutionRecord, "kind" | "name">

/** What a value is once it has been JSON. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

/** The same, where JSON's null is nothing. */
const asOptionalJson = (value: unknown): unknown => asJson(value) ?? undefined

const changed = (self: KeptExecution, change: Partial<Execution>): KeptExecution => ({
  ...self,
  execution: { ...self.execution, ...change }
})

/**
 * A new execution: pending, or with a runner already running there.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  id: string,
  { businessKey, job }: ExecutionKey,
  { input, nowMs, runner }: { readonly input: unknown; readonly nowMs: number; readonly runner: string | undefined }
): KeptExecution => ({
  execution: {
    id,
    job,
    businessKey,
    input: asJson(input),
    state: runner === undefined ? "pending" : "running",
    attempt: 1,
    handover: 1,
    beginsInVain: 0,
    waitsFor: undefined,
    wakesAtMs: undefined,
    progress: undefined,
    output: undefined,
    error: undefined,
    createdAtMs: nowMs,
    startedAtMs: undefined,
    progressedAtMs: nowMs,
    finishedAtMs: undefined
  },
  steps: [],
  admittedBy: runner,
  runner: undefined,
  isAlerted: false
})

/**
 * Says whether the lease counts: the same handover, the same process, and running.
 *
 * @category queries
 * @since 0.1.0
 */
export const isHeldBy = ({ execution, runner }: KeptExecution, lease: Lease): boolean =>
  execution.state === "running" && execution.handover === lease.handover && runner === lease.runner

/**
 * Says whether it waits for an instant that is past.
 *
 * @category queries
 * @since 0.1.0
 */
export const isDue = ({ execution: { state, wakesAtMs } }: KeptExecution, nowMs: number): boolean =>
  state === "waiting" && wakesAtMs !== undefined && wakesAtMs <= nowMs

const isOf = (step: ExecutionStep, { kind, name }: Name): boolean => step.kind === kind && step.name === name

/** All that succeeded, and what failed in this attempt. */
const counting = ({ execution, steps }: KeptExecution): ReadonlyArray<ExecutionStep> =>
  steps.filter(({ attempt, state }) => state === "succeeded" || (state === "failed" && attempt === execution.attempt))

/**
 * What counts in this attempt: all that succeeded, and what failed in it.
 *
 * @category queries
 * @since 0.1.0
 */
export const records = (self: KeptExecution): ReadonlyArray<ExecutionRecord> =>
  counting(self).map(({ kind, name, state, tries, value }) => ({
    kind,
    name,
    state: state === "failed" ? "failed" : "succeeded",
    tries,
    value
  }))

/**
 * Says whether something counts under a name.
 *
 * @category queries
 * @since 0.1.0
 */
export const hasRecord = (self: KeptExecution, name: Name): boolean => counting(self).some((step) => isOf(step, name))

/**
 * What of this has been recorded, or is over by now.
 *
 * @category queries
 * @since 0.1.0
 */
export const come = (self: KeptExecution, waits: ReadonlyArray<Wait>, nowMs: number) =>
  waits
    .filter((wait) => (wait.kind === "sleep" ? wait.wakesAtMs <= nowMs : hasRecord(self, wait)))
    .map(({ kind, name }) => {
      const recorded = counting(self).find((step) => isOf(step, { kind, name }))
      return { kind, name, value: recorded?.value ?? null }
    })

/**
 * Handed out anew: whoever had it may write no more.
 *
 * @category decisions
 * @since 0.1.0
 */
export const pendingAgain = (self: KeptExecution, nowMs: number): KeptExecution => ({
  ...changed(self, {
    state: "pending",
    handover: self.execution.handover + 1,
    waitsFor: undefined,
    wakesAtMs: undefined,
    progressedAtMs: nowMs
  }),
  admittedBy: undefined,
  runner: undefined
})

/**
 * Given back by its process, whose begin was not in vain.
 *
 * @category decisions
 * @since 0.1.0
 */
export const released = (self: KeptExecution, nowMs: number): KeptExecution =>
  changed(pendingAgain(self, nowMs), { beginsInVain: Math.max(0, self.execution.beginsInVain - 1) })

/**
 * Taken by a process. One that waited is handed out anew; one that was pending has been already.
 *
 * @category decisions
 * @since 0.1.0
 */
export const claimed = (self: KeptExecution, admittedBy: string, nowMs: number): KeptExecution => {
  const pending = self.execution.state === "pending" ? self : pendingAgain(self, nowMs)
  return { ...changed(pending, { state: "running", progressedAtMs: nowMs }), admittedBy }
}

/**
 * Begun by a process, whose lease is the one that counts from now on.
 *
 * @category decisions
 * @since 0.1.0
 */
export const begun = (self: KeptExecution, runner: string, nowMs: number): KeptExecution => {
  const { beginsInVain, startedAtMs = nowMs } = self.execution
  return { ...changed(self, { beginsInVain: beginsInVain + 1, startedAtMs, progressedAtMs: nowMs }), runner }
}

/** The place of what has begun under a name in this attempt, or -1. */
const placeOf = ({ execution, steps }: KeptExecution, name: Name): number =>
  steps.findIndex((step) => isOf(step, name) && step.attempt === execution.attempt)

/**
 * With a step that begins, perhaps not for the first time.
 *
 * @category decisions
 * @since 0.1.0
 */
export const withStep = (self: KeptExecution, name: string, nowMs: number): KeptExecution => {
  const at = placeOf(self, { kind: "step", name })
  const step: ExecutionStep = {
    kind: "step",
    name,
    state: "running",
    value: null,
    tries: 0,
    attempt: self.execution.attempt,
    startedAtMs: nowMs,
    finishedAtMs: undefined
  }
  return { ...self, steps: [...self.steps.filter((_, index) => index !== at), step] }
}

const withEnd = (self: KeptExecution, { kind, name, state, tries, value }: ExecutionRecord, nowMs: number) => {
  const { attempt } = self.execution
  const at = placeOf(self, { kind, name })
  const startedAtMs = self.steps[at]?.startedAtMs ?? nowMs
  const step: ExecutionStep = {
    kind,
    name,
    state,
    value: asJson(value),
    tries,
    attempt,
    startedAtMs,
    finishedAtMs: nowMs
  }
  return { ...self, steps: at === -1 ? [...self.steps, step] : self.steps.with(at, step) }
}

/**
 * With a record of its run.
 *
 * @category decisions
 * @since 0.1.0
 */
export const withRecord = (self: KeptExecution, record: ExecutionRecord, nowMs: number): KeptExecution =>
  changed(withEnd(self, record, nowMs), { beginsInVain: 0, progressedAtMs: nowMs })

/**
 * With a signal from outside, which wakes it.
 *
 * @category decisions
 * @since 0.1.0
 */
export const signalled = (self: KeptExecution, name: string, value: unknown, nowMs: number): KeptExecution => {
  const recorded = withEnd(self, { kind: "signal", name, state: "succeeded", value, tries: 0 }, nowMs)
  return self.execution.state === "waiting" ? pendingAgain(recorded, nowMs) : recorded
}

/**
 * Waiting for the first of these.
 *
 * @category decisions
 * @since 0.1.0
 */
export const waiting = (self: KeptExecution, waits: ReadonlyArray<Wait>, nowMs: number): KeptExecution => {
  const instants = waits.flatMap((wait) => (wait.kind === "sleep" ? [wait.wakesAtMs] : []))
  return changed(self, {
    state: "waiting",
    waitsFor: waitsFor(waits),
    wakesAtMs: instants.length === 0 ? undefined : Math.min(...instants),
    beginsInVain: 0,
    progressedAtMs: nowMs
  })
}

/**
 * With a sign of life, and how far it is if that is known.
 *
 * @category decisions
 * @since 0.1.0
 */
export const touched = (self: KeptExecution, progress: unknown, nowMs: number): KeptExecution =>
  changed(self, { progress: asOptionalJson(progress) ?? self.execution.progress, progressedAtMs: nowMs })

/**
 * Ended by its run.
 *
 * @category decisions
 * @since 0.1.0
 */
export const finished = (self: KeptExecution, end: ExecutionEnd, nowMs: number): KeptExecution =>
  changed(self, {
    state: end.state,
    output: end.state === "succeeded" ? asOptionalJson(end.output) : undefined,
    error: end.state === "failed" ? asOptionalJson(end.error) : undefined,
    progressedAtMs: nowMs,
    finishedAtMs: nowMs
  })

/**
 * Ended by a person.
 *
 * @category decisions
 * @since 0.1.0
 */
export const cancelled = (self: KeptExecution, nowMs: number): KeptExecution =>
  changed(self, { state: "cancelled", waitsFor: undefined, wakesAtMs: undefined, finishedAtMs: nowMs })

/**
 * Pending for one more attempt, or undefined when it may not be.
 *
 * @category decisions
 * @since 0.1.0
 */
export const retried = (self: KeptExecution, nowMs: number): KeptExecution | undefined => {
  const { attempt, state } = self.execution
  if (!isRetryableExecution(state)) return undefined
  const anew = { attempt: attempt + 1, beginsInVain: 0, error: undefined, finishedAtMs: undefined }
  return { ...changed(pendingAgain(self, nowMs), anew), isAlerted: false }
}

/**
 * What is left after its time: the key.
 *
 * @category decisions
 * @since 0.1.0
 */
export const purged = (self: KeptExecution): KeptExecution => ({
  ...changed(self, { state: "purged", input: null, output: undefined, error: undefined, progress: undefined }),
  steps: []
})

/**
 * So many milliseconds older, as if that time had passed for it alone.
 *
 * @category decisions
 * @since 0.1.0
 */
export const older = (self: KeptExecution, ms: number): KeptExecution => {
  const { createdAtMs, finishedAtMs, progressedAtMs, startedAtMs, wakesAtMs } = self.execution
  const before = (atMs: number | undefined) => (atMs === undefined ? undefined : atMs - ms)
  return changed(self, {
    createdAtMs: createdAtMs - ms,
    startedAtMs: before(startedAtMs),
    progressedAtMs: progressedAtMs - ms,
    wakesAtMs: before(wakesAtMs),
    finishedAtMs: before(finishedAtMs)
  })
}
