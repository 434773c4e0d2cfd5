/**
 * The statements that stage, merge, compare and read orders with their
 * commission.
 *
 * @since 0.1.0
 */
import * as rows from "./rows.ts"

/**
 * The table that orders are kept in.
 *
 * @category constants
 * @since 0.1.0
 */
export const ORDER_TABLE = ["everpro_data", "affiliate_orders"] as const

const TABLE = ORDER_TABLE.join(".")
const IMPORT = "fct_v2"

/**
 * The table of a session that orders come into which may be there already.
 *
 * @category constants
 * @since 0.1.0
 */
export const STAGE_TABLE = ["pg_temp", "stage_referral_order"] as const

const columnNames = rows.ORDER_COLUMNS.map(([name]) => name)

/**
 * What stands between the numbers that {@link STORED} and {@link PRESENT} are given, or give.
 *
 * @category constants
 * @since 0.1.0
 */
export const SEPARATOR = "\u001F"

const NUMBERS = `string_to_array($1::text, '${SEPARATOR}')`

/**
 * Makes that table; it is empty at the end of each transaction.
 *
 * @category constants
 * @since 0.1.0
 */
export const CREATE_STAGE = `
  CREATE TEMP TABLE ${STAGE_TABLE[1]} (${rows.ORDER_COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ")})
  ON COMMIT DELETE ROWS`

/**
 * Says whether the table takes rows in the binary form of the staged ones: one
 * that is not ours may have columns of other types, which only a merge casts to.
 *
 * @category constants
 * @since 0.1.0
 */
export const IS_DIRECT = `
  SELECT relkind IN ('r', 'p') AND NOT EXISTS (
    SELECT FROM pg_attribute staged
    LEFT JOIN pg_attribute kept ON kept.attrelid = pg_class.oid AND kept.attname = staged.attname
    WHERE staged.attrelid = '${STAGE_TABLE.join(".")}'::regclass AND staged.attnum > 0
      AND kept.atttypid IS DISTINCT FROM staged.atttypid) AS is_direct
  FROM pg_class WHERE oid = '${TABLE}'::regclass`

/**
 * Says which of some numbers are there. They come and go as one text: an array
 * of as many texts costs the client ten times as much.
 *
 * @category constants
 * @since 0.1.0
 */
export const PRESENT = `
  SELECT string_agg(${rows.ORDER_KEY}, '${SEPARATOR}') AS numbers
  FROM ${TABLE} WHERE ${rows.ORDER_KEY} = ANY (${NUMBERS})`

const STAGED = `SELECT ${columnNames.join(", ")} FROM ${STAGE_TABLE.join(".")}`

const isKept = (name: string): boolean => name === rows.ORDER_KEY || rows.ORDER_FROZEN.includes(name)

const written = columnNames.filter((name) => !isKept(name))
const compared = written.filter((name) => name !== rows.ORDER_SOURCE)

const listed = (alias: string, names: ReadonlyArray<string>): string =>
  `(${names.map((name) => `${alias}.${name}`).join(", ")})`

/** What is new of an order is worth writing; and an import leaves alone what it did not write itself. */
const isRewritten = (stored: string, given: string): string =>
  `${listed(stored, compared)} IS DISTINCT FROM ${listed(given, compared)}
     AND (${given}.${rows.ORDER_SOURCE} <> '${IMPORT}' OR ${stored}.${rows.ORDER_SOURCE} = '${IMPORT}')`

/**
 * Writes what was staged, and counts new and changed orders. A new row has
 * never been locked or replaced, so its `xmax` is 0.
 *
 * @category constants
 * @since 0.1.0
 */
export const MERGE = `
  WITH merged AS (
    INSERT INTO ${TABLE} AS t (${columnNames.join(", ")}) ${STAGED}
    ON CONFLICT (${rows.ORDER_KEY}) DO UPDATE
    SET ${written.map((name) => `${name} = excluded.${name}`).join(", ")}
    WHERE ${isRewritten("t", "excluded")}
    RETURNING t.xmax = 0 AS is_new)
  SELECT count(*) FILTER (WHERE is_new)::int4 AS inserted, count(*) FILTER (WHERE NOT is_new)::int4 AS changed
  FROM merged`

/**
 * Counts what {@link MERGE} would write.
 *
 * @category constants
 * @since 0.1.0
 */
export const COMPARE = `
  SELECT count(*) FILTER (WHERE t.${rows.ORDER_KEY} IS NULL)::int4 AS inserted,
    count(*) FILTER (WHERE t.${rows.ORDER_KEY} IS NOT NULL AND ${isRewritten("t", "given")})::int4 AS changed
  FROM (${STAGED}) given LEFT JOIN ${TABLE} t ON t.${rows.ORDER_KEY} = given.${rows.ORDER_KEY}`

const fields = (columns: ReadonlyArray<string>): string =>
  `ARRAY[${columns.map((column) => `${column}::text`).join(", ")}] AS fields`

const storedWhere = (numbers: string): string =>
  `SELECT ${fields(rows.STORED_COLUMNS)} FROM ${TABLE} WHERE ${rows.ORDER_KEY} = ANY (${numbers})`

/**
 * Reads what counts of the orders of some numbers, which come as one text.
 *
 * @category constants
 * @since 0.1.0
 */
export const STORED = storedWhere(NUMBERS)

/**
 * The same for an array of numbers, one of which is empty or has the separator in it.
 *
 * @category constants
 * @since 0.1.0
 */
export const STORED_OF_ARRAY = storedWhere("$1::text[]")

/**
 * Reads the order of a number.
 *
 * @category constants
 * @since 0.1.0
 */
export const ORDER = `SELECT ${fields(rows.STORED_ORDER_COLUMNS)} FROM ${TABLE} WHERE ${rows.ORDER_KEY} = $1`
