/**
 * What the entitlement rule reads: a paid invoice with its lines, and the
 * subscriptions of its member.
 *
 * A field of a source row may hold a value, nothing, or something that is no
 * value of its kind (a date beyond the calendar, a quantity that is not a
 * number, an unknown letter). `Read` keeps the three apart, so that the rule
 * can decide about each and name what it saw.
 *
 * @since 0.1.0
 */
import type * as BillingCycle from "../billing-cycle/BillingCycle.ts"
import type * as BillOfMaterials from "../bill-of-materials/BillOfMaterials.ts"
import type * as PlainDate from "../calendar/PlainDate.ts"
import type * as Quantity from "../money/Quantity.ts"

/**
 * A source field that held something else than a value of its kind, as text.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unreadable {
  readonly unreadable: string
}

/**
 * What a source field held: a value, nothing (`undefined`), or something unreadable.
 *
 * @category models
 * @since 0.1.0
 */
export type Read<A> = A | Unreadable | undefined

/**
 * The key of an invoice. It is compared and written back, never read.
 *
 * @category models
 * @since 0.1.0
 */
export type InvoiceId = string | number

/**
 * The key of an invoice line.
 *
 * @category models
 * @since 0.1.0
 */
export type InvoiceLineId = string | number

/**
 * The key of a member.
 *
 * @category models
 * @since 0.1.0
 */
export type MemberId = string | number

/**
 * A paid document: who paid, on which civil date, for what.
 *
 * @category models
 * @since 0.1.0
 */
export interface Invoice {
  readonly invoiceId: InvoiceId
  readonly memberId: MemberId | undefined
  readonly invoiceDate: Read<PlainDate.PlainDate>
  readonly lines: ReadonlyArray<InvoiceLine>
}

/**
 * So much of one article on an invoice.
 *
 * @category models
 * @since 0.1.0
 */
export interface InvoiceLine {
  readonly lineId: InvoiceLineId
  readonly articleId: BillOfMaterials.ArticleId
  readonly quantity: Read<Quantity.Quantity>
}

/**
 * The rhythm in which a member has an article: anchor, unit and interval, each
 * as far as the source defines it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Subscription {
  readonly subscriptionId: number
  readonly memberId: MemberId
  readonly articleId: BillOfMaterials.ArticleId
  readonly anchorDate: Read<PlainDate.PlainDate>
  readonly unit: Read<BillingCycle.IntervalUnit>
  readonly intervalCount: number | undefined
}

/**
 * Says whether a field held something that is no value of its kind.
 *
 * @category guards
 * @since 0.1.0
 */
export const isUnreadable = <A extends string | object>(field: Read<A>): field is Unreadable =>
  typeof field === "object" && "unreadable" in field
