/**
 * The entitlement store in memory, for tests: it is given departments, catalog,
 * invoices and subscriptions, and remembers what is recorded.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BillOfMaterials from "../bill-of-materials/BillOfMaterials.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import type * as Eligibility from "../entitlement/Eligibility.ts"
import type * as Entitlement from "../entitlement/Entitlement.ts"
import * as Invoice from "../entitlement/Invoice.ts"
import * as Quantity from "../money/Quantity.ts"
import {
  type EntitlementBatch,
  type EntitlementRecorder,
  EntitlementStore,
  type InvoiceScope,
  type PendingInvoice
} from "../ports/EntitlementStore.ts"
import type { StoredFinding, StoredHold } from "../ports/FindingStore.ts"
import type { RunId } from "../ports/RunId.ts"
import { StoreError } from "../ports/StoreError.ts"
import { FindingTable } from "./FindingTable.ts"

const JOB = "sync-entitlements"
const INVOICES_PER_BLOCK_MAX = 100

/**
 * What the store reads from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sources {
  readonly departments: ReadonlyArray<Eligibility.Department>
  readonly articles: ReadonlyArray<BillOfMaterials.Article>
  readonly bills: ReadonlyArray<BillOfMaterials.Bill>
  readonly invoices: ReadonlyArray<{
    readonly departmentId: Eligibility.DepartmentId
    readonly invoice: Invoice.Invoice
  }>
  readonly subscriptions: ReadonlyArray<Invoice.Subscription>
}

/**
 * A store with its contents. `load` replaces the sources it names and leaves
 * the others, and what was recorded, as they are.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryEntitlementStore {
  readonly layer: Layer.Layer<EntitlementStore>
  readonly load: (sources: Partial<Sources>) => void
  /** By invoice, in the order of their keys. */
  readonly entitlements: () => ReadonlyArray<Entitlement.Entitlement>
  /** In the order of `FindingStore`. */
  readonly findings: () => ReadonlyArray<StoredFinding>
  /** Keeps a finding of any job, as `FindingStore` records it. */
  readonly addFinding: (finding: StoredFinding) => void
  /** The newest invoice first, as `FindingStore` gives them. */
  readonly holds: () => ReadonlyArray<StoredHold>
}

/** Keys are compared as text; the digits in them as numbers, so that 9 comes before 10. */
const { compare } = new Intl.Collator("en", { numeric: true })

const ascending = (one: Invoice.InvoiceId, other: Invoice.InvoiceId): number => compare(String(one), String(other))

/** What a value is once it has been JSON; an exact quantity is its text. */
const asJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, field) =>
      typeof field === "object" && field !== null && "numerator" in field
        ? Quantity.format(field as Quantity.Quantity)
        : field
    )
  )

const storedFinding = (
  { finding, invoiceId }: EntitlementBatch["findings"][number],
  firstRun: RunId
): StoredFinding => {
  const { _tag: kind, lineId, ...detail } = { lineId: undefined, ...finding }
  return {
    job: JOB,
    kind,
    subject: String(invoiceId),
    lineId: lineId === undefined ? undefined : String(lineId),
    detail: asJson(detail),
    firstRun
  }
}

/** The fields of an error that are its own, not those that every `Error` has. */
const ownFields = (error: object): object =>
  Object.fromEntries(
    Object.entries(error).filter(([name]) => !["_tag", "name", "message", "stack", "cause"].includes(name))
  )

const storedReasons = (reasons: ReadonlyArray<Entitlement.HoldReason>): unknown =>
  asJson(reasons.map(({ cause, lineId }) => ({ lineId, kind: cause._tag, ...ownFields(cause) })))

const conflict = new StoreError({
  reason: "Conflict",
  message: "the batch holds the same entitlement, or the same component of one, twice",
  isRetryable: true
})

const over = new StoreError({ reason: "Other", message: "this recorder is over", isRetryable: false })

const isUnique = (keys: ReadonlyArray<string>): boolean => new Set(keys).size === keys.length

const isWithoutConflict = ({ entitlements }: EntitlementBatch): boolean =>
  isUnique(entitlements.map((one) => `${one.invoiceId} ${one.articleId}`)) &&
  entitlements.every(({ items }) => isUnique(items.map((item) => String(item.articleId))))

/**
 * Makes a store; what it is not given is empty.
 *
 * **Example** (A test of what a job records)
 *
 * ```ts
 * const gym = MemoryEntitlementStore.make({ departments, articles, bills, invoices, subscriptions })
 * await Effect.runPromise(Effect.provide(job, gym.layer))
 * expect(gym.entitlements()).toStrictEqual([…])
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (initial: Partial<Sources> = {}): MemoryEntitlementStore => {
  let sources: Sources = { departments: [], articles: [], bills: [], invoices: [], subscriptions: [], ...initial }
  const granted = new Map<string, ReadonlyArray<Entitlement.Entitlement>>()
  const findings = new FindingTable()
  const holds = new Map<string, StoredHold>()

  const pending = ({ departmentIds, fromDate }: InvoiceScope): ReadonlyArray<PendingInvoice> => {
    const isInScope = (invoiceDate: Invoice.Invoice["invoiceDate"]): boolean =>
      fromDate === undefined || typeof invoiceDate !== "string" || !PlainDate.isBefore(invoiceDate, fromDate)
    return sources.invoices
      .filter(
        ({ departmentId, invoice }) =>
          departmentIds.includes(departmentId) &&
          isInScope(invoice.invoiceDate) &&
          invoice.lines.length > 0 &&
          !granted.has(String(invoice.invoiceId))
      )
      .map(({ invoice }) => {
        const articleIds = new Set(invoice.lines.map((line) => line.articleId))
        return {
          invoice: { ...invoice, lines: invoice.lines.toSorted((one, other) => ascending(one.lineId, other.lineId)) },
          subscriptions: sources.subscriptions.filter(
            (one) => one.memberId === invoice.memberId && articleIds.has(one.articleId)
          )
        }
      })
      .toSorted((one, other) => ascending(one.invoice.invoiceId, other.invoice.invoiceId))
  }

  const store = (batch: EntitlementBatch, runId: RunId) => {
    const added = batch.entitlements.filter((one) => !granted.has(String(one.invoiceId)))
    for (const one of added) {
      const invoiceId = String(one.invoiceId)
      granted.set(invoiceId, [...(granted.get(invoiceId) ?? []), one])
    }
    for (const reported of batch.findings) findings.add(storedFinding(reported, runId))
    for (const one of batch.held) {
      const invoiceId = String(one.invoiceId)
      const firstRun = holds.get(invoiceId)?.firstRun ?? runId
      const reasons = storedReasons(one.reasons)
      holds.set(invoiceId, { invoiceId, reasons, firstRun, lastRun: runId, releasedRun: undefined })
    }
    return { entitlements: added.length, items: added.reduce((sum, one) => sum + one.items.length, 0) }
  }

  const release = (runId: RunId): number => {
    const released = [...holds.values()].filter(
      ({ invoiceId, releasedRun }) => releasedRun === undefined && granted.has(invoiceId)
    )
    for (const hold of released) holds.set(hold.invoiceId, { ...hold, releasedRun: runId })
    return released.length
  }

  const recorder = (runId: RunId) =>
    Effect.gen(function* () {
      let failure: StoreError | undefined
      yield* Effect.addFinalizer(() => Effect.sync(() => void (failure ??= over)))
      const whileOpen = <A>(write: () => Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> =>
        Effect.suspend(() => (failure === undefined ? write() : Effect.fail(failure)))
      return {
        record: (batch) =>
          whileOpen(() => {
            if (isWithoutConflict(batch)) return Effect.succeed(store(batch, runId))
            failure = over
            return Effect.fail(conflict)
          }),
        releaseHolds: whileOpen(() => Effect.succeed(release(runId)))
      } satisfies EntitlementRecorder
    })

  const service = EntitlementStore.of({
    departments: Effect.sync(() => sources.departments.toSorted((one, other) => one.departmentId - other.departmentId)),
    catalog: Effect.sync(() => BillOfMaterials.catalog(sources)),
    pendingEstimate: (scope) => Effect.sync(() => pending(scope).length),
    pendingInvoices: (scope) =>
      Stream.suspend(() => Stream.fromIterable(pending(scope))).pipe(Stream.grouped(INVOICES_PER_BLOCK_MAX)),
    recorder
  })

  return {
    layer: Layer.succeed(EntitlementStore, service),
    load: (changed) => void (sources = { ...sources, ...changed }),
    entitlements: () => [...granted.keys()].toSorted(compare).flatMap((invoiceId) => granted.get(invoiceId) ?? []),
    findings: () => findings.inOrder(),
    addFinding: (finding) => findings.add(finding),
    holds: () => [...holds.values()].toSorted((one, other) => compare(other.invoiceId, one.invoiceId))
  }
}
