/**
 * Generators for `BillOfMaterials`: catalogs without cycles, in which packages
 * share components and contain packages, and what to explode in them.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Quantity from "../money/Quantity.ts"
import * as BillOfMaterials from "./BillOfMaterials.ts"

const quantities = ["1", "2", "3", "7", "10", "0.5", "0.25", "1.5", "0.001", "2.125", "1/3"]

/** A positive quantity such as bills and invoices have. */
export const positiveQuantity: fc.Arbitrary<Quantity.Quantity> = fc
  .oneof(
    fc.constantFrom(...quantities),
    fc.integer({ min: 1, max: 9_999_999 }).map((n) => `${Math.floor(n / 1000)}.${String(n % 1000).padStart(3, "0")}`)
  )
  .map((text) => Result.getOrThrow(Quantity.parse(text)))

const ARTICLES = 10

/**
 * A catalog of ten articles, 0 to 9, and a demand for one of them. A package
 * holds only articles with a higher number, so there is no cycle; a component
 * may be on several of its lines.
 */
export const catalogWithDemand: fc.Arbitrary<readonly [BillOfMaterials.Catalog, BillOfMaterials.Demand]> = fc
  .tuple(
    fc.array(
      fc.record({
        isPackage: fc.boolean(),
        yields: fc.option(fc.constantFrom("2", "3", "5", "0.5"), { nil: undefined }),
        lines: fc.array(fc.tuple(fc.nat(ARTICLES), positiveQuantity), { minLength: 1, maxLength: 12 })
      }),
      { minLength: ARTICLES - 1, maxLength: ARTICLES - 1 }
    ),
    fc.nat(ARTICLES - 1),
    positiveQuantity
  )
  .map(([parts, articleId, quantity]) => {
    const bills = parts.map((part, owner) => ({
      billId: owner + 1,
      articleId: owner,
      ...(part.yields === undefined ? {} : { yields: Result.getOrThrow(Quantity.parse(part.yields)) }),
      lines: part.lines.map(([at, share]) => ({
        componentId: owner + 1 + (at % (ARTICLES - 1 - owner)),
        quantity: share
      }))
    }))
    const articles = Array.from({ length: ARTICLES }, (_, at) => ({
      articleId: at,
      isPackage: parts[at]?.isPackage ?? false
    }))
    return [BillOfMaterials.catalog({ articles, bills }), { articleId, quantity }]
  })
