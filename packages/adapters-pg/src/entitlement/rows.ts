/**
 * The gym's rows and what they mean: the only place that knows what its columns
 * hold.
 *
 * @since 0.1.0
 */
import {
  type BillingCycle,
  type BillOfMaterials,
  type Eligibility,
  Entitlement,
  type Invoice,
  PlainDate,
  Quantity
} from "@reckoner/core"
import type { EntitlementBatch, PendingInvoice } from "@reckoner/core/ports"
import * as Result from "effect/Result"
import { line, type Row } from "../CopyText.ts"

const PACKAGE_MARK = "Y"

/**
 * The setting with which a department takes part in memberships.
 *
 * @category constants
 * @since 0.1.0
 */
export const MEMBERSHIP_SETTING = "OJ_CLAN"

/**
 * A row of departments with what decides about their scope.
 *
 * @category models
 * @since 0.1.0
 */
export interface DepartmentRow {
  readonly oj: number
  readonly oj_akt: boolean
  readonly pod_akt: boolean
  readonly moduli: ReadonlyArray<number>
  readonly postavke: ReadonlyArray<string>
}

/**
 * Reads a department.
 *
 * @category decoding
 * @since 0.1.0
 */
export const department = (row: DepartmentRow): Eligibility.Department => ({
  departmentId: row.oj,
  isActive: row.oj_akt,
  companyIsActive: row.pod_akt,
  companyModuleIds: new Set(row.moduli),
  membershipSettings: new Set(row.postavke)
})

/**
 * Reads an article: only a capital Y marks a package.
 *
 * @category decoding
 * @since 0.1.0
 */
export const article = (row: { readonly id: number; readonly ru: string | null }): BillOfMaterials.Article => ({
  articleId: row.id,
  isPackage: row.ru === PACKAGE_MARK
})

/**
 * Reads the line of a bill of materials. A quantity that is missing or not a
 * number is none.
 *
 * @category decoding
 * @since 0.1.0
 */
export const billLine = (row: { readonly item: number; readonly kol: string | null }): BillOfMaterials.BillLine => {
  const read = quantity(row.kol)
  return { componentId: row.item, quantity: read !== undefined && "numerator" in read ? read : undefined }
}

const readable = <A>(text: string | null, parse: (text: string) => Result.Result<A, unknown>): Invoice.Read<A> => {
  if (text === null) return undefined
  const parsed = parse(text)
  return Result.isSuccess(parsed) ? parsed.success : { unreadable: text }
}

const quantity = (text: string | null): Invoice.Read<Quantity.Quantity> => readable(text, Quantity.parse)
const date = (text: string | null): Invoice.Read<PlainDate.PlainDate> => readable(text, PlainDate.parse)

const unit = (text: string | null): Invoice.Read<BillingCycle.IntervalUnit> => {
  if (text === "M") return "month"
  if (text === "D") return "day"
  return text === null ? undefined : { unreadable: text }
}

/**
 * The columns of `PendingInvoices`, in their order: one row per invoice line
 * and subscription, the subscription's empty where there is none.
 *
 * @category constants
 * @since 0.1.0
 */
export const PENDING_COLUMNS = "d.id, d.clan, d.dat, i.id, i.item, i.kol, z.id, z.poc, z.dm, z.frek"

interface MutableInvoice {
  readonly invoice: Invoice.Invoice & { readonly lines: Array<Invoice.InvoiceLine> }
  readonly subscriptions: Array<Invoice.Subscription>
}

/**
 * Puts rows together to whole invoices. The last invoice of a block may go on
 * in the next, so it waits for it, or for `end`.
 *
 * @category decoding
 * @since 0.1.0
 */
export class InvoiceAssembler {
  #current: MutableInvoice | undefined = undefined
  #lineId: string | undefined = undefined
  /** Articles whose subscriptions are in: a second line of an article brings the same ones again. */
  #articles: Array<BillOfMaterials.ArticleId> = []

  /** The invoices that these rows complete. */
  push(rows: ReadonlyArray<Row>): Array<PendingInvoice> {
    const complete: Array<PendingInvoice> = []
    for (const row of rows) {
      const invoiceId = row[0]!
      if (this.#current?.invoice.invoiceId !== invoiceId) {
        if (this.#current !== undefined) complete.push(this.#current)
        this.#begin(invoiceId, row)
      }
      this.#add(row)
    }
    return complete
  }

  /** The last invoice, when there are no more rows. */
  end(): Array<PendingInvoice> {
    const last = this.#current
    this.#current = undefined
    return last === undefined ? [] : [last]
  }

  #begin(invoiceId: string, row: Row): void {
    this.#current = {
      invoice: { invoiceId, memberId: row[1] ?? undefined, invoiceDate: date(row[2]!), lines: [] },
      subscriptions: []
    }
    this.#lineId = undefined
    this.#articles = []
  }

  #add(row: Row): void {
    const { invoice, subscriptions } = this.#current!
    const lineId = row[3]!
    const articleId = Number(row[4])
    const isNewLine = lineId !== this.#lineId
    if (isNewLine) {
      this.#lineId = lineId
      invoice.lines.push({ lineId, articleId, quantity: quantity(row[5]!) })
    }
    const subscriptionId = row[6]
    if (subscriptionId === null || subscriptionId === undefined) return
    if (isNewLine) {
      if (this.#articles.includes(articleId)) return
      this.#articles.push(articleId)
    } else if (subscriptions.some((one) => one.subscriptionId === Number(subscriptionId))) return
    subscriptions.push({
      subscriptionId: Number(subscriptionId),
      memberId: invoice.memberId!,
      articleId,
      anchorDate: date(row[7]!),
      unit: unit(row[8]!),
      intervalCount: row[9] === null ? undefined : Number(row[9])
    })
  }
}

/**
 * The columns of an entitlement and of its items, as they are written.
 *
 * @category constants
 * @since 0.1.0
 */
export const QUOTA_COLUMNS = ["id", "member", "art", "sdate", "edate", "dok"] as const
export const QUOTA_ITEM_COLUMNS = ["quota", "art", "qty"] as const

/**
 * Writes entitlements and their items as COPY text; `quotaIds` has an id for each.
 *
 * @category encoding
 * @since 0.1.0
 */
export const quotaText = (
  entitlements: ReadonlyArray<Entitlement.Entitlement>,
  quotaIds: ReadonlyArray<string>
): { readonly quotas: string; readonly items: string; readonly itemCount: number } => {
  let quotas = ""
  let items = ""
  let itemCount = 0
  for (let at = 0; at < entitlements.length; at++) {
    const { articleId, endExclusive, invoiceId, items: components, memberId, start } = entitlements[at]!
    const id = quotaIds[at]!
    quotas += `${id}\t${memberId}\t${articleId}\t${start}\t${endExclusive}\t${invoiceId}\n`
    for (const component of components) {
      items += `${id}\t${component.articleId}\t${Entitlement.grantedQuantity(component)}\n`
    }
    itemCount += components.length
  }
  return { quotas, items, itemCount }
}

const INVOICE_LEVEL = 0

/** JSON that keeps exact numbers: a quantity becomes its exact text. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_, field) =>
    typeof field === "object" && field !== null && "numerator" in field ? Quantity.format(field) : field
  )

/**
 * Writes findings as COPY text: invoice, line, kind, and the other fields as JSON.
 *
 * @category encoding
 * @since 0.1.0
 */
export const findingText = (findings: EntitlementBatch["findings"]): string => {
  let text = ""
  for (const { finding, invoiceId } of findings) {
    if (finding._tag === "LineWithoutSubscription") {
      // By far the most frequent: written without a detour.
      text += `${invoiceId}\t${finding.lineId}\tLineWithoutSubscription\t{"articleId":${json(finding.articleId)}}\n`
      continue
    }
    const { _tag: kind, ...fields } = finding
    const { lineId = INVOICE_LEVEL, ...detail } = fields as { readonly lineId?: string | number }
    text += line([invoiceId, lineId, kind, json(detail)])
  }
  return text
}

/**
 * Writes held invoices as COPY text: invoice, and its reasons as JSON.
 *
 * @category encoding
 * @since 0.1.0
 */
export const holdText = (held: EntitlementBatch["held"]): string =>
  held
    .map(({ invoiceId, reasons }) =>
      line([
        invoiceId,
        json(reasons.map(({ cause: { _tag: kind, ...detail }, lineId }) => ({ lineId, kind, ...ownFields(detail) })))
      ])
    )
    .join("")

/** An error's own fields without those that every `Error` has. */
const ownFields = ({
  cause: _cause,
  message: _message,
  name: _name,
  stack: _stack,
  ...fields
}: Record<string, unknown>) => fields
