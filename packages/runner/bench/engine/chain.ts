/**
 * What every contender does, in the same statements: a payout per business key in four steps, collect → decide → pay →
 * settle. The state of each key is in its own row, so that it can be tried again, or fail, without the others.
 *
 * The keys to fail are seeded: one in a hundred has its first `pay` unanswered, one in a thousand is refused for good.
 */

/** So often `pay` is tried for a key, the first time included. */
export const TRIES_MAX = 3
/** Whole seconds, because the other contender knows nothing smaller. */
export const RETRY_SECONDS = 1

const KEY_DIGITS = 8

export interface Statement {
  readonly text: string
  readonly values: ReadonlyArray<unknown>
}

/** A key that may be paid now, and how often it was tried before. */
export interface Payable {
  readonly key: string
  readonly amount: string
  readonly tries: number
}

/** What the outside system said about a key. */
export interface Answer {
  readonly key: string
  readonly answer: "paid" | "unreachable" | "refused"
}

/** What became of a key. */
export interface Outcome {
  readonly key: string
  readonly stage: "decided" | "paid" | "failed"
  readonly next_try_ms: number | null
}

/** Positions of keys, `to` excluded. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The keys of a range of positions. */
export const keysOf = ({ from, to }: Range): ReadonlyArray<string> =>
  Array.from({ length: to - from }, (_, index) => `balance-${String(from + index).padStart(KEY_DIGITS, "0")}`)

/** The positions below `count` in ranges of at most `size`. */
export const rangesOf = (count: number, size: number): ReadonlyArray<Range> =>
  Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
    from: index * size,
    to: Math.min(count, (index + 1) * size)
  }))

/** Makes the tables and a row per key, all at rest. */
export const prepareSql = (keys: number, seed: number): ReadonlyArray<string> => [
  `CREATE SCHEMA bench`,
  `CREATE TABLE bench.balance (
     key text PRIMARY KEY, stage text NOT NULL DEFAULT 'open', amount numeric NOT NULL DEFAULT 0,
     tries integer NOT NULL DEFAULT 0, next_try_at timestamptz, error text, ended_at timestamptz)`,
  `CREATE TABLE bench.fault (key text PRIMARY KEY, kind text NOT NULL)`,
  `CREATE TABLE bench.effect (key text PRIMARY KEY, amount numeric NOT NULL, requests integer NOT NULL DEFAULT 1)`,
  `INSERT INTO bench.balance (key)
   SELECT 'balance-' || lpad(i::text, ${KEY_DIGITS}, '0') FROM generate_series(0, ${keys} - 1) i`,
  `INSERT INTO bench.fault
   SELECT key, CASE WHEN place <= ceil(${keys} / 1000.0) THEN 'refused' ELSE 'unreachable' END
   FROM (SELECT key, row_number() OVER (ORDER BY hashtextextended(key, ${seed}), key) AS place FROM bench.balance) b
   WHERE place <= ceil(${keys} / 1000.0) + ceil(${keys} / 100.0)`,
  `VACUUM (ANALYZE)`,
  `CHECKPOINT`
]

/** `open` → `collected`; gives the keys. */
export const collect = (keys: ReadonlyArray<string>): Statement => ({
  text: `
    UPDATE bench.balance SET stage = 'collected', amount = 100 + abs(hashtextextended(key, 0) % 100000) / 100.0
    WHERE key = ANY ($1::text[]) AND stage = 'open' RETURNING key`,
  values: [keys]
})

/** `collected` → `decided`; gives the keys. */
export const decide = (keys: ReadonlyArray<string>): Statement => ({
  text: `
    UPDATE bench.balance SET stage = 'decided', amount = round(amount * 0.971, 2)
    WHERE key = ANY ($1::text[]) AND stage = 'collected' RETURNING key`,
  values: [keys]
})

/** Those of the keys that are decided and due. */
export const payable = (keys: ReadonlyArray<string>): Statement => ({
  text: `
    SELECT key, amount::text AS amount, tries FROM bench.balance
    WHERE key = ANY ($1::text[]) AND stage = 'decided' AND (next_try_at IS NULL OR next_try_at <= clock_timestamp())`,
  values: [keys]
})

/** The outside system: one effect per key, however often it is asked. It commits on a connection of its own. */
export const ask = (due: ReadonlyArray<Payable>): Statement => ({
  text: `
    WITH asked AS (
      SELECT a.key, a.amount::numeric AS amount, CASE
        WHEN f.kind = 'refused' THEN 'refused'
        WHEN f.kind = 'unreachable' AND a.tries::int = 0 THEN 'unreachable'
        ELSE 'paid' END AS answer
      FROM unnest($1::text[], $2::text[], $3::text[]) AS a (key, amount, tries)
      LEFT JOIN bench.fault f ON f.key = a.key),
    made AS (
      INSERT INTO bench.effect (key, amount) SELECT key, amount FROM asked WHERE answer = 'paid'
      ON CONFLICT (key) DO UPDATE SET requests = effect.requests + 1)
    SELECT key, answer FROM asked`,
  values: [due.map(({ key }) => key), due.map(({ amount }) => amount), due.map(({ tries }) => String(tries))]
})

/**
 * `decided` → `paid`, `failed`, or once more later; gives what became of each. It joins nothing: the server takes the
 * decided keys for few, from its statistics, and would read the whole table to find them.
 */
export const answered = (answers: ReadonlyArray<Answer>): Statement => {
  const keysWith = (answer: Answer["answer"]) => answers.flatMap((one) => (one.answer === answer ? [one.key] : []))
  return {
    text: `
      UPDATE bench.balance SET tries = tries + 1,
        stage = CASE WHEN key = ANY ($2::text[]) OR (key = ANY ($3::text[]) AND tries + 1 >= ${TRIES_MAX}) THEN 'failed'
          WHEN key = ANY ($3::text[]) THEN 'decided' ELSE 'paid' END,
        next_try_at = CASE WHEN key = ANY ($3::text[]) AND tries + 1 < ${TRIES_MAX}
          THEN clock_timestamp() + interval '${RETRY_SECONDS} seconds' END,
        error = CASE WHEN key = ANY ($2::text[]) THEN 'refused' WHEN key = ANY ($3::text[]) THEN 'unreachable' END,
        ended_at = CASE WHEN key = ANY ($2::text[]) OR (key = ANY ($3::text[]) AND tries + 1 >= ${TRIES_MAX})
          THEN clock_timestamp() END
      WHERE key = ANY ($1::text[]) AND stage = 'decided'
      RETURNING key, stage, (extract(epoch FROM next_try_at) * 1000)::float8 AS next_try_ms`,
    values: [answers.map(({ key }) => key), keysWith("refused"), keysWith("unreachable")]
  }
}

/** `paid` → `settled`; gives the keys. */
export const settle = (keys: ReadonlyArray<string>): Statement => ({
  text: `
    UPDATE bench.balance SET stage = 'settled', ended_at = clock_timestamp()
    WHERE key = ANY ($1::text[]) AND stage = 'paid' RETURNING key`,
  values: [keys]
})

/** Everything that must hold at the end, each a number that must be zero. */
export const faultsSql = `
  SELECT
    (SELECT count(*) FROM bench.balance b LEFT JOIN bench.fault f USING (key)
     WHERE b.stage <> CASE WHEN f.kind = 'refused' THEN 'failed' ELSE 'settled' END)::int AS "in a wrong stage",
    (SELECT count(*) FROM bench.balance b LEFT JOIN bench.fault f USING (key)
     WHERE b.tries <> CASE WHEN f.kind = 'unreachable' THEN 2 ELSE 1 END)::int AS "not tried as often as seeded",
    (SELECT count(*) FROM bench.balance b LEFT JOIN bench.fault f USING (key)
     WHERE b.error IS DISTINCT FROM CASE WHEN f.kind = 'refused' THEN 'refused' END)::int AS "with a wrong error",
    (SELECT count(*) FROM bench.balance b FULL JOIN bench.effect e USING (key)
     WHERE (e.key IS NOT NULL) <> (coalesce(b.stage, '') = 'settled'))::int AS "with no effect, or one too many",
    (SELECT count(*) FROM bench.balance b JOIN bench.effect e USING (key)
     WHERE b.amount <> e.amount)::int AS "paid with a wrong amount",
    (SELECT count(*) FROM bench.effect WHERE requests > 1)::int AS "paid by a repeated request"`

/** How long after the first the last key ended, of those that never failed on the way. */
export const smoothSecondsSql = `
  SELECT extract(epoch FROM max(ended_at) - to_timestamp($1::float8))::float8 AS seconds
  FROM bench.balance b WHERE NOT EXISTS (SELECT 1 FROM bench.fault f WHERE f.key = b.key)`
