/**
 * Turns a paid invoice into what its member may use and until when, or says
 * why it has to wait, or why there is nothing to grant.
 *
 * The decision reads only its arguments. It never writes, and the same invoice
 * always gives the same answer, so a run that was interrupted is run again.
 *
 * @see docs/RULES.md for the source of each rule
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import type * as BillingCycle from "../billing-cycle/BillingCycle.ts"
import * as BillOfMaterials from "../bill-of-materials/BillOfMaterials.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as Quantity from "../money/Quantity.ts"
import * as EntitlementWindow from "./EntitlementWindow.ts"
import * as Invoice from "./Invoice.ts"

/**
 * What one invoice grants for one of its articles: the components, within one
 * window.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entitlement {
  readonly invoiceId: Invoice.InvoiceId
  readonly memberId: Invoice.MemberId
  readonly articleId: BillOfMaterials.ArticleId
  readonly subscriptionId: number
  readonly start: PlainDate.PlainDate
  readonly endExclusive: PlainDate.PlainDate
  readonly basis: EntitlementWindow.Basis
  readonly items: ReadonlyArray<EntitlementItem>
}

/**
 * So much of one component, exact; `grantedQuantity` gives the rounded figure
 * that is stored. `path` leads from the article on the invoice to the component.
 *
 * @category models
 * @since 0.1.0
 */
export interface EntitlementItem {
  readonly articleId: BillOfMaterials.ArticleId
  readonly quantity: Quantity.Quantity
  readonly path: ReadonlyArray<BillOfMaterials.ArticleId>
}

/**
 * Something that a person should know about a granted or skipped line. It
 * stops nothing. Each line has its own, even where two lines have one article.
 *
 * - `MemberMissing`: the invoice names no member.
 * - `LineWithoutSubscription`: the member has no subscription for the article, so the line grants nothing.
 * - `SeveralSubscriptions`: the member has more than one; `chosenId` counted.
 * - `InvoiceBeforeAnchor`: the invoice is older than the subscription; the first cycle was granted.
 * - `RhythmUndefined`: the subscription's rhythm is not defined; one month was granted. `found` is what the field held.
 * - `NestedPackageKept`: components that are packages themselves were granted as they are.
 *
 * @category models
 * @since 0.1.0
 */
export type Finding =
  | { readonly _tag: "MemberMissing" }
  | {
      readonly _tag: "LineWithoutSubscription"
      readonly lineId: Invoice.InvoiceLineId
      readonly articleId: BillOfMaterials.ArticleId
    }
  | {
      readonly _tag: "SeveralSubscriptions"
      readonly lineId: Invoice.InvoiceLineId
      readonly articleId: BillOfMaterials.ArticleId
      readonly chosenId: number
      readonly subscriptionIds: ReadonlyArray<number>
    }
  | {
      readonly _tag: "InvoiceBeforeAnchor"
      readonly lineId: Invoice.InvoiceLineId
      readonly articleId: BillOfMaterials.ArticleId
      readonly subscriptionId: number
      readonly anchorDate: PlainDate.PlainDate
    }
  | {
      readonly _tag: "RhythmUndefined"
      readonly lineId: Invoice.InvoiceLineId
      readonly articleId: BillOfMaterials.ArticleId
      readonly subscriptionId: number
      readonly field: EntitlementWindow.RhythmField
      readonly found: string | undefined
    }
  | {
      readonly _tag: "NestedPackageKept"
      readonly lineId: Invoice.InvoiceLineId
      readonly articleId: BillOfMaterials.ArticleId
      readonly componentIds: ReadonlyArray<BillOfMaterials.ArticleId>
    }

/**
 * The quantity of a line is missing or is not a number.
 *
 * @category errors
 * @since 0.1.0
 */
export class QuantityMissing
  extends /* @__PURE__ */ Data.TaggedError("QuantityMissing")<{
    readonly articleId: BillOfMaterials.ArticleId
    readonly found: string | undefined
  }> {}

/**
 * A component's total is too large to be stored: rounded, it is `GRANTED_QUANTITY_LIMIT` or more.
 *
 * @category errors
 * @since 0.1.0
 */
export class QuantityTooLarge
  extends /* @__PURE__ */ Data.TaggedError("QuantityTooLarge")<{
    readonly articleId: BillOfMaterials.ArticleId
    readonly quantity: Quantity.Quantity
  }> {}

/**
 * The invoice date is missing or lies outside the calendar.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvoiceDateUnreadable
  extends /* @__PURE__ */ Data.TaggedError("InvoiceDateUnreadable")<{
    readonly found: string | undefined
  }> {}

/**
 * Everything that makes an invoice wait, on a line that has a subscription.
 *
 * @category errors
 * @since 0.1.0
 */
export type HoldCause =
  | InvoiceDateUnreadable
  | QuantityMissing
  | BillOfMaterials.ExplosionError
  | QuantityTooLarge
  | EntitlementWindow.AnchorDateUnreadable
  | BillingCycle.IntervalCountOutOfRange
  | EntitlementWindow.WindowLeavesCalendar

/**
 * Why an invoice waits, and which of its lines is the reason.
 *
 * @category models
 * @since 0.1.0
 */
export interface HoldReason {
  readonly lineId: Invoice.InvoiceLineId
  readonly cause: HoldCause
}

/**
 * The answer for one invoice: granted, held as a whole, or nothing to grant.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | {
      readonly _tag: "Granted"
      readonly entitlements: ReadonlyArray<Entitlement>
      readonly findings: ReadonlyArray<Finding>
    }
  | { readonly _tag: "Held"; readonly reasons: ReadonlyArray<HoldReason>; readonly findings: ReadonlyArray<Finding> }
  | { readonly _tag: "NothingToGrant"; readonly findings: ReadonlyArray<Finding> }

/**
 * Decimals with which a granted quantity is stored.
 *
 * @category constants
 * @since 0.1.0
 */
export const GRANTED_DECIMALS = 3

/**
 * The first rounded quantity that is too large to be stored.
 *
 * @category constants
 * @since 0.1.0
 */
export const GRANTED_QUANTITY_LIMIT = 100_000_000_000n

const NO_FINDINGS: ReadonlyArray<Finding> = []

/**
 * The figure that is stored for an item: rounded once, half away from zero, to
 * three decimals.
 *
 * **Example** (A third of a visit)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { Entitlement, Quantity } from "@reckoner/core"
 *
 * const quantity = Result.getOrThrow(Quantity.parse("2/3"))
 *
 * Entitlement.grantedQuantity({ articleId: "visit", quantity, path: ["visit"] }) // => "0.667"
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const grantedQuantity = (item: EntitlementItem): string =>
  Quantity.toFixed(item.quantity, GRANTED_DECIMALS, "halfExpand")

/**
 * The subscription that counts for an article on an invoice date: the one with
 * the latest anchor on or before the date; if none, the one with the earliest
 * anchor; if none has an anchor, any. Ties go to the highest id.
 *
 * **Example** (A membership that was renewed)
 *
 * ```ts doctest
 * import { Entitlement, PlainDate } from "@reckoner/core"
 *
 * const since = (subscriptionId: number, anchor: string) => ({
 *   subscriptionId, memberId: 1, articleId: 1, anchorDate: PlainDate.parseUnsafe(anchor), unit: "month", intervalCount: 1
 * }) as const
 * const candidates = [since(1, "2024-01-10"), since(2, "2026-03-01"), since(3, "2025-02-10")]
 *
 * Entitlement.subscriptionAt(candidates, PlainDate.parseUnsafe("2026-01-05"))?.subscriptionId // => 3
 * Entitlement.subscriptionAt(candidates, PlainDate.parseUnsafe("2023-01-05"))?.subscriptionId // => 1
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const subscriptionAt = (
  candidates: ReadonlyArray<Invoice.Subscription>,
  invoiceDate: PlainDate.PlainDate
): Invoice.Subscription | undefined => {
  let best = candidates[0]
  for (let at = 1; at < candidates.length; at++) {
    const candidate = candidates[at]!
    if (best === undefined || isPreferred(candidate, best, invoiceDate)) best = candidate
  }
  return best
}

const anchorOf = (subscription: Invoice.Subscription): PlainDate.PlainDate | undefined =>
  typeof subscription.anchorDate === "string" ? subscription.anchorDate : undefined

const isPreferred = (
  candidate: Invoice.Subscription,
  best: Invoice.Subscription,
  invoiceDate: PlainDate.PlainDate
): boolean => {
  const one = anchorOf(candidate)
  const other = anchorOf(best)
  if (one === other) return candidate.subscriptionId > best.subscriptionId
  if (one === undefined || other === undefined) return other === undefined
  const otherIsLater = PlainDate.isBefore(invoiceDate, other)
  if (PlainDate.isBefore(invoiceDate, one)) return otherIsLater && PlainDate.isBefore(one, other)
  return otherIsLater || PlainDate.isBefore(other, one)
}

/**
 * Decides about one invoice. Only lines whose article the member has a
 * subscription for grant anything or hold the invoice; the others are findings.
 * One entitlement per article: the lines of one article are summed.
 *
 * **Units**
 *
 * Dates are civil dates of the business. Quantities are exact; see `grantedQuantity`.
 *
 * **Errors**
 *
 * None: an invoice that cannot be granted is `Held`, with all its reasons. They
 * come article by article, in the order in which the articles first appear: for
 * each line `QuantityMissing` or what `BillOfMaterials.explode` refuses; then
 * `QuantityTooLarge`; then `InvoiceDateUnreadable` or what
 * `EntitlementWindow.forSubscription` refuses.
 *
 * **Laws**
 *
 * - `heldOrGrantedNeverBoth`: an invoice with a reason grants nothing, and one that grants has no reason.
 * - `secondRunChangesNothing`: running again over what is not done yet adds nothing.
 * - `oneEntitlementPerArticle`: no two entitlements of an invoice have the same article.
 * - `lineOrderIrrelevant`: the lines in another order grant the same.
 *
 * Stated in `Entitlement.laws.ts`, checked in `Entitlement.test.ts`.
 *
 * **Example** (Two gold packages, bought in the middle of a cycle)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BillOfMaterials, Entitlement, PlainDate, Quantity } from "@reckoner/core"
 *
 * const units = (text: string) => Result.getOrThrow(Quantity.parse(text))
 * const catalog = BillOfMaterials.catalog({
 *   articles: [{ articleId: "gold", isPackage: true }, { articleId: "sauna", isPackage: false }],
 *   bills: [{ billId: 1, articleId: "gold", lines: [{ componentId: "sauna", quantity: units("4") }] }]
 * })
 * const decision = Entitlement.fromInvoice({
 *   invoice: {
 *     invoiceId: 1001,
 *     memberId: 17,
 *     invoiceDate: PlainDate.parseUnsafe("2026-03-05"),
 *     lines: [{ lineId: 1, articleId: "gold", quantity: units("2") }]
 *   },
 *   subscriptions: [{ subscriptionId: 5, memberId: 17, articleId: "gold", anchorDate: PlainDate.parseUnsafe("2026-01-31"), unit: "month", intervalCount: 1 }],
 *   catalog
 * })
 * const [granted] = decision._tag === "Granted" ? decision.entitlements : []
 *
 * granted?.start // => "2026-02-28"
 * granted?.endExclusive // => "2026-03-31"
 * granted?.items.map((item) => [item.articleId, Entitlement.grantedQuantity(item)]) // => [["sauna", "8.000"]]
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const fromInvoice = (input: {
  readonly invoice: Invoice.Invoice
  readonly subscriptions: ReadonlyArray<Invoice.Subscription>
  readonly catalog: BillOfMaterials.Catalog
  readonly depth?: BillOfMaterials.Depth
}): Decision => {
  const { catalog, invoice, subscriptions } = input
  const { memberId } = invoice
  if (memberId === undefined) return { _tag: "NothingToGrant", findings: [{ _tag: "MemberMissing" }] }
  const depth = input.depth ?? "single"
  const findings: Array<Finding> = []
  const reasons: Array<HoldReason> = []
  const entitlements: Array<Entitlement> = []
  for (const { articleId, lines } of byArticle(invoice.lines)) {
    const candidates = candidatesFor(subscriptions, memberId, articleId)
    if (candidates.length === 0) {
      for (const { lineId } of lines) findings.push({ _tag: "LineWithoutSubscription", lineId, articleId })
      continue
    }
    const items = explodeLines(lines, catalog, depth, reasons)
    const first = lines[0]!
    if (typeof invoice.invoiceDate !== "string") {
      const found = invoice.invoiceDate?.unreadable
      reasons.push({ lineId: first.lineId, cause: new InvoiceDateUnreadable({ found }) })
      continue
    }
    const subscription = subscriptionAt(candidates, invoice.invoiceDate)!
    const window = EntitlementWindow.forSubscription(subscription, invoice.invoiceDate)
    if (Result.isFailure(window)) {
      reasons.push({ lineId: first.lineId, cause: window.failure })
      continue
    }
    const { basis, endExclusive, start } = window.success
    for (const line of lines) {
      reportChoice(findings, line, candidates, subscription)
      reportBasis(findings, line, subscription, basis)
      if (depth === "single") reportNested(findings, line, catalog, items)
    }
    const { subscriptionId } = subscription
    entitlements.push({
      invoiceId: invoice.invoiceId,
      memberId,
      articleId,
      subscriptionId,
      start,
      endExclusive,
      basis,
      items
    })
  }
  const reported = findings.length === 0 ? NO_FINDINGS : findings
  if (reasons.length > 0) return { _tag: "Held", reasons, findings: reported }
  if (entitlements.length === 0) return { _tag: "NothingToGrant", findings: reported }
  return { _tag: "Granted", entitlements, findings: reported }
}

interface ArticleLines {
  readonly articleId: BillOfMaterials.ArticleId
  readonly lines: ReadonlyArray<Invoice.InvoiceLine>
}

/** The lines per article, in the order in which the articles first appear. */
const byArticle = (lines: ReadonlyArray<Invoice.InvoiceLine>): Iterable<ArticleLines> => {
  if (lines.length === 1) return [{ articleId: lines[0]!.articleId, lines }]
  const groups = new Map<
    BillOfMaterials.ArticleId,
    { articleId: BillOfMaterials.ArticleId; lines: Array<Invoice.InvoiceLine> }
  >()
  for (const line of lines) {
    const group = groups.get(line.articleId)
    if (group === undefined) groups.set(line.articleId, { articleId: line.articleId, lines: [line] })
    else group.lines.push(line)
  }
  return groups.values()
}

const candidatesFor = (
  subscriptions: ReadonlyArray<Invoice.Subscription>,
  memberId: Invoice.MemberId,
  articleId: BillOfMaterials.ArticleId
): ReadonlyArray<Invoice.Subscription> =>
  subscriptions.filter((one) => one.articleId === articleId && one.memberId === memberId)

/** The components of all lines of one article, summed; refusals are added to `reasons`. */
const explodeLines = (
  lines: ReadonlyArray<Invoice.InvoiceLine>,
  catalog: BillOfMaterials.Catalog,
  depth: BillOfMaterials.Depth,
  reasons: Array<HoldReason>
): ReadonlyArray<EntitlementItem> => {
  let total: ReadonlyArray<EntitlementItem> = []
  for (const { articleId, lineId, quantity } of lines) {
    if (quantity === undefined || Invoice.isUnreadable(quantity)) {
      reasons.push({ lineId, cause: new QuantityMissing({ articleId, found: quantity?.unreadable }) })
      continue
    }
    const exploded = BillOfMaterials.explode(catalog, { articleId, quantity }, { depth })
    if (Result.isFailure(exploded)) reasons.push({ lineId, cause: exploded.failure })
    else total = total.length === 0 ? exploded.success : sumItems(total, exploded.success)
  }
  for (const { articleId, quantity } of total) {
    if (isTooLarge(quantity)) {
      reasons.push({ lineId: lines[0]!.lineId, cause: new QuantityTooLarge({ articleId, quantity }) })
    }
  }
  return total
}

const HALF_UNITS_PER_ONE = 2n * 10n ** BigInt(GRANTED_DECIMALS)

/** Rounded half away from zero it reaches the limit: it is at most half a unit of the last decimal below it. */
const isTooLarge = ({ denominator, numerator }: Quantity.Quantity): boolean =>
  numerator * HALF_UNITS_PER_ONE >= (GRANTED_QUANTITY_LIMIT * HALF_UNITS_PER_ONE - 1n) * denominator

/** Two explosions of one article have the same components in the same order: only the quantities differ. */
const sumItems = (
  one: ReadonlyArray<EntitlementItem>,
  other: ReadonlyArray<EntitlementItem>
): ReadonlyArray<EntitlementItem> =>
  one.map((item, at) => ({ ...item, quantity: Quantity.add(item.quantity, other[at]!.quantity) }))

const reportChoice = (
  findings: Array<Finding>,
  { articleId, lineId }: Invoice.InvoiceLine,
  candidates: ReadonlyArray<Invoice.Subscription>,
  chosen: Invoice.Subscription
): void => {
  if (candidates.length === 1) return
  const subscriptionIds = candidates.map((one) => one.subscriptionId).sort((a, b) => a - b)
  findings.push({ _tag: "SeveralSubscriptions", lineId, articleId, chosenId: chosen.subscriptionId, subscriptionIds })
}

const reportBasis = (
  findings: Array<Finding>,
  { articleId, lineId }: Invoice.InvoiceLine,
  { subscriptionId }: Invoice.Subscription,
  basis: EntitlementWindow.Basis
): void => {
  if (basis._tag === "FirstCycle") {
    const { anchorDate } = basis.cycle
    findings.push({ _tag: "InvoiceBeforeAnchor", lineId, articleId, subscriptionId, anchorDate })
  } else if (basis._tag === "OneMonthFromInvoice") {
    const { field, found } = basis
    findings.push({ _tag: "RhythmUndefined", lineId, articleId, subscriptionId, field, found })
  }
}

const reportNested = (
  findings: Array<Finding>,
  { articleId, lineId }: Invoice.InvoiceLine,
  catalog: BillOfMaterials.Catalog,
  items: ReadonlyArray<EntitlementItem>
): void => {
  if (catalog.get(articleId)?._tag !== "Package") return
  const nested = items.filter((item) => catalog.get(item.articleId)?._tag === "Package")
  if (nested.length === 0) return
  const componentIds = nested.map((item) => item.articleId)
  findings.push({ _tag: "NestedPackageKept", lineId, articleId, componentIds })
}
