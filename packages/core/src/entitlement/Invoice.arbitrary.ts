/**
 * Generators for what the entitlement rule is given: invoices whose members
 * have no, one or several subscriptions, with every field undefined or
 * unreadable now and then.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { catalogWithDemand, positiveQuantity } from "../bill-of-materials/BillOfMaterials.arbitrary.ts"
import type * as BillOfMaterials from "../bill-of-materials/BillOfMaterials.ts"
import { plainDate } from "../calendar/PlainDate.arbitrary.ts"
import * as Quantity from "../money/Quantity.ts"
import type * as Invoice from "./Invoice.ts"

const MEMBER = 7
const ARTICLE_MAX = 11 // the catalog has 0 to 9: two are unknown

/** Mostly the value; now and then nothing, or something unreadable. */
const read = <A>(values: fc.Arbitrary<A>, unreadable: string): fc.Arbitrary<Invoice.Read<A>> =>
  fc.oneof(
    { weight: 20, arbitrary: values as fc.Arbitrary<Invoice.Read<A>> },
    { weight: 1, arbitrary: fc.constantFrom(undefined, { unreadable }) }
  )

const quantity = fc.oneof(
  { weight: 30, arbitrary: positiveQuantity },
  {
    weight: 1,
    arbitrary: fc.constantFrom("0", "-1", "99999999999").map((text) => Result.getOrThrow(Quantity.parse(text)))
  }
)

/** A subscription of the member, or of somebody else. */
export const subscription: fc.Arbitrary<Invoice.Subscription> = fc.record({
  subscriptionId: fc.integer({ min: 1, max: 1000 }),
  memberId: fc.oneof({ weight: 9, arbitrary: fc.constant(MEMBER) }, { weight: 1, arbitrary: fc.constant(MEMBER + 1) }),
  articleId: fc.nat(ARTICLE_MAX),
  anchorDate: read(plainDate, "infinity"),
  unit: read(fc.constantFrom("day" as const, "month" as const), "m"),
  intervalCount: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom<number | undefined>(1, 1, 2, 3, 12, 30) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, 0, -1, 2_147_483_647) }
  )
})

/** An invoice with up to six lines, subscriptions with distinct ids, and a catalog. */
export const invoiceWithSubscriptions: fc.Arbitrary<{
  readonly invoice: Invoice.Invoice
  readonly subscriptions: ReadonlyArray<Invoice.Subscription>
  readonly catalog: BillOfMaterials.Catalog
  readonly depth: BillOfMaterials.Depth
}> = fc.record({
  invoice: fc
    .record({
      invoiceId: fc.integer({ min: 1, max: 40 }),
      memberId: fc.oneof(
        { weight: 20, arbitrary: fc.constant<number | undefined>(MEMBER) },
        { weight: 1, arbitrary: fc.constant(undefined) }
      ),
      invoiceDate: read(plainDate, "infinity"),
      lines: fc.array(fc.record({ articleId: fc.nat(ARTICLE_MAX), quantity: read(quantity, "NaN") }), {
        minLength: 1,
        maxLength: 6
      })
    })
    .map((invoice) => ({ ...invoice, lines: invoice.lines.map((line, at) => ({ lineId: at + 1, ...line })) })),
  subscriptions: fc.uniqueArray(subscription, { maxLength: 12, selector: (one) => one.subscriptionId }),
  catalog: catalogWithDemand.map(([catalog]) => catalog),
  depth: fc.constantFrom<BillOfMaterials.Depth>("single", "all")
})
