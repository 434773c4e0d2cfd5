/**
 * Orders with their commission on PostgreSQL: a batch is staged with COPY and
 * merged by one statement, in one transaction.
 *
 * @since 0.1.0
 */
import type { Currency, ReferralOrder } from "@reckoner/core"
import { type ReferralOrderRecorder, ReferralOrderStore, StoreError, type UpsertCounts } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { SqlClient } from "effect/sql"
import * as Bulk from "../Bulk.ts"
import { Database } from "../Database.ts"
import { orStoreError, storeError } from "../StoreErrors.ts"
import * as PgRunLock from "../run/PgRunLock.ts"
import * as OrderSql from "./OrderSql.ts"
import * as rows from "./rows.ts"

const ORDER_NOS_PER_QUERY_MAX = 10_000

const NONE: UpsertCounts = { inserted: 0, changed: 0, unchanged: 0 }

const STAGE_COLUMNS = rows.ORDER_COLUMNS.map(([name]) => name)

/** What a session is given once: the planner need not compile what runs briefly. */
const WRITE_SETTINGS = ["SET jit = off", OrderSql.CREATE_STAGE]

/**
 * Temporary tables take rows all the same; the server refuses any other write. Nobody has told the planner how few rows
 * are staged, so it is told not to read the whole table for them.
 */
const COMPARE_SETTINGS = [
  "SET default_transaction_read_only = on",
  "SET enable_hashjoin = off",
  "SET enable_mergejoin = off"
]

const refused = (message: string): StoreError => new StoreError({ reason: "Conflict", message, isRetryable: false })

/** Stages each batch and lets a statement say, or do, what becomes of it. */
const openRecorder = Effect.fnUntraced(function* (
  { currency }: Options,
  database: Database["Service"],
  statement: string,
  settings: ReadonlyArray<string>
): Effect.fn.Return<ReferralOrderRecorder, StoreError, Scope.Scope> {
  const session = yield* Effect.mapError(Effect.provideService(Bulk.session, Database, database), storeError)
  for (const setting of settings) yield* Effect.mapError(session.query(setting), storeError)
  const oneByOne = Semaphore.makeUnsafe(1)

  const write = (orders: ReadonlyArray<ReferralOrder.ReferralOrder>) =>
    Effect.gen(function* () {
      const refusal = rows.refusal(orders, currency)
      if (refusal !== undefined) return yield* refused(refusal)
      yield* session.copyIn(OrderSql.STAGE_TABLE, STAGE_COLUMNS, rows.orderText(orders, currency))
      const found = yield* session.query<Omit<UpsertCounts, "unchanged">>(statement)
      const { changed, inserted } = found.rows[0]!
      return { inserted, changed, unchanged: orders.length - inserted - changed }
    })

  return {
    // A transaction that fails or is interrupted takes the session with it, and so the recorder.
    record: (orders) =>
      orders.length === 0
        ? Effect.succeed(NONE)
        : oneByOne
            .withPermits(1)(session.transaction(write(orders)))
            .pipe(Effect.mapError((error) => (error._tag === "StoreError" ? error : storeError(error))))
  }
})

/** Our own table must be right: what cannot be read of it is no unknown value. */
const unread = ({ orderNo, unreadable: [first] }: rows.ReadRow<unknown>): StoreError | undefined =>
  first === undefined
    ? undefined
    : new StoreError({
        reason: "Other",
        message: `the stored order ${orderNo} has ${JSON.stringify(first.found)} in ${first.field}, which cannot be read`,
        isRetryable: false
      })

const make = (options: Options) =>
  Effect.gen(function* () {
    const database = yield* Database
    const sql = yield* SqlClient.SqlClient
    const orFail = orStoreError(database)

    const storedOf = (orderNos: ReadonlyArray<string>) =>
      orFail(
        orderNos.some((orderNo) => orderNo === "" || orderNo.includes(OrderSql.SEPARATOR))
          ? sql.unsafe<{ readonly fields: Bulk.Row }>(OrderSql.STORED_OF_ARRAY, [orderNos])
          : sql.unsafe<{ readonly fields: Bulk.Row }>(OrderSql.STORED, [orderNos.join(OrderSql.SEPARATOR)])
      )

    const stored = Effect.fnUntraced(function* (orderNos: ReadonlyArray<string>) {
      const byNumber = new Map<string, ReferralOrder.StoredOrder>()
      const read = rows.storedReader(options.currency)
      for (let from = 0; from < orderNos.length; from += ORDER_NOS_PER_QUERY_MAX) {
        for (const { fields } of yield* storedOf(orderNos.slice(from, from + ORDER_NOS_PER_QUERY_MAX))) {
          const found = read(fields)
          const failure = unread(found)
          if (failure !== undefined) return yield* failure
          byNumber.set(found.orderNo, found.value)
        }
      }
      return byNumber
    })

    const order = Effect.fnUntraced(function* (orderNo: string) {
      const [row] = yield* orFail(sql.unsafe<{ readonly fields: Bulk.Row }>(OrderSql.ORDER, [orderNo]))
      if (row === undefined) return Option.none()
      const found = rows.orderReader(options.currency)(row.fields)
      const failure = unread(found)
      if (failure !== undefined) return yield* failure
      return Option.some(found.value)
    })

    return ReferralOrderStore.of({
      stored,
      order,
      recorder: openRecorder(options, database, OrderSql.MERGE, WRITE_SETTINGS),
      comparer: openRecorder(options, database, OrderSql.COMPARE, [...WRITE_SETTINGS, ...COMPARE_SETTINGS]),
      lock: PgRunLock.make(database)
    })
  })

/**
 * The currency that the amounts are in, which no column says.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly currency: Currency.Currency
}

/**
 * The store on the schema `everpro_data` of the database it is given.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<ReferralOrderStore, never, Database | SqlClient.SqlClient> =>
  Layer.effect(ReferralOrderStore, make(options))
