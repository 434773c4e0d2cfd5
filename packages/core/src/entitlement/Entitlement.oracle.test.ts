import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as BillOfMaterials from "../bill-of-materials/BillOfMaterials.ts"
import * as PlainDate from "../calendar/PlainDate.ts"
import * as Quantity from "../money/Quantity.ts"
import * as Entitlement from "./Entitlement.ts"

const units = (text: string) => Result.getOrThrow(Quantity.parse(text))
const date = PlainDate.parseUnsafe

describe("oracle entitlement-packages", () => {
  it("agrees in every case", () => {
    const oracle = JSON.parse(readFileSync(new URL("../../oracles/entitlement-packages.json", import.meta.url), "utf8"))
    const lines = (bill: number) =>
      oracle.osn_sastavke
        .filter((line: { sastavnica: number }) => line.sastavnica === bill)
        .map((line: { item: number; kol: string }) => ({ componentId: line.item, quantity: units(line.kol) }))
    const all = BillOfMaterials.catalog({
      articles: oracle.sif_art.map((article: { id: number; ru: string | null }) => ({
        articleId: article.id,
        isPackage: article.ru === "Y"
      })),
      bills: oracle.osn_sastavnice.map((bill: { id: number; art: number }) => ({
        billId: bill.id,
        articleId: bill.art,
        lines: lines(bill.id)
      }))
    })
    expect(oracle.cases).toHaveLength(113)
    for (const { item, kol, rows, status } of oracle.cases) {
      const invoice = {
        invoiceId: 1,
        memberId: 7,
        invoiceDate: date("2026-03-05"),
        lines: [{ lineId: 1, articleId: item, quantity: units(kol) }]
      }
      const decision = Entitlement.fromInvoice({
        invoice,
        subscriptions: [
          {
            subscriptionId: 1,
            memberId: 7,
            articleId: item,
            anchorDate: date("2026-01-31"),
            unit: "month",
            intervalCount: 1
          }
        ],
        catalog: all
      })
      const summed = new Map<number, number>() // thousandths: the oracle lists a component twice where two lines have it
      for (const { art, qty } of rows) summed.set(art, (summed.get(art) ?? 0) + Math.round(Number(qty) * 1000))
      const expected = [...summed].map(([art, thousandths]) => `${art}×${(thousandths / 1000).toFixed(3)}`)
      const ours =
        decision._tag === "Granted"
          ? decision.entitlements[0]!.items.map((one) => `${one.articleId}×${Entitlement.grantedQuantity(one)}`)
          : []
      expect({ item, kol, components: ours.toSorted() }).toStrictEqual({ item, kol, components: expected.toSorted() })
      const cause = decision._tag === "Held" ? decision.reasons[0]!.cause : undefined
      const ourStatus =
        cause === undefined
          ? "ok"
          : cause._tag === "EmptyPackage"
            ? "held_empty_package"
            : cause._tag === "QuantityNotPositive"
              ? cause.path.length === 1
                ? "held_quantity"
                : "held_component_quantity"
              : cause._tag
      expect({ item, kol, status: ourStatus }).toStrictEqual({ item, kol, status })
    }
  })
})
