/**
 * Packages (kits) and what they consist of. A catalog knows for each article
 * whether it is a package and, if so, its newest bill of materials; exploding
 * a package replaces it by its components with exact quantities.
 *
 * Only an article marked as a package is exploded: a bill of materials of a
 * simple article is kept out of the catalog and never read.
 *
 * @see docs/RULES.md for the source of each rule
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as Quantity from "../money/Quantity.ts"

/**
 * The key of an article. It is compared and looked up, never read.
 *
 * @category models
 * @since 0.1.0
 */
export type ArticleId = string | number

/**
 * An article as the product list has it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Article {
  readonly articleId: ArticleId
  readonly isPackage: boolean
}

/**
 * One line of a bill of materials: so much of one component. The quantity is
 * `undefined` where the source has none.
 *
 * @category models
 * @since 0.1.0
 */
export interface BillLine {
  readonly componentId: ArticleId
  readonly quantity: Quantity.Quantity | undefined
}

/**
 * A recipe for a package. Its lines make `yields` units of the article, one if
 * it says nothing. Of several bills for one article the one with the highest
 * `billId` counts, and no other.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bill {
  readonly billId: number
  readonly articleId: ArticleId
  readonly yields?: Quantity.Quantity
  readonly lines: ReadonlyArray<BillLine>
}

/**
 * What an article is: sold as it is, or a package with the lines of its newest
 * bill, which may be none.
 *
 * @category models
 * @since 0.1.0
 */
export type CatalogEntry =
  | { readonly _tag: "Simple" }
  | { readonly _tag: "Package"; readonly yields: Quantity.Quantity; readonly lines: ReadonlyArray<BillLine> }

/**
 * All articles with what they are. Built by `catalog`.
 *
 * @category models
 * @since 0.1.0
 */
export type Catalog = ReadonlyMap<ArticleId, CatalogEntry>

/**
 * So many units of one article.
 *
 * @category models
 * @since 0.1.0
 */
export interface Demand {
  readonly articleId: ArticleId
  readonly quantity: Quantity.Quantity
}

/**
 * A component of an exploded article: the exact sum over every way that leads
 * to it. `path` is the first of those ways, from the exploded article down to
 * the component.
 *
 * @category models
 * @since 0.1.0
 */
export interface Component {
  readonly articleId: ArticleId
  readonly quantity: Quantity.Quantity
  readonly path: ReadonlyArray<ArticleId>
}

/**
 * How far packages inside packages are opened: `single` opens the article
 * asked for and leaves a package among its components as it is; `all` opens
 * them too.
 *
 * @category models
 * @since 0.1.0
 */
export type Depth = "single" | "all"

/**
 * A quantity is zero or less, or is missing. `path` leads to the article that it
 * is a quantity of.
 *
 * @category errors
 * @since 0.1.0
 */
export class QuantityNotPositive
  extends /* @__PURE__ */ Data.TaggedError("QuantityNotPositive")<{
    readonly articleId: ArticleId
    readonly quantity: Quantity.Quantity | undefined
    readonly path: ReadonlyArray<ArticleId>
  }> {}

/**
 * The catalog does not have the article.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownArticle
  extends /* @__PURE__ */ Data.TaggedError("UnknownArticle")<{
    readonly articleId: ArticleId
    readonly path: ReadonlyArray<ArticleId>
  }> {}

/**
 * The article is a package, but nothing is in it.
 *
 * @category errors
 * @since 0.1.0
 */
export class EmptyPackage
  extends /* @__PURE__ */ Data.TaggedError("EmptyPackage")<{
    readonly articleId: ArticleId
    readonly path: ReadonlyArray<ArticleId>
  }> {}

/**
 * A package contains itself. `path` leads from the article asked for to the
 * second mention of the package, which is its last element.
 *
 * @category errors
 * @since 0.1.0
 */
export class PackageCycle
  extends /* @__PURE__ */ Data.TaggedError("PackageCycle")<{
    readonly path: ReadonlyArray<ArticleId>
  }> {}

/**
 * Everything that stops an explosion.
 *
 * @category errors
 * @since 0.1.0
 */
export type ExplosionError = QuantityNotPositive | UnknownArticle | EmptyPackage | PackageCycle

const SIMPLE: CatalogEntry = { _tag: "Simple" }

/**
 * Builds a catalog from the article list and all bills of materials.
 *
 * **Example** (The newest bill counts)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BillOfMaterials, Quantity } from "@reckoner/core"
 *
 * const units = (text: string) => Result.getOrThrow(Quantity.parse(text))
 * const catalog = BillOfMaterials.catalog({
 *   articles: [{ articleId: "pass", isPackage: true }, { articleId: "visit", isPackage: false }],
 *   bills: [
 *     { billId: 2, articleId: "pass", lines: [{ componentId: "visit", quantity: units("12") }] },
 *     { billId: 1, articleId: "pass", lines: [{ componentId: "visit", quantity: units("10") }] }
 *   ]
 * })
 * const components = Result.getOrThrow(
 *   BillOfMaterials.explode(catalog, { articleId: "pass", quantity: units("2") }, { depth: "single" })
 * )
 *
 * components.map(({ articleId, quantity }) => [articleId, Quantity.format(quantity)]) // => [["visit", "24"]]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const catalog = (fields: { readonly articles: Iterable<Article>; readonly bills: Iterable<Bill> }): Catalog => {
  const newest = new Map<ArticleId, Bill>()
  for (const bill of fields.bills) {
    const known = newest.get(bill.articleId)
    if (known === undefined || bill.billId > known.billId) newest.set(bill.articleId, bill)
  }
  const entries = new Map<ArticleId, CatalogEntry>()
  for (const { articleId, isPackage } of fields.articles) {
    const bill = newest.get(articleId)
    entries.set(
      articleId,
      isPackage ? { _tag: "Package", yields: bill?.yields ?? Quantity.one, lines: bill?.lines ?? [] } : SIMPLE
    )
  }
  return entries
}

/**
 * Replaces an article by what it consists of, with exact quantities. A simple
 * article consists of itself. The same component on several lines, or reached
 * in several ways, is one component with the sum.
 *
 * **Units**
 *
 * Quantities are units of the article, exact and not rounded. One line gives
 * asked quantity × line quantity ÷ the bill's yield.
 *
 * **Errors**
 *
 * - `QuantityNotPositive`: the quantity asked for is zero or less.
 * - `UnknownArticle`: the catalog does not have the article asked for.
 * - then, line by line, depth first, the first of:
 *   `EmptyPackage`: a package that has to be opened has no lines;
 *   `QuantityNotPositive`: a line's quantity, or a bill's yield, is zero or less or missing;
 *   `UnknownArticle`: the catalog does not have the component;
 *   `PackageCycle`: a package contains itself (with depth `all` only).
 *
 * **Laws**
 *
 * - `simpleItemIsItself`: a simple article gives itself, whatever bills exist.
 * - `scaling`: k times the quantity gives k times each component.
 * - `pathsMultiply`: a component's quantity is the sum, over every way to it, of
 *   the product of the quantities along that way.
 * - `singleDepthStopsAtOne`: with depth `single` every path has at most two articles.
 * - `orderOfLinesIrrelevant`: the lines in another order give the same quantities.
 *
 * Stated in `BillOfMaterials.laws.ts`, checked in `BillOfMaterials.test.ts`.
 *
 * **Gotchas**
 *
 * With depth `single` a component that is itself a package stays a component,
 * even the package itself.
 *
 * **Example** (A package in a package)
 *
 * ```ts doctest
 * import { Result } from "effect"
 * import { BillOfMaterials, Quantity } from "@reckoner/core"
 *
 * const units = (text: string) => Result.getOrThrow(Quantity.parse(text))
 * const catalog = BillOfMaterials.catalog({
 *   articles: ["gold", "spa"].map((articleId) => ({ articleId, isPackage: true })).concat({ articleId: "sauna", isPackage: false }),
 *   bills: [
 *     { billId: 1, articleId: "gold", lines: [{ componentId: "spa", quantity: units("9") }] },
 *     { billId: 2, articleId: "spa", yields: units("3"), lines: [{ componentId: "sauna", quantity: units("2") }] }
 *   ]
 * })
 * const explode = (depth: BillOfMaterials.Depth) =>
 *   Result.getOrThrow(BillOfMaterials.explode(catalog, { articleId: "gold", quantity: units("1") }, { depth }))
 *     .map(({ articleId, quantity, path }) => [articleId, Quantity.format(quantity), path.join(" > ")])
 *
 * explode("single") // => [["spa", "9", "gold > spa"]]
 * explode("all") // => [["sauna", "6", "gold > spa > sauna"]]
 * ```
 *
 * @category decisions
 * @since 0.1.0
 */
export const explode = (
  catalog: Catalog,
  demand: Demand,
  options: { readonly depth: Depth }
): Result.Result<ReadonlyArray<Component>, ExplosionError> => {
  const { articleId, quantity } = demand
  if (!Quantity.isPositive(quantity)) {
    return Result.fail(new QuantityNotPositive({ articleId, quantity, path: [articleId] }))
  }
  const entry = catalog.get(articleId)
  if (entry === undefined) return Result.fail(new UnknownArticle({ articleId, path: [articleId] }))
  if (entry._tag === "Simple") return Result.succeed([{ articleId, quantity, path: [articleId] }])
  return options.depth === "single" ? openOne(catalog, demand, entry) : openAll(catalog, demand, entry)
}

type PackageEntry = Extract<CatalogEntry, { readonly _tag: "Package" }>

const SHARES_SCANNED_MAX = 8 // up to here looking through the list is faster than a map

/** So much of one component; `via` is the line of the package that led to it first. */
interface Share {
  readonly articleId: ArticleId
  readonly quantity: Quantity.Quantity
  readonly via: ArticleId
}

/** Shares in the order in which their components are met, one per component. */
class ShareSum {
  readonly shares: Array<Share> = []
  #places: Map<ArticleId, number> | undefined = undefined

  add(share: Share): void {
    const place = this.placeOf(share.articleId)
    const known = place === undefined ? undefined : this.shares[place]
    if (place === undefined || known === undefined) {
      this.#places?.set(share.articleId, this.shares.length)
      this.shares.push(share)
    } else {
      this.shares[place] = {
        articleId: known.articleId,
        quantity: Quantity.add(known.quantity, share.quantity),
        via: known.via
      }
    }
  }

  placeOf(articleId: ArticleId): number | undefined {
    if (this.#places === undefined) {
      for (let place = 0; place < this.shares.length; place++) {
        if (this.shares[place]!.articleId === articleId) return place
      }
      if (this.shares.length < SHARES_SCANNED_MAX) return undefined
      this.#places = new Map(this.shares.map((share, place) => [share.articleId, place]))
    }
    return this.#places.get(articleId)
  }
}

/** What one line adds for so many units of its package, or why it cannot. */
const lineQuantity = (
  line: BillLine,
  entry: PackageEntry,
  quantity: Quantity.Quantity
): Quantity.Quantity | undefined => {
  if (line.quantity === undefined || !Quantity.isPositive(line.quantity)) return undefined
  const whole = Quantity.multiply(quantity, line.quantity)
  if (entry.yields === Quantity.one) return whole
  const share = Quantity.divide(whole, entry.yields)
  return Result.isSuccess(share) && Quantity.isPositive(share.success) ? share.success : undefined
}

const openOne = (
  catalog: Catalog,
  demand: Demand,
  entry: PackageEntry
): Result.Result<ReadonlyArray<Component>, ExplosionError> => {
  const { articleId, quantity } = demand
  if (entry.lines.length === 0) return Result.fail(new EmptyPackage({ articleId, path: [articleId] }))
  const sum = new ShareSum()
  for (const line of entry.lines) {
    const { componentId } = line
    const share = lineQuantity(line, entry, quantity)
    if (share === undefined) return Result.fail(badQuantity(line, entry, [articleId]))
    if (!catalog.has(componentId)) {
      return Result.fail(new UnknownArticle({ articleId: componentId, path: [articleId, componentId] }))
    }
    sum.add({ articleId: componentId, quantity: share, via: componentId })
  }
  return Result.succeed(
    sum.shares.map((share) => ({
      articleId: share.articleId,
      quantity: share.quantity,
      path: [articleId, share.articleId]
    }))
  )
}

const badQuantity = (line: BillLine, entry: PackageEntry, path: ReadonlyArray<ArticleId>): QuantityNotPositive => {
  const lineIsBad = line.quantity === undefined || !Quantity.isPositive(line.quantity)
  return lineIsBad
    ? new QuantityNotPositive({
        articleId: line.componentId,
        quantity: line.quantity,
        path: [...path, line.componentId]
      })
    : new QuantityNotPositive({ articleId: path[path.length - 1]!, quantity: entry.yields, path })
}

/** A package that is being opened: which line is next, and what has been found so far. */
interface Opening {
  readonly articleId: ArticleId
  readonly entry: PackageEntry
  readonly sum: ShareSum
  next: number
}

/**
 * Opens packages down to simple articles. Each package is opened once, for one
 * unit, and its contents are multiplied wherever it occurs: the work grows with
 * the number of lines, not with the number of ways. The stack is explicit, so
 * a deep nesting is no danger.
 */
const openAll = (
  catalog: Catalog,
  demand: Demand,
  root: PackageEntry
): Result.Result<ReadonlyArray<Component>, ExplosionError> => {
  const opened = new Map<ArticleId, ShareSum>()
  const opening: Array<Opening> = []
  const begun = new Set<ArticleId>()
  const pathTo = (...last: ReadonlyArray<ArticleId>) => [...opening.map((one) => one.articleId), ...last]

  const begin = (articleId: ArticleId, entry: PackageEntry): void => {
    begun.add(articleId)
    opening.push({ articleId, entry, sum: new ShareSum(), next: 0 })
  }

  if (root.lines.length === 0) {
    return Result.fail(new EmptyPackage({ articleId: demand.articleId, path: [demand.articleId] }))
  }
  begin(demand.articleId, root)
  for (let current = opening[0]; current !== undefined; current = opening[opening.length - 1]) {
    const line = current.entry.lines[current.next]
    if (line === undefined) {
      opened.set(current.articleId, current.sum)
      opening.pop()
      continue
    }
    const { componentId } = line
    const share = lineQuantity(line, current.entry, Quantity.one)
    if (share === undefined) return Result.fail(badQuantity(line, current.entry, pathTo()))
    const component = catalog.get(componentId)
    if (component === undefined) {
      return Result.fail(new UnknownArticle({ articleId: componentId, path: pathTo(componentId) }))
    }
    if (component._tag === "Simple") {
      current.sum.add({ articleId: componentId, quantity: share, via: componentId })
      current.next++
      continue
    }
    const contents = opened.get(componentId)
    if (contents === undefined) {
      if (begun.has(componentId)) return Result.fail(new PackageCycle({ path: pathTo(componentId) }))
      if (component.lines.length === 0) {
        return Result.fail(new EmptyPackage({ articleId: componentId, path: pathTo(componentId) }))
      }
      begin(componentId, component)
      continue
    }
    for (const { articleId, quantity } of contents.shares) {
      current.sum.add({ articleId, quantity: Quantity.multiply(share, quantity), via: componentId })
    }
    current.next++
  }
  const shares = opened.get(demand.articleId)?.shares ?? []
  return Result.succeed(
    shares.map(({ articleId, quantity }) => ({
      articleId,
      quantity: Quantity.multiply(demand.quantity, quantity),
      path: firstPath(opened, demand.articleId, articleId)
    }))
  )
}

const firstPath = (
  opened: ReadonlyMap<ArticleId, ShareSum>,
  from: ArticleId,
  to: ArticleId
): ReadonlyArray<ArticleId> => {
  const path = [from]
  for (let at = from; at !== to;) {
    const sum = opened.get(at)
    const place = sum?.placeOf(to)
    if (sum === undefined || place === undefined) break
    at = sum.shares[place]!.via
    path.push(at)
  }
  return path
}
