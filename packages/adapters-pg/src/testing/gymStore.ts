/**
 * The gym's tables for the suites of the ports: filled from what the core calls
 * its sources, and read back as what the suites compare.
 *
 * @since 0.1.0
 */
import { Invoice, Quantity } from "@reckoner/core"
import type { MemoryEntitlementStore } from "@reckoner/core/testing"
import type { StoredEntitlement, StoreSetup } from "@reckoner/core/testing/contracts"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Database from "../Database.ts"
import * as PgEntitlementStore from "../entitlement/PgEntitlementStore.ts"
import * as PgFindingStore from "../run/PgFindingStore.ts"
import * as PgRunJournal from "../run/PgRunJournal.ts"
import { freshDatabase } from "./freshDatabase.ts"
import { type GymTables, loadGym, rowsOf } from "./gymData.ts"

const MEMBERSHIP_SETTING = "OJ_CLAN"
const UNITS = { day: "D", month: "M" }

const text = <A extends string | object>(field: Invoice.Read<A>, write: (value: A) => string): string | null => {
  if (field === undefined) return null
  return Invoice.isUnreadable(field) ? field.unreadable : write(field)
}

const asIs = (value: string): string => value

/** Each department has a company of its own, under the same number. */
const tables = ({
  articles = [],
  bills = [],
  departments = [],
  invoices = [],
  subscriptions = []
}: Partial<MemoryEntitlementStore.Sources>): GymTables => {
  const settings = departments.flatMap(({ departmentId, membershipSettings }) =>
    [...membershipSettings].map((value) => [departmentId, value] as const)
  )
  const modules = departments.flatMap(({ companyModuleIds, departmentId }) =>
    [...companyModuleIds].map((moduleId) => [departmentId, moduleId] as const)
  )
  const components = bills.flatMap(({ billId, lines }) => lines.map((line) => [billId, line] as const))
  return {
    sif_pod: departments.map((one) => [one.departmentId, `company ${one.departmentId}`, String(one.companyIsActive)]),
    sif_oj: departments.map((one) => [one.departmentId, one.departmentId, "department", String(one.isActive)]),
    osn_setoj: settings.map(([departmentId, value], at) => [at + 1, departmentId, MEMBERSHIP_SETTING, value]),
    m_kupljeno: modules.map(([companyId, moduleId], at) => [at + 1, companyId, moduleId]),
    sif_art: articles.map((one) => [one.articleId, `article ${one.articleId}`, one.isPackage ? "Y" : null]),
    osn_sastavnice: bills.map((one) => [one.billId, one.articleId]),
    osn_sastavke: components.map(([billId, { componentId, quantity }], at) => [
      at + 1,
      billId,
      componentId,
      quantity === undefined ? null : Quantity.format(quantity)
    ]),
    osn_zad: subscriptions.map((one) => [
      one.subscriptionId,
      one.memberId,
      one.articleId,
      text(one.anchorDate, asIs),
      text(one.unit, (unit) => UNITS[unit]),
      one.intervalCount ?? null
    ]),
    dok: invoices.map(({ departmentId, invoice }) => [
      invoice.invoiceId,
      departmentId,
      invoice.memberId ?? null,
      text(invoice.invoiceDate, asIs)
    ]),
    dok_items: invoices.flatMap(({ invoice }) =>
      invoice.lines.map((line) => [
        line.lineId,
        invoice.invoiceId,
        line.articleId,
        text(line.quantity, Quantity.format)
      ])
    )
  }
}

const STORED_SQL = `
  SELECT q.dok::text AS "invoiceId", q.member::text AS "memberId", q.art::text AS "articleId",
    q.sdate::text AS start, q.edate::text AS "endExclusive",
    coalesce((SELECT json_agg(json_build_array(d.art::text, d.qty::text) ORDER BY d.art::text COLLATE "C")
      FROM gym.gym_quotad d WHERE d.quota = q.id), '[]') AS items
  FROM gym.gym_quota q`

/**
 * A store of the suites in a database of its own, with the database's URL.
 *
 * @category testing
 * @since 0.1.0
 */
export const gymStore = async (): Promise<StoreSetup & { readonly url: string }> => {
  const database = await freshDatabase()
  const url = Redacted.value(database.url)
  const sql = Layer.provideMerge(Database.SqlLive, database.layer)
  const stores = Layer.mergeAll(PgEntitlementStore.layer, PgFindingStore.layer, PgRunJournal.layer)
  return {
    url,
    layer: Layer.provide(stores, sql),
    load: (sources) => loadGym(url, tables(sources)),
    stored: () => rowsOf<StoredEntitlement>(url, STORED_SQL),
    close: database.drop
  }
}
