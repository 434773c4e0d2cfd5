/**
 * The data of the referral benchmark: seeded, made by the server itself from
 * hashes of row numbers, so any size has the same shape and the same seed gives
 * the same rows everywhere.
 *
 * For 1,000,000 orders of one day: 200,000 more of other days, 200,000 members
 * of whom 55 % were referred (a few twice), 7 statuses, 10 couriers and 40
 * rates, of which 2.5 % of the orders lack one; 97 % of the orders have a
 * cashback row, some two or three, a few without the affiliate's or the member's
 * cashback, a few with a negative commission. What has not happened is 0 or NULL.
 */

/** The instant of the run: all orders of the window are of the day before, in Asia/Jakarta. */
export const RUN_AT_MS = Date.UTC(2026, 2, 2, 0, 30)

/** That day, in seconds since 1970; `setBasedSql` and the job must agree on it. */
export const WINDOW = { from: Date.UTC(2026, 1, 28, 17) / 1000, until: Date.UTC(2026, 2, 1, 17) / 1000 }

const PERCENT = 100
const DAY = 86_400

/** Of six orders, one is of another day. */
const OTHER_DAY_EVERY = 6

/** Statements that fill the source's schemas with so many orders of the window, and more around it. */
export const generateSql = (orders: number, seed: number): ReadonlyArray<string> => {
  const all = orders + Math.floor(orders / (OTHER_DAY_EVERY - 1))
  const members = Math.max(1, Math.floor(orders / 5))
  const affiliates = Math.max(1, Math.floor(members / 20))
  /** A whole number from 0 to n - 1 that depends on a row, a purpose and the seed. */
  const random = (row: string, purpose: number, n: number) =>
    `(abs(hashint8extended((${row})::bigint, ${seed * 1000 + purpose}) % ${n})::int)`
  const chance = (row: string, purpose: number, percent: number) => `${random(row, purpose, PERCENT)} < ${percent}`
  const amount = (row: string, purpose: number, max: number) => `(${random(row, purpose, max * PERCENT)} / 100.0)`
  const notHappened = (row: string, purpose: number) => `CASE WHEN ${chance(row, purpose, 50)} THEN 0 END`
  /** Which of its milestones brings an order into the window: 0 dispatch, 1 and 2 delivery, 3 both, 4 return. */
  const way = `(ARRAY[0, 0, 0, 1, 1, 1, 1, 2, 3, 4])[1 + ${random("i", 20, 10)}]`
  return [
    `INSERT INTO popaket_logistic.logistic_order_status SELECT i, (ARRAY['Created', 'Picked Up', 'In Transit',
       'Out For Delivery', 'Delivered', 'Returning', 'RETURNED'])[i] FROM generate_series(1, 7) i`,
    `INSERT INTO popaket_logistic.logistics SELECT i, 'Courier ' || i FROM generate_series(1, 10) i`,
    `INSERT INTO popaket_logistic.logistic_rates SELECT i, 1 + (i - 1) / 4, 'Rate ' || i, 'RATE' || i
       FROM generate_series(1, 40) i`,
    `INSERT INTO popaket_logistic.shipment_orders
       SELECT i, 'SO' || lpad(i::text, 12, '0'), CASE WHEN ${random("i", 21, 500)} > 0 THEN 1000 + ${random("i", 22, members)} END,
         CASE WHEN ${random("i", 23, 1000)} < 4 THEN 99 WHEN way = 4 THEN 7 WHEN way = 0 THEN 2 + ${random("i", 24, 3)} ELSE 5 END,
         CASE WHEN ${random("i", 25, 1000)} < 6 THEN 99 ELSE 1 + ${random("i", 26, 40)} / 4 END,
         CASE WHEN ${random("i", 27, 1000)} < 5 THEN 99 WHEN ${random("i", 27, 1000)} >= 15 THEN 1 + ${random("i", 26, 40)} END,
         ${amount("i", 28, 250_000)}, CASE WHEN ${chance("i", 29, 90)} THEN ${amount("i", 30, 8_000)} END,
         at - 11 * ${DAY},
         CASE WHEN way IN (0, 3) THEN at ELSE at - (1 + ${random("i", 31, 9)}) * ${DAY} END,
         CASE way WHEN 0 THEN ${notHappened("i", 32)} WHEN 4 THEN at - ${DAY} ELSE at END,
         CASE way WHEN 4 THEN at ELSE ${notHappened("i", 33)} END
       FROM (
         SELECT i, CASE WHEN is_after THEN 0 ELSE ${way} END AS way,
           CASE WHEN i % ${OTHER_DAY_EVERY} > 0 THEN ${WINDOW.from} + ${random("i", 34, DAY)}
             WHEN is_after THEN ${WINDOW.until} + ${random("i", 35, DAY)}
             ELSE ${WINDOW.from} - 1 - ${random("i", 36, 40 * DAY)} END AS at
         FROM generate_series(1, ${all}) i, LATERAL (SELECT i % ${OTHER_DAY_EVERY} = 0 AND ${chance("i", 37, 20)} AS is_after)
       )`,
    `INSERT INTO popaket_logistic.shipment_orders_cashback
       SELECT o.id * 4 + k, o.shipment_order_no, CASE WHEN ${random("o.id * 4 + k", 40, 1000)} > 5 THEN member END,
         CASE WHEN ${random("o.id * 4 + k", 41, 1000)} > 8
           THEN member + CASE WHEN ${chance("o.id * 4 + k", 42, 1)} THEN -1 ELSE 1 END * ${amount("o.id * 4 + k", 43, 4_000)} END
       FROM popaket_logistic.shipment_orders o, generate_series(0, 2) k,
         LATERAL (SELECT 4000 + ${amount("o.id * 4 + k", 44, 8_000)} AS member)
       WHERE ${chance("o.id", 45, 97)} AND (k = 0 OR (k = 1 AND ${chance("o.id", 46, 3)}) OR (k = 2 AND ${chance("o.id", 46, 1)}))`,
    `INSERT INTO everpro_user.referral SELECT i, 700000 + i, 5000000 + i FROM generate_series(1, ${affiliates}) i`,
    `INSERT INTO everpro_user.user_referral
       SELECT m * 2 + k + 1, 1000 + m, 700001 + ${random("m::bigint * 2 + k", 50, affiliates)}
       FROM generate_series(0, ${members - 1}) m, generate_series(0, 1) k
       WHERE ${chance("m", 51, 55)} AND (k = 0 OR ${random("m", 52, 200)} = 0)`,
    `VACUUM (ANALYZE)`
  ]
}

/** Removes what a contender wrote, so that the next begins with the same tables. */
export const resetSql: ReadonlyArray<string> = [
  "TRUNCATE everpro_data.affiliate_orders, reckoner.finding RESTART IDENTITY",
  "CHECKPOINT"
]

/** Rows and a digest over every column of them. */
export const digestSql = `
  SELECT count(*)::int AS orders, sum(est_commission)::text AS commission,
    md5(sum(hashtextextended(written::text, 0)::numeric)::text) AS digest
  FROM everpro_data.affiliate_orders written`
