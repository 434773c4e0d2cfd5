/**
 * Actions on commissions, as callers ask for them: many records at once, each
 * decided alone, or one change of percentage or wallet. A dry run shows what
 * would happen, and writes nothing.
 *
 * @since 0.1.0
 */
import {
  type AuditEntry,
  CommissionAction,
  type CommissionSettings,
  type Rate,
  type Recalculation,
  type Refusal
} from "@reckoner/core"
import { type CommissionChange, CommissionStore, type CommissionUnknown, type StoreError } from "@reckoner/core/ports"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Actor from "./Actor.ts"

/**
 * Most records that one request may name.
 *
 * @category constants
 * @since 0.1.0
 */
export const IDS_MAX = 1000

/** Records of one request that are worked on side by side: each takes a connection. */
const CHANGES_AT_ONCE = 4

/**
 * Who asks, under which name of the request, and whether only to see what would
 * happen.
 *
 * @category models
 * @since 0.1.0
 */
export interface Asked {
  readonly actor: Actor.Actor
  readonly requestKey: string | undefined
  readonly isDryRun: boolean
}

/**
 * What became of one record.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome =
  | { readonly _tag: "Changed" | "Unchanged"; readonly id: string; readonly entry: AuditEntry.AuditEntry }
  | { readonly _tag: "Refused"; readonly id: string; readonly refusal: Refusal.Refusal | CommissionUnknown }

/**
 * A change of status for many records of one type.
 *
 * @category models
 * @since 0.1.0
 */
export interface StatusChange {
  readonly type: AuditEntry.Target["type"]
  readonly newStatus: CommissionAction.NewStatus
  readonly ids: ReadonlyArray<string>
}

/**
 * A change of percentage. The modes `order` and `orderItem` are for an order,
 * the others for an invoice.
 *
 * @category models
 * @since 0.1.0
 */
export interface PercentChange {
  readonly target: Recalculation.PercentTarget
  /** The order of the modes `order` and `orderItem`. */
  readonly orderId: string | undefined
  readonly percent: Rate.Rate
}

type ChangeError = Refusal.Refusal | CommissionUnknown | StoreError

const change = (
  target: AuditEntry.Target,
  name: AuditEntry.ActionName,
  action: CommissionAction.CommissionAction,
  { actor, isDryRun, requestKey }: Asked
): Effect.Effect<CommissionChange, ChangeError, CommissionStore> =>
  Effect.gen(function* () {
    const store = yield* CommissionStore
    const at = yield* Clock.currentTimeMillis
    return yield* store.change(
      { action: name, target, actorId: actor.id, at, requestKey: isDryRun ? undefined : requestKey },
      (order, settings) =>
        CommissionAction.plan(order, action, { at, mayApproveRevoked: Actor.mayApproveRevoked(actor), settings }),
      { isDryRun }
    )
  })

const statusAction = ({ newStatus, type }: StatusChange, id: string): CommissionAction.CommissionAction =>
  type === "order"
    ? { _tag: "ChangeOrderStatus", newStatus }
    : { _tag: "ChangeInvoiceStatus", invoiceId: id, newStatus }

/**
 * Changes the status of many records. Each is decided alone, several side by
 * side; one that is refused does not undo the others. Answers come in the order
 * in which the records were named, one for each, also if it was named twice.
 *
 * **Errors**
 *
 * - `StoreError`: the database failed. What was changed until then stays; the same request again goes on from there.
 *
 * **Source**: "Ids in a batch" of the commission approvals.
 *
 * @category actions
 * @since 0.1.0
 */
export const changeStatus = (
  asked: StatusChange,
  by: Asked
): Effect.Effect<ReadonlyArray<Outcome>, StoreError, CommissionStore> =>
  Effect.forEach(
    [...new Set(asked.ids)],
    (id) =>
      Effect.flatMap(
        Effect.result(change({ type: asked.type, id }, asked.newStatus, statusAction(asked, id), by)),
        (result): Effect.Effect<Outcome, StoreError> => {
          if (Result.isSuccess(result)) {
            const { entry, isChanged } = result.success
            return Effect.succeed({ _tag: isChanged ? "Changed" : "Unchanged", id, entry })
          }
          const refusal = result.failure
          return refusal._tag === "StoreError" ? Effect.fail(refusal) : Effect.succeed({ _tag: "Refused", id, refusal })
        }
      ),
    { concurrency: CHANGES_AT_ONCE }
  )

/**
 * Gives a percentage to what waits for approval.
 *
 * **Errors**
 *
 * - `CommissionUnknown`: there is no such order or invoice.
 * - any of those of `Recalculation.changePercent`, in its order.
 * - `StoreError`: the database failed; nothing has changed.
 *
 * **Source**: "Percent change" of the commission approvals.
 *
 * @category actions
 * @since 0.1.0
 */
export const changePercent = (
  { orderId, percent, target }: PercentChange,
  by: Asked
): Effect.Effect<CommissionChange, ChangeError, CommissionStore> =>
  change(
    "invoiceId" in target ? { type: "invoice", id: target.invoiceId } : { type: "order", id: orderId ?? "" },
    "changePercent",
    { _tag: "ChangePercent", target, percent },
    by
  )

/**
 * Credits another wallet with the commission of an order.
 *
 * **Errors**
 *
 * - `CommissionUnknown`: there is no such order.
 * - any of those of `Recalculation.changeWallet`, in its order.
 * - `StoreError`: the database failed; nothing has changed.
 *
 * **Source**: "Wallet change" of the commission approvals.
 *
 * @category actions
 * @since 0.1.0
 */
export const changeWallet = (
  { orderId, walletKind }: { readonly orderId: string; readonly walletKind: CommissionSettings.WalletKind },
  by: Asked
): Effect.Effect<CommissionChange, ChangeError, CommissionStore> =>
  change({ type: "order", id: orderId }, "changeWallet", { _tag: "ChangeWallet", walletKind }, by)
