/**
 * The demo's story, from the core's answers: who got what, until when and why;
 * what waits; what was left alone.
 *
 * @since 0.1.0
 */
import { type BillOfMaterials, type Entitlement, PlainDate } from "@reckoner/core"
import type * as SyncEntitlements from "../entitlement/SyncEntitlements.ts"
import * as Output from "../cli/Output.ts"
import * as Explanation from "../entitlement/Explanation.ts"
import * as BusinessDay from "./BusinessDay.ts"

const LINE_WIDTH = 100

/**
 * The answers by invoice; invoices that are not in it were out of scope.
 *
 * @category models
 * @since 0.1.0
 */
export type Decisions = ReadonlyMap<string, Entitlement.Decision>

type Invoice = (typeof BusinessDay.invoices)[number]

const nameOf = <Row extends { readonly name: string }>(rows: ReadonlyArray<Row>, has: (row: Row) => boolean): string =>
  rows.find(has)?.name ?? "unknown"

const article = (articleId: BillOfMaterials.ArticleId): string =>
  nameOf(BusinessDay.articles, (one) => one.articleId === Number(articleId))

const names: Explanation.Names = { article }

const title = ({ invoiceId, lines, memberId }: Invoice): string => {
  const member = nameOf(BusinessDay.members, (one) => one.memberId === memberId)
  const bought = lines.map(({ articleId, quantity }) => `${quantity} × ${article(articleId)}`)
  return `Invoice ${invoiceId}, ${member}, paid for ${bought.join(" and ")}`
}

const wrapped = (text: string, indent: string): ReadonlyArray<string> => Output.wrap(text, LINE_WIDTH, indent)

const granted = (entitlement: Entitlement.Entitlement): ReadonlyArray<string> => {
  const { endExclusive, items, start } = entitlement
  const lastDay = PlainDate.addDays(endExclusive, -1)
  const what = items.map((item) => `${Explanation.amount(item)} × ${article(item.articleId)}`).join(", ")
  const until = `through ${lastDay} (${endExclusive} is the first day not covered)`
  return [
    ...wrapped(`gets  ${what}`, "  "),
    ...wrapped(`from  ${start} ${until}`, "  "),
    ...wrapped(`why   ${Explanation.explain(entitlement, names)}`, "  ")
  ]
}

const notes = (decision: Entitlement.Decision): ReadonlyArray<string> =>
  decision.findings.flatMap((finding) => wrapped(`note  ${Explanation.explainFinding(finding, names)}`, "  "))

const leftAlone = ({ departmentId }: Invoice): string => {
  const department = BusinessDay.departments.find((one) => one.departmentId === departmentId)
  const company = BusinessDay.companies.find((one) => one.companyId === department?.companyId)
  return company?.isActive === true
    ? `${department?.name} does not sell memberships`
    : `${company?.name} is no longer active`
}

const section = (heading: string, paragraphs: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  paragraphs.length === 0 ? [] : [heading, "", ...paragraphs.flatMap((lines) => [...lines, ""])]

/**
 * What the run decided, invoice by invoice.
 *
 * @category formatting
 * @since 0.1.0
 */
export const decided = (decisions: Decisions): ReadonlyArray<string> => {
  const grants: Array<ReadonlyArray<string>> = []
  const holds: Array<ReadonlyArray<string>> = []
  const others: Array<ReadonlyArray<string>> = []
  for (const invoice of BusinessDay.invoices) {
    const decision = decisions.get(String(invoice.invoiceId))
    if (decision === undefined) {
      others.push([title(invoice), ...wrapped(`why   ${leftAlone(invoice)}`, "  ")])
    } else if (decision._tag === "Granted") {
      grants.push([title(invoice), ...decision.entitlements.flatMap(granted), ...notes(decision)])
    } else if (decision._tag === "Held") {
      const reasons = decision.reasons.flatMap((reason) =>
        wrapped(`why   ${Explanation.explainHold(reason, names)}`, "  ")
      )
      holds.push([title(invoice), ...reasons, ...notes(decision)])
    } else others.push([title(invoice), ...notes(decision)])
  }
  return [
    ...section("GRANTED", grants),
    ...section("HELD: nothing of these invoices is granted until somebody mends them", holds),
    ...section("LEFT ALONE: out of scope", others)
  ]
}

/**
 * What the two runs wrote.
 *
 * @category formatting
 * @since 0.1.0
 */
export const runs = (first: SyncEntitlements.Report, second: SyncEntitlements.Report): ReadonlyArray<string> => [
  "RUNS",
  "",
  ...Output.table(
    [
      ["", "first run", "second run"],
      ["invoices read", String(first.invoices.read), String(second.invoices.read)],
      ["entitlements written", String(first.entitlements), String(second.entitlements)],
      ["items written", String(first.items), String(second.items)],
      ["invoices held", String(first.invoices.held), String(second.invoices.held)]
    ],
    { right: [1, 2], indent: "  " }
  ),
  "",
  second.entitlements === 0
    ? "  The second run found nothing new: what was granted is granted once, however often the job runs."
    : "  The second run granted something again, which must never happen: please report it."
]
