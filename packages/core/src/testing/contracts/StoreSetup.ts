/**
 * How a suite gets a store to test, and what the suites on stores share: a
 * small gym, and answers to record.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { afterEach, beforeEach } from "vitest"
import type * as BillOfMaterials from "../../bill-of-materials/BillOfMaterials.ts"
import * as PlainDate from "../../calendar/PlainDate.ts"
import type * as Eligibility from "../../entitlement/Eligibility.ts"
import * as Entitlement from "../../entitlement/Entitlement.ts"
import type * as Invoice from "../../entitlement/Invoice.ts"
import * as Quantity from "../../money/Quantity.ts"
import {
  type EntitlementBatch,
  type EntitlementRecorder,
  EntitlementStore,
  type InvoiceScope,
  type PendingInvoice
} from "../../ports/EntitlementStore.ts"
import type { FindingStore } from "../../ports/FindingStore.ts"
import type { RunId } from "../../ports/RunId.ts"
import { RunJournal } from "../../ports/RunJournal.ts"
import type { StoreError } from "../../ports/StoreError.ts"
import type { Sources } from "../MemoryEntitlementStore.ts"

/**
 * An entitlement as it is stored, keys as text and quantities as they are rounded.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredEntitlement {
  readonly invoiceId: string
  readonly memberId: string
  readonly articleId: string
  readonly start: string
  readonly endExclusive: string
  /** By the text of the component. */
  readonly items: ReadonlyArray<readonly [articleId: string, quantity: string]>
}

/**
 * The services that a store's suites use.
 *
 * @category models
 * @since 0.1.0
 */
export type Stores = EntitlementStore | FindingStore | RunJournal

/**
 * A store that nobody else uses, empty at first. `load` fills what it reads
 * from and is called at most once; `stored` gives all entitlements, in any order.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoreSetup {
  readonly layer: Layer.Layer<Stores, unknown>
  readonly load: (sources: Partial<Sources>) => Promise<void>
  readonly stored: () => Promise<ReadonlyArray<StoredEntitlement>>
  readonly close: () => Promise<void>
}

/**
 * What is stored of an entitlement.
 *
 * @category queries
 * @since 0.1.0
 */
export const storedEntitlement = (one: Entitlement.Entitlement): StoredEntitlement => ({
  invoiceId: String(one.invoiceId),
  memberId: String(one.memberId),
  articleId: String(one.articleId),
  start: one.start,
  endExclusive: one.endExclusive,
  items: one.items
    .map((item) => [String(item.articleId), Entitlement.grantedQuantity(item)] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
})

const keyOf = ({ articleId, invoiceId }: StoredEntitlement): string =>
  `${invoiceId.padStart(20, "0")} ${articleId.padStart(20, "0")}`

/**
 * Stored entitlements in the order of their invoices and articles.
 *
 * @category queries
 * @since 0.1.0
 */
export const inOrder = (stored: ReadonlyArray<StoredEntitlement>): ReadonlyArray<StoredEntitlement> =>
  stored.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))

/**
 * A store for each test of a suite.
 *
 * @category testing
 * @since 0.1.0
 */
export const storeForEachTest = (setup: () => Promise<StoreSetup>) => {
  let current: StoreSetup
  beforeEach(async () => {
    current = await setup()
  })
  afterEach(() => current.close())
  return {
    run: <A, E>(effect: Effect.Effect<A, E, Stores>): Promise<A> =>
      Effect.runPromise(Effect.provide(effect, current.layer)),
    load: (sources: Partial<Sources>) => current.load(sources),
    stored: async () => inOrder(await current.stored())
  }
}

/**
 * Parses a date that is known to be one.
 *
 * @category testing
 * @since 0.1.0
 */
export const date = PlainDate.parseUnsafe

/**
 * Parses a quantity that is known to be one.
 *
 * @category testing
 * @since 0.1.0
 */
export const units = (text: string): Quantity.Quantity => Result.getOrThrow(Quantity.parse(text))

/**
 * A department, in scope unless it is changed.
 *
 * @category testing
 * @since 0.1.0
 */
export const department = (
  departmentId: number,
  change: Partial<Eligibility.Department> = {}
): Eligibility.Department => ({
  departmentId,
  isActive: true,
  companyIsActive: true,
  companyModuleIds: new Set([50]),
  membershipSettings: new Set(["F"]),
  ...change
})

/**
 * An invoice of department 1 and member 7, its lines given as article and quantity.
 *
 * @category testing
 * @since 0.1.0
 */
export const sale = (
  invoiceId: string | number,
  lines: ReadonlyArray<
    readonly [lineId: number, articleId: number, quantity: Invoice.InvoiceLine["quantity"] | string]
  >,
  change: Partial<Invoice.Invoice> & { readonly departmentId?: number } = {}
): Sources["invoices"][number] => {
  const { departmentId = 1, ...fields } = change
  return {
    departmentId,
    invoice: {
      invoiceId,
      memberId: 7,
      invoiceDate: date("2026-03-05"),
      lines: lines.map(([lineId, articleId, quantity]) => ({
        lineId,
        articleId,
        quantity: typeof quantity === "string" ? units(quantity) : quantity
      })),
      ...fields
    }
  }
}

/**
 * A monthly subscription of member 7.
 *
 * @category testing
 * @since 0.1.0
 */
export const subscription = (
  subscriptionId: number,
  articleId: number,
  change: Partial<Invoice.Subscription> = {}
): Invoice.Subscription => ({
  subscriptionId,
  memberId: 7,
  articleId,
  anchorDate: date("2026-01-31"),
  unit: "month",
  intervalCount: 1,
  ...change
})

/**
 * An entitlement of member 7, its components given as article and quantity.
 *
 * @category testing
 * @since 0.1.0
 */
export const entitlement = (
  invoiceId: string | number,
  articleId: number,
  components: ReadonlyArray<readonly [articleId: number, quantity: string]> = [[articleId, "1"]],
  change: Partial<Entitlement.Entitlement> = {}
): Entitlement.Entitlement => ({
  invoiceId,
  memberId: 7,
  articleId,
  subscriptionId: 100 + articleId,
  start: date("2026-02-28"),
  endExclusive: date("2026-03-31"),
  basis: { _tag: "OneMonthFromInvoice", field: "unit", found: undefined },
  items: components.map(([component, quantity]) => ({
    articleId: component,
    quantity: units(quantity),
    path: component === articleId ? [articleId] : [articleId, component]
  })),
  ...change
})

/**
 * A batch; what it is not given is empty.
 *
 * @category testing
 * @since 0.1.0
 */
export const batch = (given: Partial<EntitlementBatch>): EntitlementBatch => ({
  entitlements: [],
  held: [],
  findings: [],
  ...given
})

/**
 * An invoice that waits, and why.
 *
 * @category testing
 * @since 0.1.0
 */
export const held = (
  invoiceId: string | number,
  reasons: ReadonlyArray<Entitlement.HoldReason>
): EntitlementBatch["held"][number] => ({ invoiceId, reasons })

/**
 * Opens a run of its own and a recorder for it.
 *
 * @category testing
 * @since 0.1.0
 */
export const inRun = <A, E>(
  use: (recorder: EntitlementRecorder, runId: RunId) => Effect.Effect<A, E, Stores>
): Effect.Effect<A, E | StoreError, Stores> =>
  Effect.scoped(
    Effect.gen(function* () {
      const journal = yield* RunJournal
      const runId = yield* journal.begin({
        job: "sync-entitlements",
        businessDate: date("2026-03-06"),
        fromDate: undefined
      })
      const recorder = yield* (yield* EntitlementStore).recorder(runId)
      return yield* use(recorder, runId)
    })
  )

/**
 * Records a batch in a run of its own, and gives the number of the run.
 *
 * @category testing
 * @since 0.1.0
 */
export const recordInRun = (given: Partial<EntitlementBatch>): Effect.Effect<RunId, StoreError, Stores> =>
  inRun((recorder, runId) => Effect.as(recorder.record(batch(given)), runId))

/**
 * All pending invoices of department 1, or of another scope.
 *
 * @category testing
 * @since 0.1.0
 */
export const pendingInvoices = (
  scope: Partial<InvoiceScope> = {}
): Effect.Effect<ReadonlyArray<PendingInvoice>, StoreError, EntitlementStore> =>
  Effect.gen(function* () {
    const store = yield* EntitlementStore
    const blocks = yield* Stream.runCollect(
      store.pendingInvoices({ departmentIds: [1], fromDate: undefined, ...scope })
    )
    return blocks.flat()
  })

/**
 * A pending invoice with its keys as text and its subscriptions in the order of
 * their ids: what is left to compare.
 *
 * @category testing
 * @since 0.1.0
 */
export const plain = ({ invoice, subscriptions }: PendingInvoice) => ({
  invoiceId: String(invoice.invoiceId),
  memberId: invoice.memberId === undefined ? undefined : String(invoice.memberId),
  invoiceDate: invoice.invoiceDate,
  lines: invoice.lines.map((line) => ({ ...line, lineId: String(line.lineId) })),
  subscriptions: subscriptions
    .map((one) => ({ ...one, memberId: String(one.memberId) }))
    .toSorted((one, other) => one.subscriptionId - other.subscriptionId)
})

/**
 * The articles of the small gym: 1 and 2 are simple, 10 holds both, 12 is an empty package.
 *
 * @category testing
 * @since 0.1.0
 */
export const CATALOG: {
  readonly articles: ReadonlyArray<BillOfMaterials.Article>
  readonly bills: ReadonlyArray<BillOfMaterials.Bill>
} = {
  articles: [1, 2, 10, 12].map((articleId) => ({ articleId, isPackage: articleId >= 10 })),
  bills: [
    {
      billId: 3,
      articleId: 10,
      lines: [
        { componentId: 1, quantity: units("2") },
        { componentId: 2, quantity: units("0.5") }
      ]
    },
    { billId: 2, articleId: 10, lines: [{ componentId: 1, quantity: units("99") }] }
  ]
}
