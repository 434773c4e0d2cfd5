/**
 * The statements that read shipments and the table of commissions used before.
 *
 * COPY takes no parameters, so the bounds of a window are written into the
 * text: as whole numbers, so that the indexes of the milestones serve them.
 *
 * @since 0.1.0
 */
import type { ShipmentScope } from "@reckoner/core/ports"
import pg from "pg"
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

/** Finds the newest cashback row of each order by its index: best for some of the orders. */
const BY_INDEX = `LATERAL (
    SELECT * FROM popaket_logistic.shipment_orders_cashback
    WHERE shipment_order_no = o.shipment_order_no ORDER BY id DESC LIMIT 1) c ON true`

/** Finds the newest cashback row of all orders beforehand: best for most of the orders. */
const FOR_ALL = `(
    SELECT DISTINCT ON (shipment_order_no) * FROM popaket_logistic.shipment_orders_cashback
    ORDER BY shipment_order_no, id DESC) c ON c.shipment_order_no = o.shipment_order_no`

const shipmentRows = (newest: string, condition: string): string => `
  SELECT ${rows.SHIPMENT_COLUMNS.join(", ")}
  FROM popaket_logistic.shipment_orders o
  LEFT JOIN ${newest}
  WHERE ${condition}`

/**
 * A statement, and what the planner is told beforehand in its transaction.
 *
 * @category models
 * @since 0.1.0
 */
export interface Way {
  readonly setting: string
  readonly statement: string
}

const HASHES = "SET LOCAL enable_hashjoin = on"
/** Then rows come from the first moment on, in the order of their numbers, and not only after a hash is made. */
const MERGES = "SET LOCAL enable_hashjoin = off"

/**
 * The shipments of a scope, for a COPY, in the ways there are. The planner
 * knows what each costs, but does not turn one into another.
 *
 * @category queries
 * @since 0.1.0
 */
export const shipments = (scope: ShipmentScope): ReadonlyArray<Way> => {
  const condition = inScope(scope)
  return [
    { setting: HASHES, statement: shipmentRows(BY_INDEX, condition) },
    { setting: HASHES, statement: shipmentRows(FOR_ALL, condition) },
    { setting: MERGES, statement: shipmentRows(FOR_ALL, condition) }
  ]
}

/**
 * The shipment of a number, for a COPY, which takes no parameters.
 *
 * @category queries
 * @since 0.1.0
 */
export const shipment = (orderNo: string): Way => ({
  setting: HASHES,
  statement: shipmentRows(BY_INDEX, `o.shipment_order_no = ${pg.escapeLiteral(orderNo)}`)
})

/**
 * The orders of a scope, for the planner to say about how many.
 *
 * @category queries
 * @since 0.1.0
 */
export const shipmentEstimate = (scope: ShipmentScope): string =>
  `SELECT 1 FROM popaket_logistic.shipment_orders o WHERE ${inScope(scope)}`

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
