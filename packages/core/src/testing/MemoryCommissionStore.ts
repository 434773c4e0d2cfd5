/**
 * Commissions in memory, for tests: whatever the database does, without one.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as AuditEntry from "../commission-approval/AuditEntry.ts"
import type * as CommissionOrder from "../commission-approval/CommissionOrder.ts"
import * as Commission from "../commission-approval/Commission.ts"
import type * as CommissionSettings from "../commission-approval/CommissionSettings.ts"
import type * as Refusal from "../commission-approval/Refusal.ts"
import type * as Money from "../money/Money.ts"
import { type CommissionChange, CommissionStore, CommissionUnknown } from "../ports/CommissionStore.ts"
import type { Notice } from "../ports/NoticeOutbox.ts"
import * as CommissionLists from "./MemoryCommissionStoreLists.ts"

/**
 * An affiliate as it is kept: who gets the commission, with a name.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeptAffiliate extends CommissionOrder.Affiliate {
  readonly name: string
  readonly phone?: string
}

/**
 * An order as it is kept. Instants are in milliseconds since 1970; `invoices`
 * has one of each invoice of the order.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeptCommission {
  readonly order: CommissionOrder.CommissionOrder
  readonly code: string
  readonly customerName: string
  readonly createdAt: number
  readonly invoices: ReadonlyArray<{ readonly id: string; readonly code: string; readonly createdAt: number }>
}

/**
 * What a store is filled from. The affiliate of an order is that of the same
 * key in `affiliates`, whatever the order says of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionSources {
  readonly affiliates: ReadonlyArray<KeptAffiliate>
  readonly commissions: ReadonlyArray<KeptCommission>
  readonly settings: CommissionSettings.CommissionSettings
}

/**
 * That a commission was released, as the log keeps it.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeptRelease {
  readonly invoiceId: string
  readonly affiliateId: string
  readonly amount: Money.Money
  readonly actorId: string
  readonly at: number
}

/**
 * A store with its contents.
 *
 * - `load`: adds what it is given, in place of what has the same keys; settings replace all settings.
 * - `orders`: every order, by its key.
 * - `audit`: every entry, the oldest first; `releases` and `notices` likewise, these as they were queued.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryCommissionStore {
  readonly layer: Layer.Layer<CommissionStore>
  readonly load: (sources: Partial<CommissionSources>) => void
  readonly orders: () => ReadonlyArray<CommissionOrder.CommissionOrder>
  readonly audit: () => ReadonlyArray<AuditEntry.AuditEntry>
  readonly releases: () => ReadonlyArray<KeptRelease>
  readonly notices: () => ReadonlyArray<Notice>
}

interface KeptEntry {
  readonly entry: AuditEntry.AuditEntry
  readonly requestKey: string | undefined
}

const isOf = (target: AuditEntry.Target, { order }: KeptCommission): boolean =>
  target.type === "order" ? order.id === target.id : order.invoices.some(({ id }) => id === target.id)

/**
 * Makes a store with these contents. `onNotice` is told of every notice that is
 * queued: an outbox may take it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  initial: Partial<CommissionSources> = {},
  { onNotice = () => {} }: { readonly onNotice?: (notice: Notice) => void } = {}
): MemoryCommissionStore => {
  const affiliates = new Map<string, KeptAffiliate>()
  const commissions = new Map<string, KeptCommission>()
  const entries: Array<KeptEntry> = []
  const releases: Array<KeptRelease> = []
  const notices: Array<Notice> = []
  let settings: CommissionSettings.CommissionSettings = {
    levelDiscounts: new Map(),
    rounding: Commission.ROUNDING_MODE
  }

  const load = (sources: Partial<CommissionSources>): void => {
    for (const one of sources.affiliates ?? []) affiliates.set(one.id, one)
    for (const one of sources.commissions ?? []) commissions.set(one.order.id, one)
    settings = sources.settings ?? settings
  }
  load(initial)

  const withAffiliate = (kept: KeptCommission): KeptCommission => {
    const { id, isRevoked, level } = affiliates.get(kept.order.affiliate.id)!
    return { ...kept, order: { ...kept.order, affiliate: { id, level, isRevoked } } }
  }
  const all = () => [...commissions.values()].map(withAffiliate)
  const named = (): ReadonlyArray<CommissionLists.NamedCommission> =>
    all().map((kept) => ({ ...kept, affiliateName: affiliates.get(kept.order.affiliate.id)!.name }))

  const noticeOf = (
    { affiliateId, amount, invoiceId }: Extract<CommissionOrder.Event, { readonly _tag: "NotificationQueued" }>,
    { code, invoices }: KeptCommission,
    at: number
  ): Notice => {
    const { name, phone } = affiliates.get(affiliateId)!
    return {
      id: `release-${invoiceId}`,
      invoiceId,
      invoiceCode: invoices.find(({ id }) => id === invoiceId)!.code,
      orderCode: code,
      affiliateId,
      affiliateName: name,
      phone,
      amount,
      queuedAt: at,
      attempts: 0,
      state: { _tag: "Queued", dueAt: at, reason: undefined }
    }
  }

  const change: CommissionStore["Service"]["change"] = (record, decide, { isDryRun }) =>
    Effect.suspend((): Effect.Effect<CommissionChange, Refusal.Refusal | CommissionUnknown> => {
      const { action, actorId, at, requestKey, target } = record
      const kept = all().find((one) => isOf(target, one))
      if (kept === undefined) return Effect.fail(new CommissionUnknown({ target }))
      const earlier = entries.find(
        (one) =>
          requestKey !== undefined &&
          one.requestKey === requestKey &&
          one.entry.target.type === target.type &&
          one.entry.target.id === target.id
      )
      if (earlier !== undefined) return Effect.succeed({ entry: earlier.entry, isChanged: true, isRepeat: true })
      const decided = decide(kept.order, settings)
      if (Result.isFailure(decided)) return Effect.fail(decided.failure)
      const { after, before, events, settings: used } = decided.success
      const entry: AuditEntry.AuditEntry = {
        orderId: before.id,
        target,
        action,
        actorId,
        at,
        revision: after.revision,
        before: AuditEntry.figuresOf(before),
        after: AuditEntry.figuresOf(after),
        events,
        settings: used
      }
      const isChanged = events.length > 0
      if (isChanged && !isDryRun) {
        commissions.set(before.id, { ...kept, order: after })
        entries.push({ entry, requestKey })
        for (const event of events) {
          if (event._tag === "ReleaseLogged") {
            const { amount, invoiceId } = event
            releases.push({ invoiceId, affiliateId: after.affiliate.id, amount, actorId, at })
          }
          if (event._tag === "NotificationQueued") {
            const notice = noticeOf(event, kept, at)
            notices.push(notice)
            onNotice(notice)
          }
        }
      }
      return Effect.succeed({ entry, isChanged, isRepeat: false })
    })

  return {
    load,
    orders: () =>
      all()
        .map(({ order }) => order)
        .toSorted((one, other) => CommissionLists.compareIds(one.id, other.id)),
    audit: () => entries.map(({ entry }) => entry),
    releases: () => [...releases],
    notices: () => [...notices],
    layer: Layer.succeed(
      CommissionStore,
      CommissionStore.of({
        change,
        settings: Effect.sync(() => settings),
        file: (orderId) =>
          Effect.sync(() =>
            Option.map(Option.fromUndefinedOr(named().find(({ order }) => order.id === orderId)), (kept) => ({
              listed: CommissionLists.listedOrder(kept),
              order: kept.order,
              audit: entries.map(({ entry }) => entry).filter((entry) => entry.orderId === orderId)
            }))
          ),
        orders: (filter, page) =>
          Effect.sync(() => CommissionLists.pageOf(CommissionLists.orders(named(), filter), page)),
        invoices: (filter, page) =>
          Effect.sync(() => CommissionLists.pageOf(CommissionLists.invoices(named(), filter), page)),
        orderSummary: (filter) => Effect.sync(() => CommissionLists.summaryOf(CommissionLists.orders(named(), filter))),
        invoiceSummary: (filter) =>
          Effect.sync(() => CommissionLists.summaryOf(CommissionLists.invoices(named(), filter)))
      })
    )
  }
}
