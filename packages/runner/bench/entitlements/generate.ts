/**
 * The data of the entitlement benchmark: seeded, made by the server itself from
 * hashes of row numbers, so any size has the same shape and the same seed gives
 * the same rows everywhere.
 *
 * For 1,000,000 invoices: 2.03 million lines, 517,000 subscriptions, 180
 * articles of which 60 are packages of one to three components, 100 departments
 * of which 81 are in scope, a few lines without a subscription or with a bad
 * quantity, lower-case units, anchors after the invoice.
 */

const PERCENT = 100

/** Statements that fill the schema `gym` for so many invoices. */
export const generateSql = (invoices: number, seed: number): ReadonlyArray<string> => {
  const members = Math.max(1, Math.floor(invoices / 4))
  /** A whole number from 0 to n - 1 that depends on a row, a purpose and the seed. */
  const random = (row: string, purpose: number, n: number) =>
    `(abs(hashint8extended((${row})::bigint, ${seed * 1000 + purpose}) % ${n})::int)`
  const chance = (row: string, purpose: number, percent: number) => `${random(row, purpose, PERCENT)} < ${percent}`
  /** The article of a member's k-th subscription. */
  const subscribed = (member: string, k: string) => `1 + ${random(`${member}::bigint * 8 + ${k}`, 10, 180)}`
  return [
    `INSERT INTO gym.sif_pod SELECT i, 'Company ' || i, i % 10 <> 9 FROM generate_series(1, 20) i`,
    `INSERT INTO gym.sif_oj SELECT i, 1 + i / 6, 'Department ' || i, i % 12 <> 11 FROM generate_series(1, 100) i`,
    `INSERT INTO gym.osn_setoj SELECT i, i, 'OJ_CLAN', 'F' FROM generate_series(1, 95) i`,
    `INSERT INTO gym.osn_setoj SELECT 1000 + i, i, 'OJ_OTHER', 'F' FROM generate_series(1, 95) i`,
    `INSERT INTO gym.m_kupljeno SELECT i, i, 50 FROM generate_series(1, 19) i`,
    `INSERT INTO gym.m_kupljeno SELECT 100 + i, i, 40 FROM generate_series(1, 19) i`,
    `INSERT INTO gym.sif_art SELECT i, 'Article ' || i, CASE WHEN i > 120 THEN 'Y' ELSE 'N' END FROM generate_series(1, 180) i`,
    `INSERT INTO gym.osn_sastavnice SELECT i, 120 + i FROM generate_series(1, 60) i`,
    `INSERT INTO gym.osn_sastavke
       SELECT i * 10 + k, i, 1 + ${random("i * 10 + k", 1, 40)} + 40 * (k - 1), 1 + ${random("i * 10 + k", 2, 10)}
       FROM generate_series(1, 60) i, generate_series(1, 3) k WHERE k <= 1 + ${random("i", 3, 3)}`,
    `INSERT INTO gym.osn_zad
       SELECT row_number() OVER (ORDER BY m, k), m, ${subscribed("m", "k")}, date '2016-01-01' + ${random("m::bigint * 8 + k", 11, 3500)},
         CASE WHEN ${chance("m::bigint * 8 + k", 12, 85)} THEN 'M' WHEN ${chance("m::bigint * 8 + k", 12, 97)} THEN 'D' ELSE 'm' END,
         (ARRAY[1, 1, 1, 3, 6, 12, 30, 2])[1 + ${random("m::bigint * 8 + k", 13, 8)}]
       FROM generate_series(1, ${members}) m, generate_series(0, 3) k
       WHERE k = 0 OR (k = 1 AND ${chance("m", 14, 67)}) OR (k = 2 AND ${chance("m", 14, 30)}) OR (k = 3 AND ${chance("m", 14, 10)})`,
    `INSERT INTO gym.dok
       SELECT i, 1 + ${random("i", 20, 100)}, 1 + ${random("i", 21, members)}, date '2024-01-01' + ${random("i", 22, 900)}
       FROM generate_series(1, ${invoices}) i`,
    `INSERT INTO gym.dok_items
       SELECT d.id * 4 + k, d.id,
         CASE WHEN ${chance("d.id * 4 + k", 30, 85)}
           THEN ${subscribed("d.clan", `CASE WHEN k > 0 AND ${chance("d.clan", 14, 67)} THEN 1 ELSE 0 END`)}
           ELSE 1 + ${random("d.id * 4 + k", 31, 180)} END,
         CASE WHEN ${random("d.id * 4 + k", 34, 1000)} = 0 THEN 0 ELSE 1 + ${random("d.id * 4 + k", 32, 3)} END
       FROM gym.dok d, generate_series(0, 2) k
       WHERE k = 0 OR (k = 1 AND ${chance("d.id", 33, 66)}) OR (k = 2 AND ${chance("d.id", 33, 37)})`,
    `VACUUM (ANALYZE)`
  ]
}

/**
 * Removes what a contender wrote, so that the next begins with the same tables.
 * They are not vacuumed: for a table that is known to be empty the server would
 * plan the foreign key's check as a scan, and keep that plan for a session that
 * writes row by row.
 */
export const resetSql: ReadonlyArray<string> = [
  "TRUNCATE gym.gym_quota, gym.gym_quotad, reckoner.finding, reckoner.held_invoice RESTART IDENTITY",
  "CHECKPOINT"
]

/** Rows and a digest over what was granted, whatever its ids are. */
export const digestSql = `
  SELECT count(DISTINCT q.id)::int AS entitlements, count(*)::int AS items,
    md5(sum(hashtextextended(concat_ws('|', q.dok, q.member, q.art, q.sdate, q.edate, d.art, d.qty), 0)::numeric)::text) AS digest
  FROM gym.gym_quota q JOIN gym.gym_quotad d ON d.quota = q.id`
