/**
 * The rows of shipments, of the table of commissions used before and of the
 * orders that are written, and what they mean: the only place that knows what
 * their columns hold.
 *
 * @since 0.1.0
 */
import { Currency, type Money, type ReferralOrder, type ShipmentOrder } from "@reckoner/core"
import type { UnreadShipment } from "@reckoner/core/ports"
import * as Result from "effect/Result"
import type { Row } from "../CopyText.ts"
import { CopyWriter } from "../CopyWriter.ts"
import { FieldScanner } from "./FieldScanner.ts"
import { FieldReader, integer, optional } from "./FieldText.ts"

/**
 * The tables of each system.
 *
 * @category constants
 * @since 0.1.0
 */
export const TABLES = {
  logistic: [
    "popaket_logistic.shipment_orders",
    "popaket_logistic.shipment_orders_cashback",
    "popaket_logistic.logistic_order_status",
    "popaket_logistic.logistics",
    "popaket_logistic.logistic_rates",
    "popaket_logistic.fct_shipping_affiliate_commission_v2"
  ],
  everpro: ["everpro_data.affiliate_orders"]
} as const

/**
 * The columns that hold the milestones of a shipment `o`.
 *
 * @category constants
 * @since 0.1.0
 */
export const MILESTONE_COLUMNS: Readonly<Record<ShipmentOrder.MilestoneFilter, ReadonlyArray<string>>> = {
  "any-milestone": ["o.dispatch_at", "o.delivered_at", "o.return_at"],
  return: ["o.return_at"]
}

/**
 * The columns of a shipment, from the tables `shipment_orders` as `o` and its
 * newest cashback row `c`, in the order in which {@link ShipmentReader} reads
 * them. Names are not among them: they are few, and known.
 *
 * @category columns
 * @since 0.1.0
 */
export const SHIPMENT_COLUMNS: ReadonlyArray<string> = [
  "o.shipment_order_no",
  "o.created_by",
  "o.status",
  "o.logistic_id",
  "o.rate_id",
  "o.shipment_price",
  "o.cashback",
  "c.id",
  "c.total_cashback",
  "c.affiliator_total_cashback",
  "o.dispatch_at",
  "o.delivered_at",
  "o.return_at"
]

/**
 * The names around shipments.
 *
 * @category models
 * @since 0.1.0
 */
export interface Names {
  readonly statuses: ReadonlyMap<number, string>
  readonly couriers: ReadonlyMap<number, string>
  readonly rates: ReadonlyMap<number, { readonly name: string; readonly code: string }>
}

/**
 * The statements that read the names.
 *
 * @category queries
 * @since 0.1.0
 */
export const NAMES_SQL = {
  statuses: "SELECT id, description AS name FROM popaket_logistic.logistic_order_status",
  couriers: "SELECT id, logistic_name AS name FROM popaket_logistic.logistics",
  rates: "SELECT id, rate_name AS name, rate_code AS code FROM popaket_logistic.logistic_rates"
} as const

/** A name of a row: `name` where the key is one that has it. */
const nameOf = <A>(names: ReadonlyMap<number, A>, id: number | undefined): A | undefined =>
  id === undefined ? undefined : names.get(id)

/**
 * Reads shipments from COPY text.
 *
 * @category decoding
 * @since 0.1.0
 */
export class ShipmentReader {
  readonly #scanner: FieldScanner
  readonly #names: Names

  constructor(currency: Currency.Currency, names: Names) {
    this.#scanner = new FieldScanner(currency)
    this.#names = names
  }

  /** The shipments of a text of whole lines. */
  read(text: string): Array<UnreadShipment> {
    const scanner = this.#scanner
    const shipments: Array<UnreadShipment> = []
    scanner.start(text)
    while (scanner.hasRow) {
      const orderNo = scanner.text()!
      const memberId = scanner.text()
      const { place } = scanner
      shipments.push({ orderNo, memberId, read: () => this.#rest(orderNo, memberId, text, place) })
      scanner.skipRow()
    }
    return shipments
  }

  /** The whole of a shipment of which the first fields are read. */
  #rest(orderNo: string, memberId: string | undefined, text: string, place: number): ShipmentOrder.ShipmentOrder {
    const scanner = this.#scanner
    const { couriers, rates, statuses } = this.#names
    scanner.start(text, place)
    const statusId = scanner.integer()
    const courierId = scanner.integer()
    const rateId = scanner.integer()
    const shippingPrice = scanner.amount("shippingPrice")
    const cashback = scanner.amount("cashback")
    const hasCashbackRow = scanner.integer() !== undefined
    const memberCashback = scanner.amount("memberCashback")
    const affiliateCashback = scanner.amount("affiliateCashback")
    const dispatchedAt = scanner.instant("dispatchedAt")
    const deliveredAt = scanner.instant("deliveredAt")
    const returnedAt = scanner.instant("returnedAt")
    const rate = nameOf(rates, rateId)
    return {
      orderNo,
      memberId,
      statusId,
      statusName: nameOf(statuses, statusId),
      courierId,
      courierName: nameOf(couriers, courierId),
      rateId,
      rateName: rate?.name,
      rateCode: rate?.code,
      shippingPrice,
      cashback,
      cashbackRow: hasCashbackRow ? { memberCashback, affiliateCashback } : undefined,
      dispatchedAt,
      deliveredAt,
      returnedAt,
      unreadable: scanner.unreadable()
    }
  }
}

/**
 * What a row `f` of the old table needs to be usable.
 *
 * @category constants
 * @since 0.1.0
 */
export const OLD_IS_USABLE =
  "(f.shipment_order_no <> '' AND f.member_user_id IS NOT NULL AND f.affiliator_user_id IS NOT NULL)"

const lastFirst = (column: string): string => `CASE WHEN isfinite(${column}) THEN ${column} END DESC NULLS LAST`

/**
 * The order of the usable rows `f` of one order: the one dispatched last is the
 * first. Rows that are the same in everything that is read stay as they come.
 *
 * @category constants
 * @since 0.1.0
 */
export const OLD_PRECEDENCE: string = [
  lastFirst("f.dispatched_at"),
  lastFirst("f.delivered_at"),
  "f.member_user_id",
  "f.affiliator_user_id",
  "f.logistic_id",
  `f.service_name COLLATE "C"`,
  `f.rate_code COLLATE "C"`,
  "f.actual_courier_cost",
  "f.cashback",
  "f.est_commission"
].join(", ")

/**
 * The columns of a row `f` of the old table after its key and the number of its
 * copies, with its courier `l`, its shipment `o` and that one's status `s`, in
 * the order in which {@link oldCommissionReader} reads them.
 *
 * @category constants
 * @since 0.1.0
 */
export const OLD_COLUMNS: ReadonlyArray<string> = [
  "f.shipment_order_no",
  "f.member_user_id",
  "f.affiliator_user_id",
  "extract(epoch FROM f.dispatched_at)",
  "extract(epoch FROM f.delivered_at)",
  "f.logistic_id",
  "l.logistic_name",
  "f.service_name",
  "f.rate_code",
  "f.actual_courier_cost",
  "f.cashback",
  "f.est_commission",
  "o.id",
  "o.status",
  "s.description",
  "o.return_at"
]

/**
 * Reads rows of the old table, with amounts of a currency.
 *
 * @category decoding
 * @since 0.1.0
 */
export const oldCommissionReader = (currency: Currency.Currency): ((row: Row) => ShipmentOrder.OldCommission) => {
  const reader = new FieldReader(currency)
  return (row) => ({
    rowKey: row[0]!,
    copies: Number(row[1]),
    orderNo: row[2] === "" ? undefined : optional(row[2]!),
    memberId: optional(row[3]!),
    affiliateId: optional(row[4]!),
    dispatchedAt: reader.instant("dispatchedAt", row[5]!),
    deliveredAt: reader.instant("deliveredAt", row[6]!),
    courierId: integer(row[7]!),
    courierName: optional(row[8]!),
    rateName: optional(row[9]!),
    rateCode: optional(row[10]!),
    shippingPrice: reader.amount("shippingPrice", row[11]!),
    cashback: reader.amount("cashback", row[12]!),
    estimatedCommission: reader.amount("estimatedCommission", row[13]!),
    shipment:
      row[14] === null
        ? undefined
        : {
            statusId: integer(row[15]!),
            statusName: optional(row[16]!),
            returnedAt: reader.instant("returnedAt", row[17]!)
          },
    unreadable: reader.unreadable()
  })
}

/**
 * The columns of an order as they are written, each with its type.
 *
 * @category constants
 * @since 0.1.0
 */
export const ORDER_COLUMNS: ReadonlyArray<readonly [name: string, type: string]> = [
  ["shipment_order_no", "varchar(32)"],
  ["member_id", "bigint"],
  ["affiliator_id", "bigint"],
  ["status_id", "int4"],
  ["status_name", "text"],
  ["logistic_name", "text"],
  ["rate_name", "text"],
  ["rate_code", "text"],
  ["shipment_price", "numeric(14,2)"],
  ["member_total_cashback", "numeric(14,2)"],
  ["affiliator_total_cashback", "numeric(14,2)"],
  ["est_commission", "numeric(14,2)"],
  ["dispatch_at", "timestamptz"],
  ["delivered_at", "timestamptz"],
  ["return_at", "timestamptz"],
  ["source", "text"]
]

/**
 * The column that tells orders apart, those that stay as they were first
 * written, and the one that alone is no reason to write.
 *
 * @category constants
 * @since 0.1.0
 */
export const ORDER_KEY = "shipment_order_no"
export const ORDER_FROZEN: ReadonlyArray<string> = ["member_id", "affiliator_id"]
export const ORDER_SOURCE = "source"

const STORED_DECIMALS = 2

/**
 * Why orders cannot be written as they are: one comes twice, or an amount is of
 * another currency or finer than the columns.
 *
 * @category queries
 * @since 0.1.0
 */
export const refusal = (
  orders: ReadonlyArray<ReferralOrder.ReferralOrder>,
  currency: Currency.Currency
): string | undefined => {
  const isFine = Currency.minorUnits(currency) > STORED_DECIMALS
  const step = isFine ? 10n ** BigInt(Currency.minorUnits(currency) - STORED_DECIMALS) : 1n
  const isStorable = (one: Money.Money | undefined): boolean =>
    one === undefined || (one.currency === currency && (!isFine || one.minor % step === 0n))
  const seen = new Set<string>()
  for (const one of orders) {
    seen.add(one.orderNo)
    const isWritable =
      isStorable(one.shippingPrice) &&
      isStorable(one.memberCashback) &&
      isStorable(one.affiliateCashback) &&
      isStorable(one.estimatedCommission)
    if (!isWritable) return `order ${one.orderNo} has an amount that is not of ${currency} with two decimals`
  }
  return seen.size === orders.length ? undefined : "an order comes twice in a batch"
}

/** An amount in the unit of the columns; one that no number holds is more than any column takes. */
const inStoredUnits = (one: Money.Money | undefined, decimals: number): number | undefined => {
  if (one === undefined) return undefined
  const minor =
    decimals > STORED_DECIMALS
      ? Number(one.minor / 10n ** BigInt(decimals - STORED_DECIMALS))
      : Number(one.minor) * 10 ** (STORED_DECIMALS - decimals)
  return Number.isSafeInteger(minor) ? minor : Number.MAX_SAFE_INTEGER
}

/**
 * Orders as COPY's binary format, in the order of {@link ORDER_COLUMNS}. Fails
 * with a sentence that names the first value that is none of its column.
 *
 * @category encoding
 * @since 0.1.0
 */
export const orderBytes = (
  orders: ReadonlyArray<ReferralOrder.ReferralOrder>,
  currency: Currency.Currency
): Result.Result<Uint8Array, string> => {
  const decimals = Currency.minorUnits(currency)
  const out = new CopyWriter()
  for (const one of orders) {
    out.row(ORDER_COLUMNS.length)
    out.text(one.orderNo)
    out.int8(one.memberId)
    out.int8(one.affiliateId)
    out.int4(one.statusId)
    out.text(one.statusName)
    out.text(one.courierName)
    out.text(one.rateName)
    out.text(one.rateCode)
    out.decimal(inStoredUnits(one.shippingPrice, decimals), STORED_DECIMALS)
    out.decimal(inStoredUnits(one.memberCashback, decimals), STORED_DECIMALS)
    out.decimal(inStoredUnits(one.affiliateCashback, decimals), STORED_DECIMALS)
    out.decimal(inStoredUnits(one.estimatedCommission, decimals), STORED_DECIMALS)
    out.timestamp(one.dispatchedAt)
    out.timestamp(one.deliveredAt)
    out.timestamp(one.returnedAt)
    out.text(one.source)
  }
  return out.unwritable === undefined ? Result.succeed(out.bytes) : Result.fail(out.unwritable)
}

/**
 * The columns of what counts of a stored order, and of a stored order as a
 * whole, in the order in which they are read.
 *
 * @category constants
 * @since 0.1.0
 */
export const STORED_COLUMNS: ReadonlyArray<string> = [
  "shipment_order_no",
  "member_id",
  "affiliator_id",
  "affiliator_total_cashback"
]
export const STORED_ORDER_COLUMNS: ReadonlyArray<string> = ORDER_COLUMNS.map(([name, type]) =>
  type === "timestamptz" ? `extract(epoch FROM ${name})` : name
)

/**
 * A stored row with what could not be read of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadRow<A> {
  readonly orderNo: string
  readonly value: A
  /** The column and what it holds. */
  readonly unreadable: ReadonlyArray<ShipmentOrder.UnreadableField>
}

/**
 * Reads what counts of stored orders.
 *
 * @category decoding
 * @since 0.1.0
 */
export const storedReader = (currency: Currency.Currency): ((row: Row) => ReadRow<ReferralOrder.StoredOrder>) => {
  const reader = new FieldReader(currency)
  return (row) => {
    const affiliateCashback = reader.amount("affiliator_total_cashback", row[3]!)
    const value = { memberId: row[1]!, affiliateId: row[2]!, affiliateCashback }
    return { orderNo: row[0]!, value, unreadable: reader.unreadable() }
  }
}

/**
 * Reads stored orders as a whole.
 *
 * @category decoding
 * @since 0.1.0
 */
export const orderReader = (
  currency: Currency.Currency
): ((row: Row) => ReadRow<Omit<ReferralOrder.ReferralOrder, "basis">>) => {
  const reader = new FieldReader(currency)
  const amount = (row: Row, at: number) => reader.amount(ORDER_COLUMNS[at]![0], row[at]!)
  const instant = (row: Row, at: number) => reader.instant(ORDER_COLUMNS[at]![0], row[at]!)
  return (row) => {
    const value = {
      orderNo: row[0]!,
      memberId: row[1]!,
      affiliateId: row[2]!,
      statusId: integer(row[3]!),
      statusName: optional(row[4]!),
      courierName: optional(row[5]!),
      rateName: optional(row[6]!),
      rateCode: optional(row[7]!),
      shippingPrice: amount(row, 8),
      memberCashback: amount(row, 9),
      affiliateCashback: amount(row, 10),
      estimatedCommission: amount(row, 11),
      dispatchedAt: instant(row, 12),
      deliveredAt: instant(row, 13),
      returnedAt: instant(row, 14),
      source: row[15] as ReferralOrder.Source
    }
    return { orderNo: value.orderNo, value, unreadable: reader.unreadable() }
  }
}
