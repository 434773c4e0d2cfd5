/**
 * Where invoices come from and entitlements go.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as BillOfMaterials from "../bill-of-materials/BillOfMaterials.ts"
import type * as PlainDate from "../calendar/PlainDate.ts"
import type * as Eligibility from "../entitlement/Eligibility.ts"
import type * as Entitlement from "../entitlement/Entitlement.ts"
import type * as Invoice from "../entitlement/Invoice.ts"
import type { RunId } from "./RunId.ts"
import type { StoreError } from "./StoreError.ts"

/**
 * An invoice that has no entitlement yet, with the subscriptions of its member
 * for the articles on it.
 *
 * @category models
 * @since 0.1.0
 */
export interface PendingInvoice {
  readonly invoice: Invoice.Invoice
  readonly subscriptions: ReadonlyArray<Invoice.Subscription>
}

/**
 * Which invoices are asked for: those of these departments, dated `fromDate` or
 * later where one is given.
 *
 * @category models
 * @since 0.1.0
 */
export interface InvoiceScope {
  readonly departmentIds: ReadonlyArray<Eligibility.DepartmentId>
  readonly fromDate: PlainDate.PlainDate | undefined
}

/**
 * The answers for a number of whole invoices, to be stored together or not at all.
 *
 * @category models
 * @since 0.1.0
 */
export interface EntitlementBatch {
  readonly entitlements: ReadonlyArray<Entitlement.Entitlement>
  readonly held: ReadonlyArray<{
    readonly invoiceId: Invoice.InvoiceId
    readonly reasons: ReadonlyArray<Entitlement.HoldReason>
  }>
  readonly findings: ReadonlyArray<{
    readonly invoiceId: Invoice.InvoiceId
    readonly finding: Entitlement.Finding
  }>
}

/**
 * What a batch added. Entitlements of an invoice that somebody else had
 * completed in the meantime are left out, whole invoices at a time.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recorded {
  readonly entitlements: number
  readonly items: number
}

/**
 * How many batches a recorder writes at the same time; one more waits.
 *
 * @category constants
 * @since 0.1.0
 */
export const BATCHES_AT_ONCE_MAX = 2

/**
 * Writes for one run, as long as its scope lasts.
 *
 * - `record` stores a batch in one transaction. The same invoice and article is
 *   stored once, whoever records it and however often. Up to
 *   `BATCHES_AT_ONCE_MAX` calls run side by side. After a failure the recorder
 *   is over.
 * - `releaseHolds` marks the holds of invoices that have been granted since.
 *
 * @category models
 * @since 0.1.0
 */
export interface EntitlementRecorder {
  readonly record: (batch: EntitlementBatch) => Effect.Effect<Recorded, StoreError>
  readonly releaseHolds: Effect.Effect<number, StoreError>
}

/**
 * Reads departments, catalog and pending invoices; records what was decided.
 *
 * - `pendingInvoices` delivers each invoice once, whole, in ascending order of
 *   its key, as it stood when the stream began, without holding them all.
 * - `pendingEstimate` says about how many those are, without counting them.
 *
 * @category ports
 * @since 0.1.0
 */
export class EntitlementStore extends Context.Service<
  EntitlementStore,
  {
    readonly departments: Effect.Effect<ReadonlyArray<Eligibility.Department>, StoreError>
    readonly catalog: Effect.Effect<BillOfMaterials.Catalog, StoreError>
    readonly pendingEstimate: (scope: InvoiceScope) => Effect.Effect<number, StoreError>
    readonly pendingInvoices: (scope: InvoiceScope) => Stream.Stream<ReadonlyArray<PendingInvoice>, StoreError>
    readonly recorder: (runId: RunId) => Effect.Effect<EntitlementRecorder, StoreError, Scope.Scope>
  }
>()("@reckoner/core/ports/EntitlementStore") {}
