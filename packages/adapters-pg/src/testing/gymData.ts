/**
 * Loads gym tables that are given as rows of text, for tests.
 *
 * @since 0.1.0
 */
import pg from "pg"
import { from as copyFrom } from "pg-copy-streams"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { line } from "../CopyText.ts"

/**
 * Rows per table of the schema `gym`, in the order of the columns.
 *
 * @category testing
 * @since 0.1.0
 */
export type GymTables = Readonly<Record<string, ReadonlyArray<ReadonlyArray<string | number | null>>>>

const ORDER = [
  "sif_pod",
  "sif_oj",
  "osn_setoj",
  "m_kupljeno",
  "sif_art",
  "osn_sastavnice",
  "osn_sastavke",
  "osn_zad",
  "dok",
  "dok_items",
  "gym_quota",
  "gym_quotad"
]

/**
 * Copies the rows into their tables, in an order that satisfies the foreign
 * keys, and moves the id sequences behind them.
 *
 * @category testing
 * @since 0.1.0
 */
export const loadGym = async (url: string, tables: GymTables): Promise<void> => {
  const unknown = Object.keys(tables).filter((name) => !ORDER.includes(name))
  if (unknown.length > 0) throw new Error(`no such gym tables: ${unknown.join(", ")}`)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const table of ORDER) {
      const rows = tables[table] ?? []
      if (rows.length === 0) continue
      await pipeline(Readable.from(rows.map(line)), client.query(copyFrom(`COPY gym.${table} FROM STDIN`)))
    }
    for (const table of ["gym_quota", "gym_quotad"]) {
      await client.query(
        `SELECT setval(pg_get_serial_sequence('gym.${table}', 'id'), coalesce(max(id), 0) + 1, false) FROM gym.${table}`
      )
    }
  } finally {
    await client.end()
  }
}

/**
 * Runs one statement and gives its rows.
 *
 * @category testing
 * @since 0.1.0
 */
export const rowsOf = async <Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  params: Array<unknown> = []
): Promise<Array<Row>> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql, params)).rows
  } finally {
    await client.end()
  }
}
