/**
 * The manner of a script that takes one order at a time: one query reads the
 * orders, then each has its own call of the user service and its own upsert, all
 * upserts in one transaction. The arithmetic is left to the server.
 */
import { Referral } from "@reckoner/core"
import type { ReferralDirectory } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import type pg from "pg"
import { readSql, upsertSql } from "./setBased.ts"

const upsert = upsertSql(`
  SELECT $1, $2::bigint, $3::bigint, $4::int, $5, $6, $7, $8, $9::numeric, $10::numeric, $11::numeric,
    $11::numeric - $10::numeric, to_timestamp(nullif($12::bigint, 0)), to_timestamp(nullif($13::bigint, 0)),
    to_timestamp(nullif($14::bigint, 0)), 'daily'`)

/** Synchronises so many orders of the window, and says how long that took once they were read. */
export const rowByRow = async (
  client: pg.Client,
  directory: ReferralDirectory["Service"],
  orders: number
): Promise<number> => {
  await client.query("BEGIN")
  const { rows } = await client.query(readSql(orders))
  const startedAt = performance.now()
  for (const row of rows) {
    if (row.created_by === null) continue
    const choice = Referral.choose(await Effect.runPromise(directory.referralsOf([row.created_by])))
    if (choice === undefined) continue
    const { created_by, shipment_order_no, ...others } = row
    await client.query({
      name: "upsert",
      text: upsert,
      values: [shipment_order_no, created_by, choice.referral.affiliateId, ...Object.values(others)]
    })
  }
  await client.query("COMMIT")
  return (performance.now() - startedAt) / 1000
}
