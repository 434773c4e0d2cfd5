/**
 * The statements that read shipments and the table of commissions used before.
 *
 * COPY takes no parameters, so the bounds of a window are written into the
 * text: as whole numbers, so that the indexes of the milestones serve them.
 *
 * @since 0.1.0
 */
import type { ShipmentScope } from "@reckoner/core/ports"
import * as rows from "./rows.ts"

const NAMES = `
  LEFT JOIN popaket_logistic.logistic_order_status s ON s.id = o.status`

/** A milestone in the window. One that has not happened may be stored as 0, and 0 is no instant. */
const isInWindow = (column: string, from: number, until: number): string =>
  `(${column} >= ${from}::bigint AND ${column} < ${until}::bigint${from <= 0 && until > 0 ? ` AND ${column} <> 0` : ""})`

/**
 * What selects the shipments `o` of a scope.
 *
 * **Gotchas**
 *
 * The bounds must be whole numbers; anything else throws.
 *
 * @category queries
 * @since 0.1.0
 */
export const inScope = ({ by, window: { fromEpochSeconds, untilEpochSeconds } }: ShipmentScope): string => {
  if (!Number.isSafeInteger(fromEpochSeconds) || !Number.isSafeInteger(untilEpochSeconds)) {
    throw new RangeError(`a window is bounded by whole seconds, not ${fromEpochSeconds} and ${untilEpochSeconds}`)
  }
  const ranges = rows.MILESTONE_COLUMNS[by].map((column) => isInWindow(column, fromEpochSeconds, untilEpochSeconds))
  return `(${ranges.join(" OR ")})`
}

// DISTINCT ON leaves of an order's cashback rows the newest. The planner chooses how to join them: by their index for a
// day of orders, by hashing for all. A LATERAL … LIMIT 1 is as fast for a day, and twice as slow for all.
const shipmentRows = (columns: string, condition: string): string => `
  SELECT DISTINCT ON (o.id) ${columns}
  FROM popaket_logistic.shipment_orders o${NAMES}
  LEFT JOIN popaket_logistic.logistics l ON l.id = o.logistic_id
  LEFT JOIN popaket_logistic.logistic_rates r ON r.id = o.rate_id
  LEFT JOIN popaket_logistic.shipment_orders_cashback c ON c.shipment_order_no = o.shipment_order_no
  WHERE ${condition}
  ORDER BY o.id, c.id DESC`

/**
 * Reads the shipments of a scope, each once, with the newest of its cashback rows.
 *
 * @category queries
 * @since 0.1.0
 */
export const shipments = (scope: ShipmentScope): string =>
  shipmentRows(rows.SHIPMENT_COLUMNS.join(", "), inScope(scope))

/**
 * Lets the server say about how many shipments a scope has.
 *
 * @category queries
 * @since 0.1.0
 */
export const shipmentEstimate = (scope: ShipmentScope): string =>
  `SELECT 1 FROM popaket_logistic.shipment_orders o WHERE ${inScope(scope)}`

/**
 * One shipment, its columns as an array of text.
 *
 * @category constants
 * @since 0.1.0
 */
export const SHIPMENT: string = shipmentRows(
  `ARRAY[${rows.SHIPMENT_COLUMNS.map((column) => `${column}::text`).join(", ")}] AS fields`,
  "o.shipment_order_no = $1"
)

const OLD_TABLE = "popaket_logistic.fct_shipping_affiliate_commission_v2"

const OLD_NAMES = `
  LEFT JOIN popaket_logistic.shipment_orders o ON o.shipment_order_no = f.shipment_order_no${NAMES}
  LEFT JOIN popaket_logistic.logistics l ON l.id = f.logistic_id`

const OLD_COLUMNS = rows.OLD_COLUMNS.join(", ")

/**
 * Reads the old table: of the usable rows of an order the one that counts, then
 * all others. Those have no key, so a hash of what they hold tells them apart.
 *
 * @category constants
 * @since 0.1.0
 */
export const OLD_COMMISSIONS = `
  SELECT f.shipment_order_no, f.copies, ${OLD_COLUMNS}
  FROM (
    SELECT f.*,
      count(*) OVER (PARTITION BY f.shipment_order_no) AS copies,
      row_number() OVER (PARTITION BY f.shipment_order_no ORDER BY ${rows.OLD_PRECEDENCE}) AS place
    FROM ${OLD_TABLE} f WHERE ${rows.OLD_IS_USABLE}) f${OLD_NAMES}
  WHERE f.place = 1
  UNION ALL
  SELECT md5(f::text), 1, ${OLD_COLUMNS}
  FROM ${OLD_TABLE} f${OLD_NAMES}
  WHERE ${rows.OLD_IS_USABLE} IS NOT TRUE`

/**
 * Lets the server say about how many rows the old table has.
 *
 * @category constants
 * @since 0.1.0
 */
export const OLD_COMMISSION_ESTIMATE = `SELECT 1 FROM ${OLD_TABLE}`
