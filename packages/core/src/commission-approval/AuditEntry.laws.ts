/**
 * Laws of `AuditEntry`, as plain predicates.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as AuditEntry from "./AuditEntry.ts"
import * as CommissionAction from "./CommissionAction.ts"
import * as CommissionOrder from "./CommissionOrder.ts"

type Order = CommissionOrder.CommissionOrder

/** How an entry comes back from where it was kept. */
export interface Keeping {
  readonly events: (events: ReadonlyArray<CommissionOrder.Event>) => ReadonlyArray<CommissionOrder.Event>
  readonly figures: (figures: AuditEntry.Figures) => AuditEntry.Figures
}

/** Everything of a value, whatever the order of its keys; `bigint` has no JSON. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`
    if (part === undefined) return "none"
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)))
  })

const isSame = (one: unknown, other: unknown): boolean => text(one) === text(other)

type Kept = Pick<AuditEntry.AuditEntry, "revision" | "before" | "after" | "events">

/**
 * What is kept of actions, found in any order and sorted by revision, leads
 * from the order before the first to the order after the last, and each entry's
 * figures are those of the order at that moment.
 */
export const auditReplays = (
  order: Order,
  steps: ReadonlyArray<readonly [CommissionAction.CommissionAction, CommissionAction.Context]>,
  keeping: Keeping
): boolean => {
  const entries: Array<Kept> = []
  let stored = order
  for (const [action, context] of steps) {
    const plan = CommissionAction.plan(stored, action, context)
    if (Result.isFailure(plan) || plan.success.events.length === 0) continue
    const { after, before, events } = plan.success
    entries.unshift({
      revision: after.revision,
      before: keeping.figures(AuditEntry.figuresOf(before)),
      after: keeping.figures(AuditEntry.figuresOf(after)),
      events: keeping.events(events)
    })
    stored = after
  }
  let replayed = order
  for (const { after, before, events, revision } of entries.toSorted((one, other) => one.revision - other.revision)) {
    if (!isSame(AuditEntry.figuresOf(replayed), before)) return false
    replayed = CommissionOrder.apply(replayed, events)
    if (replayed.revision !== revision || !isSame(AuditEntry.figuresOf(replayed), after)) return false
  }
  return isSame(replayed, stored)
}
