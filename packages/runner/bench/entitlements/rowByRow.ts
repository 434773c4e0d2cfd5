/**
 * The manner of the source's script: one query reads everything, then one
 * round trip per header and per component. Windows and quantities are left to
 * the server, as there.
 */
import type pg from "pg"
import { setBasedSql } from "./setBased.ts"

// The read of the set-based form, up to its rows; the script's own draft query computes wrong windows.
const readSql = (invoiceMax: number): string =>
  setBasedSql
    .slice(0, setBasedSql.indexOf("), quota AS ("))
    .replace(
      "WHERE NOT EXISTS (SELECT 1 FROM gym.gym_quota q",
      `WHERE d.id <= ${invoiceMax} AND NOT EXISTS (SELECT 1 FROM gym.gym_quota q`
    ) +
  `) SELECT g.dok, g.clan, g.item, g.sdate::text, g.edate::text, coalesce(k.item, g.item) AS component,
      round(sum(g.kol * coalesce(k.kol, 1)), 3) AS qty
    FROM granted g
    LEFT JOIN newest n ON n.art = g.item AND g.is_package
    LEFT JOIN gym.osn_sastavke k ON k.sastavnica = n.id
    GROUP BY g.dok, g.clan, g.item, g.sdate, g.edate, coalesce(k.item, g.item)
    ORDER BY g.dok, g.item`

/** Synchronises the invoices up to an id, and says how many headers it wrote. */
export const rowByRow = async (client: pg.Client, invoiceMax: number): Promise<number> => {
  await client.query("BEGIN")
  const { rows } = await client.query(readSql(invoiceMax))
  let headers = 0
  let key = ""
  let quota: unknown
  for (const row of rows) {
    if (`${row.dok}|${row.item}` !== key) {
      key = `${row.dok}|${row.item}`
      const inserted = await client.query({
        name: "quota",
        text: "INSERT INTO gym.gym_quota (member, art, sdate, edate, dok) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        values: [row.clan, row.item, row.sdate, row.edate, row.dok]
      })
      quota = inserted.rows[0].id
      headers++
    }
    await client.query({
      name: "item",
      text: "INSERT INTO gym.gym_quotad (quota, art, qty) VALUES ($1, $2, $3)",
      values: [quota, row.component, row.qty]
    })
  }
  await client.query("COMMIT")
  return headers
}
