/**
 * Shipments on PostgreSQL, as the logistics system keeps them. Nothing is ever
 * written there.
 *
 * @since 0.1.0
 */
import type { Currency } from "@reckoner/core"
import { ShipmentStore, type StoreError } from "@reckoner/core/ports"
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

type Plan = Record<
  "QUERY PLAN",
  ReadonlyArray<{
    readonly Plan: { readonly "Plan Rows": number; readonly "Startup Cost": number; readonly "Total Cost": number }
  }>
>

/** What a plan costs those who work on its rows while they come: until the first comes, they wait. */
const costOf = (plan: Plan | undefined): number => {
  const found = plan?.["QUERY PLAN"][0]?.Plan
  return found === undefined ? 0 : found["Startup Cost"] + found["Total Cost"]
}

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

    const openSession = Effect.gen(function* () {
      const session = yield* Effect.provideService(Bulk.session, Database, database)
      for (const statement of READ_SETTINGS) yield* session.query(statement)
      return session
    })

    const namesOf = Effect.fnUntraced(function* (session: Bulk.Session) {
      const named = <Row extends { readonly id: number }>(sql: string) =>
        Effect.map(session.query<Row>(sql), ({ rows: found }) => found)
      const statuses = yield* named<{ readonly id: number; readonly name: string }>(rows.NAMES_SQL.statuses)
      const couriers = yield* named<{ readonly id: number; readonly name: string }>(rows.NAMES_SQL.couriers)
      const rates = yield* named<{ readonly id: number; readonly name: string; readonly code: string }>(
        rows.NAMES_SQL.rates
      )
      return {
        statuses: new Map(statuses.map(({ id, name }) => [id, name])),
        couriers: new Map(couriers.map(({ id, name }) => [id, name])),
        rates: new Map(rates.map((rate) => [rate.id, rate]))
      }
    })

    /** Of several ways to the same, the one that the planner finds cheapest. */
    const cheapest = Effect.fnUntraced(function* (session: Bulk.Session, ways: ReadonlyArray<ShipmentSql.Way>) {
      if (ways.length === 1) return ways[0]!
      let best: { readonly cost: number; readonly way: ShipmentSql.Way } | undefined
      for (const way of ways) {
        yield* session.query(way.setting)
        const { rows: found } = yield* session.query<Plan>(`EXPLAIN (FORMAT JSON) ${way.statement}`)
        const cost = costOf(found[0])
        if (best === undefined || cost < best.cost) best = { cost, way }
      }
      return best!.way
    })

    const shipments = (query: () => ReadonlyArray<ShipmentSql.Way>) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const ways = query()
          const session = yield* openSession
          // One snapshot for the names and the shipments; the session ends with the stream, and so does this.
          yield* session.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
          const reader = new rows.ShipmentReader(currency, yield* namesOf(session))
          const { setting, statement } = yield* cheapest(session, ways)
          yield* session.query(setting)
          return Stream.map(Bulk.texts(session.copyOut(statement)), (lines) => reader.read(lines))
        })
      ).pipe(Stream.mapError(storeError))

    const oldCommissions = Stream.unwrap(
      Effect.gen(function* () {
        const session = yield* openSession
        const read = rows.oldCommissionReader(currency)
        return Stream.map(Bulk.rows(session.copyOut(ShipmentSql.OLD_COMMISSIONS)), (block) => block.map(read))
      })
    ).pipe(Stream.mapError(storeError))

    return ShipmentStore.of({
      shipments: (scope) => shipments(() => ShipmentSql.shipments(scope)),
      shipmentEstimate: (scope) => Effect.suspend(() => estimate(ShipmentSql.shipmentEstimate(scope))),
      shipment: (orderNo) =>
        Effect.map(Stream.runHead(shipments(() => [ShipmentSql.shipment(orderNo)])), (block) =>
          Option.flatMap(block, ([one]) => Option.fromUndefinedOr(one?.read()))
        ),
      oldCommissions,
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
