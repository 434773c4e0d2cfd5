/**
 * Notices in memory, for tests.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CommissionNotice from "../commission-approval/CommissionNotice.ts"
import { type Notice, NoticeOutbox } from "../ports/NoticeOutbox.ts"

/**
 * An outbox with its contents.
 *
 * - `queue`: adds notices, as whoever releases commissions does.
 * - `notices`: all of them, the oldest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryNoticeOutbox {
  readonly layer: Layer.Layer<NoticeOutbox>
  readonly queue: (...notices: ReadonlyArray<Notice>) => void
  readonly notices: () => ReadonlyArray<Notice>
}

const ABANDONED = "the process ended while it was sent: it may have arrived"

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const oldestFirst = (one: Notice, other: Notice): number => one.queuedAt - other.queuedAt || compare(one.id, other.id)

const dueAt = ({ state }: Notice): number => (state._tag === "Queued" ? state.dueAt : Infinity)

/**
 * Makes an outbox with these notices.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (...queued: ReadonlyArray<Notice>): MemoryNoticeOutbox => {
  const kept = new Map(queued.map((notice) => [notice.id, notice]))
  const notices = () => [...kept.values()].toSorted(oldestFirst)
  const change = (notice: Notice, changes: Partial<Notice>): Notice => {
    const changed = { ...notice, ...changes }
    kept.set(notice.id, changed)
    return changed
  }
  return {
    notices,
    queue: (...more) => {
      for (const notice of more) kept.set(notice.id, notice)
    },
    layer: Layer.succeed(
      NoticeOutbox,
      NoticeOutbox.of({
        take: ({ abandonedMs, at, limit }) =>
          Effect.sync(() => {
            for (const notice of notices()) {
              if (notice.state._tag === "Sending" && notice.state.since <= at - abandonedMs) {
                change(notice, { state: { _tag: "SentUnknown", reason: ABANDONED } })
              }
            }
            return notices()
              .filter((notice) => dueAt(notice) <= at)
              .toSorted((one, other) => dueAt(one) - dueAt(other) || compare(one.id, other.id))
              .slice(0, limit)
              .map((notice) => change(notice, { attempts: notice.attempts + 1, state: { _tag: "Sending", since: at } }))
              .toSorted(oldestFirst)
          }),
        settle: (id, state) =>
          Effect.sync(() => {
            const notice = kept.get(id)
            if (notice?.state._tag === "Sending") change(notice, { state })
          }),
        list: ({ limit, states }) =>
          Effect.sync(() =>
            notices()
              .filter(({ state }) => states.length === 0 || states.includes(state._tag))
              .toReversed()
              .slice(0, limit)
          ),
        requeue: (id, at) =>
          Effect.sync(() => {
            const notice = kept.get(id)
            if (notice === undefined || notice.state._tag === "Sending" || notice.state._tag === "Sent") return false
            change(notice, { attempts: 0, state: { _tag: "Queued", dueAt: at, reason: undefined } })
            return true
          }),
        counts: Effect.sync(
          () =>
            new Map(
              CommissionNotice.STATE_NAMES.map((name) => [
                name,
                notices().filter(({ state }) => state._tag === name).length
              ])
            )
        )
      })
    )
  }
}
