/**
 * Executions in memory, for tests: all ports on them over one state.
 *
 * A transaction that fails puts the executions that it changed back as they
 * were. Unlike a database's, it hides nothing from others before it ends, and
 * what others wrote to the same executions since is undone with it.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import {
  type Execution,
  type ExecutionKey,
  type ExecutionState,
  isOpenExecution,
  type Lease
} from "../ports/Execution.ts"
import { ExecutionQueue } from "../ports/ExecutionQueue.ts"
import { ExecutionRecorder } from "../ports/ExecutionRecorder.ts"
import { type ExecutionBacklog, ExecutionReport } from "../ports/ExecutionReport.ts"
import { ExecutionStore } from "../ports/ExecutionStore.ts"
import * as KeptExecution from "./KeptExecution.ts"

/**
 * Executions with their contents.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryExecutions {
  /** It may be built several times, as by several processes. */
  readonly layer: Layer.Layer<ExecutionStore | ExecutionRecorder | ExecutionQueue | ExecutionReport>
  /** The oldest first. */
  readonly executions: () => ReadonlyArray<Execution>
  /** Makes an execution so many milliseconds older, as if that time had passed for it alone. */
  readonly age: (id: string, ms: number) => void
}

type Kept = KeptExecution.KeptExecution

/** What the executions that a transaction changed were before; undefined for those it created. */
type Before = Map<string, Kept | undefined>

/** The transactions that an effect is in, by the state they are on. */
const Transactions = Context.Reference<ReadonlyMap<object, Before>>(
  "@reckoner/core/testing/MemoryExecutions/Transactions",
  { defaultValue: () => new Map() }
)

/** One instant, at which something is decided and written. */
interface Moment {
  readonly nowMs: number
  readonly put: (id: string, kept: Kept | undefined) => void
}

/** What an execution becomes, or undefined when it stays as it is. */
type Change = (kept: Kept, nowMs: number) => Kept | undefined

/** The order in which new ones are taken. */
const byCreation = (one: Kept, other: Kept): number => one.execution.createdAtMs - other.execution.createdAtMs

const storeOn = ({ all, atomically, find, steer }: State, newId: () => string): ExecutionStore["Service"] => {
  const byKey = ({ businessKey, job }: ExecutionKey) =>
    find(({ execution }) => execution.job === job && execution.businessKey === businessKey)[0]
  const executionOf = (kept: Kept | undefined) =>
    Option.map(Option.fromUndefinedOr(kept), ({ execution }): Execution => execution)
  return {
    create: (key, input, { runner } = {}) =>
      atomically(({ nowMs, put }) => {
        const known = byKey(key)
        if (known !== undefined) return { id: known.execution.id, isNew: false }
        const id = newId()
        put(id, KeptExecution.make(id, key, { input, nowMs, runner }))
        return { id, isNew: true }
      }),
    find: (key) => Effect.sync(() => executionOf(byKey(key))),
    get: (id) => Effect.sync(() => executionOf(all.get(id))),
    signal: (id, name, value) =>
      steer(id, (kept, nowMs) =>
        isOpenExecution(kept.execution.state) && !KeptExecution.hasRecord(kept, { kind: "signal", name })
          ? KeptExecution.signalled(kept, name, value, nowMs)
          : undefined
      ),
    cancel: (id) =>
      steer(id, (kept, nowMs) =>
        isOpenExecution(kept.execution.state) ? KeptExecution.cancelled(kept, nowMs) : undefined
      ),
    retry: (id) => steer(id, KeptExecution.retried)
  }
}

const recorderOn = ({ all, atomically, restore, write }: State): ExecutionRecorder["Service"] => ({
  begin: ({ handover, id, runner }) =>
    atomically(({ nowMs, put }) => {
      const kept = all.get(id)
      if (kept?.execution.state !== "running" || kept.execution.handover !== handover) return Option.none()
      const begun = KeptExecution.begun(kept, runner, nowMs)
      put(id, begun)
      return Option.some({ execution: begun.execution, records: KeptExecution.records(begun), nowMs })
    }),
  beginStep: (lease, name) =>
    write(lease, (kept, nowMs) =>
      KeptExecution.hasRecord(kept, { kind: "step", name }) ? undefined : KeptExecution.withStep(kept, name, nowMs)
    ),
  record: (lease, record) =>
    write(lease, (kept, nowMs) =>
      KeptExecution.hasRecord(kept, record) ? undefined : KeptExecution.withRecord(kept, record, nowMs)
    ),
  wait: (lease, waits) =>
    atomically(({ nowMs, put }) => {
      const kept = all.get(lease.id)
      if (kept === undefined || !KeptExecution.isHeldBy(kept, lease)) return { isHeld: false, come: [] }
      const come = KeptExecution.come(kept, waits, nowMs)
      if (come.length === 0) put(lease.id, KeptExecution.waiting(kept, waits, nowMs))
      return { isHeld: true, come }
    }),
  finish: (lease, end) => write(lease, (kept, nowMs) => KeptExecution.finished(kept, end, nowMs)),
  transaction: (effect) =>
    Effect.flatMap(Transactions, (outer) => {
      const before: Before = new Map()
      const beforeOuter = outer.get(all)
      return effect.pipe(
        Effect.provideService(Transactions, new Map([...outer, [all, before]])),
        Effect.onExit((exit) =>
          Effect.sync(() => {
            for (const [id, kept] of before) {
              if (Exit.isFailure(exit)) restore(id, kept)
              else if (beforeOuter?.has(id) === false) beforeOuter.set(id, kept)
            }
          })
        )
      )
    })
})

const queueOn = ({ atomically, find, inState, write }: State): ExecutionQueue["Service"] => ({
  claim: ({ jobs, residentMax, runner }) =>
    atomically(({ nowMs, put }) => {
      const pending = inState("pending").toSorted(byCreation)
      const resumed = pending.filter(({ execution }) => execution.startedAtMs !== undefined)
      const woken = find((kept) => KeptExecution.isDue(kept, nowMs))
      const fresh = pending.filter(({ execution }) => execution.startedAtMs === undefined)
      const resident = inState("running").filter(({ admittedBy }) => admittedBy === runner).length
      return [...resumed, ...woken, ...fresh]
        .filter(({ execution }) => jobs.includes(execution.job))
        .slice(0, Math.max(0, residentMax - resident))
        .map((kept) => {
          const claimed = KeptExecution.claimed(kept, runner, nowMs)
          const { handover, id } = claimed.execution
          put(id, claimed)
          return { id, handover }
        })
    }),
  release: (lease) => Effect.asVoid(write(lease, KeptExecution.released)),
  touch: (runs) =>
    Effect.gen(function* () {
      const alive = new Set<string>()
      for (const { lease, progress } of runs) {
        const isAlive = yield* write(lease, (kept, nowMs) => KeptExecution.touched(kept, progress, nowMs))
        if (isAlive) alive.add(lease.id)
      }
      return alive
    }),
  sweep: ({ stalledMs }) =>
    atomically(({ nowMs, put }) => {
      const stalled = inState("running").filter(({ execution }) => execution.progressedAtMs < nowMs - stalledMs)
      for (const kept of stalled) put(kept.execution.id, KeptExecution.pendingAgain(kept, nowMs))
      return stalled.length
    })
})

const reportOn = ({ all, atomically, find, inState }: State): ExecutionReport["Service"] => ({
  list: ({ beforeId, job, limit, sinceMs, states }) =>
    Effect.sync(() =>
      find(
        ({ execution }) =>
          (states === undefined || states.includes(execution.state)) &&
          (job === undefined || execution.job === job) &&
          (sinceMs === undefined || execution.createdAtMs >= sinceMs) &&
          (beforeId === undefined || Number(execution.id) < Number(beforeId))
      )
        .toReversed()
        .slice(0, limit)
        .map(({ execution }) => execution)
    ),
  steps: (id) => Effect.sync(() => all.get(id)?.steps ?? []),
  backlog: Effect.map(Clock.currentTimeMillis, (nowMs) => {
    const counts = new Map<string, ExecutionBacklog["counts"][number]>()
    for (const { execution } of inState("pending", "running", "waiting", "failed")) {
      const { job, state } = execution
      const key = JSON.stringify([job, state])
      counts.set(key, { job, state, count: (counts.get(key)?.count ?? 0) + 1 })
    }
    const ages = inState("pending").map(({ execution }) => nowMs - execution.progressedAtMs)
    return { counts: [...counts.values()], oldestPendingMs: Math.max(0, ...ages) }
  }),
  takeAlerts: (limit) =>
    atomically(({ put }) => {
      const taken = inState("failed").filter(({ isAlerted }) => !isAlerted)
      for (const kept of taken.slice(0, limit)) put(kept.execution.id, { ...kept, isAlerted: true })
      return taken.slice(0, limit).map(({ execution }) => execution)
    }),
  purge: ({ failedMs, finishedMs, forgetful, limit }) =>
    atomically(({ nowMs, put }) => {
      const old = inState("succeeded", "cancelled", "failed").filter(
        ({ execution: { finishedAtMs = nowMs, state } }) =>
          finishedAtMs < nowMs - (state === "failed" ? failedMs : finishedMs)
      )
      const counts = { emptied: 0, removed: 0 }
      for (const kept of old.slice(0, limit)) {
        const isForgotten = forgetful.includes(kept.execution.job)
        put(kept.execution.id, isForgotten ? undefined : KeptExecution.purged(kept))
        counts[isForgotten ? "removed" : "emptied"] += 1
      }
      return counts
    })
})

type State = ReturnType<typeof makeState>

const makeState = () => {
  const all = new Map<string, Kept>()

  const restore = (id: string, kept: Kept | undefined): void =>
    void (kept === undefined ? all.delete(id) : all.set(id, kept))

  /** Nothing comes between what `act` reads and what it writes. */
  const atomically = <A>(act: (moment: Moment) => A): Effect.Effect<A> =>
    Effect.flatMap(Transactions, (transactions) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        const before = transactions.get(all)
        const put = (id: string, kept: Kept | undefined) => {
          if (before?.has(id) === false) before.set(id, all.get(id))
          restore(id, kept)
        }
        return act({ nowMs, put })
      })
    )

  const steer = (id: string, change: Change) =>
    atomically(({ nowMs, put }) =>
      Option.map(Option.fromUndefinedOr(all.get(id)), (kept) => {
        const after = change(kept, nowMs)
        if (after !== undefined) put(id, after)
        return { execution: (after ?? kept).execution, isChanged: after !== undefined }
      })
    )

  const write = (lease: Lease, change: Change): Effect.Effect<boolean> =>
    Effect.map(
      steer(lease.id, (kept, nowMs) => (KeptExecution.isHeldBy(kept, lease) ? change(kept, nowMs) : undefined)),
      (steered) => Option.isSome(steered) && steered.value.isChanged
    )

  /** The oldest first: one that a transaction put back is the last of the map. */
  const find = (isMeant: (kept: Kept) => boolean): ReadonlyArray<Kept> =>
    [...all.values()].filter(isMeant).toSorted((one, other) => Number(one.execution.id) - Number(other.execution.id))

  const inState = (...states: ReadonlyArray<ExecutionState>) =>
    find(({ execution }) => states.includes(execution.state))

  return { all, restore, atomically, steer, write, find, inState }
}

/**
 * Makes a state without executions; their ids count from 1. Its clock is `Clock`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): MemoryExecutions => {
  const state = makeState()
  let lastId = 0
  return {
    layer: Layer.mergeAll(
      Layer.succeed(
        ExecutionStore,
        storeOn(state, () => String(++lastId))
      ),
      Layer.succeed(ExecutionRecorder, recorderOn(state)),
      Layer.succeed(ExecutionQueue, queueOn(state)),
      Layer.succeed(ExecutionReport, reportOn(state))
    ),
    executions: () => state.find(() => true).map(({ execution }) => execution),
    age: (id, ms) => {
      const kept = state.all.get(id)
      if (kept !== undefined) state.restore(id, KeptExecution.older(kept, ms))
    }
  }
}
