/**
 * Your service has an invoice, a product list and a member's subscription, and
 * wants to know what the member may use now, until when, and why.
 *
 * The core reads nothing but its arguments: no database, no clock.
 */
import { BillOfMaterials, Entitlement, PlainDate, Quantity } from "@reckoner/core"
import * as Result from "effect/Result"

const date = PlainDate.parseUnsafe
const units = (text: string) => Result.getOrThrow(Quantity.parse(text))

const catalog = BillOfMaterials.catalog({
  articles: [
    { articleId: "gold", isPackage: true },
    { articleId: "silver", isPackage: true },
    { articleId: "sauna", isPackage: false },
    { articleId: "massage", isPackage: false }
  ],
  bills: [
    {
      billId: 1,
      articleId: "gold",
      lines: [
        { componentId: "sauna", quantity: units("4") },
        { componentId: "massage", quantity: units("1.5") }
      ]
    },
    { billId: 2, articleId: "silver", lines: [] }
  ]
})

const subscriptions = [
  {
    subscriptionId: 5,
    memberId: "ana",
    articleId: "gold",
    anchorDate: date("2026-01-31"),
    unit: "month",
    intervalCount: 1
  },
  {
    subscriptionId: 6,
    memberId: "ana",
    articleId: "silver",
    anchorDate: date("2026-06-01"),
    unit: "month",
    intervalCount: 3
  }
] as const

const explain = ({ basis, start }: Entitlement.Entitlement): string => {
  switch (basis._tag) {
    case "Anniversary":
      return `cycle ${basis.index} since ${basis.cycle.anchorDate} began on ${start}`
    case "FirstCycle":
      return `paid before the first day, ${basis.cycle.anchorDate}: the first cycle counts`
    case "OneMonthFromInvoice":
      return `the subscription has no ${basis.field}: one month from the invoice`
  }
}

const grant = (invoiceId: number, invoiceDate: string, bought: ReadonlyArray<readonly [string, string]>): void => {
  const invoice = {
    invoiceId,
    memberId: "ana",
    invoiceDate: date(invoiceDate),
    lines: bought.map(([articleId, quantity], at) => ({ lineId: at + 1, articleId, quantity: units(quantity) }))
  }
  const decision = Entitlement.fromInvoice({ invoice, subscriptions, catalog })
  console.log(`invoice ${invoiceId} of ${invoiceDate}: ${decision._tag}`)
  if (decision._tag === "Granted") {
    for (const granted of decision.entitlements) {
      console.log(`  ${granted.articleId}, ${granted.start} up to but without ${granted.endExclusive}`)
      console.log(`    because ${explain(granted)}`)
      for (const component of granted.items) {
        console.log(`    ${component.articleId}: ${Entitlement.grantedQuantity(component)}`)
      }
    }
  }
  if (decision._tag === "Held") {
    for (const { cause, lineId } of decision.reasons) console.log(`  line ${lineId} waits: ${cause._tag}`)
  }
  for (const finding of decision.findings) console.log(`  to look at: ${finding._tag}`)
}

grant(1001, "2026-03-05", [["gold", "2"]])
grant(1002, "2026-01-15", [["gold", "1"]])
grant(1003, "2026-07-10", [
  ["silver", "1"],
  ["gold", "1"]
])
grant(1004, "2026-07-10", [["sauna", "1"]])

// Output:
// invoice 1001 of 2026-03-05: Granted
//   gold, 2026-02-28 up to but without 2026-03-31
//     because cycle 1 since 2026-01-31 began on 2026-02-28
//     sauna: 8.000
//     massage: 3.000
// invoice 1002 of 2026-01-15: Granted
//   gold, 2026-01-31 up to but without 2026-02-28
//     because paid before the first day, 2026-01-31: the first cycle counts
//     sauna: 4.000
//     massage: 1.500
//   to look at: InvoiceBeforeAnchor
// invoice 1003 of 2026-07-10: Held
//   line 1 waits: EmptyPackage
// invoice 1004 of 2026-07-10: NothingToGrant
//   to look at: LineWithoutSubscription
