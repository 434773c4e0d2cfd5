/**
 * The user service in a process of its own: the stand-in answers over real gRPC
 * from tables in memory, which it loads first. Prints its address, and ends with
 * its standard input.
 */
import { ReferralDirectoryStandIn } from "@reckoner/adapters-http/stand-ins"
import pg from "pg"

const INT8 = 20
pg.types.setTypeParser(INT8, BigInt)

const client = new pg.Client({ connectionString: process.env["DATABASE_URL"] })
await client.connect()
const rowsOf = async (sql) => (await client.query(sql)).rows
const tables = {
  referrals: await rowsOf(`SELECT id, entity_id AS "entityId", user_id AS "userId" FROM everpro_user.referral`),
  userReferrals: await rowsOf(
    `SELECT id, user_id AS "userId", referral_id AS "referralId" FROM everpro_user.user_referral`
  )
}
await client.end()

const { fromTables, start } = ReferralDirectoryStandIn
const { close, url } = await start({ answers: fromTables(tables) })
console.log(url)
process.stdin.resume().once("end", close)
