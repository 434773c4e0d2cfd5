/**
 * Where commissions that wait for approval are kept, with their audit trail.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Result from "effect/Result"
import type * as ApprovalState from "../commission-approval/ApprovalState.ts"
import type * as AuditEntry from "../commission-approval/AuditEntry.ts"
import type * as CommissionAction from "../commission-approval/CommissionAction.ts"
import type * as CommissionOrder from "../commission-approval/CommissionOrder.ts"
import type * as CommissionSettings from "../commission-approval/CommissionSettings.ts"
import type * as Refusal from "../commission-approval/Refusal.ts"
import type * as WalletCredit from "../commission-approval/WalletCredit.ts"
import type * as Money from "../money/Money.ts"
import type * as Rate from "../money/Rate.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * There is no such order, or no such invoice.
 *
 * @category errors
 * @since 0.1.0
 */
export class CommissionUnknown
  extends /* @__PURE__ */ Data.TaggedError("CommissionUnknown")<{ readonly target: AuditEntry.Target }> {}

/**
 * Who does something when, and under which request. The same request on the
 * same target is done once: `requestKey` is the caller's name for it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ActionRecord {
  readonly action: AuditEntry.ActionName
  readonly target: AuditEntry.Target
  readonly actorId: string
  readonly at: number
  readonly requestKey: string | undefined
}

/**
 * What an action did, or would do. Without events it did nothing: there is no
 * entry of it. A repeat tells what the same request did before.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionChange {
  readonly entry: AuditEntry.AuditEntry
  readonly isChanged: boolean
  readonly isRepeat: boolean
}

/**
 * Which records are listed. Instants are in milliseconds since 1970; `text` is
 * the beginning of a word of the order's code or of its customer's name.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionFilter {
  readonly states?: ReadonlyArray<ApprovalState.StateName>
  readonly affiliateId?: string
  readonly createdFrom?: number
  readonly createdBefore?: number
  readonly walletKind?: CommissionSettings.WalletKind
  readonly text?: string
}

/**
 * A place in a list, which goes from the newest to the oldest: after the record
 * of that instant (in milliseconds since 1970) and key.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionCursor {
  readonly createdAt: number
  readonly id: string
}

/**
 * At most how many records, and after which.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionPage {
  readonly limit: number
  readonly after?: CommissionCursor
}

/**
 * Who gets the commission of a record that is listed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListedAffiliate {
  readonly id: string
  readonly name: string
  readonly isRevoked: boolean
}

/**
 * An order of a list.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListedOrder {
  readonly id: string
  readonly code: string
  readonly customerName: string
  readonly createdAt: number
  readonly affiliate: ListedAffiliate
  readonly state: ApprovalState.ApprovalState
  readonly walletKind: CommissionSettings.WalletKind
  readonly commission: Money.Money
}

/**
 * An invoice of a list.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListedInvoice {
  readonly id: string
  readonly code: string
  readonly orderId: string
  readonly orderCode: string
  readonly createdAt: number
  readonly affiliate: ListedAffiliate
  readonly state: ApprovalState.ApprovalState
  readonly walletKind: CommissionSettings.WalletKind
  readonly rate: Rate.Rate
  readonly commission: Money.Money
  readonly requestStatus: WalletCredit.CreditStatus | undefined
}

/**
 * How many records of a state there are, and what they come to, by currency.
 *
 * @category models
 * @since 0.1.0
 */
export interface StateSummary {
  readonly state: ApprovalState.StateName
  readonly count: number
  readonly sum: Money.Money
}

/**
 * An order with everything there is to tell about it; its audit trail is in the
 * order of its revisions.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommissionFile {
  readonly listed: ListedOrder
  readonly order: CommissionOrder.CommissionOrder
  readonly audit: ReadonlyArray<AuditEntry.AuditEntry>
}

/**
 * Reads and changes commissions.
 *
 * - `change` finds the order of the target, keeps others from changing it, reads it and the settings as they are now,
 *   and carries out what `decide` says, in one transaction: the order, the entry of the audit trail, the log of
 *   releases, and the notices to send. A refusal, and a dry run, write nothing. The same request on the same target is
 *   not decided again; its first entry is the answer.
 * - `settings` are the settings of now.
 * - `file` is one order, whole.
 * - `orders` and `invoices` list records, the newest first. Those that wait for approval are listed for active
 *   affiliates only, all others for revoked ones too.
 * - `orderSummary` and `invoiceSummary` count the same records, whatever the page.
 *
 * @category ports
 * @since 0.1.0
 */
export class CommissionStore extends Context.Service<
  CommissionStore,
  {
    readonly change: (
      record: ActionRecord,
      decide: (
        order: CommissionOrder.CommissionOrder,
        settings: CommissionSettings.CommissionSettings
      ) => Result.Result<CommissionAction.Plan, Refusal.Refusal>,
      options: { readonly isDryRun: boolean }
    ) => Effect.Effect<CommissionChange, Refusal.Refusal | CommissionUnknown | StoreError>
    readonly settings: Effect.Effect<CommissionSettings.CommissionSettings, StoreError>
    readonly file: (orderId: string) => Effect.Effect<Option.Option<CommissionFile>, StoreError>
    readonly orders: (
      filter: CommissionFilter,
      page: CommissionPage
    ) => Effect.Effect<ReadonlyArray<ListedOrder>, StoreError>
    readonly invoices: (
      filter: CommissionFilter,
      page: CommissionPage
    ) => Effect.Effect<ReadonlyArray<ListedInvoice>, StoreError>
    readonly orderSummary: (filter: CommissionFilter) => Effect.Effect<ReadonlyArray<StateSummary>, StoreError>
    readonly invoiceSummary: (filter: CommissionFilter) => Effect.Effect<ReadonlyArray<StateSummary>, StoreError>
  }
>()("@reckoner/core/ports/CommissionStore") {}
