/**
 * What the audit trail keeps of an action: who did what when, every event of
 * it, and the figures before and after. The entries of an order replay to its
 * stored state.
 *
 * **Laws**
 *
 * - `auditReplays`: applying the events of an order's entries, in the order of their revisions, gives the order.
 *
 * Stated in `AuditEntry.laws.ts`, checked in `AuditEntry.test.ts`.
 *
 * @since 0.1.0
 */
import type * as Money from "../money/Money.ts"
import type * as Rate from "../money/Rate.ts"
import type * as ApprovalState from "./ApprovalState.ts"
import type * as CommissionOrder from "./CommissionOrder.ts"
import type { SettingsUsed, WalletKind } from "./CommissionSettings.ts"
import type * as WalletCredit from "./WalletCredit.ts"

/**
 * The figures of an invoice that an action can change.
 *
 * @category models
 * @since 0.1.0
 */
export interface InvoiceFigures {
  readonly id: string
  readonly state: ApprovalState.ApprovalState
  readonly rate: Rate.Rate
  readonly commission: Money.Money
  readonly request: { readonly status: WalletCredit.CreditStatus; readonly amount: Money.Money } | undefined
}

/**
 * The figures of an order that an action can change.
 *
 * @category models
 * @since 0.1.0
 */
export interface Figures {
  readonly state: ApprovalState.ApprovalState
  readonly walletKind: WalletKind
  readonly commission: Money.Money
  readonly invoices: ReadonlyArray<InvoiceFigures>
}

/**
 * What an action was on.
 *
 * @category models
 * @since 0.1.0
 */
export interface Target {
  readonly type: "order" | "invoice"
  readonly id: string
}

/**
 * What was done, as the audit trail calls it.
 *
 * @category models
 * @since 0.1.0
 */
export type ActionName = "approve" | "cancel" | "reject" | "unreject" | "changePercent" | "changeWallet"

/**
 * One entry. `at` is an instant in milliseconds since 1970, `revision` that of
 * the order after it.
 *
 * @category models
 * @since 0.1.0
 */
export interface AuditEntry {
  readonly orderId: string
  readonly target: Target
  readonly action: ActionName
  readonly actorId: string
  readonly at: number
  readonly revision: number
  readonly before: Figures
  readonly after: Figures
  readonly events: ReadonlyArray<CommissionOrder.Event>
  readonly settings: SettingsUsed
}

/**
 * The figures of an order as it stands.
 *
 * @category queries
 * @since 0.1.0
 */
export const figuresOf = ({ commission, invoices, state, walletKind }: CommissionOrder.CommissionOrder): Figures => ({
  state,
  walletKind,
  commission,
  invoices: invoices.map(({ creditRequest, ...invoice }) => ({
    id: invoice.id,
    state: invoice.state,
    rate: invoice.rate,
    commission: invoice.commission,
    request: creditRequest === undefined ? undefined : { status: creditRequest.status, amount: creditRequest.amount }
  }))
})
