/**
 * Laws of `BillOfMaterials`, as plain predicates. They are stated for catalogs
 * without cycles, empty packages or quantities that are not positive.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Quantity from "../money/Quantity.ts"
import * as BillOfMaterials from "./BillOfMaterials.ts"

type Totals = ReadonlyMap<BillOfMaterials.ArticleId, string>

const componentsOf = (
  catalog: BillOfMaterials.Catalog,
  demand: BillOfMaterials.Demand,
  depth: BillOfMaterials.Depth
): ReadonlyArray<BillOfMaterials.Component> => Result.getOrThrow(BillOfMaterials.explode(catalog, demand, { depth }))

const totalsOf = (components: ReadonlyArray<BillOfMaterials.Component>): Totals =>
  new Map(components.map(({ articleId, quantity }) => [articleId, Quantity.format(quantity)]))

const same = (one: Totals, other: Totals): boolean =>
  one.size === other.size && [...one].every(([articleId, quantity]) => other.get(articleId) === quantity)

/** A simple article gives itself. */
export const simpleItemIsItself = (demand: BillOfMaterials.Demand, depth: BillOfMaterials.Depth): boolean => {
  const { articleId, quantity } = demand
  const catalog = BillOfMaterials.catalog({
    articles: [{ articleId, isPackage: false }],
    bills: [{ billId: 1, articleId, lines: [{ componentId: "never", quantity }] }]
  })
  const components = componentsOf(catalog, demand, depth)
  return components.length === 1 && components[0]!.articleId === articleId && components[0]!.quantity === quantity
}

/** k times the quantity gives k times each component. */
export const scaling = (
  catalog: BillOfMaterials.Catalog,
  demand: BillOfMaterials.Demand,
  depth: BillOfMaterials.Depth,
  times: Quantity.Quantity
): boolean => {
  const scaled = { articleId: demand.articleId, quantity: Quantity.multiply(times, demand.quantity) }
  const expected = componentsOf(catalog, demand, depth).map((component) => ({
    ...component,
    quantity: Quantity.multiply(times, component.quantity)
  }))
  return same(totalsOf(componentsOf(catalog, scaled, depth)), totalsOf(expected))
}

/** A component's quantity is the sum, over every way to it, of the product along that way. */
export const pathsMultiply = (
  catalog: BillOfMaterials.Catalog,
  demand: BillOfMaterials.Demand,
  depth: BillOfMaterials.Depth
): boolean => {
  const sums = new Map<BillOfMaterials.ArticleId, Quantity.Quantity>()
  const walk = (articleId: BillOfMaterials.ArticleId, quantity: Quantity.Quantity, level: number): void => {
    const entry = catalog.get(articleId)
    if (entry?._tag !== "Package" || (depth === "single" && level === 1)) {
      sums.set(articleId, Quantity.add(sums.get(articleId) ?? Quantity.zero, quantity))
      return
    }
    for (const line of entry.lines) {
      const product = Quantity.multiply(quantity, line.quantity ?? Quantity.zero)
      walk(line.componentId, Result.getOrThrow(Quantity.divide(product, entry.yields)), level + 1)
    }
  }
  walk(demand.articleId, demand.quantity, 0)
  const expected = new Map([...sums].map(([articleId, quantity]) => [articleId, Quantity.format(quantity)]))
  return same(totalsOf(componentsOf(catalog, demand, depth)), expected)
}

/** With depth `single` every path has at most two articles. */
export const singleDepthStopsAtOne = (catalog: BillOfMaterials.Catalog, demand: BillOfMaterials.Demand): boolean =>
  componentsOf(catalog, demand, "single").every(({ path }) => path.length <= 2)

/** The lines in the opposite order give the same quantities. */
export const orderOfLinesIrrelevant = (
  catalog: BillOfMaterials.Catalog,
  demand: BillOfMaterials.Demand,
  depth: BillOfMaterials.Depth
): boolean => {
  const reversed: BillOfMaterials.Catalog = new Map(
    [...catalog].map(([articleId, entry]) => [
      articleId,
      entry._tag === "Package" ? { ...entry, lines: [...entry.lines].reverse() } : entry
    ])
  )
  return same(totalsOf(componentsOf(catalog, demand, depth)), totalsOf(componentsOf(reversed, demand, depth)))
}
