/**
 * Executions in the states in which operators find them, made through the
 * ports, for tests on any store.
 *
 * @since 0.1.0
 */
import {
  ExecutionQueue,
  ExecutionRecorder,
  ExecutionStore,
  type ExecutionEnd,
  type Lease,
  type StoreError
} from "@reckoner/core/ports"
import * as Effect from "effect/Effect"

/**
 * The job of all of them.
 *
 * @category testing
 * @since 0.1.0
 */
export const JOB = "ask-somebody"

const RUNNER = "runner-of-a-test"

type Ports = ExecutionStore | ExecutionQueue | ExecutionRecorder

const begun = (businessKey: string): Effect.Effect<Lease, StoreError, Ports> =>
  Effect.gen(function* () {
    const store = yield* ExecutionStore
    const recorder = yield* ExecutionRecorder
    const { id } = yield* store.create({ job: JOB, businessKey }, { question: businessKey }, { runner: RUNNER })
    const lease = { id, handover: 1, runner: RUNNER }
    yield* recorder.begin(lease)
    yield* recorder.beginStep(lease, "ask")
    yield* recorder.record(lease, { kind: "step", name: "ask", state: "succeeded", value: { asked: 1 }, tries: 1 })
    return lease
  })

/**
 * One that runs, and has recorded the step `ask`. Gives its id.
 *
 * @category testing
 * @since 0.1.0
 */
export const runningExecution = (businessKey: string): Effect.Effect<string, StoreError, Ports> =>
  Effect.map(begun(businessKey), ({ id }) => id)

/**
 * One that waits for the signal `decision`. Gives its id.
 *
 * @category testing
 * @since 0.1.0
 */
export const waitingExecution = (businessKey: string): Effect.Effect<string, StoreError, Ports> =>
  Effect.gen(function* () {
    const recorder = yield* ExecutionRecorder
    const lease = yield* begun(businessKey)
    yield* recorder.wait(lease, [{ kind: "signal", name: "decision" }])
    return lease.id
  })

const FAILURE = { _tag: "Error", error: { _tag: "NobodyThere", message: "nobody\nis there" } }

const ENDS: Readonly<Record<"succeeded" | "failed", ExecutionEnd>> = {
  succeeded: { state: "succeeded", output: { answer: "yes" } },
  failed: { state: "failed", error: FAILURE }
}

/**
 * One that is over. Gives its id.
 *
 * @category testing
 * @since 0.1.0
 */
export const endedExecution = (
  businessKey: string,
  state: "succeeded" | "failed" | "cancelled"
): Effect.Effect<string, StoreError, Ports> =>
  Effect.gen(function* () {
    const lease = yield* begun(businessKey)
    if (state === "cancelled") {
      yield* (yield* ExecutionStore).cancel(lease.id)
      return lease.id
    }
    const recorder = yield* ExecutionRecorder
    yield* recorder.record(lease, {
      kind: "step",
      name: "answer",
      state,
      value: state === "failed" ? FAILURE : { answer: "yes" },
      tries: 3
    })
    yield* recorder.finish(lease, ENDS[state])
    return lease.id
  })
