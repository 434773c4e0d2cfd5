import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Quantity from "../money/Quantity.ts"
import { catalogWithDemand, positiveQuantity } from "./BillOfMaterials.arbitrary.ts"
import * as laws from "./BillOfMaterials.laws.ts"
import * as BillOfMaterials from "./BillOfMaterials.ts"

const units = (text: string) => Result.getOrThrow(Quantity.parse(text))

/** `{ gold: { spa: "2" } }`: the keys are packages, everything else that is named is a simple article. */
const catalogOf = (
  packages: Record<string, Record<string, string | undefined>>,
  options: { yields?: Record<string, string>; missing?: ReadonlyArray<string> } = {}
) => {
  const names = new Set(Object.entries(packages).flatMap(([name, lines]) => [name, ...Object.keys(lines)]))
  return BillOfMaterials.catalog({
    articles: [...names, "simple"]
      .filter((name) => !(options.missing ?? []).includes(name))
      .map((articleId) => ({ articleId, isPackage: articleId in packages })),
    bills: Object.entries(packages).map(([articleId, lines], at) => ({
      billId: at,
      articleId,
      ...(options.yields?.[articleId] === undefined ? {} : { yields: units(options.yields[articleId]) }),
      lines: Object.entries(lines).map(([componentId, quantity]) => ({
        componentId,
        quantity: quantity === undefined ? undefined : units(quantity)
      }))
    }))
  })
}

const explode = (catalog: BillOfMaterials.Catalog, articleId: string, quantity: string, depth: BillOfMaterials.Depth) =>
  BillOfMaterials.explode(catalog, { articleId, quantity: units(quantity) }, { depth })

const table = (result: Result.Result<ReadonlyArray<BillOfMaterials.Component>, unknown>) =>
  Result.getOrThrow(result).map(({ articleId, quantity, path }) => [
    articleId,
    Quantity.format(quantity),
    path.join(">")
  ])

describe("BillOfMaterials", () => {
  describe("catalog", () => {
    const line = (componentId: string) => [{ componentId, quantity: units("1") }]
    it.each([[[1, 2]], [[2, 1]]])("takes the bill with the highest id, whichever comes first: %j", (ids) => {
      const catalog = BillOfMaterials.catalog({
        articles: [
          { articleId: "p", isPackage: true },
          { articleId: "c1", isPackage: false },
          { articleId: "c2", isPackage: false }
        ],
        bills: ids.map((billId) => ({ billId, articleId: "p", lines: line(`c${billId}`) }))
      })
      expect(table(explode(catalog, "p", "1", "single"))).toStrictEqual([["c2", "1", "p>c2"]])
    })

    it("takes a newer bill even when it is empty", () => {
      const catalog = BillOfMaterials.catalog({
        articles: [
          { articleId: "p", isPackage: true },
          { articleId: "c1", isPackage: false }
        ],
        bills: [
          { billId: 1, articleId: "p", lines: line("c1") },
          { billId: 2, articleId: "p", lines: [] }
        ]
      })
      expect(explode(catalog, "p", "1", "single")).toStrictEqual(
        Result.fail(new BillOfMaterials.EmptyPackage({ articleId: "p", path: ["p"] }))
      )
    })

    it("never reads the bill of an article that is not a package", () => {
      const catalog = BillOfMaterials.catalog({
        articles: [{ articleId: "p", isPackage: false }],
        bills: [{ billId: 1, articleId: "p", lines: line("c1") }]
      })
      expect(table(explode(catalog, "p", "3", "all"))).toStrictEqual([["p", "3", "p"]])
    })
  })

  describe("explode", () => {
    const nested = { gold: { spa: "2", visit: "10" }, spa: { sauna: "3", visit: "0.5" } }
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`c${n}`, "2"]))

    it.each([
      ["a simple article is itself", "simple", "2.5", "single", [["simple", "2.5", "simple"]]],
      [
        "one level",
        "spa",
        "2",
        "single",
        [
          ["sauna", "6", "spa>sauna"],
          ["visit", "1", "spa>visit"]
        ]
      ],
      [
        "a package inside stays at depth single",
        "gold",
        "1",
        "single",
        [
          ["spa", "2", "gold>spa"],
          ["visit", "10", "gold>visit"]
        ]
      ],
      [
        "all levels, summed per component, first path kept",
        "gold",
        "1",
        "all",
        [
          ["sauna", "6", "gold>spa>sauna"],
          ["visit", "11", "gold>spa>visit"]
        ]
      ],
      [
        "a fraction of a package",
        "spa",
        "0.001",
        "single",
        [
          ["sauna", "0.003", "spa>sauna"],
          ["visit", "0.0005", "spa>visit"]
        ]
      ]
    ] as const)("%s", (_, articleId, quantity, depth, expected) => {
      expect(table(explode(catalogOf(nested), articleId, quantity, depth))).toStrictEqual(expected)
    })

    it("sums the same component on several lines, in the place of the first", () => {
      const catalog = BillOfMaterials.catalog({
        articles: [
          { articleId: 1, isPackage: true },
          { articleId: 2, isPackage: false },
          { articleId: 3, isPackage: false }
        ],
        bills: [
          {
            billId: 1,
            articleId: 1,
            lines: [2, 3, 2].map((componentId) => ({ componentId, quantity: units("0.001") }))
          }
        ]
      })
      expect(
        table(BillOfMaterials.explode(catalog, { articleId: 1, quantity: units("1") }, { depth: "single" }))
      ).toStrictEqual([
        [2, "0.002", "1>2"],
        [3, "0.001", "1>3"]
      ])
    })

    it("sums many components too, whichever way they are looked up", () => {
      const catalog = catalogOf({ big: many, twice: { big: "1", ...many } })
      const expected = Object.keys(many).map((name) => [name, "4"])
      expect(table(explode(catalog, "twice", "1", "all")).map(([name, total]) => [name, total])).toStrictEqual(expected)
    })

    it("divides by what a recipe yields, exactly", () => {
      const catalog = catalogOf(
        { fg: { sub: "9" }, sub: { c: "2" }, third: { c: "1" } },
        { yields: { sub: "3", third: "3" } }
      )
      expect(table(explode(catalog, "fg", "1", "all"))).toStrictEqual([["c", "6", "fg>sub>c"]])
      expect(table(explode(catalog, "third", "1", "single"))).toStrictEqual([["c", "1/3", "third>c"]])
      expect(table(explode(catalog, "third", "3", "single"))).toStrictEqual([["c", "1", "third>c"]])
    })

    it("opens each package once: forty levels with two ways each are no work", () => {
      const levels = Object.fromEntries(
        Array.from({ length: 40 }, (_, n) => [`l${n}`, { [`l${n + 1}`]: "1", [`m${n}`]: "1" }])
      )
      const mates = Object.fromEntries(Array.from({ length: 39 }, (_, n) => [`m${n}`, { [`l${n + 1}`]: "1" }]))
      const total = table(explode(catalogOf({ ...levels, ...mates }), "l0", "1", "all")).find(
        ([name]) => name === "l40"
      )
      expect(total?.[1]).toBe(String(2n ** 39n))
    })

    it("opens a nesting of fifty thousand packages", () => {
      const catalog = BillOfMaterials.catalog({
        articles: Array.from({ length: 50_001 }, (_, articleId) => ({ articleId, isPackage: articleId < 50_000 })),
        bills: Array.from({ length: 50_000 }, (_, at) => ({
          billId: at,
          articleId: 49_999 - at,
          lines: [{ componentId: 50_000 - at, quantity: units("1") }]
        }))
      })
      const opened = BillOfMaterials.explode(catalog, { articleId: 0, quantity: units("2") }, { depth: "all" })
      expect(Result.getOrThrow(opened)[0]!.path).toHaveLength(50_001)
    }, 20_000)
  })

  describe("explode, refusals in order of precedence", () => {
    const { EmptyPackage, PackageCycle, QuantityNotPositive, UnknownArticle } = BillOfMaterials
    const broken = catalogOf(
      {
        empty: {},
        zero: { a: "0" },
        minus: { a: "1", b: "-1" },
        none: { a: undefined },
        lost: { ghost: "1" },
        zeroGhost: { ghost: "0" },
        self: { self: "1" },
        x: { y: "1" },
        y: { z: "1", a: "1" },
        z: { x: "1" },
        deep: { a: "1", empty: "2" },
        first: { zero: "1", lost: "1" },
        nothing: { a: "1" }
      },
      { missing: ["ghost"], yields: { nothing: "0" } }
    )
    it.each([
      [
        "the quantity asked for, before anything else",
        "ghost",
        "0",
        "all",
        new QuantityNotPositive({ articleId: "ghost", quantity: units("0"), path: ["ghost"] })
      ],
      [
        "a negative quantity",
        "empty",
        "-1",
        "single",
        new QuantityNotPositive({ articleId: "empty", quantity: units("-1"), path: ["empty"] })
      ],
      ["an unknown article", "ghost", "1", "single", new UnknownArticle({ articleId: "ghost", path: ["ghost"] })],
      ["an empty package", "empty", "1", "single", new EmptyPackage({ articleId: "empty", path: ["empty"] })],
      [
        "an empty package, at any depth",
        "empty",
        "1",
        "all",
        new EmptyPackage({ articleId: "empty", path: ["empty"] })
      ],
      [
        "a component quantity of zero",
        "zero",
        "1",
        "single",
        new QuantityNotPositive({ articleId: "a", quantity: units("0"), path: ["zero", "a"] })
      ],
      [
        "a component quantity of zero, deep",
        "zero",
        "1",
        "all",
        new QuantityNotPositive({ articleId: "a", quantity: units("0"), path: ["zero", "a"] })
      ],
      [
        "a negative component quantity on a later line",
        "minus",
        "1",
        "single",
        new QuantityNotPositive({ articleId: "b", quantity: units("-1"), path: ["minus", "b"] })
      ],
      [
        "a component quantity that is missing",
        "none",
        "1",
        "single",
        new QuantityNotPositive({ articleId: "a", quantity: undefined, path: ["none", "a"] })
      ],
      [
        "a yield of zero",
        "nothing",
        "1",
        "single",
        new QuantityNotPositive({ articleId: "nothing", quantity: units("0"), path: ["nothing"] })
      ],
      [
        "a yield of zero, deep",
        "nothing",
        "1",
        "all",
        new QuantityNotPositive({ articleId: "nothing", quantity: units("0"), path: ["nothing"] })
      ],
      [
        "an unknown component",
        "lost",
        "1",
        "single",
        new UnknownArticle({ articleId: "ghost", path: ["lost", "ghost"] })
      ],
      [
        "an unknown component, deep",
        "lost",
        "1",
        "all",
        new UnknownArticle({ articleId: "ghost", path: ["lost", "ghost"] })
      ],
      [
        "the quantity of a line before its component",
        "zeroGhost",
        "1",
        "single",
        new QuantityNotPositive({ articleId: "ghost", quantity: units("0"), path: ["zeroGhost", "ghost"] })
      ],
      [
        "an empty package inside",
        "deep",
        "1",
        "all",
        new EmptyPackage({ articleId: "empty", path: ["deep", "empty"] })
      ],
      [
        "the first line's refusal, depth first",
        "first",
        "1",
        "all",
        new QuantityNotPositive({ articleId: "a", quantity: units("0"), path: ["first", "zero", "a"] })
      ],
      ["a package that contains itself", "self", "1", "all", new PackageCycle({ path: ["self", "self"] })],
      ["a cycle of three", "x", "1", "all", new PackageCycle({ path: ["x", "y", "z", "x"] })]
    ] as const)("%s", (_, articleId, quantity, depth, error) => {
      expect(explode(broken, articleId, quantity, depth)).toStrictEqual(Result.fail(error))
    })

    it("does not look inside at depth single: a package that contains itself, or an empty one inside, is a component", () => {
      expect(table(explode(broken, "self", "2", "single"))).toStrictEqual([["self", "2", "self>self"]])
      expect(table(explode(broken, "deep", "1", "single"))).toStrictEqual([
        ["a", "1", "deep>a"],
        ["empty", "2", "deep>empty"]
      ])
    })
  })

  describe("laws", () => {
    const depth = fc.constantFrom<BillOfMaterials.Depth>("single", "all")
    it("simpleItemIsItself: a simple article gives itself, whatever bills exist", () => {
      fc.assert(
        fc.property(fc.record({ articleId: fc.nat(), quantity: positiveQuantity }), depth, laws.simpleItemIsItself)
      )
    })
    it("scaling: k times the quantity gives k times each component", () => {
      fc.assert(
        fc.property(catalogWithDemand, depth, positiveQuantity, ([c, d], how, times) => laws.scaling(c, d, how, times))
      )
    })
    it("pathsMultiply: a component's quantity is the sum of the products along its paths", () => {
      fc.assert(fc.property(catalogWithDemand, depth, ([c, d], how) => laws.pathsMultiply(c, d, how)))
    })
    it("singleDepthStopsAtOne: with depth single a path has at most two articles", () => {
      fc.assert(fc.property(catalogWithDemand, ([c, d]) => laws.singleDepthStopsAtOne(c, d)))
    })
    it("orderOfLinesIrrelevant: the lines in another order give the same quantities", () => {
      fc.assert(fc.property(catalogWithDemand, depth, ([c, d], how) => laws.orderOfLinesIrrelevant(c, d, how)))
    })
  })
})
