import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Quantity from "../money/Quantity.ts"
import * as BillOfMaterials from "./BillOfMaterials.ts"

const { cases, count } = JSON.parse(readFileSync(new URL("../../oracles/bom-explosion.json", import.meta.url), "utf8"))

type Boms = Record<string, { readonly yields?: string; readonly lines: Record<string, string> }>

const units = (text: string) => Result.getOrThrow(Quantity.parse(text))

const catalogOf = (boms: Boms, item: string) => {
  const names = new Set([item, ...Object.keys(boms), ...Object.values(boms).flatMap(({ lines }) => Object.keys(lines))])
  return BillOfMaterials.catalog({
    articles: [...names].map((articleId) => ({ articleId, isPackage: articleId in boms })),
    bills: Object.entries(boms).map(([articleId, { lines, yields }], at) => ({
      billId: at,
      articleId,
      ...(yields === undefined ? {} : { yields: units(yields) }),
      lines: Object.entries(lines).map(([componentId, quantity]) => ({ componentId, quantity: units(quantity) }))
    }))
  })
}

const explode = (boms: Boms, item: string, qty: string) =>
  BillOfMaterials.explode(catalogOf(boms, item), { articleId: item, quantity: units(qty) }, { depth: "all" })

const totals = (components: ReadonlyArray<BillOfMaterials.Component>) =>
  Object.fromEntries(components.map(({ articleId, quantity }) => [articleId, quantity]))

const exact = (components: Record<string, string>) =>
  Object.fromEntries(Object.entries(components).map(([articleId, quantity]) => [articleId, units(quantity)]))

describe("oracle bom-explosion", () => {
  // The origin explodes a quantity of zero or less; our rule holds such an invoice (rule 7).
  const OTHER_POLICY_NOT_POSITIVE = ["bom-explosion-007", "bom-explosion-043"]
  // The origin's script keeps one header per invoice; ours keeps one per article (rule 10). The components are compared.
  const OTHER_POLICY_HEADERS = ["bom-explosion-047"]
  // How many kits a stock makes, and what a kit costs, are no questions of the core.
  const OUT_OF_SCOPE = ["buildable-kits", "kit-cost"]

  it("agrees in every case that the core answers", () => {
    expect(cases).toHaveLength(count)
    const seen: Record<string, Array<string>> = {}
    for (const { expected, id, input, kind } of cases) {
      ;(seen[kind] ??= []).push(id)
      if (OUT_OF_SCOPE.includes(kind)) continue
      if (OTHER_POLICY_NOT_POSITIVE.includes(id)) {
        const refused = explode(input.boms, input.item, input.qty)
        const quantity = units(input.qty)
        expect(refused).toStrictEqual(
          Result.fail(new BillOfMaterials.QuantityNotPositive({ articleId: input.item, quantity, path: [input.item] }))
        )
      } else if (kind === "explode" || kind === "explode-random") {
        const components = totals(Result.getOrThrow(explode(input.boms, input.item, input.qty)))
        expect({ id, components }).toStrictEqual({ id, components: exact(expected.components) })
      } else if (kind === "cycle") {
        const refused = explode(input.boms, input.item, input.qty)
        const { failure } = refused as Extract<typeof refused, { readonly _tag: "Failure" }>
        expect(failure).toBeInstanceOf(BillOfMaterials.PackageCycle)
        const { path } = failure as BillOfMaterials.PackageCycle
        expect([path[0], path[path.length - 1]]).toStrictEqual([expected.path, expected.path])
      } else if (kind === "multi-item-invoice") {
        expect(OTHER_POLICY_HEADERS).toContain(id)
        const sums: Record<string, Quantity.Quantity> = {}
        for (const { art, qty } of input.items) {
          for (const { articleId, quantity } of Result.getOrThrow(explode(input.boms, art, qty))) {
            sums[articleId] = Quantity.add(sums[articleId] ?? Quantity.zero, quantity)
          }
        }
        expect({ id, components: sums }).toStrictEqual({ id, components: exact(expected.components) })
      } else expect.fail(`${id}: unknown kind ${kind}`)
    }
    const counts = Object.fromEntries(Object.entries(seen).map(([kind, ids]) => [kind, ids.length]))
    expect(counts).toStrictEqual({
      explode: 16,
      "buildable-kits": 4,
      "kit-cost": 1,
      cycle: 2,
      "multi-item-invoice": 1,
      "explode-random": 13
    })
  })
})
