/**
 * Why a member got what they got, why an invoice waits, and what is odd about
 * it: in sentences, from the core's answers alone.
 *
 * @since 0.1.0
 */
import { type BillOfMaterials, Entitlement, type EntitlementWindow, PlainDate, Quantity } from "@reckoner/core"

/**
 * What articles are called.
 *
 * @category models
 * @since 0.1.0
 */
export interface Names {
  readonly article: (articleId: BillOfMaterials.ArticleId) => string
}

/**
 * The kinds of findings, each with what it means.
 *
 * @category constants
 * @since 0.1.0
 */
export const FINDING_KINDS: Readonly<Record<Entitlement.Finding["_tag"], string>> = {
  InvoiceBeforeAnchor: "the invoice is older than the subscription; the first cycle was granted",
  LineWithoutSubscription: "the member has no subscription for the article; the line grants nothing",
  MemberMissing: "the invoice names no member; it grants nothing",
  NestedPackageKept: "a component is a package itself; it was granted unopened",
  RhythmUndefined: "the subscription's rhythm is not defined; one month was granted",
  SeveralSubscriptions: "the member has several subscriptions for the article; one was chosen"
}

const ordinal = (day: number): string => {
  const suffix = day % 100 >= 11 && day % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th")
  return `${day}${suffix}`
}

const listing = (parts: ReadonlyArray<string>): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`

const every = (count: number, unit: string): string => (count === 1 ? `every ${unit}` : `every ${count} ${unit}s`)

/**
 * A granted quantity as people write it: the stored figure without trailing zeros.
 *
 * @category queries
 * @since 0.1.0
 */
export const amount = (item: Entitlement.EntitlementItem): string =>
  Entitlement.grantedQuantity(item).replace(/\.?0+$/, "")

const undefinedRhythm = ({
  field,
  found
}: {
  readonly field: EntitlementWindow.RhythmField
  readonly found: string | undefined
}): string => {
  switch (field) {
    case "anchorDate":
      return "it has no first day"
    case "unit":
      return found === undefined
        ? "it has no unit of time"
        : `its unit of time is ${JSON.stringify(found)}, neither day nor month`
    case "intervalCount":
      return found === undefined ? "it has no interval" : `its interval is ${found}`
  }
}

const windowSentence = ({ basis, start }: Entitlement.Entitlement): string => {
  switch (basis._tag) {
    case "Anniversary": {
      const { anchorDate, intervalCount, unit } = basis.cycle
      const anchorDay = PlainDate.dayOfMonth(anchorDate)
      const isClamped = unit === "month" && PlainDate.dayOfMonth(start) !== anchorDay
      const onDay = unit === "month" ? ` on the ${ordinal(anchorDay)}` : ""
      const clamped = isClamped ? `, the last day of a month without a ${ordinal(anchorDay)}` : ""
      return (
        `The subscription renews ${every(intervalCount, unit)}${onDay}, counted from ${anchorDate}; ` +
        `the latest renewal on or before the invoice date is ${start}${clamped}.`
      )
    }
    case "FirstCycle":
      return (
        `The invoice is older than the subscription, which begins on ${basis.cycle.anchorDate}, ` +
        `so its first cycle is granted.`
      )
    case "OneMonthFromInvoice":
      return (
        `The subscription's rhythm is not defined (${undefinedRhythm(basis)}), ` +
        `so one month from the invoice date is granted.`
      )
  }
}

const itemsSentence = ({ articleId, items }: Entitlement.Entitlement, names: Names): string => {
  const isPackage = items.some((item) => item.path.length > 1)
  if (!isPackage) return `${names.article(articleId)} is no package: it is granted as invoiced.`
  const parts = items.map((item) => {
    const between = item.path.slice(1, -1).map(names.article)
    const through = between.length === 0 ? "" : ` (through ${between.join(", ")})`
    return `${amount(item)} × ${names.article(item.articleId)}${through}`
  })
  return `${names.article(articleId)} is a package: what was invoiced makes ${listing(parts)}.`
}

/**
 * Says why an entitlement has its window and its items.
 *
 * @category queries
 * @since 0.1.0
 */
export const explain = (entitlement: Entitlement.Entitlement, names: Names): string =>
  `${windowSentence(entitlement)} ${itemsSentence(entitlement, names)}`

/**
 * Says what was found on a line, with the facts at hand.
 *
 * @category queries
 * @since 0.1.0
 */
export const explainFinding = (finding: Entitlement.Finding, names: Names): string => {
  switch (finding._tag) {
    case "MemberMissing":
      return "the invoice names no member, so it grants nothing"
    case "LineWithoutSubscription":
      return `${names.article(finding.articleId)}: the member has no subscription for it, so the line grants nothing`
    case "SeveralSubscriptions":
      return (
        `${names.article(finding.articleId)}: the member has subscriptions ${listing(finding.subscriptionIds.map(String))}; ` +
        `${finding.chosenId} counts, the latest that had begun`
      )
    case "InvoiceBeforeAnchor":
      return (
        `${names.article(finding.articleId)}: subscription ${finding.subscriptionId} only begins on ` +
        `${finding.anchorDate}; its first cycle was granted`
      )
    case "RhythmUndefined":
      return (
        `${names.article(finding.articleId)}: the rhythm of subscription ${finding.subscriptionId} is not defined ` +
        `(${undefinedRhythm(finding)}); one month was granted`
      )
    case "NestedPackageKept":
      return (
        `${names.article(finding.articleId)}: its component ${listing(finding.componentIds.map(names.article))} ` +
        `is a package itself and was granted unopened`
      )
  }
}

/**
 * Says what an invoice waits for.
 *
 * @category queries
 * @since 0.1.0
 */
export const explainHold = ({ cause }: Entitlement.HoldReason, names: Names): string => {
  switch (cause._tag) {
    case "EmptyPackage":
      return `${names.article(cause.articleId)} is a package with nothing in it: give it a bill of materials`
    case "UnknownArticle":
      return `article ${cause.articleId} is not in the catalog`
    case "QuantityNotPositive": {
      const found = cause.quantity === undefined ? "missing" : Quantity.format(cause.quantity)
      return `the quantity of ${names.article(cause.articleId)} is ${found}: it must be more than zero`
    }
    case "PackageCycle":
      return `a package contains itself: ${cause.path.map(names.article).join(" → ")}`
    case "QuantityMissing":
      return `the quantity of ${names.article(cause.articleId)} is ${cause.found ?? "missing"}: it must be a number`
    case "QuantityTooLarge":
      return `the quantity of ${names.article(cause.articleId)} is too large to be stored: ${Quantity.format(cause.quantity)}`
    case "InvoiceDateUnreadable":
      return `the invoice date is ${cause.found ?? "missing"}: it must be a date of the calendar`
    case "AnchorDateUnreadable":
      return `the first day of the subscription is ${cause.found}: it must be a date of the calendar`
    case "IntervalCountOutOfRange":
      return `the subscription's interval is ${cause.intervalCount}: it must be a whole number that fits the calendar`
    case "WindowLeavesCalendar":
      return `the cycle that starts on ${cause.start} ends beyond the calendar`
  }
}
