/**
 * Orders with their commission on PostgreSQL, a batch in one transaction: those
 * that are new are written with COPY, the others staged with it and merged by
 * one statement.
 *
 * @since 0.1.0
 */
import type { Currency, ReferralOrder } from "@reckoner/core"
import { type ReferralOrderRecorder, ReferralOrderStore, StoreError, type UpsertCounts } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { SqlClient } from "effect/sql"
import * as Bulk from "../Bulk.ts"
import { Database } from "../Database.ts"
import type { DatabaseError } from "../DatabaseError.ts"
import { orStoreError, storeError } from "../StoreErrors.ts"
import * as PgRunLock from "../run/PgRunLock.ts"
import * as OrderSql from "./OrderSql.ts"
import * as rows from "./rows.ts"

const ORDER_NOS_PER_QUERY_MAX = 10_000

const NONE: UpsertCounts = { inserted: 0, changed: 0, unchanged: 0 }

const COLUMNS = rows.ORDER_COLUMNS.map(([name]) => name)

/**
 * What a session is given once: the planner need not compile what runs briefly, nor read the whole table to find the
 * orders of a batch.
 */
const WRITE_SETTINGS = ["SET jit = off", "SET enable_seqscan = off", OrderSql.CREATE_STAGE]

/**
 * Temporary tables take rows all the same; the server refuses any other write. Nobody has told the planner how few rows
 * are staged, so it is told not to read the whole table for them.
 */
const COMPARE_SETTINGS = [
  "SET default_transaction_read_only = on",
  "SET enable_hashjoin = off",
  "SET enable_mergejoin = off"
]

const refused = (reason: "Conflict" | "Other", message: string): StoreError =>
  new StoreError({ reason, message, isRetryable: false })

const isTaken = (error: StoreError | DatabaseError): boolean =>
  error._tag === "DatabaseError" && error.reason._tag === "UniqueViolation"

const sum = (one: UpsertCounts, other: UpsertCounts): UpsertCounts => ({
  inserted: one.inserted + other.inserted,
  changed: one.changed + other.changed,
  unchanged: one.unchanged + other.unchanged
})

type Orders = ReadonlyArray<ReferralOrder.ReferralOrder>

/** Numbers as one text; none where it does not keep them apart. */
const joined = (orderNos: ReadonlyArray<string>): string | undefined => {
  const text = orderNos.join(OrderSql.SEPARATOR)
  let parts = text === "" ? 0 : 1
  for (let at = text.indexOf(OrderSql.SEPARATOR); at >= 0; at = text.indexOf(OrderSql.SEPARATOR, at + 1)) parts++
  return parts === orderNos.length ? text : undefined
}

/** What a batch does on its session, inside its transaction. */
const makeWriter = (session: Bulk.Session, { currency }: Options) => {
  const copy = (table: Bulk.Table, orders: Orders) =>
    Effect.gen(function* () {
      const bytes = rows.orderBytes(orders, currency)
      if (Result.isFailure(bytes)) return yield* refused("Other", `an order cannot be written: ${bytes.failure}`)
      yield* session.copyIn(table, COLUMNS, bytes.success, "binary")
    })

  const staged = (statement: string) => (orders: Orders) =>
    Effect.gen(function* () {
      if (orders.length === 0) return NONE
      yield* copy(OrderSql.STAGE_TABLE, orders)
      const found = yield* session.query<Omit<UpsertCounts, "unchanged">>(statement)
      const { changed, inserted } = found.rows[0]!
      return { inserted, changed, unchanged: orders.length - inserted - changed }
    })

  const merge = staged(OrderSql.MERGE)

  /** The numbers that are there. */
  const present = (numbers: string) =>
    Effect.map(
      session.query<{ readonly numbers: string | null }>(OrderSql.PRESENT, [numbers]),
      ({ rows: [found] }) => new Set(found?.numbers?.split(OrderSql.SEPARATOR))
    )

  /**
   * Writes orders that nobody has written yet. Where somebody else has meanwhile, the transaction goes back to before
   * them, and they are merged.
   */
  const insert = (orders: Orders) =>
    Effect.gen(function* () {
      yield* session.query("SAVEPOINT before_new")
      yield* copy(OrderSql.ORDER_TABLE, orders)
      return { inserted: orders.length, changed: 0, unchanged: 0 }
    }).pipe(
      Effect.catchIf(isTaken, () => Effect.andThen(session.query("ROLLBACK TO SAVEPOINT before_new"), merge(orders)))
    )

  return {
    compare: staged(OrderSql.COMPARE),
    merge,
    /** Does what {@link merge} does, with less work for orders that are new. */
    upsert: (orders: Orders) =>
      Effect.gen(function* () {
        const numbers = joined(orders.map(({ orderNo }) => orderNo))
        if (numbers === undefined) return yield* merge(orders)
        const known = yield* present(numbers)
        if (known.size === 0) return yield* insert(orders)
        const fresh = orders.filter(({ orderNo }) => !known.has(orderNo))
        const merged = yield* merge(orders.filter(({ orderNo }) => known.has(orderNo)))
        return fresh.length === 0 ? merged : sum(yield* insert(fresh), merged)
      })
  }
}

type Writer = ReturnType<typeof makeWriter>

/** Writes each batch as it is told, one after the other. */
const openRecorder = Effect.fnUntraced(function* (
  options: Options,
  database: Database["Service"],
  settings: ReadonlyArray<string>,
  wayOf: (writer: Writer, session: Bulk.Session) => Effect.Effect<Writer["merge"], DatabaseError>
): Effect.fn.Return<ReferralOrderRecorder, StoreError, Scope.Scope> {
  const session = yield* Effect.mapError(Effect.provideService(Bulk.session, Database, database), storeError)
  for (const setting of settings) yield* Effect.mapError(session.query(setting), storeError)
  const write = yield* Effect.mapError(wayOf(makeWriter(session, options), session), storeError)
  const oneByOne = Semaphore.makeUnsafe(1)

  const writeChecked = (orders: Orders) => {
    const refusal = rows.refusal(orders, options.currency)
    return refusal === undefined ? write(orders) : Effect.fail(refused("Conflict", refusal))
  }

  return {
    // A transaction that fails or is interrupted takes the session with it, and so the recorder.
    record: (orders) =>
      orders.length === 0
        ? Effect.succeed(NONE)
        : oneByOne
            .withPermits(1)(session.transaction(writeChecked(orders)))
            .pipe(Effect.mapError((error) => (error._tag === "StoreError" ? error : storeError(error))))
  }
})

const upsertOrMerge = (writer: Writer, session: Bulk.Session) =>
  Effect.map(session.query<{ readonly is_direct: boolean }>(OrderSql.IS_DIRECT), ({ rows: [found] }) =>
    found?.is_direct === true ? writer.upsert : writer.merge
  )

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

    const storedOf = (orderNos: ReadonlyArray<string>) => {
      const numbers = joined(orderNos)
      return orFail(
        numbers === undefined
          ? sql.unsafe<{ readonly fields: Bulk.Row }>(OrderSql.STORED_OF_ARRAY, [orderNos])
          : sql.unsafe<{ readonly fields: Bulk.Row }>(OrderSql.STORED, [numbers])
      )
    }

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
      recorder: openRecorder(options, database, WRITE_SETTINGS, upsertOrMerge),
      comparer: openRecorder(options, database, [...WRITE_SETTINGS, ...COMPARE_SETTINGS], ({ compare }) =>
        Effect.succeed(compare)
      ),
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
