/**
 * Executions in memory, for tests: what is kept is gone with the layer.
 *
 * @since 0.1.0
 */
import { ExecutionStore } from "@reckoner/adapters-pg"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

type Row = ExecutionStore.Row
type StepRecord = ExecutionStore.StepRecord
type Writable<A> = { -readonly [Key in keyof A]: A[Key] }

interface Kept {
  row: Writable<Row>
  records: Array<StepRecord & { readonly attempt: number }>
  runner: string | undefined
  admittedBy: string | undefined
  wakesAtMs: number | undefined
  progressedAtMs: number
}

const isOpen = ({ state }: Row): boolean => state === "pending" || state === "running" || state === "waiting"

const make = (): ExecutionStore.ExecutionStore["Service"] => {
  const all: Array<Kept> = []
  const byKey = ({ businessKey, job }: ExecutionStore.Key) =>
    all.find(({ row }) => row.job === job && row.businessKey === businessKey)
  const byId = (id: string) => all[Number(id) - 1]

  const snapshot = ({ row }: Kept): Row => ({ ...row })
  const held = ({ handover, id, runner }: ExecutionStore.Lease): Kept | undefined => {
    const kept = byId(id)
    const isHeld =
      kept?.row.handover === handover &&
      kept.runner === runner &&
      (kept.row.state === "running" || kept.row.state === "waiting")
    return isHeld ? kept : undefined
  }
  const ifHeld = (lease: ExecutionStore.Lease, act: (kept: Kept) => void) =>
    Effect.sync(() => {
      const kept = held(lease)
      if (kept === undefined) return false
      kept.progressedAtMs = Date.now()
      act(kept)
      return true
    })
  const signalOf = ({ records }: Kept, name: string) =>
    records.find((record) => record.kind === "signal" && record.name === name)

  const change = (key: ExecutionStore.Key, isMeant: (row: Row) => boolean, act: (kept: Kept) => void) =>
    Effect.sync(() => {
      const kept = byKey(key)
      if (kept === undefined) return Option.none()
      if (isMeant(kept.row)) act(kept)
      return Option.some(snapshot(kept))
    })

  const makePending = (kept: Kept) => {
    Object.assign(kept, { runner: undefined, admittedBy: undefined, wakesAtMs: undefined })
    Object.assign(kept.row, { state: "pending", handover: kept.row.handover + 1, waitsFor: undefined })
    kept.progressedAtMs = Date.now()
  }

  return {
    create: (key, input) =>
      Effect.sync(() => {
        const found = byKey(key)
        if (found !== undefined) return { id: found.row.id, isNew: false }
        const id = String(all.length + 1)
        const fresh = { waitsFor: undefined, output: null, error: null }
        all.push({
          row: { id, ...key, input: input ?? null, state: "pending", attempt: 1, handover: 1, ...fresh },
          records: [],
          runner: undefined,
          admittedBy: undefined,
          wakesAtMs: undefined,
          progressedAtMs: Date.now()
        })
        return { id, isNew: true }
      }),

    find: (key) => Effect.sync(() => Option.map(Option.fromUndefinedOr(byKey(key)), snapshot)),

    signal: (key, name, value) =>
      Effect.sync(() => {
        const kept = byKey(key)
        if (kept === undefined) return Option.none()
        const isFirst = isOpen(kept.row) && signalOf(kept, name) === undefined
        if (isFirst) {
          const { attempt } = kept.row
          kept.records.push({ kind: "signal", name, state: "succeeded", value: value ?? null, tries: 0, attempt })
          if (kept.row.waitsFor === ExecutionStore.waitsFor({ kind: "signal", name })) kept.wakesAtMs = Date.now()
        }
        return Option.some({ row: snapshot(kept), isFirst })
      }),

    cancel: (key) =>
      change(key, isOpen, (kept) => {
        Object.assign(kept.row, { state: "cancelled", waitsFor: undefined })
      }),

    retry: (key) =>
      change(
        key,
        ({ state }) => state === "failed" || state === "cancelled",
        (kept) => {
          Object.assign(kept.row, { attempt: kept.row.attempt + 1, error: null })
          makePending(kept)
        }
      ),

    claim: ({ jobs, residentMax, runner }) =>
      Effect.sync(() => {
        const resident = all.filter(({ admittedBy, row }) => row.state === "running" && admittedBy === runner).length
        const next = all
          .filter(({ row }) => row.state === "pending" && jobs.includes(row.job))
          .slice(0, Math.max(0, residentMax - resident))
        for (const kept of next) {
          kept.row.state = "running"
          kept.admittedBy = runner
        }
        return next.map(({ row }) => ({ id: row.id, handover: row.handover }))
      }),

    begin: ({ handover, id, runner }) =>
      Effect.sync(() => {
        const kept = byId(id)
        if (kept?.row.handover !== handover || !isOpen(kept.row) || kept.row.state === "pending") return Option.none()
        Object.assign(kept, { runner, wakesAtMs: undefined, progressedAtMs: Date.now() })
        Object.assign(kept.row, { state: "running", waitsFor: undefined })
        const records = kept.records.filter((one) => one.state === "succeeded" || one.attempt === kept.row.attempt)
        return Option.some({ row: snapshot(kept), records })
      }),

    beginStep: (lease) => ifHeld(lease, () => {}),

    record: (lease, record) =>
      ifHeld(lease, ({ records, row }) => {
        records.push({ ...record, value: record.value ?? null, attempt: row.attempt })
      }),

    wait: (lease, wait) =>
      Effect.map(
        ifHeld(lease, (kept) => {
          if (wait.kind === "signal" && signalOf(kept, wait.name) !== undefined) return
          kept.wakesAtMs = wait.kind === "sleep" ? wait.wakesAtMs : undefined
          Object.assign(kept.row, { state: "waiting", waitsFor: ExecutionStore.waitsFor(wait) })
        }),
        (isHeld) => {
          const kept = held(lease)
          const come = kept !== undefined && wait.kind === "signal" ? signalOf(kept, wait.name) : undefined
          return { isHeld, come: Option.fromUndefinedOr(come) }
        }
      ),

    finish: (lease, end) =>
      ifHeld(lease, ({ row }) => {
        Object.assign(row, { ...end, waitsFor: undefined })
      }),

    touch: (leases) =>
      Effect.sync(() => {
        const alive = leases.filter((lease) => held(lease) !== undefined)
        for (const lease of alive) held(lease)!.progressedAtMs = Date.now()
        return new Set(alive.map(({ id }) => id))
      }),

    sweep: ({ overdueMs, stalledMs }) =>
      Effect.sync(() => {
        const nowMs = Date.now()
        const late = all.filter(
          ({ progressedAtMs, row, wakesAtMs }) =>
            (row.state === "running" && progressedAtMs < nowMs - stalledMs) ||
            (row.state === "waiting" && wakesAtMs !== undefined && wakesAtMs < nowMs - overdueMs)
        )
        for (const kept of late) makePending(kept)
        return late.length
      })
  }
}

/**
 * A store that starts empty.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ExecutionStore.ExecutionStore> = Layer.sync(ExecutionStore.ExecutionStore, make)
