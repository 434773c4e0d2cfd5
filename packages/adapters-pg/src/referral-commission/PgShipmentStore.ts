/**
 * Shipments on PostgreSQL, as the logistics system keeps them. Nothing is ever
 * written there.
 *
 * @since 0.1.0
 */
import type { Currency } from "@reckoner/core"
import { type ShipmentScope, ShipmentStore, type StoreError } from "@reckoner/core/ports"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { SqlClient } from "effect/sql"
import * as Stream from "effect/Stream"
import * as Bulk from "../Bulk.ts"
import { Database } from "../Database.ts"
import { orStoreError, storeError } from "../StoreErrors.ts"
import * as rows from "./rows.ts"
import * as ShipmentSql from "./ShipmentSql.ts"

// The planner may sort and hash in memory, and need not compile what runs once.
const READ_SETTINGS = ["SET work_mem = '64MB'", "SET jit = off", "SET default_transaction_read_only = on"]

type Plan = Record<"QUERY PLAN", ReadonlyArray<{ readonly Plan: { readonly "Plan Rows": number } }>>

const make = ({ currency }: Options) =>
  Effect.gen(function* () {
    const database = yield* Database
    const sql = yield* SqlClient.SqlClient
    const orFail = orStoreError(database)

    const estimate = (query: string): Effect.Effect<number, StoreError> =>
      sql.unsafe<Plan>(`EXPLAIN (FORMAT JSON) ${query}`).pipe(
        Effect.map(([row]) => row?.["QUERY PLAN"][0]?.Plan["Plan Rows"] ?? 0),
        orFail
      )

    /** Each stream has a reader of its own, which remembers what a row has left unread. */
    const stream = <A>(query: () => string, reader: (currency: Currency.Currency) => (row: Bulk.Row) => A) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const text = query()
          const session = yield* Effect.provideService(Bulk.session, Database, database)
          for (const statement of READ_SETTINGS) yield* session.query(statement)
          const read = reader(currency)
          return Stream.map(Bulk.rows(session.copyOut(text)), (block) => block.map(read))
        })
      ).pipe(Stream.mapError(storeError))

    return ShipmentStore.of({
      shipments: (scope: ShipmentScope) => stream(() => ShipmentSql.shipments(scope), rows.shipmentReader),
      shipmentEstimate: (scope: ShipmentScope) => Effect.suspend(() => estimate(ShipmentSql.shipmentEstimate(scope))),
      shipment: (orderNo) =>
        sql.unsafe<{ readonly fields: Bulk.Row }>(ShipmentSql.SHIPMENT, [orderNo]).pipe(
          Effect.map(([row]) =>
            row === undefined ? Option.none() : Option.some(rows.shipmentReader(currency)(row.fields))
          ),
          orFail
        ),
      oldCommissions: stream(() => ShipmentSql.OLD_COMMISSIONS, rows.oldCommissionReader),
      oldCommissionEstimate: estimate(ShipmentSql.OLD_COMMISSION_ESTIMATE)
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
 * The store on the schema `popaket_logistic` of the database it is given.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<ShipmentStore, never, Database | SqlClient.SqlClient> =>
  Layer.effect(ShipmentStore, make(options))
