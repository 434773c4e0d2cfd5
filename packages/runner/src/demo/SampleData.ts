/**
 * Puts the demo's day into the tables of the source, under their own names.
 *
 * @since 0.1.0
 */
import { Eligibility } from "@reckoner/core"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { SqlClient, type SqlError } from "effect/sql"
import * as BusinessDay from "./BusinessDay.ts"

const UNITS = { month: "M", day: "D", week: "W" } as const

/** The numbers of rows that have none of their own in the sample. */
const numbered = <Row extends object>(rows: ReadonlyArray<Row>): ReadonlyArray<Row & { readonly id: number }> =>
  rows.map((row, at) => ({ id: at + 1, ...row }))

const sellers = BusinessDay.departments.filter((one) => one.sellsMemberships)

type Field = string | number | boolean

const tables: ReadonlyArray<readonly [table: string, rows: ReadonlyArray<Readonly<Record<string, Field>>>]> = [
  [
    "gym.sif_pod",
    BusinessDay.companies.map(({ companyId, isActive, name }) => ({ id: companyId, naziv: name, fl_akt: isActive }))
  ],
  [
    "gym.sif_oj",
    BusinessDay.departments.map(({ companyId, departmentId, isActive, name }) => ({
      id: departmentId,
      pod: companyId,
      naziv: name,
      fl_akt: isActive
    }))
  ],
  [
    "gym.osn_setoj",
    numbered(
      sellers.map(({ departmentId }) => ({
        oj: departmentId,
        sett: "OJ_CLAN",
        val: Eligibility.MEMBERSHIP_SETTING_VALUE
      }))
    )
  ],
  [
    "gym.m_kupljeno",
    numbered(
      BusinessDay.companies.map(({ companyId }) => ({ pod: companyId, modul: Eligibility.MEMBERSHIP_MODULE_ID }))
    )
  ],
  [
    "gym.sif_art",
    BusinessDay.articles.map(({ articleId, isPackage, name }) => ({
      id: articleId,
      naziv: name,
      ru: isPackage ? "Y" : "N"
    }))
  ],
  ["gym.osn_sastavnice", BusinessDay.bills.map(({ articleId, billId }) => ({ id: billId, art: articleId }))],
  [
    "gym.osn_sastavke",
    numbered(
      BusinessDay.bills.flatMap(({ billId, lines }) =>
        lines.map(({ componentId, quantity }) => ({ sastavnica: billId, item: componentId, kol: quantity }))
      )
    )
  ],
  [
    "gym.osn_zad",
    BusinessDay.subscriptions.map(({ anchorDate, articleId, intervalCount, memberId, subscriptionId, unit }) => ({
      id: subscriptionId,
      clan: memberId,
      item: articleId,
      poc: anchorDate,
      dm: UNITS[unit],
      frek: intervalCount
    }))
  ],
  [
    "gym.dok",
    BusinessDay.invoices.map(({ departmentId, invoiceId, memberId }) => ({
      id: invoiceId,
      oj: departmentId,
      clan: memberId,
      dat: BusinessDay.DATE
    }))
  ],
  [
    "gym.dok_items",
    numbered(
      BusinessDay.invoices.flatMap(({ invoiceId, lines }) =>
        lines.map(({ articleId, quantity }) => ({ dok: invoiceId, item: articleId, kol: quantity }))
      )
    )
  ]
]

/**
 * Drops whatever an earlier demo left in this database.
 *
 * @category constructors
 * @since 0.1.0
 */
export const clear: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`DROP SCHEMA IF EXISTS gym CASCADE`
  yield* sql`DROP SCHEMA IF EXISTS reckoner CASCADE`
})

/**
 * Writes the day into empty tables.
 *
 * @category constructors
 * @since 0.1.0
 */
export const load: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const [table, rows] of tables) {
    if (Arr.isReadonlyArrayNonEmpty(rows)) yield* sql`INSERT INTO ${sql(table)} ${sql.insert(rows)}`
  }
}).pipe((insert) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(insert)))
