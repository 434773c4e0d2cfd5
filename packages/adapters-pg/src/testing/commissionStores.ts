/**
 * The tables of the commission approvals for the suites of the ports: filled
 * from what the core calls their sources.
 *
 * @since 0.1.0
 */
import { type ApprovalState, type CommissionSettings, Money, Rate } from "@reckoner/core"
import type { MemoryCommissionStore } from "@reckoner/core/testing"
import type { CommissionStoreSetup } from "@reckoner/core/testing/contracts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql"
import pg from "pg"
import * as PgCommissionStore from "../commission-approval/PgCommissionStore.ts"
import * as Database from "../Database.ts"
import { freshDatabase } from "./freshDatabase.ts"

type Row = Readonly<Record<string, string | number | boolean | null>>

const instant = (millis: number): string => new Date(millis).toISOString()

const stateOf = (state: ApprovalState.ApprovalState): Row => ({
  is_approved: state._tag === "Approved",
  approved_at: state._tag === "Approved" ? instant(state.approvedAt) : null,
  is_rejected: state._tag === "Rejected"
})

const affiliateRows = (affiliates: ReadonlyArray<MemoryCommissionStore.KeptAffiliate>): ReadonlyArray<Row> =>
  affiliates.map(({ id, isRevoked, level, name, phone }) => ({
    id,
    name,
    level,
    phone: phone ?? null,
    revoked_at: isRevoked ? instant(0) : null
  }))

const settingRows = ({ levelDiscounts }: CommissionSettings.CommissionSettings): ReadonlyArray<Row> =>
  [...levelDiscounts].flatMap(([walletType, levels]) =>
    [...levels].map(([level, rate]) => ({
      wallet_type: walletType,
      affiliate_level: level,
      level_discount: Rate.formatPercent(rate)
    }))
  )

/** The rows of orders, in an order that satisfies the foreign keys. */
const commissionRows = (kept: ReadonlyArray<MemoryCommissionStore.KeptCommission>): Record<string, Array<Row>> => {
  const invoices = kept.flatMap(({ invoices: shown, order }) =>
    order.invoices.map((invoice) => ({ invoice, order, shown: shown.find(({ id }) => id === invoice.id)! }))
  )
  const requests = invoices.flatMap(({ invoice }) =>
    invoice.creditRequest === undefined ? [] : [{ invoice, request: invoice.creditRequest }]
  )
  return {
    '"order"': kept.map(({ code, customerName, order }) => ({
      id: order.id,
      order_code: code,
      customer_name: customerName,
      wallet_receive_commission: order.walletKind
    })),
    order_affiliate: kept.map(({ createdAt, order }) => ({
      id: order.id,
      order_id: order.id,
      affiliate_id: order.affiliate.id,
      wallet_type: order.walletKind,
      currency: order.commission.currency,
      temp_commission_amount: Money.format(order.commission),
      ...stateOf(order.state),
      revision: order.revision,
      created_at: instant(createdAt)
    })),
    order_affiliate_item: kept.flatMap(({ order }) =>
      order.items.map((item) => ({
        id: item.id,
        order_affiliate_id: order.id,
        base_amount: Money.format(item.base),
        percent: Rate.formatPercent(item.rate),
        percent_revision: item.rateRevision
      }))
    ),
    invoice_affiliate: invoices.map(({ invoice, order, shown }) => ({
      id: invoice.id,
      order_affiliate_id: order.id,
      invoice_code: shown.code,
      transaction_id: invoice.creditRequest?.id ?? null,
      commission_amount: Money.format(invoice.commission),
      current_sale_percent: Rate.formatPercent(invoice.rate),
      ...stateOf(invoice.state),
      commission_paid_date: stateOf(invoice.state)["approved_at"]!,
      created_at: instant(shown.createdAt)
    })),
    invoice_affiliate_item: invoices.flatMap(({ invoice, order }) =>
      invoice.items.map((item) => ({
        id: item.id,
        invoice_affiliate_id: invoice.id,
        order_affiliate_id: order.id,
        order_affiliate_item_id: item.orderItemId,
        base_amount: Money.format(item.base),
        percent: Rate.formatPercent(item.rate),
        percent_revision: item.rateRevision,
        commission_amount: Money.format(item.commission)
      }))
    ),
    transaction_request: requests.map(({ invoice, request }) => ({
      id: request.id,
      invoice_affiliate_id: invoice.id,
      amount: Money.format(request.amount),
      status: request.status
    })),
    transaction_request_user: requests.flatMap(({ request }) =>
      request.shares.map(({ amount, userId, weight }) => ({
        transaction_request_id: request.id,
        user_id: userId,
        weight: String(weight),
        amount: Money.format(amount),
        status: request.status
      }))
    )
  }
}

const insert = async (client: pg.Client, table: string, rows: ReadonlyArray<Row>, onConflict = ""): Promise<void> => {
  if (rows.length === 0) return
  const columns = Object.keys(rows[0] ?? {}).join(", ")
  await client.query(
    `INSERT INTO affiliate.${table} (${columns})
     SELECT ${columns} FROM json_populate_recordset(NULL::affiliate.${table}, $1) ${onConflict}`,
    [JSON.stringify(rows)]
  )
}

/**
 * Fills the tables: affiliates take the place of those with the same key,
 * settings that of all settings, and orders are new.
 *
 * @category testing
 * @since 0.1.0
 */
export const loadCommissions = async (
  url: string,
  { affiliates = [], commissions = [], settings }: Partial<MemoryCommissionStore.CommissionSources>
): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("BEGIN")
    const replace = ["name", "level", "phone", "revoked_at"].map((column) => `${column} = excluded.${column}`)
    const onConflict = `ON CONFLICT (id) DO UPDATE SET ${replace.join(", ")}`
    await insert(client, "affiliates", affiliateRows(affiliates), onConflict)
    if (settings !== undefined) {
      await client.query("DELETE FROM affiliate.commission_settings")
      await insert(client, "commission_settings", settingRows(settings))
    }
    for (const [table, rows] of Object.entries(commissionRows(commissions))) await insert(client, table, rows)
    await client.query("COMMIT")
  } finally {
    await client.end()
  }
}

/**
 * Does something around a statement of a store.
 *
 * @category testing
 * @since 0.1.0
 */
export type Around = <A, E>(statement: string, run: Effect.Effect<A, E>) => Effect.Effect<A, E>

const withAround = (sql: SqlClient.SqlClient, around: Around): SqlClient.SqlClient =>
  new Proxy(sql, {
    get: (target, name, receiver) =>
      name === "unsafe"
        ? (statement: string, parameters: ReadonlyArray<unknown>) =>
            around(statement, target.unsafe(statement, parameters))
        : Reflect.get(target, name, receiver)
  })

/**
 * A store of commissions in a database of its own, with the database's URL;
 * `around` is put around each of its statements.
 *
 * @category testing
 * @since 0.1.0
 */
export const commissionStore = async (around?: Around): Promise<CommissionStoreSetup & { readonly url: string }> => {
  const database = await freshDatabase()
  const url = Redacted.value(database.url)
  const client = Layer.provideMerge(Database.SqlLive, database.layer)
  const sql = Layer.effect(
    SqlClient.SqlClient,
    Effect.map(SqlClient.SqlClient, (one) => (around === undefined ? one : withAround(one, around)))
  )
  return {
    url,
    layer: PgCommissionStore.layer.pipe(Layer.provide(sql), Layer.provide(client)),
    load: (sources) => loadCommissions(url, sources),
    close: database.drop
  }
}
