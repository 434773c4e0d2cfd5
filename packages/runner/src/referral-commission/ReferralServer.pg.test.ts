import { Database } from "@reckoner/adapters-pg"
import { SyncWindow } from "@reckoner/core"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, expect, it } from "vitest"
import { freshDatabase, type FreshDatabase } from "../../../adapters-pg/src/testing/freshDatabase.ts"
import * as Server from "../api/Server.ts"
import * as Stores from "../Stores.ts"
import { type Answer, send } from "../testing/httpRequest.ts"
import { startUserService, ZONE } from "./testing/referralJobs.ts"
import { load, storedOrders, type Tables } from "./testing/referralTables.ts"

const TOKEN = "0123456789abcdef"
const PATH = "/logistic/private/v1/sync-affiliate-order"

const YESTERDAY = SyncWindow.yesterday({ now: Date.now(), zone: ZONE })

const shipment = (id: number, dispatch: number | null, returned: number | null) => ({
  id,
  shipment_order_no: `SO${id}`,
  created_by: 7,
  status: 1,
  logistic_id: 1,
  rate_id: 1,
  shipment_price: "10000.00",
  cashback: "500.00",
  created_at: 1,
  dispatch_at: dispatch,
  delivered_at: null,
  return_at: returned
})

const tables: Tables = {
  logistic_order_status: [{ id: 1, description: "Created" }],
  logistics: [{ id: 1, logistic_name: "Swift" }],
  logistic_rates: [{ id: 1, logistic_id: 1, rate_name: "Regular", rate_code: "REG" }],
  shipment_orders: [
    shipment(1, YESTERDAY.fromEpochSeconds + 3_600, null),
    shipment(2, null, Date.parse("2023-10-15T12:00:00+07:00") / 1000)
  ],
  shipment_orders_cashback: [
    { id: 1, shipment_order_no: "SO1", total_cashback: "600.00", affiliator_total_cashback: "800.00" }
  ],
  fct_shipping_affiliate_commission_v2: [
    {
      member_user_id: 7,
      affiliator_user_id: 95,
      shipment_order_no: "OLD1",
      dispatched_at: "2023-08-01 00:00:00+00:00",
      delivered_at: null,
      logistic_id: 1,
      service_name: "Old",
      rate_code: "REG",
      actual_courier_cost: "9000.00",
      cashback: "600.00",
      est_commission: "180.00"
    }
  ],
  referral: [{ id: 1, entity_id: 50, user_id: 90 }],
  user_referral: [{ id: 1, user_id: 7, referral_id: 50 }]
}

let database: FreshDatabase
let userService: Awaited<ReturnType<typeof startUserService>>
beforeAll(async () => {
  database = await freshDatabase()
  await load(Redacted.value(database.url), tables)
  userService = await startUserService(Redacted.value(database.url))
})
afterAll(async () => {
  await userService.close()
  await database.drop()
})

/** A server in this process, for as long as the work takes. */
const serving = async (env: Record<string, string>, work: (url: string) => Promise<void>): Promise<void> => {
  const url = Deferred.makeUnsafe<string>()
  const server = Server.run({ host: "127.0.0.1", ready: (at) => Deferred.succeed(url, at), lockWaitMs: 300 }).pipe(
    Effect.provide(Layer.provideMerge(Stores.ports, Layer.provideMerge(Database.SqlLive, database.layer))),
    Effect.provide(Logger.layer([])),
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { RECKONER_PORT: "0", ...env } })
    )
  )
  const fiber = Effect.runFork(server)
  try {
    await work(
      await Effect.runPromise(Effect.race(Deferred.await(url), Effect.andThen(Fiber.join(fiber), Effect.never)))
    )
  } finally {
    await Effect.runPromise(Fiber.interrupt(fiber))
  }
}

const stored = async () =>
  (await storedOrders(Redacted.value(database.url))).map(
    (row) => `${row["shipment_order_no"]} ${row["affiliator_id"]} ${row["est_commission"]} ${row["source"]}`
  )

const expectSuccess = ({ body, headers, status }: Answer) => {
  expect([status, headers["content-type"]]).toStrictEqual([200, "application/json"])
  const { timestamp } = JSON.parse(body) as { readonly timestamp: string }
  expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
  expect(body).toBe(
    `{"status":"Success","status_code":200,"message":"success sync order","timestamp":"${timestamp}","data":null}`
  )
}

it("serves the referral jobs over HTTP, from the user service to the table", async () => {
  await serving({ RECKONER_PRIVATE_TOKEN: TOKEN, EVERPRO_USER_URL: userService.url }, async (url) => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await send(url + PATH)).status).toBe(401)
    expect((await send(url + PATH, { headers: { authorization: "Bearer 0123456789abcdee" } })).status).toBe(401)

    for (const method of ["GET", "POST"]) {
      const both = await send(`${url}${PATH}?backfill_month_year=2023-10&is_move_from_old_table=true`, {
        method,
        headers
      })
      const { timestamp: _at, ...envelope } = JSON.parse(both.body) as Record<string, unknown>
      expect([both.status, envelope["status"], envelope["status_code"]]).toStrictEqual([400, "Error", 400])
      expect(envelope["data"]).toMatchObject({ status: 400, title: "Bad Request" })
      expect((await send(`${url}${PATH}?backfill_month_year=13-2023`, { method, headers })).status).toBe(400)
    }
    expect(await stored()).toStrictEqual([])

    expectSuccess(await send(url + PATH, { headers }))
    expect(await stored()).toStrictEqual(["SO1 90 200.00 daily"])
    expectSuccess(await send(`${url}${PATH}?backfill_month_year=10-2023`, { method: "POST", headers }))
    expect(await stored()).toStrictEqual(["SO1 90 200.00 daily", "SO2 90 null backfill"])
    expectSuccess(await send(`${url}${PATH}?is_move_from_old_table=true`, { headers }))
    expectSuccess(await send(url + PATH, { method: "POST", headers }))
    expect(await stored()).toStrictEqual(["OLD1 95 180.00 fct_v2", "SO1 90 200.00 daily", "SO2 90 null backfill"])

    await userService.close()
    const away = await send(url + PATH, { headers })
    expect([away.status, JSON.parse(away.body)]).toMatchObject([
      502,
      { status: "Error", status_code: 502, data: { title: "System Unavailable" } }
    ])
    expect(await stored()).toHaveLength(3)
    userService = await startUserService(Redacted.value(database.url))
  })
})

it("keeps the path closed without a token of its own", async () => {
  await serving({ EVERPRO_USER_URL: userService.url }, async (url) => {
    expect((await send(url + PATH)).status).toBeGreaterThanOrEqual(400)
    expect((await send(url + PATH, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBeGreaterThanOrEqual(
      400
    )
  })
})
